// SPDX-License-Identifier: Apache-2.0
// A cut in time as seconds of the clock that a table's times are read from.
#pragma once

#include <limits>
#include <string>

#include "arguments.h"
#include "fits/header.h"
#include "obscore/mission_time.h"

namespace vo::kinds {

// The upper end is outside.
struct Seconds {
    double from = -std::numeric_limits<double>::infinity();
    double to = std::numeric_limits<double>::infinity();
};

// Of the table; `events` is asked for what its own header lacks. Error(BadRequest) for a header
// that does not tell, and for a cut where an offset would have to be added to all times.
[[nodiscard]] obscore::MissionClock read_clock(const fits::Header& own,
                                               const fits::Header& events,
                                               const Interval& cut,
                                               const std::string& label);

[[nodiscard]] Seconds to_seconds(const Interval& mjd_tt, const obscore::MissionClock& clock);

}  // namespace vo::kinds
