// SPDX-License-Identifier: Apache-2.0
// The table of FastCGI executables: what `vogate run` starts and `vogate doctor` looks at.
#pragma once

#include <array>

#include "supervisor.h"

namespace vo::vogate {

inline constexpr std::array kServices{
    Service{"tap-sync", "tap-sync.fcgi", "tap-sync.sock"},
};

}  // namespace vo::vogate
