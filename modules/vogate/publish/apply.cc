// SPDX-License-Identifier: Apache-2.0
// Statements of publish and unpublish.
#include "apply.h"

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate::publish {

namespace {

// A service looks once a second (schema/catalog_reader.cc); a query that it began before may still
// have to reach the database.
constexpr std::chrono::milliseconds kUntilAllKnow{3'000};

void raise_version(pg::Connection& db) {
    db.exec("UPDATE vogate.catalog_version SET version = version + 1");
}

void write_columns(pg::Connection& db, const std::string& name, const Plan& plan) {
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
        const auto& planned = plan.columns[i];
        const auto& column = planned.column;
        db.exec(
            "INSERT INTO tap_schema.columns (table_name, column_name, datatype, arraysize, xtype, "
            "unit, ucd, utype, description, indexed, principal, std, column_index) VALUES ($1, $2, "
            "$3, nullif($4, ''), nullif($5, ''), nullif($6, ''), nullif($7, ''), nullif($8, ''), "
            "nullif($9, ''), $10, $11, 0, $12)",
            {name, planned.tap_name, std::string(table::datatype(column.type)), column.arraysize,
             column.xtype, column.unit, column.ucd, column.utype, column.description,
             planned.indexed ? 1 : 0, planned.principal ? 1 : 0, static_cast<int>(i + 1)});
        if (!planned.storage.empty())
            db.exec("INSERT INTO vogate.geometry VALUES ($1, $2, $3, nullif($4, ''))",
                    {name, planned.tap_name, planned.storage, planned.geometry});
        if (!column.frame.empty())
            db.exec("INSERT INTO vogate.frame VALUES ($1, $2, $3)",
                    {name, planned.tap_name, column.frame});
    }
}

std::string published_name(const Plan& plan, const std::string& sql_name) {
    for (const auto& column : plan.columns)
        if (column.sql_name == sql_name) return column.tap_name;
    return {};
}

// As vogate.position wants them: without quotes.
std::string bare_name(const Plan& plan, const std::string& sql_name) {
    const auto name = published_name(plan, sql_name);
    return name.starts_with('"') ? sql_name : name;
}

// As TAP_SCHEMA has it; empty where it is not published.
std::string find_published(pg::Connection& db,
                           const std::string& table,
                           const std::string& column) {
    const auto found = db.exec(
        "SELECT column_name FROM tap_schema.columns WHERE table_name = $1 AND "
        "(column_name = $2 OR lower(column_name) = $3)",
        {table, sql_identifier(column), column});
    return found.rows() == 1 ? std::string(found.text(0, 0)) : std::string();
}

void write_key(pg::Connection& db, const TableName& from, const SiteKey& key) {
    std::vector<std::pair<std::string, std::string>> columns;
    for (const auto& [mine, other] : key.columns) {
        columns.emplace_back(find_published(db, from.tap(), mine),
                             find_published(db, key.target.tap(), other));
        if (columns.back().first.empty() || columns.back().second.empty()) return;
    }
    const auto id = from.tap() + ':' + key.name;
    db.exec("INSERT INTO tap_schema.keys (key_id, from_table, target_table) VALUES ($1, $2, $3)",
            {id, from.tap(), key.target.tap()});
    for (const auto& [mine, other] : columns)
        db.exec("INSERT INTO tap_schema.key_columns VALUES ($1, $2, $3)", {id, mine, other});
}

// Foreign keys of both directions whose other table is published, in whatever order they were.
void write_keys(pg::Connection& db, const SiteTable& table) {
    db.exec(
        "DELETE FROM tap_schema.keys WHERE $1 IN (from_table, target_table) "
        "AND starts_with(key_id, from_table || ':')",
        {table.name.tap()});
    for (const auto& key : table.keys)
        write_key(db, table.name, key);
    const auto others = db.exec(
        "SELECT DISTINCT nspname, relname FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid "
        "JOIN pg_namespace n ON n.oid = relnamespace WHERE contype = 'f' "
        "AND confrelid = $1::regclass AND conrelid <> confrelid",
        {table.name.sql()});
    for (int i = 0; i < others.rows(); ++i) {
        const TableName other{std::string(others.text(i, 0)), std::string(others.text(i, 1))};
        const auto is_there =
            db.exec("SELECT 1 FROM tap_schema.tables WHERE table_name = $1", {other.tap()});
        if (is_there.rows() == 0) continue;
        for (const auto& key : read_site_table(db, other).keys)
            if (key.target == table.name) write_key(db, other, key);
    }
}

void grant(pg::Connection& db, const SiteTable& table, const Plan& plan, const std::string& role) {
    const auto to = sql_identifier(role);
    std::string columns;
    const auto add = [&](const std::string& name) {
        columns += (columns.empty() ? "" : ", ") + sql_identifier(name);
    };
    for (const auto& column : plan.columns) {
        add(column.sql_name);
        if (!column.geometry.empty()) add(column.geometry);
    }
    for (const auto& position : plan.positions)
        add(position.sql_name);
    db.exec("GRANT USAGE ON SCHEMA " + sql_identifier(table.name.schema) + " TO " + to);
    db.exec("REVOKE SELECT ON " + table.name.sql() + " FROM " + to);
    db.exec("GRANT SELECT (" + columns + ") ON " + table.name.sql() + " TO " + to);
}

}  // namespace

void lock_table(pg::Connection& db, const TableName& name) {
    const auto got =
        db.exec("SELECT pg_try_advisory_lock(hashtextextended('vogate publish ' || $1::text, 0))",
                {name.sql()});
    if (!got.boolean(0, 0))
        throw Error(Code::Busy, "another vogate is publishing or loading " + name.tap() +
                                    " at this moment; try again when it is done");
}

void carry_out(pg::Connection& db, const Proposal& proposal) {
    pg::Transaction work(db);
    for (const auto& statement : proposal.statements)
        db.exec(statement);
    work.commit();
}

void write_catalog(pg::Connection& db,
                   const SiteTable& table,
                   const Plan& plan,
                   const Notes& notes,
                   const std::string& query_role) {
    const auto name = table.name.tap();
    pg::Transaction work(db);
    store_notes(db, table.name, notes);
    db.exec(
        "INSERT INTO tap_schema.schemas (schema_name, description) VALUES ($1, nullif($2, '')) "
        "ON CONFLICT (schema_name) DO UPDATE SET description = "
        "coalesce(excluded.description, schemas.description)",
        {table.name.schema, table.schema_comment});
    db.exec(
        "INSERT INTO tap_schema.tables (schema_name, table_name, table_type, utype, description) "
        "VALUES ($1, $2, $3, nullif($4, ''), nullif($5, '')) ON CONFLICT (table_name) DO UPDATE "
        "SET "
        "table_type = excluded.table_type, utype = excluded.utype, "
        "description = excluded.description",
        {table.name.schema, name, table.is_view ? "view" : "table", plan.utype, plan.description});
    for (const auto* part : {"tap_schema.columns", "vogate.geometry", "vogate.position"})
        db.exec(std::string("DELETE FROM ") + part + " WHERE table_name = $1", {name});
    write_columns(db, name, plan);
    for (const auto& position : plan.positions)
        db.exec(
            "INSERT INTO vogate.position VALUES ($1, $2, $3, $4)",
            {name, bare_name(plan, position.ra), bare_name(plan, position.dec), position.sql_name});
    write_keys(db, table);
    grant(db, table, plan, query_role);
    raise_version(db);
    work.commit();
}

bool remove_from_catalog(pg::Connection& db, const TableName& name, const std::string& query_role) {
    {
        pg::Transaction work(db);
        const auto gone =
            db.exec("DELETE FROM tap_schema.tables WHERE table_name = $1 AND schema_name = $2",
                    {name.tap(), name.schema});
        if (gone.affected() == 0) return false;
        db.exec(
            "DELETE FROM tap_schema.schemas s WHERE schema_name = $1 AND NOT EXISTS "
            "(SELECT 1 FROM tap_schema.tables t WHERE t.schema_name = s.schema_name)",
            {name.schema});
        raise_version(db);
        work.commit();
    }
    std::this_thread::sleep_for(kUntilAllKnow);
    pg::Transaction work(db);
    const auto there = db.exec("SELECT to_regclass($1)", {name.sql()});
    const auto again =
        db.exec("SELECT 1 FROM tap_schema.tables WHERE table_name = $1", {name.tap()});
    if (!there.is_null(0, 0) && again.rows() == 0)
        db.exec("REVOKE SELECT ON " + name.sql() + " FROM " + sql_identifier(query_role));
    work.commit();
    return true;
}

}  // namespace vo::vogate::publish
