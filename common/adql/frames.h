// SPDX-License-Identifier: Apache-2.0
// Celestial frames, from one to another by rotation only, as the IVOA's catalogue of functions 1.2
// (ivo_geom_transform) asks; private to this folder. Names are those of the vocabulary
// ivoa.net/rdf/refframe; equinoxes are J2000 for FK5 and ECLIPTIC, B1950 for FK4.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace vo::adql {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;  // rows

// A position in degrees.
struct Corner {
    double ra_deg;
    double dec_deg;
};

struct Frame {
    std::string_view name;
    Matrix from_icrs;
};

// Case does not matter, and J2000 and B1950 are known; nullptr when there is none.
[[nodiscard]] const Frame* find_frame(std::string_view name);

// "ECLIPTIC, FK4, ...": for messages.
[[nodiscard]] std::string frame_names();

[[nodiscard]] Matrix rotation(const Frame& from, const Frame& to);

[[nodiscard]] Corner rotate(const Matrix& matrix, const Corner& position);

// The rotation as pgSphere's type of transformations.
[[nodiscard]] std::string strans_sql(const Matrix& matrix);

[[nodiscard]] Vector to_vector(const Corner& corner);
[[nodiscard]] Corner to_corner(const Vector& vector);

}  // namespace vo::adql
