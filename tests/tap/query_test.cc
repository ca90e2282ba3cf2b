// SPDX-License-Identifier: Apache-2.0
// Tests of tap/query: what the parameters may be. Running queries is tested behind a real server.
#include "tap/query.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

const vo::tap::QueryLimits kLimits{
    .maxrec_default = 10, .maxrec_hard = 100, .max_query_bytes = 50};

vo::http::Params make_params(const std::vector<vo::http::Param>& all) {
    vo::http::Params params;
    for (const auto& param : all)
        params.add(param.name, param.value);
    return params;
}

vo::tap::QueryRequest read(const std::vector<vo::http::Param>& all, std::string_view accept = "") {
    return vo::tap::read_query_request(make_params(all), accept, kLimits);
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
        CPPUNIT_ASSERT_EQUAL(std::string("text/tab-separated-values"),
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
        CPPUNIT_ASSERT(refusal({{"QUERY", "x"}, {"UPLOAD", "t,param:f"}}).find("UPLOAD") !=
                       std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(QueryTest);

}  // namespace
