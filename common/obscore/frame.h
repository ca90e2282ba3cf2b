// SPDX-License-Identifier: Apache-2.0
// The frame that a file's positions are in, and the way from there to ICRS, through ERFA.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace vo::obscore {

struct SkyPoint {
    double lon_deg = 0;
    double lat_deg = 0;
};

class Frame {
  public:
    // The words of RADECSYS (or RADESYS). Without them GADF says ICRS. The equinox matters for FK5
    // alone, where only 2000 is known; anything else is an Error(BadRequest).
    static Frame from_words(std::string_view radecsys, std::optional<double> equinox);

    static Frame icrs() { return Frame(nullptr); }

    static Frame galactic();

    // Longitude in [0, 360), latitude in [-90, 90], both ICRS.
    [[nodiscard]] SkyPoint to_icrs(SkyPoint point) const;
    // The way back, in the same ranges.
    [[nodiscard]] SkyPoint from_icrs(SkyPoint point) const;

  private:
    // Null for ICRS: the positions stay as they are, bit by bit.
    explicit Frame(const double (*matrix)[3]);

    [[nodiscard]] SkyPoint rotate(SkyPoint point, bool back) const;

    bool rotated_ = false;
    std::array<std::array<double, 3>, 3> matrix_{};
};

}  // namespace vo::obscore
