// SPDX-License-Identifier: Apache-2.0
// CONTAINS, INTERSECTS and limits of DISTANCE as conditions that indexes can answer.
#include <algorithm>
#include <array>

#include "adql/emit.h"
#include "adql/functions.h"
#include "adql/geometry.h"
#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// One side of a predicate: an expression, or a part of a region that is written as a text.
struct Side {
    const Expr* expr;
    const Shape* shape;  // of a constant one

    [[nodiscard]] ValueKind kind() const {
        return shape != nullptr ? kind_of(*shape) : expr->value.kind;
    }

    [[nodiscard]] bool is(Shape::Kind wanted) const {
        return shape != nullptr && shape->kind == wanted;
    }

    [[nodiscard]] bool is_compound() const { return shape != nullptr && shape->is_compound(); }
};

class Predicates {
  public:
    explicit Predicates(Emitter& emitter) : emitter_(emitter) {}

    void write_contains(const Side& inner, const Side& outer, bool unknown_is_false) {
        // All of a union lies within what each of its parts lies within.
        if (inner.is(Shape::Kind::Union))
            return write_all(*inner.shape, " AND ", [&](const Shape& part) {
                write_contains({inner.expr, &part}, outer, unknown_is_false);
            });
        if (inner.is_compound())
            refuse(
                "whether an intersection or a complement lies within another shape cannot be "
                "told here; INTERSECTS and CONTAINS of points can",
                inner.expr->place);
        if (outer.is(Shape::Kind::Intersection) ||
            (outer.is(Shape::Kind::Union) && inner.kind() == ValueKind::Point))
            return write_all(*outer.shape, outer.is(Shape::Kind::Union) ? " OR " : " AND ",
                             [&](const Shape& part) {
                                 write_contains(inner, {outer.expr, &part}, unknown_is_false);
                             });
        if (outer.is(Shape::Kind::Not)) {
            out() += "NOT (";
            write_intersects(inner, {outer.expr, &outer.shape->parts[0]}, false);
            out() += ')';
            return;
        }
        if (outer.is_compound())
            refuse(
                "whether a union contains a shape other than a POINT cannot be told here; "
                "compare with each of its parts",
                outer.expr->place);
        if (outer.kind() == ValueKind::Point)
            refuse("a position contains nothing", outer.expr->place);
        write_simple(inner, outer, " <@ ", unknown_is_false);
    }

    void write_intersects(Side a, Side b, bool unknown_is_false) {
        if (a.is_compound() || a.kind() == ValueKind::Point) std::swap(a, b);
        if (b.is(Shape::Kind::Union))
            return write_all(*b.shape, " OR ", [&](const Shape& part) {
                write_intersects(a, {b.expr, &part}, unknown_is_false);
            });
        if (a.is_compound()) std::swap(a, b);
        // A point intersects what contains it.
        if (a.kind() == ValueKind::Point && !a.is_compound())
            return write_contains(a, b, unknown_is_false);
        // What is not wholly within a shape reaches out of it.
        if (b.is(Shape::Kind::Not)) {
            out() += "NOT (";
            write_contains(a, {b.expr, &b.shape->parts[0]}, false);
            out() += ')';
            return;
        }
        if (b.is_compound())
            refuse(
                "whether a shape reaches into an intersection of others cannot be told here, "
                "only whether a POINT does",
                b.expr->place);
        if (b.kind() == ValueKind::Point) return write_contains(b, a, unknown_is_false);
        write_simple(a, b, " && ", unknown_is_false);
    }

  private:
    std::string& out() { return emitter_.out(); }

    template <typename Write>
    void write_all(const Shape& compound, std::string_view separator, const Write& write) {
        out() += '(';
        for (const auto& part : compound.parts) {
            if (&part != compound.parts.data()) out() += separator;
            write(part);
            emitter_.check_size();
        }
        out() += ')';
    }

    std::vector<std::string> write_side(const Side& side) {
        if (side.shape != nullptr) return {write_shape(*side.shape, side.expr->place)};
        return write_shape(emitter_, *side.expr);
    }

    // Circles of more than a hemisphere, which pgSphere does not have.
    bool write_in_large_circle(const Side& inner, const Side& outer) {
        if (inner.kind() != ValueKind::Point) return false;
        if (outer.is(Shape::Kind::Circle)) {
            const auto radius = outer.shape->radius_deg;
            if (radius <= kMaxRadius_deg) return false;
            const Shape center{Shape::Kind::Point, outer.shape->corners, 0, {}};
            out() += "degrees(" + write_side(inner)[0] + " <-> " + write_shape(center, {}) +
                     ") <= " + sql_number(radius);
            return true;
        }
        const auto* circle = outer.shape == nullptr ? outer.expr->as<Call>() : nullptr;
        if (circle == nullptr || circle->function->name != "CIRCLE") return false;
        const auto radius = constant(*circle->args[1]);
        if ((radius && *radius <= kMaxRadius_deg) || (!radius && has_circle_index(*circle)))
            return false;
        const auto point = write_side(inner)[0];
        const auto center = emitter_.text(*circle->args[0]);
        const auto distance = "degrees(" + point + " <-> " + center + ") <= ";
        if (radius) {
            out() += distance + sql_number(*radius);
            return true;
        }
        const auto limit = emitter_.text(*circle->args[1]) + "::float8";
        out() += '(' + point + " <@ vogate.near_hemisphere(" + center + ", " + limit + ") OR (" +
                 point + " <@ vogate.far_hemisphere(" + center + ", " + limit + ") AND " +
                 distance + limit + "))";
        return true;
    }

    void write_simple(const Side& a, const Side& b, std::string_view op, bool unknown_is_false) {
        if (op == " <@ " && write_in_large_circle(a, b)) return;
        const auto left = write_side(a);
        const auto right = write_side(b);
        if (left.size() * right.size() == 1) {
            out().append(left[0]).append(op).append(right[0]);
            return;
        }
        std::string_view separator = unknown_is_false ? "(" : "COALESCE(";
        for (const auto& l : left)
            for (const auto& r : right) {
                out().append(separator).append(l).append(op).append(r);
                separator = unknown_is_false ? " OR " : ", ";
            }
        out() += ')';
    }

    Emitter& emitter_;
};

// COMPARISONS -----------------------------------------------------------------------------------

bool is_predicate(const Expr& expr) {
    const auto* call = expr.as<Call>();
    return call != nullptr &&
           (call->function->name == "CONTAINS" || call->function->name == "INTERSECTS");
}

// -1 for what is not the integer 0 or 1.
int truth(const Expr& expr) {
    const auto* literal = expr.as<Literal>();
    if (literal == nullptr || literal->token->kind != Kind::Integer) return -1;
    return literal->token->text == "0" ? 0 : literal->token->text == "1" ? 1 : -1;
}

bool write_predicate_comparison(Emitter& emitter, const Compare& compare, bool unknown_is_false) {
    const bool turned = is_predicate(*compare.right);
    const auto& predicate = turned ? *compare.right : *compare.left;
    const int wanted = truth(turned ? *compare.left : *compare.right);
    if (!is_predicate(predicate) || wanted < 0) return false;
    if (compare.op != "=" && compare.op != "!=") return false;
    const bool positive = (compare.op == "=") == (wanted == 1);
    if (!positive) emitter.out() += "NOT (";
    write_predicate(emitter, *predicate.as<Call>(), positive && unknown_is_false);
    if (!positive) emitter.out() += ')';
    return true;
}

// The source whose stored column the point is; nullptr for none.
const Source* stored_in(const Expr& point) {
    if (const auto* call = point.as<Call>()) return call->position.source;
    const auto* column = point.as<ColumnRef>();
    return column != nullptr && column->binding.id.source->table != nullptr
               ? column->binding.id.source
               : nullptr;
}

// Whether the limit can be written twice, and is known before the source's rows are.
bool is_known_before(const Expr& limit, const Source* source) {
    if (const auto* column = limit.as<ColumnRef>())
        return column->binding.more.empty() && column->binding.id.source != source;
    if (limit.as<Subquery>() != nullptr) return false;
    if (const auto* call = limit.as<Call>();
        call != nullptr &&
        (call->function->family == Family::Aggregate || call->function->name == "RAND" ||
         call->function->name == "ivo_normal_random"))
        return false;
    bool known = true;
    for_each_operand(
        limit, [&](const Expr& operand) { known = known && is_known_before(operand, source); });
    return known;
}

// DISTANCE(p, q) < r: first the circle, which the index finds, then the distance, which alone is
// exact at the limit (pgSphere's circles reach 1e-9 rad farther). No circle is larger than a
// hemisphere: where the limit is, the opposite hemisphere is looked into as well.
bool write_distance_comparison(Emitter& emitter, const Compare& compare) {
    const auto is_distance = [](const Expr& expr) {
        const auto* call = expr.as<Call>();
        return call != nullptr && call->function->name == "DISTANCE";
    };
    const bool turned = !is_distance(*compare.left);
    const auto& distance = turned ? *compare.right : *compare.left;
    const auto& limit = turned ? *compare.left : *compare.right;
    if (!is_distance(distance)) return false;
    const auto upper = turned ? std::array{">", ">="} : std::array{"<", "<="};
    if (compare.op != upper[0] && compare.op != upper[1]) return false;
    const auto radius = constant(limit);
    if (radius && (*radius < 0 || *radius > kMaxRadius_deg)) return false;
    const auto& args = distance.as<Call>()->args;
    const std::array stored{stored_in(*args[0]), stored_in(*args[1])};
    std::array<bool, 2> indexed{};
    for (const std::size_t i : {0U, 1U})
        indexed[i] = stored[i] != nullptr && (radius || is_known_before(limit, stored[i]));
    if (!indexed[0] && !indexed[1]) return false;

    const std::array points{emitter.text(*args[0]), emitter.text(*args[1])};
    const auto far = radius ? sql_number(*radius) : emitter.text(limit) + "::float8";
    auto& out = emitter.out();
    out += '(';
    // Between two tables either index may serve.
    for (const std::size_t i : {0U, 1U}) {
        if (!indexed[i]) continue;
        const auto& from = points[1 - i];
        if (radius)
            out += points[i] + " <@ scircle(" + from + ", radians(" + far + "))";
        else
            out += '(' + points[i] + " <@ vogate.near_hemisphere(" + from + ", " + far + ") OR " +
                   points[i] + " <@ vogate.far_hemisphere(" + from + ", " + far + "))";
        out += " AND ";
    }
    out += "degrees(" + points[0] + " <-> " + points[1] + ") " +
           (compare.op == upper[0] ? "< " : "<= ") + far + (radius ? "::float8)" : ")");
    return true;
}

}  // namespace

void write_predicate(Emitter& emitter, const Call& call, bool unknown_is_false) {
    Predicates predicates(emitter);
    const Side a{call.args[0], constant_shape(*call.args[0])};
    const Side b{call.args[1], constant_shape(*call.args[1])};
    if (call.function->name == "CONTAINS")
        predicates.write_contains(a, b, unknown_is_false);
    else
        predicates.write_intersects(a, b, unknown_is_false);
}

bool write_geometry_comparison(Emitter& emitter, const Compare& compare, bool unknown_is_false) {
    return write_predicate_comparison(emitter, compare, unknown_is_false) ||
           write_distance_comparison(emitter, compare);
}

}  // namespace vo::adql
