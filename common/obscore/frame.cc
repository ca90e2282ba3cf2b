// SPDX-License-Identifier: Apache-2.0
// Rotations to ICRS. FK5 J2000 to the Hipparcos frame, which is ICRS at our accuracy, is a
// rotation alone for a position at epoch 2000 (ERFA eraFk5hip; eraFk52h with no proper motion).
#include "obscore/frame.h"

#include <cmath>
#include <numbers>
#include <string>

#include <erfa.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::obscore {

namespace {

constexpr double kRadians = std::numbers::pi / 180;

double wrap(double degrees) {
    if (degrees >= 0 && degrees < 360) return degrees;
    const double turned = std::fmod(degrees, 360.0);
    const double positive = turned < 0 ? turned + 360 : turned;
    return positive >= 360 ? 0 : positive;
}

}  // namespace

Frame::Frame(const double (*matrix)[3]) {
    if (matrix == nullptr) return;
    rotated_ = true;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            matrix_[i][j] = matrix[i][j];
}

Frame Frame::galactic() {
    double matrix[3][3];
    double axis[3];
    for (int j = 0; j < 3; ++j) {
        // Column j is where the Galactic axis j points in ICRS.
        const double lon = j == 1 ? std::numbers::pi / 2 : 0;
        const double lat = j == 2 ? std::numbers::pi / 2 : 0;
        double ra = 0;
        double dec = 0;
        eraG2icrs(lon, lat, &ra, &dec);
        eraS2c(ra, dec, axis);
        for (int i = 0; i < 3; ++i)
            matrix[i][j] = axis[i];
    }
    return Frame(matrix);
}

Frame Frame::from_words(std::string_view radecsys, std::optional<double> equinox) {
    const auto word = trim(radecsys);
    if (word.empty() || equal_fold(word, "ICRS")) return icrs();
    if (equal_fold(word, "GALACTIC")) return galactic();
    if (!equal_fold(word, "FK5"))
        throw Error(Code::BadRequest, "RADECSYS is \"" + std::string(word) +
                                          "\"; positions can be read in ICRS, FK5 and GALACTIC");
    if (equinox && std::fabs(*equinox - 2000) > 1e-6)
        throw Error(Code::BadRequest, "FK5 positions can be read for the equinox 2000 only");
    double matrix[3][3];
    double spin[3];
    eraFk5hip(matrix, spin);
    return Frame(matrix);
}

SkyPoint Frame::to_icrs(SkyPoint point) const {
    return rotate(point, false);
}

SkyPoint Frame::from_icrs(SkyPoint point) const {
    return rotate(point, true);
}

SkyPoint Frame::rotate(SkyPoint point, bool back) const {
    if (!rotated_) return {wrap(point.lon_deg), point.lat_deg};
    double from[3];
    eraS2c(point.lon_deg * kRadians, point.lat_deg * kRadians, from);
    std::array<double, 3> to{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            to[i] += (back ? matrix_[j][i] : matrix_[i][j]) * from[j];
    double lon = 0;
    double lat = 0;
    eraC2s(to.data(), &lon, &lat);
    return {wrap(lon / kRadians), lat / kRadians};
}

}  // namespace vo::obscore
