// SPDX-License-Identifier: Apache-2.0
// The geometry of ADQL 2.1 §4.2 on pgSphere; private to this folder.
//
// Three forms can use an index, and only when they are written so that the planner sees the stored
// column alone on one side:
//     position <@ shape            CONTAINS(POINT(ra, dec), ...), and DISTANCE(...) < constant
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

// Kind, unit and UCD of a call of the Geometry family; BadQuery for wrong arguments.
void check_geometry(Expr& expr, Call& call);

// A geometry in SQL: one text, or two for a region (circle, polygon).
[[nodiscard]] std::vector<std::string> write_shape(Emitter& emitter, const Expr& expr);

// Appends the value of a call that is no geometry itself.
void write_geometry_value(Emitter& emitter, const Call& call);

// Appends a comparison in its indexed form; false when it has none.
bool write_geometry_comparison(Emitter& emitter, const Compare& compare, bool unknown_is_false);

// Appends a geometry as it leaves the house, degrees in an array or a text; NULL stays NULL.
void write_geometry_output(std::string& out, ValueKind kind, const std::vector<std::string>& shape);

// The value of a number that no row can change.
[[nodiscard]] std::optional<double> constant(const Expr& expr);

}  // namespace vo::adql
