// SPDX-License-Identifier: Apache-2.0
// Leases, limits, news; and beside them, once a minute, what crashes left.
#include "desk.h"

#include <algorithm>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "pg/schema_version.h"
#include "uws/store.h"

namespace vo::worker {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kReconnect{500};
constexpr std::chrono::seconds kMinute{60};

// Often enough that one that fails leaves time for others, and progress is seen.
Milliseconds renewal_period(std::int64_t lease_s) {
    return std::min<Milliseconds>(Milliseconds(lease_s * 1000 / 6), Milliseconds(2000));
}

}  // namespace

Desk::Entry::Entry(Desk& desk,
                   const uws::Ticket& ticket,
                   std::int64_t limit_s,
                   Cancel& cancel,
                   const JobProgress& progress)
    : desk_(desk), ticket_(ticket), cancel_(cancel), progress_(progress), limit_s_(limit_s) {
    if (limit_s > 0) deadline_ = Clock::now() + std::chrono::seconds(limit_s);
    const std::lock_guard lock(desk_.mutex_);
    // A crash of the database made it forget the first claim, and another slot of ours has the second.
    for (auto* other : desk_.entries_)
        if (other->ticket_.job_id == ticket.job_id) other->cancel_.fire(Cancel::Reason::Lost);
    at_ = desk_.entries_.insert(desk_.entries_.end(), this);
}

Desk::Entry::~Entry() {
    const std::lock_guard lock(desk_.mutex_);
    desk_.entries_.erase(at_);
}

std::int64_t Desk::Entry::limit_s() const {
    const std::lock_guard lock(desk_.mutex_);
    return limit_s_;
}

Desk::Desk(DeskPlan plan, const uws::FileStore& store)
    : plan_(std::move(plan)), store_(store), stop_event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (stop_event_ < 0) throw Error(Code::Busy, "the worker has no descriptors left");
    for (const auto& [queue, slots] : plan_.slots)
        news_[queue];
    thread_ = std::jthread([this](const std::stop_token& stop) { keep_forever(stop); });
    tidying_ = std::jthread([this](const std::stop_token& stop) { tidy_forever(stop); });
}

Desk::~Desk() {
    thread_.request_stop();
    tidying_.request_stop();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_event_, &one, sizeof one);
    thread_.join();
    tidying_.join();
    ::close(stop_event_);
}

void Desk::wait_for_work(const std::string& queue, Milliseconds time) {
    std::unique_lock lock(mutex_);
    auto& news = news_.at(queue);
    news.arrived.wait_for(lock, time, [&news] { return news.count > 0; });
    if (news.count > 0) --news.count;
}

void Desk::wake_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [queue, news] : news_) {
        news.count = plan_.slots.at(queue);
        news.arrived.notify_all();
    }
}

void Desk::cancel_all(Cancel::Reason reason) {
    const std::lock_guard lock(mutex_);
    for (auto* entry : entries_)
        entry->cancel_.fire(reason);
}

void Desk::hear(const std::string& payload) {
    const auto parts = split(payload, ' ');
    const auto id = parts[0], word = parts.size() > 1 ? parts[1] : std::string_view();
    const std::lock_guard lock(mutex_);
    if (word == "QUEUED" && parts.size() > 2) {
        const auto at = news_.find(std::string(parts[2]));
        if (at == news_.end()) return;
        at->second.count = std::min(at->second.count + 1, plan_.slots.at(at->first));
        at->second.arrived.notify_one();
    }
    if (word != "ABORTED" && word != "DELETED") return;
    for (auto* entry : entries_)
        if (entry->ticket_.job_id == id) entry->cancel_.fire(Cancel::Reason::Lost);
}

void Desk::renew(pg::Connection& db) {
    std::vector<uws::Running> running;
    {
        const std::lock_guard lock(mutex_);
        for (const auto* entry : entries_)
            entry->progress_.read(running.emplace_back(uws::Running{entry->ticket_}));
    }
    const auto leases = uws::renew(db, running, plan_.lease_s);
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    for (auto* entry : entries_) {
        const auto& ticket = entry->ticket_;
        const auto is_of = [&](const auto& one) {
            return one.job_id == ticket.job_id && one.attempt == ticket.attempt;
        };
        const bool asked = std::any_of(running.begin(), running.end(), [&](const uws::Running& one) {
            return one.ticket.job_id == ticket.job_id && one.ticket.attempt == ticket.attempt;
        });
        if (!asked) continue;  // it came meanwhile
        const auto at = std::find_if(leases.begin(), leases.end(), is_of);
        if (at == leases.end()) {
            entry->cancel_.fire(Cancel::Reason::Lost);
            continue;
        }
        entry->limit_s_ = at->execution_duration_s;
        entry->deadline_.reset();
        if (entry->limit_s_ > 0)
            entry->deadline_ = now + std::chrono::duration_cast<Clock::duration>(
                                         std::chrono::duration<double>(at->left_s));
    }
}

void Desk::cancel_overdue() {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    for (auto* entry : entries_)
        if (entry->deadline_ && *entry->deadline_ <= now) entry->cancel_.fire(Cancel::Reason::Limit);
}

Milliseconds Desk::until_next() const {
    auto next = std::min(next_renewal_, next_note_);
    const std::lock_guard lock(mutex_);
    for (const auto* entry : entries_)
        if (entry->deadline_ && entry->cancel_.reason() == Cancel::Reason::None)
            next = std::min(next, *entry->deadline_);
    return std::max(Milliseconds(1), std::chrono::duration_cast<Milliseconds>(next - Clock::now()));
}

void Desk::tidy(pg::Connection& db, const std::stop_token& stop) {
    // The others find it done.
    if (!db.exec("SELECT pg_try_advisory_lock(hashtext('vogate tidy'))").boolean(0, 0)) return;
    auto files = uws::destroy_due(db);
    for (auto& file : uws::destroy_due_entities(db))
        files.push_back(std::move(file));
    for (const auto& file : files)
        store_.remove(file);
    const auto orphans =
        uws::remove_orphans(db, store_, plan_.lease_s, [&] { return !stop.stop_requested(); });
    db.exec("SELECT pg_advisory_unlock(hashtext('vogate tidy'))");
    if (!files.empty() || orphans > 0)
        log::info("tidied", {{"files", std::to_string(files.size())}, {"orphans", std::to_string(orphans)}});
}

void Desk::tidy_forever(const std::stop_token& stop) {
    std::optional<pg::Connection> db;
    while (!stop.stop_requested()) {
        try {
            if (!db || !db->is_alive()) {
                db.emplace(plan_.conninfo, "vogate-worker tidy");
                pg::check_schema_version(*db);
            }
            tidy(*db, stop);
            tidy_trouble_.over();
        } catch (const Error& error) {
            db.reset();
            tidy_trouble_.tell(error);
        } catch (const std::exception& error) {
            db.reset();
            tidy_trouble_.tell(Error(Code::Internal, error.what()));
        }
        pollfd nap{stop_event_, POLLIN, 0};
        if (!stop.stop_requested()) ::poll(&nap, 1, 1000 * static_cast<int>(kMinute.count()));
    }
}

void Desk::keep_forever(const std::stop_token& stop) {
    std::optional<pg::Listener> listener;
    while (!stop.stop_requested()) {
        try {
            if (!listener) {
                listener.emplace(plan_.conninfo, "vogate-worker desk", uws::kChannel);
                pg::check_schema_version(listener->connection());
                next_renewal_ = next_note_ = Clock::now();
                wake_all();
            }
            if (const auto payload = listener->next(until_next(), stop_event_)) hear(*payload);
            cancel_overdue();
            auto& db = listener->connection();
            if (Clock::now() >= next_renewal_) {
                renew(db);
                for (const auto& [queue, slots] : plan_.slots) {
                    const auto lost = uws::expire_leases(db, queue);
                    if (lost == 0) continue;
                    log::warn("lost", {{"jobs", std::to_string(lost)}, {"queue", queue}});
                    wake_all();
                }
                next_renewal_ = Clock::now() + renewal_period(plan_.lease_s);
            }
            if (Clock::now() >= next_note_) {
                for (const auto& [queue, slots] : plan_.slots)
                    uws::note_worker(db, plan_.worker, queue, slots);
                next_note_ = Clock::now() + kMinute;
            }
            trouble_.over();
            continue;
        } catch (const Error& error) {
            // This thread has no caller. Without the database nothing can be kept or lost.
            trouble_.tell(error);
        } catch (const std::exception& error) {
            trouble_.tell(Error(Code::Internal, error.what()));
        }
        listener.reset();
        pollfd nap{stop_event_, POLLIN, 0};
        ::poll(&nap, 1, static_cast<int>(kReconnect.count()));
    }
    try {
        if (listener) uws::forget_worker(listener->connection(), plan_.worker);
    } catch (const Error&) {
        // The register forgets by itself.
    }
}

}  // namespace vo::worker
