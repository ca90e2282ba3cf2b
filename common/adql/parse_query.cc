// SPDX-License-Identifier: Apache-2.0
// The parser's half for queries: WITH, set operators, SELECT and its clauses, joins.
#include <algorithm>
#include <limits>
#include <utility>

#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// Words that other dialects have where ADQL has something else.
constexpr std::size_t kMaxOperands = 100;  // of set operators; PostgreSQL recurses over them
constexpr std::size_t kMaxSources = 100;   // of one FROM; the planner's time grows with them

}  // namespace

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > parser_.max_depth_)
        refuse("the query is nested too deeply: more than " + std::to_string(parser_.max_depth_) +
                   " levels of parentheses, functions and subqueries",
               parser_.peek().place);
}

Parser::Parser(std::span<const Token> tokens,
               Tree& tree,
               std::size_t max_depth,
               const Declarations* declared)
    : tokens_(tokens),
      last_(tokens.size() - 1),
      tree_(tree),
      max_depth_(max_depth),
      declared_(declared) {}

const Token& Parser::take() {
    const auto& token = peek();
    if (token.kind != Kind::End) ++at_;
    return token;
}

void Parser::expect(int word, Expected where) {
    if (!accept(word))
        unexpected(std::string(kReserved[static_cast<std::size_t>(word)]) + ' ' + where.text());
}

void Parser::expect(std::string_view symbol, Expected where) {
    if (!accept(symbol)) unexpected('"' + std::string(symbol) + "\" " + where.text());
}

void Parser::pair_parentheses() {
    std::vector<std::size_t> open;
    closing_.assign(tokens_.size(), 0);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        if (tokens_[i].kind != Kind::Symbol) continue;
        if (tokens_[i].symbol == symbol_code("(")) {
            open.push_back(i);
        } else if (tokens_[i].symbol == symbol_code(")") && !open.empty()) {
            closing_[open.back()] = i;
            open.pop_back();
        }
    }
    // The mistake itself is told where the parser meets it.
    for (const auto i : open)
        closing_[i] = tokens_.size() - 1;
}

bool Parser::holds_query(std::size_t i) {
    for (;; ++i) {
        const auto& next = tokens_[std::min(i + 1, tokens_.size() - 1)];
        if (next.word == word("SELECT") || next.word == word("WITH")) return true;
        if (next.kind != Kind::Symbol || next.text != "(") return false;
        if (closing_.empty()) pair_parentheses();
        // What stands after the inner parenthesis says what that one is.
        const auto& after = tokens_[std::min(closing_[i + 1] + 1, tokens_.size() - 1)];
        const bool goes_on = after.word == word("UNION") || after.word == word("EXCEPT") ||
                             after.word == word("INTERSECT") || after.word == word("ORDER") ||
                             after.word == word("OFFSET");
        if (!goes_on && (after.kind != Kind::Symbol || after.text != ")")) return false;
    }
}

void Parser::run() {
    if (peek().kind == Kind::End) refuse("the query is empty", peek().place);
    std::size_t height = 0;
    if (accept(word("WITH"))) parse_with();
    tree_.root = parse_query();
    for (const auto& with : tree_.with)
        height += with.query->height;
    check_height(height + tree_.root->height, tree_.root->place);
    accept(";");
    if (peek().kind == Kind::End) return;
    if (at_ > 0 && tokens_[at_ - 1].symbol == symbol_code(";")) {
        --at_;
        unexpected("");
    }
    refuse_rest();
}

void Parser::parse_with() {
    do {
        const auto& name = parse_identifier("the name of a query after WITH");
        if (!at(word("AS")) && equal_fold(name.text, "RECURSIVE")) unexpected("AS");
        expect(word("AS"), "after the name of a query in WITH");
        expect("(", "before the query that WITH names");
        const Nesting nesting(*this);
        auto* query = parse_query();
        expect(")", "after the query that WITH names");
        tree_.with.push_back({&name, query, static_cast<int>(tree_.with.size()) + 1});
    } while (accept(","));
}

// QUERIES AND SETS ------------------------------------------------------------------------------

Query* Parser::parse_query() {
    const auto height_around = std::exchange(height_, 0);
    const auto sources_around = std::exchange(height_of_sources_, 0);
    auto* query = parse_set();
    if (at_any({word("ORDER"), word("OFFSET")})) parse_order(*query);
    // Parentheses around nothing else.
    else if (query->select == nullptr && query->steps.empty())
        query = query->operands[0];
    // PostgreSQL puts the expressions of a subquery into those around it.
    query->height = height_ + height_of_sources_;
    check_height(query->height, query->place);
    height_ = height_around;
    height_of_sources_ = sources_around;
    return query;
}

Query* Parser::combine(std::vector<Query*> operands, std::vector<SetStep> steps) {
    auto& query = tree_.make_query();
    query.place = operands[0]->place;
    query.operands = std::move(operands);
    query.steps = std::move(steps);
    return &query;
}

bool Parser::accept_step(SetKind kind, std::vector<SetStep>& steps) {
    constexpr int kWords[] = {word("UNION"), word("EXCEPT"), word("INTERSECT")};
    const auto place = peek().place;
    if (!accept(kWords[static_cast<std::size_t>(kind)])) return false;
    const bool all = accept(word("ALL"));
    if (!all && at(word("DISTINCT")))
        refuse("ADQL has no DISTINCT here; UNION, EXCEPT and INTERSECT without ALL mean it",
               peek().place);
    steps.push_back({kind, all, place});
    if (steps.size() >= kMaxOperands)
        refuse("too many set operators: more than " + std::to_string(kMaxOperands), place);
    return true;
}

// UNION and EXCEPT from left to right, INTERSECT before them: ADQL 2.1 §4.6.
Query* Parser::parse_set() {
    auto* first = parse_intersection();
    if (!at_any({word("UNION"), word("EXCEPT")})) return first;
    std::vector<Query*> operands{first};
    std::vector<SetStep> steps;
    while (accept_step(SetKind::Union, steps) || accept_step(SetKind::Except, steps))
        operands.push_back(parse_intersection());
    return combine(std::move(operands), std::move(steps));
}

Query* Parser::parse_intersection() {
    auto* first = parse_operand();
    if (!at(word("INTERSECT"))) return first;
    std::vector<Query*> operands{first};
    std::vector<SetStep> steps;
    while (accept_step(SetKind::Intersect, steps))
        operands.push_back(parse_operand());
    return combine(std::move(operands), std::move(steps));
}

Query* Parser::parse_operand() {
    const auto place = peek().place;
    if (accept("(")) {
        const Nesting nesting(*this);
        auto* query = parse_query();
        expect(")", "after a query in parentheses");
        // Parentheses bind its TOP and order to it.
        return combine({query}, {});
    }
    if (at(word("WITH"))) refuse("WITH may stand only before the main query", place);
    auto& query = tree_.make_query();
    query.place = place;
    query.select = parse_select();
    return &query;
}

// SELECT ----------------------------------------------------------------------------------------

Select* Parser::parse_select() {
    auto& select = tree_.make_select();
    select.place = peek().place;
    if (!accept(word("SELECT"))) unexpected("a query, which begins with SELECT");
    if (accept(word("DISTINCT")))
        select.distinct = true;
    else
        accept(word("ALL"));
    parse_top(select);
    do
        select.items.push_back(parse_item());
    while (accept(","));

    if (!accept(word("FROM"))) unexpected("a comma and another column, or FROM and a table");
    do
        select.from.push_back(parse_table(select));
    while (accept(","));
    if (accept(word("WHERE"))) select.where = parse_condition("after WHERE");
    if (accept(word("GROUP"))) {
        expect(word("BY"), "after GROUP");
        do
            select.group_by.push_back(parse_value("a column or an expression after GROUP BY"));
        while (accept(","));
    }
    if (accept(word("HAVING"))) select.having = parse_condition("after HAVING");
    return &select;
}

void Parser::parse_top(Select& select) {
    if (!accept(word("TOP"))) return;
    select.top = parse_count("TOP");
    if (at(",")) refuse("no comma stands after TOP n", peek().place);
    if (at_any({word("DISTINCT"), word("ALL")}))
        unexpected("the columns; DISTINCT and ALL stand before TOP");
}

std::int64_t Parser::parse_count(std::string_view after) {
    if (peek().kind != Kind::Integer) unexpected(Expected{"a whole number after ", after});
    // More rows than an int64 can count means all of them.
    return parse_integer(take().text).value_or(std::numeric_limits<std::int64_t>::max());
}

Item Parser::parse_item() {
    Item item;
    item.place = peek().place;
    if (accept("*")) return item;
    std::size_t n = 0;
    while (peek(n).is_identifier() && peek(n + 1).symbol == symbol_code("."))
        n += 2;
    if (n > 0 && peek(n).symbol == symbol_code("*")) {
        item.star_of = {&peek(), static_cast<int>(n / 2)};
        at_ += n + 1;
        return item;
    }
    item.expr = parse_value("a column, an expression or *");
    item.alias = parse_alias(false, "the column");
    return item;
}

const Token* Parser::parse_alias(bool required, std::string_view of) {
    const bool named = accept(word("AS"));
    if (peek().is_identifier()) return &take();
    if (named) unexpected("a name for " + std::string(of) + " after AS");
    if (required) unexpected("a name for " + std::string(of));
    return nullptr;
}

const Token& Parser::parse_identifier(const Expected& what) {
    if (!peek().is_identifier()) unexpected(what);
    return take();
}

NamePath Parser::parse_name(const Expected& what, int most) {
    const auto start = at_;
    int parts = 1;
    parse_identifier(what);
    while (at(".")) {
        if (parts == most) refuse("this name has too many parts", peek().place);
        take();
        parse_identifier("a name after the dot");
        ++parts;
    }
    return {&tokens_[start], parts};
}

// FROM ------------------------------------------------------------------------------------------

TableExpr* Parser::parse_table(Select& select) {
    auto* table = parse_primary_table(select);
    while (parse_join(select, *table)) {
    }
    return table;
}

TableExpr* Parser::parse_primary_table(Select& select) {
    auto& table = tree_.tables.emplace_back();
    if (at("(") && !holds_query(at_)) {
        take();
        const Nesting nesting(*this);
        table.inner = parse_table(select);
        expect(")", "after a join in parentheses");
        if (table.inner->joins.empty() && table.inner->inner == nullptr)
            refuse("parentheses in FROM hold a join or a query, not a single table",
                   select.sources[static_cast<std::size_t>(table.inner->source)].place);
        return &table;
    }
    parse_source(select, table);
    return &table;
}

void Parser::parse_source(Select& select, TableExpr& table) {
    Source source;
    source.place = peek().place;
    if (accept("(")) {
        const Nesting nesting(*this);
        if (at(word("WITH"))) refuse("WITH may stand only before the main query", peek().place);
        source.derived = parse_query();
        height_of_sources_ = std::max(height_of_sources_, source.derived->height);
        expect(")", "after the query in parentheses");
        source.alias = parse_alias(true, "the query in parentheses");
    } else {
        if (peek().is_identifier() && peek(1).symbol == symbol_code("("))
            refuse("tables cannot come from a function", peek().place);
        source.name = parse_name("the name of a table", 3);
        source.alias = parse_alias(false, "the table");
    }
    table.source = static_cast<int>(select.sources.size());
    select.sources.push_back(source);
    if (select.sources.size() > kMaxSources)
        refuse("too many tables in one FROM: more than " + std::to_string(kMaxSources),
               source.place);
}

bool Parser::at_join() const {
    return at_any({word("JOIN"), word("INNER"), word("LEFT"), word("RIGHT"), word("FULL"),
                   word("NATURAL"), word("CROSS")});
}

bool Parser::parse_join(Select& select, TableExpr& left) {
    if (!at_join()) return false;
    Join join;
    join.place = peek().place;
    join.natural = accept(word("NATURAL"));
    if (!accept(word("INNER"))) {
        if (accept(word("LEFT")))
            join.kind = JoinKind::Left;
        else if (accept(word("RIGHT")))
            join.kind = JoinKind::Right;
        else if (accept(word("FULL")))
            join.kind = JoinKind::Full;
        if (join.kind != JoinKind::Inner) accept(word("OUTER"));
    }
    expect(word("JOIN"), "in a join");
    join.right = parse_primary_table(select);
    // a JOIN b JOIN c ON ... ON ...: the inner join comes first.
    while (!join.natural && at_join()) {
        const Nesting nesting(*this);
        parse_join(select, *join.right);
    }
    if (at_any({word("ON"), word("USING")}) && join.natural)
        refuse("a NATURAL join takes neither ON nor USING", peek().place);
    if (accept(word("ON"))) {
        join.on = parse_condition("after ON");
    } else if (accept(word("USING"))) {
        expect("(", "after USING");
        do
            join.using_columns.push_back(&parse_identifier("the name of a column in USING"));
        while (accept(","));
        expect(")", "after the columns of USING");
    } else if (!join.natural) {
        unexpected("ON and a condition, or USING and the columns of the join");
    }
    if (join.on == nullptr) select.merges = true;
    left.joins.push_back(std::move(join));
    return true;
}

void Parser::parse_order(Query& query) {
    if (accept(word("ORDER"))) {
        expect(word("BY"), "after ORDER");
        do {
            SortKey key;
            key.expr = parse_value("a column, its number or an expression after ORDER BY");
            if (accept(word("DESC")))
                key.descending = true;
            else
                accept(word("ASC"));
            query.order_by.push_back(key);
        } while (accept(","));
    }
    if (accept(word("OFFSET"))) query.offset = parse_count("OFFSET");
}

}  // namespace vo::adql
