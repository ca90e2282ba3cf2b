// SPDX-License-Identifier: Apache-2.0
// Requests that wait for a job to change its phase (UWS 1.1 §2.2.2.4, WAIT).
//
//     uws::Waiting waiting([&] { return pg::Listener(...); }, limits);
//     if (auto place = waiting.enter(job_id, client)) {      // first this,
//         const auto phase = *find_job_phase(db, job_id);    // then a look, so that no change is missed
//         place->wait(phase, deadline, response.watch_fd());
//     }
//
// A thread of its own listens to the database for all of them, and looks itself now and then, for a
// notification may be lost; so a wait holds neither a connection nor anything else of the database.
// There is no place beyond the limits: then a WAIT answers at once, as the standard allows, and the
// web server keeps threads for others. Any thread; a Place is one thread's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/trouble.h"
#include "pg/listener.h"
#include "uws/phase.h"

namespace vo::uws {

struct WaitLimits {
    std::int64_t total = 0;
    std::int64_t per_client = 0;
};

class Waiting {
  public:
    class Place {
      public:
        Place(Waiting& waiting, std::string job_id, std::string client);
        ~Place();
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        // Returns when the phase is no longer the one that was seen (or may be), at the deadline, when
        // the peer of watch_fd hangs up, or when the process is about to end.
        void wait(Phase seen, std::chrono::steady_clock::time_point deadline, int watch_fd);

      private:
        friend class Waiting;

        Waiting& waiting_;
        std::string job_id_;
        std::string client_;
        std::atomic<Phase> seen_;
        int event_ = -1;  // an eventfd
    };

    Waiting(std::function<pg::Listener()> connect, WaitLimits limits);
    // REQUIRES: no Place lives.
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    // Once, before anyone waits: the thread that listens.
    void start();

    void set_limits(WaitLimits limits);

    // Nothing when there is no place.
    [[nodiscard]] std::unique_ptr<Place> enter(const std::string& job_id, const std::string& client);

    // All waits end, and none begins any more.
    void release_all();
    [[nodiscard]] bool is_released() const { return released_; }

  private:
    void listen_forever(const std::stop_token& stop);
    void wake(const std::string& job_id);
    void wake_all();
    void look(pg::Connection& db);

    std::function<pg::Listener()> connect_;
    Trouble trouble_{"waiting"};
    std::mutex mutex_;
    WaitLimits limits_;
    std::atomic<bool> released_ = false;
    std::multimap<std::string, Place*> places_;
    std::map<std::string, std::int64_t> clients_;
    int stop_event_ = -1;
    std::jthread thread_;
};

}  // namespace vo::uws
