// SPDX-License-Identifier: Apache-2.0
// The keywords of one HDU as a value: read once, asked for by name in any case.
//
// Files in the wild write numbers as strings ('2000.0') and strings with trailing blanks, so a
// number is found in either form, and text comes trimmed and as valid UTF-8. A keyword that is
// absent, empty or (for numbers) no finite number gives no value: "what cannot be known is NULL".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vo::fits {

class Header {
  public:
    // `raw` is the card's value field: a quoted string, a number, T or F. The first card wins.
    void add(std::string_view name, std::string_view raw);

    [[nodiscard]] std::optional<std::string> find_text(std::string_view name) const;
    [[nodiscard]] std::optional<double> find_number(std::string_view name) const;
    // No value for a number with a fraction.
    [[nodiscard]] std::optional<std::int64_t> find_integer(std::string_view name) const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

// The text trimmed, with every byte that is not UTF-8 (FITS allows only ASCII) replaced.
[[nodiscard]] std::string clean_text(std::string_view raw);

}  // namespace vo::fits
