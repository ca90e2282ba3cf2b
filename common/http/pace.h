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

    // False when the window is full and too few bytes went. A window begins when something blocks,
    // and ends as soon as its bytes have gone: what went fast before buys no patience.
    [[nodiscard]] bool add(std::chrono::steady_clock::duration blocked, std::size_t bytes) {
        if (blocked_ == blocked_.zero() && blocked * 1000 < pace_.window) return true;
        blocked_ += blocked;
        bytes_ += bytes;
        const bool enough = static_cast<double>(bytes_) >=
                            std::chrono::duration<double>(pace_.window).count() *
                                static_cast<double>(pace_.min_rate_bytes_per_s);
        if (!enough && blocked_ < pace_.window) return true;
        blocked_ = {};
        bytes_ = 0;
        return enough;
    }

    // A good part of a window has gone without its bytes.
    [[nodiscard]] bool is_stalled() const { return blocked_ * 10 > pace_.window; }

    [[nodiscard]] std::chrono::milliseconds left() const {
        return pace_.window - std::chrono::duration_cast<std::chrono::milliseconds>(blocked_);
    }

  private:
    Pace pace_;
    std::chrono::steady_clock::duration blocked_{};
    std::size_t bytes_ = 0;
};

}  // namespace vo::http
