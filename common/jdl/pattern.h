// SPDX-License-Identifier: Apache-2.0
// Names and globs of result files; matches_file of kind.h is here, too.
#pragma once

#include <string>
#include <string_view>

namespace vo::jdl {

// The folder, in the job's, that the files of inputs are in.
inline constexpr std::string_view kInputFolder = "inputs";

// What is wrong with it as Result::file, empty when nothing is.
[[nodiscard]] std::string find_pattern_fault(std::string_view pattern);

// Whether it may stand for more than one file.
[[nodiscard]] bool is_glob(std::string_view pattern);

}  // namespace vo::jdl
