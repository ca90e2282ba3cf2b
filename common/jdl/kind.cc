// SPDX-License-Identifier: Apache-2.0
// The small words of kinds.
#include "jdl/kind.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vo::jdl {

std::string Multiplicity::text() const {
    if (most == least) return std::to_string(least);
    return std::to_string(least) + ".." + (most ? std::to_string(*most) : "*");
}

std::string_view word_of(Type type) {
    constexpr std::array<std::string_view, 7> kWords{"boolean", "short",  "int", "long",
                                                     "float",   "double", "char"};
    return kWords.at(static_cast<std::size_t>(type));
}

std::string_view word_of(Origin origin) {
    constexpr std::array<std::string_view, 4> kWords{"upload", "url", "did", "result"};
    return kWords.at(static_cast<std::size_t>(origin));
}

bool Input::takes(Origin origin) const {
    return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

const Parameter* Kind::find_parameter(std::string_view wanted) const {
    for (const auto& parameter : parameters)
        if (equal_fold(parameter.name, wanted)) return &parameter;
    return nullptr;
}

const Input* Kind::find_input(std::string_view wanted) const {
    for (const auto& input : inputs)
        if (equal_fold(input.name, wanted)) return &input;
    return nullptr;
}

bool is_kind_name(std::string_view name) {
    constexpr std::size_t kMost = 40;
    constexpr std::array<std::string_view, 7> kReserved{
        "availability", "capabilities", "entities", "event", "jdl", "kinds", "prov"};
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= kMost && is_letter(name.front()) &&
           std::all_of(
               name.begin(), name.end(),
               [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }) &&
           std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end();
}

}  // namespace vo::jdl
