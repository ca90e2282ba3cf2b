// SPDX-License-Identifier: Apache-2.0
// Expressions to SQL; for queries see emit_query.cc.
#include "adql/emit.h"

#include <algorithm>
#include <array>

#include "adql/check.h"
#include "adql/convert.h"
#include "adql/functions.h"
#include "adql/geometry.h"
#include "adql/parser.h"
#include "base/text.h"
#include "base/time.h"

namespace vo::adql {

namespace {

// In the order of ValueKind. A region has no type of its own.
constexpr auto kTypes = std::to_array<std::string_view>(
    {"text", "int2", "int4", "int8", "float4", "float8", "bool", "text", "timestamp", "float8[]",
     "float4[]", "int4[]", "int8[]", "int2[]", "bool[]", "spoint", "scircle", "spoly", "text"});

}  // namespace

std::string_view sql_type(ValueKind kind) {
    return kTypes[static_cast<std::size_t>(kind)];
}

void Emitter::check_size() const {
    if (out_->size() > most_)
        refuse("the query is too complex: written out, its joins or geometries are too long", {});
}

std::string Emitter::text(const Expr& value) {
    std::string own;
    auto* const before = out_;
    out_ = &own;
    write(value);
    check_size();
    out_ = before;
    return own;
}

void Emitter::append_hidden(std::string& out, const Source& source, std::string_view name) {
    out += 't';
    append_number(out, static_cast<std::int64_t>(source.number));
    out += '.';
    if (source.table != nullptr)
        append_identifier(out, name);
    else
        out += name;
}

std::string Emitter::hidden_column(const Source& source, std::string_view name) {
    std::string out;
    append_hidden(out, source, name);
    return out;
}

std::string Emitter::column(const ColumnId& id, std::string_view suffix) {
    std::string out;
    const auto i = static_cast<std::size_t>(id.column);
    if (id.source->table != nullptr && !suffix.empty())
        append_hidden(out, *id.source, id.source->table->columns[i].sql_name + std::string(suffix));
    else
        append_column(out, id), out += suffix;
    return out;
}

void Emitter::append_column(std::string& out, const ColumnId& id) {
    const auto i = static_cast<std::size_t>(id.column);
    if (id.source->table != nullptr)
        return append_hidden(out, *id.source, id.source->table->columns[i].sql_name);
    out += 't';
    append_number(out, static_cast<std::int64_t>(id.source->number));
    out += ".c";
    append_number(out, static_cast<std::int64_t>(i + 1));
}

// VALUES ----------------------------------------------------------------------------------------

void Emitter::write(const Expr& expr) {
    check_size();
    if (const auto* literal = expr.as<Literal>()) {
        write_literal(expr, *literal->token);
    } else if (const auto* ref = expr.as<ColumnRef>()) {
        write_column(expr, *ref);
    } else if (const auto* unary = expr.as<Unary>()) {
        if (unary->sign == '-') *out_ += "(- ";
        write(*unary->operand);
        if (unary->sign == '-') *out_ += ')';
    } else if (const auto* chain = expr.as<Chain>()) {
        write_chain(*chain);
    } else if (const auto* call = expr.as<Call>()) {
        write_call(expr, *call);
    } else if (const auto* cast = expr.as<Cast>()) {
        write_cast(*cast);
    } else if (const auto* subquery = expr.as<Subquery>()) {
        *out_ += '(';
        write_query(*subquery->query, Form::Inner, nullptr);
        *out_ += ')';
    } else if (const auto* sky = expr.as<Sky>()) {
        *out_ += write_shape(*sky->shape, expr.place);
    }
}

void Emitter::write_as(const Expr& value, ValueKind kind) {
    write(value);
    if (value.value.kind != kind) out_->append("::").append(sql_type(kind));
}

void Emitter::write_literal(const Expr& expr, const Token& token) {
    switch (token.kind) {
        case Kind::Integer:
            if (is_whole(expr.value.kind)) {
                append_number(*out_, *parse_integer(token.text));
                return;
            }
            [[fallthrough]];
        case Kind::Real:
            out_->append(sql_number(*parse_double(token.text))).append("::float8");
            return;
        case Kind::String:
            if (expr.value.kind == ValueKind::Bool) {
                *out_ += equal_fold(token.value, "true") ? "true" : "false";
            } else if (expr.value.kind == ValueKind::Timestamp) {
                *out_ += '\'';
                append_timestamp(*out_, *parse_timestamp(token.value));
                *out_ += "'::timestamp";
            } else {
                out_->append(sql_literal(token.value)).append("::text");
            }
            return;
        default: out_->append("NULL::").append(sql_type(expr.value.kind));
    }
}

void Emitter::write_binding(const Binding& binding) {
    if (binding.more.empty()) {
        append_column(*out_, binding.id);
        return;
    }
    auto kind = column_value(binding.id).kind;
    bool differ = false;
    for (const auto& id : binding.more)
        differ = differ || column_value(id).kind != kind;
    const auto append = [&](const ColumnId& id) {
        append_column(*out_, id);
        // Only numbers may differ, and REAL beside INTEGER would be REAL.
        if (differ && !is_whole(column_value(id).kind)) *out_ += "::float8";
    };
    *out_ += "COALESCE(";
    append(binding.id);
    for (const auto& id : binding.more) {
        *out_ += ", ";
        append(id);
    }
    *out_ += ')';
}

void Emitter::write_column(const Expr& /*expr*/, const ColumnRef& ref) {
    write_binding(ref.binding);
}

void Emitter::write_chain(const Chain& chain) {
    *out_ += '(';
    for (std::size_t i = 0; i < chain.operands.size(); ++i) {
        if (i > 0) {
            const char sign = chain.signs[i - 1];
            if (sign == '|')
                *out_ += " || ";
            else
                (*out_ += ' ').append(1, sign) += ' ';
        }
        write(*chain.operands[i]);
    }
    *out_ += ')';
}

void Emitter::write_call(const Expr& expr, const Call& call) {
    const auto& function = *call.function;
    if (function.family == Family::Geometry) {
        if (is_geometry(expr.value.kind))
            *out_ += write_shape(*this, expr)[0];
        else
            write_geometry_value(*this, call);
        return;
    }
    if (function.family == Family::Units) {
        write_conversion(*this, call);
        return;
    }
    if (call.star) {
        *out_ += "count(*)";
        return;
    }
    if (function.family == Family::Aggregate && call.args[0]->value.kind == ValueKind::Region) {
        const auto shape = write_shape(*this, *call.args[0]);
        *out_ +=
            "count(*) FILTER (WHERE " + shape[0] + " IS NOT NULL OR " + shape[1] + " IS NOT NULL)";
        return;
    }
    const bool whole = !function.whole_sql.empty() &&
                       std::all_of(call.args.begin(), call.args.end(),
                                   [](const Expr* arg) { return is_whole(arg->value.kind); });
    std::vector<std::string> args;
    for (std::size_t i = 0; i < call.args.size(); ++i) {
        const auto& arg = *call.args[i];
        auto sql = text(arg);
        // The letters of arguments without the mark for optional ones.
        std::size_t letter = 0;
        for (std::size_t k = 0; letter < function.arguments.size(); ++letter)
            if (function.arguments[letter] != '?' && k++ == i) break;
        const char want = letter < function.arguments.size() ? function.arguments[letter] : 'v';
        const auto kind = arg.value.kind;
        if (want == 'd' && !whole && kind != ValueKind::Double) sql += "::float8";
        if (want == 'i' && kind == ValueKind::Long) sql += "::int4";
        if (want == 'b' && kind != ValueKind::Long) sql += "::int8";
        if (function.result == Result::Common && kind != expr.value.kind)
            sql.append("::").append(sql_type(expr.value.kind));
        args.push_back(std::move(sql));
    }
    write_template(call, args, whole ? function.whole_sql : function.sql);
}

void Emitter::write_template(const Call& call,
                             const std::vector<std::string>& args,
                             std::string_view sql) {
    for (std::size_t i = 0; i < sql.size(); ++i) {
        const auto mark = std::min(sql.find('$', i), sql.size());
        *out_ += sql.substr(i, mark - i);
        if (mark == sql.size()) return;
        i = mark + 1;
        if (call.distinct && sql[i] == '1') *out_ += "DISTINCT ";
        if (sql[i] == '*') {
            for (std::size_t k = 0; k < args.size(); ++k) {
                if (k > 0) *out_ += ", ";
                *out_ += args[k];
            }
            continue;
        }
        const auto number = static_cast<std::size_t>(sql[i] - '1');
        *out_ += number < args.size() ? args[number] : "0";
    }
}

void Emitter::write_cast(const Cast& cast) {
    const auto from = cast.operand->value.kind;
    if (is_geometry(cast.to) && from == ValueKind::Text) {
        const char* type = cast.to == ValueKind::Point    ? "point"
                           : cast.to == ValueKind::Circle ? "circle"
                                                          : "polygon";
        out_->append("vogate.").append(type).append("_of_text(");
        write(*cast.operand);
        *out_ += ')';
        return;
    }
    if (cast.to != ValueKind::Text) {
        write_as(*cast.operand, cast.to);
        return;
    }
    if (cast.length > 0) *out_ += cast.fixed ? "rpad(" : "left(";
    // DALI 1.1 §3.3.3 puts a T between date and time.
    if (from == ValueKind::Timestamp) *out_ += "replace(";
    write_as(*cast.operand, ValueKind::Text);
    if (from == ValueKind::Timestamp) *out_ += ", ' ', 'T')";
    if (cast.length > 0) *out_ += ", " + std::to_string(cast.length) + ')';
}

// CONDITIONS ------------------------------------------------------------------------------------

void Emitter::write_condition(const Expr& expr, bool unknown_is_false) {
    check_size();
    if (const auto* logic = expr.as<Logic>()) {
        *out_ += '(';
        for (std::size_t i = 0; i < logic->operands.size(); ++i) {
            if (i > 0) *out_ += logic->conjunction ? " AND " : " OR ";
            write_condition(*logic->operands[i], unknown_is_false);
        }
        *out_ += ')';
    } else if (const auto* negation = expr.as<Not>()) {
        *out_ += "NOT (";
        write_condition(*negation->operand, false);
        *out_ += ')';
    } else if (const auto* compare = expr.as<Compare>()) {
        if (write_geometry_comparison(*this, *compare, unknown_is_false)) return;
        write(*compare->left);
        (*out_ += ' ').append(compare->op == "!=" ? "<>" : compare->op) += ' ';
        write(*compare->right);
    } else if (const auto* between = expr.as<Between>()) {
        write(*between->operand);
        *out_ += between->negated ? " NOT BETWEEN " : " BETWEEN ";
        write(*between->low);
        *out_ += " AND ";
        write(*between->high);
    } else if (const auto* in = expr.as<In>()) {
        write_in(*in);
    } else if (const auto* like = expr.as<Like>()) {
        write_like(*like);
    } else if (const auto* null = expr.as<IsNull>()) {
        write_is_null(*null);
    } else if (const auto* exists = expr.as<Exists>()) {
        *out_ += "EXISTS (";
        write_query(*exists->query, Form::Inner, nullptr);
        *out_ += ')';
    }
}

void Emitter::write_in(const In& in) {
    write(*in.operand);
    *out_ += in.negated ? " NOT IN (" : " IN (";
    if (in.query != nullptr) write_query(*in.query, Form::Inner, nullptr);
    for (std::size_t i = 0; i < in.list.size(); ++i) {
        if (i > 0) *out_ += ", ";
        write(*in.list[i]);
    }
    *out_ += ')';
}

void Emitter::write_like(const Like& like) {
    write(*like.operand);
    *out_ += like.negated ? " NOT " : " ";
    *out_ += like.ignore_case ? "ILIKE " : "LIKE ";
    write(*like.pattern);
    // Only PostgreSQL takes the backslash for an escape.
    const auto* literal = like.pattern->as<Literal>();
    if (literal == nullptr || literal->token->value.find('\\') != std::string::npos)
        *out_ += " ESCAPE ''";
}

void Emitter::write_is_null(const IsNull& null) {
    const auto* word = null.negated ? " IS NOT NULL" : " IS NULL";
    if (null.operand->value.kind != ValueKind::Region) {
        write(*null.operand);
        *out_ += word;
        return;
    }
    const auto shape = write_shape(*this, *null.operand);
    *out_ += '(' + shape[0] + word + (null.negated ? " OR " : " AND ") + shape[1] + word + ')';
}

}  // namespace vo::adql
