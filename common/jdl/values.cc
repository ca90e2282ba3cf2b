// SPDX-License-Identifier: Apache-2.0
// Values by type, and what is wrong or missing among those that a client gives.
#include "jdl/values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"
#include "jdl/sheet.h"

namespace vo::jdl {

namespace {

struct WholeType {
    Type type;
    std::int64_t least;
    std::int64_t most;
};

constexpr std::array kWhole{
    WholeType{Type::Short, std::numeric_limits<std::int16_t>::min(),
              std::numeric_limits<std::int16_t>::max()},
    WholeType{Type::Int, std::numeric_limits<std::int32_t>::min(),
              std::numeric_limits<std::int32_t>::max()},
    WholeType{Type::Long, std::numeric_limits<std::int64_t>::min(),
              std::numeric_limits<std::int64_t>::max()},
};

// Linux has 131,072 bytes for one argument, its name included, and 2 MB for all, with the
// environment.
constexpr std::size_t kMostArgumentBytes = 120'000;
constexpr std::size_t kMostCommandBytes = 1'000'000;

const WholeType* find_whole(Type type) {
    const auto* row = std::find_if(kWhole.begin(), kWhole.end(),
                                   [&](const WholeType& one) { return one.type == type; });
    return row == kWhole.end() ? nullptr : row;
}

bool is_timestamp(const Parameter& parameter) {
    return parameter.type == Type::Char && parameter.xtype == "timestamp";
}

template <typename Number>
int order(Number a, Number b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// What no document could show as it is, and no argument hold.
std::string find_character_fault(std::string_view value) {
    if (find_bad_utf8(value) != std::string_view::npos) return "It is not UTF-8.";
    const auto at = std::find_if(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
    if (at == value.end()) return {};
    return *at == '\0' ? "It has a NUL character." : "It has a control character.";
}

bool is_option(const Parameter& parameter, std::string_view value) {
    const auto same = [&](const std::string& option) {
        return has_order(parameter) ? compare_values(parameter, option, value) == 0
                                    : option == value;
    };
    return parameter.options.empty() ||
           std::any_of(parameter.options.begin(), parameter.options.end(), same);
}

std::string range_words(const Parameter& parameter) {
    std::string words;
    if (!parameter.min.empty() && !parameter.max.empty())
        words = " from " + parameter.min + " to " + parameter.max;
    else if (!parameter.min.empty())
        words = " of at least " + parameter.min;
    else if (!parameter.max.empty())
        words = " of at most " + parameter.max;
    else if (const auto* row = find_whole(parameter.type);
             row != nullptr && parameter.type != Type::Long)
        words = " from " + std::to_string(row->least) + " to " + std::to_string(row->most);
    if (parameter.unit.empty()) return words;
    return words + (words.empty() ? " in " : " ") + parameter.unit;
}

std::string option_words(const Parameter& parameter) {
    constexpr std::size_t kMost = 20;
    std::string words = "one of ";
    for (std::size_t i = 0; i < std::min(parameter.options.size(), kMost); ++i)
        words += (i == 0 ? "" : ", ") + std::string(cut_text(parameter.options[i], 80));
    return words + (parameter.options.size() > kMost ? ", ..." : "") +
           (parameter.unit.empty() ? "" : " " + parameter.unit);
}

// How an input's text tells where it is from.
struct Scheme {
    std::string_view prefix;
    Origin origin;
    std::string_view words;
};

constexpr std::array kSchemes{
    Scheme{"http://", Origin::Url, "an address"},
    Scheme{"https://", Origin::Url, "an address"},
    Scheme{"ivo://", Origin::Did, "an obs_publisher_did"},
};

std::string origin_words(const Input& input) {
    constexpr std::array<std::pair<Origin, std::string_view>, 4> kWords{{
        {Origin::Upload, "an uploaded file"},
        {Origin::Url, "an http or https address"},
        {Origin::Did, "the obs_publisher_did of a dataset of this service"},
        {Origin::Result, "the id of a result of an earlier job"},
    }};
    std::vector<std::string> words;
    for (const auto& [origin, text] : kWords)
        if (input.takes(origin)) words.emplace_back(text);
    const auto last = words.back();
    words.pop_back();
    return words.empty() ? last : join(words, ", ") + " or " + last;
}

[[noreturn]] void fail_value(std::string_view name,
                             const std::string& expected,
                             std::string_view value,
                             const std::string& reason) {
    throw Error(Code::BadRequest, std::string(name) + " must be " + expected + ", not " +
                                      shown(value) + '.' + (reason.empty() ? "" : " " + reason));
}

void check_input(const Input& input, std::string_view value) {
    constexpr std::size_t kMostCharacters = 4096;
    auto reason = find_character_fault(value);
    if (reason.empty() && value.size() > kMostCharacters)
        reason = "It has more than " + std::to_string(kMostCharacters) + " characters.";
    if (reason.empty() && value.find_first_of(" \t\r\n") != std::string_view::npos)
        reason = "It has blanks.";
    if (!reason.empty() || value.empty())
        fail_value(input.name, origin_words(input), value, reason);
    for (const auto& scheme : kSchemes)
        if (equal_fold(value.substr(0, scheme.prefix.size()), scheme.prefix) &&
            !input.takes(scheme.origin))
            fail_value(input.name, origin_words(input), value,
                       "It does not take " + std::string(scheme.words) + ".");
}

[[noreturn]] void fail_name(const Kind& kind, std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto& parameter : kind.parameters)
        known.emplace_back(parameter.name);
    for (const auto& input : kind.inputs)
        known.emplace_back(input.name);
    const auto near = nearest(name, known);
    auto message = kind.name + " has no parameter " + shown(name);
    message += near ? "; did you mean " + *near + "?" : ".";
    constexpr std::size_t kMost = 20;
    std::string names;
    for (std::size_t i = 0; i < std::min(known.size(), kMost); ++i)
        names += (i == 0 ? "" : ", ") + std::string(known[i]);
    if (known.size() > kMost) names += ", ...";
    throw Error(Code::BadRequest, message + " It has " + (known.empty() ? "none" : names) + '.');
}

std::string count_words(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " value" : " values");
}

// Empty when that many may be given.
std::string find_count_fault(const std::string& name,
                             const Multiplicity& multiplicity,
                             std::int64_t count,
                             const std::string& expected) {
    if (multiplicity.holds(count)) return {};
    if (count == 0) return name + " is missing: " + expected + '.';
    if (count < multiplicity.least)
        return name + " has " + count_words(count) + " and takes at least " +
               std::to_string(multiplicity.least) + '.';
    return name + " has " + count_words(count) + " and takes at most " +
           std::to_string(*multiplicity.most) + '.';
}

std::int64_t count_given(const Given& given, std::string_view name) {
    return std::count_if(given.begin(), given.end(),
                         [&](const auto& one) { return equal_fold(one.first, name); });
}

}  // namespace

std::optional<bool> parse_truth(std::string_view value) {
    constexpr std::array<std::pair<std::string_view, bool>, 6> kWords{
        {{"true", true}, {"false", false}, {"1", true}, {"0", false}, {"t", true}, {"f", false}}};
    for (const auto& [word, truth] : kWords)
        if (equal_fold(word, value)) return truth;
    return {};
}

bool has_order(const Parameter& parameter) {
    return parameter.type != Type::Boolean &&
           (parameter.type != Type::Char || is_timestamp(parameter));
}

bool is_of_type(const Parameter& parameter, std::string_view value) {
    if (const auto* row = find_whole(parameter.type)) {
        const auto number = parse_integer(value);
        return number && *number >= row->least && *number <= row->most;
    }
    switch (parameter.type) {
        case Type::Boolean: return parse_truth(value).has_value();
        case Type::Float:
        case Type::Double: {
            const auto number = parse_double(value);
            const double most = parameter.type == Type::Float
                                    ? static_cast<double>(std::numeric_limits<float>::max())
                                    : std::numeric_limits<double>::max();
            return number && std::abs(*number) <= most;  // a NaN is no value, nor is an infinity
        }
        default: return !is_timestamp(parameter) || parse_timestamp(value).has_value();
    }
}

int compare_values(const Parameter& parameter, std::string_view a, std::string_view b) {
    if (find_whole(parameter.type) != nullptr) return order(*parse_integer(a), *parse_integer(b));
    if (parameter.type == Type::Char) return order(*parse_timestamp(a), *parse_timestamp(b));
    return order(*parse_double(a), *parse_double(b));
}

bool is_value(const Parameter& parameter, std::string_view value, std::string& reason) {
    if (parameter.type == Type::Char) {
        reason = find_character_fault(value);
        if (reason.empty() && value.size() > kMostArgumentBytes)
            reason = "It has " + std::to_string(value.size()) +
                     " bytes, and no argument more than " + std::to_string(kMostArgumentBytes) +
                     '.';
        if (!reason.empty()) return false;
        const auto count = count_characters(value);
        if (count > static_cast<std::size_t>(parameter.most_characters)) {
            reason = "It has " + std::to_string(count) + " characters.";
            return false;
        }
    }
    if (!is_of_type(parameter, value)) return false;
    if (!parameter.min.empty() && compare_values(parameter, value, parameter.min) < 0) return false;
    if (!parameter.max.empty() && compare_values(parameter, value, parameter.max) > 0) return false;
    return is_option(parameter, value);
}

std::string expected_words(const Parameter& parameter) {
    if (!parameter.options.empty()) return option_words(parameter);
    if (parameter.type == Type::Boolean) return "true or false";
    if (is_timestamp(parameter))
        return "a time in UTC such as 2026-12-31T12:00:00" + range_words(parameter);
    if (parameter.type == Type::Char)
        return "a text of at most " + std::to_string(parameter.most_characters) + " characters";
    return (find_whole(parameter.type) != nullptr ? "a whole number" : "a number") +
           range_words(parameter);
}

void check_value(const Kind& kind, std::string_view name, std::string_view value) {
    if (const auto* input = kind.find_input(name)) return check_input(*input, value);
    const auto* parameter = kind.find_parameter(name);
    if (parameter == nullptr) fail_name(kind, name);
    std::string reason;
    if (!is_value(*parameter, value, reason))
        fail_value(parameter->name, expected_words(*parameter), value, reason);
}

std::string find_fault(const Kind& kind, const Given& given) {
    std::vector<std::string> faults;
    const auto add = [&](const std::string& fault) {
        if (!fault.empty()) faults.push_back(fault);
    };
    for (const auto& parameter : kind.parameters) {
        const auto count = count_given(given, parameter.name);
        if (count > 0 || parameter.default_value.empty())
            add(find_count_fault(parameter.name, parameter.multiplicity, count,
                                 expected_words(parameter)));
    }
    for (const auto& input : kind.inputs)
        add(find_count_fault(input.name, input.multiplicity, count_given(given, input.name),
                             origin_words(input)));
    constexpr std::size_t kPathBytes = 256;  // what stands for the file of an input
    std::size_t bytes = 0;
    for (const auto& [name, value] : given)
        bytes += std::max(value.size(), kPathBytes);
    if (bytes > kMostCommandBytes)
        add("The values are too many: a job takes " + std::to_string(kMostCommandBytes) +
            " bytes of them, each counted as " + std::to_string(kPathBytes) + " at least.");
    return join(faults, " ");
}

}  // namespace vo::jdl
