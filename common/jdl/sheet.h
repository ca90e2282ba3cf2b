// SPDX-License-Identifier: Apache-2.0
// The text of a description as sections of `key = value`, each with its line; what they mean is not
// known here.
//
//     version = 1.0                an indented line goes on with the value above it
//     [parameter radius]
//     type = double
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vo::jdl {

// No description is longer.
inline constexpr std::size_t kMostBytes = 1'000'000;

struct Entry {
    std::string key;
    std::string value;
    int line = 0;
};

struct Section {
    std::string type;  // "parameter"; empty for what stands above the first heading
    std::string name;  // "radius"
    int line = 1;
    std::vector<Entry> entries;
};

// The first is the one without a heading, empty or not. BadRequest "PATH:LINE: ..." for what has
// not this form.
[[nodiscard]] std::vector<Section> read_sheet(std::string_view text, const std::string& shown_path);

// BadRequest, "PATH:LINE: message".
[[noreturn]] void refuse(const std::string& shown_path, int line, const std::string& message);

// Of ASCII or of ISO 8859 (U+0080 to U+009F), which terminals obey.
[[nodiscard]] constexpr bool is_control(char32_t character) {
    return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

// In quotes, cut, with control characters spelled out, for messages.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace vo::jdl
