// SPDX-License-Identifier: Apache-2.0
// Single-row mode with a budget: waits in poll(), so that time and hang-ups are seen.
#include "pg/rows.h"

#include <array>

#include <libpq-fe.h>
#include <poll.h>

#include "base/error.h"
#include "pg/connection.h"

namespace vo::pg {

namespace {

constexpr int kBinary = 1;

}  // namespace

Rows::Rows(Connection& connection, const std::string& sql, Patience patience)
    : connection_(connection), patience_(patience), result_(nullptr, PQclear) {
    auto* conn = connection_.handle();
    if (PQsendQueryParams(conn, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary) != 1 ||
        PQsetSingleRowMode(conn) != 1)
        throw_failure(conn, nullptr);
    try {
        fetch();
    } catch (...) {
        // A constructor that throws has no destructor to leave the connection clean.
        give_up();
        throw;
    }
    const int columns = PQnfields(result_.get());
    for (int i = 0; i < columns; ++i)
        oids_.push_back(PQftype(result_.get(), i));
    cells_.resize(static_cast<std::size_t>(columns));
    row_ = Row(cells_);
}

Rows::~Rows() {
    if (!done_) give_up();
}

const Row* Rows::next() {
    if (done_) return nullptr;
    if (first_taken_) fetch();
    first_taken_ = true;
    if (PQresultStatus(result_.get()) != PGRES_SINGLE_TUPLE) {
        // The empty result that ends the rows; the connection is free after one more, a NULL.
        while (auto* rest = PQgetResult(connection_.handle()))
            PQclear(rest);
        done_ = true;
        return nullptr;
    }
    for (int i = 0; i < static_cast<int>(cells_.size()); ++i) {
        auto& cell = cells_[static_cast<std::size_t>(i)];
        cell.size = PQgetisnull(result_.get(), 0, i) != 0 ? -1 : PQgetlength(result_.get(), 0, i);
        cell.data = PQgetvalue(result_.get(), 0, i);
    }
    return &row_;
}

void Rows::fetch() {
    auto* conn = connection_.handle();
    while (PQisBusy(conn) != 0)
        wait_for_input();
    result_.reset(PQgetResult(conn));
    switch (PQresultStatus(result_.get())) {
        case PGRES_SINGLE_TUPLE:
        case PGRES_TUPLES_OK: return;
        default: throw_failure(conn, result_.get());
    }
}

void Rows::wait_for_input() {
    auto* conn = connection_.handle();
    if (PQflush(conn) < 0) throw_failure(conn, nullptr);
    const auto left =
        patience_.budget - std::chrono::duration_cast<std::chrono::milliseconds>(waited_);
    if (left.count() <= 0)
        throw Error(Code::TooLong,
                    "the query kept the database busy for longer than the " +
                        std::to_string(patience_.budget.count() / 1000) +
                        " s that this service allows; ask for fewer rows or a smaller region");
    std::array<pollfd, 2> fds{pollfd{PQsocket(conn), POLLIN, 0},
                              pollfd{patience_.watch_fd, POLLRDHUP, 0}};
    const auto start = std::chrono::steady_clock::now();
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    waited_ += std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    if (ready > 0 && (fds[1].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        throw Error(Code::Busy, "the client left before the answer was ready");
    if (ready > 0 && PQconsumeInput(conn) != 1) throw_failure(conn, nullptr);
}

void Rows::give_up() noexcept {
    done_ = true;
    connection_.cancel();
    while (auto* rest = PQgetResult(connection_.handle()))
        PQclear(rest);
}

}  // namespace vo::pg
