// SPDX-License-Identifier: Apache-2.0
// Fetches what a client's URL names, over libcurl, as an open Internet demands it.
//
//     http::fetch(url, {.max_bytes = 100'000'000, .time = 30s}, file);
//
// Only http and https, also after redirects; no user, password, cookie, proxy or compression; ports
// 80, 443 and those from 1024 on. Each address is judged when its socket is opened, so that no
// name, redirect or second answer of a name server leads into the site's own network: what IANA's
// registries of special-purpose addresses (RFC 6890) do not call globally reachable is refused.
// Errors are BadRequest with the URL and the reason; TooLarge beyond max_bytes. No address that
// a name stands for is ever told. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/sink.h"

struct sockaddr;

namespace vo::http {

struct FetchLimits {
    std::int64_t max_bytes = 0;
    std::chrono::milliseconds time{30'000};  // all of it
    int max_redirects = 3;
    bool allow_loopback = false;  // for tests
    int watch_fd = -1;            // when its peer hangs up, the fetch ends with Busy
};

// BadRequest for a URL that would not be fetched whatever it leads to.
void check_url(const std::string& url);

void fetch(const std::string& url, const FetchLimits& limits, Sink& sink);

// Of AF_INET and AF_INET6; nothing else is public.
[[nodiscard]] bool is_public(const sockaddr& address);

}  // namespace vo::http
