// SPDX-License-Identifier: Apache-2.0
// A bounded set of connections: the query slots of a service.
//
//     pg::Pool pool(config.database_query, "vogate tap-sync", {.slots = 4, .queue = 64, .wait =
//     2s}); const auto lease = pool.take();       // waits its turn, at most `wait`
//     lease->exec(...);
//
// More than `queue` waiting, or a wait beyond `wait`, is Error(Busy): 503 + Retry-After. Turns are
// given in order of arrival. A connection that the server closed meanwhile is replaced before it
// is handed out. Any thread; a Lease must not outlive its Pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pg/connection.h"

namespace vo::pg {

struct PoolLimits {
    std::size_t slots = 4;
    std::size_t queue = 64;
    std::chrono::milliseconds wait{2000};
};

class Pool {
  public:
    class Lease {
      public:
        Lease(Pool& pool, std::unique_ptr<Connection> connection)
            : pool_(&pool), connection_(std::move(connection)) {}

        ~Lease() {
            if (pool_ != nullptr) pool_->give_back(std::move(connection_));
        }

        Lease(Lease&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)),
              connection_(std::move(other.connection_)) {}

        Lease& operator=(Lease&&) = delete;

        Connection& operator*() const { return *connection_; }

        Connection* operator->() const { return connection_.get(); }

      private:
        Pool* pool_;
        std::unique_ptr<Connection> connection_;
    };

    // `prepare` sees each new connection before anyone else; what it throws, take() throws.
    Pool(std::string conninfo,
         std::string application_name,
         PoolLimits limits,
         std::function<void(Connection&)> prepare = {});

    [[nodiscard]] Lease take();

    // New limits for later requests; running ones keep their slots.
    void set_limits(PoolLimits limits);

  private:
    friend class Lease;

    void give_back(std::unique_ptr<Connection> connection);

    std::string conninfo_;
    std::string application_name_;
    std::function<void(Connection&)> prepare_;
    std::mutex mutex_;
    PoolLimits limits_;
    std::size_t busy_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::deque<std::condition_variable*> waiting_;
};

}  // namespace vo::pg
