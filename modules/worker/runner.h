// SPDX-License-Identifier: Apache-2.0
// What a slot gives a job to, and what it gets back.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cancel.h"
#include "pg/connection.h"
#include "tap/query.h"
#include "uws/entities.h"
#include "uws/queue.h"

namespace vo::worker {

// How far a job is. Its runner tells, the desk reads.
class JobProgress {
  public:
    // Of what is counted.
    tap::Report report;

    void count() { counts_ = true; }

    void tell(std::optional<double> percent, std::string words) {
        const std::lock_guard lock(mutex_);
        percent_ = percent;
        words_ = std::move(words);
    }

    void read(uws::Running& running) const {
        if (counts_) {
            running.rows = report.rows;
            running.bytes = report.bytes;
        }
        const std::lock_guard lock(mutex_);
        running.percent = percent_;
        running.words = words_;
    }

  private:
    std::atomic<bool> counts_ = false;
    mutable std::mutex mutex_;
    std::optional<double> percent_;
    std::string words_;
};

// A job that came to its own end: COMPLETED, or ERROR with what it left. Files that are kept but belong to
// no job yet go when nobody takes them over.
struct Done {
    uws::Ending ending;
    std::vector<uws::Product> products;
    std::vector<std::unique_ptr<uws::EntityFile>> files;  // of the products
};

// Throws what kept the job from its end: Busy when it may be tried again. Ends soon after `cancel` has
// fired, by an Error or with what there is. `db` is the slot's own connection of the service role.
using Run = std::function<Done(
    const uws::Claim& claim, pg::Connection& db, const Cancel& cancel, JobProgress& progress)>;

// Jobs that are claimed for one runner.
struct Queue {
    std::string name;  // of uws.job
    std::int64_t slots = 1;
    std::function<std::vector<std::string>()> lists;  // that it can run jobs of, at present
    std::function<std::int64_t()> per_client;         // that may run at once
    Run run;
};

}  // namespace vo::worker
