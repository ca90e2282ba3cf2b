// SPDX-License-Identifier: Apache-2.0
// The threads that work: claim a job, run it, say how it ended; again.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/config.h"
#include "base/trouble.h"
#include "desk.h"
#include "pg/connection.h"
#include "runner.h"
#include "uws/files.h"

namespace vo::worker {

class Slots {
  public:
    using Settings = std::function<std::shared_ptr<const Config>()>;

    Slots(Settings settings, std::string worker, std::vector<Queue> queues, Desk& desk, const uws::FileStore& store);
    // REQUIRES: stop() was called.
    ~Slots();
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    // No further claims. Jobs that run may end within the grace; then they go back to the queue.
    void stop(std::chrono::seconds grace);

  private:
    void work_forever(const Queue& queue);
    // False when the job is to be tried again: database and store want a look before the next claim.
    bool run(pg::Connection& db, const uws::Claim& claim, const Run& run_job);
    // False when the job was not ours any more.
    [[nodiscard]] bool end(pg::Connection& db, const uws::Ticket& ticket, const Done& done);
    void remove_files(const Done& done) const;
    // When the answer to a try to end the job was lost, files of its products may be entities by now.
    void remove_unneeded(pg::Connection& db, const Done& done) const;
    // The database may be away when a job has ended: it is told when it is back.
    [[nodiscard]] bool tell(pg::Connection& db, const std::function<bool(pg::Connection&)>& what);

    Settings settings_;
    Trouble trouble_{"slot"};
    std::string worker_;
    std::vector<Queue> queues_;
    Desk& desk_;
    const uws::FileStore& store_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> given_up_ = false;
    std::atomic<std::size_t> left_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace vo::worker
