// SPDX-License-Identifier: Apache-2.0
// What the headers of GADF files say, with the fallbacks that real files need: the kind of an HDU,
// keywords that stand elsewhere, the units of columns; with obscore/gadf.h, which has the rest. For
// gadf_dl3.cc alone. Each function throws Error(BadRequest) that names file and table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fits/fits_file.h"
#include "fits/unit.h"
#include "index.h"
#include "obscore/gadf.h"

namespace vo::vogate::ingest {

using obscore::get_factor;
using obscore::make_clock;
using obscore::read_frame;
using obscore::read_reference;

// events, gti, aeff, edisp, psf, bkg, rad_max, or empty for an HDU that is none of them.
[[nodiscard]] std::string_view kind_of(const fits::Hdu& hdu);
// The HDU_CLASS of the index files: psf_table, aeff_2d, ...; empty when the header does not say.
[[nodiscard]] std::string class_of(const fits::Hdu& hdu, std::string_view type);

// OBS_ID as text: a whole number in its plainest form, anything else as it stands.
[[nodiscard]] std::optional<std::string> find_obs_id(const fits::Header& header);
// Index files write as a number what a header may write as '000123'.
[[nodiscard]] bool is_same_obs_id(const std::string& a, const std::string& b);

// A keyword of the event list; where it lacks one, of the primary HDU; then of the index, and
// then the value is noted, for a change there must be seen as a change of the run.
class Words {
  public:
    Words(const fits::Header& events, const fits::Header& primary, const Guide* guide)
        : events_(events), primary_(primary), guide_(guide) {}

    std::optional<std::string> text(std::string_view name) {
        return find<std::string>(name, &fits::Header::find_text);
    }

    std::optional<double> number(std::string_view name) {
        return find<double>(name, &fits::Header::find_number);
    }

    std::optional<std::int64_t> integer(std::string_view name) {
        return find<std::int64_t>(name, &fits::Header::find_integer);
    }

    [[nodiscard]] const std::string& taken_from_index() const { return taken_; }

  private:
    template <typename T>
    std::optional<T> find(std::string_view name,
                          std::optional<T> (fits::Header::*look_up)(std::string_view) const) {
        for (const auto* header : {&events_, &primary_})
            if (auto value = (header->*look_up)(name)) return value;
        if (guide_ == nullptr) return std::nullopt;
        auto value = (guide_->row.*look_up)(name);
        if (value) taken_ += std::string(name) + "=" + *guide_->row.find_text(name) + "\n";
        return value;
    }

    const fits::Header& events_;
    const fits::Header& primary_;
    const Guide* guide_;
    std::string taken_;
};

// From TUNIT, else TIMEUNIT or EUNIT, else GADF's own unit.
[[nodiscard]] double column_factor(const fits::Table& table,
                                   const fits::Column& column,
                                   fits::Quantity quantity);
void check_scalar(const fits::Table& table, const fits::Column& column);

}  // namespace vo::vogate::ingest
