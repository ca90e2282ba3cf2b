// SPDX-License-Identifier: Apache-2.0
// The factors between the units that event lists and responses are written in and the units of
// the archive: TeV, degrees, seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vo::fits {

enum class Quantity { Angle, Energy, Time };

// What one `unit` is in degrees, TeV or seconds; no value for a unit that the table lacks. An
// empty unit is the GADF default, so the factor is 1.
[[nodiscard]] std::optional<double> find_factor(Quantity quantity, std::string_view unit);

// "deg, arcmin, ...": all that the table has, for messages.
[[nodiscard]] std::string known_units(Quantity quantity);

}  // namespace vo::fits
