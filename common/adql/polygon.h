// SPDX-License-Identifier: Apache-2.0
// Corners of polygons that no row can change: made, checked and written here, with the limits of
// all coordinates; private to this folder. pgSphere refuses what is no polygon with an error that
// no client would understand.
#pragma once

#include <string>
#include <vector>

#include "adql/frames.h"
#include "base/error.h"

namespace vo::adql {

// BadQuery for fewer than three corners, edges that cross, and more than a hemisphere.
void check_corners(const std::vector<Corner>& corners, Place place);

// BadQuery outside of -90 to 90, 0 to 180, 0 to 180 without its ends.
void check_declination(double dec_deg, Place place);
void check_radius(double radius_deg, Place place);
void check_box_size(double size_deg, Place place);

// ADQL 2.1 §4.2.9 around (0, 0): great circles through the ends of a cross, perpendicular to it.
[[nodiscard]] std::vector<Corner> box_corners(double width_deg, double height_deg);

// Moves what lies around (0, 0) to the position.
[[nodiscard]] std::vector<Corner> place_at(const std::vector<Corner>& corners, const Corner& at);

// '{(10d, -5d), ...}'::spoly
[[nodiscard]] std::string polygon_literal(const std::vector<Corner>& corners);

// For a message.
[[nodiscard]] std::string number_text(double value);

}  // namespace vo::adql
