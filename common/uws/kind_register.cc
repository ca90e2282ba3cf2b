// SPDX-License-Identifier: Apache-2.0
// The table uws.kind: rows are added, never changed.
#include "uws/kind_register.h"

namespace vo::uws {

std::int64_t register_kind(pg::Connection& db, const KindText& kind) {
    db.exec(
        "INSERT INTO uws.kind (name, version, digest, description) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (name, digest) DO NOTHING",
        {kind.name, kind.version, kind.digest, kind.description});
    return db.exec("SELECT kind FROM uws.kind WHERE name = $1 AND digest = $2", {kind.name, kind.digest}).integer(0, 0);
}

bool was_kind(pg::Connection& db, std::string_view name) {
    return db.exec("SELECT FROM uws.kind WHERE name = $1 LIMIT 1", {name}).rows() > 0;
}

std::optional<KindText> find_kind(pg::Connection& db, std::string_view name, std::string_view version) {
    const auto rows = db.exec(
        "SELECT name, version, digest, description FROM uws.kind WHERE name = $1 AND version = $2 "
        "ORDER BY kind DESC LIMIT 1",
        {name, version});
    if (rows.rows() == 0) return std::nullopt;
    return KindText{std::string(rows.text(0, 0)), std::string(rows.text(0, 1)), std::string(rows.text(0, 2)),
                    std::string(rows.text(0, 3))};
}

}  // namespace vo::uws
