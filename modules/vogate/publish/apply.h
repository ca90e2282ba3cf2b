// SPDX-License-Identifier: Apache-2.0
// The changes: what a plan proposes, the rows of TAP_SCHEMA, the rights of the query role.
//
// Readers see a table whole or not at all: the rows come and go in one transaction with the number
// that the services look at. Rights come before the rows and go after them, once no service can
// still know the table.
#pragma once

#include <string>

#include "pg/connection.h"
#include "plan.h"

namespace vo::vogate::publish {

// Held until the connection ends, so that two of them cannot mix.
void lock_table(pg::Connection& db, const TableName& name);

void carry_out(pg::Connection& db, const Proposal& proposal);

void write_catalog(pg::Connection& db,
                   const SiteTable& table,
                   const Plan& plan,
                   const Notes& notes,
                   const std::string& query_role);

// False when it is not published. Waits until the services know.
bool remove_from_catalog(pg::Connection& db, const TableName& name, const std::string& query_role);

}  // namespace vo::vogate::publish
