// SPDX-License-Identifier: Apache-2.0
// What the sessions of the query role begin with: `vogate init` sets it, `vogate doctor` looks
// whether it is still so.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "pg/connection.h"

namespace vo::vogate {

// "name=value", as PostgreSQL keeps them.
[[nodiscard]] std::vector<std::string> query_role_settings(const Config& config);

// Those of `settings` that the role does not have in this database.
[[nodiscard]] std::vector<std::string> find_due_settings(pg::Connection& db,
                                                         const std::string& role,
                                                         std::vector<std::string> settings);

}  // namespace vo::vogate
