// SPDX-License-Identifier: Apache-2.0
// The clauses of a query: its columns and their names, grouping, order, set operators.
#include <algorithm>
#include <array>
#include <memory_resource>
#include <unordered_map>
#include <unordered_set>

#include "adql/check.h"
#include "adql/convert.h"
#include "adql/functions.h"
#include "adql/name_index.h"
#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

constexpr std::size_t kMaxColumns = 1600;  // PostgreSQL's own limit is 1664
constexpr std::size_t kMaxColumnsOfAll = 10'000;

// A NULL of a select list takes the kind that its place asks for.
bool adopt_output(Query& query, std::size_t i, ValueKind kind) {
    auto& output = query.outputs[i];
    if (output.value.kind == kind) return true;
    if (output.value.kind != ValueKind::Null) return false;
    output.value.kind = kind;
    if (output.expr != nullptr) return adopt(*output.expr, kind);
    return std::all_of(query.operands.begin(), query.operands.end(),
                       [&](Query* operand) { return adopt_output(*operand, i, kind); });
}

void settle_outputs(Query& query) {
    for (std::size_t i = 0; i < query.outputs.size(); ++i)
        if (query.outputs[i].value.kind == ValueKind::Null) adopt_output(query, i, ValueKind::Text);
}

std::string make_name(const Expr& expr, std::size_t position) {
    if (const auto* call = expr.as<Call>()) {
        const auto name = to_lower(call->function->name);
        if (call->star) return name + "_all";
        if (call->args.size() == 1)
            if (const auto* column = call->args[0]->as<ColumnRef>()) {
                const auto& id = column->binding.id;
                const auto text = column_name(*id.source, static_cast<std::size_t>(id.column));
                if (is_regular_identifier(text)) return name + '_' + std::string(text);
            }
        if (!call->args.empty() && is_regular_identifier(name)) return name;
    }
    return "expr_" + std::to_string(position);
}

// A constant in PostgreSQL's eyes: as a key it would be taken for a position, also when it was
// cast.
bool is_bare_literal(const Expr& expr) {
    if (const auto* cast = expr.as<Cast>()) return is_bare_literal(*cast->operand);
    if (const auto* unary = expr.as<Unary>()) return is_bare_literal(*unary->operand);
    return expr.as<Literal>() != nullptr;
}

bool is_integer(const Expr& expr) {
    const auto* literal = expr.as<Literal>();
    return literal != nullptr && literal->token->kind == Kind::Integer;
}

// The output that an unqualified name means; -1 for none.
int find_output(const Query& query, const Expr& expr) {
    const auto* column = expr.as<ColumnRef>();
    if (column == nullptr || column->name.parts != 1) return -1;
    const auto& token = column->name.last();
    const bool delimited = token.kind == Kind::Delimited;
    int found = -1;
    for (std::size_t i = 0; i < query.outputs.size(); ++i) {
        const auto& output = query.outputs[i];
        const bool matches =
            output.name == token.name()
                ? delimited || !output.delimited
                : !delimited && !output.delimited && equal_fold(output.name, token.name());
        if (!matches) continue;
        if (found >= 0) {
            const auto* first = query.outputs[static_cast<std::size_t>(found)].expr;
            if (first != nullptr && output.expr != nullptr && same(*first, *output.expr)) continue;
            refuse("the name \"" + std::string(token.name()) +
                       "\" is ambiguous: several columns of the result have it",
                   token.place);
        }
        found = static_cast<int>(i);
    }
    return found;
}

}  // namespace

void Checker::run() {
    for (std::size_t i = 0; i < tree_.with.size(); ++i) {
        auto& with = tree_.with[i];
        for (std::size_t j = 0; j < i; ++j)
            if (equal_fold(tree_.with[j].name->name(), with.name->name()))
                refuse("WITH gives the name \"" + std::string(with.name->name()) + "\" twice",
                       with.name->place);
        check_query(*with.query, nullptr);
    }
    check_query(*tree_.root, nullptr);
    make_unique(*tree_.root);
}

void Checker::check_query(Query& query, const Scope* outer) {
    if (query.select != nullptr)
        check_select(query, outer);
    else
        check_set(query, outer);
    settle_outputs(query);
}

// SET OPERATORS ---------------------------------------------------------------------------------

void Checker::check_set(Query& query, const Scope* outer) {
    // Not settled yet: a NULL of an operand may still learn its kind from the others.
    for (auto* operand : query.operands) {
        if (operand->select != nullptr)
            check_select(*operand, outer);
        else
            check_set(*operand, outer);
    }
    // Names and metadata are those of the left operand, ADQL 2.1 §4.6.
    for (const auto& output : query.operands[0]->outputs) {
        query.outputs.push_back(output);
        query.outputs.back().expr = nullptr;
    }
    for (std::size_t k = 1; k < query.operands.size(); ++k) {
        auto& operand = *query.operands[k];
        const auto& step = query.steps[k - 1];
        if (operand.outputs.size() != query.outputs.size())
            refuse(
                "the queries beside a set operator must have the same number of columns; these "
                "have " +
                    std::to_string(query.outputs.size()) + " and " +
                    std::to_string(operand.outputs.size()),
                step.place);
        for (std::size_t i = 0; i < query.outputs.size(); ++i) {
            auto& kind = query.outputs[i].value.kind;
            const auto other = operand.outputs[i].value.kind;
            if (step.kind == SetKind::Union && other != ValueKind::Null) {
                mix(query.outputs[i].value, operand.outputs[i].value);
                compare_units(query.outputs[i], operand.outputs[i], warnings_);
            }
            if (is_number(kind) && is_number(other)) {
                if (kind != other)
                    kind = is_whole(kind) && is_whole(other) ? std::max(kind, other)
                                                             : ValueKind::Double;
                continue;
            }
            if (kind == ValueKind::Null) {
                for (std::size_t before = 0; before < k; ++before)
                    adopt_output(*query.operands[before], i, other);
                kind = other;
            } else if (!adopt_output(operand, i, kind)) {
                refuse("column " + std::to_string(i + 1) + " is " + describe(kind) +
                           " before this set operator and " + describe(other) + " after it",
                       step.place);
            }
            if (kind == ValueKind::Region && operand.outputs[i].value.kind != kind)
                refuse("a region cannot stand beside NULL in a set operator", step.place);
        }
    }
    const bool compares =
        std::any_of(query.steps.begin(), query.steps.end(),
                    [](const SetStep& step) { return step.kind != SetKind::Union || !step.all; });
    for (const auto& output : query.outputs)
        if (compares && is_geometry(output.value.kind))
            refuse("\"" + std::string(output.name) + "\" is " + describe(output.value.kind) +
                       ", and geometries cannot be told apart; use UNION ALL or leave it out",
                   query.steps[0].place);
    for (auto& key : query.order_by)
        check_sort_key(query, key, nullptr);
}

// SELECT ----------------------------------------------------------------------------------------

void Checker::check_select(Query& query, const Scope* outer) {
    auto& select = *query.select;
    const Merged visible{check_from(select, outer), {}};
    Scope scope{&select,       0,    select.sources.size(), select.merges ? &visible : nullptr,
                Clause::Where, outer};
    if (select.where != nullptr) infer(*select.where, scope);
    scope.clause = Clause::Output;
    add_outputs(query, scope);
    if (select.having != nullptr) infer(*select.having, scope);
    scope.clause = Clause::GroupBy;
    for (auto*& key : select.group_by)
        check_group_key(key, query, scope);
    scope.clause = Clause::Output;
    for (auto& key : query.order_by)
        check_sort_key(query, key, &scope);
    if (!select.group_by.empty() || select.having != nullptr) select.grouped = true;
    if (select.grouped) check_grouping(query);
    if (!select.distinct || &query == tree_.root) return;
    for (const auto& output : query.outputs)
        if (is_geometry(output.value.kind))
            refuse("DISTINCT of a subquery cannot tell geometries apart; select their coordinates",
                   select.place);
}

void Checker::add_outputs(Query& query, const Scope& scope) {
    query.outputs.reserve(std::min(query.select->items.size(), kMaxColumns));
    for (auto& item : query.select->items) {
        if (item.expr == nullptr) {
            add_star(query, item, scope);
        } else {
            infer(*item.expr, scope);
            add_output(query, item.expr, item.alias);
        }
        if (query.outputs.size() > kMaxColumns)
            refuse("the result would have more than " + std::to_string(kMaxColumns) + " columns",
                   item.place);
    }
}

void Checker::add_star(Query& query, const Item& item, const Scope& scope) {
    const auto add = [&](const Binding& binding) {
        auto* expr = tree_.make(item.place, ColumnRef{{}, binding});
        infer(*expr, scope);
        add_output(query, expr, nullptr);
    };
    if (item.star_of.parts == 0) {
        if (scope.visible != nullptr) {
            for (const auto& column : scope.visible->list)
                add(column.binding);
            return;
        }
        std::size_t count = query.outputs.size();
        for (const auto& source : query.select->sources)
            count += column_count(source);
        query.outputs.reserve(std::min(count, kMaxColumns));
        for (auto& source : query.select->sources)
            for (std::size_t i = 0; i < column_count(source); ++i)
                add({{&source, static_cast<int>(i)}, {}});
        return;
    }
    Source* found = nullptr;
    for (auto& source : query.select->sources) {
        if (!is_called(source, item.star_of)) continue;
        if (found != nullptr)
            refuse("this name is ambiguous; give the tables short names with AS", item.place);
        found = &source;
    }
    if (found == nullptr)
        refuse_unknown(
            "no table in this FROM is called \"" + std::string(item.star_of.last().name()) + '"',
            item.place);
    for (std::size_t i = 0; i < column_count(*found); ++i)
        add({{found, static_cast<int>(i)}, {}});
}

void Checker::add_output(Query& query, Expr* expr, const Token* alias) {
    // Named queries that are selected from again and again would grow beyond any memory.
    if (++columns_ > kMaxColumnsOfAll)
        refuse("the SELECTs of this query have more than " + std::to_string(kMaxColumnsOfAll) +
                   " columns together; name those that you need instead of *",
               expr->place);
    Output output{expr, {}, false, expr->value};
    if (alias != nullptr) {
        output.name = alias->name();
        // "SELECT ra dec": the tokens stand side by side.
        const auto* column = expr->as<ColumnRef>();
        if (column != nullptr && (alias - 1)->word != word("AS") &&
            !equal_fold(output.name, column->name.last().name())) {
            const auto& source = *column->binding.id.source;
            for (std::size_t i = 0; i < column_count(source); ++i)
                if (equal_fold(column_name(source, i), output.name))
                    warnings_.push_back("\"" + std::string(output.name) +
                                        "\" is here another name for \"" +
                                        std::string(column->name.last().name()) +
                                        "\", not the column; is a comma missing?");
        }
        output.delimited = alias->kind == Kind::Delimited && !is_regular_identifier(output.name);
    } else if (const auto* column = expr->as<ColumnRef>()) {
        const auto& id = column->binding.id;
        const auto i = static_cast<std::size_t>(id.column);
        output.name = column_name(*id.source, i);
        output.delimited = is_delimited(*id.source, i);
    } else {
        output.name = tree_.keep(make_name(*expr, query.outputs.size() + 1));
    }
    query.outputs.push_back(output);
}

// Fields of a table should not share a name, not even in another case, but for columns that are
// published or uploaded that way.
void Checker::make_unique(Query& query) {
    auto& outputs = query.outputs;
    // They mostly are already.
    std::array<std::byte, 4096> first;
    std::pmr::monotonic_buffer_resource memory(first.data(), first.size());
    std::pmr::vector<std::size_t> hashes(&memory);
    hashes.reserve(outputs.size());
    for (const auto& output : outputs)
        hashes.push_back(schema::fold_hash(output.name));
    std::sort(hashes.begin(), hashes.end());
    if (std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end()) return;
    std::pmr::unordered_set<std::string> names(&memory);
    std::pmr::unordered_set<std::string_view> exact(&memory);
    std::pmr::unordered_map<std::string, int> counts(&memory);
    for (auto& output : outputs) {
        const bool is_new = exact.emplace(output.name).second;
        if (names.insert(to_lower(output.name)).second || (is_new && output.delimited)) continue;
        auto& count = counts[to_lower(output.name)];
        if (count == 0) count = 1;
        std::string name;
        do
            name = std::string(output.name) + '_' + std::to_string(++count);
        while (!names.insert(to_lower(name)).second);
        output.name = tree_.keep(std::move(name));
    }
}

// GROUPING AND ORDER ----------------------------------------------------------------------------

void Checker::check_group_key(Expr*& key, const Query& query, const Scope& scope) {
    if (is_bare_literal(*key))
        refuse("GROUP BY takes columns and expressions, not " +
                   std::string(is_integer(*key) ? "their numbers" : "constants"),
               key->place);
    // A name that no table knows may be one of the result's.
    Binding found;
    const auto* column = key->as<ColumnRef>();
    const int output = column != nullptr && !find_column(scope, column->name, found)
                           ? find_output(query, *key)
                           : -1;
    if (output >= 0) {
        const auto place = key->place;
        key = query.outputs[static_cast<std::size_t>(output)].expr;
        if (key->has_aggregate)
            refuse("GROUP BY cannot take a column that an aggregate function makes", place);
        if (is_bare_literal(*key)) refuse("GROUP BY cannot take a constant", place);
    } else {
        infer(*key, scope);
    }
    if (is_geometry(key->value.kind))
        refuse("GROUP BY cannot tell geometries apart: " + describe(*key) +
                   " stands here; use coordinates",
               key->place);
}

void Checker::check_sort_key(Query& query, SortKey& key, const Scope* scope) {
    auto& expr = *key.expr;
    const auto count = query.outputs.size();
    if (is_integer(expr)) {
        const auto position = parse_integer(expr.as<Literal>()->token->text).value_or(0);
        if (position < 1 || static_cast<std::size_t>(position) > count)
            refuse("ORDER BY " + std::string(expr.as<Literal>()->token->text) +
                       ": the result has the columns 1 to " + std::to_string(count),
                   expr.place);
        key.output = static_cast<int>(position) - 1;
    } else {
        if (is_bare_literal(expr))
            refuse("ORDER BY takes a column, its number in the result or an expression",
                   expr.place);
        key.output = find_output(query, expr);
    }
    if (key.output < 0 && scope == nullptr)
        refuse("the result of a set operator is ordered by its columns, by name or by number",
               expr.place);
    if (key.output < 0) {
        infer(expr, *scope);
        for (std::size_t i = 0; i < count && key.output < 0; ++i)
            if (same(*query.outputs[i].expr, expr)) key.output = static_cast<int>(i);
    }
    const auto kind = key.output >= 0
                          ? query.outputs[static_cast<std::size_t>(key.output)].value.kind
                          : expr.value.kind;
    if (is_geometry(kind))
        refuse("ORDER BY cannot order by " + describe(kind) + "; use coordinates", expr.place);
    if (key.output < 0 && query.select->distinct)
        refuse("with DISTINCT, ORDER BY takes only columns of the result", expr.place);
}

void Checker::check_grouping(const Query& query) {
    const auto& select = *query.select;
    const GroupKeys keys(select.group_by);
    bool stored = !select.inner_refs.empty();
    for (const auto& output : query.outputs)
        stored |= check_grouped(select, *output.expr, keys);
    if (select.having != nullptr) stored |= check_grouped(select, *select.having, keys);
    for (const auto& key : query.order_by)
        if (key.output < 0) stored |= check_grouped(select, *key.expr, keys);
    // Rows of one group share the coordinates; that they share the position that is stored of them
    // PostgreSQL does not know.
    for (auto* point : select.shown_points)
        if (stored) point->position = {};
    // PostgreSQL finds no expression of GROUP BY again inside a subquery, only columns.
    for (const auto* column : select.inner_refs)
        if (!keys.find(*column)) refuse_ungrouped(*column);
}

void Checker::refuse_ungrouped(const Expr& column) {
    const auto& id = column.as<ColumnRef>()->binding.id;
    refuse("the column \"" +
               std::string(column_name(*id.source, static_cast<std::size_t>(id.column))) +
               "\" must stand in GROUP BY or in an aggregate function such as MIN or MAX",
           column.place);
}

// Whether a stored position stands there, in no key.
bool Checker::check_grouped(const Select& select, const Expr& expr, const GroupKeys& keys) {
    if (keys.find(expr)) return false;
    if (const auto* column = expr.as<ColumnRef>()) {
        const auto& sources = select.sources;
        const bool own = std::any_of(sources.begin(), sources.end(), [&](const Source& source) {
            return &source == column->binding.id.source;
        });
        if (own) refuse_ungrouped(expr);
        return false;
    }
    const auto* call = expr.as<Call>();
    if (call != nullptr && call->function->family == Family::Aggregate) return false;
    bool stored = call != nullptr && call->position.source != nullptr;
    for_each_operand(expr,
                     [&](const Expr& operand) { stored |= check_grouped(select, operand, keys); });
    return stored;
}

}  // namespace vo::adql
