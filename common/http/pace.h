// SPDX-License-Identifier: Apache-2.0
// The rule against stalled clients, for reading and writing alike; private to common/http.
// Only time spent blocked on the client counts, so a slow query never makes its reader "slow".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vo::http {

// Over each window of blocked time a client must move at least this many bytes a second.
struct Pace {
    std::int64_t min_rate_bytes_per_s = 0;  // 0: as slow as it likes
    std::chrono::milliseconds window{30'000};
};

class PaceMeter {
  public:
    explicit PaceMeter(Pace pace) : pace_(pace) {}

    // False when the window is full and too few bytes went.
    [[nodiscard]] bool add(std::chrono::steady_clock::duration blocked, std::size_t bytes) {
        blocked_ += blocked;
        bytes_ += bytes;
        if (blocked_ < pace_.window) return true;
        const auto seconds = std::chrono::duration<double>(blocked_).count();
        const bool fast_enough = static_cast<double>(bytes_) >=
                                 seconds * static_cast<double>(pace_.min_rate_bytes_per_s);
        blocked_ = {};
        bytes_ = 0;
        return fast_enough;
    }

  private:
    Pace pace_;
    std::chrono::steady_clock::duration blocked_{};
    std::size_t bytes_ = 0;
};

}  // namespace vo::http
