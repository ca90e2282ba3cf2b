// SPDX-License-Identifier: Apache-2.0
// Coordinate and time systems that a column may be given in: the rows behind COOSYS (VOTable 1.4
// §4.3) and TIMESYS (§4.4), which FIELDs refer to. Column::frame holds a key of this table.
#pragma once

#include <span>
#include <string_view>

namespace vo::table {

struct Frame {
    std::string_view key;          // also the ID in a VOTable
    std::string_view system;       // of a COOSYS (vocabulary refframe); empty for a TIMESYS
    std::string_view timescale;    // vocabulary timescale
    std::string_view refposition;  // vocabulary refposition
    std::string_view timeorigin;   // empty for times written out as timestamps
};

[[nodiscard]] std::span<const Frame> frames();

// nullptr for a key that is not there.
[[nodiscard]] const Frame* find_frame(std::string_view key);

}  // namespace vo::table
