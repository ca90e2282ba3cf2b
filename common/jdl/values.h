// SPDX-License-Identifier: Apache-2.0
// Values of a parameter: whether a text is one, how two of them compare, in which words one is
// asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jdl/kind.h"

namespace vo::jdl {

// Whether values have an order, and so may have a min and a max: numbers and timestamps.
[[nodiscard]] bool has_order(const Parameter& parameter);

// What a boolean means.
[[nodiscard]] std::optional<bool> parse_truth(std::string_view value);

// Whether a text is a value of the type, whatever range, options and length say.
[[nodiscard]] bool is_of_type(const Parameter& parameter, std::string_view value);

// Below 0, 0, above 0. REQUIRES: both are of the type, which has an order.
[[nodiscard]] int compare_values(const Parameter& parameter,
                                 std::string_view a,
                                 std::string_view b);

// Whether it is a value of the parameter; if not, `reason` may have a sentence more than "must be
// ...".
[[nodiscard]] bool is_value(const Parameter& parameter,
                            std::string_view value,
                            std::string& reason);

// "a number from 0 to 180 deg"
[[nodiscard]] std::string expected_words(const Parameter& parameter);

}  // namespace vo::jdl
