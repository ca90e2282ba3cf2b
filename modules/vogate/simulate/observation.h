// SPDX-License-Identifier: Apache-2.0
// One run: where the array looked, what it is sensitive to, what it saw.
#pragma once

#include <cstdint>
#include <vector>

#include "response.h"
#include "sky.h"
#include "sources.h"

namespace vo::vogate::simulate {

// Mission time counts from 2001-01-01 in UTC, in TT, as H.E.S.S. has it.
constexpr int kMjdrefi = 51910;
constexpr double kMjdreff = 0.000742870370370370;

struct Event {
    double time_s;  // mission time
    SkyPoint position;
    double energy_tev;
    double energy_true_tev;  // NaN for background
    int component;           // row of components(), from 1; 0 is background
};

struct Interval {
    double start_s;
    double stop_s;
};

struct Observation {
    const Run* run;
    const Field* field;
    SkyPoint pointing;
    Instant start;
    Instant stop;
    double tstart_s;
    double tstop_s;
    std::vector<Interval> gtis;
    double ontime_s;
    Horizontal horizontal;  // in the middle of the run
    Response response;
    std::vector<Event> events;  // in the order of time
};

[[nodiscard]] Observation observe(const Run& run, std::uint64_t seed);

}  // namespace vo::vogate::simulate
