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
std::string sql_turn(std::string_view duration) {
    return "clock_timestamp() + least(coalesce(nullif(" + std::string(duration) +
           ", 0), 3600), 3600) * interval '0.1 s'";
}

[[noreturn]] void refuse_missing(std::string_view id) {
    throw Error(Code::NotFound, "there is no job \"" + std::string(cut_text(id, 64)) +
                                    "\" here: it was deleted, its time is over, or it never was");
}

// Why an update changed nothing.
[[noreturn]] void refuse_move(pg::Connection& db,
                              std::string_view list,
                              std::string_view id,
                              const std::string& words) {
    const auto job = find_job(db, list, id, Detail::State);
    if (!job) refuse_missing(id);
    throw Error(Code::Forbidden, words + "; this one is " + std::string(word_of(job->phase)));
}

struct Columns {
    std::vector<std::optional<std::string>> names, values, files, content_types, sizes, entities;

    explicit Columns(const std::vector<Parameter>& parameters) {
        for (const auto& p : parameters) {
            const bool is_file = !p.file.empty();
            names.emplace_back(p.name);
            values.emplace_back(p.value);
            files.push_back(is_file ? std::optional(p.file) : std::nullopt);
            content_types.push_back(is_file ? std::optional(p.content_type) : std::nullopt);
            sizes.push_back(is_file ? std::optional(std::to_string(p.size_bytes)) : std::nullopt);
            entities.push_back(p.entity.empty() ? std::nullopt : std::optional(p.entity));
        }
    }
};

void check_count(std::int64_t count) {
    if (count > kMostParameters)
        throw Error(Code::BadRequest, "a job has " + std::to_string(kMostParameters) +
                                          " parameters at most");
}

void check_total(const pg::Result& sums, const ParameterLimits& limits) {
    check_count(sums.integer(0, 0));
    if (sums.integer(0, 1) > limits.value_bytes)
        throw Error(Code::TooLarge, "the parameters of a job have " + std::to_string(limits.value_bytes) +
                                        " bytes together at most");
    if (sums.integer(0, 2) > limits.file_bytes)
        throw Error(Code::TooLarge, "the files of a job have " + std::to_string(limits.file_bytes) +
                                        " bytes together at most");
}

std::string sql_words(const std::vector<Phase>& phases) {
    std::string list;
    for (const auto phase : phases)
        list += (list.empty() ? "'" : ", '") + std::string(word_of(phase)) + '\'';
    return list;
}

std::vector<Result> read_results(pg::Connection& db, std::string_view id) {
    static const pg::Statement statement{
        "read results",
        "SELECT result_id, file, content_type, extension, size_bytes, entity_id FROM uws.result "
        "WHERE job_id = $1 ORDER BY position"};
    const auto rows = db.exec(statement, {id});
    std::vector<Result> results;
    for (int i = 0; i < rows.rows(); ++i)
        results.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                           std::string(rows.text(i, 2)), std::string(rows.text(i, 3)),
                           rows.integer(i, 4), std::string(rows.text(i, 5))});
    return results;
}

// The history of the queue says when a job may be done: the mean time of the last ones, so many at
// once as there are slots.
void estimate(pg::Connection& db, std::string_view list, Job& job) {
    if (job.phase != Phase::Queued && job.phase != Phase::Executing) return;
    static const pg::Statement statement{
        "read history",
        "SELECT (extract(epoch FROM avg(end_time - start_time)) * 1000000)::bigint, "
        "(SELECT coalesce(sum(slots), 0) FROM uws.worker w WHERE w.queue = (SELECT queue FROM uws.job WHERE job_id = $2) "
        "AND seen > now() - interval '3 min') FROM (SELECT start_time, end_time FROM uws.job WHERE job_list = $1 AND phase = 'COMPLETED' "
        "ORDER BY end_time DESC LIMIT 50) recent"};
    const auto found = db.exec(statement, {list, job.id});
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

std::string queued_word(std::string_view queue) {
    return std::string(word_of(Phase::Queued)) + ' ' + std::string(queue);
}

pg::Call tell(std::string_view id, std::string_view word) {
    // Apart from the change itself: transactions that notify commit one after the other, and would
    // wait for the disk in turn. Lost with a crash, it is missed by nobody for long.
    static const pg::Statement statement{
        "notify", "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"};
    return {statement, {kChannel, std::string(id) + ' ' + std::string(word)}};
}

void notify(pg::Connection& db, std::string_view id, std::string_view word) noexcept {
    try {
        db.exec({tell(id, word)});
    } catch (const std::exception& error) {
        log::debug("notify", {{"message", error.what()}});
    }
}

void check_room(pg::Connection& db, std::string_view client, bool run, const QueueLimits& limits) {
    // Counting stops where the answer is certain.
    const auto found = db.exec(
        "SELECT (SELECT draining FROM uws.control), "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE queue = $1 AND phase = 'QUEUED' LIMIT $3) q), "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE queue = $1 AND client = $2 "
        "AND phase = 'QUEUED' LIMIT $4) q), "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE queue = $1 AND client = $2 "
        "AND phase = 'PENDING' LIMIT $5) p)",
        {limits.queue, client, limits.length, limits.per_client, limits.pending});
    if (found.boolean(0, 0))
        throw Error(Code::Busy,
                    "the service takes no new jobs at present, for its maintenance; please come again")
            .with_retry_after(300);
    if (run && found.integer(0, 1) >= limits.length)
        throw Error(Code::Busy, "the queue of jobs is full: " + std::to_string(limits.length) +
                                    " wait already; please come again")
            .with_retry_after(60);
    if (run && found.integer(0, 2) >= limits.per_client)
        throw Error(Code::Busy, "too many of your jobs wait already: " +
                                    std::to_string(limits.per_client) + " may; please come again")
            .with_retry_after(60);
    if (!run && found.integer(0, 3) >= limits.pending)
        throw Error(Code::Busy, "too many of your jobs are PENDING: " + std::to_string(limits.pending) +
                                    " may be; start or delete some of them")
            .with_retry_after(60);
}

void create_job(pg::Connection& db, const std::string& id, const NewJob& job, const QueueLimits& limits) {
    static const pg::Statement statement{
        "create job",
        "WITH room AS (SELECT FROM uws.control WHERE NOT draining AND CASE WHEN $6 = 'QUEUED' THEN "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE queue = $18 AND phase = 'QUEUED' LIMIT $15) q) "
        "< $15 AND "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE queue = $18 AND client = $4 AND phase = 'QUEUED' "
        "LIMIT $16) q) < $16 ELSE "
        "(SELECT count(*) FROM (SELECT FROM uws.job WHERE queue = $18 AND client = $4 AND phase = 'PENDING' "
        "LIMIT $17) p) < $17 END), "
        "job AS (INSERT INTO uws.job (job_id, job_list, queue, kind, owner, client, run_id, phase, "
        "execution_duration, destruction, turn) SELECT $1, $2, $18, $19::bigint, $3::bigint, $4, $5, $6, e, "
        "coalesce($8::timestamptz, clock_timestamp() + $9 * interval '1 s'), CASE WHEN $6 = 'QUEUED' THEN " +
            sql_turn("e") +
            " END FROM room, (SELECT $7::integer AS e) d RETURNING job_id), "
            "parameter AS (INSERT INTO uws.parameter (job_id, position, name, value, file, content_type, size_bytes, "
            "entity_id) SELECT job_id, p.position, p.name, p.value, p.file, p.content_type, p.size_bytes, p.entity "
            "FROM job, unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[], $20::text[]) "
            "WITH ORDINALITY AS p (name, value, file, content_type, size_bytes, entity, position)) "
            "SELECT count(*) FROM job"};
    check_count(std::ssize(job.parameters));
    const Columns columns(job.parameters);
    const auto phase = word_of(job.run ? Phase::Queued : Phase::Pending);
    std::vector<pg::Call> calls{
        {statement,
         {id, job.list, job.owner, job.client, job.run_id.empty() ? pg::Param(std::nullopt) : job.run_id, phase,
          job.execution_duration_s, job.destruction ? pg::Param(format_utc(*job.destruction)) : pg::Param(std::nullopt),
          job.destruction_s, pg::array_text(columns.names), pg::array_text(columns.values),
          pg::array_text(columns.files), pg::array_text(columns.content_types), pg::array_text(columns.sizes),
          limits.length, limits.per_client, limits.pending, limits.queue, job.kind, pg::array_text(columns.entities)}}};
    if (job.run) calls.push_back(tell(id, queued_word(limits.queue)));
    if (db.exec(calls)[0].integer(0, 0) > 0) return;
    check_room(db, job.client, job.run, limits);
    throw Error(Code::Busy, "the queue of jobs was full a moment ago; please come again").with_retry_after(1);
}

std::vector<Parameter> read_parameters(pg::Connection& db, std::string_view id) {
    static const pg::Statement statement{
        "read parameters",
        "SELECT name, value, file, content_type, coalesce(size_bytes, 0), entity_id FROM uws.parameter "
        "WHERE job_id = $1 ORDER BY position"};
    const auto rows = db.exec(statement, {id});
    std::vector<Parameter> parameters;
    for (int i = 0; i < rows.rows(); ++i)
        parameters.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1)),
                              std::string(rows.text(i, 2)), std::string(rows.text(i, 3)),
                              rows.integer(i, 4), std::string(rows.text(i, 5))});
    return parameters;
}

std::optional<Job> find_job(pg::Connection& db,
                            std::string_view list,
                            std::string_view id,
                            Detail detail) {
    static const pg::Statement statement{
        "find job",
        "SELECT " + std::string(kJobColumns) +
            ", CASE WHEN phase = 'QUEUED' THEN (SELECT count(*) FROM uws.job q WHERE q.queue = j.queue "
            "AND q.phase = 'QUEUED' AND q.turn <= j.turn) END FROM uws.job j "
            "LEFT JOIN auth.principal p ON p.principal = j.owner "
            "WHERE job_id = $1 AND job_list = $2 AND destruction > clock_timestamp()"};
    const auto rows = db.exec(statement, {id, list});
    if (rows.rows() == 0) return std::nullopt;
    auto job = read_job(rows, 0);
    job.queue_position = rows.find_integer(0, kJobColumnCount);
    if (detail == Detail::Whole) job.parameters = read_parameters(db, id);
    if (!is_active(job.phase)) job.results = read_results(db, id);
    estimate(db, list, job);
    return job;
}

Job get_job(pg::Connection& db, std::string_view list, std::string_view id, Detail detail) {
    auto job = find_job(db, list, id, detail);
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
    static const pg::Statement statement{"find phase", "SELECT phase FROM uws.job WHERE job_id = $1"};
    const auto rows = db.exec(statement, {id});
    if (rows.rows() == 0) return std::nullopt;
    return find_phase(rows.text(0, 0));
}

std::vector<JobRef> list_jobs(pg::Connection& db,
                              std::string_view list,
                              std::int64_t owner,
                              const ListFilter& filter,
                              ListCursor& cursor) {
    const bool newest_first = filter.last.has_value();
    const std::string where =
        filter.phases.empty() ? "phase <> 'ARCHIVED'" : "phase IN (" + sql_words(filter.phases) + ")";
    const std::string order = newest_first ? "DESC" : "ASC";
    const auto batch = std::min<std::int64_t>(filter.last.value_or(kBatch) - (newest_first ? cursor.taken : 0), kBatch);
    const auto rows = db.exec(
        "SELECT job_id, run_id, display, phase, (extract(epoch FROM creation_time) * 1000000)::bigint, "
        "creation_time FROM uws.job JOIN auth.principal p ON p.principal = owner "
        "WHERE owner = $1 AND job_list = $2 AND destruction > clock_timestamp() AND " + where +
            " AND ($3::timestamptz IS NULL OR creation_time > $3::timestamptz) "
            "AND ($4::timestamptz IS NULL OR (creation_time, job_id) " +
            (newest_first ? "<" : ">") + " ($4::timestamptz, $5)) ORDER BY creation_time " + order + ", job_id " +
            order + " LIMIT $6",
        {owner, list, filter.after ? pg::Param(format_utc(*filter.after)) : pg::Param(std::nullopt),
         cursor.id.empty() ? pg::Param(std::nullopt) : pg::Param(cursor.time), cursor.id, batch});
    std::vector<JobRef> jobs;
    for (int i = 0; i < rows.rows(); ++i)
        jobs.push_back({.id = std::string(rows.text(i, 0)),
                        .run_id = std::string(rows.text(i, 1)),
                        .owner_name = std::string(rows.text(i, 2)),
                        .phase = find_phase(rows.text(i, 3)).value_or(Phase::Unknown),
                        .creation_time = rows.integer(i, 4)});
    cursor.taken += rows.rows();
    cursor.ended = rows.rows() < kBatch || cursor.taken == filter.last;
    if (rows.rows() > 0) {
        cursor.id = rows.text(rows.rows() - 1, 0);
        cursor.time = rows.text(rows.rows() - 1, 5);
    }
    return jobs;
}

void run_job(pg::Connection& db,
             std::string_view list,
             std::string_view id,
             const QueueLimits& limits) {
    const auto client = db.exec("SELECT client FROM uws.job WHERE job_id = $1", {id});
    if (client.rows() == 0) refuse_missing(id);
    check_room(db, client.text(0, 0), true, limits);
    const auto done = db.exec("UPDATE uws.job SET phase = 'QUEUED', turn = " + sql_turn("execution_duration") +
                                  " WHERE job_id = $1 AND job_list = $2 AND destruction > clock_timestamp() "
                                  "AND phase IN (" + sql_sources(Move::Run) + ")",
                              {id, list});
    if (done.affected() == 0) refuse_move(db, list, id, "only a job that is PENDING or HELD can be run");
    notify(db, id, queued_word(limits.queue));
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
        "WITH file AS MATERIALIZED (SELECT file FROM uws.result WHERE job_id = $1 AND entity_id IS NULL UNION ALL "
        "SELECT file FROM uws.parameter WHERE job_id = $1 AND file IS NOT NULL AND entity_id IS NULL), "
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
                                        const std::vector<std::string>& accumulating,
                                        const ParameterLimits& limits) {
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
        "AND lower(name) <> ALL ($3::text[]) RETURNING CASE WHEN entity_id IS NULL THEN file END",
        {id, pg::array_text(columns.names), pg::array_text(kept)});
    db.exec(
        "INSERT INTO uws.parameter (job_id, position, name, value, file, content_type, size_bytes, entity_id) "
        "SELECT $1, p.position + (SELECT coalesce(max(position), 0) FROM uws.parameter WHERE job_id = $1), p.name, "
        "p.value, p.file, p.content_type, p.size_bytes, p.entity FROM "
        "unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[]) WITH ORDINALITY "
        "AS p (name, value, file, content_type, size_bytes, entity, position)",
        {id, pg::array_text(columns.names), pg::array_text(columns.values), pg::array_text(columns.files),
         pg::array_text(columns.content_types), pg::array_text(columns.sizes), pg::array_text(columns.entities)});
    check_total(db.exec("SELECT count(*), coalesce(sum(octet_length(name) + octet_length(value)), 0), "
                        "coalesce(sum(size_bytes), 0)::bigint FROM uws.parameter WHERE job_id = $1",
                        {id}),
                limits);
    for (const auto& parameter : parameters)
        if (equal_fold(parameter.name, "RUNID"))
            db.exec("UPDATE uws.job SET run_id = $2 WHERE job_id = $1",
                    {id, cut_text(parameter.value, kRunIdBytes)});
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
