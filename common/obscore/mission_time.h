// SPDX-License-Identifier: Apache-2.0
// Mission time (FITS TIME) to MJD in Terrestrial Time, through ERFA.
//
//     const MissionClock clock(55835, 0.0, "utc");
//     const double t_min = clock.to_mjd_tt(tstart_s);
//
// A mission time is elapsed SI seconds since the instant MJDREFI + MJDREFF, which is given in the
// scale TIMESYS. So the reference instant is taken to TT first and the seconds are added there:
// a sum in UTC would be one second wrong after each leap second. The reference stays in two parts,
// so the result is as good as a double MJD can be (about 0.6 microseconds).
#pragma once

#include <string>
#include <string_view>

namespace vo::obscore {

class MissionClock {
  public:
    // Error(BadRequest) for a scale that the table in mission_time.cc lacks, and for a UTC date
    // before UTC began.
    MissionClock(double mjdrefi, double mjdreff, std::string_view timesys);

    [[nodiscard]] double to_mjd_tt(double seconds) const;
    // The other way, to the last digits of the MJD.
    [[nodiscard]] double to_seconds(double mjd_tt) const;

    // In the clock's own scale, or in UTC whatever that is.
    enum class Calendar { Own, Utc };
    [[nodiscard]] double to_mjd(double seconds, Calendar calendar) const;
    // "2013-11-04T01:59:14.25": up to six decimals, as DATE-OBS has it; 23:59:60 in a leap second.
    [[nodiscard]] std::string to_date(double seconds, Calendar calendar) const;

    // The scale as the FITS standard spells it.
    [[nodiscard]] const std::string& scale() const { return scale_; }

  private:
    struct Day;
    [[nodiscard]] Day read(double seconds) const;
    [[nodiscard]] Day read(double seconds, Calendar calendar) const;

    std::string scale_;
    // Takes a day and its fraction to TT, where a second of the scale is not a second of TT (TDB,
    // TCG); null otherwise. The reference is an MJD in that scale, else in TT.
    double (*fraction_in_tt_)(double day, double fraction) = nullptr;
    double day_ = 0;
    double fraction_ = 0;
    double seconds_to_tt_ = 0;  // of a scale that is TT but for an offset
};

}  // namespace vo::obscore
