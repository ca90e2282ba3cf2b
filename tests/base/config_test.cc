// SPDX-License-Identifier: Apache-2.0
// Tests of base/config: what is read, and the words for what is refused.
#include "base/config.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

constexpr const char* kLeast =
    "# a comment\n"
    "authority = obs.example.org\n"
    "base_url = https://obs.example.org/vo/\n"
    "database_query = dbname=vogate user=vogate_query\n";

std::string refusal(const std::string& text) {
    try {
        (void)vo::parse_config(text, "vogate.conf");
    } catch (const vo::Error& error) {
        return error.what();
    }
    return "accepted";
}

class ConfigTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConfigTest);
    CPPUNIT_TEST(reads_values_and_defaults);
    CPPUNIT_TEST(names_file_and_line);
    CPPUNIT_TEST(missing_and_contradicting_values);
    CPPUNIT_TEST_SUITE_END();

    void reads_values_and_defaults() {
        const auto config = vo::parse_config(std::string(kLeast) + "threads = 8\n", "x");
        CPPUNIT_ASSERT_EQUAL(std::string("https://obs.example.org/vo"), config.base_url);
        CPPUNIT_ASSERT_EQUAL(std::string("dbname=vogate user=vogate_query"), config.database_query);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, config.threads);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, config.sync_limit_s);
        CPPUNIT_ASSERT(config.query_slots >= 2);
    }

    void names_file_and_line() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("vogate.conf:5: unknown option \"thread\"; did you mean \"threads\"?"),
            refusal(std::string(kLeast) + "thread = 8\n"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("vogate.conf:5: threads takes a whole number of at least 2 and at most "
                        "1000, not \"many\""),
            refusal(std::string(kLeast) + "threads = many\n"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("vogate.conf:5: expected `name = value`, found \"threads ...\""),
            refusal(std::string(kLeast) + "threads 8\n"));
    }

    void missing_and_contradicting_values() {
        CPPUNIT_ASSERT(refusal("authority = obs.example.org\n").find("base_url") !=
                       std::string::npos);
        CPPUNIT_ASSERT(refusal(std::string(kLeast) + "authority = a b\n").find("authority") !=
                       std::string::npos);
        CPPUNIT_ASSERT(refusal(std::string(kLeast) + "maxrec_hard = 10\n").find("maxrec_default") !=
                       std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigTest);

}  // namespace
