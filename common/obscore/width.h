// SPDX-License-Identifier: Apache-2.0
// The full width at half maximum of sampled profiles: ObsCore's measure of resolution. Between
// samples the profile is a straight line; there is no value when it never falls to half of its
// peak, or holds what is no number.
#pragma once

#include <optional>
#include <span>

namespace vo::obscore {

// A profile over the distance from a centre (ascending): twice the radius at which it first falls
// below half of its peak, outside the peak. It is continued linearly from its first two samples to
// the radius 0.
[[nodiscard]] std::optional<double> radial_fwhm(std::span<const double> radius,
                                                std::span<const double> profile);

// A profile over x (ascending): from its peak outwards to both sides.
[[nodiscard]] std::optional<double> peak_fwhm(std::span<const double> x,
                                              std::span<const double> profile);

}  // namespace vo::obscore
