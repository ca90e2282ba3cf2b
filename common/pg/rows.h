// SPDX-License-Identifier: Apache-2.0
// The rows of one query as they arrive, in PostgreSQL's binary form.
//
//     pg::Rows rows(db, sql, limit, {.budget = 60s, .watch_fd = response.watch_fd()}, waited);
//     rows.oids();                                  // known before the first row is taken
//     while (const Row* row = rows.next()) writer->row(*row);
//
// A query of few rows is one round trip in single-row mode. More come by COPY, whose rows cost
// libpq a third of the work, after a round trip more that asks for their types. Memory is one row
// plus libpq's buffer. Only the time spent waiting for PostgreSQL counts against
// the budget, never the time a slow client takes; beyond it the query is cancelled and next()
// throws TooLong. When the peer of watch_fd hangs up while we wait, the query is cancelled and
// next() throws Error(Busy). The destructor cancels and drains what is left.
#pragma once

#include <chrono>
#include <cstdint>
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

// Throws Busy when the peer of the descriptor (-1: none) has hung up.
void check_peer(int watch_fd);

class Rows {
  public:
    // `waited` is set to the time spent waiting for PostgreSQL so far, also when this throws; it
    // must outlive the object. Sends the query and waits for its row description and first row, so that most failures come
    // before any byte of an answer. `most` is how many rows there can be at most.
    Rows(Connection& connection,
         const std::string& sql,
         std::int64_t most,
         Patience patience,
         std::chrono::microseconds& waited);
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    // PostgreSQL's type of each column.
    [[nodiscard]] const std::vector<unsigned>& oids() const { return oids_; }

    // nullptr after the last row.
    [[nodiscard]] const Row* next();

  private:
    using ResultPtr = std::unique_ptr<pg_result, void (*)(pg_result*)>;

    using BytesPtr = std::unique_ptr<char, void (*)(void*)>;

    void start_rows(const std::string& sql);
    void start_copy(const std::string& sql);
    [[nodiscard]] ResultPtr wait_for_result();
    void expect_end();
    void describe(const pg_result* result);
    void fetch_row();
    void fetch_copy();
    void wait_for_input();
    void give_up() noexcept;

    Connection& connection_;
    Patience patience_;
    bool copies_;
    ResultPtr result_;  // the row of single-row mode
    BytesPtr copied_;   // the row of COPY
    std::vector<unsigned> oids_;
    std::vector<Cell> cells_;
    Row row_;
    std::chrono::microseconds& waited_;
    bool first_taken_ = false;
    bool done_ = false;
};

}  // namespace vo::pg
