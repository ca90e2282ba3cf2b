// SPDX-License-Identifier: Apache-2.0
// Error: the one exception type of the project, and the table of its outward faces.
//
// Throw it where the fact is known, in words that the person who must act understands:
//     throw Error(Code::BadQuery, "Unknown column \"enrgy\". Did you mean \"energy\"?", {1, 8});
// It is caught in http/server.cc (a request), in modules/*/main.cc (a command line) and nowhere
// else, save where a comment gives the reason. The message goes to the client: never SQL, a path
// or a stack. What only the log may know goes into detail.
#pragma once

#include <exception>
#include <source_location>
#include <string>
#include <string_view>

namespace vo {

enum class Code {
    BadRequest,
    BadQuery,
    UnknownName,  // a BadQuery whose only fault is that something in it does not exist
    NoCredentials,
    Forbidden,
    NotFound,
    BadMethod,
    TooLarge,
    BadMedia,
    Busy,
    TooLong,
    StoreFull,
    Upstream,
    Internal,
};

// How a code looks from outside. fault: DataLink 1.1 §3.4 words; uws: UWS 1.1 errorSummary type.
struct Face {
    Code code;
    std::string_view name;
    int http_status;
    std::string_view fault;
    std::string_view uws;
};

[[nodiscard]] const Face& face(Code code);
// The row of that name; of an unknown one, that of Internal.
[[nodiscard]] const Face& find_face(std::string_view name);

// A position in the client's text, both counted from 1; line 0 means "no position".
struct Place {
    int line = 0;
    int column = 0;
};

class Error : public std::exception {
  public:
    Error(Code code,
          std::string message,
          Place place = {},
          std::source_location thrown_at = std::source_location::current());

    Error& with_detail(std::string detail) &;
    Error&& with_detail(std::string detail) &&;
    // Busy and TooLong carry a Retry-After of this many seconds (default 5).
    Error&& with_retry_after(int seconds) &&;

    [[nodiscard]] Code code() const { return code_; }

    // The message, with "line L, column C: " before it where there is a position.
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

    [[nodiscard]] Place place() const { return place_; }

    [[nodiscard]] const std::string& detail() const { return detail_; }

    [[nodiscard]] int retry_after_s() const { return retry_after_s_; }

    // "file.cc:123", for the log.
    [[nodiscard]] std::string thrown_at() const;

  private:
    Code code_;
    std::string text_;
    Place place_;
    std::string detail_;
    int retry_after_s_ = 5;
    std::source_location thrown_at_;
};

}  // namespace vo
