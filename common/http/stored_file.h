// SPDX-License-Identifier: Apache-2.0
// A stored file as an answer: length, date and tag of it, and what a client may ask with them
// (RFC 9110 §13, §14): a range, so that a broken download goes on where it ended, and nothing at
// all when the client has it already.
//
//     response.content_type("application/x-votable+xml");
//     http::send_file(request, response, descriptor, tag);
//
// `tag` names this very content for ever: another content has another tag. Several ranges at once
// are answered with the whole file, as RFC 9110 §14.2 allows. The descriptor stays the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace vo::http {

// Bytes first to last of a file, both counted.
struct ByteRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

enum class RangeKind { Whole, Part, Impossible };

struct RangeChoice {
    RangeKind kind = RangeKind::Whole;
    ByteRange part;
};

// What the header Range asks of a file of that size; Whole for what is not understood.
[[nodiscard]] RangeChoice read_range(std::string_view header, std::int64_t size);

// Headers for a file of a stranger's, which is never shown as a page of this site.
void guard_download(Response& response, const std::string& content_type);

void send_file(const Request& request, Response& response, int descriptor, std::string_view tag);

}  // namespace vo::http
