// SPDX-License-Identifier: Apache-2.0
// A way to stop the work on a job from another thread: whoever waits for the database sees the
// descriptor hang up, whoever writes asks check().
#pragma once

#include <atomic>

namespace vo::worker {

class Cancel {
  public:
    enum class Reason {
        None,
        Lost,      // aborted, deleted, or given to another worker: nothing of it may be written
        Limit,     // its executionDuration is over
        Shutdown,  // this process ends: another may begin anew
    };

    Cancel();
    ~Cancel();
    Cancel(const Cancel&) = delete;
    Cancel& operator=(const Cancel&) = delete;

    // The first reason counts. Any thread.
    void fire(Reason reason);

    [[nodiscard]] Reason reason() const { return reason_; }

    // Throws Busy once it has fired.
    void check() const;

    // Hangs up when it has fired: for pg::Patience.
    [[nodiscard]] int watch_fd() const { return mine_; }

  private:
    std::atomic<Reason> reason_ = Reason::None;
    int mine_ = -1;
    int theirs_ = -1;
};

}  // namespace vo::worker
