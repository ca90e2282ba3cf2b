// SPDX-License-Identifier: Apache-2.0
// Routes, the one catch, the log line; signals and the life of the pool.
#include "http/server.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "http/fastcgi.h"

namespace vo::http {

namespace {

using Placeholders = std::vector<std::pair<std::string, std::string>>;

constexpr int kFailed = 1;

std::vector<std::string_view> pattern_segments(std::string_view pattern) {
    auto segments = split(pattern, '/');
    std::erase(segments, std::string_view());
    return segments;
}

std::optional<Placeholders> match(std::string_view pattern,
                                  const std::vector<std::string>& segments) {
    const auto expected = pattern_segments(pattern);
    if (expected.size() != segments.size()) return std::nullopt;
    Placeholders found;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (expected[i].starts_with('{'))
            found.emplace_back(expected[i].substr(1, expected[i].size() - 2), segments[i]);
        else if (expected[i] != segments[i])
            return std::nullopt;
    }
    return found;
}

bool allows(std::string_view methods, std::string_view method) {
    if (method == "HEAD") method = "GET";
    const auto words = split(methods, '|');
    return std::find(words.begin(), words.end(), method) != words.end();
}

// "GET, HEAD, POST, OPTIONS"
std::string allow_header(std::string_view methods) {
    std::string allow;
    for (const auto method : split(methods, '|')) {
        allow += method;
        allow += ", ";
        if (method == "GET") allow += "HEAD, ";
    }
    return allow + "OPTIONS";
}

[[noreturn]] void refuse_path(const Request& request, std::span<const Route> routes) {
    std::vector<std::string> known;
    for (const auto& route : routes)
        known.emplace_back(route.pattern);
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    throw Error(Code::NotFound, "There is no resource " + request.path() +
                                    " here. This service has: " + join(known, ", ") + ".");
}

// The first row whose pattern matches decides, so that a table reads from the special to the
// general.
const Route& get_route(Request& request, std::span<const Route> routes) {
    for (const auto& segment : request.segments())
        if (find_bad_utf8(segment) != std::string_view::npos ||
            segment.find('\0') != std::string::npos)
            throw Error(Code::BadRequest, "The path is not UTF-8, or holds a NUL character.");
    for (const auto& route : routes) {
        auto placeholders = match(route.pattern, request.segments());
        if (!placeholders) continue;
        request.set_placeholders(*std::move(placeholders));
        return route;
    }
    refuse_path(request, routes);
}

void answer_options(Response& response, const std::string& allow) {
    response.status(204);
    response.header("Allow", allow);
    response.header("Access-Control-Allow-Methods", allow);
    response.header("Access-Control-Allow-Headers", "Authorization, Content-Type, Range, If-Range, If-None-Match");
    response.header("Access-Control-Max-Age", "86400");
}

void dispatch(Request& request,
              const BodySource& body,
              Response& response,
              std::span<const Route> routes,
              const Limits& limits,
              std::string& allow) {
    const Route& route = get_route(request, routes);
    allow = allow_header(route.methods);
    if (request.method() == "OPTIONS") {
        answer_options(response, allow);
    } else if (!allows(route.methods, request.method())) {
        throw Error(Code::BadMethod, "The resource " + request.path() + " takes " + allow +
                                         ", not " + request.method() + ".");
    } else {
        request.read_params(body, limits.body, route.plain_body);
        route.handler(request, response);
    }
    response.finish();
}

log::Level level_of(Code code) {
    if (code == Code::Internal) return log::Level::Error;
    return face(code).http_status >= 500 ? log::Level::Warn : log::Level::Info;
}

void log_failure(const Request& request, const Response::Failure& failure) {
    const auto& error = failure.error;
    std::vector<log::Field> fields{{"id", request.id()},
                                   {"code", std::string(face(error.code()).name)},
                                   {"message", error.what()},
                                   {"at", error.thrown_at()}};
    if (!error.detail().empty()) fields.emplace_back("detail", error.detail());
    if (!failure.incident.empty()) fields.emplace_back("incident", failure.incident);
    log::write(level_of(error.code()), "error", fields);
}

constexpr std::string_view end_word(Response::End end) {
    switch (end) {
        case Response::End::Whole: return "whole";
        case Response::End::Aborted: return "aborted";
        case Response::End::ClientGone: return "client-gone";
        case Response::End::ClientSlow: return "client-slow";
    }
    return "";
}

std::string milliseconds(std::chrono::steady_clock::duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

void log_request(const Request& request,
                 const Response& response,
                 std::chrono::steady_clock::time_point start) {
    const auto first = response.begun_at();
    std::vector<log::Field> fields{{"id", request.id()},
                                   {"method", request.method()},
                                   {"path", request.path()},
                                   {"status", std::to_string(response.status())},
                                   {"bytes", std::to_string(response.bytes())},
                                   {"first_ms", first ? milliseconds(*first - start) : "-"},
                                   {"ms", milliseconds(std::chrono::steady_clock::now() - start)},
                                   {"user", std::string(request.remote_user().value_or("-"))},
                                   {"remote", std::string(request.remote_address())},
                                   {"end", std::string(end_word(response.end()))}};
    for (const auto& [key, value] : response.notes())
        fields.emplace_back(key, value);
    log::info("request", fields);
}

// A client that left makes reads, writes and waits fail in many places: none is an incident.
bool client_left(const Error& error, const Response& response) {
    if (response.end() != Response::End::Whole) return true;
    const bool transient = error.code() == Code::Busy || error.code() == Code::TooLong;
    return transient && response.client_gone();
}

void begin_error(const Error& error, const std::string& allow, Response& response) {
    response.reset();
    response.status(face(error.code()).http_status);
    if (response.status() == 503)
        response.header("Retry-After", std::to_string(error.retry_after_s()));
    if (error.code() == Code::BadMethod) response.header("Allow", allow);
}

// The last resort, when the error document fails too: the words alone.
void write_plain(const Error& error, const std::string& allow, Response& response) {
    begin_error(error, allow, response);
    response.content_type("text/plain;charset=utf-8");
    response.write(error.what());
    response.write("\n");
    response.finish();
}

void send_error(const Request& request,
                const Response::Failure& failure,
                const std::string& allow,
                Response& response,
                const ErrorWriter& write_error) {
    const Error shown = failure.incident.empty()
                            ? failure.error
                            : Error(Code::Internal, incident_message(failure.incident));
    // Catches of its own, because they stand behind the one catch: a client that leaves now, and
    // an error document that cannot be written, must not end the thread.
    try {
        begin_error(shown, allow, response);
        write_error(shown, failure.incident, &request, response);
        response.finish();
        return;
    } catch (const std::exception& second) {
        if (response.end() == Response::End::Whole)
            log::error("error-document", {{"id", request.id()}, {"message", second.what()}});
    }
    try {
        if (!response.begun()) return write_plain(shown, allow, response);
    } catch (const std::exception&) {
        // The client has left, or memory is out: nothing more can be said.
    }
    response.abort();
}

void settle(const Error& error,
            const Request& request,
            const std::string& allow,
            Response& response,
            const ErrorWriter& write_error) {
    if (client_left(error, response)) return response.abort(Response::End::ClientGone);
    const auto& failure = response.note_error(error);
    if (response.begun()) return response.abort();
    send_error(request, failure, allow, response, write_error);
}

// The configuration's limits, shared by all threads and changed by a reload.
class SharedLimits {
  public:
    explicit SharedLimits(Limits limits) : limits_(limits) {}

    [[nodiscard]] Limits get() const {
        const std::lock_guard lock(mutex_);
        return limits_;
    }

    void set(Limits limits) {
        const std::lock_guard lock(mutex_);
        limits_ = limits;
    }

  private:
    mutable std::mutex mutex_;
    Limits limits_;
};

void reload(const ServerOptions& options, SharedLimits& limits) {
    if (!options.on_reload) return log::info("reload", {{"result", "nothing to reload"}});
    try {
        limits.set(options.on_reload());
        log::info("reload", {{"result", "done"}});
    } catch (const std::exception& error) {
        // Deliberate: a running service keeps what it has rather than end over a typing error.
        log::error("reload",
                   {{"result", "refused, the old configuration stays"}, {"message", error.what()}});
    }
}

void call(const std::function<void()>& function) {
    if (function) function();
}

sigset_t block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

// Returns on SIGTERM or SIGINT.
void wait_for_end(const sigset_t& signals, const ServerOptions& options, SharedLimits& limits) {
    while (true) {
        int number = 0;
        if (sigwait(&signals, &number) != 0) continue;
        if (number != SIGHUP) return;
        reload(options, limits);
    }
}

}  // namespace

void answer(Request& request,
            const BodySource& body,
            Response& response,
            std::span<const Route> routes,
            const ErrorWriter& write_error,
            const Limits& limits) {
    const auto start = std::chrono::steady_clock::now();
    std::string allow;
    std::optional<Error> error;
    try {
        dispatch(request, body, response, routes, limits, allow);
    } catch (const Error& thrown) {
        error = thrown;
    } catch (const std::exception& thrown) {
        error = Error(Code::Internal, "unexpected exception").with_detail(thrown.what());
    }
    if (error) settle(*error, request, allow, response, write_error);
    if (response.failure()) log_failure(request, *response.failure());
    log_request(request, response, start);
}

int serve(const ServerOptions& options,
          std::span<const Route> routes,
          const ErrorWriter& write_error) {
    // A fixed threshold: by default the first large block raises it, and later ones stay with us.
    ::mallopt(M_MMAP_THRESHOLD, 131'072);
    std::signal(SIGPIPE, SIG_IGN);
    // A limit on file sizes is an error of the one write that meets it, not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    SharedLimits limits(options.limits);
    bool failed = false;  // of the one request in CGI mode; unused by the threads
    const auto pace = [&limits] {
        return Pace{.min_rate_bytes_per_s = limits.get().min_rate_bytes_per_s};
    };
    const int socket = find_listening_socket();
    const bool is_cgi = socket < 0;
    const auto respond = [&](Exchange& exchange) {
        Request request(std::move(exchange.variables));
        Response response(exchange.channel, request.method() == "HEAD", is_cgi ? Pace{} : pace());
        answer(request, exchange.body, response, routes, write_error, limits.get());
        if (is_cgi) failed = response.status() >= 500 || response.end() != Response::End::Whole;
    };
    if (is_cgi) {
        call(options.on_start);
        answer_cgi(respond);
        call(options.on_stop);
        return failed ? kFailed : 0;
    }
    const auto signals = block_signals();
    call(options.on_start);
    log::info("start", {{"threads", std::to_string(options.threads)}});
    FastCgiPool pool(socket, static_cast<std::size_t>(options.threads), respond, pace);
    wait_for_end(signals, options, limits);
    log::info("stop", {{"running", std::to_string(pool.running())}});
    call(options.on_stopping);
    if (!pool.stop(options.grace)) {
        // Their connections break, as they must: no cut-off answer may look complete.
        log::warn("cut-off", {{"running", std::to_string(pool.running())}});
        _exit(0);
    }
    call(options.on_stop);
    return pool.broken() ? kFailed : 0;
}

}  // namespace vo::http
