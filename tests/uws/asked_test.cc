// SPDX-License-Identifier: Apache-2.0
// Tests of what requests to a job list may say.
#include "uws/asked.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::uws::Phase;

vo::http::Params make_params(const std::vector<vo::http::Param>& all) {
    vo::http::Params params;
    for (const auto& param : all)
        params.add(param.name, param.value);
    return params;
}

template <typename Function>
std::string refusal(Function function) {
    try {
        (void)function();
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest);
        return error.what();
    }
    return "accepted";
}

class AskedTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AskedTest);
    CPPUNIT_TEST(filters);
    CPPUNIT_TEST(waits);
    CPPUNIT_TEST(limits);
    CPPUNIT_TEST(new_jobs);
    CPPUNIT_TEST_SUITE_END();

    void filters() {
        const auto read = [](const std::vector<vo::http::Param>& all) {
            return vo::uws::read_filter(make_params(all));
        };
        CPPUNIT_ASSERT(read({}).phases.empty() && !read({}).after && !read({}).last);
        const auto both = read({{"PHASE", "PENDING"}, {"phase", "ERROR"}, {"LAST", "3"}});
        CPPUNIT_ASSERT(both.phases == std::vector({Phase::Pending, Phase::Error}));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, *both.last);
        for (const auto* text : {"2015-10-26T09:15:35", "2015-10-26T09:15:35.000Z"})
            CPPUNIT_ASSERT_EQUAL(vo::Micros{1'445'850'935'000'000}, *read({{"AFTER", text}}).after);
        CPPUNIT_ASSERT_EQUAL(vo::Micros{1'420'070'400'000'000}, *read({{"AFTER", "2015"}}).after);
        CPPUNIT_ASSERT_EQUAL(*read({{"AFTER", "2015-10-26"}}).after, *read({{"AFTER", "20151026"}}).after);
        for (const auto& bad : std::vector<vo::http::Param>{{"PHASE", "FOO"}, {"PHASE", "pending"}, {"PHASE", ""},
                                                            {"LAST", "0"}, {"LAST", "-1"}, {"LAST", "many"},
                                                            {"AFTER", "2015-26-10"}, {"AFTER", "x"},
                                                            {"AFTER", "2015-10-26T09:15:35+01:00"}})
            CPPUNIT_ASSERT_MESSAGE(bad.name + bad.value, refusal([&] { return read({bad}); }) != "accepted");
    }

    void waits() {
        const auto read = [](const std::vector<vo::http::Param>& all) {
            return vo::uws::read_wait(make_params(all));
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-1}, read({{"WAIT", "-1"}}).seconds);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{12}, read({{"WAIT", "12.5"}}).seconds);
        CPPUNIT_ASSERT(read({{"WAIT", "1"}, {"PHASE", "QUEUED"}}).phase == Phase::Queued);
        for (const auto* bad : {"", "soon", "-2", "nan", "1e300"})
            CPPUNIT_ASSERT_MESSAGE(bad, refusal([&] { return read({{"WAIT", bad}}); }) != "accepted");
        CPPUNIT_ASSERT(refusal([&] { return read({{"WAIT", "1"}, {"PHASE", "x"}}); }) != "accepted");
        CPPUNIT_ASSERT(vo::uws::blocks(Phase::Pending) && !vo::uws::blocks(Phase::Held));
    }

    void limits() {
        const vo::uws::RestOptions options{.duration_s = 10, .duration_hard_s = 100};
        const auto read = [&](const char* text) {
            return vo::uws::read_duration(make_params({{"EXECUTIONDURATION", text}}), options);
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, *read("7"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, *read("1000"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, *read("0"));
        CPPUNIT_ASSERT(!vo::uws::read_duration(make_params({}), options));
        for (const auto* bad : {"", "-1", "1.5", "x"})
            CPPUNIT_ASSERT_MESSAGE(bad, refusal([&] { return read(bad); }) != "accepted");
    }

    void new_jobs() {
        const vo::uws::RestOptions options{
            .list = "tap", .duration_s = 10, .duration_hard_s = 100, .keep_s = 60, .keep_hard_s = 600};
        const auto job = vo::uws::read_new_job(
            make_params({{"Phase", "run"}, {"QUERY", "a"}, {"query", "b"}, {"RUNID", std::string(100, 'r')},
                         {"WAIT", "3"}, {"ACTION", "x"}, {"Foo", ""}}),
            options);
        CPPUNIT_ASSERT(job.run && job.list == "tap" && job.run_id == std::string(64, 'r'));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, job.execution_duration_s);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, job.destruction_s);
        // Right or wrong, they are kept as they came.
        std::string names;
        for (const auto& parameter : job.parameters)
            names += parameter.name + ' ';
        CPPUNIT_ASSERT_EQUAL(std::string("QUERY query RUNID Foo "), names);
        const auto late = vo::uws::read_new_job(make_params({{"DESTRUCTION", "2999-01-01"}}), options);
        CPPUNIT_ASSERT(*late.destruction <= vo::now_utc() + 600'000'000);
        CPPUNIT_ASSERT(refusal([&] {
                           return vo::uws::read_new_job(make_params({{"PHASE", "ABORT"}}), options);
                       }) != "accepted");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AskedTest);

}  // namespace
