// SPDX-License-Identifier: Apache-2.0
// What the command line of event-select asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace vo::kinds {

struct Cone {
    double ra_deg = 0;  // ICRS
    double dec_deg = 0;
    double radius_deg = 0;  // the edge is inside
};

// The lower end is inside, the upper one is not; what is missing is without an end.
struct Interval {
    std::optional<double> min;
    std::optional<double> max;

    [[nodiscard]] bool is_open() const { return !min && !max; }
};

struct Arguments {
    std::string input;
    std::string output;
    std::optional<Cone> cone;
    Interval energy_tev;
    Interval time_mjd;  // TT
    bool help = false;
    bool version = false;

    [[nodiscard]] bool cuts() const { return cone || !energy_tev.is_open() || !time_mjd.is_open(); }
};

extern const char* const kUsage;

// Error(BadRequest) that names the option and what it wants.
[[nodiscard]] Arguments parse_arguments(const std::vector<std::string>& words);

}  // namespace vo::kinds
