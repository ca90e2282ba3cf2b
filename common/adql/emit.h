// SPDX-License-Identifier: Apache-2.0
// The checked tree to PostgreSQL; private to this folder.
//
// Every value is written so that it needs no parentheses around it: literals carry their type,
// operators stand in parentheses. Tables are called t<n>, named queries w<n>, columns of inner
// queries c<n>; all other names come from the catalogue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adql/ast.h"

namespace vo::adql {

class Emitter {
  public:
    // BadQuery when the SQL grows beyond `most` bytes: predicates on regions double their operands.
    Emitter(const Tree& tree, std::string& out, std::size_t most)
        : tree_(tree), out_(&out), most_(most) {}

    // The whole query; a LIMIT may follow it.
    void run();

    void write(const Expr& value);
    // `unknown_is_false`: nobody can tell UNKNOWN from FALSE here, as at the top of WHERE.
    void write_condition(const Expr& condition, bool unknown_is_false);

    // The value written into a text of its own.
    [[nodiscard]] std::string text(const Expr& value);
    // t1."ra"; the suffix chooses one of the two columns of a region.
    [[nodiscard]] static std::string column(const ColumnId& id, std::string_view suffix);
    // A column that the catalogue does not publish, or one that a derived table passes on.
    [[nodiscard]] static std::string hidden_column(const Source& source, std::string_view name);

    [[nodiscard]] std::string& out() { return *out_; }

    void check_size() const;

  private:
    enum class Form { Result, Inner };

    void write_query(const Query& query, Form form, const std::vector<ValueKind>* kinds);
    void write_operands(const Query& query, const std::vector<ValueKind>* kinds);
    void write_select(const Query& query, Form form, const std::vector<ValueKind>* kinds);
    void write_inner_output(const Output& output, std::size_t number, ValueKind kind);
    void write_result(const Output& output);
    void write_result_column(const Value& value, std::string_view column);
    void write_order(const Query& query, Form form, std::string_view prefix);
    void write_table(const Select& select, const TableExpr& table);
    void write_source(const Source& source);
    void write_join(const Select& select, const Join& join);

    static void append_column(std::string& out, const ColumnId& id);
    static void append_hidden(std::string& out, const Source& source, std::string_view name);
    void write_literal(const Expr& expr, const Token& token);
    void write_column(const Expr& expr, const ColumnRef& column);
    void write_binding(const Binding& binding);
    void write_chain(const Chain& chain);
    void write_call(const Expr& expr, const Call& call);
    void write_template(const Call& call,
                        const std::vector<std::string>& args,
                        std::string_view sql);
    void write_cast(const Cast& cast);
    void write_like(const Like& like);
    void write_in(const In& in);
    void write_is_null(const IsNull& null);
    void write_as(const Expr& value, ValueKind kind);
    const Tree& tree_;
    std::string* out_;
    std::size_t most_;
};

// PostgreSQL's name of the type.
[[nodiscard]] std::string_view sql_type(ValueKind kind);

}  // namespace vo::adql
