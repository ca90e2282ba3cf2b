// SPDX-License-Identifier: Apache-2.0
// Where requests come from: FastCGI connections on a listening socket, or one CGI request of the
// process itself. Private to common/http; the only place that knows libfcgi.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "http/request.h"
#include "http/response.h"

namespace vo::http {

// A request as it arrived; valid during the call of its Exchange function only.
struct Exchange {
    Request::Variables variables;
    BodySource body;
    Channel channel;
};

// Answers one request. REQUIRES: throws nothing.
using Answer = std::function<void(Exchange&)>;

// The listening socket that the supervisor left for us; -1 when this is a CGI process. Throws for
// a socket that cannot be served.
[[nodiscard]] int find_listening_socket();

// Threads that accept and answer.
class FastCgiPool {
  public:
    // `min_rate` is asked at each request: bytes a second, 0 for no rule.
    FastCgiPool(int socket, std::size_t threads, Answer answer, std::function<Pace()> pace);
    // REQUIRES: stop() returned true.
    ~FastCgiPool();
    FastCgiPool(const FastCgiPool&) = delete;
    FastCgiPool& operator=(const FastCgiPool&) = delete;

    // Takes no new request and waits for the running ones; false when some outlast the grace.
    [[nodiscard]] bool stop(std::chrono::milliseconds grace);

    [[nodiscard]] std::size_t running() const;

    // The socket failed for good; a SIGTERM was sent to this process.
    [[nodiscard]] bool broken() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// The request of this process's environment, standard input and standard output.
void answer_cgi(const Answer& answer);

}  // namespace vo::http
