// SPDX-License-Identifier: Apache-2.0
// Tree to text.
#include "dump.h"

#include "adql/functions.h"
#include "base/text.h"

namespace vo::test {

using namespace adql;

namespace {

std::string dump_name(const NamePath& name) {
    std::string text;
    for (int i = 0; i < name.parts; ++i)
        text += (i > 0 ? "." : "") + std::string(name.part(i).text);
    return text;
}

std::string list(std::string_view head, const std::vector<Expr*>& operands) {
    std::string text = '(' + std::string(head);
    for (const auto* operand : operands)
        text += ' ' + dump(*operand);
    return text + ')';
}

std::string dump_table(const Select& select, const TableExpr& table) {
    std::string text;
    if (table.inner != nullptr) {
        text = dump_table(select, *table.inner);
    } else {
        const auto& source = select.sources[static_cast<std::size_t>(table.source)];
        text = source.derived != nullptr ? dump(*source.derived) : dump_name(source.name);
        if (source.alias != nullptr) text += ':' + std::string(source.alias->text);
    }
    constexpr std::string_view kKinds[] = {"join", "left", "right", "full"};
    for (const auto& join : table.joins) {
        text = '(' + std::string(join.natural ? "natural-" : "") +
               std::string(kKinds[static_cast<std::size_t>(join.kind)]) + ' ' + text + ' ' +
               dump_table(select, *join.right);
        if (join.on != nullptr) text += ' ' + dump(*join.on);
        for (const auto* column : join.using_columns)
            text += " using:" + std::string(column->text);
        text += ')';
    }
    return text;
}

std::string dump_select(const Select& select) {
    std::string text = "(select";
    if (select.distinct) text += " distinct";
    if (select.top >= 0) text += " top:" + std::to_string(select.top);
    for (const auto& item : select.items) {
        text += ' ';
        if (item.expr != nullptr)
            text += dump(*item.expr);
        else
            text += item.star_of.parts > 0 ? dump_name(item.star_of) + ".*" : "*";
        if (item.alias != nullptr) text += ':' + std::string(item.alias->text);
    }
    text += " from";
    for (const auto* table : select.from)
        text += ' ' + dump_table(select, *table);
    if (select.where != nullptr) text += " where " + dump(*select.where);
    if (!select.group_by.empty()) text += ' ' + list("group", select.group_by);
    if (select.having != nullptr) text += " having " + dump(*select.having);
    return text + ')';
}

std::string negation(bool negated) {
    return negated ? "not-" : "";
}

}  // namespace

std::string dump(const Expr& expr) {
    if (const auto* literal = expr.as<Literal>()) return to_lower(literal->token->text);
    if (const auto* column = expr.as<ColumnRef>()) return dump_name(column->name);
    if (const auto* unary = expr.as<Unary>())
        return '(' + std::string(1, unary->sign) + ' ' + dump(*unary->operand) + ')';
    if (const auto* chain = expr.as<Chain>()) {
        std::string text = '(' + dump(*chain->operands[0]);
        for (std::size_t i = 1; i < chain->operands.size(); ++i)
            text += ' ' + std::string(1, chain->signs[i - 1]) + ' ' + dump(*chain->operands[i]);
        return text + ')';
    }
    if (const auto* call = expr.as<Call>()) {
        auto head = to_lower(call->function->name);
        if (call->star) head += " *";
        if (call->distinct) head += " distinct";
        if (call->frame != nullptr) head += " frame:" + std::string(call->frame->text);
        return list(head, call->args);
    }
    if (const auto* cast = expr.as<Cast>()) return "(cast " + dump(*cast->operand) + ')';
    if (const auto* subquery = expr.as<Subquery>()) return dump(*subquery->query);
    if (const auto* compare = expr.as<Compare>())
        return list(compare->op, {compare->left, compare->right});
    if (const auto* between = expr.as<Between>())
        return list(negation(between->negated) + "between",
                    {between->operand, between->low, between->high});
    if (const auto* in = expr.as<In>()) {
        const auto head = negation(in->negated) + "in " + dump(*in->operand);
        return in->query != nullptr ? '(' + head + ' ' + dump(*in->query) + ')'
                                    : list(head, in->list);
    }
    if (const auto* like = expr.as<Like>())
        return list(negation(like->negated) + (like->ignore_case ? "ilike" : "like"),
                    {like->operand, like->pattern});
    if (const auto* null = expr.as<IsNull>())
        return list(negation(null->negated) + "null", {null->operand});
    if (const auto* exists = expr.as<Exists>()) return "(exists " + dump(*exists->query) + ')';
    if (const auto* logic = expr.as<Logic>())
        return list(logic->conjunction ? "and" : "or", logic->operands);
    return "(not " + dump(*expr.as<Not>()->operand) + ')';
}

std::string dump(const Query& query) {
    std::string text;
    if (query.select != nullptr) {
        text = dump_select(*query.select);
    } else {
        constexpr std::string_view kKinds[] = {"union", "except", "intersect"};
        text = "(set " + dump(*query.operands[0]);
        for (std::size_t i = 0; i < query.steps.size(); ++i)
            text += ' ' + std::string(kKinds[static_cast<std::size_t>(query.steps[i].kind)]) +
                    (query.steps[i].all ? "-all " : " ") + dump(*query.operands[i + 1]);
        text += ')';
    }
    for (const auto& key : query.order_by)
        text += " order:" + dump(*key.expr) + (key.descending ? "-desc" : "");
    if (query.offset >= 0) text += " offset:" + std::to_string(query.offset);
    return text;
}

}  // namespace vo::test
