// SPDX-License-Identifier: Apache-2.0
// vogate-shepherd: started by a worker, one for each program that it runs; takes its orders from
// descriptor 0 and reports there. When the worker is gone, it kills the program at once.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "descendants.h"
#include "orders.h"
#include "shepherd.h"

namespace vo::worker {

namespace {

constexpr int kSocket = STDIN_FILENO;

// Empty when the worker is gone.
std::string receive_packet() {
    std::string packet(kMostPacket, '\0');
    ssize_t got = -1;
    do
        got = ::recv(kSocket, packet.data(), packet.size(), 0);
    while (got < 0 && errno == EINTR);
    packet.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return packet;
}

std::optional<ProcessPlan> receive_plan() {
    const auto first = receive_packet();
    if (first.empty()) return {};
    const auto size = read_announcement(first);
    std::string bytes;
    while (bytes.size() < size) {
        const auto packet = receive_packet();
        if (packet.empty()) return {};
        bytes += packet;
    }
    return read_plan(bytes);
}

// From now on nobody but root may look into this process, and orphans of the program become its
// children.
void settle() {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::setsid();
    ::umask(077);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2})
        std::signal(number, SIG_IGN);
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || !can_find_children())
        throw Error(Code::Internal,
                    "this system does not tell who is whose child (/proc/PID/task/TID/children)");
}

int block_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGCHLD);
    ::sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_SETMASK, &signals, nullptr);
    const int descriptor = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor < 0)
        throw Error(Code::Busy, "the program cannot be started now: no descriptor is left");
    return descriptor;
}

void run() {
    std::unique_ptr<Shepherd> shepherd;
    try {
        settle();
        const int signals = block_signals();
        auto plan = receive_plan();
        if (!plan) return;
        shepherd = std::make_unique<Shepherd>(kSocket, signals, std::move(*plan));
    } catch (const Error& error) {
        // There is no program, and someone waits for its end.
        const int status = error.code() == Code::Busy        ? EAGAIN
                           : error.code() == Code::StoreFull ? ENOSPC
                                                             : 0;
        send_packet(
            kSocket,
            write_report(ProcessEnd{
                .how = ProcessEnd::How::NotStarted, .status = status, .words = error.what()}),
            -1);
        return;
    }
    shepherd->run();
}

}  // namespace

}  // namespace vo::worker

int main() {
    struct stat status {};

    if (::fstat(STDIN_FILENO, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        std::fputs(
            "vogate-shepherd is started by vogate-worker, one for each program that it runs\n",
            stderr);
        return 2;
    }
    try {
        vo::worker::run();
    } catch (const std::exception& error) {
        // The worker sees that it lost us, and kills what we looked after.
        std::fprintf(stderr, "vogate-shepherd: %s\n", error.what());
        ::_exit(1);
    }
    // Without the checks at exit of a sanitizer, which cannot look into this process.
    ::_exit(0);
}
