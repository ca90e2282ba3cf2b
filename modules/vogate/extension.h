// SPDX-License-Identifier: Apache-2.0
// pgSphere in the database, as Debian ships it or newer, and the marks that row-level security
// needs; private to `vogate init`.
#pragma once

#include <functional>
#include <string>

#include "pg/connection.h"

namespace vo::vogate {

using Say = std::function<void(const std::string& line)>;

// REQUIRES: a superuser's connection to the target database. Both change nothing that is done.
void install_sphere(pg::Connection& db, const Say& say);
void mark_leakproof(pg::Connection& db, const Say& say);

[[nodiscard]] bool has_sphere(pg::Connection& db);
// Whether a leakproof mark is missing.
[[nodiscard]] bool lacks_leakproof(pg::Connection& db);

}  // namespace vo::vogate
