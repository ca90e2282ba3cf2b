// SPDX-License-Identifier: Apache-2.0
// The table of frames. vogate.frame in the database has a check on the same keys.
#include "table/frame.h"

#include <array>

namespace vo::table {

namespace {

constexpr std::array kFrames{
    Frame{"FK5", "FK5", "", "", ""},
    Frame{"GALACTIC", "GALACTIC", "", "", ""},
    Frame{"ICRS", "ICRS", "", "", ""},
    Frame{"MJD_TDB", "", "TDB", "BARYCENTER", "MJD-origin"},
    Frame{"MJD_TT", "", "TT", "TOPOCENTER", "MJD-origin"},
    Frame{"MJD_UTC", "", "UTC", "TOPOCENTER", "MJD-origin"},
    Frame{"UTC", "", "UTC", "TOPOCENTER", ""},
};

}  // namespace

std::span<const Frame> frames() {
    return kFrames;
}

const Frame* find_frame(std::string_view key) {
    for (const auto& frame : kFrames)
        if (frame.key == key) return &frame;
    return nullptr;
}

}  // namespace vo::table
