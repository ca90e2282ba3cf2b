// SPDX-License-Identifier: Apache-2.0
// From one event list to the next.
#pragma once

#include "../progress.h"
#include "arguments.h"
#include "selection.h"

namespace vo::kinds {

struct Summary {
    std::string events;  // "run.fits, EVENTS (HDU 2)"
    int lists = 0;       // event lists of the file
    Tally tally;
    double live_before_s = 0;
    double live_after_s = 0;
};

// Writes arguments.output. Nothing is there when it throws.
[[nodiscard]] Summary select_events(const Arguments& arguments, Progress& progress);

}  // namespace vo::kinds
