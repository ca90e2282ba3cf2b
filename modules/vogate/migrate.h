// SPDX-License-Identifier: Apache-2.0
// Migrations, run once and checked for ever, and definitions, run at each init; private to
// `vogate init`.
#pragma once

#include <string>
#include <vector>

#include "extension.h"
#include "pg/connection.h"

namespace vo::vogate {

// Names of the roles, for the grants.
struct Roles {
    std::string owner;
    std::string service;
    std::string query;
};

// The names of the migrations that the database does not have yet, in order. sql_dir holds
// migrate/NNNN_what.sql and define/*.sql. Throws BadRequest, naming the file, when an applied
// migration was edited or is unknown here, so that the database is of another release.
[[nodiscard]] std::vector<std::string> find_due_migrations(pg::Connection& db,
                                                           const std::string& sql_dir);

// REQUIRES: the owner's connection. Runs what is due, each in a transaction of its own.
void apply_migrations(pg::Connection& db, const std::string& sql_dir, const Say& say);

// Runs define/*.sql with :"owner", :"service" and :"query" replaced by the quoted role names, all
// in one transaction; raises the catalogue's version only if what it describes has changed.
void apply_definitions(pg::Connection& db,
                       const std::string& sql_dir,
                       const Roles& roles,
                       const Say& say);

}  // namespace vo::vogate
