// SPDX-License-Identifier: Apache-2.0
// The parser's half for conditions and values.
#include <algorithm>
#include <array>
#include <utility>

#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// PostgreSQL makes a left-deep tree of a chain and recurses over it; with its default of 2 MB for
// the stack it gives up between 2,000 and 5,000 levels.
constexpr std::size_t kMaxHeight = 1200;

constexpr std::array kComparisons{std::string_view("="),  std::string_view("!="),
                                  std::string_view("<"),  std::string_view(">"),
                                  std::string_view("<="), std::string_view(">=")};

constexpr int kMaxTextLength = 65'535;

struct CastTarget {
    int word;
    ValueKind kind;
    bool fixed;
};

constexpr std::array kCastTargets{
    CastTarget{word("SMALLINT"), ValueKind::Short, false},
    CastTarget{word("INTEGER"), ValueKind::Int, false},
    CastTarget{word("BIGINT"), ValueKind::Long, false},
    CastTarget{word("REAL"), ValueKind::Float, false},
    CastTarget{word("DOUBLE"), ValueKind::Double, false},
    CastTarget{word("CHAR"), ValueKind::Text, true},
    CastTarget{word("VARCHAR"), ValueKind::Text, false},
    CastTarget{word("TIMESTAMP"), ValueKind::Timestamp, false},
};

// Reserved names of functions that we do not have.
constexpr std::array kMissing{word("IN_UNIT"), word("REGION")};

bool is_predicate_function(const Expr& expr) {
    const auto* call = expr.as<Call>();
    return call != nullptr &&
           (call->function->name == "CONTAINS" || call->function->name == "INTERSECTS");
}

// No geometry, whatever its columns are.
bool is_surely_number(const Expr& expr) {
    if (const auto* literal = expr.as<Literal>())
        return literal->token->kind == Kind::Integer || literal->token->kind == Kind::Real;
    if (const auto* call = expr.as<Call>()) return call->function->family == Family::Scalar;
    return expr.as<Unary>() != nullptr || expr.as<Chain>() != nullptr;
}

}  // namespace

Expr* make_point(Tree& tree, Expr* ra, Expr* dec) {
    static const auto* const kPoint = find_function("POINT");
    return tree.make(ra->place, Call{kPoint, {ra, dec}});
}

Expr* Parser::make(Place place, decltype(Expr::node) node) {
    auto* expr = tree_.make(place, std::move(node));
    std::size_t below = 0;
    for_each_operand(*expr, [&](const Expr& operand) { below = std::max(below, operand.height); });
    if (const auto* chain = expr->as<Chain>()) below += chain->signs.size();
    if (const auto* in = expr->as<In>(); in != nullptr && in->query != nullptr)
        below = std::max(below, in->query->height);
    if (const auto* exists = expr->as<Exists>()) below = exists->query->height;
    if (const auto* subquery = expr->as<Subquery>()) below = subquery->query->height;
    expr->height = below + 1;
    height_ = std::max(height_, expr->height);
    check_height(expr->height, place);
    return expr;
}

void Parser::check_height(std::size_t height, Place place) {
    if (height > kMaxHeight)
        refuse("this expression is too long: more than " + std::to_string(kMaxHeight) +
                   " operators one after the other",
               place);
}

Expr* Parser::parse_condition(std::string_view where) {
    const std::string what = "a condition " + std::string(where);
    auto* expr = parse_any(what);
    if (expr->is_condition()) return expr;
    if (is_predicate_function(*expr)) {
        const std::string name(expr->as<Call>()->function->name);
        refuse(name + " gives 1 or 0 and must be compared: write 1 = " + name + "(...)",
               expr->place);
    }
    refuse("expected " + what + ", such as energy > 1, but found a value without a comparison",
           expr->place);
}

Expr* Parser::parse_value(std::string_view what) {
    auto* expr = parse_any(what);
    check_value(expr, what);
    return expr;
}

const Expr* Parser::check_value(Expr* expr, std::string_view what) const {
    if (expr->is_condition())
        refuse(
            "expected " + std::string(what) + ", but found a condition; ADQL has no logical values",
            expr->place);
    return expr;
}

// CONDITIONS ------------------------------------------------------------------------------------

Expr* Parser::parse_any(std::string_view what) {
    const Nesting nesting(*this);
    auto* first = parse_and(what);
    if (!at(word("OR"))) return first;
    Logic logic{false, {first}};
    while (accept(word("OR")))
        logic.operands.push_back(parse_and("a condition after OR"));
    for (const auto* operand : logic.operands)
        if (!operand->is_condition()) refuse("OR needs a condition on both sides", operand->place);
    return make(first->place, std::move(logic));
}

Expr* Parser::parse_and(std::string_view what) {
    auto* first = parse_not(what);
    if (!at(word("AND"))) return first;
    Logic logic{true, {first}};
    while (accept(word("AND")))
        logic.operands.push_back(parse_not("a condition after AND"));
    for (const auto* operand : logic.operands) {
        if (operand->is_condition()) continue;
        if (is_predicate_function(*operand))
            refuse("this function gives 1 or 0 and must be compared: write 1 = " +
                       std::string(operand->as<Call>()->function->name) + "(...)",
                   operand->place);
        refuse("AND needs a condition on both sides", operand->place);
    }
    return make(first->place, std::move(logic));
}

Expr* Parser::parse_not(std::string_view what) {
    const auto place = peek().place;
    if (!accept(word("NOT"))) return parse_predicate(what);
    if (at(word("NOT"))) refuse("NOT stands twice; two of them mean nothing", peek().place);
    auto* operand = parse_predicate("a condition after NOT");
    if (!operand->is_condition()) refuse("NOT needs a condition", operand->place);
    return make(place, Not{operand});
}

Expr* Parser::parse_predicate(std::string_view what) {
    const auto place = peek().place;
    if (accept(word("EXISTS"))) {
        if (!at("(") || !holds_query(at_)) unexpected("a query in parentheses after EXISTS");
        take();
        const Nesting nesting(*this);
        auto* query = parse_query();
        expect(")", "after the query of EXISTS");
        return make(place, Exists{query});
    }
    auto* left = parse_concatenation(what);
    auto* expr = parse_rest_of_predicate(left);
    if (expr != left && peek().kind == Kind::Symbol)
        for (const auto op : kComparisons)
            if (at(op))
                refuse("comparisons cannot be chained; join two of them by AND", peek().place);
    return expr;
}

Expr* Parser::parse_rest_of_predicate(Expr* left) {
    if (peek().kind != Kind::Symbol && !at_any({word("NOT"), word("BETWEEN"), word("IN"),
                                                word("LIKE"), word("ILIKE"), word("IS")}))
        return left;
    const auto place = peek().place;
    for (const auto op : kComparisons) {
        if (!at(op)) continue;
        check_value(left, "a value before the comparison");
        take();
        if (at_any({word("ALL"), word("ANY"), word("SOME")}))
            refuse("ADQL has no " + to_upper(peek().text) + " in comparisons", peek().place);
        auto* right = parse_concatenation("a value after the comparison");
        check_value(right, "a value after the comparison");
        return make(place, Compare{op, left, right});
    }
    if (accept(word("IS"))) {
        check_value(left, "a value before IS");
        const bool negated = accept(word("NOT"));
        expect(word("NULL"), "after IS");
        return make(place, IsNull{left, negated});
    }
    const bool negated = accept(word("NOT"));
    if (accept(word("BETWEEN"))) {
        check_value(left, "a value before BETWEEN");
        auto* low = parse_concatenation("a value after BETWEEN");
        check_value(low, "a value after BETWEEN");
        expect(word("AND"), "and the upper limit of BETWEEN");
        auto* high = parse_concatenation("the upper limit of BETWEEN");
        check_value(high, "the upper limit of BETWEEN");
        return make(place, Between{left, low, high, negated});
    }
    if (accept(word("IN"))) return parse_in(left, negated, place);
    const bool ignore_case = at(word("ILIKE"));
    if (accept(word("LIKE")) || accept(word("ILIKE"))) {
        check_value(left, "a value before LIKE");
        auto* pattern = parse_concatenation("a pattern after LIKE, such as 'NGC%'");
        check_value(pattern, "a pattern after LIKE");
        if (at(word("ESCAPE"))) refuse("ADQL has no ESCAPE", peek().place);
        return make(place, Like{left, pattern, ignore_case, negated});
    }
    if (negated) unexpected("BETWEEN, IN, LIKE or ILIKE after NOT");
    return left;
}

Expr* Parser::parse_in(Expr* operand, bool negated, Place place) {
    check_value(operand, "a value before IN");
    if (!at("(")) unexpected("a list of values or a query in parentheses after IN");
    In in{operand, {}, nullptr, negated};
    const Nesting nesting(*this);
    if (holds_query(at_)) {
        take();
        in.query = parse_query();
    } else {
        take();
        do
            in.list.push_back(parse_value("a value in the list of IN"));
        while (accept(","));
    }
    expect(")", "after the list of IN");
    return make(place, std::move(in));
}

// VALUES ----------------------------------------------------------------------------------------

Expr* Parser::parse_concatenation(std::string_view what) {
    auto* first = parse_sum(what);
    if (!at("||")) return first;
    Chain chain{{first}, {}};
    while (accept("||")) {
        chain.signs.push_back('|');
        chain.operands.push_back(parse_sum("a text after ||"));
    }
    for (auto* operand : chain.operands)
        check_value(operand, "a text beside ||");
    return make(first->place, std::move(chain));
}

Expr* Parser::parse_sum(std::string_view what) {
    auto* first = parse_product(what);
    if (!at("+") && !at("-")) return first;
    Chain chain{{first}, {}};
    while (at("+") || at("-")) {
        const auto& sign = take();
        chain.signs.push_back(sign.text[0]);
        chain.operands.push_back(parse_product("a number after " + std::string(sign.text)));
    }
    for (auto* operand : chain.operands)
        check_value(operand, "a number");
    return make(first->place, std::move(chain));
}

Expr* Parser::parse_product(std::string_view what) {
    auto* first = parse_signed(what);
    if (!at("*") && !at("/")) return first;
    Chain chain{{first}, {}};
    while (at("*") || at("/")) {
        const auto& sign = take();
        chain.signs.push_back(sign.text[0]);
        chain.operands.push_back(parse_signed("a number after " + std::string(sign.text)));
    }
    for (auto* operand : chain.operands)
        check_value(operand, "a number");
    return make(first->place, std::move(chain));
}

Expr* Parser::parse_signed(std::string_view what) {
    if (!at("+") && !at("-")) return parse_primary(what);
    const auto& sign = take();
    if (at("+") || at("-")) refuse("two signs in a row; use parentheses", peek().place);
    auto* operand = parse_primary("a number after the sign");
    check_value(operand, "a number after the sign");
    return make(sign.place, Unary{sign.text[0], operand});
}

Expr* Parser::parse_primary(std::string_view what) {
    const auto& token = peek();
    switch (token.kind) {
        case Kind::Integer:
        case Kind::Real:
        case Kind::String: {
            auto* expr = make(token.place, Literal{&take()});
            if (token.kind == Kind::String && peek().kind == Kind::String)
                refuse("two character strings in a row; join them by ||", peek().place);
            return expr;
        }
        case Kind::Delimited: break;
        case Kind::Word: return parse_word(what);
        case Kind::Symbol:
            if (token.text == "(") return parse_parenthesis();
            unexpected(what);
        case Kind::End: unexpected(what);
    }
    const auto name = parse_name(what, 4);
    if (at("(")) refuse("names of functions are not quoted, and have no schema", token.place);
    return make(token.place, ColumnRef{name, {}});
}

Expr* Parser::parse_word(std::string_view what) {
    const auto& token = peek();
    const bool called = peek(1).kind == Kind::Symbol && peek(1).text == "(";
    if (token.word == word("NULL")) return make(token.place, Literal{&take()});
    if (token.word == word("CAST") && called) return parse_cast();
    if (called && (token.word == kNoWord || find_function(token.text) != nullptr))
        return parse_call();
    if (token.word == kNoWord) {
        const auto name = parse_name(what, 4);
        if (at("(")) refuse("functions have plain names here, without a schema", token.place);
        return make(token.place, ColumnRef{name, {}});
    }
    for (const auto missing : kMissing)
        if (token.word == missing && called)
            refuse("this service does not have " + to_upper(token.text), token.place);
    if (at_any({word("SELECT"), word("WITH")}))
        refuse("a query inside an expression must stand in parentheses", token.place);
    for (const auto clause :
         {word("FROM"), word("WHERE"), word("GROUP"), word("HAVING"), word("ORDER"), word("AND"),
          word("OR"), word("CASE"), word("AS"), word("BY"), word("ON"), word("JOIN"), word("DESC"),
          word("ASC"), word("UNION"), word("INTERVAL"), word("NOT")})
        if (token.word == clause) unexpected(what);
    refuse(describe(token) +
               " is a reserved word of ADQL; a column of that name must be quoted: \"" +
               to_lower(token.text) + '"' +
               (find_function(token.text) != nullptr ? ", and the function needs parentheses" : ""),
           token.place);
}

Expr* Parser::parse_parenthesis() {
    const auto place = peek().place;
    const bool query = holds_query(at_);
    take();
    if (query) {
        const Nesting nesting(*this);
        auto* inner = parse_query();
        expect(")", "after the query in parentheses");
        return make(place, Subquery{inner});
    }
    auto* expr = parse_any("an expression after \"(\"");
    if (at(","))
        refuse("a list in parentheses has no meaning here; it may stand after IN", peek().place);
    expect(")", "to close this parenthesis");
    return expr;
}

// FUNCTIONS -------------------------------------------------------------------------------------

Expr* Parser::parse_call() {
    const auto& name = take();
    const auto* function = find_function(name.text);
    if (function == nullptr) {
        std::vector<std::string_view> known;
        for (const auto& row : functions())
            known.push_back(row.name);
        const auto near = nearest(to_upper(name.text), known);
        refuse("unknown function \"" + std::string(name.text) + '"' +
                   (near ? "; did you mean " + *near + '?' : std::string()),
               name.place);
    }
    take();
    const Nesting nesting(*this);
    Call call{function, {}};
    if (function->family == Family::Aggregate) {
        if (accept(word("DISTINCT")))
            call.distinct = true;
        else
            accept(word("ALL"));
        if (function->name == "COUNT" && !call.distinct && accept("*")) call.star = true;
    }
    if (!call.star) parse_arguments(call, name.place);
    expect(")", "after the arguments of " + std::string(function->name));
    return make(name.place, std::move(call));
}

void Parser::parse_arguments(Call& call, Place place) {
    if (at("*")) refuse("* stands only in COUNT(*)", peek().place);
    if (!at(")")) {
        const std::string what = "an argument of " + std::string(call.function->name);
        do
            call.args.push_back(parse_value(what));
        while (accept(","));
    }
    // A text in front is the coordinate system, ADQL 2.1 §4.2.5; some clients write NULL there.
    if (call.function->takes_frame && !call.args.empty()) {
        const auto* literal = call.args[0]->as<Literal>();
        if (literal != nullptr &&
            (literal->token->kind == Kind::String || literal->token->kind == Kind::Word)) {
            call.frame = literal->token;
            call.args.erase(call.args.begin());
        }
    }
    check_arguments(call, place);
    // Two coordinates are a POINT, so that the passes know one form only; in POLYGON it takes the
    // kinds of the columns to tell.
    const auto& name = call.function->name;
    const auto count = call.args.size();
    if ((name == "CIRCLE" && count == 3) || (name == "BOX" && count == 4)) {
        pair_coordinates(call, 0);
    } else if (name == "DISTANCE" && count == 4) {
        pair_coordinates(call, 0);
        pair_coordinates(call, 1);
    }
}

void Parser::pair_coordinates(Call& call, std::size_t first) {
    const auto at = call.args.begin() + static_cast<std::ptrdiff_t>(first);
    *at = make_point(tree_, *at, at[1]);
    (*at)->height =
        std::max((*at)->as<Call>()->args[0]->height, (*at)->as<Call>()->args[1]->height) + 1;
    call.args.erase(at + 1);
}

void Parser::check_arguments(const Call& call, Place place) const {
    const auto& function = *call.function;
    const auto usage = "; it is used as " + std::string(function.usage);
    std::size_t least = 0;
    bool optional = false;
    std::size_t most = 0;
    for (const char c : function.arguments) {
        if (c == '?') {
            optional = true;
        } else if (c == '*') {
            most = call.args.size();
        } else {
            ++most;
            if (!optional) ++least;
        }
    }
    const auto count = call.args.size();
    if (count < least) refuse(std::string(function.name) + " has too few arguments" + usage, place);
    if (count > most) refuse(std::string(function.name) + " has too many arguments" + usage, place);
    if (function.family != Family::Geometry || count == 0) return;
    // Points stand for two coordinates each: what is surely a number tells that there are none.
    const bool coordinates = is_surely_number(*call.args[0]);
    const auto refuse_count = [&] {
        refuse(std::string(function.name) + " has a wrong number of arguments" + usage, place);
    };
    if (function.name == "CIRCLE" && coordinates && count != 3) refuse_count();
    if (function.name == "BOX" && coordinates && count != 4) refuse_count();
    if (function.name == "DISTANCE" && count == 3) refuse_count();
    if (function.name == "POLYGON" && coordinates && (count < 6 || count % 2 != 0)) refuse_count();
}

Expr* Parser::parse_cast() {
    const auto place = take().place;
    take();
    const Nesting nesting(*this);
    Cast cast{parse_value("a value in CAST"), ValueKind::Null};
    expect(word("AS"), "and a type in CAST");
    const auto& type = peek();
    for (const auto& target : kCastTargets) {
        if (!accept(target.word)) continue;
        cast.to = target.kind;
        cast.fixed = target.fixed;
    }
    if (cast.to == ValueKind::Null)
        unexpected(
            "a type: SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR(n), VARCHAR(n) or "
            "TIMESTAMP");
    if (type.word == word("DOUBLE")) expect(word("PRECISION"), "after DOUBLE");
    if (cast.to == ValueKind::Text && accept("(")) {
        const auto length_place = peek().place;
        const auto length = parse_count("the parenthesis");
        if (length < 1 || length > kMaxTextLength)
            refuse("a text may have 1 to " + std::to_string(kMaxTextLength) + " characters",
                   length_place);
        cast.length = static_cast<int>(length);
        expect(")", "after the length");
    }
    if (cast.length == 0) cast.fixed = false;
    expect(")", "after the type of CAST");
    return make(place, cast);
}

}  // namespace vo::adql
