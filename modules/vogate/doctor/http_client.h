// SPDX-License-Identifier: Apache-2.0
// One HTTP request, as a client of this site would send it, over libcurl.
//
//     const auto reply = ask_http({.url = base_url + "/tap/availability"});
//
// Follows no redirect. Throws Error with libcurl's words when there is no answer within 20 s.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vo::vogate::doctor {

struct HttpRequest {
    std::string url;
    std::string method = "GET";
    std::vector<std::string> headers;  // "Name: value"
    std::string body;
};

struct HttpReply {
    long status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;                                          // as it came, compressed if it was
    double first_byte_s = 0;

    // The first of that name, empty when there is none; the name in lower case.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

[[nodiscard]] HttpReply ask_http(const HttpRequest& request);

// Percent-encoded `name=value&...`
[[nodiscard]] std::string make_form(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

}  // namespace vo::vogate::doctor
