// SPDX-License-Identifier: Apache-2.0
// Whether a text is a UCD: one or more words of the IVOA's list (UCD1+ 1.6), separated by
// semicolons, the first of them one that may be the first. Case does not matter.
#pragma once

#include <string>
#include <string_view>

namespace vo::table {

// What is wrong with it, in words with the nearest right one; empty for a good UCD.
[[nodiscard]] std::string find_ucd_fault(std::string_view ucd);

}  // namespace vo::table
