// SPDX-License-Identifier: Apache-2.0
// Slots in order of arrival; connections are made when first needed.
#include "pg/pool.h"

#include <algorithm>

#include <libpq-fe.h>
#include <poll.h>

#include "base/error.h"

namespace vo::pg {

namespace {

// An idle connection with something to read has been closed or is about to be: the server speaks
// unasked only to say good-bye.
bool is_usable(const Connection& connection) {
    if (!connection.is_alive()) return false;
    if (PQtransactionStatus(connection.handle()) != PQTRANS_IDLE) return false;
    pollfd socket{PQsocket(connection.handle()), POLLIN, 0};
    return poll(&socket, 1, 0) == 0;
}

}  // namespace

Pool::Pool(std::string conninfo,
           std::string application_name,
           PoolLimits limits,
           std::function<void(Connection&)> prepare)
    : conninfo_(std::move(conninfo)),
      application_name_(std::move(application_name)),
      prepare_(std::move(prepare)),
      limits_(limits) {}

void Pool::set_limits(PoolLimits limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
}

Pool::Lease Pool::take() {
    std::unique_ptr<Connection> connection;
    {
        std::unique_lock lock(mutex_);
        if (busy_ >= limits_.slots || !waiting_.empty()) {
            if (waiting_.size() >= limits_.queue)
                throw Error(Code::Busy,
                            "the service is busy: all query slots and its queue are full; please "
                            "try again shortly");
            std::condition_variable turn;
            waiting_.push_back(&turn);
            const bool mine = turn.wait_for(lock, limits_.wait, [&] {
                return waiting_.front() == &turn && busy_ < limits_.slots;
            });
            waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &turn));
            if (!waiting_.empty() && busy_ + (mine ? 1 : 0) < limits_.slots)
                waiting_.front()->notify_one();
            if (!mine)
                throw Error(Code::Busy, "the service is busy: no query slot became free in " +
                                            std::to_string(limits_.wait.count() / 1000) +
                                            " s; please try again shortly");
        }
        ++busy_;
        if (!idle_.empty()) {
            connection = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (connection && is_usable(*connection)) return {*this, std::move(connection)};
    try {
        connection = std::make_unique<Connection>(conninfo_, application_name_);
        if (prepare_) prepare_(*connection);
    } catch (...) {
        // The slot must come back whatever the reason.
        give_back(nullptr);
        throw;
    }
    return {*this, std::move(connection)};
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    --busy_;
    if (connection && connection->is_alive()) idle_.push_back(std::move(connection));
    if (!waiting_.empty()) waiting_.front()->notify_one();
}

}  // namespace vo::pg
