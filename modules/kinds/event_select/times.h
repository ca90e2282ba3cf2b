// SPDX-License-Identifier: Apache-2.0
// The keywords of a header that tell of times, after a cut in time.
#pragma once

#include <optional>
#include <string>

#include "arguments.h"
#include "fits/cards.h"
#include "fits/header.h"

namespace vo::kinds {

struct TimeCut {
    Interval mjd_tt;
    // Of the good time intervals, for headers without TSTART and TSTOP.
    std::optional<double> first_mjd;
    std::optional<double> last_mjd;
    double ontime_before_s = 0;
    double ontime_after_s = 0;
    // Whether any good time is lost; without it ONTIME and LIVETIME stay.
    bool is_cut = false;
    std::optional<double> deadc;
};

// Keywords that are not there stay away, and so does every change where the cut changes nothing.
// `events` is asked for what the header lacks of the time reference.
void update_times(fits::Cards& cards,
                  const fits::Header& header,
                  const fits::Header& events,
                  const TimeCut& cut,
                  const std::string& label);

}  // namespace vo::kinds
