// SPDX-License-Identifier: Apache-2.0
// Constant polygons, in unit vectors.
#include "adql/polygon.h"

#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "adql/parser.h"
#include "base/text.h"

namespace vo::adql {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
// Below this, pgSphere takes two values for the same.
constexpr double kSame = 1e-9;
constexpr std::size_t kMaxCorners = 1000;  // the search for crossings is quadratic

double dot(const Vector& a, const Vector& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vector cross(const Vector& a, const Vector& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// Whether the arcs ab and cd have a point inside of both in common.
bool cross_each_other(const Vector& a, const Vector& b, const Vector& c, const Vector& d) {
    const auto ab = cross(a, b);
    const auto cd = cross(c, d);
    const double acb = -dot(ab, c);
    const double bda = dot(ab, d);
    if (acb * bda <= 0) return false;
    return acb * -dot(cd, b) > 0 && acb * dot(cd, a) > 0;
}

// Neither pgSphere's reader of "370d" nor that of exponents can be relied on.
void append_degrees(std::string& out, double value) {
    std::array<char, 64> digits;
    const auto [end, ec] = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                         std::chars_format::fixed, 13);
    std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    while (text.ends_with('0'))
        text.remove_suffix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
    out.append(text == "-0" ? "0" : text) += 'd';
}

}  // namespace

std::string number_text(double value) {
    std::string text;
    append_number(text, value);
    return text;
}

void check_declination(double dec_deg, Place place) {
    if (!(std::abs(dec_deg) <= 90))
        refuse("a declination lies between -90 and 90 degrees; this one is " + number_text(dec_deg),
               place);
}

void check_radius(double radius_deg, Place place) {
    if (!(radius_deg >= 0 && radius_deg <= 180))
        refuse("the radius of a circle lies between 0 and 180 degrees; this one is " +
                   number_text(radius_deg),
               place);
}

void check_box_size(double size_deg, Place place) {
    if (!(size_deg > 0 && size_deg < 180))
        refuse("width and height of a BOX lie between 0 and 180 degrees; this one is " +
                   number_text(size_deg),
               place);
}

void check_corners(const std::vector<Corner>& given, Place place) {
    if (given.size() > kMaxCorners)
        refuse("a polygon may have " + std::to_string(kMaxCorners) + " corners", place);
    const auto same = [&](const Vector& a, const Vector& b) {
        const auto n = cross(a, b);
        if (dot(n, n) > kSame * kSame) return false;
        if (dot(a, b) < 0)
            refuse(
                "two neighbouring corners of this POLYGON are opposite to each other on the sky, "
                "where no side is the shortest; put a corner between them",
                place);
        return true;
    };
    // The first corner once more at the end is a habit of other formats, and harmless.
    std::vector<Vector> corners;
    for (const auto& corner : given) {
        const auto vector = to_vector(corner);
        if (corners.empty() || !same(corners.back(), vector)) corners.push_back(vector);
    }
    while (corners.size() > 1 && same(corners.front(), corners.back()))
        corners.pop_back();
    const auto n = corners.size();
    if (n < 3) refuse("a POLYGON needs three different corners or more", place);
    Vector center{0, 0, 0};
    for (const auto& corner : corners)
        for (const std::size_t i : {0U, 1U, 2U})
            center[i] += corner[i];
    for (const auto& corner : corners)
        if (dot(center, corner) <= 0)
            refuse("this POLYGON is larger than a hemisphere; give it in pieces", place);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = i + 2; k < n; ++k) {
            if (i == 0 && k == n - 1) continue;  // neighbours
            if (cross_each_other(corners[i], corners[i + 1], corners[k], corners[(k + 1) % n]))
                refuse("two sides of this POLYGON cross: those after corner " +
                           std::to_string(i + 1) + " and corner " + std::to_string(k + 1),
                       place);
        }
}

std::vector<Corner> box_corners(double width_deg, double height_deg) {
    const double lon = width_deg / 2;
    const double lat =
        std::atan(std::tan(height_deg / 2 * kDegree) * std::cos(lon * kDegree)) / kDegree;
    return {{-lon, -lat}, {lon, -lat}, {lon, lat}, {-lon, lat}};
}

std::vector<Corner> place_at(const std::vector<Corner>& corners, const Corner& at) {
    std::vector<Corner> moved;
    const double sin = std::sin(at.dec_deg * kDegree);
    const double cos = std::cos(at.dec_deg * kDegree);
    for (const auto& corner : corners) {
        const auto v = to_vector(corner);
        const double x = v[0] * cos - v[2] * sin;
        const double z = v[0] * sin + v[2] * cos;
        moved.push_back({at.ra_deg + std::atan2(v[1], x) / kDegree,
                         std::atan2(z, std::hypot(x, v[1])) / kDegree});
    }
    return moved;
}

std::string polygon_literal(const std::vector<Corner>& corners) {
    std::string sql = "'{";
    for (const auto& corner : corners) {
        if (sql.size() > 2) sql += ',';
        const double ra = std::fmod(corner.ra_deg, 360);
        sql += '(';
        append_degrees(sql, ra < 0 ? ra + 360 : ra);
        sql += ',';
        append_degrees(sql, corner.dec_deg);
        sql += ')';
    }
    return sql + "}'::spoly";
}

}  // namespace vo::adql
