// SPDX-License-Identifier: Apache-2.0
// Geometry: checks of its functions, shapes, predicates and their indexed forms on pgSphere.
#include "adql/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "adql/check.h"
#include "adql/emit.h"
#include "adql/functions.h"
#include "adql/parser.h"
#include "adql/polygon.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// pgSphere knows no circle larger than a hemisphere.
constexpr double kMaxRadius = 90;

constexpr std::array<std::string_view, 3> kFrames{"", "ICRS", "ICRS GEOCENTER"};

void need_number(const Expr& expr, const Call& call) {
    if (!is_number(expr.value.kind) && !(expr.value.kind == ValueKind::Null))
        refuse(std::string(call.function->name) + " needs a number here, but " + describe(expr) +
                   " stands here; it is used as " + std::string(call.function->usage),
               expr.place);
}

void need_point(const Expr& expr, const Call& call) {
    if (expr.value.kind != ValueKind::Point)
        refuse(std::string(call.function->name) + " needs a POINT here, but " + describe(expr) +
                   " stands here; it is used as " + std::string(call.function->usage),
               expr.place);
}

void need_shape(const Expr& expr, const Call& call) {
    if (!is_geometry(expr.value.kind))
        refuse(std::string(call.function->name) + " needs a geometry here, but " + describe(expr) +
                   " stands here",
               expr.place);
}

// The names of ADQL 2.1 §4.2.5 that mean what is stored; another frame would give wrong positions.
void check_frame(const Call& call) {
    if (call.frame == nullptr || call.frame->kind != Kind::String) return;
    const auto frame = trim(call.frame->value);
    for (const auto known : kFrames)
        if (equal_fold(frame, known)) return;
    refuse("all positions here are ICRS; the coordinate system " + describe(*call.frame) +
               " is not known, and the argument can be left out",
           call.frame->place);
}

void find_position(Call& call) {
    const auto* ra = call.args[0]->as<ColumnRef>();
    const auto* dec = call.args[1]->as<ColumnRef>();
    if (ra == nullptr || dec == nullptr) return;
    if (!ra->binding.more.empty() || !dec->binding.more.empty()) return;
    auto* source = ra->binding.id.source;
    if (source != dec->binding.id.source || source->table == nullptr) return;
    const auto& columns = source->table->columns;
    for (const auto& position : source->table->positions)
        if (columns[static_cast<std::size_t>(ra->binding.id.column)].name == position.ra_column &&
            columns[static_cast<std::size_t>(dec->binding.id.column)].name == position.dec_column) {
            call.position = &position;
            call.position_source = source;
        }
}

void check_point(Expr& expr, Call& call) {
    for (auto* arg : call.args) {
        need_number(*arg, call);
        adopt(*arg, ValueKind::Double);
    }
    if (const auto dec = constant(*call.args[1]); dec && std::abs(*dec) > 90)
        refuse("a declination lies between -90 and 90 degrees; this one is " + number_text(*dec),
               call.args[1]->place);
    find_position(call);
    expr.value.kind = ValueKind::Point;
}

void check_circle(Expr& expr, Call& call) {
    need_point(*call.args[0], call);
    need_number(*call.args[1], call);
    adopt(*call.args[1], ValueKind::Double);
    if (const auto radius = constant(*call.args[1]); radius && (*radius < 0 || *radius > 180))
        refuse("the radius of a circle lies between 0 and 180 degrees; this one is " +
                   number_text(*radius),
               call.args[1]->place);
    expr.value.kind = ValueKind::Circle;
}

void check_box(Expr& expr, Call& call) {
    need_point(*call.args[0], call);
    for (const std::size_t i : {1U, 2U}) {
        need_number(*call.args[i], call);
        const auto size = constant(*call.args[i]);
        if (!size)
            refuse("width and height of a BOX must be constants; POLYGON takes columns",
                   call.args[i]->place);
        if (*size <= 0 || *size >= 180)
            refuse("width and height of a BOX lie between 0 and 180 degrees; this one is " +
                       number_text(*size),
                   call.args[i]->place);
    }
    expr.value.kind = ValueKind::Polygon;
}

void check_polygon(Expr& expr, Call& call) {
    for (const auto* arg : call.args)
        need_point(*arg, call);
    if (const auto corners = constant_corners(call)) check_corners(*corners, expr.place);
    expr.value.kind = ValueKind::Polygon;
}

void check_predicate(Expr& expr, Call& call) {
    for (const auto* arg : call.args)
        need_shape(*arg, call);
    const auto inner = call.args[0]->value.kind;
    const auto outer = call.args[1]->value.kind;
    if (call.function->name == "CONTAINS" && outer == ValueKind::Point)
        refuse("a POINT cannot contain anything; CONTAINS(inner, outer) has the point first",
               call.args[1]->place);
    if (inner == ValueKind::Point && outer == ValueKind::Point)
        refuse("two points do not intersect; DISTANCE tells how far they are apart", expr.place);
    expr.value.kind = ValueKind::Int;
}

void check_distance(Expr& expr, Call& call) {
    for (const auto* arg : call.args)
        need_point(*arg, call);
    expr.value.kind = ValueKind::Double;
}

void check_area(Expr& expr, Call& call) {
    need_shape(*call.args[0], call);
    expr.value.kind = ValueKind::Double;
}

void check_centroid(Expr& expr, Call& call) {
    need_shape(*call.args[0], call);
    if (call.args[0]->value.kind != ValueKind::Point &&
        call.args[0]->value.kind != ValueKind::Circle)
        refuse("CENTROID knows points and circles only, but " + describe(*call.args[0]) +
                   " stands here",
               expr.place);
    expr.value.kind = ValueKind::Point;
}

void check_coordinate(Expr& expr, Call& call) {
    need_point(*call.args[0], call);
    expr.value.kind = ValueKind::Double;
}

void check_coordsys(Expr& expr, Call& call) {
    need_shape(*call.args[0], call);
    expr.value.kind = ValueKind::Text;
}

// SHAPES ----------------------------------------------------------------------------------------

std::string radians(Emitter& emitter, const Expr& degrees) {
    if (const auto value = constant(degrees)) return "radians(" + sql_number(*value) + ')';
    return "radians(" + emitter.text(degrees) + ')';
}

using Shape = std::vector<std::string>;

Shape write_point(Emitter& emitter, const Call& call) {
    if (call.position != nullptr)
        return {emitter.hidden_column(*call.position_source, call.position->sql_name)};
    if (constant(*call.args[0]) && constant(*call.args[1]))
        return {"spoint(" + radians(emitter, *call.args[0]) + ", " + radians(emitter, *call.args[1]) +
                ')'};
    // Where a coordinate is NaN or infinite there is no point; to pgSphere it would be everywhere.
    return {"vogate.point(" + emitter.text(*call.args[0]) + ", " + emitter.text(*call.args[1]) + ')'};
}

// A stored column, which may have an index.
bool is_stored(const Expr& point) {
    if (const auto* call = point.as<Call>()) return call->position != nullptr;
    const auto* column = point.as<ColumnRef>();
    return column != nullptr && column->binding.id.source->table != nullptr;
}

// s_fov / 2: a field of view. The expression index over it also sees to it that it is a radius.
bool is_half_of_column(const Expr& radius) {
    const auto* chain = radius.as<Chain>();
    return chain != nullptr && chain->signs == std::vector<char>{'/'} &&
           chain->operands[0]->as<ColumnRef>() != nullptr && constant(*chain->operands[1]) == 2;
}

Shape write_circle(Emitter& emitter, const Call& call) {
    const auto& center = *call.args[0];
    const auto& radius = *call.args[1];
    const auto value = constant(radius);
    if (value && *value > kMaxRadius)
        refuse(
            "a circle of more than 90 degrees radius can only stand as the second argument of "
            "CONTAINS, with a POINT before it",
            radius.place);
    // pgSphere breaks off at a row whose radius is none; the function of ours makes it NULL.
    if (value || (is_stored(center) && is_half_of_column(radius)))
        return {"scircle(" + emitter.text(center) + ", " + radians(emitter, radius) + ')'};
    return {"vogate.circle(" + emitter.text(center) + ", " + emitter.text(radius) +
            (radius.value.kind == ValueKind::Double ? ")" : "::float8)")};
}

Shape write_box(Emitter& emitter, const Call& call) {
    const auto corners = box_corners(*constant(*call.args[1]), *constant(*call.args[2]));
    const auto& center = *call.args[0];
    if (const auto* point = center.as<Call>();
        point != nullptr && point->function->name == "POINT") {
        const auto ra = constant(*point->args[0]);
        const auto dec = constant(*point->args[1]);
        if (ra && dec) return {polygon_literal(rotate(corners, *ra, *dec))};
    }
    const auto at = emitter.text(center);
    return {'(' + polygon_literal(corners) + " + strans(0::float8, - lat(" + at + "), long(" + at +
            "), 'XYZ'))"};
}

Shape write_polygon(Emitter& emitter, const Call& call) {
    if (const auto corners = constant_corners(call)) return {polygon_literal(*corners)};
    std::string sql = "vogate.polygon_of(ARRAY[";
    for (std::size_t i = 0; i < call.args.size(); ++i) {
        if (i > 0) sql += ", ";
        sql += emitter.text(*call.args[i]);
    }
    return {sql + "])"};
}

Shape write_centroid(Emitter& emitter, const Call& call) {
    const auto shape = emitter.text(*call.args[0]);
    return {call.args[0]->value.kind == ValueKind::Circle ? "center(" + shape + ')' : shape};
}

// VALUES ----------------------------------------------------------------------------------------

void write_predicate(Emitter& emitter, const Call& call, bool unknown_is_false) {
    auto a = call.args[0];
    auto b = call.args[1];
    const bool contains = call.function->name == "CONTAINS";
    // A point intersects what contains it.
    if (!contains && b->value.kind == ValueKind::Point) std::swap(a, b);
    auto& out = emitter.out();
    if (a->value.kind == ValueKind::Point)
        if (const auto* circle = b->as<Call>();
            circle != nullptr && circle->function->name == "CIRCLE")
            if (const auto radius = constant(*circle->args[1]); radius && *radius > kMaxRadius) {
                out += "degrees(" + emitter.text(*a) + " <-> " + emitter.text(*circle->args[0]) +
                       ") <= " + sql_number(*radius);
                return;
            }
    const auto* op = contains || a->value.kind == ValueKind::Point ? " <@ " : " && ";
    const auto left = write_shape(emitter, *a);
    const auto right = write_shape(emitter, *b);
    if (left.size() * right.size() == 1) {
        out += left[0] + op + right[0];
        return;
    }
    std::string_view separator = unknown_is_false ? "(" : "COALESCE(";
    for (const auto& l : left)
        for (const auto& r : right) {
            out.append(separator).append(l).append(op).append(r);
            separator = unknown_is_false ? " OR " : ", ";
        }
    out += ')';
}

void write_predicate_value(Emitter& emitter, const Call& call) {
    emitter.out() += '(';
    write_predicate(emitter, call, false);
    emitter.out() += ")::int4";
}

void write_distance(Emitter& emitter, const Call& call) {
    emitter.out() +=
        "degrees(" + emitter.text(*call.args[0]) + " <-> " + emitter.text(*call.args[1]) + ')';
}

void write_area(Emitter& emitter, const Call& call) {
    const auto shape = write_shape(emitter, *call.args[0]);
    auto& out = emitter.out();
    // Zero for a point, NULL for none.
    if (call.args[0]->value.kind == ValueKind::Point)
        out += "(long(" + shape[0] + ") * 0)";
    else if (shape.size() == 1)
        out += "degrees(degrees(area(" + shape[0] + ")))";
    else
        out += "degrees(degrees(COALESCE(area(" + shape[0] + "), area(" + shape[1] + "))))";
}

void write_coord1(Emitter& emitter, const Call& call) {
    emitter.out() += "degrees(long(" + emitter.text(*call.args[0]) + "))";
}

void write_coord2(Emitter& emitter, const Call& call) {
    emitter.out() += "degrees(lat(" + emitter.text(*call.args[0]) + "))";
}

void write_coordsys(Emitter& emitter, const Call& /*call*/) {
    emitter.out() += "'ICRS'::text";
}

struct Row {
    std::string_view name;
    void (*check)(Expr&, Call&);
    Shape (*shape)(Emitter&, const Call&);  // for what is a geometry
    void (*value)(Emitter&, const Call&);   // for what is none
};

constexpr std::array kRows{
    Row{"AREA", check_area, nullptr, write_area},
    Row{"BOX", check_box, write_box, nullptr},
    Row{"CENTROID", check_centroid, write_centroid, nullptr},
    Row{"CIRCLE", check_circle, write_circle, nullptr},
    Row{"CONTAINS", check_predicate, nullptr, write_predicate_value},
    Row{"COORD1", check_coordinate, nullptr, write_coord1},
    Row{"COORD2", check_coordinate, nullptr, write_coord2},
    Row{"COORDSYS", check_coordsys, nullptr, write_coordsys},
    Row{"DISTANCE", check_distance, nullptr, write_distance},
    Row{"INTERSECTS", check_predicate, nullptr, write_predicate_value},
    Row{"POINT", check_point, write_point, nullptr},
    Row{"POLYGON", check_polygon, write_polygon, nullptr},
};

const Row& row_of(const Call& call) {
    return *std::find_if(kRows.begin(), kRows.end(),
                         [&](const Row& row) { return row.name == call.function->name; });
}

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

// DISTANCE(p, q) < r: first the circle, which the index finds, then the distance, which alone is
// exact at the limit (pgSphere's circles reach 1e-9 rad farther).
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
    if (!radius || *radius < 0 || *radius > kMaxRadius) return false;
    const auto& args = distance.as<Call>()->args;
    if (!is_stored(*args[0]) && !is_stored(*args[1])) return false;
    const std::array points{emitter.text(*args[0]), emitter.text(*args[1])};
    auto& out = emitter.out();
    out += '(';
    // Between two tables either index may serve.
    for (const std::size_t i : {0U, 1U})
        if (is_stored(*args[i]))
            out += points[i] + " <@ scircle(" + points[1 - i] + ", radians(" + sql_number(*radius) +
                   ")) AND ";
    out += "degrees(" + points[0] + " <-> " + points[1] + ") " +
           (compare.op == upper[0] ? "< " : "<= ") + sql_number(*radius) + "::float8)";
    return true;
}

}  // namespace

std::optional<double> constant(const Expr& expr) {
    if (const auto* literal = expr.as<Literal>()) {
        if (!is_number(expr.value.kind) || literal->token->kind == Kind::Word) return {};
        return parse_double(literal->token->text);
    }
    if (const auto* unary = expr.as<Unary>()) {
        const auto value = constant(*unary->operand);
        return value && unary->sign == '-' ? std::optional(-*value) : value;
    }
    const auto* chain = expr.as<Chain>();
    if (chain == nullptr || chain->signs[0] == '|') return {};
    // Whole numbers overflow and divide as PostgreSQL does it.
    if (expr.value.kind != ValueKind::Double) return {};
    std::optional<double> value = constant(*chain->operands[0]);
    bool whole = is_whole(chain->operands[0]->value.kind);
    for (std::size_t i = 1; value && i < chain->operands.size(); ++i) {
        const auto next = constant(*chain->operands[i]);
        whole = whole && is_whole(chain->operands[i]->value.kind);
        if (!next || whole) return {};
        switch (chain->signs[i - 1]) {
            case '+': *value += *next; break;
            case '-': *value -= *next; break;
            case '*': *value *= *next; break;
            default: *value /= *next;
        }
    }
    return value && std::isfinite(*value) ? value : std::nullopt;
}

void check_geometry(Expr& expr, Call& call) {
    check_frame(call);
    row_of(call).check(expr, call);
    expr.value.unit = call.function->unit;
    expr.value.ucd = call.function->ucd;
}

std::vector<std::string> write_shape(Emitter& emitter, const Expr& expr) {
    if (const auto* column = expr.as<ColumnRef>(); expr.value.kind == ValueKind::Region)
        return {emitter.column(column->binding.id, "_circle"),
                emitter.column(column->binding.id, "_poly")};
    const auto* call = expr.as<Call>();
    if (call != nullptr && call->function->family == Family::Geometry)
        return row_of(*call).shape(emitter, *call);
    return {emitter.text(expr)};
}

void write_geometry_value(Emitter& emitter, const Call& call) {
    row_of(call).value(emitter, call);
}

bool write_geometry_comparison(Emitter& emitter, const Compare& compare, bool unknown_is_false) {
    return write_predicate_comparison(emitter, compare, unknown_is_false) ||
           write_distance_comparison(emitter, compare);
}

void write_geometry_output(std::string& out,
                           ValueKind kind,
                           const std::vector<std::string>& shape) {
    switch (kind) {
        case ValueKind::Point: out += "vogate.point_array(" + shape[0] + ')'; return;
        case ValueKind::Circle: out += "vogate.circle_array(" + shape[0] + ')'; return;
        case ValueKind::Polygon: out += "vogate.polygon_array(" + shape[0] + ')'; return;
        default: out += "vogate.region_text(" + shape[0] + ", " + shape[1] + ')';
    }
}

}  // namespace vo::adql
