// SPDX-License-Identifier: Apache-2.0
// The published tables: an immutable snapshot of TAP_SCHEMA, with what only we need to know beside
// it (physical names, how geometry is stored), and look-up by the name rules of ADQL 2.1 §2.1.3.
//
//     std::shared_ptr<const Catalog> catalog = holder.current();
//     if (const Table* table = catalog->find_table(name)) ...
//
// A Catalog never changes; any thread may read it. Pointers into it live as long as it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "table/table.h"

namespace vo::schema {

// A name as written in a query: regular identifiers compare with case folded, delimited ones
// exactly (ADQL 2.1 §2.1.3).
struct Name {
    std::string text;
    bool delimited = false;
};

// Of names that differ in case only the same.
[[nodiscard]] std::size_t fold_hash(std::string_view name);

// How a geometry-valued column stands in the database.
enum class Storage {
    Plain,    // a column of the same name and of the declared type
    Point,    // pgSphere spoint; type DoubleArray, xtype "point"
    Circle,   // pgSphere scircle; type DoubleArray, xtype "circle"
    Polygon,  // pgSphere spoly; type DoubleArray, xtype "polygon"
    Region,   // two hidden columns NAME_circle (scircle) and NAME_poly (spoly), at most one not
              // null; type Text, xtype "adql:REGION"
};

struct Column : table::Column {
    std::string sql_name;  // as PostgreSQL knows it, not quoted
    Storage storage = Storage::Plain;
    // Where a geometry stands as DALI's array as well, unrounded: the column that has it.
    std::string array_name;
    bool indexed = false;
    bool principal = false;
    bool std = false;
    // True when the name must be written in quotes: it was published as a delimited identifier.
    bool delimited = false;
};

// POINT(ra, dec) over these two columns is the stored, indexed spoint column `sql_name`.
struct Position {
    std::string ra_column;  // names as in columns
    std::string dec_column;
    std::string sql_name;
};

struct Key {
    std::string key_id;
    std::string from_table;
    std::string target_table;
    std::string description;
    std::string utype;
    std::vector<std::pair<std::string, std::string>> columns;  // from, target
};

// Where the hash of a column's name leads.
struct ColumnSlot {
    std::uint32_t hash = 0;
    std::uint32_t column = UINT32_MAX;  // none
};

struct Table {
    std::string name;         // "ivoa.obscore": as TAP_SCHEMA.tables has it, quotes included
    std::string schema_name;  // "ivoa"
    std::string base_name;    // "obscore", without quotes
    bool delimited = false;   // base_name is to be compared exactly
    std::string sql_name;     // quoted and qualified for SQL: "ivoa"."obscore"
    std::string type;         // "table" or "view"
    std::string utype;
    std::string description;
    std::vector<Column> columns;
    std::vector<Position> positions;

    // nullptr when there is no such column.
    [[nodiscard]] const Column* find_column(const Name& name) const;

    // Calls visit(i, column) for each column that may have the name in some case, in order.
    template <typename Visit>
    void visit_columns(std::string_view wanted, const Visit& visit) const {
        if (slots.empty()) {
            for (std::size_t i = 0; i < columns.size(); ++i)
                visit(i, columns[i]);
            return;
        }
        const auto mask = slots.size() - 1;
        const auto hash = static_cast<std::uint32_t>(fold_hash(wanted));
        for (auto at = hash & mask; slots[at].column < columns.size(); at = (at + 1) & mask)
            if (slots[at].hash == hash) visit(slots[at].column, columns[slots[at].column]);
    }

    // Makes looking for columns fast; once after the last column.
    void index_columns();

    // By index_columns: open addressing, at most half of them in use.
    std::vector<ColumnSlot> slots{};
};

struct Schema {
    std::string name;
    std::string utype;
    std::string description;
    std::vector<std::size_t> tables;  // indices into Catalog::tables
};

struct Catalog {
    std::int64_t version = 0;
    std::vector<Schema> schemas;
    std::vector<Table> tables;
    std::vector<Key> keys;

    // `schema` is absent for an unqualified table name, which must then be unique over all
    // schemas (ADQL leaves unqualified names to the service; a name in two schemas finds none).
    [[nodiscard]] const Table* find_table(const std::optional<Name>& schema,
                                          const Name& table) const;

    // By the exact name of TAP_SCHEMA.tables, case folded: VOSI's /tables/{name}.
    [[nodiscard]] const Table* find_table(std::string_view full_name) const;

    // Once after the last table: no look-up by Name finds any before. Indexes their columns, too.
    void index_tables();

  private:
    std::unordered_multimap<std::string, std::size_t> by_name_;  // base_name, folded
};

}  // namespace vo::schema
