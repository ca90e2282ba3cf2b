// SPDX-License-Identifier: Apache-2.0
// The queue of jobs as workers see it: claim, keep, end.
//
//     const auto claim = uws::claim_job(db, {.queue = "tap", .worker = me, .lease_s = 30, ...});
//     ... uws::renew(db, me, running, 30) every few seconds ...
//     if (!uws::end_job(db, claim->ticket, {.move = uws::Move::Complete, .results = ...})) ...   // it was not ours any more
//
// A claim raises the attempt and gives a lease. Whatever is written later says attempt and worker,
// so that a worker that slept beyond its lease changes nothing: another has begun anew. All clocks
// are the database's. Each function is one transaction; those that end a job are durable when they
// return, a claim need not be: a crash that forgets it leaves the job in the queue, and what its
// worker writes then finds another worker's name, or none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"
#include "uws/entities.h"
#include "uws/job.h"

namespace vo::uws {

// What proves that a job is still ours.
struct Ticket {
    std::string job_id;
    std::int64_t attempt = 0;
    std::string worker;
};

struct Claim {
    Ticket ticket;
    Job job;  // owner, run id, limit and parameters
    std::string list;
    std::string client;
};

struct ClaimRule {
    std::string queue;
    std::vector<std::string> lists;  // those that this worker can run jobs of
    std::string worker;
    std::int64_t lease_s = 30;
    std::int64_t per_client = 1;  // running jobs of one client
};

// The next job: of the client with the fewest running ones, whose turn comes first. Nothing when
// none waits, or those that wait have enough running.
[[nodiscard]] std::optional<Claim> claim_job(pg::Connection& db, const ClaimRule& rule);

struct Running {
    Ticket ticket;
    std::optional<std::int64_t> rows = {};
    std::optional<std::int64_t> bytes = {};
    std::optional<double> percent = {};
    std::string words = {};
};

// Of a job that is still ours.
struct Lease {
    std::string job_id;
    std::int64_t attempt = 0;
    std::int64_t execution_duration_s = 0;  // 0: no limit
    double left_s = 0;                      // of it
};

// Extends the leases and notes the progress. What is not returned is not ours any more.
[[nodiscard]] std::vector<Lease> renew(pg::Connection& db,
                                       const std::vector<Running>& running,
                                       std::int64_t lease_s);

struct Ending {
    Move move = Move::Complete;  // or Fail, or Abort
    std::optional<Failure> failure = {};
    std::vector<Result> results = {};
};

// False when the job was not ours any more; then nothing was changed. Safe to repeat when the
// connection was lost and nobody knows whether the first time counted.
[[nodiscard]] bool end_job(pg::Connection& db, const Ticket& ticket, const Ending& ending);

// A file that becomes an entity, and a result of the job, with its end.
struct Product {
    Result result;  // without file and entity
    const EntityFile* file = nullptr;
    NewEntity entity;
};

// The same with products: all or nothing. TooLarge when they are beyond the quota. Otherwise what is not needed
// of their files is removed from the store.
[[nodiscard]] bool end_job(pg::Connection& db,
                           const FileStore& store,
                           const Ticket& ticket,
                           Ending ending,
                           const std::vector<Product>& products,
                           const EntityLimits& limits);

// The description that the job is run by, which may be a newer one than it was made with.
void note_kind(pg::Connection& db, const Ticket& ticket, std::int64_t kind);

// Back to the queue, to its old place, not to be claimed for `delay_s`.
[[nodiscard]] bool hand_back(pg::Connection& db, const Ticket& ticket, double delay_s);

// What nobody keeps any more: jobs of lost workers go back to the queue or, lost too often, to
// ERROR. Returns how many.
std::int64_t expire_leases(pg::Connection& db, std::string_view queue);
// Removes jobs whose destruction has come; returns the files that were theirs.
[[nodiscard]] std::vector<std::string> destroy_due(pg::Connection& db);

// The register of workers.
void note_worker(pg::Connection& db, const std::string& worker, std::string_view queue, std::int64_t slots);
void forget_worker(pg::Connection& db, const std::string& worker);

}  // namespace vo::uws
