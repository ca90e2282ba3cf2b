// SPDX-License-Identifier: Apache-2.0
// Globs, as POSIX.1 §2.13 has them for paths: no special character is "/", nor a "." that begins a
// name.
#include "jdl/pattern.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "base/unicode.h"
#include "jdl/kind.h"

namespace vo::jdl {

namespace {

std::u32string characters(std::string_view text) {
    std::u32string out;
    while (!text.empty())
        out += take_utf8(text);
    return out;
}

// The position after the bracket expression that begins at `at`; npos when it is not closed.
std::size_t bracket_end(const std::u32string& pattern, std::size_t at) {
    auto first = at + 1;
    if (first < pattern.size() && pattern[first] == U'!') ++first;
    const auto end =
        pattern.find(U']', first + 1);  // a ] that stands first is one of the characters
    return end == std::u32string::npos ? end : end + 1;
}

bool bracket_holds(const std::u32string& pattern,
                   std::size_t at,
                   std::size_t end,
                   char32_t character) {
    auto i = at + 1;
    const bool negated = pattern[i] == U'!';
    if (negated) ++i;
    bool found = false;
    for (; i < end - 1; ++i) {
        if (i + 2 < end - 1 && pattern[i + 1] == U'-') {
            found = found || (pattern[i] <= character && character <= pattern[i + 2]);
            i += 2;
        } else {
            found = found || pattern[i] == character;
        }
    }
    return found != negated;
}

// One name. A star that was met last is the only one worth going back to, so that this is quadratic
// at worst.
bool matches_name(const std::u32string& pattern, const std::u32string& name) {
    if (!name.empty() && name[0] == U'.' && (pattern.empty() || pattern[0] != U'.')) return false;
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::u32string::npos;
    std::size_t star_n = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == U'*') {
            star = p++;
            star_n = n;
            continue;
        }
        if (p < pattern.size()) {
            // One that is not closed stands for itself.
            const auto end = pattern[p] == U'[' ? bracket_end(pattern, p) : std::u32string::npos;
            const bool same = end != std::u32string::npos
                                  ? bracket_holds(pattern, p, end, name[n])
                                  : pattern[p] == U'?' || pattern[p] == name[n];
            if (same) {
                p = end != std::u32string::npos ? end : p + 1;
                ++n;
                continue;
            }
        }
        if (star == std::u32string::npos) return false;
        p = star + 1;
        n = ++star_n;
    }
    return pattern.find_first_not_of(U'*', p) == std::u32string::npos;
}

struct Ending {
    std::string_view content_type;
    std::string_view text;
};

constexpr std::array kEndings{
    Ending{"application/fits", ".fits"},
    Ending{"application/gzip", ".gz"},
    Ending{"application/json", ".json"},
    Ending{"application/x-tar", ".tar"},
    Ending{"application/x-votable+xml", ".vot"},
    Ending{"application/xml", ".xml"},
    Ending{"application/yaml", ".yaml"},
    Ending{"application/zip", ".zip"},
    Ending{"image/fits", ".fits"},
    Ending{"image/jpeg", ".jpg"},
    Ending{"image/png", ".png"},
    Ending{"text/csv", ".csv"},
    Ending{"text/plain", ".txt"},
    Ending{"text/xml", ".xml"},
};

}  // namespace

std::string find_pattern_fault(std::string_view pattern) {
    constexpr std::size_t kMost = 255;
    if (pattern.size() > kMost) return "is longer than " + std::to_string(kMost) + " bytes";
    if (pattern.find('\\') != std::string_view::npos)
        return "has a backslash; special characters stand in brackets, [*]";
    for (const auto name : split(pattern, '/')) {
        if (name.empty())
            return "begins or ends with \"/\" or has two of them; it is relative to the job's "
                   "folder";
        if (name == "." || name == "..")
            return "has the part \"" + std::string(name) + "\"; results lie in the job's folder";
        const auto text = characters(name);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != U'[') continue;
            const auto end = bracket_end(text, i);
            if (end == std::u32string::npos) return "has a [ that no ] closes in the same name";
            i = end - 1;
        }
    }
    // One name alone is a file beside that folder.
    const auto parts = split(pattern, '/');
    if (pattern == kInputFolder ||
        (parts.size() > 1 && matches_name(characters(parts.front()), characters(kInputFolder))))
        return "may be a file of an input, which would be a loop: these are in the folder \"" +
               std::string(kInputFolder) + '"';
    return {};
}

bool is_glob(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

bool matches_file(std::string_view pattern, std::string_view path) {
    const auto names = split(path, '/');
    const auto parts = split(pattern, '/');
    if (names.size() != parts.size()) return false;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!matches_name(characters(parts[i]), characters(names[i]))) return false;
    return true;
}

std::string input_file(const Input& input, std::int64_t number) {
    auto name = std::string(kInputFolder) + '/' + input.name;
    if (number > 1) name += '-' + std::to_string(number);
    if (!input.content_types.empty())
        for (const auto& ending : kEndings)
            if (input.content_types.front().starts_with(ending.content_type))
                return name + std::string(ending.text);
    return name;
}

}  // namespace vo::jdl
