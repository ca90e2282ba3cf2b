// SPDX-License-Identifier: Apache-2.0
// Geometries that no row can change, and the texts that write them; private to this folder.
//
// parse_region reads the STC-S of TAP 1.0 §6.2 as REGION takes it:
//     Position, Circle, Box, Polygon [frame [reference position [flavour]]] numbers
//     Union, Intersection [frame ...] ( shape shape ... )     Not [frame ...] ( shape )
// in degrees, case ignored, blanks or commas between. A frame holds for the shapes inside; shapes
// come back in ICRS. Linear in the text, bounded in depth and number of shapes. parse_dali reads
// what CAST takes: the numbers alone, DALI 1.1 §3.3.5 to §3.3.7.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "adql/frames.h"
#include "base/error.h"

namespace vo::adql {

struct Shape {
    enum class Kind : std::uint8_t { Point, Circle, Polygon, Union, Intersection, Not };

    Kind kind = Kind::Point;
    std::vector<Corner> corners;  // of a point or circle one
    double radius_deg = 0;
    std::vector<Shape> parts;

    [[nodiscard]] bool is_compound() const { return kind >= Kind::Union; }
};

// BadQuery at `place`, which is where the text begins in the query.
[[nodiscard]] Shape parse_region(std::string_view text, Place place);

// `kind` is Point, Circle or Polygon.
[[nodiscard]] Shape parse_dali(std::string_view text, Shape::Kind kind, Place place);

}  // namespace vo::adql
