// SPDX-License-Identifier: Apache-2.0
// Card values to text and numbers (FITS 4.0 section 4.2).
#include "fits/header.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace vo::fits {

namespace {

// 'it''s  ' -> it's
std::string unquote(std::string_view raw) {
    std::string out;
    for (std::size_t i = 1; i < raw.size(); ++i) {
        if (raw[i] == '\'') {
            if (i + 1 >= raw.size() || raw[i + 1] != '\'') break;
            ++i;
        }
        out += raw[i];
    }
    return out;
}

}  // namespace

std::string clean_text(std::string_view raw) {
    std::string text(trim(raw));
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    for (auto bad = find_bad_utf8(text); bad != std::string::npos; bad = find_bad_utf8(text))
        text[bad] = '?';
    return text;
}

void Header::add(std::string_view name, std::string_view raw) {
    const auto trimmed = trim(raw);
    values_.emplace(
        to_upper(trim(name)),
        clean_text(trimmed.starts_with('\'') ? unquote(trimmed) : std::string(trimmed)));
}

std::optional<std::string> Header::find_text(std::string_view name) const {
    const auto found = values_.find(to_upper(name));
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

std::optional<double> Header::find_number(std::string_view name) const {
    auto text = find_text(name);
    if (!text) return std::nullopt;
    // FITS allows D for the exponent, and a sign that parse_double does not know.
    std::replace(text->begin(), text->end(), 'D', 'E');
    std::string_view view = *text;
    if (view.starts_with('+')) view.remove_prefix(1);
    if (view.ends_with('.')) view.remove_suffix(1);
    const auto number = parse_double(view);
    if (!number || !std::isfinite(*number)) return std::nullopt;
    return number;
}

std::optional<std::int64_t> Header::find_integer(std::string_view name) const {
    const auto text = find_text(name);
    if (!text) return std::nullopt;
    if (const auto exact = parse_integer(*text)) return exact;
    const auto number = find_number(name);
    constexpr double kLimit = 9007199254740992.0;  // 2^53: whole numbers beyond are not exact
    if (!number || std::trunc(*number) != *number || std::fabs(*number) > kLimit)
        return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

}  // namespace vo::fits
