// SPDX-License-Identifier: Apache-2.0
// All of Unicode there and back, and what belongs to no character.
#include "base/unicode.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/bytes.h"

namespace vo::test {

class UnicodeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(UnicodeTest);
    CPPUNIT_TEST(each_character_comes_back);
    CPPUNIT_TEST(broken_utf8_is_replaced);
    CPPUNIT_TEST(broken_utf16_is_replaced);
    CPPUNIT_TEST_SUITE_END();

  public:
    void each_character_comes_back() {
        for (char32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 61) {
            if (c >= 0xD800 && c <= 0xDFFF) continue;
            std::string utf8;
            append_utf8(utf8, c);
            std::string_view rest = utf8;
            CPPUNIT_ASSERT_EQUAL(static_cast<unsigned>(c), static_cast<unsigned>(take_utf8(rest)));
            CPPUNIT_ASSERT(rest.empty());

            std::string units;
            append_utf16(units, c);
            std::u16string text;
            for (std::size_t i = 0; i < units.size(); i += 2)
                text += static_cast<char16_t>(load_big<std::int16_t>(units.data() + i));
            std::string back;
            append_utf8(back, text);
            CPPUNIT_ASSERT_EQUAL(utf8, back);
        }
    }

    void broken_utf8_is_replaced() {
        // Lone continuation, cut, overlong, surrogate, beyond the last.
        CPPUNIT_ASSERT_EQUAL(std::string("a?b"), shown("a\x80"
                                                       "b"));
        CPPUNIT_ASSERT_EQUAL(std::string("??"), shown("\xe2\x82"));
        CPPUNIT_ASSERT_EQUAL(std::string("??"), shown("\xc0\xaf"));
        CPPUNIT_ASSERT_EQUAL(std::string("???"), shown("\xed\xa0\x80"));
        CPPUNIT_ASSERT_EQUAL(std::string("????"), shown("\xf4\x90\x80\x80"));
        CPPUNIT_ASSERT_EQUAL(std::string("?x"), shown("\xff"
                                                      "x"));
    }

    void broken_utf16_is_replaced() {
        std::string out;
        append_utf8(out, std::u16string_view(u"a\xD800"
                                             u"b\xDC00"));
        CPPUNIT_ASSERT_EQUAL(std::string("a\xEF\xBF\xBD"
                                         "b\xEF\xBF\xBD"),
                             out);
    }

  private:
    static std::string shown(std::string_view text) {
        std::string out;
        while (!text.empty()) {
            const auto c = take_utf8(text);
            out += c == 0xFFFD ? '?' : static_cast<char>(c);
        }
        return out;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UnicodeTest);

}  // namespace vo::test
