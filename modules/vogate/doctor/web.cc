// SPDX-License-Identifier: Apache-2.0
// What a client gets at base_url: whether the web server passes on what the services say.
#include <array>
#include <cmath>

#include "base/text.h"
#include "doctor.h"
#include "http_client.h"

namespace vo::vogate::doctor {

namespace {

constexpr double kSlow_s = 2;
constexpr const char* kDropIn =
    "let the web server use conf/apache.conf or conf/nginx.conf of this release: doc/install.md, 5 "
    "and 6";

std::string tap(const Subject& subject, std::string_view path) {
    return subject.config->base_url + "/tap" + std::string(path);
}

std::string status_of(const HttpReply& reply) {
    return "status " + std::to_string(reply.status);
}

bool is_xml(const HttpReply& reply) {
    return reply.header("content-type").starts_with("text/xml");
}

bool is_votable_error(const HttpReply& reply) {
    return reply.header("content-type").starts_with("application/x-votable+xml") &&
           reply.body.find("QUERY_STATUS") != std::string::npos &&
           reply.body.find("\"ERROR\"") != std::string::npos;
}

// The texts of the elements of that name, whatever their prefix and attributes.
std::vector<std::string> find_texts(std::string_view xml, std::string_view name) {
    std::vector<std::string> texts;
    for (auto at = xml.find(name); at != std::string_view::npos; at = xml.find(name, at + 1)) {
        const auto before = at == 0 ? ' ' : xml[at - 1];
        const auto begin = xml.find('>', at);
        if ((before != '<' && before != ':') || begin == std::string_view::npos) continue;
        const auto end = xml.find('<', begin);
        if (end == std::string_view::npos || xml.substr(end, 2) != "</") continue;
        texts.emplace_back(xml.substr(begin + 1, end - begin - 1));
    }
    return texts;
}

Finding check_availability(Subject& subject) {
    const auto url = tap(subject, "/availability");
    const auto reply = ask_http({.url = url});
    if (reply.status >= 300 && reply.status < 400)
        return fail(
            url + " redirects to " + std::string(reply.header("location")),
            "write the address that it redirects to into base_url, without /tap/availability");
    if (reply.status == 404)
        return fail(url + ": status 404",
                    std::string("base_url has another path than the services: ") +
                        "VOGATE_PATH of the web server's configuration is the "
                        "path of base_url; else " +
                        kDropIn);
    if (reply.status >= 500)
        return fail(
            url + ": " + status_of(reply),
            "if the services answer on their sockets (see above), the web server cannot reach "
            "them: VOGATE_RUN is run_dir, and its user is of the sockets' group");
    if (reply.status != 200 || !is_xml(reply))
        return fail(url + ": " + status_of(reply) + ", " +
                        std::string(reply.header("content-type")) + ", not the XML of the service",
                    kDropIn);
    subject.web_answers = true;
    const auto state = find_texts(reply.body, "available");
    const auto notes = find_texts(reply.body, "note");
    if (state.empty() || state[0] != "true")
        return fail("the service says that it is not available" +
                        (notes.empty() ? std::string() : ": " + join(notes, "; ")),
                    "see the database above; the reason is in the services' log");
    return ok(url);
}

Finding check_capabilities(Subject& subject) {
    const auto reply = ask_http({.url = tap(subject, "/capabilities")});
    if (reply.status != 200 || !is_xml(reply)) return fail(status_of(reply), kDropIn);
    const auto addresses = find_texts(reply.body, "accessURL");
    for (const auto& address : addresses)
        if (!address.starts_with(subject.config->base_url + "/tap"))
            return fail("/capabilities sends clients to " + address + ", base_url is " +
                            subject.config->base_url,
                        "the services have another configuration, or an older one: restart them "
                        "(systemctl restart vogate-tap-sync) with this vogate.conf");
    if (addresses.empty())
        return fail("/capabilities names no address: it was changed on its way", kDropIn);
    return ok(std::to_string(addresses.size()) + " addresses, all below base_url");
}

Finding check_query(Subject& subject) {
    const auto reply = ask_http(
        {.url = tap(subject, "/sync"),
         .method = "POST",
         .body = make_form({{"LANG", "ADQL"},
                            {"RESPONSEFORMAT", "csv"},
                            {"QUERY", "SELECT TOP 1 table_name FROM tap_schema.tables"}})});
    if (reply.status != 200 || !reply.body.starts_with("table_name"))
        return fail("a query by POST: " + status_of(reply) + ", " + reply.body.substr(0, 200),
                    reply.status == 503 ? "the services are busy or being upgraded: see their log"
                                        : kDropIn);
    const auto words =
        "first byte after " + std::to_string(std::lround(reply.first_byte_s * 1000)) + " ms";
    if (reply.first_byte_s > kSlow_s)
        return warn(words, "see first_ms, wait_ms and db_ms of the request in the services' log");
    return ok(words);
}

Finding check_head(Subject& subject) {
    const auto reply = ask_http({.url = tap(subject, "/capabilities"), .method = "HEAD"});
    if (reply.status != 200 || !reply.body.empty() || !is_xml(reply))
        return fail("HEAD: " + status_of(reply), kDropIn);
    return ok("as GET, without the body");
}

// A column that there is not: its name comes back only in the service's own words.
Finding check_error(Subject& subject) {
    const auto reply =
        ask_http({.url = tap(subject, "/sync?") +
                         make_form({{"LANG", "ADQL"},
                                    {"QUERY", "SELECT doctors_column FROM tap_schema.tables"}})});
    if (reply.status != 400 || !is_votable_error(reply) ||
        reply.body.find("doctors_column") == std::string::npos)
        return fail("a wrong query: " + status_of(reply) + ", " +
                        std::string(reply.header("content-type")) +
                        ", and not 400 with the service's VOTable, which says what is wrong",
                    std::string("the web server must not replace the answers of the services "
                                "(ProxyErrorOverride off, fastcgi_intercept_errors off); ") +
                        kDropIn);
    return ok("a wrong query is told in a VOTable");
}

Finding check_large_body(Subject& subject) {
    const auto size = static_cast<std::size_t>(subject.config->max_body_bytes) + 1024;
    const auto reply =
        ask_http({.url = tap(subject, "/sync"), .method = "POST", .body = std::string(size, 'x')});
    if (reply.status != 413 || !is_votable_error(reply))
        return fail("a body of " + std::to_string(size) + " bytes: " + status_of(reply) + ", " +
                        std::string(reply.header("content-type")) + ", and not 413 with a VOTable",
                    kDropIn);
    return ok("a body above max_body_bytes is refused in a VOTable");
}

Finding check_long_url(Subject& subject) {
    const auto query =
        "SELECT TOP 1 table_name FROM tap_schema.tables -- " + std::string(10'000, 'x');
    const auto reply = ask_http(
        {.url = tap(subject, "/sync?") +
                make_form({{"LANG", "ADQL"}, {"RESPONSEFORMAT", "csv"}, {"QUERY", query}})});
    if (reply.status != 200)
        return warn("a query of 10,000 bytes in the URL: " + status_of(reply) +
                        "; by POST there is no such limit",
                    "Apache: LimitRequestLine 16370; nginx: large_client_header_buffers 8 32k");
    return ok("10,000 bytes pass");
}

Finding check_compression(Subject& subject) {
    const auto reply =
        ask_http({.url = tap(subject, "/tables"), .headers = {"Accept-Encoding: gzip"}});
    if (reply.header("content-encoding") != "gzip")
        return warn("answers are not compressed for clients that ask for it",
                    "Apache: a2enmod deflate filter; nginx: gzip is in conf/nginx.conf");
    return ok("gzip");
}

// Browsers refuse an answer with two of them.
Finding check_cors(Subject& subject) {
    const auto reply = ask_http(
        {.url = tap(subject, "/capabilities"), .headers = {"Origin: https://client.invalid"}});
    int count = 0;
    for (const auto& [name, value] : reply.headers)
        count += name == "access-control-allow-origin" ? 1 : 0;
    if (count != 1)
        return warn("Access-Control-Allow-Origin comes " + std::to_string(count) +
                        " times, and web pages of others cannot use the service",
                    count > 1
                        ? "take away the one that the web server adds: the services send theirs"
                        : "let the web server pass on the one that the services send");
    return ok("pages of other sites may ask");
}

Finding check_trace(Subject& subject) {
    const auto reply = ask_http({.url = tap(subject, "/sync"), .method = "TRACE"});
    if (reply.status == 200)
        return fail("TRACE echoes requests, with what a client sent to log in", "TraceEnable off");
    return ok("refused");
}

constexpr std::string_view kAway =
    "start the web server, or correct base_url; where clients come in by another way than this "
    "host "
    "(a proxy, a name that only the outside knows), run the doctor where it can reach base_url";

constexpr std::array kChecks{
    Check{"availability", Needs::Config, check_availability, kAway},
    Check{"capabilities", Needs::Web, check_capabilities, kAway},
    Check{"query", Needs::Web, check_query, kAway},
    Check{"HEAD", Needs::Web, check_head, kAway},
    Check{"error document", Needs::Web, check_error, kAway},
    Check{"large body", Needs::Web, check_large_body, kDropIn},
    Check{"long URL", Needs::Web, check_long_url, kAway},
    Check{"compression", Needs::Web, check_compression, kAway},
    Check{"other sites' pages", Needs::Web, check_cors, kAway},
    Check{"TRACE", Needs::Web, check_trace, kAway},
};

}  // namespace

std::span<const Check> web_checks() {
    return kChecks;
}

}  // namespace vo::vogate::doctor
