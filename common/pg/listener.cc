// SPDX-License-Identifier: Apache-2.0
// LISTEN by libpq.
#include "pg/listener.h"

#include <array>
#include <memory>

#include <libpq-fe.h>
#include <poll.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::pg {

Listener::Listener(const std::string& conninfo,
                   const std::string& application_name,
                   const std::string& channel)
    : connection_(conninfo, application_name) {
    connection_.exec("LISTEN " + sql_identifier(channel));
}

std::optional<std::string> Listener::next(std::chrono::milliseconds time, int wake_fd) {
    auto* conn = connection_.handle();
    const auto end = std::chrono::steady_clock::now() + time;
    while (true) {
        const std::unique_ptr<PGnotify, void (*)(void*)> found(PQnotifies(conn), PQfreemem);
        if (found) return std::string(found->extra);
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return std::nullopt;
        std::array<pollfd, 2> fds{pollfd{PQsocket(conn), POLLIN, 0}, pollfd{wake_fd, POLLIN, 0}};
        const int ready = poll(fds.data(), fds.size(), static_cast<int>(left.count()) + 1);
        if (ready > 0 && fds[1].revents != 0) return std::nullopt;
        if (ready > 0 && PQconsumeInput(conn) != 1) throw_failure(conn, nullptr);
    }
}

}  // namespace vo::pg
