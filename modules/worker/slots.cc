// SPDX-License-Identifier: Apache-2.0
// The life of a slot, and what becomes of a job.
#include "slots.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "pg/schema_version.h"
#include "run_query.h"
#include "uws/store.h"

namespace vo::worker {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kLook{1000};
constexpr Milliseconds kReconnect{500};
// Of the tables that come with a query.
constexpr std::chrono::seconds kLongestLoad{600};
// A job that failed for a reason that may pass is tried again, but not for ever.
constexpr int kMostAttempts = 25;

// Soon at first, for most troubles pass; then less and less often.
double retry_delay_s(std::int64_t attempt) {
    return std::min(2.0 * static_cast<double>(attempt * attempt), 300.0);
}

pg::PoolLimits pool_limits(const Config& config) {
    const auto slots = static_cast<std::size_t>(config.async_slots);
    return {.slots = slots, .queue = slots, .wait = std::chrono::seconds(30)};
}

tap::QueryLimits query_limits(const Config& config) {
    return {.maxrec_default = config.async_maxrec_default,
            .maxrec_hard = config.async_maxrec_hard,
            .max_bytes = config.async_max_bytes,
            .max_query_bytes = config.max_query_bytes,
            .scratch = {.max_bytes = std::min(config.temp_file_limit_mb * 1'000'000, config.async_max_bytes)},
            .uploads = {.max_bytes = config.max_upload_bytes,
                        .max_rows = config.max_upload_rows,
                        .fetch_time = std::min(std::chrono::seconds(config.async_limit_s), kLongestLoad),
                        .allow_loopback = config.fetch_loopback != 0}};
}

uws::Failure explain(const Error& error) {
    if (error.code() == Code::Internal)
        return {"internal",
                "an internal error stopped this job; please give the operators of this service its id"};
    return {std::string(face(error.code()).name), error.what()};
}

void log_end(const uws::Claim& claim, std::string_view how, const tap::Report& report, const Error* error) {
    std::vector<log::Field> fields{{"job", claim.ticket.job_id},
                                   {"attempt", std::to_string(claim.ticket.attempt)},
                                   {"how", std::string(how)},
                                   {"user", claim.job.owner_name.empty() ? "-" : claim.job.owner_name},
                                   {"rows", std::to_string(report.rows.load())},
                                   {"bytes", std::to_string(report.bytes.load())},
                                   {"db_ms", std::to_string(report.database.count() / 1000)}};
    if (!claim.job.run_id.empty()) fields.emplace_back("runid", claim.job.run_id);
    if (report.overflow) fields.emplace_back("overflow", "1");
    if (error != nullptr) {
        fields.emplace_back("code", std::string(face(error->code()).name));
        fields.emplace_back("message", error->what());
        fields.emplace_back("at", error->thrown_at());
        if (!error->detail().empty()) fields.emplace_back("detail", error->detail());
    }
    log::write(error != nullptr && error->code() == Code::Internal ? log::Level::Error : log::Level::Info,
               "job", fields);
}

}  // namespace

Slots::Slots(Settings settings, std::string worker, Desk& desk, const uws::FileStore& store)
    : settings_(std::move(settings)),
      worker_(std::move(worker)),
      desk_(desk),
      store_(store),
      pool_(settings_()->database_query,
            "vogate-worker",
            pool_limits(*settings_()),
            // The desk looks after the limit of each job.
            [](pg::Connection& db) { db.exec("SET statement_timeout = 0"); }),
      catalog_([conninfo = settings_()->database_query] {
          return pg::Connection(conninfo, "vogate-worker catalog");
      }) {
    for (std::int64_t i = 0; i < settings_()->async_slots; ++i)
        threads_.emplace_back([this] { work_forever(); });
}

Slots::~Slots() {
    for (auto& thread : threads_)
        thread.join();
}

void Slots::stop(std::chrono::seconds grace) {
    stopping_ = true;
    const auto deadline = std::chrono::steady_clock::now() + grace;
    while (left_ < threads_.size() && std::chrono::steady_clock::now() < deadline) {
        desk_.wake_all();
        std::this_thread::sleep_for(Milliseconds(20));
    }
    given_up_ = true;
    desk_.cancel_all(Cancel::Reason::Shutdown);
}

void Slots::work_forever() {
    std::optional<pg::Connection> db;
    while (!stopping_) {
        try {
            if (!db || !db->is_alive()) {
                db.emplace(settings_()->database_service, "vogate-worker");
                pg::check_schema_version(*db);
                store_.open(*db);
                trouble_.over();
            }
            const auto config = settings_();
            const auto claim = uws::claim_job(*db, {.list = "tap",
                                                    .worker = worker_,
                                                    .lease_s = config->lease_s,
                                                    .per_client = config->async_per_owner});
            if (!claim)
                desk_.wait_for_work(kLook);
            else if (!run(*db, *claim))
                db.reset();
            continue;
        } catch (const Error& error) {
            // A slot has no caller; it goes on when the database or the store is back.
            trouble_.tell(error);
        } catch (const std::exception& error) {
            trouble_.tell(Error(Code::Internal, error.what()));
        }
        db.reset();
        std::this_thread::sleep_for(kReconnect);
    }
    ++left_;
}

bool Slots::tell(pg::Connection& db, const std::function<bool(pg::Connection&)>& what) {
    std::optional<pg::Connection> fresh;
    while (true) {
        try {
            return what(fresh ? *fresh : db);
        } catch (const Error& error) {
            // Deliberate: what was done must not be lost because the database is away for a while.
            trouble_.tell(error);
            if (error.code() != Code::Busy || given_up_) throw;
        }
        std::this_thread::sleep_for(kReconnect);
        try {
            fresh.emplace(settings_()->database_service, "vogate-worker");
        } catch (const Error&) {
            // Not yet.
        }
    }
}

bool Slots::run(pg::Connection& db, const uws::Claim& claim) {
    const auto& ticket = claim.ticket;
    Cancel cancel;
    tap::Report report;
    std::optional<uws::Result> result;
    std::optional<Error> failure;
    const Desk::Entry entry(desk_, ticket, claim.job.execution_duration_s, cancel, report);
    if (given_up_) cancel.fire(Cancel::Reason::Shutdown);
    try {
        result = run_query(claim, *catalog_.get(), query_limits(*settings_()), pool_, store_, cancel, report);
    } catch (const Error& error) {
        failure = error;
    } catch (const std::exception& error) {
        failure = Error(Code::Internal, "unexpected exception").with_detail(error.what());
    }
    const auto done = [&](std::string_view how, bool fine = true) {
        log_end(claim, how, report, fine ? nullptr : &*failure);
        return true;
    };
    if (result) {
        if (tell(db, [&](pg::Connection& to) { return uws::complete_job(to, ticket, {*result}); }))
            return done("completed");
        store_.remove(result->file);
        return done("lost");
    }
    const auto end = [&](uws::Move move, const uws::Failure& words) {
        (void)tell(db, [&](pg::Connection& to) { return uws::end_job(to, ticket, move, words); });
    };
    switch (cancel.reason()) {
        case Cancel::Reason::Lost: return done("lost");
        case Cancel::Reason::Shutdown:
            (void)tell(db, [&](pg::Connection& to) { return uws::hand_back(to, ticket, 0); });
            return done("handed back");
        case Cancel::Reason::Limit:
            end(uws::Move::Abort,
                {std::string(face(Code::TooLong).name),
                 "the job was stopped because it ran longer than its executionDuration of " +
                     std::to_string(entry.limit_s()) + " s"});
            return done("limit");
        case Cancel::Reason::None: break;
    }
    if (failure->code() == Code::Busy && ticket.attempt < kMostAttempts) {
        (void)tell(db, [&](pg::Connection& to) {
            return uws::hand_back(to, ticket, retry_delay_s(ticket.attempt));
        });
        done("to be tried again", false);
        return false;
    }
    end(uws::Move::Fail, explain(*failure));
    return done("error", false);
}

}  // namespace vo::worker
