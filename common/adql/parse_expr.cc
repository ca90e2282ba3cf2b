// SPDX-License-Identifier: Apache-2.0
// The parser's half for conditions and values.
#include <algorithm>
#include <utility>

#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// PostgreSQL makes a left-deep tree of a chain and recurses over it; with its default of 2 MB for
// the stack it gives up between 2,000 and 5,000 levels.
constexpr std::size_t kMaxHeight = 1200;

// The comparison that a token is; empty for any other.
std::string_view find_comparison(const Token& token) {
    switch (token.symbol) {
        case symbol_code("="): return "=";
        case symbol_code("!="): return "!=";
        case symbol_code("<"): return "<";
        case symbol_code(">"): return ">";
        case symbol_code("<="): return "<=";
        case symbol_code(">="): return ">=";
        default: return {};
    }
}

}  // namespace

// The height of the expression, from those of its operands.
Expr* Parser::measure(Expr* expr) {
    if (expr->is_leaf()) {
        height_ = std::max(height_, expr->height);
        return expr;
    }
    std::size_t below = 0;
    for_each_operand(*expr, [&](const Expr& operand) { below = std::max(below, operand.height); });
    if (const auto* chain = expr->as<Chain>()) below += chain->signs.size();
    if (const auto* in = expr->as<In>(); in != nullptr && in->query != nullptr)
        below = std::max(below, in->query->height);
    if (const auto* exists = expr->as<Exists>()) below = exists->query->height;
    if (const auto* subquery = expr->as<Subquery>()) below = subquery->query->height;
    expr->height = below + 1;
    height_ = std::max(height_, expr->height);
    check_height(expr->height, expr->place);
    return expr;
}

void Parser::check_height(std::size_t height, Place place) {
    if (height > kMaxHeight)
        refuse("this expression is too long: more than " + std::to_string(kMaxHeight) +
                   " operators one after the other",
               place);
}

Expr* Parser::parse_condition(std::string_view where) {
    const Expected what{"a condition ", where};
    auto* expr = parse_any(what);
    if (expr->is_condition()) return expr;
    refuse_predicate(*expr, {});
    refuse(
        "expected " + what.text() + ", such as energy > 1, but found a value without a comparison",
        expr->place);
}

Expr* Parser::parse_value(const Expected& what) {
    auto* expr = parse_any(what);
    check_value(expr, what);
    return expr;
}

const Expr* Parser::check_value(Expr* expr, const Expected& what) const {
    if (expr->is_condition())
        refuse("expected " + what.text() + ", but found a condition; ADQL has no logical values",
               expr->place);
    return expr;
}

// CONDITIONS ------------------------------------------------------------------------------------

Expr* Parser::parse_any(const Expected& what) {
    const Nesting nesting(*this);
    auto* first = parse_and(what);
    if (!at(word("OR"))) return first;
    Logic logic{false, {first}};
    while (accept(word("OR")))
        logic.operands.push_back(parse_and("a condition after OR"));
    for (const auto* operand : logic.operands)
        if (!operand->is_condition()) refuse_predicate(*operand, "OR");
    return make(first->place, std::move(logic));
}

Expr* Parser::parse_and(const Expected& what) {
    auto* first = parse_not(what);
    if (!at(word("AND"))) return first;
    Logic logic{true, {first}};
    while (accept(word("AND")))
        logic.operands.push_back(parse_not("a condition after AND"));
    for (const auto* operand : logic.operands)
        if (!operand->is_condition()) refuse_predicate(*operand, "AND");
    return make(first->place, std::move(logic));
}

Expr* Parser::parse_not(const Expected& what) {
    const auto place = peek().place;
    if (!accept(word("NOT"))) return parse_predicate(what);
    if (at(word("NOT"))) refuse("NOT stands twice; two of them mean nothing", peek().place);
    auto* operand = parse_predicate("a condition after NOT");
    if (!operand->is_condition()) refuse_predicate(*operand, "NOT");
    return make(place, Not{operand});
}

Expr* Parser::parse_predicate(const Expected& what) {
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
    if (expr != left && !find_comparison(peek()).empty())
        refuse("comparisons cannot be chained; join two of them by AND", peek().place);
    return expr;
}

Expr* Parser::parse_rest_of_predicate(Expr* left) {
    const auto op = find_comparison(peek());
    if (op.empty() && !at_any({word("NOT"), word("BETWEEN"), word("IN"), word("LIKE"),
                               word("ILIKE"), word("IS")}))
        return left;
    const auto place = peek().place;
    if (!op.empty()) {
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

Expr* Parser::parse_concatenation(const Expected& what) {
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

Expr* Parser::parse_sum(const Expected& what) {
    auto* first = parse_product(what);
    if (!at("+") && !at("-")) return first;
    Chain chain{{first}, {}};
    while (at("+") || at("-")) {
        const auto& sign = take();
        chain.signs.push_back(sign.text[0]);
        chain.operands.push_back(parse_product({"a number after ", sign.text}));
    }
    for (auto* operand : chain.operands)
        check_value(operand, "a number");
    return make(first->place, std::move(chain));
}

Expr* Parser::parse_product(const Expected& what) {
    auto* first = parse_signed(what);
    if (!at("*") && !at("/")) return first;
    Chain chain{{first}, {}};
    while (at("*") || at("/")) {
        const auto& sign = take();
        chain.signs.push_back(sign.text[0]);
        chain.operands.push_back(parse_signed({"a number after ", sign.text}));
    }
    for (auto* operand : chain.operands)
        check_value(operand, "a number");
    return make(first->place, std::move(chain));
}

Expr* Parser::parse_signed(const Expected& what) {
    if (!at("+") && !at("-")) return parse_primary(what);
    const auto& sign = take();
    if (at("+") || at("-")) refuse("two signs in a row; use parentheses", peek().place);
    auto* operand = parse_primary("a number after the sign");
    check_value(operand, "a number after the sign");
    return make(sign.place, Unary{sign.text[0], operand});
}

Expr* Parser::parse_primary(const Expected& what) {
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
            if (at("(")) return parse_parenthesis();
            unexpected(what);
        case Kind::End: unexpected(what);
    }
    const auto name = parse_name(what, 4);
    if (at("(")) refuse("names of functions are not quoted, and have no schema", token.place);
    return make(token.place, ColumnRef{name, {}});
}

Expr* Parser::parse_word(const Expected& what) {
    const auto& token = peek();
    const bool called = peek(1).symbol == symbol_code("(");
    if (token.word == word("NULL")) return make(token.place, Literal{&take()});
    if (token.word == word("CAST") && called) return parse_cast();
    if (called) {
        const auto* function = find_function(token.text);
        if (token.word == kNoWord || function != nullptr) return parse_call(function);
    }
    if (token.word == kNoWord) {
        const auto name = parse_name(what, 4);
        if (at("(")) refuse("functions have plain names here, without a schema", token.place);
        return make(token.place, ColumnRef{name, {}});
    }
    if (at_any({word("SELECT"), word("WITH")}))
        refuse("a query inside an expression must stand in parentheses", token.place);
    for (const auto clause :
         {word("FROM"), word("WHERE"), word("GROUP"), word("HAVING"), word("ORDER"), word("AND"),
          word("OR"), word("CASE"), word("AS"), word("BY"), word("ON"), word("JOIN"), word("DESC"),
          word("ASC"), word("UNION"), word("INTERVAL"), word("NOT")})
        if (token.word == clause) unexpected(what);
    if (token.word == word("TRUE") || token.word == word("FALSE"))
        refuse("ADQL has no " + to_upper(token.text) +
                   "; CONTAINS and INTERSECTS are compared with 1 or 0, logical columns with "
                   "'true' or 'false'",
               token.place);
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
        refuse(
            "a list in parentheses has no meaning here; it may stand after IN, and columns "
            "stand without parentheses, also after DISTINCT",
            peek().place);
    expect(")", "to close this parenthesis");
    return expr;
}

}  // namespace vo::adql
