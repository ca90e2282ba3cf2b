// SPDX-License-Identifier: Apache-2.0
// Tests of the files that results are.
#include "jdl/pattern.h"

#include <cppunit/extensions/HelperMacros.h>

#include "jdl/kind.h"

namespace {

class PatternTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PatternTest);
    CPPUNIT_TEST(matching);
    CPPUNIT_TEST(faults);
    CPPUNIT_TEST(slow);
    CPPUNIT_TEST(inputs);
    CPPUNIT_TEST_SUITE_END();

    void matching() {
        struct Case {
            const char* pattern;
            const char* path;
            bool matches;
        };

        for (const auto& one : {
                 Case{"a.fits", "a.fits", true},
                 Case{"a.fits", "A.fits", false},
                 Case{"*", "a", true},
                 Case{"*", "a/b", false},
                 Case{"*", "", true},
                 Case{"*", ".a", false},
                 Case{".*", ".a", true},
                 Case{"*.fits", "x.fits", true},
                 Case{"*.fits", ".fits", false},
                 Case{"*.fits", "x.fits.gz", false},
                 Case{"a*b*c", "aXbYbc", true},
                 Case{"a*b*c", "aXcYb", false},
                 Case{"?", "\xc3\xa4", true},
                 Case{"??", "\xc3\xa4", false},
                 Case{"[a-c]x", "bx", true},
                 Case{"[a-c]x", "dx", false},
                 Case{"[!a-c]x", "dx", true},
                 Case{"[!a-c]x", "ax", false},
                 Case{"[]]", "]", true},
                 Case{"[a-]", "-", true},
                 Case{"[*]", "*", true},
                 Case{"[*]", "a", false},
                 Case{"out/*.png", "out/a.png", true},
                 Case{"out/*.png", "out/.png", false},
                 Case{"out/*.png", "a.png", false},
                 Case{"*/x", "a/x", true},
                 Case{"[a", "[a", true},
                 Case{"a**b", "ab", true},
                 Case{"", "", true},
                 Case{"", "a", false},
             })
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.pattern) + " and " + one.path, one.matches,
                                         vo::jdl::matches_file(one.pattern, one.path));
    }

    void faults() {
        for (const auto* good : {"a", "*.fits", "out/*.fits", "a b", "[!x]*", "inputs.txt",
                                 "*.inputs", "...a", "..a/b", "-x", "*", "i*", "a/inputs"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(good, std::string(), vo::jdl::find_pattern_fault(good));
        for (const auto* bad :
             {"",     "/",      "/a",       "a/",   "a//b",     ".",    "..",
              "../a", "a/..",   "a/../b",   "./a",  "[a",       "a/[b", "[]",
              "\\",   "inputs", "inputs/x", "i*/a", "?nputs/a", "*/a",  "[i]nputs/*"})
            CPPUNIT_ASSERT_MESSAGE(bad, !vo::jdl::find_pattern_fault(bad).empty());
        CPPUNIT_ASSERT(!vo::jdl::find_pattern_fault(std::string(256, 'a')).empty());
    }

    // Nothing grows beyond the product of the lengths.
    void slow() {
        std::string pattern;
        for (int i = 0; i < 100; ++i)
            pattern += "*a";
        CPPUNIT_ASSERT(!vo::jdl::matches_file(pattern + "b", std::string(4000, 'a')));
        CPPUNIT_ASSERT(vo::jdl::matches_file(pattern, std::string(4000, 'a')));
    }

    void inputs() {
        vo::jdl::Input input;
        input.name = "events";
        CPPUNIT_ASSERT_EQUAL(std::string("inputs/events"), vo::jdl::input_file(input, 1));
        input.content_types = {"application/fits", "text/plain"};
        CPPUNIT_ASSERT_EQUAL(std::string("inputs/events.fits"), vo::jdl::input_file(input, 1));
        CPPUNIT_ASSERT_EQUAL(std::string("inputs/events-2.fits"), vo::jdl::input_file(input, 2));
        input.content_types = {"application/x-tex"};
        CPPUNIT_ASSERT_EQUAL(std::string("inputs/events"), vo::jdl::input_file(input, 1));
        for (const auto* loop : {"inputs/events.fits", "*/*"})
            CPPUNIT_ASSERT(!vo::jdl::find_pattern_fault(loop).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PatternTest);

}  // namespace
