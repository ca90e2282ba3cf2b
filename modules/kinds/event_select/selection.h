// SPDX-License-Identifier: Apache-2.0
// Which rows of an event list are within all cuts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arguments.h"
#include "clock.h"
#include "fits/header.h"
#include "fits/row_layout.h"
#include "obscore/frame.h"

namespace vo::kinds {

// Each photon counts where the first cut, in this order, leaves it out.
struct Tally {
    std::int64_t read = 0;
    std::int64_t kept = 0;
    std::int64_t by_time = 0;
    std::int64_t by_energy = 0;
    std::int64_t by_cone = 0;
};

class Selection {
  public:
    // Error(BadRequest) for an event list that lacks one of TIME, RA, DEC (or GLON, GLAT) and
    // ENERGY, or has it in a way that cannot be read. `label` begins messages. All must outlive it.
    Selection(const fits::RowLayout& layout,
              const fits::Header& header,
              const Arguments& arguments,
              const std::string& label);

    // Moves the rows that are chosen to the front; returns how many. What is no number is within no
    // cut.
    std::size_t choose(char* rows, std::size_t count);

    [[nodiscard]] const Tally& tally() const { return tally_; }

    // The middle of the cone in the frame of the columns, whose names these are.
    [[nodiscard]] const std::optional<obscore::SkyPoint>& centre() const { return centre_; }

    [[nodiscard]] const std::string& energy_name() const { return energy_field_->name; }

    [[nodiscard]] const std::string& longitude_name() const { return longitude_->name; }

    [[nodiscard]] const std::string& latitude_name() const { return latitude_->name; }

  private:
    // To another unit with one rounding: 19 MeV are 1.9e-5 TeV to the last bit, 19 * 1e-6 are less.
    struct Factor {
        double multiply = 1;
        double divide = 1;

        explicit Factor(double factor = 1);

        [[nodiscard]] double apply(double value) const { return value * multiply / divide; }
    };

    [[nodiscard]] const fits::RowField& find(const char* name, const char* unit) const;
    void find_position();
    [[nodiscard]] bool is_in_cone(double longitude_deg, double latitude_deg) const;
    void read(const fits::RowField& field,
              const Factor& factor,
              const char* rows,
              std::vector<double>& out) const;

    const fits::RowLayout& layout_;
    const fits::Header& header_;
    const std::string& label_;
    Interval energy_tev_;
    Seconds time_;
    const fits::RowField* time_field_;
    const fits::RowField* energy_field_;
    const fits::RowField* longitude_ = nullptr;
    const fits::RowField* latitude_ = nullptr;
    Factor time_factor_;
    Factor energy_factor_;
    Factor longitude_factor_;
    Factor latitude_factor_;
    obscore::Frame frame_ = obscore::Frame::icrs();
    std::optional<obscore::SkyPoint> centre_;
    double centre_vector_[3] = {};
    double radius_deg_ = 0;
    Tally tally_;
    std::vector<double> first_;
    std::vector<double> second_;
    std::vector<char> keep_;
};

}  // namespace vo::kinds
