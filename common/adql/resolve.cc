// SPDX-License-Identifier: Apache-2.0
// FROM and names: which source and which column each of them means.
#include <algorithm>
#include <optional>

#include "adql/check.h"
#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

schema::Name make_name(const Token& token) {
    return {std::string(token.name()), token.kind == Kind::Delimited};
}

// The rule of schema::Catalog, for the names that a query makes itself.
bool matches(std::string_view known, bool known_delimited, const Token& token) {
    if (known.size() != token.name().size()) return false;
    const bool delimited = token.kind == Kind::Delimited;
    if (known == token.name()) return delimited || !known_delimited;
    return !delimited && !known_delimited && equal_fold(known, token.name());
}

bool matches(const Token& known, const Token& token) {
    return matches(known.name(), known.kind == Kind::Delimited, token);
}

int find_in_source(Source& source, const Token& name) {
    int found = -1;
    const auto visit = [&](std::size_t i, const auto& column) {
        if (!matches(column.name, column.delimited, name)) return;
        if (found >= 0)
            refuse("the column \"" + std::string(name.name()) + "\" stands more than once in \"" +
                       std::string(source_name(source)) + '"',
                   name.place);
        found = static_cast<int>(i);
    };
    if (source.table != nullptr) {
        source.table->visit_columns(name.name(), visit);
        return found;
    }
    const auto& outputs = source.derived->outputs;
    source.derived->names.look(
        outputs.size(), [&](std::size_t i) { return outputs[i].name; }, name.name(),
        [&](std::size_t i) { visit(i, outputs[i]); });
    return found;
}

std::string text_of(const NamePath& name) {
    std::string text;
    for (int i = 0; i < name.parts; ++i) {
        if (i > 0) text += '.';
        text += name.part(i).text;
    }
    return text;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& names) {
    // The query may write the name in any case, and the nearest is told as it is published.
    const auto near = nearest(word, names);
    return near ? "; did you mean " +
                      (is_regular_identifier(*near) ? *near : sql_identifier(*near)) + '?'
                : std::string();
}

bool same_name(const Visible& a, const Visible& b) {
    if (a.name == b.name) return true;
    return !a.delimited && !b.delimited && equal_fold(a.name, b.name);
}

}  // namespace

bool is_called(const Source& source, const NamePath& qualifier) {
    const auto& last = qualifier.last();
    if (source.alias != nullptr) return qualifier.parts == 1 && matches(*source.alias, last);
    if (source.with != nullptr) return qualifier.parts == 1 && matches(*source.with->name, last);
    if (source.table == nullptr) return false;
    if (!matches(source.table->base_name, source.table->delimited, last)) return false;
    return qualifier.parts == 1 ||
           (qualifier.parts == 2 && matches(source.table->schema_name, false, qualifier.part(0)));
}

// SOURCES ---------------------------------------------------------------------------------------

std::vector<Visible> Checker::check_from(Select& select, const Scope* outer) {
    std::vector<Visible> all;
    for (auto* table : select.from) {
        auto columns = check_table(select, *table, outer);
        if (select.merges)
            all.insert(all.end(), std::make_move_iterator(columns.begin()),
                       std::make_move_iterator(columns.end()));
    }
    check_source_names(select);
    return all;
}

void Checker::check_source_names(const Select& select) const {
    for (std::size_t i = 1; i < select.sources.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const auto& a = select.sources[i];
            const auto& b = select.sources[j];
            if (!equal_fold(source_name(a), source_name(b))) continue;
            const bool differ = a.alias != nullptr && b.alias != nullptr &&
                                !matches(*a.alias, *b.alias) && !matches(*b.alias, *a.alias);
            if (!differ)
                refuse("two tables are called \"" + std::string(source_name(a)) +
                           "\" here; give one of them another name with AS",
                       a.place);
        }
}

// The columns are listed only where a join merges some of them.
std::vector<Visible> Checker::check_table(Select& select, TableExpr& table, const Scope* outer) {
    const auto* leaf = &table;
    while (leaf->inner != nullptr)
        leaf = leaf->inner;
    const auto first = static_cast<std::size_t>(leaf->source);
    std::vector<Visible> columns;
    if (table.inner != nullptr) {
        columns = check_table(select, *table.inner, outer);
    } else {
        auto& source = select.sources[first];
        check_source(source, outer);
        if (select.merges) {
            const auto count = column_count(source);
            for (std::size_t i = 0; i < count; ++i)
                columns.push_back({column_name(source, i),
                                   is_delimited(source, i),
                                   {{&source, static_cast<int>(i)}, {}}});
        }
    }
    for (auto& join : table.joins)
        columns = check_join(select, join, std::move(columns), first, outer);
    return columns;
}

void Checker::check_source(Source& source, const Scope* outer) {
    source.number = ++sources_;
    if (source.derived != nullptr) {
        check_query(*source.derived, outer);
        return;
    }
    const auto& last = source.name.last();
    if (source.name.parts == 1)
        for (const auto& with : tree_.with) {
            // A query sees those before it, and not itself.
            if (with.query->outputs.empty() || !matches(*with.name, last)) continue;
            source.with = &with;
            source.derived = with.query;
            return;
        }
    if (source.name.parts <= 2) {
        std::optional<schema::Name> schema;
        if (source.name.parts == 2) schema = make_name(source.name.part(0));
        source.table = catalog_.find_table(schema, make_name(last));
        if (source.table == nullptr) source.table = uploads_.find_table(schema, make_name(last));
    }
    if (source.table == nullptr) {
        std::vector<std::string_view> names;
        for (const auto* catalog : {&catalog_, &uploads_})
            for (const auto& table : catalog->tables) {
                names.push_back(table.name);
                if (source.name.parts == 1) names.push_back(table.base_name);
            }
        for (const auto& with : tree_.with)
            names.push_back(with.name->name());
        const auto written = text_of(source.name);
        refuse_unknown(
            "table \"" + written + "\" not found or not permitted" +
                [&] {
                    for (const auto& with : tree_.with)
                        if (source.name.parts == 1 && matches(*with.name, last))
                            return std::string("; a query of WITH sees only those before it");
                    for (const auto& schema : catalog_.schemas)
                        if (equal_fold(schema.name, written) && !schema.tables.empty())
                            return "; it is a schema, which has " +
                                   catalog_.tables[schema.tables[0]].name;
                    const auto near = nearest(written, names);
                    if (near) return "; did you mean " + *near + '?';
                    return source.name.parts == 2 &&
                                   equal_fold(source.name.part(0).name(), "TAP_UPLOAD")
                               ? "; no table of that name was uploaded with this query"
                               : std::string();
                }(),
            source.place);
    }
    if (std::find(tables_.begin(), tables_.end(), source.table->name) == tables_.end())
        tables_.push_back(source.table->name);
}

// JOINS -----------------------------------------------------------------------------------------

std::vector<Visible> Checker::check_join(
    Select& select, Join& join, std::vector<Visible> left, std::size_t first, const Scope* outer) {
    const auto* leaf = join.right;
    while (leaf->inner != nullptr)
        leaf = leaf->inner;
    const auto middle = static_cast<std::size_t>(leaf->source);
    auto right = check_table(select, *join.right, outer);
    // Sources are numbered as they are met, so those of this join are side by side.
    auto last = middle;
    while (last < select.sources.size() && select.sources[last].number > 0)
        ++last;
    if (join.on == nullptr) return merge(join, left, right);

    left.insert(left.end(), std::make_move_iterator(right.begin()),
                std::make_move_iterator(right.end()));
    Merged merged{std::move(left), {}};
    Scope scope{&select, first, last, select.merges ? &merged : nullptr, Clause::On, outer};
    infer(*join.on, scope);
    if (join.kind == JoinKind::Full) check_full_join(select, join, first, middle);
    return std::move(merged.list);
}

namespace {

// A FULL join makes each pair as long as all before it.
constexpr std::size_t kMaxPairs = 20'000;

// One side of a join that merges columns: each is taken once.
class Side {
  public:
    explicit Side(std::vector<Visible>& columns) : columns_(columns), taken_(columns.size()) {}

    [[nodiscard]] std::size_t size() const { return columns_.size(); }

    [[nodiscard]] bool is_taken(std::size_t i) const { return taken_[i]; }

    [[nodiscard]] const Visible& operator[](std::size_t i) const { return columns_[i]; }

    // npos for none; BadQuery for two.
    template <typename IsIt>
    std::size_t find(std::string_view name, Place place, const IsIt& is_it) {
        auto found = std::string_view::npos;
        names_.look(
            columns_.size(), [&](std::size_t i) { return columns_[i].name; }, name,
            [&](std::size_t i) {
                if (taken_[i] || !is_it(columns_[i])) return;
                if (found != std::string_view::npos)
                    refuse("the column \"" + std::string(name) +
                               "\" stands more than once on one side of the join",
                           place);
                found = i;
            });
        return found;
    }

    Visible& take(std::size_t i) {
        taken_[i] = true;
        return columns_[i];
    }

    void append_rest(std::vector<Visible>& out) {
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (!taken_[i]) out.push_back(std::move(columns_[i]));
    }

  private:
    std::vector<Visible>& columns_;
    std::vector<bool> taken_;
    NameIndex names_;
};

}  // namespace

std::vector<Visible> Checker::merge(Join& join,
                                    std::vector<Visible>& left_columns,
                                    std::vector<Visible>& right_columns) {
    Side left(left_columns);
    Side right(right_columns);
    std::vector<Visible> merged;
    const auto take = [&](std::size_t l, std::size_t r, Place place) {
        auto& column = left.take(l);
        const auto& other = right.take(r);
        const auto a = column_value(column.binding.id);
        const auto b = column_value(other.binding.id);
        const bool fit = is_number(a.kind) ? is_number(b.kind) : a.kind == b.kind;
        if (!fit || is_geometry(a.kind) || is_array(a.kind))
            refuse("the column \"" + std::string(column.name) +
                       "\" cannot join the tables: it is " + describe(a.kind) +
                       " on the left and " + describe(b.kind) + " on the right",
                   place);
        join.equal.emplace_back(column.binding, other.binding);
        pairs_ += 1 + column.binding.more.size() + other.binding.more.size();
        if (pairs_ > kMaxPairs)
            refuse("NATURAL and USING would make too many columns of this query equal; write ON",
                   place);
        merged.push_back(join.kind == JoinKind::Right ? other : column);
        if (join.kind == JoinKind::Full) {
            auto& more = merged.back().binding.more;
            more.push_back(other.binding.id);
            more.insert(more.end(), other.binding.more.begin(), other.binding.more.end());
        }
    };
    for (std::size_t l = 0; join.natural && l < left.size(); ++l) {
        if (left.is_taken(l)) continue;
        const auto is_it = [&](const Visible& other) { return same_name(left[l], other); };
        const auto r = right.find(left[l].name, join.place, is_it);
        if (r != std::string_view::npos)
            take(left.find(left[l].name, join.place, is_it), r, join.place);
    }
    for (const auto* name : join.using_columns) {
        const auto is_it = [&](const Visible& column) {
            return matches(column.name, column.delimited, *name);
        };
        const auto l = left.find(name->name(), name->place, is_it);
        const auto r = right.find(name->name(), name->place, is_it);
        if (l == std::string_view::npos || r == std::string_view::npos)
            refuse("the column \"" + std::string(name->name()) + "\" is not on the " +
                       (l == std::string_view::npos ? "left" : "right") + " side of this join",
                   name->place);
        take(l, r, name->place);
    }
    left.append_rest(merged);
    right.append_rest(merged);
    return merged;
}

namespace {

struct Sides {
    bool left = false;
    bool right = false;
    bool other = false;  // a subquery, or what the walk does not know
};

void find_sides(
    const Expr& expr, const Select& select, std::size_t first, std::size_t middle, Sides& sides) {
    if (const auto* column = expr.as<ColumnRef>()) {
        const auto mark = [&](const ColumnId& id) {
            for (std::size_t i = first; i < select.sources.size(); ++i)
                if (&select.sources[i] == id.source) (i < middle ? sides.left : sides.right) = true;
        };
        mark(column->binding.id);
        for (const auto& id : column->binding.more)
            mark(id);
    } else if (const auto* unary = expr.as<Unary>()) {
        find_sides(*unary->operand, select, first, middle, sides);
    } else if (const auto* chain = expr.as<Chain>()) {
        for (const auto* operand : chain->operands)
            find_sides(*operand, select, first, middle, sides);
    } else if (expr.as<Literal>() == nullptr) {
        sides.other = true;
    }
}

// PostgreSQL can do a FULL join only by hashing or merging: some equality must take one operand
// from each side.
bool joins_both_sides(const Expr& expr,
                      const Select& select,
                      std::size_t first,
                      std::size_t middle) {
    if (const auto* logic = expr.as<Logic>())
        return logic->conjunction &&
               std::any_of(logic->operands.begin(), logic->operands.end(),
                           [&](const Expr* operand) {
                               return joins_both_sides(*operand, select, first, middle);
                           });
    const auto* compare = expr.as<Compare>();
    if (compare == nullptr || compare->op != "=") return false;
    if (is_geometry(compare->left->value.kind)) return false;
    Sides a;
    Sides b;
    find_sides(*compare->left, select, first, middle, a);
    find_sides(*compare->right, select, first, middle, b);
    if (a.other || b.other) return false;
    return (a.left && !a.right && b.right && !b.left) || (a.right && !a.left && b.left && !b.right);
}

}  // namespace

void Checker::check_full_join(const Select& select,
                              const Join& join,
                              std::size_t first,
                              std::size_t middle) {
    if (!joins_both_sides(*join.on, select, first, middle))
        refuse(
            "a FULL join needs an equality between a column of its left and one of its right "
            "side, alone or joined to the rest by AND",
            join.on->place);
}

// NAMES -----------------------------------------------------------------------------------------

bool Checker::find_column(const Scope& scope, const NamePath& name, Binding& found) const {
    const auto& last = name.last();
    if (name.parts == 1 && scope.visible != nullptr) {
        const Visible* first = nullptr;
        const auto& list = scope.visible->list;
        scope.visible->names.look(
            list.size(), [&](std::size_t i) { return list[i].name; }, last.name(),
            [&](std::size_t i) {
                const auto& column = list[i];
                if (!matches(column.name, column.delimited, last)) return;
                if (first != nullptr)
                    refuse("the column \"" + std::string(last.name()) +
                               "\" is ambiguous: it is in \"" +
                               std::string(source_name(*first->binding.id.source)) +
                               "\" and in \"" +
                               std::string(source_name(*column.binding.id.source)) + '"',
                           last.place);
                first = &column;
            });
        if (first != nullptr) found = first->binding;
        return first != nullptr;
    }
    for (auto i = scope.first; i < scope.last; ++i) {
        auto& source = scope.select->sources[i];
        if (name.parts > 1) {
            if (!is_called(source, {name.first, name.parts - 1})) continue;
            const int column = find_in_source(source, last);
            if (column < 0) {
                std::vector<std::string_view> names;
                for (std::size_t k = 0; k < column_count(source); ++k)
                    names.push_back(column_name(source, k));
                refuse_unknown("unknown column \"" + std::string(last.name()) + "\" in \"" +
                                   std::string(source_name(source)) + '"' +
                                   suggest(last.name(), names),
                               last.place);
            }
            if (found.id.source != nullptr)
                refuse("the name \"" + text_of(name) +
                           "\" is ambiguous; give the tables short names with AS",
                       name.first->place);
            found.id = {&source, column};
            continue;
        }
        const int column = find_in_source(source, last);
        if (column < 0) continue;
        if (found.id.source != nullptr)
            refuse("the column \"" + std::string(last.name()) + "\" is ambiguous: it is in \"" +
                       std::string(source_name(*found.id.source)) + "\" and in \"" +
                       std::string(source_name(source)) + "\"; write the table's name before it",
                   last.place);
        found.id = {&source, column};
    }
    return found.id.source != nullptr;
}

void Checker::resolve(Expr& expr, ColumnRef& column, const Scope& scope) {
    if (column.binding.id.source != nullptr) return;  // stands for a star
    const auto* at = &scope;
    while (at != nullptr && !find_column(*at, column.name, column.binding))
        at = at->outer;
    if (at == nullptr) refuse_unknown_column(column.name, scope);

    // Whose aggregate is it in? One without a column of its own would belong to the outer query.
    for (const auto* inner = &scope;; inner = inner->outer) {
        if (inner->aggregate != nullptr)
            (inner == at ? inner->aggregate->own : inner->aggregate->outer) = true;
        if (inner == at) break;
    }
    if (at->aggregate != nullptr) return;
    if (at->clause == Clause::Output || at->clause == Clause::GroupBy) column.shown_by = at->select;
    if (at != &scope && at->clause == Clause::Output) at->select->inner_refs.push_back(&expr);
}

void Checker::refuse_unknown_column(const NamePath& name, const Scope& scope) const {
    const auto& last = name.last();
    std::vector<std::string_view> names;
    for (const auto* at = &scope; at != nullptr; at = at->outer)
        for (auto i = at->first; i < at->last; ++i) {
            const auto& source = at->select->sources[i];
            if (name.parts == 1) {
                for (std::size_t k = 0; k < column_count(source); ++k)
                    names.push_back(column_name(source, k));
                continue;
            }
            names.push_back(source_name(source));
            const NamePath qualifier{name.first, name.parts - 1};
            if (source.alias != nullptr && source.table != nullptr &&
                matches(source.table->base_name, source.table->delimited, qualifier.last()))
                refuse("the table \"" + text_of(qualifier) + "\" is called \"" +
                           std::string(source.alias->name()) + "\" in this query; write " +
                           std::string(source.alias->text) + '.' + std::string(last.text),
                       name.first->place);
        }
    if (name.parts > 1) {
        const auto qualifier = text_of({name.first, name.parts - 1});
        auto hint = suggest(qualifier, names);
        if (hint.empty() && !names.empty()) hint = "; it has " + std::string(names[0]);
        refuse_unknown("no table in this FROM is called \"" + qualifier + '"' + hint,
                       name.first->place);
    }
    auto words = "unknown column \"" + std::string(last.name()) + '"' + suggest(last.name(), names);
    if (last.kind == Kind::Word && suggest(last.name(), names).empty())
        words += "; if it is a character string, it stands in single quotes: " +
                 sql_literal(last.name());
    if (last.kind == Kind::Delimited)
        words += "; double quotes are for names, a character string stands in single ones: " +
                 sql_literal(last.name());
    refuse_unknown(std::move(words), last.place);
}

}  // namespace vo::adql
