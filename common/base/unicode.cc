// SPDX-License-Identifier: Apache-2.0
// UTF-8 (RFC 3629) and UTF-16 (RFC 2781).
#include "base/unicode.h"

#include <array>

#include "base/bytes.h"

namespace vo {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kLast = 0x10FFFF;

constexpr bool is_surrogate(char32_t c) {
    return c >= 0xD800 && c <= 0xDFFF;
}

struct Lead {
    unsigned mask;
    unsigned bits;
    char32_t least;  // what is smaller has a shorter form
};

// By the number of bytes that follow.
constexpr std::array kLeads{Lead{0x80, 0x00, 0}, Lead{0xE0, 0xC0, 0x80}, Lead{0xF0, 0xE0, 0x800},
                            Lead{0xF8, 0xF0, 0x10000}};

}  // namespace

char32_t take_utf8(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text[0]);
    for (std::size_t more = 0; more < kLeads.size(); ++more) {
        const auto& lead = kLeads[more];
        if ((first & lead.mask) != lead.bits || text.size() <= more) continue;
        char32_t c = first & ~lead.mask;
        std::size_t i = 1;
        for (; i <= more; ++i) {
            const auto next = static_cast<unsigned char>(text[i]);
            if ((next & 0xC0U) != 0x80U) break;
            c = (c << 6U) | (next & 0x3FU);
        }
        if (i <= more || c < lead.least || c > kLast || is_surrogate(c)) break;
        text.remove_prefix(more + 1);
        return c;
    }
    text.remove_prefix(1);
    return kReplacement;
}

void append_utf8(std::string& out, char32_t c) {
    if (c > kLast || is_surrogate(c)) c = kReplacement;
    std::size_t more = 0;
    while (more + 1 < kLeads.size() && c >= kLeads[more + 1].least)
        ++more;
    out += static_cast<char>(kLeads[more].bits | (c >> (6 * more)));
    for (; more > 0; --more)
        out += static_cast<char>(0x80U | ((c >> (6 * (more - 1))) & 0x3FU));
}

void append_utf8(std::string& out, std::u16string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t c = text[i];
        const char32_t next = i + 1 < text.size() ? text[i + 1] : 0;
        const bool pair = c >= 0xD800 && c <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF;
        append_utf8(out, pair ? 0x10000 + ((c - 0xD800) << 10U) + (next - 0xDC00) : c);
        if (pair) ++i;
    }
}

void append_utf16(std::string& out, char32_t c) {
    if (c > kLast || is_surrogate(c)) c = kReplacement;
    if (c < 0x10000) {
        append_big(out, static_cast<std::int16_t>(c));
        return;
    }
    c -= 0x10000;
    append_big(out, static_cast<std::int16_t>(0xD800 + (c >> 10U)));
    append_big(out, static_cast<std::int16_t>(0xDC00 + (c & 0x3FFU)));
}

}  // namespace vo
