// SPDX-License-Identifier: Apache-2.0
// The kinds of a folder, read anew when a file there has changed.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "jdl/kind.h"

namespace vo::jdl {

class ShelfHolder {
  public:
    // Reads the folder; what is refused is said in the log, here and later.
    ShelfHolder(std::string folder, Site site);

    // Looks at the folder once a second at most, and while something there is refused reads it anew every few
    // seconds, for what it lacks may have come. Any thread.
    [[nodiscard]] std::shared_ptr<const Shelf> get();

  private:
    void read();

    std::string folder_;
    Site site_;
    std::mutex mutex_;
    std::shared_ptr<const Shelf> shelf_;
    std::string seen_;  // names, sizes and times of the files
    std::string told_;  // what it came to
    std::chrono::steady_clock::time_point looked_;
    std::chrono::steady_clock::time_point read_;
};

}  // namespace vo::jdl
