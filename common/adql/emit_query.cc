// SPDX-License-Identifier: Apache-2.0
// Queries to SQL: SELECT, FROM and joins, set operators, the columns of the result.
#include <algorithm>

#include "adql/check.h"
#include "adql/emit.h"
#include "adql/geometry.h"
#include "base/text.h"

namespace vo::adql {

namespace {

constexpr std::string_view kSetWords[] = {" UNION ", " EXCEPT ", " INTERSECT "};

std::string_view join_words(JoinKind kind) {
    switch (kind) {
        case JoinKind::Inner: break;
        case JoinKind::Left: return " LEFT JOIN ";
        case JoinKind::Right: return " RIGHT JOIN ";
        case JoinKind::Full: return " FULL JOIN ";
    }
    return " JOIN ";
}

// That of a geometry which stands as an array as well.
std::string_view find_array(const Expr& expr) {
    const auto* ref = expr.as<ColumnRef>();
    if (ref == nullptr || !ref->binding.more.empty()) return {};
    const auto& id = ref->binding.id;
    if (id.source->table == nullptr) return {};
    return id.source->table->columns[static_cast<std::size_t>(id.column)].array_name;
}

}  // namespace

void Emitter::run() {
    if (!tree_.with.empty()) {
        *out_ += "WITH ";
        for (const auto& with : tree_.with) {
            if (with.number > 1) *out_ += ", ";
            *out_ += 'w' + std::to_string(with.number) + " AS (";
            write_query(*with.query, Form::Inner, nullptr);
            *out_ += ')';
        }
        *out_ += ' ';
    }
    write_query(*tree_.root, Form::Result, nullptr);
    check_size();
}

void Emitter::write_query(const Query& query, Form form, const std::vector<ValueKind>* kinds) {
    check_size();
    if (query.select != nullptr) {
        write_select(query, form, kinds);
        return;
    }
    // An order of its own must not meet that of a single operand, and the result needs its casts.
    const bool wrapped = form == Form::Result || query.operands.size() == 1;
    if (!wrapped) {
        write_operands(query, kinds);
        write_order(query, form, "");
        return;
    }
    *out_ += "SELECT ";
    if (form == Form::Inner) *out_ += "u.*";
    for (std::size_t i = 0; form == Form::Result && i < query.outputs.size(); ++i) {
        if (i > 0) *out_ += ", ";
        write_result_column(query.outputs[i].value, "u.c" + std::to_string(i + 1));
    }
    *out_ += " FROM (";
    write_operands(query, kinds);
    *out_ += ") u";
    write_order(query, form, "u.");
}

void Emitter::write_operands(const Query& query, const std::vector<ValueKind>* kinds) {
    std::vector<ValueKind> own;
    if (kinds == nullptr) {
        for (const auto& output : query.outputs)
            own.push_back(output.value.kind);
        kinds = &own;
    }
    for (std::size_t i = 0; i < query.operands.size(); ++i) {
        if (i > 0) {
            *out_ += kSetWords[static_cast<std::size_t>(query.steps[i - 1].kind)];
            if (query.steps[i - 1].all) *out_ += "ALL ";
        }
        if (query.operands.size() > 1) *out_ += '(';
        write_query(*query.operands[i], Form::Inner, kinds);
        if (query.operands.size() > 1) *out_ += ')';
    }
}

void Emitter::write_select(const Query& query, Form form, const std::vector<ValueKind>* kinds) {
    const auto& select = *query.select;
    *out_ += "SELECT ";
    if (select.distinct) *out_ += "DISTINCT ";
    for (std::size_t i = 0; i < query.outputs.size(); ++i) {
        if (i > 0) *out_ += ", ";
        const auto& output = query.outputs[i];
        if (form == Form::Result)
            write_result(output);
        else
            write_inner_output(output, i + 1, kinds != nullptr ? (*kinds)[i] : output.value.kind);
    }
    for (std::size_t i = 0; i < select.passed_on.size(); ++i) {
        const auto& position = select.passed_on[i];
        out_->append(", ").append(hidden_column(*position.source, position.name)).append(" AS p");
        append_number(*out_, static_cast<std::int64_t>(i + 1));
    }
    *out_ += " FROM ";
    for (std::size_t i = 0; i < select.from.size(); ++i) {
        if (i > 0) *out_ += ", ";
        write_table(select, *select.from[i]);
    }
    if (select.where != nullptr) {
        *out_ += " WHERE ";
        write_condition(*select.where, true);
    }
    for (std::size_t i = 0; i < select.group_by.size(); ++i) {
        *out_ += i == 0 ? " GROUP BY " : ", ";
        write(*select.group_by[i]);
    }
    if (select.having != nullptr) {
        *out_ += " HAVING ";
        write_condition(*select.having, true);
    }
    write_order(query, form, "");
    if (select.top >= 0 && &query != tree_.root) {
        *out_ += " LIMIT ";
        append_number(*out_, select.top);
    }
}

void Emitter::write_order(const Query& query, Form form, std::string_view prefix) {
    for (std::size_t i = 0; i < query.order_by.size(); ++i) {
        const auto& key = query.order_by[i];
        *out_ += i == 0 ? " ORDER BY " : ", ";
        if (key.output < 0) write(*key.expr);
        // A name of ours where there is one: a region takes two places in an inner query.
        else if (form == Form::Inner || !prefix.empty())
            out_->append(prefix).append("c").append(std::to_string(key.output + 1));
        else
            *out_ += std::to_string(key.output + 1);
        if (key.descending) *out_ += " DESC";
    }
    if (query.offset >= 0) {
        *out_ += " OFFSET ";
        append_number(*out_, query.offset);
    }
}

// COLUMNS ---------------------------------------------------------------------------------------

void Emitter::write_inner_output(const Output& output, std::size_t number, ValueKind kind) {
    const auto name = "c" + std::to_string(number);
    if (kind == ValueKind::Region) {
        const auto shape = write_shape(*this, *output.expr);
        out_->append(shape[0]).append(" AS ").append(name).append("_circle, ");
        out_->append(shape[1]).append(" AS ").append(name).append("_poly");
        return;
    }
    write(*output.expr);
    if (kind != output.value.kind) out_->append("::").append(sql_type(kind));
    out_->append(" AS ").append(name);
}

void Emitter::write_result(const Output& output) {
    if (const auto name = find_array(*output.expr); !name.empty()) {
        append_hidden(*out_, *output.expr->as<ColumnRef>()->binding.id.source, name);
        return;
    }
    if (is_geometry(output.value.kind)) {
        write_geometry_output(*out_, output.value.kind, write_shape(*this, *output.expr));
        return;
    }
    write(*output.expr);
    const auto type = sql_type(output.value.kind);
    const bool ends_so =
        out_->ends_with(type) &&
        std::string_view(*out_).substr(0, out_->size() - type.size()).ends_with("::");
    if (!ends_so) out_->append("::").append(type);
}

void Emitter::write_result_column(const Value& value, std::string_view column) {
    const std::string name(column);
    if (value.kind == ValueKind::Region)
        write_geometry_output(*out_, value.kind, {name + "_circle", name + "_poly"});
    else if (is_geometry(value.kind))
        write_geometry_output(*out_, value.kind, {name});
    else
        out_->append(column).append("::").append(sql_type(value.kind));
}

// FROM ------------------------------------------------------------------------------------------

void Emitter::write_table(const Select& select, const TableExpr& table) {
    check_size();
    if (table.inner != nullptr) {
        *out_ += '(';
        write_table(select, *table.inner);
        *out_ += ')';
    } else {
        write_source(select.sources[static_cast<std::size_t>(table.source)]);
    }
    for (const auto& join : table.joins)
        write_join(select, join);
}

void Emitter::write_source(const Source& source) {
    if (source.table != nullptr) {
        *out_ += source.table->sql_name;
    } else if (source.with != nullptr) {
        *out_ += 'w';
        append_number(*out_, static_cast<std::int64_t>(source.with->number));
    } else {
        *out_ += '(';
        write_query(*source.derived, Form::Inner, nullptr);
        *out_ += ')';
    }
    *out_ += " t";
    append_number(*out_, static_cast<std::int64_t>(source.number));
}

void Emitter::write_join(const Select& select, const Join& join) {
    *out_ += join_words(join.kind);
    const bool nested = !join.right->joins.empty();
    if (nested) *out_ += '(';
    write_table(select, *join.right);
    if (nested) *out_ += ')';
    *out_ += " ON ";
    if (join.on != nullptr) {
        write_condition(*join.on, true);
        return;
    }
    // Written out: PostgreSQL's own NATURAL would also join columns that are not published.
    if (join.equal.empty()) *out_ += "true";
    for (std::size_t i = 0; i < join.equal.size(); ++i) {
        if (i > 0) *out_ += " AND ";
        write_binding(join.equal[i].first);
        *out_ += " = ";
        write_binding(join.equal[i].second);
    }
}

}  // namespace vo::adql
