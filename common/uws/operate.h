// SPDX-License-Identifier: Apache-2.0
// What operators see and do: all jobs of all owners, the state of the queue, draining.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pg/connection.h"
#include "uws/job.h"

namespace vo::uws {

struct JobLine {
    JobRef job;
    std::string list;
    std::string client;
    std::string worker;  // of the last attempt
    std::int64_t attempt = 0;
    std::optional<double> run_s;  // so far, or in all
};

// The newest `last` of those phases (none: all), newest first.
void list_all(pg::Connection& db,
              const std::vector<Phase>& phases,
              std::int64_t last,
              const std::function<void(const JobLine&)>& take);

struct QueueState {
    bool draining = false;
    std::vector<std::pair<std::string, std::int64_t>> counts;  // phase, jobs
    std::vector<std::pair<std::string, std::int64_t>> workers;  // at work; name, slots
};

[[nodiscard]] QueueState read_state(pg::Connection& db);

// While it is on, no job is made or started; those that run or wait go on.
void set_draining(pg::Connection& db, bool on);

// The list that the job is of. NotFound when there is none.
[[nodiscard]] std::string get_list(pg::Connection& db, std::string_view id);

}  // namespace vo::uws
