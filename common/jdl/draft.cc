// SPDX-License-Identifier: Apache-2.0
// What the readers of both documents share.
#include "jdl/draft.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/unicode.h"
#include "jdl/sheet.h"

namespace vo::jdl {

void Draft::note(const std::string& text) {
    notes.push_back(one_line(text));
}

std::string one_line(std::string_view text) {
    std::string out;
    bool blank = false;
    while (!text.empty()) {
        const auto character = take_utf8(text);
        if (character == U' ' || is_control(character)) {
            blank = !out.empty();
            continue;
        }
        if (blank) out += ' ';
        blank = false;
        append_utf8(out, character);
    }
    return out;
}

std::string line_of(std::string_view text) {
    text = trim(text);
    auto rest = text;
    while (!rest.empty())
        if (is_control(take_utf8(rest))) return one_line(text);
    return std::string(text);
}

Multiplicity read_multiplicity(std::string_view text,
                               const Multiplicity& otherwise,
                               const std::string& of,
                               Draft& draft) {
    constexpr std::int64_t kMost = 10'000;
    text = trim(text);
    if (text.empty()) return otherwise;
    if (text == "*") return {0, std::nullopt};
    const auto dots = text.find("..");
    const auto least = parse_integer(text.substr(0, dots));
    const auto last = dots == std::string_view::npos ? text : text.substr(dots + 2);
    const auto most = parse_integer(last);
    if (least && *least >= 0 && *least <= kMost) {
        if (last == "*") return {*least, std::nullopt};
        if (most && *most >= std::max<std::int64_t>(1, *least) && *most <= kMost)
            return {*least, *most};
    }
    draft.note(of + ": the multiplicity " + shown(text) + " cannot be read and is " +
               otherwise.text() + " here");
    return otherwise;
}

void set_number(Draft& draft,
                const std::string& key,
                std::string_view text,
                std::int64_t Kind::*member) {
    if (trim(text).empty()) return;
    // OPUS's numbers are texts, and some have a fraction.
    const auto number = parse_double(trim(text));
    constexpr double kMost = 31'536'000;
    if (number && *number >= 1 && *number <= kMost)
        draft.kind.*member = static_cast<std::int64_t>(*number);
    else
        draft.note(key + ": " + shown(text) + " is not kept; the default takes its place");
}

void set_arraysize(Parameter& parameter, std::string_view text) {
    constexpr std::int64_t kMost = 65'536;
    text = trim(text);
    if (text.ends_with('*')) text.remove_suffix(1);
    const auto number = parse_integer(text);
    if (number && *number >= 1 && *number <= kMost) parameter.most_characters = *number;
}

void set_origins(Input& input, std::string_view text) {
    constexpr std::array kOrigins{Origin::Upload, Origin::Url, Origin::Did, Origin::Result};
    for (const auto word : split(text, ' '))
        for (const auto origin : kOrigins)
            if (word_of(origin) == trim(word) && !input.takes(origin))
                input.origins.push_back(origin);
    if (input.origins.empty()) input.origins.assign(kOrigins.begin(), kOrigins.end());
}

std::optional<Parameter> take_parameter(Kind& kind, std::string_view name) {
    const auto found = std::find_if(kind.parameters.begin(), kind.parameters.end(),
                                    [&](const Parameter& one) { return one.name == name; });
    if (found == kind.parameters.end()) return {};
    auto parameter = std::move(*found);
    kind.parameters.erase(found);
    return parameter;
}

}  // namespace vo::jdl
