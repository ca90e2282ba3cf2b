// SPDX-License-Identifier: Apache-2.0
// The good time intervals of the event list, and what a cut in time leaves of them.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "arguments.h"
#include "clock.h"
#include "event_file.h"
#include "fits/row_layout.h"
#include "obscore/mission_time.h"
#include "output.h"

namespace vo::kinds {

class GoodTime {
  public:
    // Reads all of them once. Error(BadRequest) for intervals that cannot be.
    GoodTime(const EventFile& file, const fits::Header& events, const Interval& cut);

    // Their sum.
    [[nodiscard]] double before_s() const { return before_s_; }

    [[nodiscard]] double after_s() const { return after_s_; }

    // Whether the cut takes any of them away, or a part of one.
    [[nodiscard]] bool is_cut() const { return is_cut_; }

    // The first start and the last stop before the cut, MJD TT; nothing where there are none.
    [[nodiscard]] std::optional<double> first_mjd() const;
    [[nodiscard]] std::optional<double> last_mjd() const;

    [[nodiscard]] const fits::RawHdu& hdu() const { return hdu_; }

    [[nodiscard]] const fits::RowLayout& layout() const { return layout_; }

    // Rows and heap; returns how many rows.
    std::int64_t write(HduWriter& out) const;

  private:
    struct Ends {
        const fits::RowField* start;
        const fits::RowField* stop;
        double start_factor;
        double stop_factor;
    };

    struct Span {
        double start;
        double stop;
    };

    [[nodiscard]] const fits::RowField& find(const char* name) const;
    [[nodiscard]] Span read(const char* row) const;
    // What the cut leaves of it; nothing when it does not end after it starts.
    Span clip(char* row) const;
    void add_up();

    const EventFile& file_;
    std::string label_;
    fits::RawHdu hdu_;
    fits::RowLayout layout_;
    obscore::MissionClock clock_;
    Seconds range_;
    Ends ends_{};
    double before_s_ = 0;
    double after_s_ = 0;
    double first_s_ = std::numeric_limits<double>::infinity();
    double last_s_ = -std::numeric_limits<double>::infinity();
    bool is_cut_ = false;
};

}  // namespace vo::kinds
