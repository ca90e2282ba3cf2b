// SPDX-License-Identifier: Apache-2.0
// Claims, leases and ends of jobs.
#include "uws/queue.h"

#include "base/error.h"
#include "base/text.h"
#include "uws/job_columns.h"
#include "uws/store.h"

namespace vo::uws {

namespace {

constexpr int kMostLosses = 10;
constexpr std::string_view kOurs =
    " WHERE job_id = $1 AND attempt = $2 AND worker = $3 AND phase = 'EXECUTING' ";

// The first jobs in turn, so that none waits for ever; and for some clients each, from one at random
// on, its first job, found by a walk along the index, however many jobs a client has there. Of these
// the one of the least busy client. Both are bounded, for others wait for the claim meanwhile.
const pg::Statement kClaim{
    "claim job",
    "WITH RECURSIVE head AS ("
    "(SELECT client, job_id, turn FROM uws.job WHERE queue = $1 AND phase = 'QUEUED' AND client > $6 "
    "AND job_list = ANY ($7::text[]) AND coalesce(not_before <= clock_timestamp(), true) "
    "ORDER BY client, turn LIMIT 1) UNION ALL "
    "SELECT n.client, n.job_id, n.turn FROM head h, LATERAL (SELECT client, job_id, turn FROM uws.job "
    "WHERE queue = $1 AND phase = 'QUEUED' AND client > h.client "
    "AND job_list = ANY ($7::text[]) AND coalesce(not_before <= clock_timestamp(), true) "
    "ORDER BY client, turn LIMIT 1) n), "
    "candidate AS (SELECT * FROM (SELECT * FROM head LIMIT 200) h UNION SELECT * FROM ("
    "SELECT client, job_id, turn FROM uws.job WHERE queue = $1 AND phase = 'QUEUED' "
    "AND job_list = ANY ($7::text[]) AND coalesce(not_before <= clock_timestamp(), true) "
    "ORDER BY turn LIMIT 200) t), "
    "busy AS (SELECT client, count(*) AS n FROM uws.job WHERE queue = $1 AND phase = 'EXECUTING' GROUP BY client), "
    "next AS (SELECT j.job_id FROM uws.job j JOIN candidate c USING (job_id) LEFT JOIN busy b ON b.client = j.client "
    "WHERE j.phase = 'QUEUED' AND coalesce(b.n, 0) < $2 ORDER BY coalesce(b.n, 0), j.turn LIMIT 1 "
    "FOR UPDATE OF j SKIP LOCKED) "
    "UPDATE uws.job j SET phase = 'EXECUTING', attempt = attempt + 1, worker = $3, not_before = NULL, "
    "lease_until = clock_timestamp() + $4 * interval '1 s', start_time = clock_timestamp(), "
    "progress_rows = NULL, progress_bytes = NULL, progress_percent = NULL, progress_words = NULL FROM next WHERE j.job_id = next.job_id "
    "RETURNING j.job_id, attempt, owner, run_id, execution_duration, job_list, j.client, kind, "
    "(SELECT display FROM auth.principal WHERE principal = owner), pg_notify($5, j.job_id || ' EXECUTING')"};

const pg::Statement kBegin{"begin", "BEGIN"};
const pg::Statement kCommit{"commit", "COMMIT"};
// One at a time, so that limits hold; the commit waits for no disk, and so it may notify as well. A
// statement of its own, for the next one has to see what was claimed before.
const pg::Statement kTakeTurn{"take turn",
                              "SELECT set_config('synchronous_commit', 'off', true), "
                              "pg_advisory_xact_lock(hashtext('vogate claim'))"};
const pg::Statement kEnd{
    "end job",
    "WITH done AS (UPDATE uws.job SET phase = $9, end_time = clock_timestamp(), lease_until = NULL, error_code = $10, "
    "error_message = $11" +
        std::string(kOurs) +
        "RETURNING job_id), kept AS (INSERT INTO uws.result (job_id, position, result_id, file, content_type, extension, "
        "size_bytes, entity_id) SELECT job_id, r.position, r.id, r.file, r.type, r.extension, r.size, r.entity "
        "FROM done, unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $12::text[]) "
        "WITH ORDINALITY AS r (id, file, type, extension, size, entity, position)) SELECT count(*) FROM done"};

// Before all clients, or somewhere among those that have an address or a number.
std::string random_client() {
    const auto id = make_job_id();
    return id[0] < '8' ? std::string() : (id[1] < '8' ? "address " : "user ") + id.substr(2, 4);
}

template <typename Number>
std::optional<std::string> text_of(const std::optional<Number>& number) {
    return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

pg::Call end_call(const Ticket& ticket, const Ending& ending) {
    std::vector<std::optional<std::string>> ids, files, types, extensions, sizes, entities;
    for (const auto& result : ending.results) {
        ids.emplace_back(result.id);
        files.emplace_back(result.file);
        types.emplace_back(result.content_type);
        extensions.emplace_back(result.extension);
        sizes.emplace_back(std::to_string(result.size_bytes));
        entities.push_back(result.entity.empty() ? std::nullopt : std::optional(result.entity));
    }
    const auto& failure = ending.failure;
    return {kEnd,
            {ticket.job_id, ticket.attempt, ticket.worker, pg::array_text(ids), pg::array_text(files),
             pg::array_text(types), pg::array_text(extensions), pg::array_text(sizes),
             word_of(target_of(ending.move)), failure ? pg::Param(failure->code) : pg::Param(std::nullopt),
             failure ? pg::Param(failure->message) : pg::Param(std::nullopt), pg::array_text(entities)}};
}

// Whether the job ended as we wanted it, at a time when the answer to that was lost.
bool is_done(pg::Connection& db, const Ticket& ticket, Phase wanted) {
    return db.exec("SELECT FROM uws.job WHERE job_id = $1 AND attempt = $2 AND worker = $3 AND phase = $4",
                   {ticket.job_id, ticket.attempt, ticket.worker, word_of(wanted)})
               .rows() > 0;
}

}  // namespace

std::optional<Claim> claim_job(pg::Connection& db, const ClaimRule& rule) {
    std::vector<std::optional<std::string>> lists;
    for (const auto& list : rule.lists)
        lists.emplace_back(list);
    const auto results = db.exec(
        {{kBegin},
         {kTakeTurn},
         {kClaim, {rule.queue, rule.per_client, rule.worker, rule.lease_s, kChannel, random_client(),
                  pg::array_text(lists)}},
         {kCommit}});
    const auto& found = results[2];
    if (found.rows() == 0) return std::nullopt;
    Claim claim;
    claim.ticket = {std::string(found.text(0, 0)), found.integer(0, 1), rule.worker};
    claim.job.id = claim.ticket.job_id;
    claim.job.owner = found.find_integer(0, 2);
    claim.job.run_id = found.text(0, 3);
    claim.job.phase = Phase::Executing;
    claim.job.execution_duration_s = found.integer(0, 4);
    claim.list = found.text(0, 5);
    claim.client = found.text(0, 6);
    claim.job.kind = found.find_integer(0, 7);
    claim.job.owner_name = found.text(0, 8);
    claim.job.parameters = read_parameters(db, claim.job.id);
    return claim;
}

std::vector<Lease> renew(pg::Connection& db, const std::vector<Running>& running, std::int64_t lease_s) {
    if (running.empty()) return {};
    std::vector<std::optional<std::string>> ids, attempts, rows, bytes, percents, words;
    for (const auto& one : running) {
        ids.emplace_back(one.ticket.job_id);
        attempts.emplace_back(std::to_string(one.ticket.attempt));
        rows.push_back(text_of(one.rows));
        bytes.push_back(text_of(one.bytes));
        percents.push_back(text_of(one.percent));
        words.push_back(one.words.empty() ? std::nullopt : std::optional(one.words));
    }
    pg::Transaction work(db, "BEGIN; SET LOCAL synchronous_commit = off");
    const auto found = db.exec(
        "UPDATE uws.job j SET lease_until = clock_timestamp() + $6 * interval '1 s', progress_rows = r.n_rows, "
        "progress_bytes = r.n_bytes, progress_percent = r.percent, progress_words = r.words "
        "FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $7::real[], $8::text[]) "
        "AS r (job_id, attempt, n_rows, n_bytes, percent, words) WHERE j.job_id = r.job_id AND j.attempt = r.attempt "
        "AND j.worker = $5 AND j.phase = 'EXECUTING' AND destruction > clock_timestamp() "
        "RETURNING j.job_id, j.attempt, execution_duration, "
        "extract(epoch FROM start_time + execution_duration * interval '1 s' - clock_timestamp())::float8",
        {pg::array_text(ids), pg::array_text(attempts), pg::array_text(rows), pg::array_text(bytes),
         running.front().ticket.worker, lease_s, pg::array_text(percents), pg::array_text(words)});
    work.commit();
    std::vector<Lease> leases;
    for (int i = 0; i < found.rows(); ++i)
        leases.push_back({std::string(found.text(i, 0)), found.integer(i, 1), found.integer(i, 2),
                          found.number(i, 3)});
    return leases;
}

bool end_job(pg::Connection& db, const Ticket& ticket, const Ending& ending) {
    const auto phase = target_of(ending.move);
    const auto done = db.exec({end_call(ticket, ending), tell(ticket.job_id, word_of(phase))});
    return done[0].integer(0, 0) > 0 || is_done(db, ticket, phase);
}

bool end_job(pg::Connection& db,
             const FileStore& store,
             const Ticket& ticket,
             Ending ending,
             const std::vector<Product>& products,
             const EntityLimits& limits) {
    const auto phase = target_of(ending.move);
    std::vector<std::string> files;
    bool ours = false;
    {
        pg::Transaction work(db);
        for (const auto& product : products) {
            const auto entity = insert_entity(db, *product.file, product.entity, limits);
            files.push_back(product.file->name());
            auto result = product.result;
            result.file = entity.file;
            result.entity = entity.id;
            ending.results.push_back(std::move(result));
        }
        ours = db.exec({end_call(ticket, ending)})[0].integer(0, 0) > 0;
        if (ours) work.commit();
    }
    // What was there already, or all of it; but not when it was done before, and only its answer was lost.
    for (const auto& file : find_unneeded(db, files))
        store.remove(file);
    if (ours) notify(db, ticket.job_id, word_of(phase));
    return ours || is_done(db, ticket, phase);
}

void note_kind(pg::Connection& db, const Ticket& ticket, std::int64_t kind) {
    db.exec("UPDATE uws.job SET kind = $4" + std::string(kOurs), {ticket.job_id, ticket.attempt, ticket.worker, kind});
}

bool hand_back(pg::Connection& db, const Ticket& ticket, double delay_s) {
    const auto done = db.exec(
        "UPDATE uws.job SET phase = 'QUEUED', start_time = NULL, worker = NULL, lease_until = NULL, "
        "not_before = clock_timestamp() + $4 * interval '1 s'" + std::string(kOurs) + "RETURNING queue",
        {ticket.job_id, ticket.attempt, ticket.worker, delay_s});
    if (done.rows() == 0) return false;
    notify(db, ticket.job_id, queued_word(done.text(0, 0)));
    return true;
}

std::int64_t expire_leases(pg::Connection& db, std::string_view queue) {
    const auto found = db.exec(
        "UPDATE uws.job j SET phase = CASE WHEN losses + 1 < $2 THEN 'QUEUED' ELSE 'ERROR' END, "
        "losses = losses + 1, worker = NULL, lease_until = NULL, "
        "start_time = CASE WHEN losses + 1 < $2 THEN NULL ELSE start_time END, "
        "end_time = CASE WHEN losses + 1 < $2 THEN NULL ELSE clock_timestamp() END, "
        "error_code = CASE WHEN losses + 1 < $2 THEN NULL ELSE 'internal' END, "
        "error_message = CASE WHEN losses + 1 < $2 THEN NULL ELSE 'the service lost the job ' || $2 || "
        "' times while it ran, and gives it up; please ask the operators' END "
        "FROM (SELECT job_id FROM uws.job WHERE phase = 'EXECUTING' AND lease_until < now() "
        "AND queue = $1 FOR UPDATE SKIP LOCKED) lost WHERE j.job_id = lost.job_id RETURNING j.job_id, phase",
        {queue, kMostLosses});
    for (int i = 0; i < found.rows(); ++i)
        notify(db, found.text(i, 0), found.text(i, 1) == word_of(Phase::Queued) ? queued_word(queue)
                                                                               : std::string(found.text(i, 1)));
    return found.rows();
}

std::vector<std::string> destroy_due(pg::Connection& db) {
    std::vector<std::string> files;
    while (true) {
        const auto found = db.exec(
            // now(), for clock_timestamp() is no condition that an index can answer.
            "WITH due AS MATERIALIZED (SELECT job_id FROM uws.job WHERE destruction <= now() "
            "ORDER BY destruction LIMIT 1000 FOR UPDATE SKIP LOCKED), "
            "file AS MATERIALIZED (SELECT job_id, file FROM uws.result WHERE entity_id IS NULL "
            "AND job_id IN (SELECT job_id FROM due) UNION ALL SELECT job_id, file FROM uws.parameter "
            "WHERE file IS NOT NULL AND entity_id IS NULL AND job_id IN (SELECT job_id FROM due)), "
            "gone AS (DELETE FROM uws.job WHERE job_id IN (SELECT job_id FROM due) RETURNING job_id, phase) "
            "SELECT job_id, phase = 'EXECUTING', file FROM gone LEFT JOIN file USING (job_id)");
        for (int i = 0; i < found.rows(); ++i) {
            if (!found.is_null(i, 2)) files.emplace_back(found.text(i, 2));
            if (found.boolean(i, 1)) notify(db, found.text(i, 0), "DELETED");
        }
        if (found.rows() < 1000) return files;
    }
}

void note_worker(pg::Connection& db, const std::string& worker, std::string_view queue, std::int64_t slots) {
    db.exec(
        "INSERT INTO uws.worker (worker, queue, slots) VALUES ($1, $2, $3) ON CONFLICT (worker, queue) DO UPDATE "
        "SET seen = now(), slots = EXCLUDED.slots",
        {worker, queue, slots});
    db.exec("DELETE FROM uws.worker WHERE seen < now() - interval '1 day'");
}

void forget_worker(pg::Connection& db, const std::string& worker) {
    db.exec("DELETE FROM uws.worker WHERE worker = $1", {worker});
}

}  // namespace vo::uws
