// SPDX-License-Identifier: Apache-2.0
// Time scales of FITS 4.0 table 30 that have a fixed relation to TT.
#include "obscore/mission_time.h"

#include <array>
#include <cmath>
#include <cstdio>

#include <erfa.h>
#include <erfam.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::obscore {

namespace {

constexpr double kSecondsPerDay = 86400;
constexpr double kTaiToTt = 32.184;
constexpr double kGpsToTt = 51.184;  // GPS is 19 s behind TAI

enum class Way { Offset, Utc, Tdb, Tcg };

struct ScaleRow {
    std::string_view name;
    std::string_view canonical;
    Way way;
    double seconds_to_tt;
};

constexpr std::array kScales{
    ScaleRow{"ET", "TT", Way::Offset, 0},          ScaleRow{"GMT", "UTC", Way::Utc, 0},
    ScaleRow{"GPS", "GPS", Way::Offset, kGpsToTt}, ScaleRow{"IAT", "TAI", Way::Offset, kTaiToTt},
    ScaleRow{"TAI", "TAI", Way::Offset, kTaiToTt}, ScaleRow{"TCG", "TCG", Way::Tcg, 0},
    ScaleRow{"TDB", "TDB", Way::Tdb, 0},           ScaleRow{"TDT", "TT", Way::Offset, 0},
    ScaleRow{"TT", "TT", Way::Offset, 0},          ScaleRow{"UTC", "UTC", Way::Utc, 0},
};

const ScaleRow& get_scale(std::string_view timesys) {
    // "TT(TAI)" names a realization, which makes no difference at our accuracy.
    const auto word = trim(timesys.substr(0, timesys.find('(')));
    for (const auto& row : kScales)
        if (equal_fold(row.name, word)) return row;
    throw Error(Code::BadRequest, "TIMESYS is \"" + std::string(trim(timesys)) +
                                      "\"; times can be read in TT, TAI, UTC, TDB, TCG and GPS");
}

double tdb_to_tt(double day, double fraction) {
    // Observer at the geocentre, as the topocentric terms (2 microseconds) need a place.
    return fraction - eraDtdb(ERFA_DJM0 + day, fraction, 0, 0, 0, 0) / kSecondsPerDay;
}

double tcg_to_tt(double day, double fraction) {
    double tt1 = 0;
    double tt2 = 0;
    eraTcgtt(ERFA_DJM0 + day, fraction, &tt1, &tt2);
    return tt1 - (ERFA_DJM0 + day) + tt2;
}

}  // namespace

MissionClock::MissionClock(double mjdrefi, double mjdreff, std::string_view timesys) {
    const auto& row = get_scale(timesys);
    scale_ = row.canonical;
    if (!std::isfinite(mjdrefi) || !std::isfinite(mjdreff) || std::fabs(mjdrefi) > 1e7)
        throw Error(Code::BadRequest, "MJDREFI and MJDREFF give no date");
    // A reference given as one number (MJDREF) keeps its digits only when split before the sum.
    double day = ERFA_DJM0 + std::floor(mjdrefi);
    double fraction = mjdreff + (mjdrefi - std::floor(mjdrefi));
    switch (row.way) {
        case Way::Offset:
            seconds_to_tt_ = row.seconds_to_tt;
            fraction += seconds_to_tt_ / kSecondsPerDay;
            break;
        case Way::Utc: {
            double tai1 = 0;
            double tai2 = 0;
            // 1 is "dubious year": before 1960, or leap seconds later than this ERFA knows.
            if (eraUtctai(day, fraction, &tai1, &tai2) < 0)
                throw Error(Code::BadRequest, "MJDREFI and MJDREFF give no date in UTC");
            eraTaitt(tai1, tai2, &day, &fraction);
            break;
        }
        case Way::Tcg: fraction_in_tt_ = tcg_to_tt; break;
        case Way::Tdb: fraction_in_tt_ = tdb_to_tt; break;
    }
    day_ = day - ERFA_DJM0;
    fraction_ = fraction;
}

// The MJD in two parts.
struct MissionClock::Day {
    double day;
    double fraction;
};

// In the scale of the reference.
MissionClock::Day MissionClock::read(double seconds) const {
    const double whole = std::floor(seconds / kSecondsPerDay);
    return {day_ + whole, fraction_ + (seconds - whole * kSecondsPerDay) / kSecondsPerDay};
}

double MissionClock::to_mjd_tt(double seconds) const {
    auto [day, fraction] = read(seconds);
    if (fraction_in_tt_ != nullptr) fraction = fraction_in_tt_(day, fraction);
    return day + fraction;
}

double MissionClock::to_seconds(double mjd_tt) const {
    const double day = std::floor(mjd_tt);
    double fraction = mjd_tt - day;
    if (fraction_in_tt_ != nullptr) {
        // The scales differ by seconds that hardly change while they pass: twice is enough.
        double meant = fraction;
        for (int i = 0; i < 3; ++i)
            meant += fraction - fraction_in_tt_(day, meant);
        fraction = meant;
    }
    return (day - day_) * kSecondsPerDay + (fraction - fraction_) * kSecondsPerDay;
}

MissionClock::Day MissionClock::read(double seconds, Calendar calendar) const {
    auto [day, fraction] = read(seconds);
    if (calendar == Calendar::Own && scale_ != "UTC")
        return {day, fraction - seconds_to_tt_ / kSecondsPerDay};
    if (fraction_in_tt_ != nullptr) fraction = fraction_in_tt_(day, fraction);
    double tai1 = 0;
    double tai2 = 0;
    double utc1 = 0;
    double utc2 = 0;
    eraTttai(ERFA_DJM0 + day, fraction, &tai1, &tai2);
    eraTaiutc(tai1, tai2, &utc1, &utc2);
    return {utc1 - ERFA_DJM0, utc2};
}

double MissionClock::to_mjd(double seconds, Calendar calendar) const {
    const auto [day, fraction] = read(seconds, calendar);
    return day + fraction;
}

std::string MissionClock::to_date(double seconds, Calendar calendar) const {
    constexpr int kDecimals = 6;
    const auto [day, fraction] = read(seconds, calendar);
    const bool utc = calendar == Calendar::Utc || scale_ == "UTC";
    int year = 0;
    int month = 0;
    int day_of_month = 0;
    std::array<int, 4> clock{};
    eraD2dtf(utc ? "UTC" : "TT", kDecimals, ERFA_DJM0 + day, fraction, &year, &month, &day_of_month,
             clock.data());
    std::array<char, 64> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06d", year, month,
                      day_of_month, clock[0], clock[1], clock[2], clock[3]);
    std::string date(text.data(), static_cast<std::size_t>(size));
    date.resize(date.find_last_not_of('0') + 1);
    if (date.ends_with('.')) date.pop_back();
    return date;
}

}  // namespace vo::obscore
