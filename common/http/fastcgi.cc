// SPDX-License-Identifier: Apache-2.0
// The FastCGI connections and the CGI process. libfcgi does the protocol; accepting, time-outs and
// closing are ours, because its own accept cannot be stopped without cutting off a request, and
// its close waits two seconds for a web server that keeps connections.
#include "http/fastcgi.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcgiapp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

extern char** environ;

namespace vo::http {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFirstPassedDescriptor = 3;  // sd_listen_fds(3)
// The web server sends variables as soon as it connects; one that does not must not hold a thread.
constexpr std::chrono::seconds kOpeningWait{5};
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::chrono::milliseconds kSkipWait{10};
constexpr std::size_t kSkipBytes = 65'536;

bool is_listening(int fd) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

void set_timeout(int fd, int which, std::chrono::milliseconds wait) {
    timeval value{};
    value.tv_sec = static_cast<time_t>(wait.count() / 1000);
    value.tv_usec = static_cast<suseconds_t>(wait.count() % 1000 * 1000);
    setsockopt(fd, SOL_SOCKET, which, &value, sizeof value);
}

// The first of two equal names counts, as with FCGX_GetParam.
Request::Variables read_variables(const char* const* entries) {
    Request::Variables variables;
    for (; entries != nullptr && *entries != nullptr; ++entries) {
        const std::string_view entry(*entries);
        const auto equals = entry.find('=');
        if (equals != std::string_view::npos)
            variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
    return variables;
}

// The body as libfcgi delivers it: one piece of what has arrived, never waiting for more.
class BodyReader {
  public:
    BodyReader(FCGX_Stream* in, Pace pace) : in_(in), meter_(pace) {}

    std::size_t read(char* buffer, std::size_t size) {
        const auto start = Clock::now();
        const int first = FCGX_GetChar(in_);
        const auto blocked = Clock::now() - start;
        if (const int error = FCGX_GetError(in_); error != 0) refuse(error);
        if (first == EOF) return 0;
        buffer[0] = static_cast<char>(first);
        const auto available = std::min<std::ptrdiff_t>(in_->stop - in_->rdNext,
                                                        static_cast<std::ptrdiff_t>(size) - 1);
        const auto rest = FCGX_GetStr(buffer + 1, static_cast<int>(available), in_);
        const auto n = static_cast<std::size_t>(rest) + 1;
        if (!meter_.add(blocked, n)) refuse(EAGAIN);
        return n;
    }

  private:
    [[noreturn]] static void refuse(int error) {
        if (error == EAGAIN)
            throw Error(Code::BadRequest, "The request body arrives too slowly; nothing was done.");
        throw Error(Code::Busy, "the client left before it had sent the whole body");
    }

    FCGX_Stream* in_;
    PaceMeter meter_;
};

// Takes what the handler left of the body, if it has come already: a GET refused by its path alone
// still has the empty record that ends its body. True when the end was reached.
bool skip_body(FCGX_Stream* in, int fd) {
    set_timeout(fd, SO_RCVTIMEO, kSkipWait);
    std::array<char, 8192> unwanted;
    for (std::size_t left = kSkipBytes; left > unwanted.size() && FCGX_HasSeenEOF(in) == 0;) {
        const auto available =
            std::min<std::ptrdiff_t>(in->stop - in->rdNext, std::ssize(unwanted));
        left -= static_cast<std::size_t>(
            FCGX_GetStr(unwanted.data(), std::max(1, static_cast<int>(available)), in));
    }
    return FCGX_HasSeenEOF(in) != 0;
}

// Ends the connection after END_REQUEST, whatever keep-alive the web server asked for: an idle
// kept connection would hold a thread. What it still sends is read for a while, for a close with
// unread bytes may cost it our answer.
void close_connection(int fd, bool body_was_read) {
    shutdown(fd, SHUT_WR);
    if (!body_was_read) {
        const auto deadline = Clock::now() + kLinger;
        std::array<char, 8192> unwanted;
        while (true) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
            pollfd watch{fd, POLLIN, 0};
            if (left.count() <= 0 || poll(&watch, 1, static_cast<int>(left.count())) <= 0 ||
                read(fd, unwanted.data(), unwanted.size()) <= 0)
                break;
        }
    }
    close(fd);
}

}  // namespace

struct FastCgiPool::State {
    // One thread. `accepting` is set exactly while the thread may sit in accept, so that the
    // signal that ends the wait cannot hit a request.
    struct Seat {
        std::mutex mutex;
        bool accepting = false;
        std::thread thread;
    };

    State(int socket_, Answer answer_, std::function<Pace()> pace_, std::size_t threads)
        : socket(socket_), answer(std::move(answer_)), pace(std::move(pace_)), seats(threads) {}

    int accept_connection(Seat& seat);
    bool recover(int error);
    void exchange(FCGX_Request& fcgi, int fd);
    void work(Seat& seat);

    const int socket;
    const Answer answer;
    const std::function<Pace()> pace;
    std::atomic<bool> stopping{false};
    std::atomic<bool> broken{false};
    std::atomic<std::size_t> left{0};
    std::atomic<std::size_t> running{0};
    std::vector<Seat> seats;
};

// What failed accept calls mean. False: this socket will never give another connection.
bool FastCgiPool::State::recover(int error) {
    switch (error) {
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP: log::error("accept", {{"detail", std::strerror(error)}}); return false;
        case EAGAIN: {  // a supervisor that made its socket non-blocking
            pollfd watch{socket, POLLIN, 0};
            poll(&watch, 1, 200);
            return true;
        }
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            log::warn("accept", {{"detail", std::strerror(error)}});
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            return true;
        default: return true;  // EINTR, a client that left while it queued
    }
}

int FastCgiPool::State::accept_connection(Seat& seat) {
    while (true) {
        {
            const std::lock_guard lock(seat.mutex);
            if (stopping) return -1;
            seat.accepting = true;
        }
        const int fd = accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
        const int error = errno;
        {
            const std::lock_guard lock(seat.mutex);
            seat.accepting = false;
        }
        if (fd >= 0) return fd;
        if (!recover(error)) {
            // The main thread is in sigwait: this ends the process as an operator would.
            if (!broken.exchange(true)) kill(getpid(), SIGTERM);
            return -1;
        }
    }
}

void FastCgiPool::State::exchange(FCGX_Request& fcgi, int fd) {
    const auto rule = pace();
    set_timeout(fd, SO_RCVTIMEO, rule.window);
    if (rule.min_rate_bytes_per_s > 0) set_timeout(fd, SO_SNDTIMEO, rule.window);
    BodyReader reader(fcgi.in, rule);
    Exchange exchange;
    exchange.variables = read_variables(fcgi.envp);
    exchange.body = [&](char* buffer, std::size_t size) { return reader.read(buffer, size); };
    exchange.channel.write = [&](std::string_view bytes) {
        const auto n = static_cast<int>(bytes.size());
        return FCGX_PutStr(bytes.data(), n, fcgi.out) == n;
    };
    exchange.channel.flush = [&] { return FCGX_FFlush(fcgi.out) == 0; };
    exchange.channel.abort = [fd] { shutdown(fd, SHUT_RDWR); };
    exchange.channel.watch_fd = fd;
    answer(exchange);
}

void FastCgiPool::State::work(Seat& seat) {
    FCGX_Request fcgi;
    // No socket: libfcgi must not accept by itself when a connection turns out bad.
    FCGX_InitRequest(&fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
    for (int fd = accept_connection(seat); fd >= 0; fd = accept_connection(seat)) {
        set_timeout(fd, SO_RCVTIMEO, kOpeningWait);
        fcgi.ipcFd = fd;
        fcgi.keepConnection = 1;  // or FCGX_Accept_r closes it as the one before
        if (FCGX_Accept_r(&fcgi) != 0) {
            log::debug("no-request", {{"detail", "a connection that brought no FastCGI request"}});
            continue;
        }
        ++running;
        exchange(fcgi, fd);
        const bool body_was_read = skip_body(fcgi.in, fd);
        // libfcgi would write into the middle of a record that failed.
        if (FCGX_GetError(fcgi.out) != 0) shutdown(fd, SHUT_RDWR);
        FCGX_FClose(fcgi.err);
        FCGX_FClose(fcgi.out);
        FCGX_Free(&fcgi, 0);
        fcgi.ipcFd = -1;
        close_connection(fd, body_was_read);
        --running;
    }
    ++left;
}

FastCgiPool::FastCgiPool(int socket, std::size_t threads, Answer answer, std::function<Pace()> pace)
    : state_(std::make_unique<State>(socket, std::move(answer), std::move(pace), threads)) {
    FCGX_Init();

    struct sigaction poke {};

    poke.sa_handler = [](int) {};  // no SA_RESTART: accept returns EINTR
    sigaction(SIGUSR2, &poke, nullptr);
    for (auto& seat : state_->seats)
        seat.thread = std::thread([this, &seat] { state_->work(seat); });
}

FastCgiPool::~FastCgiPool() {
    for (auto& seat : state_->seats)
        if (seat.thread.joinable()) seat.thread.join();
}

bool FastCgiPool::stop(std::chrono::milliseconds grace) {
    const auto deadline = Clock::now() + grace;
    state_->stopping = true;
    // A poke between the flag and the accept call is lost, so it is repeated.
    while (state_->left < state_->seats.size()) {
        for (auto& seat : state_->seats) {
            const std::lock_guard lock(seat.mutex);
            if (seat.accepting) pthread_kill(seat.thread.native_handle(), SIGUSR2);
        }
        if (Clock::now() >= deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

std::size_t FastCgiPool::running() const {
    return state_->running;
}

bool FastCgiPool::broken() const {
    return state_->broken;
}

int find_listening_socket() {
    const char* pid = std::getenv("LISTEN_PID");
    const char* count = std::getenv("LISTEN_FDS");
    int fd = STDIN_FILENO;
    if (pid != nullptr && count != nullptr && parse_integer(pid) == getpid()) {
        fd = kFirstPassedDescriptor;
        if (parse_integer(count) != 1 || !is_listening(fd))
            throw Error(Code::BadRequest,
                        "LISTEN_FDS must pass one listening socket, as descriptor 3.");
    }
    if (!is_listening(fd)) return -1;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    // Who can connect says who the user is (REMOTE_USER): file permissions guard a unix socket.
    if (address.ss_family != AF_UNIX)
        throw Error(Code::BadRequest,
                    "This service is reached through a unix socket only: whoever can connect to "
                    "a TCP port could claim to be any user.");
    return fd;
}

void answer_cgi(const Answer& answer) {
    Exchange exchange;
    exchange.variables = read_variables(environ);
    const auto variable = [&](const char* name) {
        const auto at = exchange.variables.find(name);
        return at == exchange.variables.end() ? std::string() : at->second;
    };
    // RFC 3875 §4.2: no end of file need follow the body, so its length counts here.
    const bool chunked = equal_fold(variable("HTTP_TRANSFER_ENCODING"), "chunked");
    const auto announced = parse_integer(variable("CONTENT_LENGTH")).value_or(0);
    exchange.body = [chunked, left = std::max<std::int64_t>(announced, 0)](
                        char* buffer, std::size_t size) mutable -> std::size_t {
        if (!chunked) size = std::min(size, static_cast<std::size_t>(left));
        if (size == 0) return 0;
        const auto n = read(STDIN_FILENO, buffer, size);
        if (n < 0 || (n == 0 && !chunked))
            throw Error(Code::BadRequest, "The request body is shorter than its CONTENT_LENGTH.");
        left -= n;
        return static_cast<std::size_t>(n);
    };
    exchange.channel.write = [](std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = write(STDOUT_FILENO, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    };
    exchange.channel.flush = [] { return true; };
    exchange.channel.abort = [] {};  // the exit status tells it
    answer(exchange);
}

}  // namespace vo::http
