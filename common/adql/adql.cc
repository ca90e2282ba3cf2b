// SPDX-License-Identifier: Apache-2.0
// The door: lexer, parser, checker, emitter, one after the other.
#include "adql/adql.h"

#include <array>

#include "adql/ast.h"
#include "adql/check.h"
#include "adql/emit.h"
#include "adql/lexer.h"
#include "adql/parser.h"
#include "table/cell.h"

namespace vo::adql {

namespace {

using table::Type;

struct WireRow {
    Type type;
    std::string_view arraysize;
    std::string_view xtype;
};

// In the order of ValueKind.
constexpr std::array kWire{
    WireRow{Type::Text, "*", ""},
    WireRow{Type::Short, "", ""},
    WireRow{Type::Int, "", ""},
    WireRow{Type::Long, "", ""},
    WireRow{Type::Float, "", ""},
    WireRow{Type::Double, "", ""},
    WireRow{Type::Bool, "", ""},
    WireRow{Type::Text, "*", ""},
    WireRow{Type::Timestamp, "*", "timestamp"},
    WireRow{Type::DoubleArray, "*", ""},
    WireRow{Type::FloatArray, "*", ""},
    WireRow{Type::IntArray, "*", ""},
    WireRow{Type::LongArray, "*", ""},
    WireRow{Type::ShortArray, "*", ""},
    WireRow{Type::BoolArray, "*", ""},
    WireRow{Type::DoubleArray, "2", "point"},
    WireRow{Type::DoubleArray, "3", "circle"},
    WireRow{Type::DoubleArray, "*", "polygon"},
    WireRow{Type::Text, "*", "adql:REGION"},
};

void fill_column(table::Column& column, const Output& output) {
    const auto& value = output.value;
    // What leaves the house unchanged keeps all that the catalogue says.
    if (value.column != nullptr) {
        column.type = value.column->type;
        column.arraysize = value.column->arraysize;
        column.xtype = value.column->xtype;
        column.utype = value.column->utype;
        column.description = value.column->description;
    }
    const auto& wire = kWire[static_cast<std::size_t>(value.kind)];
    column.name = output.name;
    // A byte that leaves as it came is one, what is calculated from it is not.
    if (table::wire_oid(column.type) != table::wire_oid(wire.type) || value.column == nullptr)
        column.type = wire.type;
    if (value.column == nullptr) {
        column.arraysize = wire.arraysize;
        column.xtype = wire.xtype;
        // VARCHAR(n) stays "*": astropy takes "n*" for a fixed length and reads the rest awry.
        if (value.fixed) column.arraysize = std::to_string(value.length);
    }
    if (value.column == nullptr && value.origin != nullptr) {
        column.description = value.origin->description;
        column.utype = value.origin->utype;
        if (value.shaped) {
            column.arraysize = value.origin->arraysize;
            column.xtype = value.origin->xtype;
            if (value.origin->type == Type::Unicode) column.type = Type::Unicode;
        }
    }
    if (value.mixed) {
        if (column.type != Type::Unicode) column.type = wire.type;
        if (table::element_type(wire.type) && column.arraysize != wire.arraysize)
            column.xtype = wire.xtype;
        column.arraysize = wire.arraysize;
    }
    column.unit = value.unit;
    column.ucd = value.ucd;
    column.frame = value.frame;
}

// Ample for any honest query: casts and names make a text some five times longer.
constexpr std::size_t kGrowth = 40;
constexpr std::size_t kLeast = 1'000'000;

}  // namespace

void check(std::string_view query, const Declarations& declared, const Limits& limits) {
    const auto tokens = read_tokens(query, limits.max_tokens);
    Tree tree;
    Parser(tokens.list, tree, limits.max_depth, &declared).run();
}

Translation translate(std::string_view query,
                      const schema::Catalog& catalog,
                      const Limits& limits,
                      const schema::Catalog& uploads) {
    Tree tree;
    const auto tokens = read_tokens(query, limits.max_tokens, tree.memory());
    Parser(tokens.list, tree, limits.max_depth).run();
    Checker checker(tree, catalog, uploads);
    checker.run();

    Translation translation;
    translation.sql.reserve(query.size() * 2 + 200);
    Emitter(tree, translation.sql, query.size() * kGrowth + kLeast).run();
    translation.columns.reserve(tree.root->outputs.size());
    for (const auto& output : tree.root->outputs)
        fill_column(translation.columns.emplace_back(), output);
    translation.tables = checker.take_tables();
    translation.warnings = checker.take_warnings();
    if (tree.root->select != nullptr) translation.top = tree.root->select->top;
    return translation;
}

}  // namespace vo::adql
