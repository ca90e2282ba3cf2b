// SPDX-License-Identifier: Apache-2.0
// A shepherd is started, given its plan, listened to, collected; and what it left, if it was
// killed.
#include "process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <set>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "shepherd/descendants.h"

namespace vo::worker {

namespace {

using Milliseconds = std::chrono::milliseconds;
using How = ProcessEnd::How;

constexpr int kPlanPatience_ms = 10'000;
// From when nothing of the program should be left to when its shepherd is not trusted any more.
constexpr Milliseconds kKillPatience{10'000};
constexpr Milliseconds kExitPatience{2000};

constexpr const char* kLost =
    "the program was lost, for the process that looked after it was killed";

// Those that were started and not yet collected. What else this process has for children in a
// session of their own are orphans of a shepherd that was killed.
struct Flock {
    std::mutex mutex;
    std::set<int> shepherds;
};

Flock& flock() {
    static Flock one;
    return one;
}

void kill_orphans() {
    auto& ours = flock();
    const std::lock_guard lock(ours.mutex);
    const auto session = ::getsid(0);
    const auto is_orphan = [&](const Member& child) {
        return child.session != session && !ours.shepherds.contains(child.pid);
    };
    // The list of children may miss one, seldom.
    for (int i = 0; i < 2; ++i)
        kill_children(is_orphan, std::chrono::steady_clock::now() + kKillPatience);
}

// What posix_spawn is told; destroyed in any case.
struct SpawnWords {
    SpawnWords() {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
    }

    ~SpawnWords() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }

    SpawnWords(const SpawnWords&) = delete;
    SpawnWords& operator=(const SpawnWords&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

bool wait_for_exit(int pidfd, Milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    pollfd exit{pidfd, POLLIN, 0};
    while (pidfd >= 0) {
        const auto left =
            std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now()).count();
        const int ready = ::poll(&exit, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
        if (ready > 0) return true;
        if (ready == 0) break;
    }
    return false;
}

[[noreturn]] void busy(int error_number) {
    throw Error(Code::Busy, "the worker cannot start another program now")
        .with_detail(std::strerror(error_number));
}

}  // namespace

Process::Process(const std::string& shepherd_path, const ProcessPlan& plan) : grace_(plan.grace) {
    const auto words = write_plan(plan);
    static const bool is_subreaper = ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
    if (!is_subreaper)
        throw Error(Code::Internal, "this system does not give orphans to their grandparents");
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) busy(errno);
    socket_ = Descriptor(pair[0]);
    const Descriptor theirs(pair[1]);
    start_shepherd(shepherd_path, theirs.get());
    send(words);
}

void Process::start_shepherd(const std::string& path, int their_socket) {
    SpawnWords words;
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&words.attributes, &none);
    ::posix_spawnattr_setsigdefault(&words.attributes, &all);
    ::posix_spawnattr_setflags(&words.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failure = ::posix_spawn_file_actions_adddup2(&words.actions, their_socket, STDIN_FILENO);
    if (failure == 0)
        failure = ::posix_spawn_file_actions_addopen(&words.actions, STDOUT_FILENO, "/dev/null",
                                                     O_WRONLY, 0);
    char* arguments[] = {const_cast<char*>(path.c_str()), nullptr};
    // Nothing of our environment, in which passwords may be, is for those below.
    char* environment[] = {nullptr};
    pid_t pid = 0;
    auto& ours = flock();
    const std::lock_guard lock(ours.mutex);
    if (failure == 0)
        failure = ::posix_spawn(&pid, path.c_str(), &words.actions, &words.attributes, arguments,
                                environment);
    if (failure == EAGAIN || failure == ENOMEM || failure == EMFILE || failure == ENFILE)
        busy(failure);
    if (failure != 0)
        throw Error(Code::Internal, "programs of jobs cannot be started")
            .with_detail(path + ": " + std::strerror(failure));
    ours.shepherds.insert(pid);
    shepherd_ = pid;
    watch_ = watch_process(pid);
}

void Process::send(const std::string& plan) {
    bool fine = watch_.is_open() &&
                send_packet(socket_.get(), write_announcement(plan.size()), kPlanPatience_ms);
    for (std::size_t at = 0; fine && at < plan.size(); at += kMostPacket)
        fine = send_packet(socket_.get(), std::string_view(plan).substr(at, kMostPacket),
                           kPlanPatience_ms);
    if (fine) return;
    // It may have said why.
    std::array<char, kMostPacket> packet;
    if (::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_PEEK) > 0) return;
    socket_.close();
    collect_shepherd(Milliseconds{0});
    throw Error(Code::Busy, "the worker cannot start another program now")
        .with_detail("its shepherd takes no orders");
}

Process::~Process() {
    socket_.close();
    if (shepherd_ != 0) collect_shepherd(kKillPatience);
}

// An end with status 0, after its report or because we left it, says that nothing of the program is
// left.
void Process::collect_shepherd(Milliseconds patience) {
    if (!wait_for_exit(watch_.get(), patience)) {
        ::kill(shepherd_, SIGKILL);
        // Outside of the lock, for others start and end meanwhile.
        wait_for_exit(watch_.get(), kKillPatience);
    }
    const bool was_expected = told_ || !socket_.is_open();
    int status = -1;
    {
        auto& ours = flock();
        const std::lock_guard lock(ours.mutex);
        while (::waitpid(shepherd_, &status, 0) < 0 && errno == EINTR) {
        }
        ours.shepherds.erase(std::exchange(shepherd_, 0));
    }
    watch_.close();
    if (!was_expected || !WIFEXITED(status) || WEXITSTATUS(status) != 0) kill_orphans();
}

std::optional<ProcessEnd> Process::poll() {
    std::array<char, kMostPacket> packet;
    bool is_gone = false;
    while (!end_) {
        const auto got =
            ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) {
            if (is_gone || (patience_ && Clock::now() >= *patience_)) end_ = finish();
            // Someone else may hold its end of the socket open; what it said before is still there.
            is_gone = !end_ && wait_for_exit(watch_.get(), Milliseconds{0});
            if (is_gone) continue;
            break;
        }
        if (got <= 0) {
            end_ = finish();
            break;
        }
        try {
            if (static_cast<std::size_t>(got) > packet.size() || told_)
                throw Error(Code::Internal, "more than a report");
            auto report = read_report({packet.data(), static_cast<std::size_t>(got)});
            if (auto* progress = std::get_if<Progress>(&report))
                progress_ = std::move(*progress);
            else
                told_ = std::move(std::get<ProcessEnd>(report));
        } catch (const Error&) {
            // Deliberate: whoever says such things is no shepherd, or is out of its mind. It goes.
            told_.reset();
            ::kill(shepherd_, SIGKILL);
            end_ = finish();
        }
    }
    return end_;
}

ProcessEnd Process::finish() {
    collect_shepherd(kExitPatience);
    // It tells the end when nothing is left.
    if (told_) return *told_;
    return {.how = How::Lost, .words = kLost};
}

void Process::stop() {
    if (patience_ || end_) return;
    patience_ = Clock::now() + grace_ + kKillPatience;
    // One that cannot be told is waited for no longer than one that does not obey.
    send_packet(socket_.get(), kStopOrder, 0);
}

}  // namespace vo::worker
