// SPDX-License-Identifier: Apache-2.0
// What the passes after the parser share: kinds in words, columns of sources, equal expressions.
#include "adql/check.h"

#include <algorithm>
#include <array>

#include "adql/functions.h"
#include "adql/parser.h"
#include "base/text.h"
#include "base/time.h"

namespace vo::adql {

namespace {

// In the order of ValueKind.
constexpr std::array kKindWords{
    "NULL",     "a number",        "a number",           "a number",    "a number",
    "a number", "a logical value", "a character string", "a timestamp", "an array",
    "an array", "an array",        "an array",           "an array",    "an array",
    "a POINT",  "a CIRCLE",        "a POLYGON",          "a region",
};

ValueKind kind_of(const schema::Column& column) {
    switch (column.storage) {
        case schema::Storage::Point: return ValueKind::Point;
        case schema::Storage::Circle: return ValueKind::Circle;
        case schema::Storage::Polygon: return ValueKind::Polygon;
        case schema::Storage::Region: return ValueKind::Region;
        case schema::Storage::Plain: break;
    }
    switch (column.type) {
        case table::Type::Bit:
        case table::Type::Bool: return ValueKind::Bool;
        case table::Type::Byte:
        case table::Type::Short: return ValueKind::Short;
        case table::Type::Int: return ValueKind::Int;
        case table::Type::Long: return ValueKind::Long;
        case table::Type::Float: return ValueKind::Float;
        case table::Type::Double: return ValueKind::Double;
        case table::Type::Unicode:
        case table::Type::Text: return ValueKind::Text;
        case table::Type::Timestamp: return ValueKind::Timestamp;
        case table::Type::DoubleComplex:
        case table::Type::DoubleArray: break;
        case table::Type::FloatComplex:
        case table::Type::FloatArray: return ValueKind::Floats;
        case table::Type::IntArray: return ValueKind::Ints;
        case table::Type::LongArray: return ValueKind::Longs;
        case table::Type::ByteArray:
        case table::Type::ShortArray: return ValueKind::Shorts;
        case table::Type::BitArray:
        case table::Type::BoolArray: return ValueKind::Bools;
    }
    return ValueKind::Doubles;
}

bool same_all(const std::vector<Expr*>& a, const std::vector<Expr*>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Expr* x, const Expr* y) { return same(*x, *y); });
}

}  // namespace

std::string describe(ValueKind kind) {
    return kKindWords[static_cast<std::size_t>(kind)];
}

std::string describe(const Expr& expr) {
    auto words = describe(expr.value.kind);
    if (const auto* column = expr.as<ColumnRef>()) {
        const auto& id = column->binding.id;
        words += " (the column \"" +
                 std::string(column_name(*id.source, static_cast<std::size_t>(id.column))) + "\")";
    } else if (const auto* literal = expr.as<Literal>();
               literal != nullptr && literal->token->kind != Kind::Word) {
        words += " (" + std::string(cut_text(literal->token->text, 40)) + ')';
    }
    return words;
}

Value column_value(const ColumnId& id) {
    const auto i = static_cast<std::size_t>(id.column);
    if (id.source->table == nullptr) return id.source->derived->outputs[i].value;
    const auto& column = id.source->table->columns[i];
    Value value;
    value.kind = kind_of(column);
    value.column = &column;
    value.unit = column.unit;
    value.ucd = column.ucd;
    value.frame = column.frame;
    return value;
}

bool same(const Expr& a, const Expr& b) {
    if (&a == &b) return true;
    if (a.hash != b.hash || a.node.index() != b.node.index()) return false;
    if (const auto* literal = a.as<Literal>())
        return literal->token->text == b.as<Literal>()->token->text && a.value.kind == b.value.kind;
    if (const auto* column = a.as<ColumnRef>())
        return column->binding == b.as<ColumnRef>()->binding;
    if (const auto* unary = a.as<Unary>())
        return unary->sign == b.as<Unary>()->sign && same(*unary->operand, *b.as<Unary>()->operand);
    if (const auto* chain = a.as<Chain>())
        return chain->signs == b.as<Chain>()->signs &&
               same_all(chain->operands, b.as<Chain>()->operands);
    if (const auto* call = a.as<Call>()) {
        const auto* other = b.as<Call>();
        return call->function == other->function && call->star == other->star &&
               call->distinct == other->distinct && call->system == other->system &&
               same_all(call->args, other->args);
    }
    if (const auto* sky = a.as<Sky>()) return sky->shape == b.as<Sky>()->shape;
    if (const auto* cast = a.as<Cast>()) {
        const auto* other = b.as<Cast>();
        return cast->to == other->to && cast->length == other->length &&
               cast->fixed == other->fixed && same(*cast->operand, *other->operand);
    }
    return false;
}

bool adopt(Expr& expr, ValueKind kind) {
    if (expr.value.kind == kind) return true;
    const auto* literal = expr.as<Literal>();
    if (literal == nullptr) return false;
    const auto& token = *literal->token;
    if (token.kind == Kind::Word) {
        if (kind == ValueKind::Region) return false;
        expr.value.kind = kind == ValueKind::Null ? ValueKind::Text : kind;
        return true;
    }
    if (token.kind != Kind::String) return false;
    if (kind == ValueKind::Timestamp) {
        if (!parse_timestamp(token.value))
            refuse(describe(token) + " is not a timestamp; it is written '2026-11-23T10:08:32'",
                   expr.place);
        expr.value.kind = kind;
        return true;
    }
    if (kind == ValueKind::Bool &&
        (equal_fold(token.value, "true") || equal_fold(token.value, "false"))) {
        expr.value.kind = kind;
        return true;
    }
    return false;
}

std::size_t column_count(const Source& source) {
    return source.table != nullptr ? source.table->columns.size() : source.derived->outputs.size();
}

std::string_view column_name(const Source& source, std::size_t column) {
    return source.table != nullptr ? std::string_view(source.table->columns[column].name)
                                   : std::string_view(source.derived->outputs[column].name);
}

bool is_delimited(const Source& source, std::size_t column) {
    return source.table != nullptr ? source.table->columns[column].delimited
                                   : source.derived->outputs[column].delimited;
}

std::string_view source_name(const Source& source) {
    if (source.alias != nullptr) return source.alias->name();
    return source.table != nullptr ? std::string_view(source.table->name)
                                   : source.with->name->name();
}

GroupKeys::GroupKeys(const std::vector<Expr*>& keys) {
    for (const auto* key : keys)
        keys_.emplace(key->hash, key);
}

bool GroupKeys::find(const Expr& expr) const {
    const auto [begin, end] = keys_.equal_range(expr.hash);
    return std::any_of(begin, end, [&](const auto& entry) { return same(*entry.second, expr); });
}

}  // namespace vo::adql
