// SPDX-License-Identifier: Apache-2.0
// Tests of base/time: the two spellings of an instant, and reading them.
#include "base/time.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

std::string dali(vo::Micros t) {
    std::string out;
    vo::append_timestamp(out, t);
    return out;
}

class TimeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TimeTest);
    CPPUNIT_TEST(uws_has_z_and_milliseconds);
    CPPUNIT_TEST(dali_has_no_zone);
    CPPUNIT_TEST(reads_what_the_standards_allow);
    CPPUNIT_TEST(refuses_the_rest);
    CPPUNIT_TEST(http_dates);
    CPPUNIT_TEST_SUITE_END();

    void uws_has_z_and_milliseconds() {
        CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:00.000Z"), vo::format_utc(0));
        CPPUNIT_ASSERT_EQUAL(std::string("1969-12-31T23:59:59.999Z"), vo::format_utc(-1));
        CPPUNIT_ASSERT_EQUAL(std::string("2016-02-29T12:00:00.120Z"),
                             vo::format_utc(1'456'747'200'120'000));
    }

    void dali_has_no_zone() {
        CPPUNIT_ASSERT_EQUAL(std::string("2000-01-01T00:00:00"), dali(946'684'800'000'000));
        CPPUNIT_ASSERT_EQUAL(std::string("2000-01-01T00:00:00.5"), dali(946'684'800'500'000));
    }

    void reads_what_the_standards_allow() {
        for (const auto* text : {"2000-01-01", "2000-01-01T00:00", "2000-01-01T00:00:00",
                                 "2000-01-01 00:00:00", "2000-01-01T00:00:00.000000Z"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text, vo::Micros{946'684'800'000'000},
                                         vo::parse_timestamp(text).value());
        CPPUNIT_ASSERT_EQUAL(vo::Micros{946'684'800'123'456},
                             vo::parse_timestamp("2000-01-01T00:00:00.123456789").value());
    }

    void refuses_the_rest() {
        for (const auto* text :
             {"", "2000", "2000-13-01", "2001-02-29", "2000-01-01T24:00",
              "2000-01-01T00:00:00+01:00", "2000-01-01T", "2000-01-01x", "2000-01-01T00:00:00."})
            CPPUNIT_ASSERT_MESSAGE(text, !vo::parse_timestamp(text));
    }

    void http_dates() {
        CPPUNIT_ASSERT_EQUAL(std::string("Sun, 06 Nov 1994 08:49:37 GMT"),
                             vo::format_http_date(784'111'777'900'000));
        CPPUNIT_ASSERT_EQUAL(vo::Micros{784'111'777'000'000},
                             *vo::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
        for (const auto* bad : {"", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT x"})
            CPPUNIT_ASSERT_MESSAGE(bad, !vo::parse_http_date(bad));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimeTest);

}  // namespace
