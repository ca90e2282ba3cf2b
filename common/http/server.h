// SPDX-License-Identifier: Apache-2.0
// The server loop: routes, threads, the one catch, the log line of each request.
//
//     const std::vector<Route> routes{{"GET|POST", "/sync", run_sync},
//                                     {"GET", "/tables/{name}", show_table}};
//     return http::serve(options, routes, write_error_document);
//
// serve() answers FastCGI requests on descriptor 0 (or 3, when LISTEN_FDS is ours) with a pool of
// threads until SIGTERM or SIGINT, lets running requests finish, and returns the exit status. When
// descriptor 0 is no listening socket it answers the one CGI request that the environment
// describes, so that every executable can be tried in a terminal.
//
// A handler answers or throws Error. Before the first byte has gone the error becomes the answer,
// written by the module's ErrorWriter with status and headers already set; afterwards the
// connection is broken. HEAD is GET without the body, OPTIONS is answered here, as are 404 and 405.
// REQUIRES: called from the main thread before the program starts other threads, for it decides
// about signals; other threads are started in on_start and have to end in on_stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/request.h"
#include "http/response.h"

namespace vo::http {

using Handler = std::function<void(const Request&, Response&)>;

struct Route {
    std::string_view methods;  // "GET", "GET|POST"
    std::string pattern;       // "/tables/{name}": a placeholder stands for one segment
    Handler handler;
    bool plain_body = false;  // the body is one text, no form: Request::plain_body()
};

// Writes Content-Type and body. For an Internal error the given Error is already the one for the
// client; `incident` is its number. `request` is nullptr when there is none to speak of.
using ErrorWriter = std::function<void(
    const Error& error, const std::string& incident, const Request* request, Response& response)>;

// What a reload may change while the server runs.
struct Limits {
    BodyLimits body;
    std::int64_t min_rate_bytes_per_s = 10'000;
};

struct ServerOptions {
    std::int64_t threads = 64;
    Limits limits;
    // Running requests may take this long after SIGTERM; then they are cut off.
    std::chrono::seconds grace{30};
    // Once, before the first request: the place to start background threads.
    std::function<void()> on_start;
    // SIGHUP: reads the configuration again. When it throws, the words are logged and all that
    // was in force stays so.
    std::function<Limits()> on_reload;
    // Once, when no new request is taken any more: the place to end those that only wait.
    std::function<void()> on_stopping;
    // Once, after the last request.
    std::function<void()> on_stop;
};

[[nodiscard]] int serve(const ServerOptions& options,
                        std::span<const Route> routes,
                        const ErrorWriter& write_error);

// One request, as the loop does it: route, parameters, handler, errors, log line. For tests.
void answer(Request& request,
            const BodySource& body,
            Response& response,
            std::span<const Route> routes,
            const ErrorWriter& write_error,
            const Limits& limits);

}  // namespace vo::http
