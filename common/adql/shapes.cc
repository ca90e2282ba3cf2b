// SPDX-License-Identifier: Apache-2.0
// Geometries and their measures in SQL.
#include <algorithm>
#include <array>

#include "adql/check.h"
#include "adql/emit.h"
#include "adql/functions.h"
#include "adql/geometry.h"
#include "adql/parser.h"
#include "adql/polygon.h"
#include "base/text.h"

namespace vo::adql {

namespace {

using Written = std::vector<std::string>;

std::string constant_point(const Corner& corner) {
    return "spoint(radians(" + sql_number(corner.ra_deg) + "), radians(" +
           sql_number(corner.dec_deg) + "))";
}

std::string radians(Emitter& emitter, const Expr& degrees) {
    if (const auto value = constant(degrees)) return "radians(" + sql_number(*value) + ')';
    return "radians(" + emitter.text(degrees) + ')';
}

std::string move(const std::string& shape, const Frame& from, const Frame& to) {
    return '(' + shape + " + " + strans_sql(rotation(from, to)) + ')';
}

Written write_point(Emitter& emitter, const Call& call) {
    if (call.position.source != nullptr)
        return {emitter.hidden_column(*call.position.source, call.position.name)};
    // Where a coordinate is NaN or infinite there is no point; to pgSphere it would be everywhere.
    const auto point =
        "vogate.point(" + emitter.text(*call.args[0]) + ", " + emitter.text(*call.args[1]) + ')';
    if (call.system == nullptr) return {point};
    return {move(point, *call.system, *find_frame("ICRS"))};
}

Written write_circle(Emitter& emitter, const Call& call) {
    const auto& center = *call.args[0];
    const auto& radius = *call.args[1];
    const auto value = constant(radius);
    if (value && *value > kMaxRadius_deg)
        refuse(
            "a circle of more than 90 degrees radius can only stand as the second argument of "
            "CONTAINS, with a POINT before it",
            radius.place);
    // pgSphere breaks off at a row whose radius is none; the function of ours makes it NULL.
    if (value || has_circle_index(call))
        return {"scircle(" + emitter.text(center) + ", " + radians(emitter, radius) + ')'};
    return {"vogate.circle(" + emitter.text(center) + ", " + emitter.text(radius) +
            (radius.value.kind == ValueKind::Double ? ")" : "::float8)")};
}

Written write_box(Emitter& emitter, const Call& call) {
    const auto& icrs = *find_frame("ICRS");
    auto at = emitter.text(*call.args[0]);
    if (call.system != nullptr) at = move(at, icrs, *call.system);
    const auto width = constant(*call.args[1]);
    const auto height = constant(*call.args[2]);
    std::string box;
    if (width && height)
        box = '(' + polygon_literal(box_corners(*width, *height)) + " + strans(0::float8, - lat(" +
              at + "), long(" + at + "), 'XYZ'))";
    else
        box = "vogate.box(" + at + ", " + emitter.text(*call.args[1]) + "::float8, " +
              emitter.text(*call.args[2]) + "::float8)";
    return {call.system == nullptr ? box : move(box, *call.system, icrs)};
}

Written write_polygon(Emitter& emitter, const Call& call) {
    std::string sql = "vogate.polygon_of(ARRAY[";
    for (std::size_t i = 0; i < call.args.size(); ++i) {
        if (i > 0) sql += ", ";
        sql += emitter.text(*call.args[i]);
    }
    return {sql + "])"};
}

std::string centroid(ValueKind kind, const Written& shape) {
    switch (kind) {
        case ValueKind::Point: return shape[0];
        case ValueKind::Circle: return "center(" + shape[0] + ')';
        case ValueKind::Polygon: return "vogate.centroid(" + shape[0] + ')';
        default:
            return "COALESCE(" + centroid(ValueKind::Circle, {shape[0]}) + ", " +
                   centroid(ValueKind::Polygon, {shape[1]}) + ')';
    }
}

Written write_centroid(Emitter& emitter, const Call& call) {
    const auto& shape = *call.args[0];
    return {centroid(shape.value.kind, write_shape(emitter, shape))};
}

Written write_transformed(Emitter& emitter, const Call& call) {
    auto shape = write_shape(emitter, *call.args[2]);
    const auto& from = *find_frame(call.args[0]->as<Literal>()->token->value);
    const auto& to = *find_frame(call.args[1]->as<Literal>()->token->value);
    if (&from != &to) shape[0] = move(shape[0], from, to);
    return shape;
}

// MEASURES --------------------------------------------------------------------------------------

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

void write_coordsys(Emitter& emitter, const Call& call) {
    const auto* moved = call.args[0]->as<Call>();
    const bool is_moved = moved != nullptr && moved->function->name == "ivo_geom_transform";
    emitter.out() +=
        sql_literal(is_moved ? moved->args[1]->as<Literal>()->token->value : "ICRS") + "::text";
}

struct Row {
    std::string_view name;
    Written (*shape)(Emitter&, const Call&);  // for what is a geometry
    void (*value)(Emitter&, const Call&);     // for what is none
};

constexpr std::array kRows{
    Row{"AREA", nullptr, write_area},
    Row{"BOX", write_box, nullptr},
    Row{"CENTROID", write_centroid, nullptr},
    Row{"CIRCLE", write_circle, nullptr},
    Row{"CONTAINS", nullptr, write_predicate_value},
    Row{"COORD1", nullptr, write_coord1},
    Row{"COORD2", nullptr, write_coord2},
    Row{"COORDSYS", nullptr, write_coordsys},
    Row{"DISTANCE", nullptr, write_distance},
    Row{"INTERSECTS", nullptr, write_predicate_value},
    Row{"POINT", write_point, nullptr},
    Row{"POLYGON", write_polygon, nullptr},
    Row{"ivo_geom_transform", write_transformed, nullptr},
};

const Row& row_of(const Call& call) {
    return *std::find_if(kRows.begin(), kRows.end(),
                         [&](const Row& row) { return row.name == call.function->name; });
}

}  // namespace

// The index also sees to it that all its values are radii.
bool has_circle_index(const Call& circle) {
    const auto* center = circle.args[0]->as<Call>();
    if (center == nullptr || center->position.source == nullptr) return false;
    const auto* chain = circle.args[1]->as<Chain>();
    return chain != nullptr && chain->signs == "/" &&
           chain->operands[0]->as<ColumnRef>() != nullptr && constant(*chain->operands[1]) == 2;
}

std::string write_shape(const Shape& shape, Place place) {
    switch (shape.kind) {
        case Shape::Kind::Point: return constant_point(shape.corners[0]);
        case Shape::Kind::Circle:
            if (shape.radius_deg > kMaxRadius_deg)
                refuse(
                    "a circle of more than 90 degrees radius can only stand as the second "
                    "argument of CONTAINS, with a POINT before it",
                    place);
            return "scircle(" + constant_point(shape.corners[0]) + ", radians(" +
                   sql_number(shape.radius_deg) + "))";
        case Shape::Kind::Polygon: return polygon_literal(shape.corners);
        default: refuse("a region of several shapes stands only in CONTAINS and INTERSECTS", place);
    }
}

std::vector<std::string> write_shape(Emitter& emitter, const Expr& expr) {
    if (const auto* shape = constant_shape(expr)) return {write_shape(*shape, expr.place)};
    if (const auto* column = expr.as<ColumnRef>();
        column != nullptr && expr.value.kind == ValueKind::Region)
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
