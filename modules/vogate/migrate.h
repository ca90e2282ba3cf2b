// SPDX-License-Identifier: Apache-2.0
// Migrations, run once and checked for ever, and definitions, run at each init; private to
// `vogate init`.
#pragma once

#include <string>

#include "extension.h"
#include "pg/connection.h"

namespace vo::vogate {

// Names of the roles, for the grants.
struct Roles {
    std::string owner;
    std::string service;
    std::string query;
};

// REQUIRES: the owner's connection. sql_dir holds migrate/NNNN_what.sql and define/*.sql. Throws
// BadRequest, naming the file, when an applied migration was edited or the database is newer.
void apply_migrations(pg::Connection& db, const std::string& sql_dir, const Say& say);

// Runs define/*.sql with :"owner", :"service" and :"query" replaced by the quoted role names, all
// in one transaction; raises the catalogue's version only if what it describes has changed.
void apply_definitions(pg::Connection& db,
                       const std::string& sql_dir,
                       const Roles& roles,
                       const Say& say);

}  // namespace vo::vogate
