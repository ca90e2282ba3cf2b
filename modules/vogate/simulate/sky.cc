// SPDX-License-Identifier: Apache-2.0
// Directions and instants.
#include "sky.h"

#include <array>
#include <cmath>
#include <cstdio>

#include <erfa.h>
#include <erfam.h>

#include "base/error.h"

namespace vo::vogate::simulate {

namespace {

struct TwoPart {
    double day;
    double fraction;
};

TwoPart to_tt(const Instant& at) {
    double tai1 = 0;
    double tai2 = 0;
    TwoPart tt{};
    eraUtctai(at.day, at.fraction, &tai1, &tai2);
    eraTaitt(tai1, tai2, &tt.day, &tt.fraction);
    return tt;
}

}  // namespace

double separation_deg(SkyPoint a, SkyPoint b) {
    return ERFA_DR2D * eraSeps(ERFA_DD2R * a.lon_deg, ERFA_DD2R * a.lat_deg, ERFA_DD2R * b.lon_deg,
                               ERFA_DD2R * b.lat_deg);
}

SkyPoint offset_by(SkyPoint from, double position_angle_deg, double distance_deg) {
    const double lat = ERFA_DD2R * from.lat_deg;
    const double angle = ERFA_DD2R * position_angle_deg;
    const double distance = ERFA_DD2R * distance_deg;
    // In the frame whose x axis is `from`, y east and z north.
    const double x = std::cos(distance);
    const double y = std::sin(distance) * std::sin(angle);
    const double z = std::sin(distance) * std::cos(angle);
    const double along = x * std::cos(lat) - z * std::sin(lat);
    const double up = x * std::sin(lat) + z * std::cos(lat);
    const double lon = ERFA_DD2R * from.lon_deg + std::atan2(y, along);
    return {ERFA_DR2D * eraAnp(lon), ERFA_DR2D * std::atan2(up, std::hypot(along, y))};
}

SkyPoint to_galactic(SkyPoint icrs) {
    double l = 0;
    double b = 0;
    eraIcrs2g(ERFA_DD2R * icrs.lon_deg, ERFA_DD2R * icrs.lat_deg, &l, &b);
    return {ERFA_DR2D * l, ERFA_DR2D * b};
}

Instant Instant::from_utc(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    Instant out{};
    if (std::sscanf(std::string(text).c_str(), "%d-%d-%dT%d:%d", &year, &month, &day, &hour,
                    &minute) != 5 ||
        eraDtf2d("UTC", year, month, day, hour, minute, 0, &out.day, &out.fraction) != 0)
        throw Error(Code::Internal, std::string(text) + " is no date");
    return out;
}

double Instant::seconds_since(double mjdrefi, double mjdreff) const {
    const auto tt = to_tt(*this);
    return (((tt.day - 2400000.5) - mjdrefi) + (tt.fraction - mjdreff)) * 86400;
}

std::string Instant::tt_text() const {
    const auto tt = to_tt(*this);
    int year = 0;
    int month = 0;
    int month_day = 0;
    std::array<int, 4> time{};
    eraD2dtf("TT", 3, tt.day, tt.fraction, &year, &month, &month_day, time.data());
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03d", year, month,
                  month_day, time[0], time[1], time[2], time[3]);
    return text.data();
}

Horizontal to_horizontal(SkyPoint icrs, const Instant& at, const Site& site) {
    double azimuth = 0;
    double zenith = 0;
    double hour_angle = 0;
    double dec = 0;
    double ra = 0;
    double origins = 0;
    if (eraAtco13(ERFA_DD2R * icrs.lon_deg, ERFA_DD2R * icrs.lat_deg, 0, 0, 0, 0, at.day,
                  at.fraction, 0, ERFA_DD2R * site.longitude_deg, ERFA_DD2R * site.latitude_deg,
                  site.height_m, 0, 0, 0, 0, 0, 0.5, &azimuth, &zenith, &hour_angle, &dec, &ra,
                  &origins) < 0)
        throw Error(Code::Internal, "the date of a run is unacceptable to ERFA");
    return {90 - ERFA_DR2D * zenith, ERFA_DR2D * azimuth};
}

}  // namespace vo::vogate::simulate
