// SPDX-License-Identifier: Apache-2.0
// What cannot be said of one line of a description alone: names that meet, ranges and defaults that
// disagree, a command that is not there or leaves something unused, results that are loops.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jdl/kind.h"
#include "jdl/sheet.h"

namespace vo::jdl {

// Where a kind was read from: the sections of its parts, in their order.
struct Source {
    const std::string& shown_path;
    const Section& top;
    std::vector<const Section*> parameters;
    std::vector<const Section*> inputs;
    std::vector<const Section*> results;
};

// Sets Kind::program. BadRequest with path and line for the first that is wrong.
void check_kind(Kind& kind, const Source& source, const Site& site);

}  // namespace vo::jdl
