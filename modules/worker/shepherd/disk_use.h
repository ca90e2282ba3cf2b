// SPDX-License-Identifier: Apache-2.0
// How much room on the disk the files below a folder take, counted piece by piece while others go
// on writing, moving and removing them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "descendants.h"
#include "descriptor.h"

namespace vo::worker {

class DiskUse {
  public:
    explicit DiskUse(Descriptor folder);
    ~DiskUse();

    // Looks at some more files; the sum, when it has seen all of them. Then the next call begins
    // anew. No sum ever exceeds what was there by more than what was moved or written meanwhile.
    std::optional<std::int64_t> step();

    // The next step begins anew.
    void restart();

    // Of the count that is under way.
    [[nodiscard]] std::int64_t so_far() const { return bytes_; }

    // Folders in folders in folders, which nobody could remove in turn.
    [[nodiscard]] bool is_too_deep() const { return is_too_deep_; }

    // What these processes hold open under no name any more, wherever it is: it may be in memory
    // (memfd).
    [[nodiscard]] static std::int64_t nameless(const std::vector<Member>& members);

  private:
    struct Level;

    bool enter(int folder);

    Descriptor folder_;
    std::vector<std::unique_ptr<Level>> levels_;
    std::int64_t bytes_ = 0;
    bool is_too_deep_ = false;
};

}  // namespace vo::worker
