// SPDX-License-Identifier: Apache-2.0
// A file that keeps what a program writes, or of too much the beginning and the end, for these are
// what people need, and between them a line that tells how many bytes are missing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "descriptor.h"

namespace vo::worker {

class LogFile {
  public:
    // Makes the file, for its owner alone. Throws StoreFull, or Internal when it is there.
    LogFile(const std::string& path, std::int64_t most_bytes);

    // A full disk is as if the file were.
    void write(std::string_view bytes);

    // REQUIRES: nothing is written after it.
    void finish();

  private:
    bool put(std::string_view bytes);
    [[nodiscard]] std::int64_t find_cut(std::int64_t head) const;

    Descriptor file_;
    std::int64_t most_;
    std::int64_t head_;         // how much of the beginning is kept in any case
    std::int64_t written_ = 0;  // into the file
    std::int64_t total_ = 0;
    bool is_full_ = false;
    std::string tail_;  // the last bytes of what came after the head, and perhaps some before them
};

}  // namespace vo::worker
