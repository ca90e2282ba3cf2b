// SPDX-License-Identifier: Apache-2.0
// Looks after one program from its start until nothing of it is left.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "descendants.h"
#include "disk_use.h"
#include "launch.h"
#include "log_file.h"
#include "orders.h"
#include "progress_reader.h"

namespace vo::worker {

class Shepherd {
  public:
    // `signals`: a signalfd(2) of SIGCHLD, and of SIGTERM, which is an order to stop. Throws what
    // hinders the start.
    Shepherd(int socket, int signals, ProcessPlan plan);

    // Returns when all is told, or the worker is gone; none of the program's processes is left.
    void run();

  private:
    using Clock = std::chrono::steady_clock;

    struct Decision {
        ProcessEnd::How how;
        int status;
        std::string words;
    };

    void wait();
    void hear();
    void order_stop();
    void hear_of_start();
    void hear_signals();
    void collect();
    void look();
    void count_memory(const std::vector<Member>& members);
    void look_at_disk();
    void pass_progress_on();
    [[nodiscard]] bool anything_lives() const;
    void decide(ProcessEnd::How how, int status, std::string words);
    void decide_by_end();
    void end();
    [[nodiscard]] ProcessEnd account() const;

    int socket_;
    int signals_;
    ProcessPlan plan_;
    Person person_;
    LogFile output_;
    LogFile errors_;
    DiskUse disk_;
    Launched launched_;
    Clock::time_point start_;
    ProgressReader progress_;
    bool is_alone_ = false;  // the worker is gone
    bool is_over_ = false;   // the program itself, which nobody has collected
    bool has_more_to_collect_ = false;
    std::optional<Clock::time_point> kill_at_;  // when ordered to stop
    std::optional<Decision> decision_;

    Clock::time_point next_look_;
    Clock::duration look_period_;
    Clock::time_point next_count_;  // of memory, as it is really shared
    std::int64_t most_counted_ = 0;
    bool was_over_limit_ = false;
    std::int64_t last_resident_ = 0;
    std::int64_t peak_bytes_ = 0;
    Clock::time_point next_disk_look_;
    Clock::time_point disk_look_begin_;
    bool is_counting_disk_ = false;
    bool was_over_disk_ = false;
    Clock::time_point next_progress_;
    Clock::time_point next_listen_;  // to the program's progress
};

}  // namespace vo::worker
