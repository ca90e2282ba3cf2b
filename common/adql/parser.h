// SPDX-License-Identifier: Apache-2.0
// Tokens to tree, by recursive descent; private to this folder. ADQL 2.1 appendix A.
//
// Conditions and values share one chain of rules, for only the closing parenthesis tells
// `(a + b) > c` from `(a > b) AND c`; each place then asks for the sort that it needs. Every
// nesting costs one of max_depth, so the stack and all later passes are safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "adql/ast.h"
#include "adql/functions.h"
#include "adql/lexer.h"

namespace vo::adql {

class Parser {
  public:
    // Both must outlive the tree's use; `tokens` ends with End.
    Parser(const std::vector<Token>& tokens, Tree& tree, std::size_t max_depth);

    // The whole text: one query and nothing after it.
    void run();

  private:
    // Holds one level of nesting.
    class Nesting {
      public:
        explicit Nesting(Parser& parser);

        ~Nesting() { --parser_.depth_; }

        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

      private:
        Parser& parser_;
    };

    // Tokens.
    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
    const Token& take();

    [[nodiscard]] bool at(int word) const { return peek().word == word; }

    [[nodiscard]] bool at(std::string_view symbol) const {
        return peek().kind == Kind::Symbol && peek().text == symbol;
    }

    [[nodiscard]] bool at_any(std::initializer_list<int> words) const;

    template <typename What>
    bool accept(What what) {
        if (!at(what)) return false;
        ++at_;
        return true;
    }

    void expect(int word, std::string_view where);
    void expect(std::string_view symbol, std::string_view where);
    [[noreturn]] void unexpected(std::string_view expected) const;
    void pair_parentheses();
    // For `(` at this token: does the parenthesis hold a query, and not a value or a join?
    [[nodiscard]] bool holds_query(std::size_t i) const;

    // parse_query.cc
    void parse_with();
    Query* parse_query();
    Query* parse_set();
    Query* parse_intersection();
    Query* parse_operand();
    Query* combine(std::vector<Query*> operands, std::vector<SetStep> steps);
    bool accept_step(SetKind kind, std::vector<SetStep>& steps);
    Select* parse_select();
    void parse_top(Select& select);
    Item parse_item();
    const Token* parse_alias(bool required, std::string_view of);
    const Token& parse_identifier(std::string_view what);
    NamePath parse_name(std::string_view what, int most);
    TableExpr* parse_table(Select& select);
    TableExpr* parse_primary_table(Select& select);
    void parse_source(Select& select, TableExpr& table);
    bool parse_join(Select& select, TableExpr& left);
    [[nodiscard]] bool at_join() const;
    void parse_order(Query& query);
    std::int64_t parse_count(std::string_view after);

    // parse_expr.cc
    Expr* make(Place place, decltype(Expr::node) node);
    static void check_height(std::size_t height, Place place);
    Expr* parse_condition(std::string_view where);
    Expr* parse_value(std::string_view what);
    Expr* parse_any(std::string_view what);
    Expr* parse_and(std::string_view what);
    Expr* parse_not(std::string_view what);
    Expr* parse_predicate(std::string_view what);
    Expr* parse_rest_of_predicate(Expr* left);
    Expr* parse_in(Expr* operand, bool negated, Place place);
    Expr* parse_concatenation(std::string_view what);
    Expr* parse_sum(std::string_view what);
    Expr* parse_product(std::string_view what);
    Expr* parse_signed(std::string_view what);
    Expr* parse_primary(std::string_view what);
    Expr* parse_word(std::string_view what);
    Expr* parse_parenthesis();
    Expr* parse_call();
    Expr* parse_cast();
    void parse_arguments(Call& call, Place place);
    void pair_coordinates(Call& call, std::size_t first);
    void check_arguments(const Call& call, Place place) const;
    const Expr* check_value(Expr* expr, std::string_view what) const;

    const std::vector<Token>& tokens_;
    Tree& tree_;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
    std::size_t at_ = 0;
    // Of the highest expression and the highest derived table in the query at hand.
    std::size_t height_ = 0;
    std::size_t height_of_sources_ = 0;
    std::vector<std::size_t> closing_;  // of each `(`, the token that closes it
};

// "line"-less words for a token in a message: `"FROM"`, `the end of the query`.
[[nodiscard]] std::string describe(const Token& token);

// POINT(ra, dec).
[[nodiscard]] Expr* make_point(Tree& tree, Expr* ra, Expr* dec);

[[noreturn]] void refuse(std::string words, Place place);

}  // namespace vo::adql
