// SPDX-License-Identifier: Apache-2.0
// One request through routes, handler and the one catch, without a web server.
#include "http/server.h"

#include <stdexcept>

#include <cppunit/extensions/HelperMacros.h>

#include "base/log.h"

namespace {

using vo::Code;
using vo::Error;
using vo::http::Request;
using vo::http::Response;
using vo::http::Route;
using End = Response::End;

struct Result {
    std::string received;
    End end = End::Whole;
    bool aborted = false;

    [[nodiscard]] bool has(const std::string& text) const {
        return received.find(text) != std::string::npos;
    }
};

void write_words(const Error& error,
                 const std::string& incident,
                 const Request* request,
                 Response& response) {
    response.content_type("text/x-error");
    response.write(std::string(error.what()) + '|' + incident + '|' + request->path());
}

void say_hello(const Request& request, Response& response) {
    const std::string name(request.params().find_single("NAME").value_or("you"));
    response.content_type("text/plain");
    response.write("hello " + name);
}

void show_name(const Request& request, Response& response) {
    response.content_type("text/plain");
    response.write(request.placeholder("name"));
}

void fail_late(const Request&, Response& response) {
    response.content_type("text/plain");
    response.write("begun");
    response.flush();
    throw Error(Code::Internal, "late");
}

void fail_in_band(const Request&, Response& response) {
    response.content_type("text/plain");
    response.flush();
    response.note_error(Error(Code::TooLong, "x"));
    response.write("ERROR told");
}

const std::vector<Route> kRoutes{
    {"GET|POST", "/hello", say_hello},
    {"GET", "/tables", say_hello},
    {"GET", "/tables/special", say_hello},
    {"GET", "/tables/{name}", show_name},
    {"GET", "/busy",
     [](const Request&, Response& response) {
         response.header("X-Half", "done");
         response.content_type("text/plain");
         response.write("half an answer");
         throw Error(Code::Busy, "All slots are taken.").with_retry_after(7);
     }},
    {"GET", "/bug",
     [](const Request&, Response&) {
         throw Error(Code::Internal, "SELECT secret").with_detail("/etc/secret");
     }},
    {"GET", "/std", [](const Request&, Response&) { throw std::out_of_range("secret"); }},
    {"GET", "/late", fail_late},
    {"GET", "/in-band", fail_in_band},
    {"POST", "/only-post", say_hello},
};

Result ask(const std::string& method,
           const std::string& path,
           const std::string& body = "",
           const vo::http::ErrorWriter& writer = write_words,
           bool gone = false) {
    Result result;
    Request request({{"REQUEST_METHOD", method},
                     {"PATH_INFO", path},
                     {"CONTENT_TYPE", "application/x-www-form-urlencoded"}});
    Response response({[&](std::string_view bytes) {
                           if (!gone) result.received += bytes;
                           return !gone;
                       },
                       [&] { return !gone; }, [&] { result.aborted = true; }, -1},
                      method == "HEAD");
    const auto source = [rest = std::string_view(body)](char* buffer, std::size_t size) mutable {
        const auto n = rest.copy(buffer, size);
        rest.remove_prefix(n);
        return n;
    };
    vo::http::answer(request, source, response, kRoutes, writer, {1000, 0});
    result.end = response.end();
    return result;
}

}  // namespace

class ServerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ServerTest);
    CPPUNIT_TEST(answers_a_route);
    CPPUNIT_TEST(placeholder_takes_one_segment);
    CPPUNIT_TEST(unknown_path_names_the_known_ones);
    CPPUNIT_TEST(wrong_method_names_the_right_ones);
    CPPUNIT_TEST(head_is_get_without_the_body);
    CPPUNIT_TEST(options_is_answered);
    CPPUNIT_TEST(an_error_replaces_what_was_not_sent);
    CPPUNIT_TEST(parameters_are_checked_before_the_handler);
    CPPUNIT_TEST(internal_errors_show_their_incident_only);
    CPPUNIT_TEST(a_late_error_breaks_the_connection);
    CPPUNIT_TEST(an_error_told_in_band_ends_cleanly);
    CPPUNIT_TEST(a_failing_error_writer_leaves_plain_words);
    CPPUNIT_TEST(a_client_that_left_is_no_incident);
    CPPUNIT_TEST_SUITE_END();

  public:
    void setUp() override { vo::log::set_level(static_cast<vo::log::Level>(9)); }

    void tearDown() override { vo::log::set_level(vo::log::Level::Info); }

  private:
    void answers_a_route() {
        CPPUNIT_ASSERT(ask("GET", "/hello").has("\r\n\r\nhello you"));
        CPPUNIT_ASSERT(ask("GET", "/hello/").has("\r\n\r\nhello you"));
        CPPUNIT_ASSERT(ask("POST", "/hello", "name=joe").has("\r\n\r\nhello joe"));
    }

    void placeholder_takes_one_segment() {
        CPPUNIT_ASSERT(ask("GET", "/tables/dl3.events").has("\r\n\r\ndl3.events"));
        CPPUNIT_ASSERT(ask("GET", "/tables").has("\r\n\r\nhello you"));
        CPPUNIT_ASSERT(ask("GET", "/tables/special").has("\r\n\r\nhello you"));
        CPPUNIT_ASSERT(ask("GET", "/tables/a/b").has("Status: 404"));
    }

    void unknown_path_names_the_known_ones() {
        const auto result = ask("GET", "/nowhere");
        CPPUNIT_ASSERT(result.received.starts_with("Status: 404 Not Found\r\n"));
        CPPUNIT_ASSERT(result.has("no resource /nowhere"));
        CPPUNIT_ASSERT(result.has("/hello, /in-band"));
        CPPUNIT_ASSERT(result.has("/tables/{name}"));
        CPPUNIT_ASSERT(ask("GET", "/").has("Status: 404"));
        CPPUNIT_ASSERT(ask("GET", "/tables/\xFF").has("Status: 400"));
    }

    void wrong_method_names_the_right_ones() {
        const auto result = ask("DELETE", "/hello");
        CPPUNIT_ASSERT(result.received.starts_with("Status: 405 Method Not Allowed\r\n"));
        CPPUNIT_ASSERT(result.has("\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"));
        CPPUNIT_ASSERT(ask("HEAD", "/only-post").has("\r\nAllow: POST, OPTIONS\r\n"));
        CPPUNIT_ASSERT(ask("get", "/hello").has("Status: 405"));
    }

    void head_is_get_without_the_body() {
        const auto result = ask("HEAD", "/hello");
        CPPUNIT_ASSERT(result.has("Content-Length: 9\r\n"));
        CPPUNIT_ASSERT(result.received.ends_with("\r\n\r\n"));
        CPPUNIT_ASSERT(ask("HEAD", "/busy").received.ends_with("\r\n\r\n"));
    }

    void options_is_answered() {
        const auto result = ask("OPTIONS", "/hello");
        CPPUNIT_ASSERT(result.received.starts_with("Status: 204 No Content\r\n"));
        CPPUNIT_ASSERT(result.has("Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"));
        CPPUNIT_ASSERT(result.has("Access-Control-Allow-Headers: Authorization, Content-Type, Range, "
                                  "If-Range, If-None-Match\r\n"));
        CPPUNIT_ASSERT(ask("OPTIONS", "/nowhere").has("Status: 404"));
    }

    void an_error_replaces_what_was_not_sent() {
        const auto result = ask("GET", "/busy");
        CPPUNIT_ASSERT(result.received.starts_with("Status: 503 Service Unavailable\r\n"));
        CPPUNIT_ASSERT(result.has("\r\nRetry-After: 7\r\n"));
        CPPUNIT_ASSERT(result.has("\r\nContent-Type: text/x-error\r\n"));
        CPPUNIT_ASSERT(result.has("\r\n\r\nAll slots are taken.||/busy"));
        CPPUNIT_ASSERT(!result.has("half"));
        CPPUNIT_ASSERT(!result.has("X-Half"));
    }

    void parameters_are_checked_before_the_handler() {
        CPPUNIT_ASSERT(ask("POST", "/hello", "NAME=a&name=b").has("Status: 400"));
        CPPUNIT_ASSERT(ask("POST", "/hello", "NAME=%").has("Status: 400"));
        CPPUNIT_ASSERT(ask("POST", "/hello", std::string(1001, 'x')).has("Status: 413"));
    }

    void internal_errors_show_their_incident_only() {
        for (const auto* path : {"/bug", "/std"}) {
            const auto result = ask("GET", path);
            CPPUNIT_ASSERT(result.received.starts_with("Status: 500 Internal Server Error\r\n"));
            CPPUNIT_ASSERT(!result.has("ecret"));
            const auto at = result.received.find("incident number ");
            CPPUNIT_ASSERT(at != std::string::npos);
            const auto incident = result.received.substr(at + 16, 8);
            CPPUNIT_ASSERT(result.has(".|" + incident + "|" + path));
        }
    }

    void a_late_error_breaks_the_connection() {
        const auto result = ask("GET", "/late");
        CPPUNIT_ASSERT(result.received.starts_with("Status: 200"));
        CPPUNIT_ASSERT(result.received.ends_with("begun"));
        CPPUNIT_ASSERT(result.aborted);
        CPPUNIT_ASSERT(result.end == End::Aborted);
    }

    void an_error_told_in_band_ends_cleanly() {
        const auto result = ask("GET", "/in-band");
        CPPUNIT_ASSERT(result.received.ends_with("ERROR told"));
        CPPUNIT_ASSERT(!result.aborted);
    }

    void a_failing_error_writer_leaves_plain_words() {
        const auto broken = [](const Error&, const std::string&, const Request*,
                               Response& response) {
            response.content_type("text/x-error");
            response.write("half");
            throw std::runtime_error("no memory");
        };
        const auto result = ask("GET", "/busy", "", broken);
        CPPUNIT_ASSERT(result.received.starts_with("Status: 503"));
        CPPUNIT_ASSERT(result.has("\r\nRetry-After: 7\r\n"));
        CPPUNIT_ASSERT(result.received.ends_with("\r\n\r\nAll slots are taken.\n"));
    }

    void a_client_that_left_is_no_incident() {
        for (const auto* path : {"/hello", "/late", "/busy"}) {
            const auto result = ask("GET", path, "", write_words, true);
            CPPUNIT_ASSERT(result.end == End::ClientGone);
            CPPUNIT_ASSERT(result.aborted);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerTest);
