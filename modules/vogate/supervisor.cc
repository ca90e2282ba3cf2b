// SPDX-License-Identifier: Apache-2.0
// The supervisor: lock, sockets, children, signals. One thread, one loop around sigtimedwait.
#include "supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

namespace vo::vogate {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kFirstDelay{100};
constexpr Milliseconds kLongestDelay{5000};
constexpr std::chrono::seconds kSteadyLife{10};
constexpr int kBacklog = 1024;
constexpr mode_t kSocketUmask = 0117;  // rw-rw----
constexpr int kCannotExecute = 127;

[[noreturn]] void fail(const std::string& what, int error_number) {
    throw Error(Code::Internal, what + ": " + std::strerror(error_number));
}

// A descriptor that the next program does not get.
class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}

    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    ~Descriptor() { close(); }

    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

// RUN_DIR/vogate.pid, locked for as long as this lives.
class PidFile {
  public:
    explicit PidFile(std::string path) : path_(std::move(path)) {
        file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        if (file_.get() < 0) fail(path_ + " cannot be written", errno);
        if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) fail(path_ + " cannot be locked", errno);
            throw Error(Code::Internal,
                        "another `vogate run` (process " + read() +
                            ") serves this run_dir; stop it first, or give each its own run_dir");
        }
        const auto line = std::to_string(::getpid()) + "\n";
        if (::ftruncate(file_.get(), 0) != 0 || ::pwrite(file_.get(), line.data(), line.size(),
                                                         0) != static_cast<ssize_t>(line.size())) {
            fail(path_ + " cannot be written", errno);
        }
    }

    // Emptied, not removed: who opened the file before a removal could lock what no one sees.
    ~PidFile() { [[maybe_unused]] const int emptied = ::ftruncate(file_.get(), 0); }

    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;

  private:
    [[nodiscard]] std::string read() const {
        char text[32] = "";
        const auto size = ::pread(file_.get(), text, sizeof text, 0);
        const std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
        const auto digits = pid.substr(0, pid.find_first_not_of("0123456789"));
        return digits.empty() ? "unknown" : digits;
    }

    std::string path_;
    Descriptor file_;
};

sockaddr_un make_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw Error(Code::BadRequest,
                    "the socket path " + path + " has " + std::to_string(path.size()) +
                        " bytes and the system allows " +
                        std::to_string(sizeof address.sun_path - 1) + "; choose a shorter run_dir");
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

// What an earlier supervisor left behind when it was killed. We hold the lock, so whoever may still
// listen there is an orphan of that one, finishing its requests: it does not need the file.
void remove_stale_socket(const std::string& path) {
    struct stat status {};

    if (::lstat(path.c_str(), &status) != 0) return;
    if (!S_ISSOCK(status.st_mode))
        throw Error(Code::Internal, path + " is in the way and is no socket; remove it");
    if (::unlink(path.c_str()) != 0) fail(path + " cannot be removed", errno);
}

// A listening unix socket; its file goes with it.
class Listener {
  public:
    explicit Listener(std::string path) : path_(std::move(path)) {
        const auto address = make_address(path_);
        remove_stale_socket(path_);
        socket_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (socket_.get() < 0) fail("no socket can be made", errno);
        const auto before = ::umask(kSocketUmask);
        const int bound =
            ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        const int error_number = errno;
        ::umask(before);
        if (bound != 0) fail(path_ + " cannot be made", error_number);
        present_ = true;
        if (::listen(socket_.get(), kBacklog) != 0) fail(path_ + " cannot listen", errno);
    }

    Listener(Listener&& other) noexcept
        : path_(std::move(other.path_)),
          socket_(std::move(other.socket_)),
          present_(std::exchange(other.present_, false)) {}

    Listener& operator=(Listener&&) = delete;

    ~Listener() { remove(); }

    // From now on clients are refused at once.
    void remove() {
        if (present_) ::unlink(path_.c_str());
        present_ = false;
        socket_.close();
    }

    [[nodiscard]] int get() const { return socket_.get(); }

  private:
    std::string path_;
    Descriptor socket_;
    bool present_ = false;
};

struct Child {
    Service service;
    std::string path;
    std::optional<Listener> listener;
    pid_t pid = 0;  // 0: not running
    Clock::time_point started;
    Clock::time_point due;  // when to start it, while it is not running
    Milliseconds delay{0};  // of the last restart
};

[[noreturn]] void become(const Child& child, const std::string& config_path, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(0);  // the parent died before prctl
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Standard output would be lost or, worse, mixed into an answer: it joins the log.
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    if (child.listener)
        ::dup2(child.listener->get(), STDIN_FILENO);
    else
        ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    const char* const arguments[] = {child.path.c_str(), "--config", config_path.c_str(), nullptr};
    ::execv(child.path.c_str(), const_cast<char* const*>(arguments));
    log::error("cannot start", {{"executable", child.path}, {"reason", std::strerror(errno)}});
    ::_exit(kCannotExecute);
}

std::string describe_end(int status) {
    if (WIFSIGNALED(status)) {
        const char* name = ::sigabbrev_np(WTERMSIG(status));
        return "killed by " + (name != nullptr ? "SIG" + std::string(name)
                                               : "signal " + std::to_string(WTERMSIG(status)));
    }
    return "ended with status " + std::to_string(WEXITSTATUS(status));
}

class Supervisor {
  public:
    explicit Supervisor(const Supervision& plan) : plan_(plan) {
        for (const auto& service : plan.services) {
            auto path = plan.libexec_dir + '/' + std::string(service.executable);
            if (::access(path.c_str(), X_OK) != 0)
                throw Error(Code::BadRequest, path + " cannot be executed (" +
                                                  std::strerror(errno) + "); libexec_dir in " +
                                                  plan.config_path +
                                                  " says where the executables are");
            children_.push_back({.service = service,
                                 .path = std::move(path),
                                 .listener = {},
                                 .started = {},
                                 .due = Clock::now()});
            if (!service.socket.empty())
                children_.back().listener.emplace(plan.run_dir + '/' + std::string(service.socket));
        }
    }

    int run(const sigset_t& signals) {
        log::info("supervising",
                  {{"run_dir", plan_.run_dir}, {"services", std::to_string(children_.size())}});
        while (true) {
            start_due();
            switch (wait(signals, next_due())) {
                case SIGCHLD: reap(); break;
                case SIGHUP: reload(); break;
                case SIGTERM:
                case SIGINT: stop(signals); return 0;
                default: break;
            }
        }
    }

  private:
    static int wait(const sigset_t& signals, std::optional<Clock::time_point> until) {
        if (!until) return ::sigwaitinfo(&signals, nullptr);
        const auto left = std::max(Clock::duration::zero(), *until - Clock::now());
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        timespec timeout{};
        timeout.tv_sec = seconds.count();
        timeout.tv_nsec = std::chrono::nanoseconds(left - seconds).count();
        return ::sigtimedwait(&signals, nullptr, &timeout);
    }

    [[nodiscard]] std::optional<Clock::time_point> next_due() const {
        std::optional<Clock::time_point> next;
        for (const auto& child : children_)
            if (child.pid == 0 && (!next || child.due < *next)) next = child.due;
        return next;
    }

    [[nodiscard]] bool any_running() const {
        return std::any_of(children_.begin(), children_.end(),
                           [](const Child& child) { return child.pid != 0; });
    }

    void start_due() {
        const auto now = Clock::now();
        for (auto& child : children_)
            if (child.pid == 0 && child.due <= now) start(child);
    }

    void start(Child& child) {
        const auto parent = ::getpid();
        const auto pid = ::fork();
        if (pid == 0) become(child, plan_.config_path, parent);
        if (pid < 0) {
            postpone(child, Milliseconds{0}, std::string("fork: ") + std::strerror(errno));
            return;
        }
        child.pid = pid;
        child.started = Clock::now();
        log::info("started",
                  {{"service", std::string(child.service.name)}, {"child", std::to_string(pid)}});
    }

    static void postpone(Child& child, Clock::duration lived, const std::string& reason) {
        child.delay = child.delay == Milliseconds{0} || lived >= kSteadyLife
                          ? kFirstDelay
                          : std::min(2 * child.delay, kLongestDelay);
        child.due = Clock::now() + child.delay;
        log::warn("restarting", {{"service", std::string(child.service.name)},
                                 {"child", std::to_string(child.pid)},
                                 {"reason", reason},
                                 {"after_ms", std::to_string(child.delay.count())}});
        child.pid = 0;
    }

    // Gives each ended child to `ended`.
    template <typename Ended>
    void collect(Ended ended) {
        int status = 0;
        while (const auto pid = ::waitpid(-1, &status, WNOHANG)) {
            if (pid < 0) break;
            for (auto& child : children_)
                if (child.pid == pid) ended(child, status);
        }
    }

    void reap() {
        collect([](Child& child, int status) {
            postpone(child, Clock::now() - child.started, describe_end(status));
        });
    }

    void reload() {
        // A configuration that the supervisor cannot read must not take the services down.
        try {
            plan_.on_reload();
            log::info("reloading", {{"config", plan_.config_path}});
        } catch (const Error& error) {
            log::error("reload refused", {{"reason", error.what()}});
        }
        signal_children(SIGHUP);
        // What waits because its configuration was wrong may find it right now.
        for (auto& child : children_) {
            if (child.pid != 0) continue;
            child.due = Clock::now();
            child.delay = Milliseconds{0};
        }
    }

    void signal_children(int number) const {
        for (const auto& child : children_)
            if (child.pid != 0) ::kill(child.pid, number);
    }

    void stop(const sigset_t& signals) {
        log::info("stopping", {{"grace_s", std::to_string(plan_.grace.count())}});
        for (auto& child : children_)
            if (child.listener) child.listener->remove();
        signal_children(SIGTERM);
        const auto deadline = Clock::now() + plan_.grace;
        bool killed = false;
        while (true) {
            collect([](Child& child, int status) {
                log::info("stopped", {{"service", std::string(child.service.name)},
                                      {"child", std::to_string(child.pid)},
                                      {"how", describe_end(status)}});
                child.pid = 0;
            });
            if (!any_running()) return;
            if (!killed && Clock::now() >= deadline) {
                log::warn("killing", {{"reason", "still running after the grace"}});
                signal_children(SIGKILL);
                killed = true;
            }
            const int number = wait(signals, killed ? std::nullopt : std::optional(deadline));
            if (number == SIGTERM || number == SIGINT) {
                signal_children(SIGKILL);
                killed = true;
            }
        }
    }

    const Supervision& plan_;
    std::vector<Child> children_;
};

}  // namespace

int supervise(const Supervision& supervision) {
    // Blocked before the first child, so that none of its ends is missed.
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGCHLD, SIGHUP, SIGINT, SIGTERM})
        ::sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);

    if (::mkdir(supervision.run_dir.c_str(), 0755) != 0 && errno != EEXIST)
        fail("run_dir " + supervision.run_dir + " cannot be made", errno);
    const PidFile pid_file(supervision.run_dir + "/vogate.pid");
    return Supervisor(supervision).run(signals);
}

}  // namespace vo::vogate
