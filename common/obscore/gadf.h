// SPDX-License-Identifier: Apache-2.0
// What the headers of GADF files (gamma-astro-data-formats, 0.1 to 0.3) mean: the kind of a table,
// the time reference, the frame, the units of columns. What is wrong is an Error(BadRequest) that
// begins with `label`: file and table, "run.fits, EVENTS".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fits/header.h"
#include "fits/unit.h"
#include "obscore/frame.h"
#include "obscore/mission_time.h"

namespace vo::obscore {

// Of a table: events, gti, aeff, edisp, psf, bkg, rad_max, or empty for one that is none of them.
[[nodiscard]] std::string_view kind_of(const fits::Header& header);

struct Reference {
    double mjdrefi = 0;
    double mjdreff = 0;
    std::string timesys;
};

// `other` is asked for what `own` lacks; may be null.
[[nodiscard]] Reference read_reference(const fits::Header& own,
                                       const fits::Header* other,
                                       const std::string& label);
[[nodiscard]] MissionClock make_clock(const Reference& reference, const std::string& label);
[[nodiscard]] Frame read_frame(const fits::Header& header, const std::string& label);

[[nodiscard]] double get_factor(fits::Quantity quantity,
                                const std::string& unit,
                                const std::string& what);
// From the column's TUNIT, else the header's TIMEUNIT or EUNIT, else GADF's own unit. `what` names
// the column.
[[nodiscard]] double column_factor(const fits::Header& header,
                                   std::string unit,
                                   fits::Quantity quantity,
                                   const std::string& what);

}  // namespace vo::obscore
