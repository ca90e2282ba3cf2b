// SPDX-License-Identifier: Apache-2.0
// Directions and instants, through ERFA.
#pragma once

#include <string>
#include <string_view>

#include "obscore/frame.h"

namespace vo::vogate::simulate {

using obscore::SkyPoint;

struct Site {
    double longitude_deg;  // to the east
    double latitude_deg;
    double height_m;
};

struct Horizontal {
    double altitude_deg;
    double azimuth_deg;  // from north over east
};

[[nodiscard]] double separation_deg(SkyPoint a, SkyPoint b);
// The point at a distance and a position angle (from north over east).
[[nodiscard]] SkyPoint offset_by(SkyPoint from, double position_angle_deg, double distance_deg);
[[nodiscard]] SkyPoint to_galactic(SkyPoint icrs);

// An instant as a day and its fraction, as ERFA wants it: a Julian Date in UTC.
struct Instant {
    double day;
    double fraction;

    // "2006-07-28T00:35"; anything else is a mistake in our tables.
    static Instant from_utc(std::string_view text);

    [[nodiscard]] Instant after(double seconds) const { return {day, fraction + seconds / 86400}; }

    [[nodiscard]] double mjd_utc() const { return (day - 2400000.5) + fraction; }

    // In Terrestrial Time.
    [[nodiscard]] double seconds_since(double mjdrefi, double mjdreff) const;
    // ISO 8601 in Terrestrial Time, which FITS wants where TIMESYS is TT.
    [[nodiscard]] std::string tt_text() const;
};

// Without refraction, and with UT1 = UTC, which is within 15 arcsec.
[[nodiscard]] Horizontal to_horizontal(SkyPoint icrs, const Instant& at, const Site& site);

}  // namespace vo::vogate::simulate
