// SPDX-License-Identifier: Apache-2.0
// Reads TAP_SCHEMA and the catalogue's private side; polls for a newer version.
#include "schema/catalog_reader.h"

#include <array>
#include <chrono>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pg/schema_version.h"

namespace vo::schema {

namespace {

using table::Type;
using Field = std::optional<std::string_view>;

struct DatatypeRow {
    std::string_view datatype;
    bool array;  // an arraysize other than "1" is given
    std::string_view xtype;
    Type type;
};

// The first row that fits wins; an empty xtype fits any.
constexpr std::array kDatatypes{
    DatatypeRow{"boolean", false, "", Type::Bool},
    DatatypeRow{"short", false, "", Type::Short},
    DatatypeRow{"int", false, "", Type::Int},
    DatatypeRow{"long", false, "", Type::Long},
    DatatypeRow{"float", false, "", Type::Float},
    DatatypeRow{"double", false, "", Type::Double},
    DatatypeRow{"int", true, "", Type::IntArray},
    DatatypeRow{"long", true, "", Type::LongArray},
    DatatypeRow{"float", true, "", Type::FloatArray},
    DatatypeRow{"double", true, "", Type::DoubleArray},
    DatatypeRow{"char", true, "timestamp", Type::Timestamp},
    DatatypeRow{"char", true, "", Type::Text},
    DatatypeRow{"char", false, "", Type::Text},
    DatatypeRow{"unicodeChar", true, "", Type::Unicode},
    DatatypeRow{"unicodeChar", false, "", Type::Unicode},
    DatatypeRow{"boolean", true, "", Type::BoolArray},
    DatatypeRow{"short", true, "", Type::ShortArray},
    DatatypeRow{"bit", false, "", Type::Bit},
    DatatypeRow{"bit", true, "", Type::BitArray},
    DatatypeRow{"unsignedByte", false, "", Type::Byte},
    DatatypeRow{"unsignedByte", true, "", Type::ByteArray},
    DatatypeRow{"floatComplex", false, "", Type::FloatComplex},
    DatatypeRow{"floatComplex", true, "", Type::FloatComplex},
    DatatypeRow{"doubleComplex", false, "", Type::DoubleComplex},
    DatatypeRow{"doubleComplex", true, "", Type::DoubleComplex},
};

struct StorageRow {
    std::string_view word;
    Storage storage;
};

constexpr std::array kStorages{
    StorageRow{"point", Storage::Point},
    StorageRow{"circle", Storage::Circle},
    StorageRow{"polygon", Storage::Polygon},
    StorageRow{"region", Storage::Region},
};

Type find_type(std::string_view datatype,
               std::string_view arraysize,
               std::string_view xtype,
               std::string_view column) {
    const bool array = !arraysize.empty() && arraysize != "1";
    for (const auto& row : kDatatypes)
        if (row.datatype == datatype && row.array == array &&
            (row.xtype.empty() || row.xtype == xtype))
            return row.type;
    throw Error(Code::Internal, "TAP_SCHEMA describes a column in a type that is not served")
        .with_detail("column " + std::string(column) + ", datatype " + std::string(datatype) +
                     ", arraysize " + std::string(arraysize));
}

// TAP_SCHEMA holds names as they are written in a query, quotes included (TAP 1.1 §4.2).
Name unquote(std::string_view written) {
    if (written.size() < 2 || written.front() != '"' || written.back() != '"')
        return {std::string(written), false};
    Name name{{}, true};
    for (std::size_t i = 1; i + 1 < written.size(); ++i) {
        name.text += written[i];
        if (written[i] == '"') ++i;
    }
    return name;
}

std::string strip_schema(std::string_view table_name, std::string_view schema_name) {
    if (table_name.size() > schema_name.size() && table_name.starts_with(schema_name) &&
        table_name[schema_name.size()] == '.')
        table_name.remove_prefix(schema_name.size() + 1);
    return std::string(table_name);
}

std::string text_or_empty(const pg::Result& result, int row, int column) {
    return std::string(result.text(row, column));
}

Table& get_table(Catalog& catalog, std::string_view name) {
    for (auto& table : catalog.tables)
        if (table.name == name) return table;
    throw Error(Code::Internal, "TAP_SCHEMA names a table that it does not describe")
        .with_detail(std::string(name));
}

void read_schemas(pg::Connection& db, Catalog& catalog) {
    const auto rows = db.exec(
        "SELECT schema_name, utype, description FROM tap_schema.schemas "
        "ORDER BY schema_index NULLS LAST, schema_name");
    for (int i = 0; i < rows.rows(); ++i)
        catalog.schemas.push_back(
            {text_or_empty(rows, i, 0), text_or_empty(rows, i, 1), text_or_empty(rows, i, 2), {}});
}

void read_tables(pg::Connection& db, Catalog& catalog) {
    const auto rows = db.exec(
        "SELECT t.schema_name, t.table_name, t.table_type, t.utype, t.description "
        "FROM tap_schema.tables t JOIN tap_schema.schemas s USING (schema_name) "
        "ORDER BY s.schema_index NULLS LAST, t.schema_name, t.table_index NULLS LAST, "
        "t.table_name");
    for (int i = 0; i < rows.rows(); ++i) {
        Table table;
        table.schema_name = rows.text(i, 0);
        table.name = rows.text(i, 1);
        table.type = rows.text(i, 2);
        table.utype = rows.text(i, 3);
        table.description = rows.text(i, 4);
        const auto name = unquote(strip_schema(table.name, table.schema_name));
        table.base_name = name.text;
        table.delimited = name.delimited;
        // Regular names fold to lower case in PostgreSQL as they do here.
        table.sql_name = sql_identifier(to_lower(table.schema_name)) + '.' +
                         sql_identifier(name.delimited ? name.text : to_lower(name.text));
        for (auto& schema : catalog.schemas)
            if (schema.name == table.schema_name) schema.tables.push_back(catalog.tables.size());
        catalog.tables.push_back(std::move(table));
    }
}

void read_columns(pg::Connection& db, Catalog& catalog) {
    const auto rows = db.exec(
        "SELECT c.table_name, c.column_name, c.datatype, c.arraysize, c.xtype, c.unit, c.ucd, "
        "c.utype, c.description, c.indexed = 1, c.principal = 1, c.std = 1, g.storage, f.frame, "
        "g.sql_name "
        "FROM tap_schema.columns c "
        "LEFT JOIN vogate.geometry g USING (table_name, column_name) "
        "LEFT JOIN vogate.frame f USING (table_name, column_name) "
        "ORDER BY c.table_name, c.column_index NULLS LAST, c.column_name");
    Table* table = nullptr;
    for (int i = 0; i < rows.rows(); ++i) {
        if (table == nullptr || table->name != rows.text(i, 0))
            table = &get_table(catalog, rows.text(i, 0));
        const auto name = unquote(rows.text(i, 1));
        Column column;
        column.name = name.text;
        column.delimited = name.delimited;
        column.sql_name = name.delimited ? name.text : to_lower(name.text);
        column.type = find_type(rows.text(i, 2), rows.text(i, 3), rows.text(i, 4), rows.text(i, 1));
        column.arraysize = rows.text(i, 3);
        column.xtype = rows.text(i, 4);
        column.unit = rows.text(i, 5);
        column.ucd = rows.text(i, 6);
        column.utype = rows.text(i, 7);
        column.description = rows.text(i, 8);
        column.indexed = rows.boolean(i, 9);
        column.principal = rows.boolean(i, 10);
        column.std = rows.boolean(i, 11);
        for (const auto& row : kStorages)
            if (row.word == rows.text(i, 12)) column.storage = row.storage;
        column.frame = rows.text(i, 13);
        if (!rows.is_null(i, 14)) {
            column.array_name = column.sql_name;
            column.sql_name = rows.text(i, 14);
        }
        table->columns.push_back(std::move(column));
    }
}

void read_positions(pg::Connection& db, Catalog& catalog) {
    const auto rows =
        db.exec("SELECT table_name, ra_column, dec_column, sql_name FROM vogate.position");
    for (int i = 0; i < rows.rows(); ++i)
        get_table(catalog, rows.text(i, 0))
            .positions.push_back(
                {text_or_empty(rows, i, 1), text_or_empty(rows, i, 2), text_or_empty(rows, i, 3)});
}

void read_keys(pg::Connection& db, Catalog& catalog) {
    const auto rows = db.exec(
        "SELECT k.key_id, k.from_table, k.target_table, k.description, k.utype, c.from_column, "
        "c.target_column FROM tap_schema.keys k JOIN tap_schema.key_columns c USING (key_id) "
        "ORDER BY k.key_id, c.from_column");
    for (int i = 0; i < rows.rows(); ++i) {
        if (catalog.keys.empty() || catalog.keys.back().key_id != rows.text(i, 0))
            catalog.keys.push_back({text_or_empty(rows, i, 0),
                                    text_or_empty(rows, i, 1),
                                    text_or_empty(rows, i, 2),
                                    text_or_empty(rows, i, 3),
                                    text_or_empty(rows, i, 4),
                                    {}});
        catalog.keys.back().columns.emplace_back(rows.text(i, 5), rows.text(i, 6));
    }
}

std::int64_t read_version(pg::Connection& db) {
    return db.exec("SELECT version FROM vogate.catalog_version").integer(0, 0);
}

}  // namespace

Catalog read_catalog(pg::Connection& db) {
    // One snapshot for all reads, so that a publish in between cannot tear the catalogue.
    pg::Transaction reading(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    Catalog catalog;
    catalog.version = read_version(db);
    read_schemas(db, catalog);
    read_tables(db, catalog);
    read_columns(db, catalog);
    read_positions(db, catalog);
    catalog.index_tables();
    read_keys(db, catalog);
    reading.commit();
    return catalog;
}

CatalogHolder::CatalogHolder(Connect connect)
    : connect_(std::move(connect)),
      thread_([this](const std::stop_token& stop) { poll_forever(stop); }) {}

CatalogHolder::~CatalogHolder() = default;

std::shared_ptr<const Catalog> CatalogHolder::get() const {
    if (auto catalog = current()) return catalog;
    const auto reason = trouble();
    if (auto catalog = current()) return catalog;
    throw Error(Code::Busy, "the service has no table descriptions yet; please try again shortly")
        .with_detail(reason);
}

std::string CatalogHolder::trouble() const {
    constexpr auto kFirstPoll = std::chrono::seconds(2);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kFirstPoll, [this] { return polled_; });
    return trouble_;
}

void CatalogHolder::poll_forever(const std::stop_token& stop) {
    constexpr auto kPeriod = std::chrono::seconds(1);
    std::optional<pg::Connection> db;
    while (!stop.stop_requested()) {
        std::string trouble;
        std::string detail;
        try {
            if (!db) {
                db.emplace(connect_());
                pg::check_schema_version(*db);
            }
            const auto known = current();
            if (!known || read_version(*db) != known->version) {
                auto fresh = std::make_shared<const Catalog>(read_catalog(*db));
                log::info("catalog", {{"version", std::to_string(fresh->version)},
                                      {"tables", std::to_string(fresh->tables.size())}});
                catalog_ = std::move(fresh);
            }
        } catch (const Error& error) {
            // This thread has no caller; the reason goes to the log and to /availability.
            db.reset();
            trouble = error.what();
            detail = error.detail();
        }
        std::unique_lock lock(mutex_);
        if (trouble != trouble_) {
            if (!trouble.empty()) log::error("catalog", {{"message", trouble}, {"detail", detail}});
            trouble_ = trouble;
        }
        polled_ = true;
        wake_.notify_all();
        wake_.wait_for(lock, stop, kPeriod, [] { return false; });
    }
}

}  // namespace vo::schema
