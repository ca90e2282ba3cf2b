// SPDX-License-Identifier: Apache-2.0
// Checks of the functions of geometry, and what of them no row can change.
#include "adql/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "adql/check.h"
#include "adql/functions.h"
#include "adql/parser.h"
#include "adql/polygon.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// "used as" and all overloads.
std::string usage(const Call& call) {
    return "; it is used as " + std::string(call.function->usage);
}

void need_number(Expr& expr, const Call& call) {
    if (!is_number(expr.value.kind) && !(expr.value.kind == ValueKind::Null))
        refuse(std::string(call.function->name) + " needs a number here, but " + describe(expr) +
                   " stands here" + usage(call) +
                   (expr.value.kind == ValueKind::Text
                        ? "; ivo_hms_to_degrees and ivo_dms_to_degrees read sexagesimal texts"
                        : ""),
               expr.place);
    adopt(expr, ValueKind::Double);
}

void need_point(Expr& expr, const Call& call) {
    adopt(expr, ValueKind::Point);
    if (expr.value.kind != ValueKind::Point)
        refuse(std::string(call.function->name) + " needs a POINT here, but " + describe(expr) +
                   " stands here" + usage(call) +
                   (is_geometry(expr.value.kind) ? "; CENTROID gives the centre of a shape" : ""),
               expr.place);
}

void need_shape(const Expr& expr, const Call& call) {
    if (!is_geometry(expr.value.kind))
        refuse(std::string(call.function->name) + " needs a geometry here, but " + describe(expr) +
                   " stands here",
               expr.place);
}

void need_simple(const Expr& expr, const Call& call) {
    need_shape(expr, call);
    if (const auto* shape = constant_shape(expr); shape != nullptr && shape->is_compound())
        refuse("a region of several shapes stands only in CONTAINS and INTERSECTS", expr.place);
}

// The names of ADQL 2.1 §4.2.5 are those of STC: a frame, and a reference position after it.
void check_frame(Call& call) {
    if (call.frame == nullptr || call.frame->kind != Kind::String) return;
    auto name = trim(call.frame->value);
    if (name.empty() || equal_fold(name, "ICRS")) return;
    for (const std::string_view position : {" GEOCENTER", " BARYCENTER", " TOPOCENTER"})
        if (name.size() > position.size() &&
            equal_fold(name.substr(name.size() - position.size()), position))
            name = trim(name.substr(0, name.size() - position.size()));
    const auto* frame = find_frame(name);
    if (frame == nullptr)
        refuse("the coordinate system " + describe(*call.frame) + " is not known; there are " +
                   frame_names() + ", and without one positions are ICRS",
               call.frame->place);
    if (frame->name != "ICRS") call.system = frame;
}

// The frame of a shape around points is theirs: two ways to say it must agree.
void check_frame_of(const Call& call, const Expr& point) {
    if (call.system == nullptr) return;
    const auto* inner = point.as<Call>();
    if (inner == nullptr || inner->system != call.system)
        refuse("the coordinate system of this " + std::string(call.function->name) +
                   " must stand in its POINT",
               call.frame->place);
}

Corner to_icrs(const Frame* system, const Corner& corner) {
    return system == nullptr ? corner : rotate(rotation(*system, *find_frame("ICRS")), corner);
}

const Shape* keep(Tree& tree, Shape::Kind kind, std::vector<Corner> corners, double radius = 0) {
    return &tree.shapes.emplace_back(Shape{kind, std::move(corners), radius, {}});
}

const Corner* constant_point(const Expr& expr) {
    const auto* shape = constant_shape(expr);
    return shape != nullptr && shape->kind == Shape::Kind::Point ? &shape->corners[0] : nullptr;
}

// STORED POSITIONS ------------------------------------------------------------------------------

// The stored position over two columns of a source. A derived table passes it on, where its rows
// are rows of the table inside.
HiddenColumn find_position(Tree& tree, Source& source, int ra, int dec) {
    if (source.table != nullptr) {
        const auto& columns = source.table->columns;
        for (const auto& position : source.table->positions)
            if (columns[static_cast<std::size_t>(ra)].name == position.ra_column &&
                columns[static_cast<std::size_t>(dec)].name == position.dec_column)
                return {&source, position.sql_name};
        return {};
    }
    auto* select = source.derived->select;
    if (select == nullptr || select->grouped || select->distinct) return {};
    const auto inner = [&](int i) {
        const auto* expr = source.derived->outputs[static_cast<std::size_t>(i)].expr;
        const auto* column = expr == nullptr ? nullptr : expr->as<ColumnRef>();
        return column != nullptr && column->binding.more.empty() ? column->binding.id : ColumnId{};
    };
    const auto a = inner(ra);
    const auto b = inner(dec);
    const bool own = std::any_of(select->sources.begin(), select->sources.end(),
                                 [&](const Source& each) { return &each == a.source; });
    if (!own || a.source != b.source) return {};
    const auto found = find_position(tree, *a.source, a.column, b.column);
    if (found.source == nullptr) return {};
    auto& passed = select->passed_on;
    auto at = std::find_if(passed.begin(), passed.end(), [&](const HiddenColumn& each) {
        return each.source == found.source && each.name == found.name;
    });
    if (at == passed.end()) at = passed.insert(passed.end(), found);
    return {&source, tree.keep('p' + std::to_string(at - passed.begin() + 1))};
}

void find_position(Tree& tree, Call& call) {
    const auto* ra = call.args[0]->as<ColumnRef>();
    const auto* dec = call.args[1]->as<ColumnRef>();
    if (ra == nullptr || dec == nullptr || call.system != nullptr) return;
    if (!ra->binding.more.empty() || !dec->binding.more.empty()) return;
    if (ra->binding.id.source != dec->binding.id.source) return;
    call.position =
        find_position(tree, *ra->binding.id.source, ra->binding.id.column, dec->binding.id.column);
    if (call.position.source != nullptr && ra->shown_by != nullptr)
        ra->shown_by->shown_points.push_back(&call);
}

// ROWS ------------------------------------------------------------------------------------------

void check_point(Tree& tree, Expr& expr, Call& call) {
    for (auto* arg : call.args)
        need_number(*arg, call);
    const auto ra = constant(*call.args[0]);
    const auto dec = constant(*call.args[1]);
    if (dec) check_declination(*dec, call.args[1]->place);
    if (ra && dec) call.shape = keep(tree, Shape::Kind::Point, {to_icrs(call.system, {*ra, *dec})});
    find_position(tree, call);
    expr.value.kind = ValueKind::Point;
    expr.value.frame = call.system == nullptr ? call.args[0]->value.frame : std::string_view{};
}

void check_circle(Tree& tree, Expr& expr, Call& call) {
    need_point(*call.args[0], call);
    check_frame_of(call, *call.args[0]);
    need_number(*call.args[1], call);
    const auto radius = constant(*call.args[1]);
    if (radius) check_radius(*radius, call.args[1]->place);
    if (const auto* center = constant_point(*call.args[0]); center != nullptr && radius)
        call.shape = keep(tree, Shape::Kind::Circle, {*center}, *radius);
    expr.value.kind = ValueKind::Circle;
    expr.value.frame = call.args[0]->value.frame;
}

void check_box(Tree& tree, Expr& expr, Call& call) {
    need_point(*call.args[0], call);
    check_frame_of(call, *call.args[0]);
    std::array<std::optional<double>, 2> sizes;
    for (const std::size_t i : {1U, 2U}) {
        need_number(*call.args[i], call);
        sizes[i - 1] = constant(*call.args[i]);
        if (sizes[i - 1]) check_box_size(*sizes[i - 1], call.args[i]->place);
    }
    const auto* center = constant_point(*call.args[0]);
    if (center != nullptr && sizes[0] && sizes[1]) {
        auto at = *center;
        if (call.system != nullptr) at = rotate(rotation(*find_frame("ICRS"), *call.system), at);
        auto corners = place_at(box_corners(*sizes[0], *sizes[1]), at);
        for (auto& corner : corners)
            corner = to_icrs(call.system, corner);
        call.shape = keep(tree, Shape::Kind::Polygon, std::move(corners));
    }
    expr.value.kind = ValueKind::Polygon;
    expr.value.frame = call.args[0]->value.frame;
}

void check_polygon(Tree& tree, Expr& expr, Call& call) {
    std::vector<Corner> corners;
    for (auto* arg : call.args) {
        need_point(*arg, call);
        check_frame_of(call, *arg);
        if (const auto* corner = constant_point(*arg)) corners.push_back(*corner);
    }
    if (corners.size() == call.args.size()) {
        check_corners(corners, expr.place);
        call.shape = keep(tree, Shape::Kind::Polygon, std::move(corners));
    }
    expr.value.kind = ValueKind::Polygon;
    expr.value.frame = call.args[0]->value.frame;
}

void check_predicate(Tree& /*tree*/, Expr& expr, Call& call) {
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

void check_distance(Tree& /*tree*/, Expr& expr, Call& call) {
    for (auto* arg : call.args)
        need_point(*arg, call);
    expr.value.kind = ValueKind::Double;
}

void check_area(Tree& /*tree*/, Expr& expr, Call& call) {
    need_simple(*call.args[0], call);
    expr.value.kind = ValueKind::Double;
}

void check_centroid(Tree& tree, Expr& expr, Call& call) {
    need_simple(*call.args[0], call);
    if (const auto* shape = constant_shape(*call.args[0]);
        shape != nullptr && shape->kind != Shape::Kind::Polygon)
        call.shape = keep(tree, Shape::Kind::Point, shape->corners);
    expr.value.kind = ValueKind::Point;
    expr.value.frame = call.args[0]->value.frame;
}

void check_coordinate(Tree& /*tree*/, Expr& expr, Call& call) {
    need_point(*call.args[0], call);
    expr.value.kind = ValueKind::Double;
    expr.value.frame = call.args[0]->value.frame;
}

void check_coordsys(Tree& /*tree*/, Expr& expr, Call& call) {
    need_simple(*call.args[0], call);
    expr.value.kind = ValueKind::Text;
}

void check_transform(Tree& tree, Expr& expr, Call& call) {
    std::array<const Frame*, 2> frames{};
    for (const std::size_t i : {0U, 1U}) {
        const auto& token = *call.args[i]->as<Literal>()->token;
        frames[i] = find_frame(token.value);
        // The catalogue compares them with case.
        if (frames[i] == nullptr || frames[i]->name != token.value)
            refuse("the frame " + describe(token) + " is not known; there are " + frame_names(),
                   call.args[i]->place);
    }
    need_simple(*call.args[2], call);
    // Its text would still say ICRS.
    if (call.args[2]->value.kind == ValueKind::Region)
        refuse("ivo_geom_transform takes a POINT, CIRCLE or POLYGON, but " +
                   describe(*call.args[2]) + " stands here; CENTROID gives its centre",
               call.args[2]->place);
    if (const auto* shape = constant_shape(*call.args[2])) {
        auto moved = *shape;
        const auto matrix = rotation(*frames[0], *frames[1]);
        for (auto& corner : moved.corners)
            corner = rotate(matrix, corner);
        call.shape = &tree.shapes.emplace_back(std::move(moved));
    }
    expr.value.kind = call.args[2]->value.kind;
}

struct Row {
    std::string_view name;
    void (*check)(Tree&, Expr&, Call&);
};

constexpr std::array kRows{
    Row{"AREA", check_area},
    Row{"BOX", check_box},
    Row{"CENTROID", check_centroid},
    Row{"CIRCLE", check_circle},
    Row{"CONTAINS", check_predicate},
    Row{"COORD1", check_coordinate},
    Row{"COORD2", check_coordinate},
    Row{"COORDSYS", check_coordsys},
    Row{"DISTANCE", check_distance},
    Row{"INTERSECTS", check_predicate},
    Row{"POINT", check_point},
    Row{"POLYGON", check_polygon},
    Row{"ivo_geom_transform", check_transform},
};

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

const Shape* constant_shape(const Expr& expr) {
    if (const auto* sky = expr.as<Sky>()) return sky->shape;
    const auto* call = expr.as<Call>();
    return call == nullptr ? nullptr : call->shape;
}

ValueKind kind_of(const Shape& shape) {
    switch (shape.kind) {
        case Shape::Kind::Point: return ValueKind::Point;
        case Shape::Kind::Circle: return ValueKind::Circle;
        case Shape::Kind::Polygon: return ValueKind::Polygon;
        default: return ValueKind::Region;
    }
}

void check_geometry(Tree& tree, Expr& expr, Call& call) {
    expr.value.unit = call.function->unit;
    expr.value.ucd = call.function->ucd;
    check_frame(call);
    std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) {
        return row.name == call.function->name;
    })->check(tree, expr, call);
}

}  // namespace vo::adql
