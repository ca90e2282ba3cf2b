// SPDX-License-Identifier: Apache-2.0
// Types, units and UCDs of expressions, and whether their operands fit.
#include <algorithm>
#include <array>
#include <bit>
#include <functional>

#include "adql/check.h"
#include "adql/convert.h"
#include "adql/functions.h"
#include "adql/geometry.h"
#include "adql/parser.h"
#include "base/text.h"
#include "base/time.h"

namespace vo::adql {

namespace {

// As PostgreSQL's operators do it: REAL stays only beside REAL.
ValueKind promote(ValueKind a, ValueKind b) {
    if (a == b) return a;
    if (is_whole(a) && is_whole(b)) return std::max(a, b);
    return ValueKind::Double;
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
    return std::rotl(seed, 5) * 0x9E3779B97F4A7C15U ^ (value + 0x7F4A7C15U + (seed << 6U));
}

std::uint64_t mix(std::uint64_t seed, std::string_view text) {
    return mix(seed, std::hash<std::string_view>{}(text));
}

std::uint64_t mix(std::uint64_t seed, const void* pointer) {
    return mix(seed, std::hash<const void*>{}(pointer));
}

// Equal expressions, equal hashes; called when the operands have theirs.
std::uint64_t hash_of(const Expr& expr, std::uint64_t& unique) {
    std::uint64_t seed = expr.node.index() + 1;
    if (const auto* literal = expr.as<Literal>()) return mix(seed, literal->token->text);
    if (const auto* column = expr.as<ColumnRef>())
        return mix(mix(seed, column->binding.id.source),
                   static_cast<std::uint64_t>(column->binding.id.column));
    if (const auto* unary = expr.as<Unary>())
        return mix(mix(seed, static_cast<std::uint64_t>(unary->sign)), unary->operand->hash);
    if (const auto* chain = expr.as<Chain>()) {
        for (const auto* operand : chain->operands)
            seed = mix(seed, operand->hash);
        for (const char sign : chain->signs)
            seed = mix(seed, static_cast<std::uint64_t>(sign));
        return seed;
    }
    if (const auto* call = expr.as<Call>()) {
        seed = mix(seed, call->function);
        for (const auto* arg : call->args)
            seed = mix(seed, arg->hash);
        return seed;
    }
    if (const auto* cast = expr.as<Cast>())
        return mix(mix(seed, static_cast<std::uint64_t>(cast->to)), cast->operand->hash);
    if (const auto* sky = expr.as<Sky>()) return mix(seed, sky->shape);
    return mix(seed, ++unique);
}

bool is_literal(const Expr& expr, Kind kind) {
    const auto* literal = expr.as<Literal>();
    return literal != nullptr && literal->token->kind == kind;
}

bool is_null(const Expr& expr) {
    return is_literal(expr, Kind::Word);
}

}  // namespace

// OPERANDS --------------------------------------------------------------------------------------

void Checker::need_text(Expr& expr, std::string_view where) {
    if (expr.value.kind == ValueKind::Null) adopt(expr, ValueKind::Text);
    if (expr.value.kind == ValueKind::Text) return;
    refuse(std::string(where) + " needs a character string, but " + describe(expr) +
               " stands here; CAST(... AS VARCHAR) makes a text of a number",
           expr.place);
}

void Checker::need_number(Expr& expr, std::string_view where) {
    if (expr.value.kind == ValueKind::Null) adopt(expr, ValueKind::Double);
    if (is_number(expr.value.kind)) return;
    std::string hint;
    if (is_geometry(expr.value.kind)) hint = "; COORD1 and COORD2 give the coordinates of a point";
    if (expr.value.kind == ValueKind::Text)
        hint = is_literal(expr, Kind::String)
                   ? "; numbers are written without quotes"
                   : "; CAST(... AS DOUBLE PRECISION) makes a number of a text";
    refuse(std::string(where) + " needs a number, but " + describe(expr) + " stands here" + hint,
           expr.place);
}

void Checker::need_comparable(Expr& left, Expr& right, bool ordered, Place place) {
    auto& a = left.value.kind;
    auto& b = right.value.kind;
    if (a == ValueKind::Null) adopt(left, b);
    if (b == ValueKind::Null) adopt(right, a);
    // A time or a logical value may be written as a text.
    if (a != b && (a == ValueKind::Timestamp || a == ValueKind::Bool)) adopt(right, a);
    if (a != b && (b == ValueKind::Timestamp || b == ValueKind::Bool)) adopt(left, b);
    if (is_null(left) || is_null(right))
        warnings_.push_back("this query compares with NULL, which is never true; write IS NULL");
    if (is_number(a) && is_number(b)) return compare_units(left, right, warnings_);
    if (a != b) {
        std::string hint;
        if (is_literal(left, Kind::String) || is_literal(right, Kind::String)) {
            const bool turned = is_literal(left, Kind::String);
            const auto& number = turned ? right : left;
            if (is_number(number.value.kind)) {
                const auto text = (turned ? left : right).as<Literal>()->token->value;
                hint = quantity_hint(text, number);
                if (hint.empty() && parse_timestamp(text))
                    hint = "; where times are MJD, write ivo_to_mjd(" + sql_literal(text) + ')';
                if (hint.empty()) hint = "; numbers are written without quotes";
            }
        } else if (a == ValueKind::Text && is_number(b) && is_literal(right, Kind::Integer)) {
            hint = "; character strings stand in single quotes";
        } else if (a == ValueKind::Timestamp || b == ValueKind::Timestamp) {
            hint = "; a date is written '2026-11-23', and ivo_to_mjd(...) makes MJD of a timestamp";
        } else if (a == ValueKind::Bool || b == ValueKind::Bool) {
            hint = "; logical values are written 'true' and 'false'";
        }
        refuse("cannot compare " + describe(left) + " with " + describe(right) + hint, place);
    }
    if (a == ValueKind::Region || is_array(a) || (is_geometry(a) && ordered))
        refuse(describe(a) + " cannot be compared" +
                   (is_geometry(a) ? std::string("; use CONTAINS, INTERSECTS or DISTANCE")
                                   : std::string()),
               place);
}

// EXPRESSIONS -----------------------------------------------------------------------------------

void Checker::infer(Expr& expr, const Scope& scope) {
    if (expr.is_condition()) {
        infer_condition(expr, scope);
    } else if (auto* literal = expr.as<Literal>()) {
        infer_literal(expr, *literal);
    } else if (auto* column = expr.as<ColumnRef>()) {
        resolve(expr, *column, scope);
        expr.value = column_value(column->binding.id);
        for (const auto& id : column->binding.more) {
            const auto other = column_value(id);
            if (is_number(other.kind)) expr.value.kind = promote(expr.value.kind, other.kind);
            mix_joined(expr.value, other);
        }
    } else if (auto* unary = expr.as<Unary>()) {
        infer(*unary->operand, scope);
        need_number(*unary->operand, "a sign");
        expr.value = unary->operand->value;
        if (expr.value.column != nullptr) expr.value.origin = expr.value.column;
        expr.value.column = nullptr;
    } else if (auto* chain = expr.as<Chain>()) {
        infer_chain(expr, *chain, scope);
    } else if (auto* call = expr.as<Call>()) {
        infer_call(expr, *call, scope);
    } else if (auto* cast = expr.as<Cast>()) {
        infer_cast(expr, *cast, scope);
    } else if (auto* subquery = expr.as<Subquery>()) {
        check_query(*subquery->query, &scope);
        if (subquery->query->outputs.size() != 1)
            refuse("a query that stands for a value must have one column; this one has " +
                       std::to_string(subquery->query->outputs.size()),
                   expr.place);
        expr.value = subquery->query->outputs[0].value;
        if (expr.value.kind == ValueKind::Region)
            refuse("a query that stands for a value cannot give a region", expr.place);
    } else if (const auto* sky = expr.as<Sky>()) {
        expr.value.kind = kind_of(*sky->shape);
        expr.value.unit = "deg";
        expr.value.ucd = expr.value.kind == ValueKind::Point ? "pos.eq" : "pos.outline";
    }
    expr.hash = hash_of(expr, unique_);
    if (expr.is_leaf()) return;
    const auto* call = expr.as<Call>();
    expr.has_aggregate = call != nullptr && call->function->family == Family::Aggregate;
    for_each_operand(expr, [&](const Expr& operand) {
        expr.has_aggregate = expr.has_aggregate || operand.has_aggregate;
    });
}

void Checker::infer_literal(Expr& expr, const Literal& literal) {
    expr.value.plain = literal.token->kind != Kind::String;
    switch (literal.token->kind) {
        case Kind::String: expr.value.kind = ValueKind::Text; return;
        case Kind::Real: expr.value.kind = ValueKind::Double; return;
        case Kind::Integer: {
            const auto value = parse_integer(literal.token->text);
            if (!value)
                expr.value.kind = ValueKind::Double;
            else
                expr.value.kind = *value > 0x7FFFFFFF ? ValueKind::Long : ValueKind::Int;
            return;
        }
        default: expr.value.kind = ValueKind::Null;
    }
}

void Checker::infer_chain(Expr& expr, Chain& chain, const Scope& scope) {
    for (auto* operand : chain.operands)
        infer(*operand, scope);
    if (chain.signs[0] == '|') {
        for (auto* operand : chain.operands)
            need_text(*operand, "||");
        expr.value.kind = ValueKind::Text;
        return;
    }
    const bool sum = chain.signs[0] == '+' || chain.signs[0] == '-';
    for (auto* operand : chain.operands) {
        if (operand->value.kind == ValueKind::Null) adopt(*operand, ValueKind::Int);
        if (operand->value.kind == ValueKind::Timestamp)
            refuse("ADQL does not calculate with timestamps; MJD columns are numbers",
                   operand->place);
        need_number(*operand, sum ? "addition" : "multiplication");
    }
    expr.value.kind = chain.operands[0]->value.kind;
    for (const auto* operand : chain.operands)
        expr.value.kind = promote(expr.value.kind, operand->value.kind);
    if (sum)
        describe_sum(expr, chain, warnings_);
    else
        describe_product(tree_, expr, chain);
}

void Checker::infer_cast(Expr& expr, Cast& cast, const Scope& scope) {
    auto& operand = *cast.operand;
    infer(operand, scope);
    if (is_null(operand)) adopt(operand, cast.to);
    const auto from = operand.value.kind;
    bool fits = from == cast.to || from == ValueKind::Text;
    if (is_number(cast.to)) fits = fits || is_number(from);
    if (cast.to == ValueKind::Point && (from == ValueKind::Doubles || is_number(from)))
        refuse(
            "CAST makes a POINT of a text such as '83.63 22.01'; POINT(ra, dec) makes one of "
            "numbers",
            expr.place);
    if (cast.to == ValueKind::Text)
        fits = fits || is_number(from) || from == ValueKind::Timestamp || from == ValueKind::Bool;
    if (!fits)
        refuse("CAST cannot make " + describe(cast.to) + " of " + describe(from), expr.place);
    // A constant that is no time is told here, not by the database.
    if (cast.to == ValueKind::Timestamp && from == ValueKind::Text) adopt(operand, cast.to);
    if (is_number(cast.to) && is_literal(operand, Kind::String)) {
        const auto text = trim(operand.as<Literal>()->token->value);
        if (is_whole(cast.to) ? !parse_integer(text) : !parse_double(text))
            refuse(describe(*operand.as<Literal>()->token) + " is not " + describe(cast.to),
                   operand.place);
    }
    expr.value = operand.value;
    expr.value.kind = cast.to;
    if (expr.value.column != nullptr) expr.value.origin = expr.value.column;
    expr.value.column = nullptr;
    expr.value.shaped = false;
    expr.value.mixed = false;
    expr.value.length = cast.length;
    // A FIELD of fixed size counts bytes: what is not ASCII would lose its end.
    expr.value.fixed = cast.fixed && from != ValueKind::Text;
    if (is_geometry(cast.to) && from == ValueKind::Text) expr.value.unit = "deg";
}

// FUNCTIONS -------------------------------------------------------------------------------------

void Checker::infer_call(Expr& expr, Call& call, const Scope& scope) {
    const auto& function = *call.function;
    AggregateFrame frame;
    if (function.family == Family::Aggregate) {
        check_aggregate(expr, call, scope);
        scope.aggregate = &frame;
    }
    for (auto* arg : call.args)
        infer(*arg, scope);
    if (function.family == Family::Aggregate) {
        scope.aggregate = nullptr;
        if (frame.outer && !frame.own)
            refuse(
                std::string(function.name) +
                    " takes only columns of an outer query here; ADQL cannot say for which query "
                    "it stands",
                expr.place);
    }
    if (function.family == Family::Geometry) {
        if (function.name == "POLYGON" && is_number(call.args[0]->value.kind))
            pair_corners(expr, call);
        check_geometry(tree_, expr, call);
        return;
    }
    if (function.family == Family::Units) {
        check_conversion(tree_, expr, call);
        return;
    }
    infer_arguments(expr, call);
    expr.value.kind = result_kind(call);
    describe_result(tree_, expr, call, warnings_);
}

ValueKind Checker::result_kind(const Call& call) {
    const auto first = call.args.empty() ? ValueKind::Null : call.args[0]->value.kind;
    switch (call.function->result) {
        case Result::Int: return ValueKind::Int;
        case Result::Long: return ValueKind::Long;
        case Result::Ints: return ValueKind::Ints;
        case Result::Text: return ValueKind::Text;
        case Result::Point: return ValueKind::Point;
        case Result::Sum: return is_whole(first) ? ValueKind::Long : ValueKind::Double;
        case Result::Argument: return first;
        case Result::Common: {
            auto kind = first;
            for (const auto* arg : call.args)
                if (is_number(first)) kind = promote(kind, arg->value.kind);
            return kind;
        }
        default: return ValueKind::Double;
    }
}

void Checker::pair_corners(const Expr& expr, Call& call) {
    const auto count = call.args.size();
    if (count < 6 || count % 2 != 0)
        refuse("POLYGON needs two coordinates for each of three or more corners; these are " +
                   std::to_string(count) + " numbers",
               expr.place);
    std::vector<Expr*> points;
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        auto* point = make_point(tree_, call.args[i], call.args[i + 1], call.frame);
        check_geometry(tree_, *point, *point->as<Call>());
        point->hash = hash_of(*point, unique_);
        points.push_back(point);
    }
    call.args = std::move(points);
}

void Checker::check_aggregate(Expr& expr, Call& call, const Scope& scope) {
    const auto& name = call.function->name;
    if (scope.aggregate != nullptr)
        refuse(std::string(name) + " stands inside another aggregate function; use a subquery",
               expr.place);
    switch (scope.clause) {
        case Clause::Output: break;
        case Clause::Where:
            refuse(std::string(name) +
                       " cannot stand in WHERE, which looks at single rows; use HAVING",
                   expr.place);
        case Clause::On:
            refuse(std::string(name) + " cannot stand in the condition of a join", expr.place);
        case Clause::GroupBy: refuse(std::string(name) + " cannot stand in GROUP BY", expr.place);
    }
    scope.select->grouped = true;
}

void Checker::infer_arguments(Expr& expr, Call& call) {
    const auto& function = *call.function;
    const std::string where(function.name);
    std::size_t letter = 0;
    for (auto* arg : call.args) {
        if (letter < function.arguments.size() && function.arguments[letter] == '?') ++letter;
        if (function.arguments[letter] == '*') --letter;
        const auto kind = arg->value.kind;
        switch (function.arguments[letter]) {
            case 'd':
            case 'n': need_number(*arg, where); break;
            case 'i':
            case 'b':
                if (kind == ValueKind::Null) adopt(*arg, ValueKind::Int);
                if (!is_whole(arg->value.kind))
                    refuse(where + " needs a whole number, but " + describe(*arg) + " stands here",
                           arg->place);
                break;
            case 't': need_text(*arg, where); break;
            case 'p':
                if (!adopt(*arg, ValueKind::Point))
                    refuse(where + " needs a POINT, but " + describe(*arg) + " stands here",
                           arg->place);
                break;
            case 'm':
                if (!adopt(*arg, ValueKind::Timestamp))
                    refuse(where + " needs a timestamp, but " + describe(*arg) + " stands here",
                           arg->place);
                break;
            case 'o':
                if (kind == ValueKind::Null) adopt(*arg, ValueKind::Text);
                if (!is_number(arg->value.kind) && arg->value.kind != ValueKind::Text &&
                    arg->value.kind != ValueKind::Timestamp)
                    refuse(where + " needs a number, a character string or a timestamp, but " +
                               describe(*arg) + " stands here",
                           arg->place);
                break;
            default: break;
        }
        ++letter;
    }
    if (function.arguments.starts_with('v')) {
        // The first that is no literal says what kind is meant.
        Expr* model = call.args[0];
        for (auto* arg : call.args)
            if (model->as<Literal>() != nullptr && arg->as<Literal>() == nullptr) model = arg;
        for (auto* arg : call.args)
            if (is_null(*model) && !is_null(*arg)) model = arg;
        if (is_null(*model)) adopt(*model, ValueKind::Text);
        for (auto* arg : call.args) {
            const bool numbers = is_number(model->value.kind) && is_number(arg->value.kind);
            if (!numbers && !adopt(*arg, model->value.kind))
                refuse(where + " needs values of one kind, but " + describe(*arg) +
                           " stands beside " + describe(*model),
                       arg->place);
        }
        if (model->value.kind == ValueKind::Region)
            refuse(where + " cannot take a region", expr.place);
    }
    if (function.family == Family::Aggregate && !call.args.empty()) {
        if (call.args[0]->value.kind == ValueKind::Null) adopt(*call.args[0], ValueKind::Text);
        if (call.distinct && call.args.size() > 1)
            refuse("DISTINCT stands only in an aggregate of one argument", expr.place);
        if (call.distinct && is_geometry(call.args[0]->value.kind))
            refuse("DISTINCT cannot tell geometries apart; use their coordinates", expr.place);
    }
}

// CONDITIONS ------------------------------------------------------------------------------------

void Checker::infer_condition(Expr& expr, const Scope& scope) {
    if (auto* logic = expr.as<Logic>()) {
        for (auto* operand : logic->operands)
            infer(*operand, scope);
    } else if (auto* negation = expr.as<Not>()) {
        infer(*negation->operand, scope);
    } else if (auto* compare = expr.as<Compare>()) {
        infer(*compare->left, scope);
        infer(*compare->right, scope);
        need_comparable(*compare->left, *compare->right,
                        compare->op != "=" && compare->op != "!=", expr.place);
    } else if (auto* between = expr.as<Between>()) {
        infer(*between->operand, scope);
        infer(*between->low, scope);
        infer(*between->high, scope);
        need_comparable(*between->operand, *between->low, true, expr.place);
        need_comparable(*between->operand, *between->high, true, expr.place);
        need_comparable(*between->operand, *between->low, true, expr.place);
    } else if (auto* in = expr.as<In>()) {
        infer_in(expr, *in, scope);
    } else if (auto* like = expr.as<Like>()) {
        infer(*like->operand, scope);
        infer(*like->pattern, scope);
        need_text(*like->operand, like->ignore_case ? "ILIKE" : "LIKE");
        need_text(*like->pattern, like->ignore_case ? "ILIKE" : "LIKE");
    } else if (auto* null = expr.as<IsNull>()) {
        infer(*null->operand, scope);
        if (is_null(*null->operand)) adopt(*null->operand, ValueKind::Text);
    } else if (auto* exists = expr.as<Exists>()) {
        check_query(*exists->query, &scope);
    }
}

void Checker::infer_in(Expr& expr, In& in, const Scope& scope) {
    infer(*in.operand, scope);
    if (in.query == nullptr) {
        for (auto* value : in.list)
            infer(*value, scope);
        // Once to learn the kind of a NULL or a time in front, once to pass it on.
        for (int round = 0; round < 2; ++round)
            for (auto* value : in.list)
                need_comparable(*in.operand, *value, true, expr.place);
        return;
    }
    check_query(*in.query, &scope);
    if (in.query->outputs.size() != 1)
        refuse("the query after IN must have one column; this one has " +
                   std::to_string(in.query->outputs.size()),
               in.query->place);
    const auto kind = in.query->outputs[0].value.kind;
    if (!adopt(*in.operand, kind) && !(is_number(in.operand->value.kind) && is_number(kind)))
        refuse("IN cannot compare " + describe(*in.operand) + " with " + describe(kind),
               expr.place);
    if (is_geometry(kind) || is_array(kind))
        refuse("IN cannot compare " + describe(kind), expr.place);
}

}  // namespace vo::adql
