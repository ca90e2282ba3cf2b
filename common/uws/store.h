// SPDX-License-Identifier: Apache-2.0
// Jobs in PostgreSQL, as those who ask see them; what workers do is in uws/queue.h.
//
//     const auto id = uws::create_job(db, {.list = "tap", ...}, limits);
//     const auto job = uws::get_job(db, "tap", id);
//     uws::abort_job(db, "tap", id);
//
// Each function is one transaction, durable when it returns; then it tells waiting processes (see
// kChannel). Beyond its destruction a job is gone for all of them. A change that the phase does not
// allow is Forbidden, with the reason; a job that is not there is NotFound. A connection may be any
// of the service role's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"
#include "uws/job.h"

namespace vo::uws {

// Notifications are "JOBID PHASE", for each change of a phase, with the queue behind QUEUED; DELETED for a
// job that is gone.
inline constexpr const char* kChannel = "vogate_job";

struct NewJob {
    std::string list;
    std::optional<std::int64_t> owner;
    std::string client;  // whom limits count
    std::string run_id;
    std::optional<std::int64_t> kind;  // uws.kind
    std::int64_t execution_duration_s = 0;
    std::int64_t destruction_s = 0;  // from now
    std::optional<Micros> destruction;
    bool run = false;
    std::vector<Parameter> parameters;
};

struct QueueLimits {
    std::string queue;            // whose workers may claim the jobs of the list: "tap"
    std::int64_t length = 0;      // of the whole queue
    std::int64_t per_client = 0;  // jobs of one client in it
    std::int64_t pending = 0;     // jobs of one client that are not started
};

// Of all parameters of a job together.
struct ParameterLimits {
    std::int64_t value_bytes = 0;
    std::int64_t file_bytes = 0;
};

// 128 random bits in hexadecimal.
[[nodiscard]] std::string make_job_id();

// Busy when the service is being drained, the queue is full, or the client has too many jobs that are
// not started; for a look before files are written.
void check_room(pg::Connection& db, std::string_view client, bool run, const QueueLimits& limits);
// The same check first. `id` as from make_job_id().
void create_job(pg::Connection& db, const std::string& id, const NewJob& job, const QueueLimits& limits);

// Parameters may be megabytes, which few resources of a job need.
enum class Detail { State, Whole };

[[nodiscard]] std::optional<Job> find_job(pg::Connection& db,
                                          std::string_view list,
                                          std::string_view id,
                                          Detail detail);
[[nodiscard]] std::vector<Parameter> read_parameters(pg::Connection& db, std::string_view id);
[[nodiscard]] Job get_job(pg::Connection& db,
                          std::string_view list,
                          std::string_view id,
                          Detail detail = Detail::Whole);
// Forbidden when the job has another owner; nothing: nobody is logged in.
void check_owner(pg::Connection& db,
                 std::string_view list,
                 std::string_view id,
                 std::optional<std::int64_t> principal);
void check_owner(const Job& job, std::optional<std::int64_t> principal);
// No value when there is none.
[[nodiscard]] std::optional<Phase> find_job_phase(pg::Connection& db, std::string_view id);

struct ListFilter {
    std::vector<Phase> phases;  // none: all but ARCHIVED
    std::optional<Micros> after;
    std::optional<std::int64_t> last;  // the newest so many, newest first
};

// Where a list goes on.
struct ListCursor {
    std::string time;  // as PostgreSQL writes it
    std::string id;
    std::int64_t taken = 0;
    bool ended = false;
};

// The next of them, in the order of their creation; call it until the cursor has ended. So nobody
// holds a connection while a slow client reads.
[[nodiscard]] std::vector<JobRef> list_jobs(pg::Connection& db,
                                            std::string_view list,
                                            std::int64_t owner,
                                            const ListFilter& filter,
                                            ListCursor& cursor);

void run_job(pg::Connection& db,
             std::string_view list,
             std::string_view id,
             const QueueLimits& limits);
void abort_job(pg::Connection& db, std::string_view list, std::string_view id);
// Returns the files that were the job's, for the store.
[[nodiscard]] std::vector<std::string> delete_job(pg::Connection& db,
                                                  std::string_view list,
                                                  std::string_view id);

// Of a PENDING job. Parameters of a name that comes are replaced, unless it is one of those that
// accumulate; a RUNID among them becomes the job's. Returns files that are no longer the job's.
// TooLarge beyond the limits.
[[nodiscard]] std::vector<std::string> set_parameters(pg::Connection& db,
                                                      std::string_view list,
                                                      std::string_view id,
                                                      const std::vector<Parameter>& parameters,
                                                      const std::vector<std::string>& accumulating,
                                                      const ParameterLimits& limits);
void set_destruction(pg::Connection& db,
                     std::string_view list,
                     std::string_view id,
                     Micros destruction);
// Of a job that has not ended.
void set_execution_duration(pg::Connection& db,
                            std::string_view list,
                            std::string_view id,
                            std::int64_t seconds);

// Tells other processes of a phase, or that a job is DELETED; never throws, for whoever waits also looks
// by itself.
void notify(pg::Connection& db, std::string_view id, std::string_view word) noexcept;
// "QUEUED tap"
[[nodiscard]] std::string queued_word(std::string_view queue);
// The same, to go with the change in one trip.
[[nodiscard]] pg::Call tell(std::string_view id, std::string_view word);

}  // namespace vo::uws
