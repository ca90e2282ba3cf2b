// SPDX-License-Identifier: Apache-2.0
// The processes below this one, found in /proc by who is whose parent, for a session or a group can
// be left by anyone. Orphans among them come to the nearest subreaper (prctl(2)), which is why none
// gets lost.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "descriptor.h"

namespace vo::worker {

struct Member {
    int pid = 0;
    int parent = 0;
    int group = 0;
    int session = 0;
    std::int64_t threads = 0;
    std::int64_t resident_bytes = 0;
    bool is_zombie = false;
};

// Whether this kernel tells children (CONFIG_PROC_CHILDREN) and this process may see them.
[[nodiscard]] bool can_find_children();

// Those whose parent is this process. What comes and goes meanwhile may be missed.
[[nodiscard]] std::vector<Member> find_children();
// Appends all that is below those which are in the list.
void add_descendants(std::vector<Member>& members);

// Readable when it has ended.
[[nodiscard]] Descriptor watch_process(int pid);

// Sends it unless the process has ended, whoever may have its number by now. REQUIRES: nobody but
// the caller collects children of this process.
void signal_member(const Member& member, int number);

// What would be free without it: neither files that are only mapped nor what it shares with others.
[[nodiscard]] std::int64_t own_memory_bytes(const Member& member);

// Kills and collects those children of this process which are `ours`, with all that is below them,
// until none is left: whatever they fork meanwhile. False when some were left at that time.
bool kill_children(const std::function<bool(const Member& child)>& ours,
                   std::chrono::steady_clock::time_point until);

}  // namespace vo::worker
