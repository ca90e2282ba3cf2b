// SPDX-License-Identifier: Apache-2.0
// What the release says of itself: README.txt for people, sources.ecsv and flare.ecsv (astropy's
// table format) for programs that compare a fit with the truth.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "observation.h"

namespace vo::vogate::simulate {

// The first line of every README.txt, by which a release is known again.
constexpr std::string_view kReadmeTitle = "Simulated gamma-ray data, made by `vogate simulate`";

[[nodiscard]] std::string readme_text(std::span<const Observation> runs, std::uint64_t seed);
[[nodiscard]] std::string sources_text(std::uint64_t seed);
[[nodiscard]] std::string flare_text();

}  // namespace vo::vogate::simulate
