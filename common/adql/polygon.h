// SPDX-License-Identifier: Apache-2.0
// Corners of polygons that no row can change: made, checked and written here; private to this
// folder. pgSphere refuses what is no polygon with an error that no client would understand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adql/ast.h"
#include "base/error.h"

namespace vo::adql {

struct Corner {
    double ra_deg;
    double dec_deg;
};

// Of a POLYGON call whose arguments are points; no value when one is no constant.
[[nodiscard]] std::optional<std::vector<Corner>> constant_corners(const Call& call);

// BadQuery for fewer than three corners, edges that cross, and more than a hemisphere.
void check_corners(const std::vector<Corner>& corners, Place place);

// ADQL 2.1 §4.2.9 around (0, 0): great circles through the ends of a cross, perpendicular to it.
[[nodiscard]] std::vector<Corner> box_corners(double width_deg, double height_deg);

// Moves what lies around (0, 0) to the position.
[[nodiscard]] std::vector<Corner> rotate(const std::vector<Corner>& corners,
                                         double ra_deg,
                                         double dec_deg);

// '{(10d, -5d), ...}'::spoly
[[nodiscard]] std::string polygon_literal(const std::vector<Corner>& corners);

// For a message.
[[nodiscard]] std::string number_text(double value);

}  // namespace vo::adql
