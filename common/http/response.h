// SPDX-License-Identifier: Apache-2.0
// Response: status and headers, then a Sink for the body.
//
//     response.content_type("text/csv;charset=utf-8;header=present");
//     response.header("Content-Disposition", "attachment; filename=\"result.csv\"");
//     if (!response.wants_body()) return;   // HEAD: saves the work, needed for nothing else
//     response.write(bytes);                // as often as needed; flush() makes them visible
//
// The first 64 KiB are held back: an answer that ends within them goes out in one piece with its
// Content-Length, and until then reset() can still turn it into an error. Once the header has
// gone, header calls are an Internal error, and a failure that the body's format cannot tell must
// leave the handler as an exception: the server loop then breaks the connection, so that no
// truncated answer looks complete. A format that can tell (VOTable) says it, calls note_error()
// and returns. A write to a client that left, or that takes less than the least rate, throws;
// handlers let it pass. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/sink.h"
#include "http/pace.h"

namespace vo::http {

// Where the bytes of a Response go. write and flush return false when the client left.
struct Channel {
    std::function<bool(std::string_view)> write;
    std::function<bool()> flush;
    // Breaks the connection so that the receiver cannot take the answer for complete.
    std::function<void()> abort;
    // Becomes readable with POLLRDHUP or POLLHUP when the web server hangs up; -1: none.
    int watch_fd = -1;
};

class Response final : public Sink {
  public:
    // How the answer ended, for the log.
    enum class End { Whole, Aborted, ClientGone, ClientSlow };

    struct Failure {
        Error error;
        std::string incident;  // empty unless Internal
    };

    explicit Response(Channel channel, bool head_only = false, Pace pace = {});

    void status(int code);
    void content_type(std::string_view type);
    // Replaces a header of that name; names are compared without case.
    void header(std::string_view name, std::string_view value);
    // May occur several times: WWW-Authenticate.
    void add_header(std::string_view name, std::string_view value);

    void write(std::string_view bytes) override;
    void flush() override;
    // Becomes the Content-Length.
    void announce(std::int64_t bytes) override;

    // Forgets status, headers and body. REQUIRES: !begun().
    void reset();

    // True once bytes have gone out.
    [[nodiscard]] bool begun() const { return begun_; }

    // False for HEAD: what is written goes nowhere.
    [[nodiscard]] bool wants_body() const { return !head_only_; }

    // Whether the client has hung up already (only nginx tells before the next write).
    [[nodiscard]] bool client_gone() const;

    // To be polled for POLLRDHUP while waiting for something else; -1 when there is none.
    [[nodiscard]] int watch_fd() const { return channel_.watch_fd; }

    // One more key=value of this request's log line: rows, db_ms, runid.
    void note(std::string_view key, std::string value);

    // For a failure that the body itself tells: it will be logged as one that was thrown. An
    // Internal error's words are for the log only: tell the client incident_message() instead.
    const Failure& note_error(const Error& error);

    // For the server loop.
    void finish();
    void abort(End why = End::Aborted) noexcept;

    [[nodiscard]] int status() const { return status_; }

    // When the first byte went out; no value before.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> begun_at() const {
        return begun_at_;
    }

    // Of the body, as far as they went out.
    [[nodiscard]] std::int64_t bytes() const { return std::max<std::int64_t>(bytes_, 0); }

    [[nodiscard]] End end() const { return end_; }

    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& notes() const {
        return notes_;
    }

  private:
    void check_header_allowed(std::string_view name, std::string_view value) const;
    void send_header(bool whole);
    void send(std::string_view bytes);
    void wait_for_reader();
    [[noreturn]] void lose_client(End end);

    Channel channel_;
    bool head_only_;
    Pace pace_;
    PaceMeter meter_;
    int status_ = 200;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::string buffer_;
    std::int64_t bytes_ = 0;
    std::int64_t announced_ = -1;
    std::vector<std::pair<std::string, std::string>> notes_;
    std::optional<Failure> failure_;
    bool begun_ = false;
    std::optional<std::chrono::steady_clock::time_point> begun_at_;
    bool finished_ = false;
    End end_ = End::Whole;
};

// What a client reads of an Internal error: the number under which the log has the rest.
[[nodiscard]] std::string incident_message(std::string_view incident);

}  // namespace vo::http
