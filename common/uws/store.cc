// SPDX-License-Identifier: Apache-2.0
// Creating, reading and changing jobs.
#include "uws/store.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/random.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "uws/job_columns.h"

namespace vo::uws {

namespace {

constexpr int kBatch = 1000;
constexpr std::int64_t kMostParameters = 10'000;
// A job that may take long lets one that asks for little go ahead of it, by a tenth of its limit
// and at most some minutes: short before long, yet nothing waits for ever.
constexpr std::string_view kTurn =
    "clock_timestamp() + least(coalesce(nullif(execution_duration, 0), 3600), 3600) * interval '0.1 s'";

[[noreturn]] void refuse_missing(std::string_view id) {
    throw Error(Code::NotFound, "there is no job \"" + std::string(cut_text(id, 64)) +
                                    "\" here: it was deleted, its time is over, or it never was");
}

// Why an update changed nothing.
[[noreturn]] void refuse_move(pg::Connection& db,
                              std::string_view list,
                              std::string_view id,
                              const std::string& words) {
    const auto job = find_job(db, list, id);
    if (!job) refuse_missing(id);
    throw Error(Code::Forbidden, words + "; this one is " + std::string(word_of(job->phase)));
}

void check_queue(pg::Connection& db,
                 std::string_view list,
                 std::string_view client,
                 const QueueLimits& limits) {
    // Counting stops where the answer is certain.
    const auto found = db.exec(
        "SELECT (SELECT draining FROM uws.control), "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE job_list = $1 AND phase = 'QUEUED' LIMIT $3) q), "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE job_list = $1 AND client = $2 "
        "AND phase = 'QUEUED' LIMIT $4) q)",
        {list, client, limits.length, limits.per_client});
    if (found.boolean(0, 0))
        throw Error(Code::Busy,
                    "the service takes no new jobs at present, for its maintenance; please come again")
            .with_retry_after(300);
    if (found.integer(0, 1) >= limits.length)
        throw Error(Code::Busy, "the queue of jobs is full: " + std::to_string(limits.length) +
                                    " wait already; please come again")
            .with_retry_after(60);
    if (found.integer(0, 2) >= limits.per_client)
        throw Error(Code::Busy, "too many of your jobs wait already: " +
                                    std::to_string(limits.per_client) + " may; please come again")
            .with_retry_after(60);
}

struct Columns {
    std::vector<std::optional<std::string>> names, values, files, content_types, sizes;

    explicit Columns(const std::vector<Parameter>& parameters) {
        for (const auto& p : parameters) {
            const bool is_file = !p.file.empty();
            names.emplace_back(p.name);
            values.emplace_back(p.value);
            files.push_back(is_file ? std::optional(p.file) : std::nullopt);
            content_types.push_back(is_file ? std::optional(p.content_type) : std::nullopt);
            sizes.push_back(is_file ? std::optional(std::to_string(p.size_bytes)) : std::nullopt);
        }
    }
};

void check_count(std::int64_t count) {
    if (count > kMostParameters)
        throw Error(Code::BadRequest, "a job has " + std::to_string(kMostParameters) +
                                          " parameters at most");
}

std::string sql_words(const std::vector<Phase>& phases) {
    std::string list;
    for (const auto phase : phases)
        list += (list.empty() ? "'" : ", '") + std::string(word_of(phase)) + '\'';
    return list;
}

std::vector<Result> read_results(pg::Connection& db, std::string_view id) {
    const auto rows = db.exec(
        "SELECT result_id, file, content_type, extension, size_bytes FROM uws.result "
        "WHERE job_id = $1 ORDER BY position",
        {id});
    std::vector<Result> results;
    for (int i = 0; i < rows.rows(); ++i)
        results.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                           std::string(rows.text(i, 2)), std::string(rows.text(i, 3)),
                           rows.integer(i, 4)});
    return results;
}

// The history of the queue says when a job may be done: the mean time of the last ones, so many at
// once as there are slots.
void estimate(pg::Connection& db, std::string_view list, Job& job) {
    if (job.phase != Phase::Queued && job.phase != Phase::Executing) return;
    const auto found = db.exec(
        "SELECT (extract(epoch FROM avg(end_time - start_time)) * 1000000)::bigint, "
        "(SELECT coalesce(sum(slots), 0) FROM uws.worker WHERE job_list = $1 AND seen > now() - interval '1 min') "
        "FROM (SELECT start_time, end_time FROM uws.job WHERE job_list = $1 AND phase = 'COMPLETED' "
        "ORDER BY end_time DESC LIMIT 50) recent",
        {list});
    const auto mean = found.find_integer(0, 0);
    const auto slots = found.integer(0, 1);
    if (!mean || slots == 0) return;
    const auto now = now_utc();
    if (job.phase == Phase::Executing) {
        job.quote = std::max(job.start_time.value_or(now) + *mean, now);
    } else {
        const auto rounds = (job.queue_position.value_or(1) + slots - 1) / slots;
        job.quote = now + rounds * *mean;
    }
}

}  // namespace

std::string make_job_id() {
    std::array<unsigned char, 16> bytes{};
    while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        if (errno != EINTR) throw Error(Code::Internal, "the system gives no random numbers");
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string id;
    for (const auto byte : bytes) {
        id += kHex[byte >> 4U];
        id += kHex[byte & 15U];
    }
    return id;
}

void notify(pg::Connection& db, std::string_view id, std::string_view phase) noexcept {
    try {
        // Apart from the change itself: transactions that notify commit one after the other, and
        // would wait for the disk in turn. Lost with a crash, it is missed by nobody for long.
        db.exec_script("BEGIN; SET LOCAL synchronous_commit = off; SELECT pg_notify('" +
                       std::string(kChannel) + "', " +
                       sql_literal(std::string(id) + ' ' + std::string(phase)) + "); COMMIT");
    } catch (const std::exception& error) {
        log::debug("notify", {{"message", error.what()}});
    }
}

void create_job(pg::Connection& db, const std::string& id, const NewJob& job, const QueueLimits& limits) {
    check_count(std::ssize(job.parameters));
    if (job.run)
        check_queue(db, job.list, job.client, limits);
    const Columns columns(job.parameters);
    const auto phase = job.run ? Phase::Queued : Phase::Pending;
    const auto done = db.exec(
        "WITH job AS (INSERT INTO uws.job (job_id, job_list, owner, client, run_id, phase, "
        "execution_duration, destruction, turn) SELECT $1, $2, $3::bigint, $4, $5, $6, e, "
        "coalesce($8::timestamptz, clock_timestamp() + $9 * interval '1 s'), CASE WHEN $6 = 'QUEUED' THEN "
        "clock_timestamp() + least(coalesce(nullif(e, 0), 3600), 3600) * interval '0.1 s' END "
        "FROM uws.control, (SELECT $7::integer AS e) d WHERE NOT draining RETURNING job_id), "
        "parameter AS (INSERT INTO uws.parameter SELECT job_id, p.position, p.name, p.value, p.file, "
        "p.content_type, p.size_bytes FROM job, "
        "unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[]) WITH ORDINALITY "
        "AS p (name, value, file, content_type, size_bytes, position)) SELECT count(*) FROM job",
        {id, job.list, job.owner, job.client, job.run_id.empty() ? pg::Param(std::nullopt) : job.run_id,
         word_of(phase), job.execution_duration_s,
         job.destruction ? pg::Param(format_utc(*job.destruction)) : pg::Param(std::nullopt),
         job.destruction_s, pg::array_text(columns.names), pg::array_text(columns.values),
         pg::array_text(columns.files), pg::array_text(columns.content_types),
         pg::array_text(columns.sizes)});
    // Nothing was made: the service is being drained, and says so.
    if (done.integer(0, 0) == 0) {
        check_queue(db, job.list, job.client, limits);
        throw Error(Code::Busy, "the service takes no new jobs at present; please come again");
    }
    if (job.run) notify(db, id, word_of(phase));
}

std::vector<Parameter> read_parameters(pg::Connection& db, std::string_view id) {
    const auto rows = db.exec(
        "SELECT name, value, file, content_type, coalesce(size_bytes, 0) FROM uws.parameter "
        "WHERE job_id = $1 ORDER BY position",
        {id});
    std::vector<Parameter> parameters;
    for (int i = 0; i < rows.rows(); ++i)
        parameters.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                              std::string(rows.text(i, 2)), std::string(rows.text(i, 3)),
                              rows.integer(i, 4)});
    return parameters;
}

std::optional<Job> find_job(pg::Connection& db, std::string_view list, std::string_view id) {
    const auto rows = db.exec(
        "SELECT " + std::string(kJobColumns) +
            ", CASE WHEN phase = 'QUEUED' THEN (SELECT count(*) FROM uws.job q WHERE q.job_list = j.job_list "
            "AND q.phase = 'QUEUED' AND q.turn <= j.turn) END FROM uws.job j "
            "LEFT JOIN auth.principal p ON p.principal = j.owner "
            "WHERE job_id = $1 AND job_list = $2 AND destruction > clock_timestamp()",
        {id, list});
    if (rows.rows() == 0) return std::nullopt;
    auto job = read_job(rows, 0);
    job.queue_position = rows.find_integer(0, kJobColumnCount);
    job.parameters = read_parameters(db, id);
    if (job.phase == Phase::Completed) job.results = read_results(db, id);
    estimate(db, list, job);
    return job;
}

Job get_job(pg::Connection& db, std::string_view list, std::string_view id) {
    auto job = find_job(db, list, id);
    if (!job) refuse_missing(id);
    return *std::move(job);
}

void check_owner(const Job& job, std::optional<std::int64_t> principal) {
    if (!job.owner || job.owner == principal) return;
    throw Error(Code::Forbidden, principal ? "this job belongs to another user"
                                           : "this job belongs to a user; log in as that user");
}

void check_owner(pg::Connection& db,
                 std::string_view list,
                 std::string_view id,
                 std::optional<std::int64_t> principal) {
    const auto rows = db.exec(
        "SELECT owner FROM uws.job WHERE job_id = $1 AND job_list = $2 AND destruction > clock_timestamp()",
        {id, list});
    if (rows.rows() == 0) refuse_missing(id);
    check_owner(Job{.owner = rows.find_integer(0, 0)}, principal);
}

std::optional<Phase> find_job_phase(pg::Connection& db, std::string_view id) {
    const auto rows = db.exec("SELECT phase FROM uws.job WHERE job_id = $1", {id});
    if (rows.rows() == 0) return std::nullopt;
    return find_phase(rows.text(0, 0));
}

void list_jobs(pg::Connection& db,
               std::string_view list,
               std::int64_t owner,
               const ListFilter& filter,
               const std::function<void(const JobRef&)>& take) {
    const bool newest_first = filter.last.has_value();
    auto left = filter.last.value_or(-1);
    const std::string where =
        filter.phases.empty() ? "phase <> 'ARCHIVED'" : "phase IN (" + sql_words(filter.phases) + ")";
    const std::string order = newest_first ? "DESC" : "ASC";
    std::optional<std::string> at_time;  // where the batch before ended
    std::string at_id;
    while (left != 0) {
        const auto batch = left < 0 ? kBatch : std::min<std::int64_t>(left, kBatch);
        // A job id has no character above "f".
        const auto rows = db.exec(
            "SELECT job_id, run_id, display, phase, (extract(epoch FROM creation_time) * 1000000)::bigint, "
            "creation_time FROM uws.job JOIN auth.principal p ON p.principal = owner "
            "WHERE owner = $1 AND job_list = $2 AND destruction > clock_timestamp() AND " + where +
                " AND ($3::timestamptz IS NULL OR creation_time > $3::timestamptz) "
                "AND ($4::timestamptz IS NULL OR (creation_time, job_id) " +
                (newest_first ? "<" : ">") +
                " ($4::timestamptz, $5)) ORDER BY creation_time " + order + ", job_id " + order +
                " LIMIT $6",
            {owner, list, filter.after ? pg::Param(format_utc(*filter.after)) : pg::Param(std::nullopt),
             at_id.empty() ? pg::Param(std::nullopt) : pg::Param(at_time), at_id, batch});
        for (int i = 0; i < rows.rows(); ++i)
            take({.id = std::string(rows.text(i, 0)),
                  .run_id = std::string(rows.text(i, 1)),
                  .owner_name = std::string(rows.text(i, 2)),
                  .phase = find_phase(rows.text(i, 3)).value_or(Phase::Unknown),
                  .creation_time = rows.integer(i, 4)});
        if (rows.rows() < batch) return;
        at_id = rows.text(rows.rows() - 1, 0);
        at_time = std::string(rows.text(rows.rows() - 1, 5));
        if (left > 0) left -= rows.rows();
    }
}

void run_job(pg::Connection& db,
             std::string_view list,
             std::string_view id,
             const QueueLimits& limits) {
    const auto client = db.exec("SELECT client FROM uws.job WHERE job_id = $1", {id});
    if (client.rows() == 0) refuse_missing(id);
    check_queue(db, list, client.text(0, 0), limits);
    const auto done = db.exec("UPDATE uws.job SET phase = 'QUEUED', turn = " + std::string(kTurn) +
                                  " WHERE job_id = $1 AND job_list = $2 AND destruction > clock_timestamp() "
                                  "AND phase IN (" + sql_sources(Move::Run) + ")",
                              {id, list});
    if (done.affected() == 0) refuse_move(db, list, id, "only a job that is PENDING or HELD can be run");
    notify(db, id, word_of(Phase::Queued));
}

void abort_job(pg::Connection& db, std::string_view list, std::string_view id) {
    const auto done = db.exec(
        "UPDATE uws.job SET phase = 'ABORTED', end_time = clock_timestamp() WHERE job_id = $1 AND job_list = $2 "
        "AND destruction > clock_timestamp() AND phase IN (" + sql_sources(Move::Abort) + ")",
        {id, list});
    if (done.affected() == 0) refuse_move(db, list, id, "a job that has ended cannot be aborted");
    notify(db, id, word_of(Phase::Aborted));
}

std::vector<std::string> delete_job(pg::Connection& db, std::string_view list, std::string_view id) {
    const auto rows = db.exec(
        "WITH file AS MATERIALIZED (SELECT file FROM uws.result WHERE job_id = $1 UNION ALL "
        "SELECT file FROM uws.parameter WHERE job_id = $1 AND file IS NOT NULL), "
        "gone AS (DELETE FROM uws.job WHERE job_id = $1 AND job_list = $2 RETURNING job_id) "
        "SELECT job_id, file FROM gone LEFT JOIN file ON true",
        {id, list});
    if (rows.rows() == 0) refuse_missing(id);
    std::vector<std::string> files;
    for (int i = 0; i < rows.rows(); ++i)
        if (!rows.is_null(i, 1)) files.emplace_back(rows.text(i, 1));
    notify(db, id, "DELETED");
    return files;
}

std::vector<std::string> set_parameters(pg::Connection& db,
                                        std::string_view list,
                                        std::string_view id,
                                        const std::vector<Parameter>& parameters,
                                        const std::vector<std::string>& accumulating) {
    pg::Transaction work(db);
    const auto job = db.exec(
        "SELECT phase FROM uws.job WHERE job_id = $1 AND job_list = $2 AND destruction > clock_timestamp() "
        "FOR UPDATE",
        {id, list});
    if (job.rows() == 0) refuse_missing(id);
    if (job.text(0, 0) != "PENDING")
        throw Error(Code::Forbidden, "the parameters of a job can be set while it is PENDING; this one is " +
                                         std::string(job.text(0, 0)));
    const Columns columns(parameters);
    std::vector<std::optional<std::string>> kept;
    for (const auto& name : accumulating)
        kept.emplace_back(to_lower(name));
    const auto replaced = db.exec(
        "DELETE FROM uws.parameter WHERE job_id = $1 AND lower(name) IN (SELECT lower(n) FROM unnest($2::text[]) n) "
        "AND lower(name) <> ALL ($3::text[]) RETURNING file",
        {id, pg::array_text(columns.names), pg::array_text(kept)});
    db.exec(
        "INSERT INTO uws.parameter SELECT $1, p.position + (SELECT coalesce(max(position), 0) FROM "
        "uws.parameter WHERE job_id = $1), p.name, p.value, p.file, p.content_type, p.size_bytes FROM "
        "unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) WITH ORDINALITY "
        "AS p (name, value, file, content_type, size_bytes, position)",
        {id, pg::array_text(columns.names), pg::array_text(columns.values), pg::array_text(columns.files),
         pg::array_text(columns.content_types), pg::array_text(columns.sizes)});
    check_count(db.exec("SELECT count(*) FROM uws.parameter WHERE job_id = $1", {id}).integer(0, 0));
    work.commit();
    std::vector<std::string> files;
    for (int i = 0; i < replaced.rows(); ++i)
        if (!replaced.is_null(i, 0)) files.emplace_back(replaced.text(i, 0));
    return files;
}

void set_destruction(pg::Connection& db,
                     std::string_view list,
                     std::string_view id,
                     Micros destruction) {
    const auto done = db.exec(
        "UPDATE uws.job SET destruction = $3::timestamptz WHERE job_id = $1 AND job_list = $2 "
        "AND destruction > clock_timestamp()",
        {id, list, format_utc(destruction)});
    if (done.affected() == 0) refuse_missing(id);
}

void set_execution_duration(pg::Connection& db,
                            std::string_view list,
                            std::string_view id,
                            std::int64_t seconds) {
    const auto done = db.exec(
        "UPDATE uws.job SET execution_duration = $3 WHERE job_id = $1 AND job_list = $2 "
        "AND destruction > clock_timestamp() AND phase IN (" + sql_sources(Move::Abort) + ")",
        {id, list, seconds});
    if (done.affected() == 0)
        refuse_move(db, list, id, "the limit of a job can be set until it has ended");
}

}  // namespace vo::uws
