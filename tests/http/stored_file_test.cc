// SPDX-License-Identifier: Apache-2.0
// Tests of the header Range: RFC 9110 §14.1.
#include "http/stored_file.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::http::RangeKind;

// "first-last", "whole" or "impossible", of a file of 10 bytes.
std::string read(std::string_view header, std::int64_t size = 10) {
    const auto choice = vo::http::read_range(header, size);
    if (choice.kind == RangeKind::Whole) return "whole";
    if (choice.kind == RangeKind::Impossible) return "impossible";
    return std::to_string(choice.part.first) + '-' + std::to_string(choice.part.last);
}

class StoredFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoredFileTest);
    CPPUNIT_TEST(ranges);
    CPPUNIT_TEST_SUITE_END();

    void ranges() {
        for (const auto& [header, expected] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"bytes=0-0", "0-0"}, {"bytes=2-4", "2-4"}, {"bytes=7-", "7-9"}, {"bytes=7-99", "7-9"},
                 {"bytes=-3", "7-9"}, {"bytes=-99", "0-9"}, {" bytes= 1 - 2 ", "1-2"}, {"bytes=10-", "impossible"},
                 {"bytes=-0", "impossible"}, {"", "whole"}, {"bytes=", "whole"}, {"bytes=-", "whole"},
                 {"bytes=4-2", "whole"}, {"bytes=a-b", "whole"}, {"bytes=0-1,3-4", "whole"}, {"rows=0-1", "whole"},
                 {"bytes=0-99999999999999999999", "whole"}, {"bytes=--1", "whole"}})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(header, std::string(expected), read(header));
        CPPUNIT_ASSERT_EQUAL(std::string("impossible"), read("bytes=0-", 0));
        CPPUNIT_ASSERT_EQUAL(std::string("impossible"), read("bytes=-1", 0));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoredFileTest);

}  // namespace
