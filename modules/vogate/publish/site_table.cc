// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's catalogue to a SiteTable.
#include "site_table.h"

#include <algorithm>
#include <array>

#include "adql/lexer.h"
#include "base/error.h"
#include "base/text.h"

namespace vo::vogate::publish {

namespace {

constexpr std::array<std::string_view, 5> kOurSchemas{"dl3", "ivoa", "provenance", "tap_schema",
                                                      "vogate"};

// One part of a name, which is taken off with the point that follows it.
std::string take_part(std::string_view& rest, const std::string& whole) {
    std::string part;
    if (rest.starts_with('"')) {
        std::size_t i = 1;
        for (; i < rest.size(); ++i) {
            if (rest[i] == '"' && (i + 1 == rest.size() || rest[i + 1] != '"')) break;
            if (rest[i] == '"') ++i;
            part += rest[i];
        }
        rest.remove_prefix(std::min(i + 1, rest.size()));
    } else {
        const auto end = std::min(rest.find('.'), rest.size());
        part = to_lower(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (part.empty() || part.size() > 63)
        throw Error(Code::BadRequest, '"' + whole + "\" is no name of a table such as sky.stars");
    return part;
}

bool is_plain(const std::string& name) {
    return name == to_lower(name) && adql::is_regular_identifier(name);
}

std::string written(const std::string& name) {
    return is_plain(name) ? name : sql_identifier(name);
}

std::vector<SiteColumn> read_columns(pg::Connection& db, const std::string& oid) {
    const auto rows = db.exec(
        "SELECT a.attname, coalesce(b.typname, t.typname), coalesce(col_description($1::oid, "
        "attnum), ''), EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid "
        "AND i.indkey[0] = a.attnum AND i.indpred IS NULL) "
        "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0) "
        "WHERE a.attrelid = $1::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        {oid});
    std::vector<SiteColumn> columns;
    for (int i = 0; i < rows.rows(); ++i)
        columns.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                           std::string(rows.text(i, 2)), rows.boolean(i, 3)});
    return columns;
}

std::vector<SiteKey> read_keys(pg::Connection& db, const std::string& oid) {
    const auto rows = db.exec(
        "SELECT c.conname, n.nspname, r.relname, a.attname, f.attname FROM pg_constraint c "
        "JOIN pg_class r ON r.oid = c.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace, "
        "unnest(c.conkey, c.confkey) AS k (mine, other) "
        "JOIN pg_attribute a ON a.attnum = k.mine AND a.attrelid = $1::oid, pg_attribute f "
        "WHERE c.conrelid = $1::oid AND c.contype = 'f' AND f.attrelid = c.confrelid "
        "AND f.attnum = k.other ORDER BY c.conname, k.mine",
        {oid});
    std::vector<SiteKey> keys;
    for (int i = 0; i < rows.rows(); ++i) {
        if (keys.empty() || keys.back().name != rows.text(i, 0))
            keys.push_back({std::string(rows.text(i, 0)),
                            {std::string(rows.text(i, 1)), std::string(rows.text(i, 2))},
                            {}});
        keys.back().columns.emplace_back(rows.text(i, 3), rows.text(i, 4));
    }
    return keys;
}

}  // namespace

std::string TableName::sql() const {
    return sql_identifier(schema) + '.' + sql_identifier(table);
}

std::string TableName::tap() const {
    return schema + '.' + written(table);
}

TableName parse_table_name(const std::string& text) {
    std::string_view rest = text;
    TableName name;
    name.schema = take_part(rest, text);
    if (!rest.starts_with('.'))
        throw Error(Code::BadRequest,
                    "name the table with its schema, as in sky.stars, not \"" + text + '"');
    rest.remove_prefix(1);
    name.table = take_part(rest, text);
    if (!rest.empty())
        throw Error(Code::BadRequest, '"' + text + "\" is no name of a table such as sky.stars");
    if (!is_plain(name.schema))
        throw Error(Code::BadRequest,
                    "the schema \"" + name.schema +
                        "\" has a name that queries cannot write; rename it (letters, digits and "
                        "underscores, no word of ADQL)");
    if (std::find(kOurSchemas.begin(), kOurSchemas.end(), name.schema) != kOurSchemas.end() ||
        name.schema.starts_with("pg_") || name.schema == "information_schema" ||
        name.schema == "tap_upload")
        throw Error(Code::BadRequest, "the schema " + name.schema +
                                          " is not a site's; its tables are published by vogate "
                                          "init, or not at all");
    return name;
}

std::string tap_column(const std::string& name) {
    return adql::is_regular_identifier(name) ? name : sql_identifier(name);
}

const SiteColumn* SiteTable::find_column(std::string_view wanted) const {
    for (const auto& column : columns)
        if (column.name == wanted) return &column;
    for (const auto& column : columns)
        if (equal_fold(column.name, wanted)) return &column;
    return nullptr;
}

SiteTable read_site_table(pg::Connection& db, const TableName& name) {
    const auto found = db.exec(
        "SELECT c.oid, c.relkind, pg_has_role(c.relowner, 'USAGE'), "
        "coalesce(obj_description(c.oid, 'pg_class'), ''), "
        "coalesce(obj_description(n.oid, 'pg_namespace'), ''), "
        "has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION'), "
        "has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION') "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE nspname = $1 AND relname = $2 AND relkind IN ('r', 'p', 'v', 'm', 'f')",
        {name.schema, name.table});
    if (found.rows() == 0)
        throw Error(Code::BadRequest, "there is no table or view " + name.sql() +
                                          " in the database " + std::string("of vogate.conf"));
    SiteTable table{.name = name};
    const std::string oid(found.text(0, 0));
    const auto kind = found.text(0, 1);
    table.is_view = kind == "v" || kind == "m" || kind == "f";
    table.is_owned = found.boolean(0, 2);
    table.comment = found.text(0, 3);
    table.schema_comment = found.text(0, 4);
    if (!found.boolean(0, 5) || !found.boolean(0, 6))
        throw Error(Code::BadRequest,
                    db.user() + " may not pass on the right to read " + name.sql() +
                        "; its owner has to say: GRANT USAGE ON SCHEMA " +
                        sql_identifier(name.schema) + " TO " + sql_identifier(db.user()) +
                        " WITH GRANT OPTION; GRANT SELECT ON " + name.sql() + " TO " +
                        sql_identifier(db.user()) + " WITH GRANT OPTION;");
    table.columns = read_columns(db, oid);
    table.keys = read_keys(db, oid);
    return table;
}

}  // namespace vo::vogate::publish
