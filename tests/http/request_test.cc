// SPDX-License-Identifier: Apache-2.0
// Requests from CGI variables: paths, DALI parameters, bodies and their limits.
#include "http/request.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::Code;
using vo::http::Params;
using vo::http::Request;
using Variables = Request::Variables;

const std::string kUrlencoded = "application/x-www-form-urlencoded";

Request get(const std::string& query) {
    return Request({{"REQUEST_METHOD", "GET"}, {"QUERY_STRING", query}}, "");
}

Request post(const std::string& body,
             const std::string& type = kUrlencoded,
             const std::string& query = "",
             std::int64_t limit = 1 << 20) {
    return Request({{"REQUEST_METHOD", "POST"}, {"CONTENT_TYPE", type}, {"QUERY_STRING", query}},
                   body, {.max_body_bytes = limit, .max_upload_bytes = limit});
}

template <typename F>
std::string refusal(Code code, F make) {
    try {
        static_cast<void>(make());
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT_EQUAL(std::string(vo::face(code).name),
                             std::string(vo::face(error.code()).name));
        return error.what();
    }
    CPPUNIT_FAIL("accepted");
    return {};
}

bool mentions(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

// The segments, each in brackets.
std::string segments(const std::string& uri,
                     const std::string& script_name,
                     const std::string& path_info) {
    const Request request(
        Variables{{"REQUEST_URI", uri}, {"SCRIPT_NAME", script_name}, {"PATH_INFO", path_info}});
    std::string text;
    for (const auto& segment : request.segments())
        text += '[' + segment + ']';
    return text;
}

}  // namespace

class RequestTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RequestTest);
    CPPUNIT_TEST(merges_query_string_and_body_in_order);
    CPPUNIT_TEST(names_fold_case_and_values_do_not);
    CPPUNIT_TEST(refuses_a_repeated_single_parameter);
    CPPUNIT_TEST(decodes_values);
    CPPUNIT_TEST(refuses_broken_parameters);
    CPPUNIT_TEST(bounds_the_number_of_parameters);
    CPPUNIT_TEST(tolerates_parameters_of_the_content_type);
    CPPUNIT_TEST(reads_multipart_bodies);
    CPPUNIT_TEST(refuses_other_media_types);
    CPPUNIT_TEST(an_empty_body_needs_no_type);
    CPPUNIT_TEST(refuses_large_bodies);
    CPPUNIT_TEST(does_not_trust_content_length);
    CPPUNIT_TEST(reads_bodies_that_come_in_pieces);
    CPPUNIT_TEST(path_comes_from_path_info);
    CPPUNIT_TEST(raw_path_keeps_slashes_in_names);
    CPPUNIT_TEST(path_info_wins_where_the_raw_path_differs);
    CPPUNIT_TEST(reads_headers_and_user);
    CPPUNIT_TEST(ids_differ);
    CPPUNIT_TEST_SUITE_END();

    void merges_query_string_and_body_in_order() {
        const auto request = post("B=3&A=4", kUrlencoded, "A=1&&B=2&C");
        std::string all;
        for (const auto& param : request.params().all())
            all += param.name + '=' + param.value + ' ';
        CPPUNIT_ASSERT_EQUAL(std::string("A=1 B=2 C= B=3 A=4 "), all);
    }

    void names_fold_case_and_values_do_not() {
        const auto request = get("uPLoad=a,B&UPLOAD=c&lang=Adql");
        const auto uploads = request.params().find_all("UPLOAD");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, uploads.size());
        CPPUNIT_ASSERT(uploads[0] == "a,B" && uploads[1] == "c");
        CPPUNIT_ASSERT(request.params().find_single("LANG") == "Adql");
        CPPUNIT_ASSERT(!request.params().find_single("MAXREC"));
        CPPUNIT_ASSERT(request.params().find_all("MAXREC").empty());
    }

    void refuses_a_repeated_single_parameter() {
        const auto request = post("query=b", kUrlencoded, "QUERY=a");
        const auto words =
            refusal(Code::BadRequest, [&] { return request.params().find_single("QUERY"); });
        CPPUNIT_ASSERT(mentions(words, "QUERY is given 2 times"));
    }

    void decodes_values() {
        const auto request = get("q=a+b%2Bc%26%3d%C3%A9=x;y&%71%32=1");
        CPPUNIT_ASSERT(request.params().find_single("Q") == "a b+c&=\xC3\xA9=x;y");
        CPPUNIT_ASSERT(request.params().find_single("q2") == "1");
    }

    void refuses_broken_parameters() {
        CPPUNIT_ASSERT(mentions(refusal(Code::BadRequest, [] { return get("QUERY=100%"); }),
                                "\"QUERY\" in the query string has a \"%\""));
        CPPUNIT_ASSERT(mentions(refusal(Code::BadRequest, [] { return post("QUERY=%zz"); }),
                                "\"QUERY\" in the body has a \"%\""));
        CPPUNIT_ASSERT(mentions(refusal(Code::BadRequest, [] { return get("QUERY=ab%FF"); }),
                                "\"QUERY\" is not UTF-8: byte 3"));
        CPPUNIT_ASSERT(
            mentions(refusal(Code::BadRequest, [] { return get("%FF=1"); }), "not UTF-8"));
        CPPUNIT_ASSERT(mentions(refusal(Code::BadRequest, [] { return get("A=%00"); }), "NUL"));
        CPPUNIT_ASSERT(
            mentions(refusal(Code::BadRequest, [] { return post("A=\xC0\x80"); }), "UTF-8"));
    }

    void bounds_the_number_of_parameters() {
        std::string body;
        for (std::size_t i = 0; i < Params::kMaxParams; ++i)
            body += "ID=x&";
        CPPUNIT_ASSERT_EQUAL(Params::kMaxParams, post(body).params().all().size());
        CPPUNIT_ASSERT(mentions(refusal(Code::BadRequest, [&] { return post(body + "ID=x"); }),
                                "10000 parameters"));
    }

    void tolerates_parameters_of_the_content_type() {
        const auto request = post("A=1", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8");
        CPPUNIT_ASSERT(request.params().find_single("A") == "1");
    }

    void reads_multipart_bodies() {
        const auto request = post(
            "--b\r\nContent-Disposition: form-data; name=\"QUERY\"\r\n\r\nSELECT 1\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"T\"; filename=\"t.xml\"\r\n\r\n<x/>\r\n"
            "--b--\r\n",
            "multipart/form-data; boundary=\"b\"", "LANG=ADQL");
        CPPUNIT_ASSERT(request.params().find_single("LANG") == "ADQL");
        CPPUNIT_ASSERT(request.params().find_single("QUERY") == "SELECT 1");
        CPPUNIT_ASSERT(request.find_file("T") != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("<x/>"), request.find_file("T")->content->text());
        CPPUNIT_ASSERT(request.find_file("t") == nullptr);
        refusal(Code::BadRequest, [] { return post("x", "multipart/form-data"); });
    }

    void refuses_other_media_types() {
        const auto words = refusal(Code::BadMedia, [] { return post("{}", "application/json"); });
        CPPUNIT_ASSERT(mentions(words, "\"application/json\""));
        CPPUNIT_ASSERT(
            mentions(refusal(Code::BadMedia, [] { return post("A=1", ""); }), "no Content-Type"));
    }

    void an_empty_body_needs_no_type() {
        CPPUNIT_ASSERT(post("", "application/json").params().all().empty());
        CPPUNIT_ASSERT(post("", "").params().all().empty());
    }

    void refuses_large_bodies() {
        CPPUNIT_ASSERT(
            post("A=" + std::string(998, 'x'), kUrlencoded, "", 1000).params().all().size() == 1);
        CPPUNIT_ASSERT(mentions(
            refusal(Code::TooLarge,
                    [] { return post("A=" + std::string(999, 'x'), kUrlencoded, "", 1000); }),
            "1000 bytes"));
        // Announced as too large: not one byte is read.
        Request request(Variables{{"REQUEST_METHOD", "POST"}, {"CONTENT_LENGTH", "1001"}});
        const auto source = [](char*, std::size_t) -> std::size_t {
            throw vo::Error(Code::Internal, "read");
        };
        refusal(Code::TooLarge, [&] {
            request.read_params(source, {.max_body_bytes = 1000});
            return 0;
        });
    }

    void does_not_trust_content_length() {
        for (const auto* length : {"", "0", "1", "500", "x", "-5"}) {
            const Request request({{"REQUEST_METHOD", "POST"},
                                   {"CONTENT_TYPE", kUrlencoded},
                                   {"CONTENT_LENGTH", length}},
                                  "A=123", {.max_body_bytes = 1000});
            CPPUNIT_ASSERT(request.params().find_single("A") == "123");
        }
    }

    void reads_bodies_that_come_in_pieces() {
        const std::string body = "A=" + std::string(200'000, 'x') + "&B=2";
        std::size_t at = 0;
        Request request(Variables{{"REQUEST_METHOD", "POST"}, {"CONTENT_TYPE", kUrlencoded}});
        request.read_params(
            [&](char* buffer, std::size_t size) {
                const auto n = body.copy(buffer, std::min<std::size_t>(size, 777), at);
                at += n;
                return n;
            },
            {.max_body_bytes = 1 << 20});
        CPPUNIT_ASSERT_EQUAL(std::size_t{200'000}, request.params().find_single("A")->size());
        CPPUNIT_ASSERT(request.params().find_single("B") == "2");
    }

    void path_comes_from_path_info() {
        CPPUNIT_ASSERT_EQUAL(std::string("[tables][a b]"), segments("", "/tap", "/tables/a b"));
        CPPUNIT_ASSERT_EQUAL(std::string("[tables]"), segments("", "/tap", "/tables/"));
        const Request request(Variables{{"PATH_INFO", "//tables//x"}});
        CPPUNIT_ASSERT_EQUAL(std::string("/tables/x"), request.path());
        CPPUNIT_ASSERT_EQUAL(std::string("/"), Request(Variables{}).path());
    }

    void raw_path_keeps_slashes_in_names() {
        // Apache with AllowEncodedSlashes NoDecode, then nginx.
        for (const auto* path_info : {"/tables/a%2Fb", "/tables/a/b"})
            CPPUNIT_ASSERT_EQUAL(std::string("[tables][a/b]"),
                                 segments("/tap/tables/a%2fb?x=/y", "/tap", path_info));
        // Apache makes "%2F" of %252F: the raw path tells.
        CPPUNIT_ASSERT_EQUAL(std::string("[a%2Fb]"), segments("/tap/a%252Fb", "/tap", "/a%2Fb"));
        CPPUNIT_ASSERT_EQUAL(std::string("[a\"+'b]"),
                             segments("/t%61p//a%22+%27b/", "/tap", "/a\"+'b/"));
        CPPUNIT_ASSERT_EQUAL(std::string("[x]"), segments("/x", "", "/x"));
    }

    void path_info_wins_where_the_raw_path_differs() {
        CPPUNIT_ASSERT_EQUAL(std::string("[x]"), segments("/tap/a/../x", "/tap", "/x"));
        CPPUNIT_ASSERT_EQUAL(std::string("[x]"), segments("/public/name/x", "/tap", "/x"));
        CPPUNIT_ASSERT_EQUAL(std::string("[x]"), segments("/tap", "/tap", "/x"));
        CPPUNIT_ASSERT_EQUAL(std::string("[x]"), segments("/tap/%zz", "/tap", "/x"));
        CPPUNIT_ASSERT_EQUAL(std::string("[x]"), segments("http://h/tap/y", "/tap", "/x"));
    }

    void reads_headers_and_user() {
        const Request request(Variables{{"HTTP_ACCEPT", "text/csv"},
                                        {"CONTENT_TYPE", "text/plain"},
                                        {"HTTP_IF_NONE_MATCH", "x"},
                                        {"HTTP_REMOTE_USER", "mallory"},
                                        {"REMOTE_USER", ""},
                                        {"REMOTE_ADDR", "192.0.2.1"}});
        CPPUNIT_ASSERT(request.header("accept") == "text/csv");
        CPPUNIT_ASSERT(request.header("Content-Type") == "text/plain");
        CPPUNIT_ASSERT(request.header("If-None-Match") == "x");
        CPPUNIT_ASSERT(request.header("Range").empty());
        CPPUNIT_ASSERT(!request.remote_user());
        CPPUNIT_ASSERT(request.remote_address() == "192.0.2.1");
        CPPUNIT_ASSERT(request.method() == "GET");
        CPPUNIT_ASSERT(Request(Variables{{"REMOTE_USER", "joe"}}).remote_user() == "joe");
    }

    void ids_differ() {
        const Request a(Variables{});
        const Request b(Variables{});
        CPPUNIT_ASSERT_EQUAL(std::size_t{16}, a.id().size());
        CPPUNIT_ASSERT(a.id() != b.id());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestTest);
