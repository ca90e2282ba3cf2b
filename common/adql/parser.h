// SPDX-License-Identifier: Apache-2.0
// Tokens to tree, by recursive descent; private to this folder. ADQL 2.1 appendix A.
//
// Conditions and values share one chain of rules, for only the closing parenthesis tells
// `(a + b) > c` from `(a > b) AND c`; each place then asks for the sort that it needs. Every
// nesting costs one of max_depth, so the stack and all later passes are safe.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adql/ast.h"
#include "adql/functions.h"
#include "adql/lexer.h"

namespace vo::adql {

// What a message says is expected, put together only when it is needed.
struct Expected {
    std::string_view words;
    std::string_view more{};

    // NOLINTNEXTLINE: stands wherever words do
    Expected(const char* text) : words(text) {}

    Expected(const std::string& text) : words(text) {}

    Expected(std::string_view text, std::string_view rest = {}) : words(text), more(rest) {}

    [[nodiscard]] std::string text() const { return std::string(words).append(more); }
};

class Parser {
  public:
    // All must outlive the tree's use; `tokens` ends with End. `declared` has functions beside
    // those of the table.
    Parser(std::span<const Token> tokens,
           Tree& tree,
           std::size_t max_depth,
           const Declarations* declared = nullptr);

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
    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, last_)];
    }

    const Token& take();

    [[nodiscard]] bool at(int word) const { return peek().word == word; }

    [[nodiscard]] bool at(std::string_view symbol) const {
        return peek().symbol == symbol_code(symbol);
    }

    [[nodiscard]] bool at_any(std::initializer_list<int> words) const {
        const int found = peek().word;
        return found != kNoWord && std::find(words.begin(), words.end(), found) != words.end();
    }

    template <typename What>
    bool accept(What what) {
        if (!at(what)) return false;
        ++at_;
        return true;
    }

    void expect(int word, Expected where);
    void expect(std::string_view symbol, Expected where);

    // mistakes.cc
    [[noreturn]] void unexpected(const Expected& what) const;
    [[noreturn]] void refuse_rest() const;
    [[noreturn]] void refuse_unknown_function(const Token& name) const;
    // Refuses CONTAINS and INTERSECTS where a condition is needed, and all else if `where` says so.
    static void refuse_predicate(const Expr& expr, std::string_view where);

    void pair_parentheses();
    // For `(` at this token: does the parenthesis hold a query, and not a value or a join?
    [[nodiscard]] bool holds_query(std::size_t i);

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
    const Token& parse_identifier(const Expected& what);
    NamePath parse_name(const Expected& what, int most);
    TableExpr* parse_table(Select& select);
    TableExpr* parse_primary_table(Select& select);
    void parse_source(Select& select, TableExpr& table);
    bool parse_join(Select& select, TableExpr& left);
    [[nodiscard]] bool at_join() const;
    void parse_order(Query& query);
    std::int64_t parse_count(std::string_view after);

    // parse_expr.cc
    template <typename Node>
    Expr* make(Place place, Node node) {
        return measure(tree_.make(place, std::move(node)));
    }

    Expr* measure(Expr* expr);
    static void check_height(std::size_t height, Place place);
    Expr* parse_condition(std::string_view where);
    Expr* parse_value(const Expected& what);
    Expr* parse_any(const Expected& what);
    Expr* parse_and(const Expected& what);
    Expr* parse_not(const Expected& what);
    Expr* parse_predicate(const Expected& what);
    Expr* parse_rest_of_predicate(Expr* left);
    Expr* parse_in(Expr* operand, bool negated, Place place);
    Expr* parse_concatenation(const Expected& what);
    Expr* parse_sum(const Expected& what);
    Expr* parse_product(const Expected& what);
    Expr* parse_signed(const Expected& what);
    Expr* parse_primary(const Expected& what);
    Expr* parse_word(const Expected& what);
    Expr* parse_parenthesis();
    // `function` is that of the name at hand, nullptr where the table has none.
    Expr* parse_call(const Function* function);
    Expr* parse_cast();
    void parse_arguments(Call& call, Place place);
    void pair_coordinates(Call& call, std::size_t first);
    static void check_arguments(const Call& call, Place place);
    static void check_texts(const Call& call);
    const Expr* check_value(Expr* expr, const Expected& what) const;

    std::span<const Token> tokens_;
    std::size_t last_;  // the token End
    Tree& tree_;
    std::size_t max_depth_;
    const Declarations* declared_;
    std::size_t depth_ = 0;
    std::size_t at_ = 0;
    // Of the highest expression and the highest derived table in the query at hand.
    std::size_t height_ = 0;
    std::size_t height_of_sources_ = 0;
    std::vector<std::size_t>
        closing_;  // of each `(`, the token that closes it; made when asked for
};

// "line"-less words for a token in a message: `"FROM"`, `the end of the query`.
[[nodiscard]] std::string describe(const Token& token);

// POINT(frame, ra, dec).
[[nodiscard]] Expr* make_point(Tree& tree, Expr* ra, Expr* dec, const Token* frame);

[[noreturn]] void refuse(std::string words, Place place);
[[noreturn]] void refuse_unknown(std::string words, Place place);

}  // namespace vo::adql
