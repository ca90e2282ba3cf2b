// SPDX-License-Identifier: Apache-2.0
// Characters in and out of UTF-8 and UTF-16. What is broken becomes U+FFFD, one for each byte or
// unit that belongs to no character; nothing throws.
//
//     while (!text.empty()) append_utf16(out, take_utf8(text));
#pragma once

#include <string>
#include <string_view>

namespace vo {

// The first character, which is taken off. REQUIRES: !text.empty().
[[nodiscard]] char32_t take_utf8(std::string_view& text);

void append_utf8(std::string& out, char32_t character);
void append_utf8(std::string& out, std::u16string_view text);

// Big-endian, as VOTable's unicodeChar (VOTable 1.4 §6); a pair of units above U+FFFF.
void append_utf16(std::string& out, char32_t character);

}  // namespace vo
