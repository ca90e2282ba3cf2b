// SPDX-License-Identifier: Apache-2.0
// Cut by cut over a block of rows, the cheap ones first.
#include "selection.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <erfa.h>

#include "base/error.h"
#include "fits/unit.h"
#include "obscore/gadf.h"

namespace vo::kinds {

namespace {

using fits::Quantity;

constexpr double kRadians = std::numbers::pi / 180;
// Positions as doubles in degrees are no finer (a photon is within a cone of radius 0 about itself,
// in whatever frame).
constexpr double kRounding_rad = 4e-15;

}  // namespace

Selection::Factor::Factor(double factor) {
    const double inverse = std::round(1 / factor);
    constexpr double kSame = 1e-12;
    if (factor < 1 && std::fabs(factor * inverse - 1) < kSame)
        divide = inverse;
    else
        multiply = factor;
}

Selection::Selection(const fits::RowLayout& layout,
                     const fits::Header& header,
                     const Arguments& arguments,
                     const std::string& label)
    : layout_(layout),
      header_(header),
      label_(label),
      energy_tev_(arguments.energy_tev),
      time_(to_seconds(arguments.time_mjd, read_clock(header, header, arguments.time_mjd, label))),
      time_field_(&find("TIME", "seconds")),
      energy_field_(&find("ENERGY", "TeV")) {
    const auto factor = [&](const fits::RowField& field, Quantity quantity) {
        return Factor(obscore::column_factor(header_, field.unit, quantity,
                                             label_ + ": the column " + field.name));
    };
    time_factor_ = factor(*time_field_, Quantity::Time);
    energy_factor_ = factor(*energy_field_, Quantity::Energy);
    find_position();
    longitude_factor_ = factor(*longitude_, Quantity::Angle);
    latitude_factor_ = factor(*latitude_, Quantity::Angle);
    if (!arguments.cone) return;
    const auto& cone = *arguments.cone;
    centre_ = frame_.from_icrs({cone.ra_deg, cone.dec_deg});
    radius_deg_ = cone.radius_deg;
    eraS2c(centre_->lon_deg * kRadians, centre_->lat_deg * kRadians, centre_vector_);
}

const fits::RowField& Selection::find(const char* name, const char* unit) const {
    const auto* field = layout_.find(name);
    if (field == nullptr)
        throw Error(Code::BadRequest,
                    label_ + " lacks the column " + name + ", which GADF has in " + unit);
    if (!field->is_number())
        throw Error(Code::BadRequest,
                    label_ + ": the column " + name + " is not one number per row (TFORM" +
                        std::to_string(field->number) + "); GADF has '1D' or '1E'");
    return *field;
}

void Selection::find_position() {
    const bool galactic = (layout_.find("RA") == nullptr || layout_.find("DEC") == nullptr) &&
                          layout_.find("GLON") != nullptr && layout_.find("GLAT") != nullptr;
    longitude_ = &find(galactic ? "GLON" : "RA", "degrees");
    latitude_ = &find(galactic ? "GLAT" : "DEC", "degrees");
    frame_ = galactic ? obscore::Frame::galactic() : obscore::read_frame(header_, label_);
}

void Selection::read(const fits::RowField& field,
                     const Factor& factor,
                     const char* rows,
                     std::vector<double>& out) const {
    fits::read_numbers(field, rows, layout_.row_bytes, out);
    if (factor.multiply == 1 && factor.divide == 1) return;
    for (auto& value : out)
        value = factor.apply(value);
}

bool Selection::is_in_cone(double longitude_deg, double latitude_deg) const {
    constexpr double kPole = 90;
    if (!std::isfinite(longitude_deg) || !(std::fabs(latitude_deg) <= kPole)) return false;
    // No nearer than the difference in latitude.
    constexpr double kRounding_deg = 1e-12;
    if (std::fabs(latitude_deg - centre_->lat_deg) > radius_deg_ + kRounding_deg) return false;
    // By the vector of the centre, which eraSeps would make anew each time.
    double vector[3];
    eraS2c(longitude_deg * kRadians, latitude_deg * kRadians, vector);
    double centre[3] = {centre_vector_[0], centre_vector_[1], centre_vector_[2]};
    return eraSepp(centre, vector) <= radius_deg_ * kRadians + kRounding_rad;
}

std::size_t Selection::choose(char* rows, std::size_t count) {
    first_.resize(count);
    second_.resize(count);
    keep_.assign(count, 1);
    const auto cut = [&](std::int64_t& left_out, const auto& is_inside) {
        for (std::size_t i = 0; i < count; ++i) {
            if (keep_[i] == 0 || is_inside(i)) continue;
            keep_[i] = 0;
            ++left_out;
        }
    };
    if (std::isfinite(time_.from) || std::isfinite(time_.to)) {
        read(*time_field_, time_factor_, rows, first_);
        cut(tally_.by_time,
            [&](std::size_t i) { return first_[i] >= time_.from && first_[i] < time_.to; });
    }
    if (!energy_tev_.is_open()) {
        read(*energy_field_, energy_factor_, rows, first_);
        const double least = energy_tev_.min.value_or(-std::numeric_limits<double>::infinity());
        const double most = energy_tev_.max.value_or(std::numeric_limits<double>::infinity());
        cut(tally_.by_energy,
            [&](std::size_t i) { return first_[i] >= least && first_[i] < most; });
    }
    if (centre_) {
        read(*longitude_, longitude_factor_, rows, first_);
        read(*latitude_, latitude_factor_, rows, second_);
        cut(tally_.by_cone, [&](std::size_t i) { return is_in_cone(first_[i], second_[i]); });
    }
    const auto row_bytes = layout_.row_bytes;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (keep_[i] == 0) continue;
        if (filled != i) std::copy_n(rows + i * row_bytes, row_bytes, rows + filled * row_bytes);
        ++filled;
    }
    tally_.read += static_cast<std::int64_t>(count);
    tally_.kept += static_cast<std::int64_t>(filled);
    return filled;
}

}  // namespace vo::kinds
