// SPDX-License-Identifier: Apache-2.0
// Names to the catalogue, types, units and UCDs to every value; private to this folder.
//
// One walk does both, for the columns of a subquery must have their types before a name can lead
// to them. What passes here must run in PostgreSQL: an error of its class 42 is a bug of ours.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adql/ast.h"
#include "schema/catalog.h"

namespace vo::adql {

// A column that an unqualified name can mean where joins merge columns.
struct Visible {
    std::string_view name;
    bool delimited = false;
    Binding binding;
};

// The columns of a FROM whose joins merge some.
struct Merged {
    std::vector<Visible> list;
    mutable NameIndex names;
};

// Where an aggregate was met, and whose columns stand in it.
struct AggregateFrame {
    bool own = false;
    bool outer = false;
};

enum class Clause : std::uint8_t { On, Where, GroupBy, Output };

// What names mean at one place: some sources of a SELECT, then those of the queries around it.
struct Scope {
    Select* select = nullptr;
    std::size_t first = 0;  // of select->sources
    std::size_t last = 0;
    const Merged* visible = nullptr;  // where joins merge, else all of the sources
    Clause clause = Clause::Where;
    const Scope* outer = nullptr;
    mutable AggregateFrame* aggregate = nullptr;  // the one being looked into
};

// The expressions of a GROUP BY, to be found again in the other clauses.
class GroupKeys {
  public:
    explicit GroupKeys(const std::vector<Expr*>& keys);

    [[nodiscard]] bool find(const Expr& expr) const;

  private:
    std::unordered_multimap<std::uint64_t, const Expr*> keys_;
};

class Checker {
  public:
    Checker(Tree& tree, const schema::Catalog& catalog, const schema::Catalog& uploads)
        : tree_(tree), catalog_(catalog), uploads_(uploads) {}

    void run();

    // Published names of the tables that were named, each once.
    [[nodiscard]] std::vector<std::string> take_tables() { return std::move(tables_); }

    // What runs, but hardly as it was meant.
    [[nodiscard]] std::vector<std::string> take_warnings() { return std::move(warnings_); }

  private:
    // check_query.cc
    void check_query(Query& query, const Scope* outer);
    void check_set(Query& query, const Scope* outer);
    void check_select(Query& query, const Scope* outer);
    void add_outputs(Query& query, const Scope& scope);
    void add_star(Query& query, const Item& item, const Scope& scope);
    void add_output(Query& query, Expr* expr, const Token* alias);
    void make_unique(Query& query);
    void check_group_key(Expr*& key, const Query& query, const Scope& scope);
    void check_sort_key(Query& query, SortKey& key, const Scope* scope);
    void check_grouping(const Query& query);
    bool check_grouped(const Select& select, const Expr& expr, const GroupKeys& keys);
    [[noreturn]] void refuse_ungrouped(const Expr& column);

    // resolve.cc
    std::vector<Visible> check_from(Select& select, const Scope* outer);
    std::vector<Visible> check_table(Select& select, TableExpr& table, const Scope* outer);
    void check_source(Source& source, const Scope* outer);
    void check_source_names(const Select& select) const;
    std::vector<Visible> check_join(Select& select,
                                    Join& join,
                                    std::vector<Visible> left,
                                    std::size_t first,
                                    const Scope* outer);
    std::vector<Visible> merge(Join& join, std::vector<Visible>& left, std::vector<Visible>& right);
    void check_full_join(const Select& select,
                         const Join& join,
                         std::size_t first,
                         std::size_t middle);
    [[nodiscard]] bool find_column(const Scope& scope, const NamePath& name, Binding& found) const;
    void resolve(Expr& expr, ColumnRef& column, const Scope& scope);
    [[noreturn]] void refuse_unknown_column(const NamePath& name, const Scope& scope) const;

    // infer.cc
    void infer(Expr& expr, const Scope& scope);
    void infer_literal(Expr& expr, const Literal& literal);
    void infer_chain(Expr& expr, Chain& chain, const Scope& scope);
    void infer_call(Expr& expr, Call& call, const Scope& scope);
    void infer_cast(Expr& expr, Cast& cast, const Scope& scope);
    static ValueKind result_kind(const Call& call);
    void infer_arguments(Expr& expr, Call& call);
    void pair_corners(const Expr& expr, Call& call);
    void check_aggregate(Expr& expr, Call& call, const Scope& scope);
    void infer_condition(Expr& expr, const Scope& scope);
    void infer_in(Expr& expr, In& in, const Scope& scope);
    void need_text(Expr& expr, std::string_view where);
    void need_number(Expr& expr, std::string_view where);
    void need_comparable(Expr& left, Expr& right, bool ordered, Place place);

    Tree& tree_;
    const schema::Catalog& catalog_;
    const schema::Catalog& uploads_;
    std::vector<std::string> tables_;
    std::vector<std::string> warnings_;
    int sources_ = 0;
    std::size_t columns_ = 0;   // of all SELECTs
    std::size_t pairs_ = 0;     // that joins make equal
    std::uint64_t unique_ = 0;  // hashes of what equals nothing
};

// Columns of a source, wherever they come from.
[[nodiscard]] std::size_t column_count(const Source& source);
[[nodiscard]] std::string_view column_name(const Source& source, std::size_t column);
[[nodiscard]] Value column_value(const ColumnId& id);
[[nodiscard]] bool is_delimited(const Source& source, std::size_t column);
// What a query calls the source.
[[nodiscard]] std::string_view source_name(const Source& source);
// Whether `name`, which may have a schema in front, means the source.
[[nodiscard]] bool is_called(const Source& source, const NamePath& name);

// Gives the kind to a NULL or to a literal that can be taken for it; false when it cannot.
bool adopt(Expr& expr, ValueKind kind);

// Whether two expressions are the same to PostgreSQL.
[[nodiscard]] bool same(const Expr& a, const Expr& b);

// "a number", "a character string", "a POINT".
[[nodiscard]] std::string describe(ValueKind kind);
// The same with the name of the column or the constant, where it is one.
[[nodiscard]] std::string describe(const Expr& expr);

}  // namespace vo::adql
