// SPDX-License-Identifier: Apache-2.0
// Whether a program and the database fit: a program of another release keeps its hands off.
#pragma once

#include <cstdint>

#include "pg/connection.h"

namespace vo::pg {

// The newest migration that this program knows; a database with another one is refused.
inline constexpr std::int64_t kSchemaVersion = 5;

// Busy, "is being upgraded", with the two numbers in the detail.
void check_schema_version(Connection& db);

}  // namespace vo::pg
