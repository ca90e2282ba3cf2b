// SPDX-License-Identifier: Apache-2.0
// The matrices, from ERFA where it has them.
#include "adql/frames.h"

#include <cmath>
#include <numbers>

#include <erfa.h>
#include <erfam.h>

#include "base/text.h"

namespace vo::adql {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr Matrix kIdentity{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

Matrix from_erfa(const double (&values)[3][3]) {
    Matrix matrix;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            matrix[i][k] = values[i][k];
    return matrix;
}

Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Matrix multiply(const Matrix& a, const Matrix& b) {
    Matrix product{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t j = 0; j < 3; ++j)
                product[i][k] += a[i][j] * b[j][k];
    return product;
}

Matrix transpose(const Matrix& matrix) {
    Matrix turned;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            turned[i][k] = matrix[k][i];
    return turned;
}

// Of a frame whose pole and, on its equator, origin of longitude stand in another.
Matrix from_axes(const Vector& pole, const Vector& origin) {
    return {origin, cross(pole, origin), pole};
}

Matrix galactic_from_icrs() {
    Matrix matrix;
    for (std::size_t k = 0; k < 3; ++k) {
        // ERFA keeps the matrix to itself; its columns are where the axes go.
        const auto axis = to_corner({k == 0 ? 1.0 : 0.0, k == 1 ? 1.0 : 0.0, k == 2 ? 1.0 : 0.0});
        double l = 0;
        double b = 0;
        eraIcrs2g(axis.ra_deg * kDegree, axis.dec_deg * kDegree, &l, &b);
        const auto moved = to_vector({l / kDegree, b / kDegree});
        for (std::size_t i = 0; i < 3; ++i)
            matrix[i][k] = moved[i];
    }
    return matrix;
}

// By the definition of galactic coordinates in B1950 (Blaauw et al. 1960): the pole at 12h49m,
// +27.4 deg; the celestial pole at galactic longitude 123 deg. FK4's elliptic terms, which are no
// rotation, stay out.
Matrix fk4_from_icrs() {
    const auto pole = to_vector({192.25, 27.4});
    const double below = std::sin(27.4 * kDegree);
    const double length = std::cos(27.4 * kDegree);
    const Vector at_123{-below * pole[0] / length, -below * pole[1] / length,
                        (1 - below * pole[2]) / length};
    const auto at_213 = cross(pole, at_123);
    Vector origin;
    for (std::size_t i = 0; i < 3; ++i)
        origin[i] = std::cos(123 * kDegree) * at_123[i] - std::sin(123 * kDegree) * at_213[i];
    return multiply(transpose(from_axes(pole, origin)), galactic_from_icrs());
}

Matrix fk5_from_icrs() {
    double rotation[3][3];
    double spin[3];
    eraFk5hip(rotation, spin);
    return transpose(from_erfa(rotation));
}

Matrix ecliptic_from_icrs() {
    double matrix[3][3];
    eraEcm06(ERFA_DJ00, 0, matrix);
    return from_erfa(matrix);
}

// de Vaucouleurs et al. 1991: pole and origin in galactic coordinates.
Matrix super_galactic_from_icrs() {
    return multiply(from_axes(to_vector({47.37, 6.32}), to_vector({137.37, 0})),
                    galactic_from_icrs());
}

const std::array<Frame, 6>& frames() {
    static const std::array<Frame, 6> rows{
        Frame{"ECLIPTIC", ecliptic_from_icrs()},
        Frame{"FK4", fk4_from_icrs()},
        Frame{"FK5", fk5_from_icrs()},
        Frame{"GALACTIC", galactic_from_icrs()},
        Frame{"ICRS", kIdentity},
        Frame{"SUPER_GALACTIC", super_galactic_from_icrs()},
    };
    return rows;
}

}  // namespace

Vector to_vector(const Corner& corner) {
    const double ra = corner.ra_deg * kDegree;
    const double dec = corner.dec_deg * kDegree;
    return {std::cos(dec) * std::cos(ra), std::cos(dec) * std::sin(ra), std::sin(dec)};
}

Corner to_corner(const Vector& vector) {
    const double ra = std::atan2(vector[1], vector[0]) / kDegree;
    return {ra < 0 ? ra + 360 : ra,
            std::atan2(vector[2], std::hypot(vector[0], vector[1])) / kDegree};
}

const Frame* find_frame(std::string_view name) {
    // What many call these frames by their equinoxes.
    if (equal_fold(name, "J2000")) name = "FK5";
    if (equal_fold(name, "B1950")) name = "FK4";
    for (const auto& frame : frames())
        if (equal_fold(frame.name, name)) return &frame;
    return nullptr;
}

std::string frame_names() {
    std::string names;
    for (const auto& frame : frames())
        names.append(names.empty() ? "" : ", ").append(frame.name);
    return names;
}

Matrix rotation(const Frame& from, const Frame& to) {
    if (&from == &to) return kIdentity;
    return multiply(to.from_icrs, transpose(from.from_icrs));
}

Corner rotate(const Matrix& matrix, const Corner& position) {
    if (matrix == kIdentity) return position;
    const auto v = to_vector(position);
    Vector moved{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            moved[i] += matrix[i][k] * v[k];
    return to_corner(moved);
}

// Rz(c) Rx(b) Rz(a), for pgSphere turns about its axes in the order in which they are named.
std::string strans_sql(const Matrix& m) {
    const double a = std::atan2(m[2][0], m[2][1]);
    const double b = std::atan2(std::hypot(m[2][0], m[2][1]), m[2][2]);
    const double c = std::atan2(m[0][2], -m[1][2]);
    return "strans(" + sql_number(a) + "::float8, " + sql_number(b) + "::float8, " + sql_number(c) +
           "::float8, 'ZXZ')";
}

}  // namespace vo::adql
