// SPDX-License-Identifier: Apache-2.0
// Time scales of FITS 4.0 table 30 that have a fixed relation to TT.
#include "obscore/mission_time.h"

#include <array>
#include <cmath>

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
        case Way::Offset: fraction += row.seconds_to_tt / kSecondsPerDay; break;
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

double MissionClock::to_mjd_tt(double seconds) const {
    const double whole = std::floor(seconds / kSecondsPerDay);
    const double day = day_ + whole;
    double fraction = fraction_ + (seconds - whole * kSecondsPerDay) / kSecondsPerDay;
    if (fraction_in_tt_ != nullptr) fraction = fraction_in_tt_(day, fraction);
    return day + fraction;
}

}  // namespace vo::obscore
