// SPDX-License-Identifier: Apache-2.0
// One loop around poll: the worker, the program's output, its end, and the limits from time to
// time.
#include "shepherd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "descendants.h"

namespace vo::worker {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using How = ProcessEnd::How;

constexpr std::int64_t kMegabyte = 1'000'000;
constexpr Milliseconds kShortestLook{100};
constexpr Milliseconds kLongestLook{800};
constexpr Milliseconds kSecondLook{20};
constexpr Milliseconds kDiskLook{1000};
constexpr Milliseconds kDiskPiece{2};
constexpr Milliseconds kProgressPause{500};
// So much progress at once may wait, and with it the program.
constexpr std::size_t kFlood = 32'768;
constexpr Milliseconds kFloodPause{100};
// Of orphans, before others have their turn: some fork and end for as long as they live.
constexpr int kEndsPerTurn = 500;
// What takes long is done seldom.
constexpr int kRest = 10;
// From one of the program's descriptors, before the others have their turn.
constexpr int kReadsPerTurn = 4;
// More than a pipe can hold: what a program outside of our tree may go on writing is nobody's
// output.
constexpr int kReadsAtEnd = 64;

std::array<char, 65'536> buffer;

// Gives what is there to `take`, at most `reads` times a buffer. False at the end of it.
template <typename Take>
bool drain(int descriptor, int reads, const Take& take) {
    for (int i = 0; i < reads && descriptor >= 0; ++i) {
        const auto got = ::read(descriptor, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN;
        if (got == 0) return false;
        take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
        if (static_cast<std::size_t>(got) < buffer.size()) return true;
    }
    return true;
}

std::string megabytes(std::int64_t bytes) {
    return std::to_string((bytes + kMegabyte - 1) / kMegabyte) + " MB";
}

std::string name_signal(int number) {
    const char* name = ::sigabbrev_np(number);
    const char* words = ::sigdescr_np(number);
    if (name == nullptr || words == nullptr) return "signal " + std::to_string(number);
    return "SIG" + std::string(name) + " (" + words + ")";
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

Descriptor open_folder(const ProcessPlan& plan, const Person& person) {
    Descriptor folder(
        ::open(plan.work_dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.is_open())
        throw Error(Code::Internal, std::string("the program's work directory cannot be opened: ") +
                                        std::strerror(errno));
    if (person.is_other && (::fchown(folder.get(), person.user, person.group) != 0 ||
                            ::fchmod(folder.get(), 0700) != 0))
        throw Error(Code::Internal,
                    std::string("the program's work directory cannot be given to its user: ") +
                        std::strerror(errno));
    return folder;
}

}  // namespace

Shepherd::Shepherd(int socket, int signals, ProcessPlan plan)
    : socket_(socket),
      signals_(signals),
      plan_(std::move(plan)),
      person_(find_person(plan_.user)),
      output_(plan_.stdout_path, plan_.log_bytes),
      errors_(plan_.stderr_path, plan_.log_bytes),
      disk_(open_folder(plan_, person_)),
      launched_(launch(plan_, person_)),
      start_(Clock::now()),
      next_look_(start_ + kShortestLook),
      look_period_(kShortestLook),
      next_disk_look_(start_ + kDiskLook) {}

void Shepherd::run() {
    while (!decision_) {
        wait();
        const auto now = Clock::now();
        if (!decision_ && now >= next_look_) look();
        if (!decision_ && plan_.disk_mb > 0 && now >= next_disk_look_) look_at_disk();
        if (!decision_ && kill_at_ && (now >= *kill_at_ || (is_over_ && !anything_lives())))
            decide_by_end();
        if (progress_.has_news() && now >= next_progress_) pass_progress_on();
    }
    end();
}

void Shepherd::wait() {
    auto& pipes = launched_.pipes;
    auto next = next_look_;
    if (plan_.disk_mb > 0) next = std::min(next, next_disk_look_);
    if (kill_at_) next = std::min(next, *kill_at_);
    if (progress_.has_news()) next = std::min(next, next_progress_);
    const auto now = Clock::now();
    const bool listens = now >= next_listen_;
    if (!listens) next = std::min(next, next_listen_);
    // A negative descriptor is not looked at.
    std::array<pollfd, 6> ready{{{socket_, POLLIN, 0},
                                 {signals_, POLLIN, 0},
                                 {pipes.failure.get(), POLLIN, 0},
                                 {pipes.output.get(), POLLIN, 0},
                                 {pipes.errors.get(), POLLIN, 0},
                                 {listens ? pipes.progress.get() : -1, POLLIN, 0}}};
    if (has_more_to_collect_) next = now;
    const auto left = std::max(Clock::duration::zero(), next - now);
    const auto timeout = std::chrono::ceil<Milliseconds>(left).count();
    if (::poll(ready.data(), ready.size(), static_cast<int>(timeout)) < 0) return;
    // The program's words before its end.
    const auto pump = [](Descriptor& from, LogFile& to) {
        if (!drain(from.get(), kReadsPerTurn, [&](std::string_view bytes) { to.write(bytes); }))
            from.close();
    };
    if (ready[3].revents != 0) pump(pipes.output, output_);
    if (ready[4].revents != 0) pump(pipes.errors, errors_);
    if (ready[5].revents != 0) {
        const bool more = drain(pipes.progress.get(), 1, [&](std::string_view bytes) {
            progress_.take(bytes);
            if (bytes.size() > kFlood) next_listen_ = now + kFloodPause;
        });
        if (!more) pipes.progress.close();
    }
    if (ready[2].revents != 0) hear_of_start();
    if (ready[0].revents != 0) hear();
    if (ready[1].revents != 0) hear_signals();
    if (!decision_) collect();
}

void Shepherd::hear() {
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0 && std::string_view(buffer.data(), static_cast<std::size_t>(got)) == kStopOrder)
        return order_stop();
    // The worker has ended, or is none.
    is_alone_ = true;
    decide(How::Lost, 0, "the worker is gone");
}

void Shepherd::order_stop() {
    if (kill_at_) return;
    kill_at_ = Clock::now() + plan_.grace;
    auto members = find_children();
    add_descendants(members);
    if (!is_over_) ::kill(-launched_.pid, SIGTERM);
    for (const auto& member : members)
        if (member.group != launched_.pid) signal_member(member, SIGTERM);
    // What was stopped cannot see it.
    if (!is_over_) ::kill(-launched_.pid, SIGCONT);
    for (const auto& member : members)
        if (member.group != launched_.pid) signal_member(member, SIGCONT);
}

void Shepherd::hear_signals() {
    signalfd_siginfo signal{};
    while (::read(signals_, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo == SIGTERM) order_stop();
}

void Shepherd::hear_of_start() {
    Failure failure{};
    const auto got = ::read(launched_.pipes.failure.get(), &failure, sizeof failure);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    launched_.pipes.failure.close();
    if (got == sizeof failure)
        decide(How::NotStarted, failure.error_number, describe(failure, plan_));
}

// The program itself keeps its number, which is that of its group, until all is killed.
void Shepherd::collect() {
    has_more_to_collect_ = true;
    for (int i = 0; i < kEndsPerTurn && !is_over_; ++i) {
        siginfo_t child{};
        if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 ||
            child.si_pid == 0) {
            has_more_to_collect_ = false;
            return;
        }
        if (child.si_pid != launched_.pid)
            ::waitpid(child.si_pid, nullptr, WNOHANG | __WALL);
        else
            is_over_ = true;
    }
    if (!is_over_) return;
    has_more_to_collect_ = false;
    // What it left behind has the grace, too, when all of it was told to stop.
    if (!kill_at_) decide_by_end();
}

bool Shepherd::anything_lives() const {
    auto members = find_children();
    add_descendants(members);
    return std::any_of(members.begin(), members.end(),
                       [](const Member& member) { return !member.is_zombie; });
}

void Shepherd::decide(How how, int status, std::string words) {
    if (!decision_) decision_ = Decision{how, status, std::move(words)};
}

// By what became of the program itself.
void Shepherd::decide_by_end() {
    // A failure of its start is told before its end, by the pipe.
    if (launched_.pipes.failure.is_open()) hear_of_start();
    siginfo_t child{};
    const bool has_ended = ::waitid(P_PID, static_cast<id_t>(launched_.pid), &child,
                                    WEXITED | WNOHANG | WNOWAIT) == 0 &&
                           child.si_pid == launched_.pid;
    if (kill_at_) return decide(How::Stopped, 0, "the program was stopped");
    if (!has_ended) return;
    const int status = child.si_status;
    if (child.si_code == CLD_EXITED)
        return decide(How::Exited, status,
                      status == 0 ? "" : "the program ended with status " + std::to_string(status));
    if (status == SIGXFSZ && plan_.disk_mb > 0)
        return decide(How::Disk, 0,
                      "the program wrote a file of more than its limit of " +
                          std::to_string(plan_.disk_mb) + " MB of disk");
    decide(How::Signal, status, "the program was killed by " + name_signal(status));
}

void Shepherd::look() {
    auto members = find_children();
    add_descendants(members);
    std::int64_t resident = 0;
    std::int64_t tasks = 0;
    for (const auto& member : members) {
        resident += member.resident_bytes;
        tasks += member.threads;
    }
    if (tasks > plan_.processes)
        return decide(How::Processes, 0,
                      "the program started " + std::to_string(tasks) +
                          " processes or threads, more than its limit of " +
                          std::to_string(plan_.processes));
    const auto begin = Clock::now();
    const bool may_be_over = plan_.memory_mb > 0 && resident > plan_.memory_mb * kMegabyte;
    if (members.size() == 1) peak_bytes_ = std::max(peak_bytes_, resident);
    if ((may_be_over || (members.size() > 1 && resident > most_counted_)) && begin >= next_count_) {
        most_counted_ = std::max(most_counted_, resident);
        count_memory(members);
    }
    // As often as it grows.
    const bool grows = resident > last_resident_ + last_resident_ / 100 || may_be_over;
    look_period_ =
        grows ? kShortestLook : std::min<Clock::duration>(2 * look_period_, kLongestLook);
    last_resident_ = resident;
    const auto now = Clock::now();
    next_look_ = now + std::max<Clock::duration>(look_period_, kRest * (now - begin));
    if (was_over_limit_) next_look_ = next_count_ = now + kSecondLook;
}

void Shepherd::count_memory(const std::vector<Member>& members) {
    const auto begin = Clock::now();
    std::int64_t used = 0;
    for (const auto& member : members)
        used += own_memory_bytes(member);
    const auto now = Clock::now();
    next_count_ = now + kRest * (now - begin);
    // Twice, for what is shared is counted too often while those who share it end.
    const bool is_over_limit = plan_.memory_mb > 0 && used > plan_.memory_mb * kMegabyte;
    const bool is_sure = is_over_limit && was_over_limit_;
    was_over_limit_ = is_over_limit;
    if (is_over_limit && !is_sure) return;
    peak_bytes_ = std::max(peak_bytes_, used);
    if (is_sure)
        decide(How::Memory, 0,
               "the program used " + megabytes(used) + " of memory, more than its limit of " +
                   std::to_string(plan_.memory_mb) + " MB");
}

void Shepherd::look_at_disk() {
    const auto begin = Clock::now();
    const auto limit = plan_.disk_mb * kMegabyte;
    if (!is_counting_disk_) disk_look_begin_ = begin;
    const auto whole = disk_.step();
    is_counting_disk_ = !whole;
    auto used = disk_.so_far();
    if (whole && used <= limit) {
        auto members = find_children();
        add_descendants(members);
        used += DiskUse::nameless(members);
    }
    if (disk_.is_too_deep())
        return decide(How::Disk, 0,
                      "the program made too many folders within each other in its work directory");
    const auto now = Clock::now();
    if (used > limit) {
        // Twice, for what moves is counted too often.
        if (was_over_disk_)
            return decide(How::Disk, 0,
                          "the program used " + megabytes(used) +
                              " of disk, more than its limit of " + std::to_string(plan_.disk_mb) +
                              " MB");
        was_over_disk_ = true;
        is_counting_disk_ = false;
        disk_.restart();
        next_disk_look_ = now + kDiskPiece;
        return;
    }
    if (whole) was_over_disk_ = false;
    next_disk_look_ =
        now + (whole ? std::max<Clock::duration>(kDiskLook, kRest * (now - disk_look_begin_))
                     : std::max<Clock::duration>(kDiskPiece, now - begin));
}

void Shepherd::pass_progress_on() {
    next_progress_ = Clock::now() + kProgressPause;
    const auto progress = progress_.news();
    // A worker that does not listen misses it.
    if (progress) send_packet(socket_, write_report(*progress), 0);
}

void Shepherd::end() {
    const auto wall = Clock::now() - start_;
    // While nobody has collected it, the group is the program's.
    ::kill(-launched_.pid, SIGKILL);
    const auto everyone = [](const Member&) { return true; };
    // The list of children may miss one; ECHILD does not.
    while (true) {
        const auto ended = ::waitpid(-1, nullptr, WNOHANG | __WALL);
        if (ended < 0) break;
        if (ended != launched_.pid) kill_children(everyone, Clock::time_point::max());
    }
    auto& pipes = launched_.pipes;
    drain(pipes.output.get(), kReadsAtEnd, [&](std::string_view bytes) { output_.write(bytes); });
    drain(pipes.errors.get(), kReadsAtEnd, [&](std::string_view bytes) { errors_.write(bytes); });
    drain(pipes.progress.get(), kReadsAtEnd,
          [&](std::string_view bytes) { progress_.take(bytes); });
    output_.finish();
    errors_.finish();
    if (is_alone_) return;
    pass_progress_on();
    auto end = account();
    end.wall_s = std::chrono::duration<double>(wall).count();
    send_packet(socket_, write_report(end), -1);
}

ProcessEnd Shepherd::account() const {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return {.how = decision_->how,
            .status = decision_->status,
            .words = decision_->words,
            .peak_memory_bytes = std::max(peak_bytes_, std::int64_t{usage.ru_maxrss} * 1024),
            .cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

}  // namespace vo::worker
