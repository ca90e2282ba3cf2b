// SPDX-License-Identifier: Apache-2.0
// A flavour is a way to write event lists in FITS: how a file of it is recognised, how its runs
// are described, how its events are read. To add one, write a .cc beside gadf_dl3.cc that defines
// a Flavour and name it in the table in flavour.cc; nothing else knows the differences.
//
// describe() reads headers and the small tables (good time intervals, responses); read_events()
// streams the photons, and what they tell (energy range, first and last time) fills what the
// headers left open. A flavour throws Error(BadRequest) for a file that it cannot read rightly:
// the file is then refused whole.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fits/fits_file.h"
#include "index.h"
#include "obscore/obscore.h"
#include "plan.h"

namespace vo::vogate::ingest {

struct Gti {
    double start = 0;  // mission time, s
    double stop = 0;
    double t_start = 0;  // MJD TT
    double t_stop = 0;
};

struct Event {
    std::int64_t event_id = 0;
    double time_mjd = 0;
    double mission_time = 0;
    double ra = 0;
    double dec = 0;
    double energy = 0;
};

// One run as its file (and the index) describes it.
struct Described {
    obscore::Run run;
    int events_hdu = 0;
    std::vector<Gti> gtis;
    std::vector<HduLink> hdus;
    std::vector<std::string> remarks;  // what is left out, for the report
    std::string index_values;          // what was taken from an index: part of the run's identity
};

struct DescribeOptions {
    std::string collection;  // empty: from the headers
};

using EventSink = std::function<void(const Event&)>;

struct Flavour {
    std::string_view name;
    bool (*recognise)(const fits::File& file);
    std::vector<Described> (*describe)(fits::File& file, const Task& task, const DescribeOptions&);
    // Calls the sink for each event and completes `described` with what the events tell.
    void (*read_events)(fits::File& file, Described& described, const EventSink& sink);
};

extern const Flavour kGadfDl3;

// nullptr when no flavour knows the file.
[[nodiscard]] const Flavour* find_flavour(const fits::File& file);

}  // namespace vo::vogate::ingest
