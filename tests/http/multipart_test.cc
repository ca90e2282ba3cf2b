// SPDX-License-Identifier: Apache-2.0
// multipart/form-data as clients send it, and as attackers would.
#include "http/multipart.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::http::File;
using vo::http::Params;

struct Form {
    Params params;
    std::vector<File> files;
};

constexpr std::int64_t kLimit = 1 << 30;

Form parse_in_pieces(std::string_view body, std::string_view boundary, std::size_t size) {
    Form form;
    vo::http::MultipartParser parser(std::string(boundary),
                                     {.max_body_bytes = kLimit, .max_upload_bytes = kLimit},
                                     form.params, form.files);
    for (std::size_t i = 0; i < body.size(); i += size)
        parser.feed(body.substr(i, size));
    parser.finish();
    return form;
}

Form parse(std::string_view body, std::string_view boundary = "b") {
    return parse_in_pieces(body, boundary, body.size() + 1);
}

// What was read, or why not.
std::string outcome(std::string_view body, std::size_t size) {
    std::string text;
    try {
        const auto form = parse_in_pieces(body, "b", size);
        for (const auto& param : form.params.all())
            text += param.name + "=" + param.value + "\n";
        for (const auto& file : form.files)
            text += file.name + ":" + file.content->text() + "\n";
    } catch (const vo::Error& error) {
        text = error.what();
    }
    return text;
}

std::string part(std::string_view name, std::string_view value, std::string_view more = "") {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"" +
           std::string(more) + "\r\n\r\n" + std::string(value) + "\r\n";
}

void assert_refused(std::string_view body,
                    std::string_view words,
                    std::string_view boundary = "b") {
    try {
        parse(body, boundary);
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest);
        CPPUNIT_ASSERT_MESSAGE(
            error.what(), std::string_view(error.what()).find(words) != std::string_view::npos);
        return;
    }
    CPPUNIT_FAIL("accepted: " + std::string(body));
}

void assert_boundary_refused(std::string_view content_type) {
    CPPUNIT_ASSERT_THROW(static_cast<void>(vo::http::multipart_boundary(content_type)), vo::Error);
}

}  // namespace

class MultipartTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MultipartTest);
    CPPUNIT_TEST(reads_parameters_in_order);
    CPPUNIT_TEST(reads_what_stilts_sends);
    CPPUNIT_TEST(reads_what_curl_and_requests_send);
    CPPUNIT_TEST(keeps_content_byte_by_byte);
    CPPUNIT_TEST(tells_files_from_parameters);
    CPPUNIT_TEST(a_line_that_only_begins_like_the_boundary_is_content);
    CPPUNIT_TEST(ignores_preamble_epilogue_and_padding);
    CPPUNIT_TEST(reads_names_with_quotes_and_backslashes);
    CPPUNIT_TEST(reads_extended_file_names);
    CPPUNIT_TEST(refuses_what_is_cut_short);
    CPPUNIT_TEST(refuses_bare_line_feeds_with_words);
    CPPUNIT_TEST(refuses_malformed_parts);
    CPPUNIT_TEST(bounds_headers_and_parts);
    CPPUNIT_TEST(reads_boundaries);
    CPPUNIT_TEST(refuses_bad_boundaries);
    CPPUNIT_TEST(hostile_bodies_take_linear_time);
    CPPUNIT_TEST(pieces_of_any_size_are_the_same_body);
    CPPUNIT_TEST(bounds_parameters_and_files_apart);
    CPPUNIT_TEST_SUITE_END();

    // Long parts see to it that work begins before the end, wherever the pieces are cut.
    void pieces_of_any_size_are_the_same_body() {
        const std::string filler(65'000, 'x');
        const std::string long_part = part("long", filler, "; filename=\"f\"");
        for (const auto& body :
             {part("a", "1") + long_part + part("b", "\r\n--bx\r\n--") + "--b--\r\n",
              long_part + "--b \t\r\nContent-Disposition: form-data; name=c\r\n\r\n\r\n--b-- ",
              long_part + "--b\r\nContent-Disposition: form-data; name=c\r\n--b--\r\n",
              long_part + "--b\r\nContent-Disposition: form-data; name=c\r\n\r\n--b--\r\n",
              "\r\n" + long_part + "--b-\r\n--b--", filler + "\n--b\n" + filler,
              "--bb\r\n" + long_part + "--b--" + filler}) {
            const auto expected = outcome(body, body.size());
            for (const std::size_t size : {1U, 2U, 3U, 7U, 61U, 65'003U})
                CPPUNIT_ASSERT_EQUAL(expected, outcome(body, size));
            for (std::size_t cut = 64'900; cut < std::min<std::size_t>(body.size(), 65'300); ++cut)
                CPPUNIT_ASSERT_EQUAL(expected, outcome(body, cut));
        }
    }

    void bounds_parameters_and_files_apart() {
        const auto read = [](const std::string& body) {
            Form form;
            vo::http::MultipartParser parser("b", {.max_body_bytes = 100, .max_upload_bytes = 1000},
                                             form.params, form.files);
            parser.feed(body);
            parser.finish();
        };
        const auto words = [&](const std::string& body) -> std::string {
            try {
                read(body + "--b--");
            } catch (const vo::Error& error) {
                CPPUNIT_ASSERT(error.code() == vo::Code::TooLarge);
                return error.what();
            }
            return "read";
        };
        const auto file = [](std::size_t size) {
            return part("f", std::string(size, 'x'), "; filename=f");
        };
        CPPUNIT_ASSERT_EQUAL(std::string("read"),
                             words(part("a", std::string(100, 'x')) + file(1000)));
        CPPUNIT_ASSERT(words(part("a", std::string(60, 'x')) + part("b", std::string(41, 'x')))
                           .find("100 bytes") != std::string::npos);
        CPPUNIT_ASSERT(words(file(600) + file(401)).find("1000 bytes") != std::string::npos);
        CPPUNIT_ASSERT(words(std::string(101, 'x') + "\r\n" + file(1)).find("100 bytes") !=
                       std::string::npos);
    }

    void reads_parameters_in_order() {
        const auto form = parse(part("LANG", "ADQL") + part("query", "SELECT 1\r\nFROM t") +
                                part("LANG", "") + "--b--\r\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, form.params.all().size());
        CPPUNIT_ASSERT_EQUAL(std::string("ADQL"), form.params.all()[0].value);
        CPPUNIT_ASSERT_EQUAL(std::string("SELECT 1\r\nFROM t"), form.params.all()[1].value);
        CPPUNIT_ASSERT_EQUAL(std::string(), form.params.all()[2].value);
        CPPUNIT_ASSERT(form.files.empty());
    }

    void reads_what_stilts_sends() {
        const std::string boundary = "<<<>>>-----(MULTIPART)----<><>";
        const auto form =
            parse("\r\n--" + boundary +
                      "\r\nContent-Disposition: form-data; name=\"QUERY\"\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n\r\nSELECT 1\r\n--" +
                      boundary +
                      "\r\nContent-Disposition: form-data; name=\"t1\"; filename=\"t1\"\r\n"
                      "Content-Type: application/x-votable+xml\r\n\r\n<VOTABLE/>\r\n--" +
                      boundary + "--\r\n",
                  boundary);
        CPPUNIT_ASSERT(form.params.find_single("query") == "SELECT 1");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, form.files.size());
        CPPUNIT_ASSERT_EQUAL(std::string("t1"), form.files[0].name);
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml"), form.files[0].content_type);
        CPPUNIT_ASSERT_EQUAL(std::string("<VOTABLE/>"), form.files[0].content->text());
    }

    void reads_what_curl_and_requests_send() {
        const auto form = parse(
            "--b\r\ncontent-disposition: form-data; name=LANG\r\n\r\nADQL\r\n"
            "--b\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name=\"f\"; "
            "filename=\"a.csv\"\r\nContent-Length: 2\r\n\r\nx,\r\n--b--");
        CPPUNIT_ASSERT(form.params.find_single("LANG") == "ADQL");
        CPPUNIT_ASSERT_EQUAL(std::string("a.csv"), form.files.at(0).filename);
        CPPUNIT_ASSERT_EQUAL(std::string("x,"), form.files.at(0).content->text());
    }

    void keeps_content_byte_by_byte() {
        std::string bytes;
        for (int i = 0; i < 256; ++i)
            bytes += static_cast<char>(i);
        bytes += "\r\n\r\n--\r\n-b\r\n";
        const auto form = parse(part("f", bytes, "; filename=\"\"") + "--b--\r\n");
        CPPUNIT_ASSERT(form.files.at(0).content->text() == bytes);
    }

    void tells_files_from_parameters() {
        const auto form = parse(
            "--b\r\nContent-Disposition: form-data; name=\"p\"\r\nContent-Type: TEXT/XML\r\n\r\n1"
            "\r\n--b\r\nContent-Disposition: form-data; name=\"f\"\r\n"
            "Content-Type: application/x-votable+xml;x=y\r\n\r\n2\r\n--b--\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string("p"), form.params.all().at(0).name);
        CPPUNIT_ASSERT_EQUAL(std::string("f"), form.files.at(0).name);
    }

    void a_line_that_only_begins_like_the_boundary_is_content() {
        const auto form = parse(part("a", "1\r\n--bb\r\n--b-\r\n--b x") + "--b--\r\n");
        CPPUNIT_ASSERT(form.params.find_single("a") == "1\r\n--bb\r\n--b-\r\n--b x");
    }

    void ignores_preamble_epilogue_and_padding() {
        const auto form = parse(
            "for people\r\n--b \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b-- "
            "\r\n--b\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\n2\r\n--b--\r\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, form.params.all().size());
    }

    void reads_names_with_quotes_and_backslashes() {
        const auto form = parse(part("a\\\"b\\\\c", "1") +
                                part("f", "2", R"(; filename="C:\dir;x\n.xml")") + "--b--\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string(R"(a"b\c)"), form.params.all().at(0).name);
        CPPUNIT_ASSERT_EQUAL(std::string(R"(C:\dir;x\n.xml)"), form.files.at(0).filename);
    }

    void reads_extended_file_names() {
        const auto form = parse(part("f", "2", "; filename*=utf-8''na%C3%AFve.xml") + "--b--\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string("na\xC3\xAFve.xml"), form.files.at(0).filename);
        assert_refused(part("f", "2", "; filename*=naive.xml") + "--b--\r\n", "filename*");
    }

    // Every proper prefix of a body must be refused: a cut query is another query.
    void refuses_what_is_cut_short() {
        const auto body = part("QUERY", "SELECT 1") + part("LANG", "ADQL") + "--b--";
        static_cast<void>(parse(body));
        for (std::size_t n = 0; n < body.size(); ++n)
            CPPUNIT_ASSERT_THROW(parse(body.substr(0, n)), vo::Error);
        assert_refused(part("QUERY", "SELECT 1"), "part 1 is incomplete");
    }

    void refuses_bare_line_feeds_with_words() {
        assert_refused("--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--\n", "CRLF");
    }

    void refuses_malformed_parts() {
        assert_refused("", "does not occur");
        assert_refused("QUERY=SELECT", "does not occur");
        assert_refused("--b\r\n\r\n1\r\n--b--\r\n", "no Content-Disposition");
        assert_refused("--b\r\n--b--\r\n", "empty line");
        assert_refused("--b\r\nno colon\r\n\r\n1\r\n--b--\r\n", "no \"name:\"");
        assert_refused("--b\r\n: x\r\n\r\n1\r\n--b--\r\n", "no \"name:\"");
        assert_refused("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--\r\n",
                       "not form-data");
        assert_refused(
            "--b\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n1\r\n--b--\r\n",
            "folded");
        assert_refused("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--\r\n",
                       "closing quote");
        assert_refused(part("a", "MQ==", "\r\nContent-Transfer-Encoding: base64") + "--b--\r\n",
                       "base64");
        assert_refused(part("a", "\xFF") + "--b--\r\n", "UTF-8");
        assert_refused(part("a", std::string_view("1\0002", 3)) + "--b--\r\n", "NUL");
        assert_refused(part("\xFF", "1", "; filename=\"x\"") + "--b--\r\n", "UTF-8");
    }

    void bounds_headers_and_parts() {
        const std::string filler(vo::http::kMaxPartHeaderBytes, 'x');
        assert_refused("--b\r\nX: " + filler + "\r\n\r\n1\r\n--b--\r\n", "longer than");
        std::string body;
        for (std::size_t i = 0; i < vo::http::kMaxParts; ++i)
            body += part("a", "1");
        CPPUNIT_ASSERT_EQUAL(vo::http::kMaxParts, parse(body + "--b--\r\n").params.all().size());
        assert_refused(body + part("a", "1") + "--b--\r\n", "more than 1000 parts");
        std::string files;
        for (std::size_t i = 0; i < vo::http::kMaxFiles; ++i)
            files += part("a", "1", "; filename=\"f\"");
        CPPUNIT_ASSERT_EQUAL(vo::http::kMaxFiles, parse(files + "--b--\r\n").files.size());
        assert_refused(files + part("a", "1", "; filename=\"f\"") + "--b--\r\n",
                       "more than 64 files");
    }

    void reads_boundaries() {
        using vo::http::multipart_boundary;
        CPPUNIT_ASSERT_EQUAL(std::string("x"),
                             multipart_boundary("multipart/form-data;boundary=x"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("<<; \">--"),
            multipart_boundary(
                R"(multipart/form-data; charset=utf-8; Boundary = "<<; \">--"; a=b)"));
    }

    void refuses_bad_boundaries() {
        assert_boundary_refused("multipart/form-data");
        assert_boundary_refused("multipart/form-data; boundary=");
        assert_boundary_refused("multipart/form-data; boundary=\"a");
        assert_boundary_refused("multipart/form-data; boundary=\"a \"");
        assert_boundary_refused("multipart/form-data; boundary=\"a\tb\"");
        assert_boundary_refused("multipart/form-data; xboundary=a;;=;boundary");
        assert_boundary_refused("multipart/form-data; boundary=" + std::string(71, 'a'));
    }

    // A quadratic parser would need minutes for these.
    void hostile_bodies_take_linear_time() {
        std::string almost;
        while (almost.size() < 8'000'000)
            almost += "\r\n--bbbbbbbbbbbbbbbbbbbbbbbbbbb-";
        assert_refused(almost, "does not occur", "bbbbbbbbbbbbbbbbbbbbbbbbbbbc");
        std::string lines;
        while (lines.size() < 8'000'000)
            lines += "\r\n--b x";
        assert_refused(part("a", "") + lines, "incomplete");
        assert_refused("--b\r\nContent-Disposition: form-data" + std::string(4'000'000, ';'),
                       "longer than 8192");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MultipartTest);
