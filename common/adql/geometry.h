// SPDX-License-Identifier: Apache-2.0
// The geometry of ADQL 2.1 §4.2 on pgSphere; private to this folder. geometry.cc checks its
// functions, shapes.cc writes geometries and their measures, predicates.cc what holds between them.
//
// What no row can change is computed here, in ICRS: Call::shape. Three forms can use an index, and
// only when they are written so that the planner sees the stored column alone on one side:
//     position <@ shape            CONTAINS(POINT(ra, dec), ...), and DISTANCE(...) < limit
//     shape @> point               shape a circle around a stored position, or a stored region
//     region && shape              INTERSECTS with a stored region
// A region is two columns, at most one not NULL, so a predicate on it becomes two, one for each:
// joined by OR where UNKNOWN and FALSE mean the same (only OR can use both indexes), by COALESCE
// elsewhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adql/ast.h"

namespace vo::adql {

class Emitter;

// pgSphere knows no circle larger than a hemisphere.
inline constexpr double kMaxRadius_deg = 90;

// Kind, unit and UCD of a call of the Geometry family; BadQuery for wrong arguments.
void check_geometry(Tree& tree, Expr& expr, Call& call);

// The kind of a value that has this shape.
[[nodiscard]] ValueKind kind_of(const Shape& shape);

// Of a geometry that no row can change; nullptr for any other.
[[nodiscard]] const Shape* constant_shape(const Expr& expr);

// s_fov / 2 around a stored position: an index over just this expression may exist.
[[nodiscard]] bool has_circle_index(const Call& circle);

// A geometry in SQL: one text, or two for a region (circle, polygon).
[[nodiscard]] std::vector<std::string> write_shape(Emitter& emitter, const Expr& expr);
[[nodiscard]] std::string write_shape(const Shape& shape, Place place);

// Appends the value of a call that is no geometry itself.
void write_geometry_value(Emitter& emitter, const Call& call);

// Appends CONTAINS or INTERSECTS as a condition.
void write_predicate(Emitter& emitter, const Call& call, bool unknown_is_false);

// Appends a comparison in its indexed form; false when it has none.
bool write_geometry_comparison(Emitter& emitter, const Compare& compare, bool unknown_is_false);

// Appends a geometry as it leaves the house, degrees in an array or a text; NULL stays NULL.
void write_geometry_output(std::string& out, ValueKind kind, const std::vector<std::string>& shape);

// The value of a number that no row can change.
[[nodiscard]] std::optional<double> constant(const Expr& expr);

}  // namespace vo::adql
