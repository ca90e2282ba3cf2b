// SPDX-License-Identifier: Apache-2.0
// What other processes shout: LISTEN on a channel.
//
//     pg::Listener listener(conninfo, "tap-async", "vogate_job");
//     while (auto payload = listener.next(2s, wake_fd)) ...
//
// A notification may be lost with the process that was about to send it, so whoever waits for one
// also looks now and then by itself. Throws Busy when the connection is lost. One thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "pg/connection.h"

namespace vo::pg {

class Listener {
  public:
    Listener(const std::string& conninfo,
             const std::string& application_name,
             const std::string& channel);

    // The payload of the next notification; nothing when the time is up, or when wake_fd (-1: none)
    // becomes readable.
    [[nodiscard]] std::optional<std::string> next(std::chrono::milliseconds time, int wake_fd = -1);

    // For statements between two calls of next().
    [[nodiscard]] Connection& connection() { return connection_; }

  private:
    Connection connection_;
};

}  // namespace vo::pg
