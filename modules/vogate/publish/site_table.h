// SPDX-License-Identifier: Apache-2.0
// A table or view of a site as PostgreSQL knows it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pg/connection.h"
#include "table/table.h"

namespace vo::vogate::publish {

// Beside a site's own columns: what `vogate publish` adds begins so, and is never published.
inline constexpr std::string_view kOwnPrefix = "vogate_";

// Names as PostgreSQL has them, cases folded.
struct TableName {
    std::string schema;
    std::string table;

    // "sky"."stars", for SQL.
    [[nodiscard]] std::string sql() const;
    // sky.stars, or sky."My stars": as TAP_SCHEMA writes it.
    [[nodiscard]] std::string tap() const;

    bool operator==(const TableName&) const = default;
};

// "sky.stars", with quotes as in SQL where the name needs them. BadRequest for anything else, and
// for the schemas of this archive and of PostgreSQL.
[[nodiscard]] TableName parse_table_name(const std::string& text);

// As it is written in a query: in quotes where ADQL needs them.
[[nodiscard]] std::string tap_column(const std::string& name);

struct SiteColumn {
    std::string name;
    std::string pg_type;  // of pg_type: int4, _float8, spoint
    std::string comment;
    bool indexed = false;  // an index begins with it
};

struct SiteKey {
    std::string name;
    TableName target;
    std::vector<std::pair<std::string, std::string>> columns;
};

struct SiteTable {
    TableName name;
    bool is_view = false;
    bool is_owned = false;  // columns may be added
    std::string comment;
    std::string schema_comment;
    std::vector<SiteColumn> columns;
    std::vector<SiteKey> keys;

    [[nodiscard]] const SiteColumn* find_column(std::string_view name) const;
};

// BadRequest when it is not there, or when this role may not pass on the right to read it.
[[nodiscard]] SiteTable read_site_table(pg::Connection& db, const TableName& name);

}  // namespace vo::vogate::publish
