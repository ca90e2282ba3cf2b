// SPDX-License-Identifier: Apache-2.0
// The tree of a query: structs in a variant, owned by one arena, annotated by the checker; private
// to this folder.
//
// Names are kept as their tokens, so the tokens and the text must outlive the tree. Chains
// (a + b - c, a AND b AND c, joins, set operations) are lists, not left-deep trees: the parser's
// budget bounds the depth of the tree, so every pass may recurse, and destruction never does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adql/frames.h"
#include "adql/lexer.h"
#include "adql/name_index.h"
#include "adql/region.h"
#include "base/error.h"
#include "schema/catalog.h"

namespace vo::adql {

struct Expr;
struct Function;
struct Query;
struct Select;
struct Source;

// What a value is. The numbers stand in the order of their promotion.
enum class ValueKind : std::uint8_t {
    Null,
    Short,
    Int,
    Long,
    Float,
    Double,
    Bool,
    Text,
    Timestamp,
    Doubles,  // arrays that are no geometry
    Floats,
    Ints,
    Longs,
    Shorts,
    Bools,
    Point,
    Circle,
    Polygon,
    Region,
};

[[nodiscard]] constexpr bool is_number(ValueKind kind) {
    return kind >= ValueKind::Short && kind <= ValueKind::Double;
}

[[nodiscard]] constexpr bool is_whole(ValueKind kind) {
    return kind >= ValueKind::Short && kind <= ValueKind::Long;
}

[[nodiscard]] constexpr bool is_array(ValueKind kind) {
    return kind >= ValueKind::Doubles && kind <= ValueKind::Bools;
}

[[nodiscard]] constexpr bool is_geometry(ValueKind kind) {
    return kind >= ValueKind::Point;
}

// Kind and metadata of a value. The texts live in the catalogue, in the tree or are constants.
struct Value {
    ValueKind kind = ValueKind::Null;
    // The published column that this is unchanged: it keeps description, utype, arraysize, xtype.
    const table::Column* column = nullptr;
    // That whose description and utype hold for what is calculated; if `shaped`, the rest too.
    const table::Column* origin = nullptr;
    bool shaped = false;
    bool mixed = false;  // beside values of another arraysize or type: it has that of its kind
    bool plain = false;  // surely a number without unit: a constant, a cosine, a ratio
    std::string_view unit;
    std::string_view ucd;
    std::string_view frame;
    int length = 0;      // of a text by CAST: CHAR(n), VARCHAR(n); 0 for any length
    bool fixed = false;  // CHAR(n)
};

// A name of one to four parts, as its tokens: every second one is a dot.
struct NamePath {
    const Token* first = nullptr;
    int parts = 0;

    [[nodiscard]] const Token& part(int i) const { return first[2 * i]; }

    [[nodiscard]] const Token& last() const { return part(parts - 1); }
};

struct Literal {
    const Token* token;  // Integer, Real, String, or the word NULL
};

struct ColumnId {
    Source* source = nullptr;
    int column = -1;

    bool operator==(const ColumnId&) const = default;
};

// What a name leads to. A column of a FULL join with USING or NATURAL is COALESCE of several.
struct Binding {
    ColumnId id;
    std::vector<ColumnId> more;

    bool operator==(const Binding&) const = default;
};

struct ColumnRef {
    NamePath name;  // empty for a column that `*` stands for
    // By the checker:
    Binding binding;
    Select* shown_by = nullptr;  // whose result, HAVING, order or groups show it, in no aggregate
};

struct Unary {
    char sign;
    Expr* operand;
};

// One level of precedence: + and -, * and /, or ||.
struct Chain {
    std::vector<Expr*> operands;
    std::string signs;  // one less than operands; '|' for ||
};

// A stored position: a column that no query sees, of a table or passed on by a derived table.
struct HiddenColumn {
    Source* source = nullptr;
    std::string_view name;
};

struct Call {
    const Function* function;
    std::vector<Expr*> args;       // without a coordinate system
    const Token* frame = nullptr;  // the coordinate system in front of them
    bool star = false;             // COUNT(*)
    bool distinct = false;         // of an aggregate
    // By the checker:
    const Frame* system = nullptr;  // what `frame` means, if it is not ICRS
    const Shape* shape = nullptr;   // of a geometry that no row can change
    HiddenColumn position;          // of a POINT over the columns of a stored one
    std::string_view conversion;    // of units: SQL with $ for the argument
};

struct Cast {
    Expr* operand;
    ValueKind to;
    int length = 0;
    bool fixed = false;
};

// A geometry written as a text: REGION('...'), CAST('...' AS POINT).
struct Sky {
    const Shape* shape;
};

struct Compare {
    std::string_view op;  // = != < > <= >=
    Expr* left;
    Expr* right;
};

struct Between {
    Expr* operand;
    Expr* low;
    Expr* high;
    bool negated;
};

struct In {
    Expr* operand;
    std::vector<Expr*> list;
    Query* query;  // or the list
    bool negated;
};

struct Like {
    Expr* operand;
    Expr* pattern;
    bool ignore_case;
    bool negated;
};

struct IsNull {
    Expr* operand;
    bool negated;
};

struct Exists {
    Query* query;
};

struct Logic {
    bool conjunction;  // AND, else OR
    std::vector<Expr*> operands;
};

struct Not {
    Expr* operand;
};

struct Subquery {
    Query* query;
};

struct Expr {
    Place place;
    // Conditions are the last alternatives.
    std::variant<Literal,
                 ColumnRef,
                 Unary,
                 Chain,
                 Call,
                 Cast,
                 Subquery,
                 Sky,
                 Compare,
                 Between,
                 In,
                 Like,
                 IsNull,
                 Exists,
                 Logic,
                 Not>
        node;
    Value value{};               // by the checker; none for a condition
    std::uint64_t hash = 0;      // by the checker: equal expressions have equal ones
    std::size_t height = 1;      // by the parser: levels of recursion in PostgreSQL
    bool has_aggregate = false;  // by the checker: it or an operand is one

    // TRUE, FALSE or UNKNOWN: what WHERE takes, and no value of ADQL.
    [[nodiscard]] bool is_condition() const { return node.index() > 7; }

    // A literal or a name, the first alternatives: it has no operands.
    [[nodiscard]] bool is_leaf() const { return node.index() < 2; }

    template <typename Node>
    [[nodiscard]] Node* as() {
        return std::get_if<Node>(&node);
    }

    template <typename Node>
    [[nodiscard]] const Node* as() const {
        return std::get_if<Node>(&node);
    }
};

// Calls `visit` with each operand; queries inside are not entered.
template <typename Visit>
void for_each_operand(const Expr& expr, const Visit& visit) {
    const auto all = [&](const std::vector<Expr*>& operands) {
        for (const auto* operand : operands)
            visit(*operand);
    };
    if (const auto* unary = expr.as<Unary>()) {
        visit(*unary->operand);
    } else if (const auto* chain = expr.as<Chain>()) {
        all(chain->operands);
    } else if (const auto* call = expr.as<Call>()) {
        all(call->args);
    } else if (const auto* cast = expr.as<Cast>()) {
        visit(*cast->operand);
    } else if (const auto* compare = expr.as<Compare>()) {
        visit(*compare->left);
        visit(*compare->right);
    } else if (const auto* between = expr.as<Between>()) {
        visit(*between->operand);
        visit(*between->low);
        visit(*between->high);
    } else if (const auto* in = expr.as<In>()) {
        visit(*in->operand);
        all(in->list);
    } else if (const auto* like = expr.as<Like>()) {
        visit(*like->operand);
        visit(*like->pattern);
    } else if (const auto* null = expr.as<IsNull>()) {
        visit(*null->operand);
    } else if (const auto* logic = expr.as<Logic>()) {
        all(logic->operands);
    } else if (const auto* negation = expr.as<Not>()) {
        visit(*negation->operand);
    }
}

// FROM ------------------------------------------------------------------------------------------

struct With {
    const Token* name;
    Query* query;
    int number = 0;  // w<number> in SQL
};

// A table, a named query or a derived table, with its name in this query.
struct Source {
    Place place;
    NamePath name;  // empty for a derived table
    const Token* alias = nullptr;
    Query* derived = nullptr;  // also the query that a name of WITH means
    const With* with = nullptr;
    const schema::Table* table = nullptr;
    int number = 0;  // t<number> in SQL, unique in the whole query
};

enum class JoinKind : std::uint8_t { Inner, Left, Right, Full };

struct TableExpr;

struct Join {
    Place place;
    JoinKind kind = JoinKind::Inner;
    bool natural = false;
    std::vector<const Token*> using_columns;
    Expr* on = nullptr;
    TableExpr* right = nullptr;
    // By the checker: pairs that NATURAL or USING demand to be equal.
    std::vector<std::pair<Binding, Binding>> equal;
};

// A primary and what is joined to it from left to right.
struct TableExpr {
    int source = -1;             // index into Select::sources, or
    TableExpr* inner = nullptr;  // a parenthesised join
    std::vector<Join> joins;
};

// SELECT ----------------------------------------------------------------------------------------

struct Item {
    Place place;
    Expr* expr = nullptr;  // or a star
    NamePath star_of;      // t.*: the table's name
    const Token* alias = nullptr;
};

// A column of a result; names are final, stars are expanded.
struct Output {
    Expr* expr = nullptr;   // none in a set operation
    std::string_view name;  // lives where the texts of Value do, or in the query
    bool delimited = false;
    Value value;
};

struct SortKey {
    Expr* expr = nullptr;
    bool descending = false;
    int output = -1;  // the column of the result that the key is
};

struct Select {
    explicit Select(std::pmr::memory_resource& memory)
        : items(&memory), sources(&memory), from(&memory) {}

    Place place;
    bool distinct = false;
    std::int64_t top = -1;
    std::pmr::vector<Item> items;
    // The checker keeps addresses: none is added after the parser.
    std::pmr::vector<Source> sources;
    std::pmr::vector<TableExpr*> from;
    bool merges = false;  // a join has NATURAL or USING
    Expr* where = nullptr;
    std::vector<Expr*> group_by;
    Expr* having = nullptr;

    // By the checker:
    bool grouped = false;                 // by GROUP BY, HAVING or an aggregate
    std::vector<Expr*> inner_refs;        // in subqueries, but naming a column of ours
    std::vector<Call*> shown_points;      // with a stored position, outside of aggregates
    std::vector<HiddenColumn> passed_on;  // to the query around: p1, p2, ... in SQL
};

enum class SetKind : std::uint8_t { Union, Except, Intersect };

struct SetStep {
    SetKind kind;
    bool all;
    Place place;
};

// A SELECT, or operands with a set operator before all but the first; and the order of the result.
struct Query {
    explicit Query(std::pmr::memory_resource& memory) : order_by(&memory), outputs(&memory) {}

    Place place;
    Select* select = nullptr;
    std::vector<Query*> operands;
    std::vector<SetStep> steps;  // one less than operands
    std::pmr::vector<SortKey> order_by;
    std::int64_t offset = -1;
    std::size_t height = 0;  // of its highest expression

    std::pmr::vector<Output> outputs;  // by the checker
    NameIndex names;                   // of the outputs
};

// Makes nodes one after the other in an arena, where they keep their addresses until all of them
// go.
template <typename Node>
class Pool {
  public:
    explicit Pool(std::pmr::memory_resource& memory) : memory_(memory) {}

    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    ~Pool() {
        while (last_ != nullptr)
            std::exchange(last_, last_->before)->~Link();
    }

    template <typename... Parts>
    Node& emplace_back(Parts&&... parts) {
        last_ = new (memory_.allocate(sizeof(Link), alignof(Link)))
            Link{Node{std::forward<Parts>(parts)...}, last_};
        return last_->node;
    }

  private:
    struct Link {
        Node node;
        Link* before;
    };

    std::pmr::memory_resource& memory_;
    Link* last_ = nullptr;
};

// Owns the nodes; those of a small query stay within the tree itself.
struct Tree {
    Tree() = default;
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

  private:
    std::array<std::byte, 32'768> first_;
    std::pmr::monotonic_buffer_resource memory_{first_.data(), first_.size()};

  public:
    Pool<Expr> exprs{memory_};
    Pool<Query> queries{memory_};
    Pool<Select> selects{memory_};
    Pool<TableExpr> tables{memory_};
    std::vector<With> with;  // the checker keeps addresses: none is added after the parser
    Pool<Shape> shapes{memory_};
    Pool<std::string> texts{memory_};  // that nodes show: units, names
    Query* root = nullptr;

    template <typename Node>
    Expr* make(Place place, Node node) {
        return &exprs.emplace_back(place, std::move(node));
    }

    // Until the tree goes: for what is made once and does not grow.
    [[nodiscard]] std::pmr::memory_resource* memory() { return &memory_; }

    Query& make_query() { return queries.emplace_back(memory_); }

    Select& make_select() { return selects.emplace_back(memory_); }

    std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

}  // namespace vo::adql
