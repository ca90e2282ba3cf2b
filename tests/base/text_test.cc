// SPDX-License-Identifier: Apache-2.0
// Tests of base/text: escapes, UTF-8, numbers, near names.
#include "base/text.h"

#include <array>
#include <cmath>
#include <limits>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::append_csv_escaped;
using vo::append_number;
using vo::append_xml_escaped;

std::string xml(std::string_view text) {
    std::string out;
    append_xml_escaped(out, text);
    return out;
}

std::string csv(std::string_view text) {
    std::string out;
    append_csv_escaped(out, text);
    return out;
}

template <typename Number>
std::string number(Number value) {
    std::string out;
    append_number(out, value);
    return out;
}

class TextTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TextTest);
    CPPUNIT_TEST(finds_bad_utf8);
    CPPUNIT_TEST(xml_is_always_legal);
    CPPUNIT_TEST(csv_tells_empty_from_null);
    CPPUNIT_TEST(tsv_has_no_line_ends_in_values);
    CPPUNIT_TEST(json_escapes_control_characters);
    CPPUNIT_TEST(numbers_read_back);
    CPPUNIT_TEST(whole_numbers_only);
    CPPUNIT_TEST(sql_literals_hold_any_text_but_nul);
    CPPUNIT_TEST(sql_numbers_are_never_integers);
    CPPUNIT_TEST(url_decoding_refuses_broken_escapes);
    CPPUNIT_TEST(near_names);
    CPPUNIT_TEST_SUITE_END();

    void finds_bad_utf8() {
        constexpr auto kGood = std::string_view::npos;
        CPPUNIT_ASSERT_EQUAL(kGood,
                             vo::find_bad_utf8("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x94\xAD"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, vo::find_bad_utf8("ab\xFFz"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, vo::find_bad_utf8("\xC0\xAF"));      // overlong
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, vo::find_bad_utf8("\xED\xA0\x80"));  // surrogate
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, vo::find_bad_utf8("a\xE2\x82"));     // cut off
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, vo::find_bad_utf8("\xF4\x90\x80\x80"));
    }

    void xml_is_always_legal() {
        CPPUNIT_ASSERT_EQUAL(std::string("a&lt;b&gt;&amp;&quot;"), xml("a<b>&\""));
        CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBF\xBDx\xEF\xBF\xBD"), xml("\x01x\xFF"));
        CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBF\xBD"), xml("\xEF\xBF\xBF"));
        CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xA9\t\n"), xml("\xC3\xA9\t\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBF\xBD"), xml(std::string_view("\0", 1)));
    }

    void csv_tells_empty_from_null() {
        CPPUNIT_ASSERT_EQUAL(std::string("\"\""), csv(""));
        CPPUNIT_ASSERT_EQUAL(std::string("plain"), csv("plain"));
        CPPUNIT_ASSERT_EQUAL(std::string("\"a,\"\"b\"\"\n\""), csv("a,\"b\"\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("\" x\""), csv(" x"));
    }

    void tsv_has_no_line_ends_in_values() {
        std::string out;
        vo::append_tsv_escaped(out, "a\tb\nc");
        CPPUNIT_ASSERT_EQUAL(std::string("a b c"), out);
    }

    void json_escapes_control_characters() {
        std::string out;
        vo::append_json_escaped(out, "\"\\\n\x1f\xFF");
        CPPUNIT_ASSERT_EQUAL(std::string("\\\"\\\\\\n\\u001f\xEF\xBF\xBD"), out);
    }

    void numbers_read_back() {
        for (const double value : {0.1, 1e-21, 1.239841984332e-18, 1e300, 5e-324, -0.0, 83.63333}) {
            CPPUNIT_ASSERT_EQUAL(value, vo::parse_double(number(value)).value());
            CPPUNIT_ASSERT(number(value).size() <= 24);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("0.1"), number(0.1));
        CPPUNIT_ASSERT_EQUAL(std::string("0.1"), number(0.1F));
        CPPUNIT_ASSERT_EQUAL(std::string("NaN"), number(std::nan("")));
        CPPUNIT_ASSERT_EQUAL(std::string("-Inf"), number(-std::numeric_limits<double>::infinity()));
        CPPUNIT_ASSERT_EQUAL(std::string("-9223372036854775808"),
                             number(std::numeric_limits<std::int64_t>::min()));
    }

    void whole_numbers_only() {
        CPPUNIT_ASSERT_EQUAL(std::int64_t{7}, vo::parse_integer("+7").value());
        for (const auto* bad :
             {"", "+", "-", "7 ", " 7", "7.0", "+-7", "9223372036854775808", "0x7"})
            CPPUNIT_ASSERT_MESSAGE(bad, !vo::parse_integer(bad));
    }

    void sql_literals_hold_any_text_but_nul() {
        CPPUNIT_ASSERT_EQUAL(std::string("'it''s \\ \"x\"'"), vo::sql_literal("it's \\ \"x\""));
        CPPUNIT_ASSERT_THROW((void)vo::sql_literal(std::string_view("a\0b", 3)), vo::Error);
        CPPUNIT_ASSERT_EQUAL(std::string("\"a\"\"b\""), vo::sql_identifier("a\"b"));
        CPPUNIT_ASSERT_THROW((void)vo::sql_identifier(std::string_view("\0", 1)), vo::Error);
    }

    void sql_numbers_are_never_integers() {
        CPPUNIT_ASSERT_EQUAL(std::string("2.0"), vo::sql_number(2));
        CPPUNIT_ASSERT_EQUAL(std::string("1e+30"), vo::sql_number(1e30));
        CPPUNIT_ASSERT_EQUAL(std::string("'NaN'::float8"), vo::sql_number(std::nan("")));
    }

    void url_decoding_refuses_broken_escapes() {
        CPPUNIT_ASSERT_EQUAL(std::string("a b+c"), vo::url_decode("a+b%2Bc", true).value());
        CPPUNIT_ASSERT_EQUAL(std::string("a+b"), vo::url_decode("a+b", false).value());
        for (const auto* bad : {"%", "%4", "%zz", "a%2"})
            CPPUNIT_ASSERT_MESSAGE(bad, !vo::url_decode(bad, true));
        std::string out;
        vo::append_url_escaped(out, "a b/\xC3\xA9~");
        CPPUNIT_ASSERT_EQUAL(std::string("a%20b%2F%C3%A9~"), out);
    }

    void near_names() {
        constexpr std::array<std::string_view, 4> kNames{"energy", "event_id", "ra", "dec"};
        CPPUNIT_ASSERT_EQUAL(std::string("energy"), vo::nearest("enrgy", kNames).value());
        CPPUNIT_ASSERT_EQUAL(std::string("energy"), vo::nearest("ENREGY", kNames).value());
        CPPUNIT_ASSERT(!vo::nearest("telescope", kNames));
        CPPUNIT_ASSERT(!vo::nearest("", kNames));
        CPPUNIT_ASSERT(!vo::nearest(std::string(100'000, 'e'), kNames));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);

}  // namespace
