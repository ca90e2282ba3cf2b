// SPDX-License-Identifier: Apache-2.0
// One listener, many eventfds.
#include "uws/waiting.h"

#include <array>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::uws {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{2000};
constexpr std::chrono::milliseconds kReconnect{500};

void raise(int event) {
    const std::uint64_t one = 1;
    // Only a counter that is full fails, and that is raised already.
    [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
}

int make_event() {
    const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (event < 0) throw Error(Code::Busy, "too many requests wait at present; please try again");
    return event;
}

}  // namespace

Waiting::Place::Place(Waiting& waiting, std::string job_id, std::string client)
    : waiting_(waiting),
      job_id_(std::move(job_id)),
      client_(std::move(client)),
      seen_(Phase::Unknown),
      event_(make_event()) {}

Waiting::Place::~Place() {
    {
        const std::lock_guard lock(waiting_.mutex_);
        const auto [first, last] = waiting_.places_.equal_range(job_id_);
        for (auto at = first; at != last; ++at) {
            if (at->second != this) continue;
            waiting_.places_.erase(at);
            break;
        }
        const auto count = waiting_.clients_.find(client_);
        if (--count->second == 0) waiting_.clients_.erase(count);
    }
    ::close(event_);
}

void Waiting::Place::wait(Phase seen, Clock::time_point deadline, int watch_fd) {
    seen_ = seen;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return;
    std::array<pollfd, 2> fds{pollfd{event_, POLLIN, 0}, pollfd{watch_fd, POLLRDHUP, 0}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()) + 1);
    std::uint64_t count = 0;
    if (ready > 0 && fds[0].revents != 0 && ::read(event_, &count, sizeof count) < 0) return;
    if (ready > 0 && fds[1].revents != 0) throw Error(Code::Busy, "the client left while it waited");
}

Waiting::Waiting(std::function<pg::Listener()> connect, WaitLimits limits)
    : connect_(std::move(connect)),
      limits_(limits),
      stop_event_(make_event()) {}

Waiting::~Waiting() {
    thread_.request_stop();
    raise(stop_event_);
    if (thread_.joinable()) thread_.join();
    ::close(stop_event_);
}

void Waiting::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { listen_forever(stop); });
}

void Waiting::set_limits(WaitLimits limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
}

std::unique_ptr<Waiting::Place> Waiting::enter(const std::string& job_id, const std::string& client) {
    const std::lock_guard lock(mutex_);
    const auto known = clients_.find(client);
    if (released_ || std::ssize(places_) >= limits_.total ||
        (known == clients_.end() ? 0 : known->second) >= limits_.per_client)
        return nullptr;
    auto place = std::make_unique<Place>(*this, job_id, client);
    places_.emplace(job_id, place.get());
    ++clients_[client];
    return place;
}

void Waiting::release_all() {
    {
        const std::lock_guard lock(mutex_);
        released_ = true;
    }
    wake_all();
}

void Waiting::wake(const std::string& job_id) {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = places_.equal_range(job_id);
    for (auto at = first; at != last; ++at)
        raise(at->second->event_);
}

void Waiting::wake_all() {
    const std::lock_guard lock(mutex_);
    for (const auto& [job_id, place] : places_)
        raise(place->event_);
}

// One statement for all that wait.
void Waiting::look(pg::Connection& db) {
    std::vector<std::optional<std::string>> ids;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [job_id, place] : places_)
            if (ids.empty() || *ids.back() != job_id) ids.emplace_back(job_id);
    }
    if (ids.empty()) return;
    const auto rows = db.exec("SELECT job_id, phase FROM uws.job WHERE job_id = ANY ($1::text[])",
                              {pg::array_text(ids)});
    std::map<std::string, Phase, std::less<>> phases;
    for (int i = 0; i < rows.rows(); ++i)
        phases.emplace(rows.text(i, 0), find_phase(rows.text(i, 1)).value_or(Phase::Unknown));
    const std::lock_guard lock(mutex_);
    for (const auto& [job_id, place] : places_) {
        const auto at = phases.find(job_id);
        if (at == phases.end() || at->second != place->seen_) raise(place->event_);
    }
}

void Waiting::listen_forever(const std::stop_token& stop) {
    std::optional<pg::Listener> listener;
    auto next_look = Clock::now();
    while (!stop.stop_requested()) {
        try {
            if (!listener) {
                listener.emplace(connect_());
                // What happened while nobody listened.
                wake_all();
                trouble_.over();
            }
            const auto payload = listener->next(kLook, stop_event_);
            if (payload) wake(payload->substr(0, payload->find(' ')));
            if (Clock::now() >= next_look) {
                look(listener->connection());
                next_look = Clock::now() + kLook;
            }
            continue;
        } catch (const Error& error) {
            // This thread has no caller; requests that wait go on, and look when it is back.
            trouble_.tell(error);
        } catch (const std::exception& error) {
            trouble_.tell(Error(Code::Internal, error.what()));
        }
        listener.reset();
        pollfd nap{stop_event_, POLLIN, 0};
        ::poll(&nap, 1, static_cast<int>(kReconnect.count()));
    }
}

}  // namespace vo::uws
