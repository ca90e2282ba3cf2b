// SPDX-License-Identifier: Apache-2.0
// Tests of tap/query: what the parameters may be. Running queries is tested behind a real server.
#include "tap/query.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/text.h"

namespace {

const vo::tap::QueryLimits kLimits{.maxrec_default = 10, .maxrec_hard = 100, .max_query_bytes = 50};

vo::http::Params make_params(const std::vector<vo::http::Param>& all) {
    vo::http::Params params;
    for (const auto& param : all)
        params.add(param.name, param.value);
    return params;
}

vo::tap::QueryRequest read(const std::vector<vo::http::Param>& all,
                           std::string_view accept = "",
                           const vo::tap::QueryLimits& limits = kLimits) {
    std::string query;
    for (const auto& param : all) {
        query += (query.empty() ? "" : "&") + param.name + '=';
        vo::append_url_escaped(query, param.value);
    }
    const vo::http::Request request({{"QUERY_STRING", query}}, "");
    return vo::tap::read_query_request({request.params(), accept, {}}, limits);
}

// What UPLOAD names, as "name=url" or "name=content"; or why it is refused.
std::string uploads(const std::vector<std::string>& values) {
    std::string body;
    for (const auto& value : values)
        body += "--b\r\nContent-Disposition: form-data; name=\"UPLOAD\"\r\n\r\n" + value + "\r\n";
    body +=
        "--b\r\nContent-Disposition: form-data; name=\"QUERY\"\r\n\r\nx\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nCONTENT\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nTEXT\r\n--b--\r\n";
    try {
        auto limits = kLimits;
        limits.uploads.max_bytes = 1000;
        const vo::http::Request request(
            {{"REQUEST_METHOD", "POST"}, {"CONTENT_TYPE", "multipart/form-data; boundary=b"}}, body,
            {.max_upload_bytes = 1000});
        std::string out;
        for (const auto& upload : vo::tap::read_query_request({request.params(), "", request.files()}, limits).uploads)
            out +=
                upload.name + '=' + (upload.content ? upload.content->text() : upload.url) + '\n';
        return out;
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest);
        return std::string("! ") + error.what();
    }
}

std::string refusal(const std::vector<vo::http::Param>& all) {
    try {
        (void)read(all);
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest);
        return error.what();
    }
    return "accepted";
}

class QueryTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(QueryTest);
    CPPUNIT_TEST(names_fold_and_unknown_ones_are_ignored);
    CPPUNIT_TEST(maxrec_is_clamped_and_checked);
    CPPUNIT_TEST(language_may_be_left_out);
    CPPUNIT_TEST(format_and_its_alias);
    CPPUNIT_TEST(accept_counts_without_a_format);
    CPPUNIT_TEST(format_of_an_error);
    CPPUNIT_TEST(what_is_refused);
    CPPUNIT_TEST(uploads_are_named);
    CPPUNIT_TEST_SUITE_END();

    void names_fold_and_unknown_ones_are_ignored() {
        const auto request = read({{"query", "SELECT 1"},
                                   {"ReSponseFormat", "csv"},
                                   {"FOO", "bar"},
                                   {"REQUEST", "doQuery"},
                                   {"RUNID", std::string(70, 'x')}});
        CPPUNIT_ASSERT_EQUAL(std::string("SELECT 1"), request.query);
        CPPUNIT_ASSERT_EQUAL(std::string("text/csv;header=present"), request.format.content_type);
        CPPUNIT_ASSERT_EQUAL(std::size_t{64}, request.run_id.size());
    }

    void maxrec_is_clamped_and_checked() {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, read({{"QUERY", "x"}}).maxrec);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, read({{"QUERY", "x"}, {"MAXREC", "0"}}).maxrec);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, read({{"QUERY", "x"}, {"MAXREC", "9999"}}).maxrec);
        for (const auto* bad : {"-1", "many", "1.5", "99999999999999999999"})
            CPPUNIT_ASSERT_MESSAGE(bad, refusal({{"QUERY", "x"}, {"MAXREC", bad}}).find("MAXREC") !=
                                            std::string::npos);
    }

    void language_may_be_left_out() {
        for (const auto* known : {"ADQL", "adql-2.0", "ADQL-2.1"})
            CPPUNIT_ASSERT_EQUAL(std::string("x"), read({{"QUERY", "x"}, {"LANG", known}}).query);
        CPPUNIT_ASSERT(refusal({{"QUERY", "x"}, {"LANG", "PQL"}}).find("unknown query language") !=
                       std::string::npos);
    }

    void format_and_its_alias() {
        CPPUNIT_ASSERT_EQUAL(std::string("text/xml"),
                             read({{"QUERY", "x"}, {"FORMAT", "text/xml"}}).format.content_type);
        CPPUNIT_ASSERT(refusal({{"QUERY", "x"}, {"FORMAT", "csv"}, {"RESPONSEFORMAT", "tsv"}})
                           .find("must not differ") != std::string::npos);
    }

    void accept_counts_without_a_format() {
        CPPUNIT_ASSERT_EQUAL(std::string("text/csv"),
                             read({{"QUERY", "x"}}, "text/csv, */*;q=0.1").format.content_type);
        CPPUNIT_ASSERT_EQUAL(
            std::string("text/tab-separated-values"),
            read({{"QUERY", "x"}, {"FORMAT", "tsv"}}, "text/csv").format.content_type);
    }

    void format_of_an_error() {
        const auto key = [](const std::vector<vo::http::Param>& all, std::string_view accept = "") {
            return std::string(vo::tap::find_error_format(make_params(all), accept).format->key);
        };
        CPPUNIT_ASSERT_EQUAL(std::string("csv"), key({{"format", "csv"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("votable"), key({{"FORMAT", "csv"}, {"FORMAT", "tsv"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("votable"), key({{"FORMAT", "klingon"}}, "text/csv"));
        CPPUNIT_ASSERT_EQUAL(std::string("json"), key({}, "application/json"));
    }

    void what_is_refused() {
        CPPUNIT_ASSERT(refusal({}).find("QUERY is missing") != std::string::npos);
        CPPUNIT_ASSERT(refusal({{"QUERY", "  "}}).find("QUERY is missing") != std::string::npos);
        CPPUNIT_ASSERT(refusal({{"QUERY", std::string(51, 'x')}}).find("at most 50") !=
                       std::string::npos);
        CPPUNIT_ASSERT(refusal({{"QUERY", "x"}, {"query", "x"}}).find("QUERY") !=
                       std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("this service takes no table uploads (UPLOAD)"),
                             refusal({{"QUERY", "x"}, {"UPLOAD", "t,param:f"}}));
    }

    static void uploads_are_named() {
        const auto check = [](const std::string& expected, const std::vector<std::string>& values) {
            CPPUNIT_ASSERT_EQUAL(expected, uploads(values));
        };
        check("", {});
        check("", {""});
        check("t1=CONTENT\n", {"t1,param:file"});
        check("t1=CONTENT\nt_2=CONTENT\n", {"t1,param:file", " t_2 , PARAM:file "});
        check("t1=CONTENT\nt2=TEXT\n", {"t1,param:file;t2,param:text"});
        check("a=http://h/x;y=z\nb=https://h/?a=1;b=2\n",
              {"a,http://h/x;y=z;b,https://h/?a=1;b=2"});
        for (const auto& [value, words] : std::vector<std::pair<std::string, std::string>>{
                 {"t1", "UPLOAD is like"},
                 {",param:file", "UPLOAD is like"},
                 {"1t,param:file", "letters, digits and underscores"},
                 {"a b,param:file", "letters, digits and underscores"},
                 {"TAP_UPLOAD.t,param:file", "letters, digits and underscores"},
                 {"t\xc3\xa9,param:file", "letters, digits and underscores"},
                 {"t,param:none", "there is \"file\""},
                 {"t,param:", "which is not in the request"},
                 {"t,file:///etc/passwd", "is not fetched"},
                 {"t,ivo://x/y", "is not fetched"},
                 {"t,nothing", "is no URL"},
                 {"t,param:file;T,param:file", "two uploaded tables have the name T"}}) {
            const auto told = uploads({value});
            CPPUNIT_ASSERT_MESSAGE(value + " -> " + told, told.find(words) != std::string::npos);
        }
        std::vector<std::string> many;
        for (int i = 0; i < 33; ++i)
            many.push_back("t" + std::to_string(i) + ",param:file");
        CPPUNIT_ASSERT_EQUAL(std::string("! a query may bring 32 tables along (UPLOAD), not more"),
                             uploads(many));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(QueryTest);

}  // namespace
