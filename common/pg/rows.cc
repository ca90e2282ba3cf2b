// SPDX-License-Identifier: Apache-2.0
// Single-row mode or COPY, with a budget: waits in poll(), so that time and hang-ups are seen.
#include "pg/rows.h"

#include <array>

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/error.h"
#include "pg/connection.h"

namespace vo::pg {

namespace {

constexpr int kBinary = 1;
// Below this many rows the further round trip of COPY costs more than it saves.
constexpr std::int64_t kFewRows = 500;
// PostgreSQL 15 §COPY: the signature, flags, and the length of an extension that is not there.
constexpr std::string_view kCopySignature{"PGCOPY\n\377\r\n\0", 11};
constexpr std::size_t kCopyHeader = kCopySignature.size() + 8;

// The values of one COPY tuple: a count, then length and bytes of each; a count of -1 ends all.
// False at that end.
bool read_tuple(std::string_view bytes, std::vector<Cell>& cells) {
    if (bytes.starts_with(kCopySignature)) bytes.remove_prefix(kCopyHeader);
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    const auto check = [&](bool good) {
        if (!good) throw Error(Code::Internal, "a COPY row is not what its columns promise");
    };
    check(end - at >= 2);
    const auto count = load_big<std::int16_t>(at);
    if (count < 0) return false;
    check(static_cast<std::size_t>(count) == cells.size());
    at += 2;
    for (auto& cell : cells) {
        check(end - at >= 4);
        cell.size = load_big<std::int32_t>(at);
        cell.data = at += 4;
        if (cell.size > 0) at += cell.size;
        check(at <= end);
    }
    return true;
}

}  // namespace

Rows::Rows(Connection& connection,
           const std::string& sql,
           std::int64_t most,
           Patience patience,
           std::chrono::microseconds& waited)
    : connection_(connection),
      patience_(patience),
      copies_(most > kFewRows),
      result_(nullptr, PQclear),
      copied_(nullptr, PQfreemem),
      waited_(waited) {
    waited_ = {};
    try {
        if (copies_)
            start_copy(sql);
        else
            start_rows(sql);
    } catch (...) {
        // A constructor that throws has no destructor to leave the connection clean.
        give_up();
        throw;
    }
}

Rows::~Rows() {
    if (!done_) give_up();
}

void Rows::start_rows(const std::string& sql) {
    auto* conn = connection_.handle();
    if (PQsendQueryParams(conn, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary) != 1 ||
        PQsetSingleRowMode(conn) != 1)
        throw_failure(conn, nullptr);
    result_ = wait_for_result();
    describe(result_.get());
    fetch_row();
}

void Rows::start_copy(const std::string& sql) {
    auto* conn = connection_.handle();
    if (PQsendPrepare(conn, "", sql.c_str(), 0, nullptr) != 1) throw_failure(conn, nullptr);
    (void)wait_for_result();
    expect_end();
    if (PQsendDescribePrepared(conn, "") != 1) throw_failure(conn, nullptr);
    describe(wait_for_result().get());
    expect_end();
    if (PQsendQuery(conn, ("COPY (" + sql + ") TO STDOUT (FORMAT binary)").c_str()) != 1)
        throw_failure(conn, nullptr);
    (void)wait_for_result();
    fetch_copy();
}

Rows::ResultPtr Rows::wait_for_result() {
    auto* conn = connection_.handle();
    while (PQisBusy(conn) != 0)
        wait_for_input();
    ResultPtr result(PQgetResult(conn), PQclear);
    switch (PQresultStatus(result.get())) {
        case PGRES_COMMAND_OK:
        case PGRES_COPY_OUT:
        case PGRES_SINGLE_TUPLE:
        case PGRES_TUPLES_OK: return result;
        default: throw_failure(conn, result.get());
    }
}

// The connection is free for the next statement after a NULL only.
void Rows::expect_end() {
    while (auto* rest = PQgetResult(connection_.handle()))
        PQclear(rest);
}

void Rows::describe(const pg_result* result) {
    const int columns = PQnfields(result);
    for (int i = 0; i < columns; ++i)
        oids_.push_back(PQftype(result, i));
    cells_.resize(static_cast<std::size_t>(columns));
    row_ = Row(cells_);
}

const Row* Rows::next() {
    if (first_taken_ && !done_) {
        if (copies_) {
            fetch_copy();
        } else {
            result_ = wait_for_result();
            fetch_row();
        }
    }
    first_taken_ = true;
    return done_ ? nullptr : &row_;
}

void Rows::fetch_row() {
    const auto* result = result_.get();
    if (PQresultStatus(result) != PGRES_SINGLE_TUPLE) {
        expect_end();
        done_ = true;
        return;
    }
    for (int i = 0; i < static_cast<int>(cells_.size()); ++i) {
        auto& cell = cells_[static_cast<std::size_t>(i)];
        cell.data = PQgetvalue(result, 0, i);
        cell.size = PQgetlength(result, 0, i);
        if (cell.size == 0 && PQgetisnull(result, 0, i) != 0) cell.size = -1;
    }
}

void Rows::fetch_copy() {
    auto* conn = connection_.handle();
    char* bytes = nullptr;
    int size = 0;
    while ((size = PQgetCopyData(conn, &bytes, 1)) == 0)
        wait_for_input();
    copied_.reset(bytes);
    if (size == -2) throw_failure(conn, nullptr);
    // libpq hands out whole rows, one at a time.
    if (size > 0 && read_tuple({bytes, static_cast<std::size_t>(size)}, cells_)) return;
    if (size > 0) return fetch_copy();
    // What ended the rows: their end, or an error in their midst.
    (void)wait_for_result();
    expect_end();
    done_ = true;
}

namespace {

constexpr std::chrono::seconds kDrain{5};

// Waits for more of what the server sends; false when none came in time, or will.
bool await_input(pg_conn* conn, std::chrono::steady_clock::time_point end) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd watch{PQsocket(conn), POLLIN, 0};
    return left.count() > 0 && poll(&watch, 1, static_cast<int>(left.count())) == 1 &&
           PQconsumeInput(conn) == 1;
}

// Takes what is left of a query that was cancelled; false when its end does not come.
bool drain(pg_conn* conn) {
    const auto end = std::chrono::steady_clock::now() + kDrain;
    while (true) {
        while (PQisBusy(conn) == 1)
            if (!await_input(conn, end)) return false;
        auto* rest = PQgetResult(conn);
        if (rest == nullptr) return true;
        const auto status = PQresultStatus(rest);
        PQclear(rest);
        if (status != PGRES_COPY_OUT) continue;
        // Until the last of them is taken, libpq says nothing but that a COPY is going on.
        char* bytes = nullptr;
        for (int size = 0; (size = PQgetCopyData(conn, &bytes, 1)) >= 0;)
            if (size > 0)
                PQfreemem(bytes);
            else if (!await_input(conn, end))
                return false;
    }
}

}  // namespace

void check_peer(int watch_fd) {
    pollfd watch{watch_fd, POLLRDHUP, 0};
    if (poll(&watch, 1, 0) == 1 && (watch.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
        throw Error(Code::Busy, "the client left before the answer was ready");
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
    auto* conn = connection_.handle();
    if (connection_.cancel() && drain(conn)) return;
    // A server that died may leave a process behind that computes on for hours: nobody waits for it.
    shutdown(PQsocket(conn), SHUT_RDWR);
    PQconsumeInput(conn);
}

}  // namespace vo::pg
