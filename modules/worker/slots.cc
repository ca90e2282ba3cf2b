// SPDX-License-Identifier: Apache-2.0
// The life of a slot, and what becomes of a job.
#include "slots.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "pg/schema_version.h"
#include "uws/store.h"

namespace vo::worker {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kLook{1000};
constexpr Milliseconds kReconnect{500};
// A job that failed for a reason that may pass is tried again, but not for ever.
constexpr int kMostAttempts = 25;

// Soon at first, for most troubles pass; then less and less often.
double retry_delay_s(std::int64_t attempt) {
    return std::min(2.0 * static_cast<double>(attempt * attempt), 300.0);
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

Slots::Slots(Settings settings, std::string worker, std::vector<Queue> queues, Desk& desk, const uws::FileStore& store)
    : settings_(std::move(settings)),
      worker_(std::move(worker)),
      queues_(std::move(queues)),
      desk_(desk),
      store_(store) {
    for (const auto& queue : queues_)
        for (std::int64_t i = 0; i < queue.slots; ++i)
            threads_.emplace_back([this, &queue] { work_forever(queue); });
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

void Slots::work_forever(const Queue& queue) {
    std::optional<pg::Connection> db;
    while (!stopping_) {
        try {
            if (!db || !db->is_alive()) {
                db.emplace(settings_()->database_service, "vogate-worker");
                pg::check_schema_version(*db);
                store_.open(*db);
                trouble_.over();
            }
            const auto claim = uws::claim_job(*db, {.queue = queue.name,
                                                    .lists = queue.lists(),
                                                    .worker = worker_,
                                                    .lease_s = settings_()->lease_s,
                                                    .per_client = queue.per_client()});
            if (!claim)
                desk_.wait_for_work(queue.name, kLook);
            else if (!run(*db, *claim, queue.run))
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

bool Slots::end(pg::Connection& db, const uws::Ticket& ticket, const Done& done) {
    const auto limits = uws::entity_limits(*settings_());
    try {
        return tell(db, [&](pg::Connection& to) {
            return done.products.empty()
                       ? uws::end_job(to, ticket, done.ending)
                       : uws::end_job(to, store_, ticket, done.ending, done.products, limits);
        });
    } catch (const Error& error) {
        if (error.code() == Code::Busy) throw;
        // Deliberate: what cannot be kept goes, and the job ends, for another attempt would come to the same. Its
        // owner hears why, but first of all why the program failed.
        log::warn("job", {{"job", ticket.job_id}, {"how", "what it made cannot be kept"}, {"message", error.what()}});
        auto ending = done.ending;
        ending.results.clear();
        if (ending.move == uws::Move::Complete) ending = {.move = uws::Move::Fail, .failure = explain(error)};
        return tell(db, [&](pg::Connection& to) {
            const bool ours = uws::end_job(to, ticket, ending);
            remove_unneeded(to, done);
            return ours;
        });
    }
}

void Slots::remove_files(const Done& done) const {
    for (const auto& result : done.ending.results)
        store_.remove(result.file);
    for (const auto& file : done.files)
        store_.remove(file->name());
}

void Slots::remove_unneeded(pg::Connection& db, const Done& done) const {
    std::vector<std::string> files;
    for (const auto& file : done.files)
        files.push_back(file->name());
    for (const auto& file : uws::find_unneeded(db, files))
        store_.remove(file);
}

bool Slots::run(pg::Connection& db, const uws::Claim& claim, const Run& run_job) {
    const auto& ticket = claim.ticket;
    Cancel cancel;
    JobProgress progress;
    std::optional<Done> done;
    std::optional<Error> failure;
    const Desk::Entry entry(desk_, ticket, claim.job.execution_duration_s, cancel, progress);
    if (given_up_) cancel.fire(Cancel::Reason::Shutdown);
    try {
        done = run_job(claim, db, cancel, progress);
    } catch (const Error& error) {
        failure = error;
    } catch (const std::exception& error) {
        failure = Error(Code::Internal, "unexpected exception").with_detail(error.what());
    }
    const auto told = [&](std::string_view how, const Error* error = nullptr) {
        log_end(claim, how, progress.report, error);
        return true;
    };
    if (done && done->ending.move == uws::Move::Complete) {
        if (end(db, ticket, *done)) return told("completed");
        // Those that were to be entities are gone already.
        for (const auto& result : done->ending.results)
            store_.remove(result.file);
        return told("lost");
    }
    switch (cancel.reason()) {
        case Cancel::Reason::Lost:
            if (done) remove_files(*done);
            return told("lost");
        case Cancel::Reason::Shutdown:
            if (done) remove_files(*done);
            (void)tell(db, [&](pg::Connection& to) { return uws::hand_back(to, ticket, 0); });
            return told("handed back");
        case Cancel::Reason::Limit:
            if (!done) done.emplace();
            done->ending.move = uws::Move::Abort;
            done->ending.failure = {std::string(face(Code::TooLong).name),
                                    "the job was stopped because it ran longer than its executionDuration of " +
                                        std::to_string(entry.limit_s()) + " s"};
            (void)end(db, ticket, *done);
            return told("limit");
        case Cancel::Reason::None: break;
    }
    if (done) {
        (void)end(db, ticket, *done);
        return told("failed");
    }
    if (failure->code() == Code::Busy && ticket.attempt < kMostAttempts) {
        (void)tell(db, [&](pg::Connection& to) {
            return uws::hand_back(to, ticket, retry_delay_s(ticket.attempt));
        });
        told("to be tried again", &*failure);
        return false;
    }
    (void)tell(db, [&](pg::Connection& to) {
        return uws::end_job(to, ticket, {.move = uws::Move::Fail, .failure = explain(*failure)});
    });
    return told("error", &*failure);
}

}  // namespace vo::worker
