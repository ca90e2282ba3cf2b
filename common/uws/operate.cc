// SPDX-License-Identifier: Apache-2.0
// The operators' statements.
#include "uws/operate.h"

#include "base/error.h"
#include "base/text.h"

namespace vo::uws {

void list_all(pg::Connection& db,
              const std::vector<Phase>& phases,
              std::int64_t last,
              const std::function<void(const JobLine&)>& take) {
    std::vector<std::optional<std::string>> words;
    for (const auto phase : phases)
        words.emplace_back(word_of(phase));
    const auto rows = db.exec(
        "SELECT job_id, run_id, display, phase, (extract(epoch FROM creation_time) * 1000000)::bigint, job_list, "
        "client, worker, attempt, extract(epoch FROM coalesce(end_time, clock_timestamp()) - start_time)::float8 "
        "FROM uws.job LEFT JOIN auth.principal p ON p.principal = owner "
        "WHERE $1::text[] = '{}' OR phase = ANY ($1::text[]) ORDER BY creation_time DESC, job_id LIMIT $2",
        {pg::array_text(words), last});
    for (int i = 0; i < rows.rows(); ++i)
        take({.job = {.id = std::string(rows.text(i, 0)),
                      .run_id = std::string(rows.text(i, 1)),
                      .owner_name = std::string(rows.text(i, 2)),
                      .phase = find_phase(rows.text(i, 3)).value_or(Phase::Unknown),
                      .creation_time = rows.integer(i, 4)},
              .list = std::string(rows.text(i, 5)),
              .client = std::string(rows.text(i, 6)),
              .worker = std::string(rows.text(i, 7)),
              .attempt = rows.integer(i, 8),
              .run_s = rows.is_null(i, 9) ? std::nullopt : std::optional(rows.number(i, 9))});
}

QueueState read_state(pg::Connection& db) {
    QueueState state;
    state.draining = db.exec("SELECT draining FROM uws.control").boolean(0, 0);
    const auto counts = db.exec("SELECT phase, count(*) FROM uws.job GROUP BY phase ORDER BY phase");
    for (int i = 0; i < counts.rows(); ++i)
        state.counts.emplace_back(counts.text(i, 0), counts.integer(i, 1));
    const auto workers = db.exec(
        "SELECT worker, slots FROM uws.worker WHERE seen > now() - interval '3 min' ORDER BY worker");
    for (int i = 0; i < workers.rows(); ++i)
        state.workers.emplace_back(workers.text(i, 0), workers.integer(i, 1));
    return state;
}

void set_draining(pg::Connection& db, bool on) {
    db.exec("UPDATE uws.control SET draining = $1", {on});
}

std::string get_list(pg::Connection& db, std::string_view id) {
    const auto rows = db.exec("SELECT job_list FROM uws.job WHERE job_id = $1", {id});
    if (rows.rows() == 0)
        throw Error(Code::NotFound, "there is no job \"" + std::string(cut_text(id, 64)) + '"');
    return std::string(rows.text(0, 0));
}

}  // namespace vo::uws
