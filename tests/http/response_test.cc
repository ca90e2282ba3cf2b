// SPDX-License-Identifier: Apache-2.0
// Answers over a string: headers, what is held back, lost and slow clients.
#include "http/response.h"
#include "http/pace.h"

#include <thread>

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using vo::Code;
using vo::Error;
using vo::http::Channel;
using vo::http::Pace;
using vo::http::Response;
using End = Response::End;

// The receiving end of a Response.
struct Client {
    std::string received;
    std::size_t writes = 0;
    std::size_t flushes = 0;
    bool gone = false;
    bool aborted = false;
    std::chrono::milliseconds delay{0};

    Channel channel(int watch_fd = -1) {
        return {[this](std::string_view bytes) {
                    if (gone) return false;
                    if (delay.count() > 0) std::this_thread::sleep_for(delay);
                    ++writes;
                    received += bytes;
                    return true;
                },
                [this] {
                    ++flushes;
                    return !gone;
                },
                [this] { aborted = true; }, watch_fd};
    }

    [[nodiscard]] std::string header() const {
        return received.substr(0, received.find("\r\n\r\n") + 2);
    }

    [[nodiscard]] std::string body() const {
        return received.substr(received.find("\r\n\r\n") + 4);
    }

    [[nodiscard]] bool has(const std::string& line) const {
        return header().find(line + "\r\n") != std::string::npos;
    }
};

template <typename F>
void assert_fails(Code code, F action) {
    try {
        action();
    } catch (const Error& error) {
        CPPUNIT_ASSERT(error.code() == code);
        return;
    }
    CPPUNIT_FAIL("no failure");
}

}  // namespace

class ResponseTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ResponseTest);
    CPPUNIT_TEST(small_answer_goes_in_one_piece_with_its_length);
    CPPUNIT_TEST(large_answer_streams_without_length);
    CPPUNIT_TEST(flush_shows_what_there_is);
    CPPUNIT_TEST(status_comes_first_always);
    CPPUNIT_TEST(other_sites_may_read_every_answer);
    CPPUNIT_TEST(headers_replace_or_add);
    CPPUNIT_TEST(refuses_headers_after_the_body_began);
    CPPUNIT_TEST(refuses_header_injection);
    CPPUNIT_TEST(refuses_a_body_without_type);
    CPPUNIT_TEST(reset_forgets_all_before_the_first_byte);
    CPPUNIT_TEST(head_sends_the_header_only);
    CPPUNIT_TEST(no_body_with_204);
    CPPUNIT_TEST(counts_body_bytes);
    CPPUNIT_TEST(lost_client_is_an_error_each_time);
    CPPUNIT_TEST(slow_client_is_dropped);
    CPPUNIT_TEST(slow_producer_is_no_slow_client);
    CPPUNIT_TEST(fast_start_buys_no_patience);
    CPPUNIT_TEST(abort_sends_nothing_more);
    CPPUNIT_TEST(sees_a_hang_up);
    CPPUNIT_TEST(only_internal_errors_get_an_incident);
    CPPUNIT_TEST_SUITE_END();

    void small_answer_goes_in_one_piece_with_its_length() {
        Client client;
        Response response(client.channel());
        response.content_type("text/plain");
        for (int i = 0; i < 1000; ++i)
            response.write("0123456789");
        CPPUNIT_ASSERT(!response.begun());
        CPPUNIT_ASSERT(client.received.empty());
        response.finish();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, client.writes);
        CPPUNIT_ASSERT(client.has("Content-Length: 10000"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{10000}, client.body().size());
        CPPUNIT_ASSERT(response.end() == End::Whole);
    }

    // Whatever the size of the pieces, every byte arrives once and in order.
    void large_answer_streams_without_length() {
        std::string all;
        for (int i = 0; all.size() < 400'000; ++i)
            all += std::to_string(i) + ' ';
        for (const std::size_t piece : {1UL, 777UL, 65'535UL, 65'536UL, 65'537UL, 400'000UL}) {
            Client client;
            Response response(client.channel());
            response.content_type("text/plain");
            for (std::size_t at = 0; at < all.size(); at += piece)
                response.write(std::string_view(all).substr(at, piece));
            response.finish();
            CPPUNIT_ASSERT(client.body() == all);
            CPPUNIT_ASSERT(client.header().find("Content-Length") == std::string::npos);
            CPPUNIT_ASSERT(client.writes < 40);
        }
    }

    void flush_shows_what_there_is() {
        Client client;
        Response response(client.channel());
        response.content_type("text/plain");
        response.write("a");
        response.flush();
        CPPUNIT_ASSERT_EQUAL(std::string("a"), client.body());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, client.flushes);
        CPPUNIT_ASSERT(response.begun());
        response.write("b");
        CPPUNIT_ASSERT_EQUAL(std::string("a"), client.body());
        response.finish();
        CPPUNIT_ASSERT_EQUAL(std::string("ab"), client.body());
    }

    void status_comes_first_always() {
        Client plain;
        Response response(plain.channel());
        response.finish();
        CPPUNIT_ASSERT(plain.received.starts_with("Status: 200 OK\r\n"));
        Client other;
        Response redirect(other.channel());
        redirect.status(303);
        redirect.header("Location", "https://example.org/tap/async/1");
        redirect.finish();
        CPPUNIT_ASSERT(other.received.starts_with(
            "Status: 303 See Other\r\nLocation: https://example.org/tap/async/1\r\n"));
    }

    void other_sites_may_read_every_answer() {
        Client client;
        Response response(client.channel());
        response.finish();
        CPPUNIT_ASSERT(client.has("Access-Control-Allow-Origin: *"));
        CPPUNIT_ASSERT(
            client.has("Access-Control-Expose-Headers: Location, Retry-After, "
                       "Content-Disposition, Content-Range, ETag, WWW-Authenticate"));
    }

    void headers_replace_or_add() {
        Client client;
        Response response(client.channel());
        response.content_type("text/plain");
        response.header("content-type", "text/csv");
        response.add_header("WWW-Authenticate", "Basic realm=\"x\"");
        response.add_header("WWW-Authenticate", "Bearer");
        response.header("Access-Control-Allow-Origin", "https://example.org");
        response.finish();
        CPPUNIT_ASSERT(!client.has("Content-Type: text/plain"));
        CPPUNIT_ASSERT(client.has("content-type: text/csv"));
        CPPUNIT_ASSERT(client.has("WWW-Authenticate: Basic realm=\"x\""));
        CPPUNIT_ASSERT(client.has("WWW-Authenticate: Bearer"));
        CPPUNIT_ASSERT(!client.has("Access-Control-Allow-Origin: *"));
    }

    void refuses_headers_after_the_body_began() {
        Client client;
        Response response(client.channel());
        response.content_type("text/plain");
        response.flush();
        assert_fails(Code::Internal, [&] { response.status(500); });
        assert_fails(Code::Internal, [&] { response.header("X", "y"); });
        assert_fails(Code::Internal, [&] { response.reset(); });
        response.finish();
        assert_fails(Code::Internal, [&] { response.write("late"); });
    }

    void refuses_header_injection() {
        Client client;
        Response response(client.channel());
        for (const std::string value : {"a\r\nSet-Cookie: x", "a\nb", "a\rb", "\x01", "\x7f"})
            assert_fails(Code::Internal, [&] { response.header("X-Run", value); });
        assert_fails(Code::Internal,
                     [&] { response.header("X-Run", std::string_view("a\0b", 3)); });
        for (const std::string name : {"", "X Y", "X:", "X\r\nY", "\xC3\xA9"})
            assert_fails(Code::Internal, [&] { response.header(name, "x"); });
        response.header("X-Run", "caf\xC3\xA9 \"quoted\"; fine");
    }

    void refuses_a_body_without_type() {
        Client client;
        Response response(client.channel());
        response.write("text");
        assert_fails(Code::Internal, [&] { response.finish(); });
        CPPUNIT_ASSERT(client.received.empty());
        CPPUNIT_ASSERT(!response.begun());
    }

    void reset_forgets_all_before_the_first_byte() {
        Client client;
        Response response(client.channel());
        response.status(404);
        response.header("X-Old", "1");
        response.content_type("text/html");
        response.write(std::string(60'000, 'x'));
        response.reset();
        response.content_type("text/plain");
        response.write("new");
        response.finish();
        CPPUNIT_ASSERT(client.received.starts_with("Status: 200 OK"));
        CPPUNIT_ASSERT(!client.has("X-Old: 1"));
        CPPUNIT_ASSERT_EQUAL(std::string("new"), client.body());
    }

    void head_sends_the_header_only() {
        Client small;
        Response response(small.channel(), true);
        CPPUNIT_ASSERT(!response.wants_body());
        response.content_type("text/plain");
        response.write("12345");
        response.finish();
        CPPUNIT_ASSERT(small.has("Content-Length: 5"));
        CPPUNIT_ASSERT(small.body().empty());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, response.bytes());
        Client large;
        Response streamed(large.channel(), true);
        streamed.content_type("text/plain");
        for (int i = 0; i < 100; ++i)
            streamed.write(std::string(10'000, 'x'));
        streamed.flush();
        streamed.write("more");
        streamed.finish();
        CPPUNIT_ASSERT(large.received.starts_with("Status: 200 OK"));
        CPPUNIT_ASSERT(large.body().empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, large.writes);
    }

    void no_body_with_204() {
        Client client;
        Response response(client.channel());
        response.status(204);
        response.write("never");
        response.finish();
        CPPUNIT_ASSERT(client.body().empty());
        CPPUNIT_ASSERT(client.header().find("Content-Length") == std::string::npos);
    }

    void counts_body_bytes() {
        for (const std::size_t size : {0UL, 5UL, 65'536UL, 65'537UL, 300'000UL}) {
            Client client;
            Response response(client.channel());
            response.content_type("text/plain");
            response.write(std::string(size, 'x'));
            response.finish();
            CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(size), response.bytes());
        }
    }

    void lost_client_is_an_error_each_time() {
        Client client;
        Response response(client.channel());
        response.content_type("text/plain");
        response.write("a");
        response.flush();
        client.gone = true;
        response.write("b");
        assert_fails(Code::Busy, [&] { response.flush(); });
        CPPUNIT_ASSERT(response.end() == End::ClientGone);
        CPPUNIT_ASSERT(response.client_gone());
        assert_fails(Code::Busy, [&] { response.write("c"); });
        CPPUNIT_ASSERT_EQUAL(std::string("a"), client.body());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, response.bytes());
    }

    void slow_client_is_dropped() {
        using namespace std::chrono_literals;
        Client client;
        client.delay = 30ms;
        Response response(client.channel(), false, Pace{10'000'000, 50ms});
        response.content_type("text/plain");
        assert_fails(Code::Busy, [&] {
            for (int i = 0; i < 100; ++i)
                response.write(std::string(16'384, 'x'));
        });
        CPPUNIT_ASSERT(response.end() == End::ClientSlow);
        CPPUNIT_ASSERT(client.writes < 10);
    }

    // A stalled reader behind full buffers: much went at once, and a little now and then.
    void fast_start_buys_no_patience() {
        using namespace std::chrono_literals;
        vo::http::PaceMeter meter(Pace{10'000, 1000ms});
        CPPUNIT_ASSERT(meter.add(20ms, 16'384));
        for (int i = 0; i < 500; ++i)
            CPPUNIT_ASSERT(meter.add(10us, 16'384));
        CPPUNIT_ASSERT(!meter.is_stalled());
        CPPUNIT_ASSERT(meter.add(900ms, 5'000));
        CPPUNIT_ASSERT(meter.is_stalled());
        CPPUNIT_ASSERT(meter.left() <= 100ms);
        CPPUNIT_ASSERT(!meter.add(100ms, 0));
        // Who is slow and fast enough stays: 12 kB/s.
        vo::http::PaceMeter slow(Pace{10'000, 1000ms});
        for (int i = 0; i < 50; ++i)
            CPPUNIT_ASSERT(slow.add(250ms, 3'000));
    }

    void slow_producer_is_no_slow_client() {
        using namespace std::chrono_literals;
        Client client;
        Response response(client.channel(), false, Pace{10'000'000, 20ms});
        response.content_type("text/plain");
        for (int i = 0; i < 4; ++i) {
            response.write("drip");
            response.flush();
            std::this_thread::sleep_for(20ms);
        }
        response.finish();
        CPPUNIT_ASSERT(response.end() == End::Whole);
    }

    void abort_sends_nothing_more() {
        Client client;
        Response response(client.channel());
        response.content_type("text/plain");
        response.write("a");
        response.flush();
        response.write("b");
        response.abort();
        response.finish();
        CPPUNIT_ASSERT(client.aborted);
        CPPUNIT_ASSERT_EQUAL(std::string("a"), client.body());
        CPPUNIT_ASSERT(response.end() == End::Aborted);
    }

    void sees_a_hang_up() {
        int pair[2];
        CPPUNIT_ASSERT_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        Client client;
        const Response response(client.channel(pair[0]));
        CPPUNIT_ASSERT_EQUAL(pair[0], response.watch_fd());
        CPPUNIT_ASSERT(!response.client_gone());
        close(pair[1]);
        CPPUNIT_ASSERT(response.client_gone());
        close(pair[0]);
    }

    void only_internal_errors_get_an_incident() {
        Client client;
        Response response(client.channel());
        CPPUNIT_ASSERT(response.note_error(Error(Code::BadQuery, "x")).incident.empty());
        const auto incident = response.note_error(Error(Code::Internal, "x")).incident;
        CPPUNIT_ASSERT_EQUAL(std::size_t{8}, incident.size());
        CPPUNIT_ASSERT(incident.find_first_not_of("0123456789abcdef") == std::string::npos);
        CPPUNIT_ASSERT(vo::http::incident_message(incident).find(incident) != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ResponseTest);
