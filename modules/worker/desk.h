// SPDX-License-Identifier: Apache-2.0
// What this worker has on its desk: the jobs that run, their leases and their limits. One thread
// keeps the leases and hears of aborted jobs and of new ones; another, which may take its time, tidies
// up after all workers, one of which does it at a time.
//
//     Desk desk(plan, store);
//     desk.wait_for_work("tap", 1s);                           // or until a job enters that queue
//     const Desk::Entry entry(desk, ticket, limit_s, cancel, progress);   // for as long as the job runs
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/trouble.h"
#include "cancel.h"
#include "pg/listener.h"
#include "runner.h"
#include "uws/files.h"
#include "uws/queue.h"

namespace vo::worker {

struct DeskPlan {
    std::string conninfo;  // of the service role
    std::string worker;    // our name, of this process alone
    std::map<std::string, std::int64_t> slots;  // of each queue that is worked on
    std::int64_t lease_s = 30;
};

class Desk {
  public:
    class Entry {
      public:
        // limit_s: 0 for none.
        Entry(Desk& desk,
              const uws::Ticket& ticket,
              std::int64_t limit_s,
              Cancel& cancel,
              const JobProgress& progress);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        // As it is now, for its owner may change it.
        [[nodiscard]] std::int64_t limit_s() const;

      private:
        friend class Desk;

        Desk& desk_;
        const uws::Ticket& ticket_;
        Cancel& cancel_;
        const JobProgress& progress_;
        std::int64_t limit_s_;
        std::optional<std::chrono::steady_clock::time_point> deadline_;
        std::list<Entry*>::iterator at_;
    };

    Desk(DeskPlan plan, const uws::FileStore& store);
    // REQUIRES: no Entry lives.
    ~Desk();
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    // Returns at once when a job entered the queue since the last call.
    void wait_for_work(const std::string& queue, std::chrono::milliseconds time);
    // Everybody who waits for work, now.
    void wake_all();

    void cancel_all(Cancel::Reason reason);

  private:
    void keep_forever(const std::stop_token& stop);
    void hear(const std::string& payload);
    void renew(pg::Connection& db);
    void tidy_forever(const std::stop_token& stop);
    void tidy(pg::Connection& db, const std::stop_token& stop);
    [[nodiscard]] std::chrono::milliseconds until_next() const;
    void cancel_overdue();

    DeskPlan plan_;
    Trouble trouble_{"desk"};
    Trouble tidy_trouble_{"tidy"};
    const uws::FileStore& store_;
    mutable std::mutex mutex_;
    struct News {
        std::condition_variable_any arrived;
        std::int64_t count = 0;  // as many as there are slots, at most
    };
    std::map<std::string, News> news_;
    std::list<Entry*> entries_;
    std::chrono::steady_clock::time_point next_renewal_;
    std::chrono::steady_clock::time_point next_note_;
    int stop_event_ = -1;
    std::jthread thread_;
    std::jthread tidying_;
};

}  // namespace vo::worker
