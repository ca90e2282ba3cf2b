// SPDX-License-Identifier: Apache-2.0
// The table of executables: what `vogate run` starts and `vogate doctor` looks at.
#pragma once

#include <array>

#include "supervisor.h"

namespace vo::vogate {

inline constexpr std::array kServices{
    Service{"tap-async", "tap-async.fcgi", "tap-async.sock", "/", true},
    Service{"tap-sync", "tap-sync.fcgi", "tap-sync.sock", "/availability"},
    Service{"uws", "uws.fcgi", "uws.sock", "/", true},
    Service{"worker", "vogate-worker", "", "", true},
};

}  // namespace vo::vogate
