// SPDX-License-Identifier: Apache-2.0
// MJDREFI, MJDREFF and TIMESYS.
#include "clock.h"

#include "base/error.h"
#include "base/text.h"
#include "obscore/gadf.h"

namespace vo::kinds {

obscore::MissionClock read_clock(const fits::Header& own,
                                 const fits::Header& events,
                                 const Interval& cut,
                                 const std::string& label) {
    // OGIP and FITS 4.0 §9.4.2 do not agree on what they are added to.
    for (const auto* keyword : {"TIMEZERO", "TIMEOFFS"})
        if (!cut.is_open() && own.find_number(keyword).value_or(0) != 0)
            throw Error(Code::BadRequest, label + ": its " + keyword + " is " +
                                              *own.find_text(keyword) +
                                              "; a cut in time is only known where it is 0");
    return obscore::make_clock(obscore::read_reference(own, &events, label), label);
}

Seconds to_seconds(const Interval& mjd_tt, const obscore::MissionClock& clock) {
    Seconds seconds;
    if (mjd_tt.min) seconds.from = clock.to_seconds(*mjd_tt.min);
    if (mjd_tt.max) seconds.to = clock.to_seconds(*mjd_tt.max);
    return seconds;
}

}  // namespace vo::kinds
