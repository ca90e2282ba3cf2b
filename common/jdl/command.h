// SPDX-License-Identifier: Apache-2.0
// The command of a description: its words, what {name} in them stands for, and whether values can
// do harm. make_command of kind.h is here, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jdl/kind.h"

namespace vo::jdl {

// What a word refers to besides parameters and inputs.
inline constexpr std::string_view kKindDir = "kind_dir";
inline constexpr std::string_view kJob = "job";

// Words apart, quotes gone. A std::string in `fault` when that cannot be done.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text, std::string& fault);

// The path of the program; empty with a fault when there is none that can be executed.
[[nodiscard]] std::string find_program(const Kind& kind, const Site& site, std::string& fault);

// What is wrong with the words of the command, in the light of all that the kind declares; empty
// when nothing is.
[[nodiscard]] std::string find_command_fault(const Kind& kind);

// The names in braces, each once, {kind_dir} and {job} included; of words that have a fault,
// nothing.
[[nodiscard]] std::vector<std::string> names_used(const std::vector<std::string>& words);

// {kind_dir} replaced; what else is in braces stays.
[[nodiscard]] std::string with_kind_dir(std::string_view text, const std::string& folder);

}  // namespace vo::jdl
