// SPDX-License-Identifier: Apache-2.0
// Tests of fits/header: what card values mean.
#include "fits/header.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::fits::Header;

class HeaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HeaderTest);
    CPPUNIT_TEST(numbers_in_strings_are_numbers);
    CPPUNIT_TEST(odd_numbers);
    CPPUNIT_TEST(no_number_gives_no_value);
    CPPUNIT_TEST(whole_numbers_beyond_32_bits);
    CPPUNIT_TEST(texts_are_trimmed_and_unquoted);
    CPPUNIT_TEST(texts_are_made_utf8);
    CPPUNIT_TEST(the_first_card_wins);
    CPPUNIT_TEST_SUITE_END();

    static Header with(std::string_view raw) {
        Header header;
        header.add("key", raw);
        return header;
    }

    void numbers_in_strings_are_numbers() {
        CPPUNIT_ASSERT_EQUAL(2000.0, with("'2000.0  '").find_number("KEY").value());
        CPPUNIT_ASSERT_EQUAL(2000.0, with("2000").find_number("Key").value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2000}, with("'2000.0'").find_integer("KEY").value());
    }

    void odd_numbers() {
        CPPUNIT_ASSERT_EQUAL(1500.0, with("1.5D3").find_number("KEY").value());
        CPPUNIT_ASSERT_EQUAL(123890826.0, with("123890826.").find_number("KEY").value());
        CPPUNIT_ASSERT_EQUAL(7.0, with("+7").find_number("KEY").value());
        CPPUNIT_ASSERT_EQUAL(-0.5, with("-.5").find_number("KEY").value());
    }

    void no_number_gives_no_value() {
        for (const auto* raw : {"'Crab'", "''", "", "T", "NaN", "'inf'", "1e999", "1 2"})
            CPPUNIT_ASSERT_MESSAGE(raw, !with(raw).find_number("KEY"));
        CPPUNIT_ASSERT(!with("1.5").find_integer("KEY"));
        CPPUNIT_ASSERT(!with("1").find_number("OTHER"));
        CPPUNIT_ASSERT(!with("'   '").find_text("KEY"));
    }

    void whole_numbers_beyond_32_bits() {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{20131103103},
                             with("20131103103").find_integer("KEY").value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t{9007199254740993},
                             with("9007199254740993").find_integer("KEY").value());
        CPPUNIT_ASSERT(!with("1e300").find_integer("KEY"));
    }

    void texts_are_trimmed_and_unquoted() {
        CPPUNIT_ASSERT_EQUAL(std::string("utc"), with("'utc     '").find_text("KEY").value());
        CPPUNIT_ASSERT_EQUAL(std::string("O'Neil"), with("'O''Neil'").find_text("KEY").value());
        CPPUNIT_ASSERT_EQUAL(std::string("23523"), with("  23523 ").find_text("KEY").value());
    }

    void texts_are_made_utf8() {
        CPPUNIT_ASSERT_EQUAL(std::string("M?ller a"),
                             with("'M\xFCller\ta'").find_text("KEY").value());
    }

    void the_first_card_wins() {
        auto header = with("1");
        header.add("KEY", "2");
        CPPUNIT_ASSERT_EQUAL(1.0, header.find_number("KEY").value());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HeaderTest);

}  // namespace
