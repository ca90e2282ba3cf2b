// SPDX-License-Identifier: Apache-2.0
// The rows of one query as they arrive: extended protocol, binary results, single-row mode.
//
//     pg::Rows rows(db, sql, {.budget = 60s, .watch_fd = response.watch_fd()});
//     rows.oids();                                  // known before the first row is taken
//     while (const Row* row = rows.next()) writer->row(*row);
//
// Memory is one row plus libpq's buffer. Only the time spent waiting for PostgreSQL counts against
// the budget, never the time a slow client takes; beyond it the query is cancelled and next()
// throws TooLong. When the peer of watch_fd hangs up while we wait, the query is cancelled and
// next() throws Error(Busy). The destructor cancels and drains what is left.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/cell.h"

struct pg_result;

namespace vo::pg {

class Connection;

struct Patience {
    std::chrono::milliseconds budget{60'000};
    int watch_fd = -1;
};

class Rows {
  public:
    // Sends the query and waits for its row description and first row, so that most failures come
    // before any byte of an answer.
    Rows(Connection& connection, const std::string& sql, Patience patience);
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    // PostgreSQL's type of each column.
    [[nodiscard]] const std::vector<unsigned>& oids() const { return oids_; }

    // nullptr after the last row.
    [[nodiscard]] const Row* next();

    // Time spent waiting for PostgreSQL so far.
    [[nodiscard]] std::chrono::microseconds waited() const { return waited_; }

  private:
    using ResultPtr = std::unique_ptr<pg_result, void (*)(pg_result*)>;

    void fetch();
    void wait_for_input();
    void give_up() noexcept;

    Connection& connection_;
    Patience patience_;
    ResultPtr result_;
    std::vector<unsigned> oids_;
    std::vector<Cell> cells_;
    Row row_;
    std::chrono::microseconds waited_{0};
    bool first_taken_ = false;
    bool done_ = false;
};

}  // namespace vo::pg
