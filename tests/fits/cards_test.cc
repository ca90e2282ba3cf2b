// SPDX-License-Identifier: Apache-2.0
// Tests of fits/cards: one card changes, all others stay.
#include "fits/cards.h"

#include <string>
#include <vector>

#include <cppunit/extensions/HelperMacros.h>

#include "table/read_back.h"

namespace {

using vo::fits::Cards;

std::string padded(std::string text, std::size_t size) {
    text.resize((text.size() + size - 1) / size * size, ' ');
    return text;
}

std::string header(const std::vector<std::string>& cards) {
    std::string text;
    for (const auto& card : cards)
        text += padded(card, 80);
    return padded(text + "END", 2880);
}

Cards read(const std::vector<std::string>& cards) {
    const auto text = header(cards);
    const vo::test::TempFile file("12345" + text);
    vo::fits::RawHdu hdu;
    hdu.header_start = 5;
    hdu.data_start = 5 + static_cast<std::int64_t>(text.size());
    return Cards::read(file.descriptor(), hdu);
}

class CardsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CardsTest);
    CPPUNIT_TEST(what_is_not_touched_stays);
    CPPUNIT_TEST(values_change_in_their_place);
    CPPUNIT_TEST(new_cards_come_last);
    CPPUNIT_TEST(a_text_that_went_on_does_no_longer);
    CPPUNIT_TEST(cards_are_removed);
    CPPUNIT_TEST(history_is_cut_between_words);
    CPPUNIT_TEST_SUITE_END();

    void what_is_not_touched_stays() {
        const std::vector<std::string> odd{"SIMPLE  =                    T / yes",
                                           "odd     card, no value",
                                           "HIERARCH a b = 'c'",
                                           "A       = 'it''s / so' / a slash",
                                           "COMMENT \xe9\x01",
                                           "",
                                           "A       = 2 / twice"};
        CPPUNIT_ASSERT_EQUAL(header(odd), read(odd).blocks());
        // Room that is left is used.
        auto roomy = odd;
        roomy.resize(100);
        CPPUNIT_ASSERT_EQUAL(header(odd), read(roomy).blocks());
        CPPUNIT_ASSERT(read(odd) == read(roomy));
    }

    void values_change_in_their_place() {
        auto cards = read({"A       = 'it''s / so' / a slash", "B       =   1.5 / [s] a length",
                           "naxis2  =                    7", "A       = 2 / twice"});
        cards.set("B", 123890826.0);
        cards.set("A", "that's", "not used");
        cards.set("NAXIS2", std::int64_t{12});
        CPPUNIT_ASSERT_EQUAL(header({"A       = 'that''s '           / a slash",
                                     "B       =          123890826.0 / [s] a length",
                                     "NAXIS2  =                   12", "A       = 2 / twice"}),
                             cards.blocks());
        cards.set("B", 1e-300);
        cards.set("A", "", {});
        CPPUNIT_ASSERT(cards.blocks().find("B       =               1E-300 / [s] a length") !=
                       std::string::npos);
        CPPUNIT_ASSERT(cards.blocks().find("A       = '        '           / a slash") !=
                       std::string::npos);
        cards.set("B", -1.2345678901234567e-123);
        CPPUNIT_ASSERT(cards.blocks().find("B       = -1.2345678901234567E-123 / [s] a length") !=
                       std::string::npos);
    }

    void new_cards_come_last() {
        auto cards = read({"A       = 1"});
        CPPUNIT_ASSERT(!cards.has("B") && cards.has("a"));
        cards.set("B", 0.5, std::string(90, 'x'));
        cards.set("C", "\xc3\xa9\n", "told");
        CPPUNIT_ASSERT_EQUAL(
            header({"A       = 1", "B       =                  0.5 / " + std::string(47, 'x'),
                    "C       = '?       '           / told"}),
            cards.blocks());
    }

    void a_text_that_went_on_does_no_longer() {
        auto cards = read({"A       = 'one &'", "CONTINUE  'two &'", "CONTINUE  'three'",
                           "B       = 1", "CONTINUE  'of none'"});
        cards.set("A", "short", {});
        CPPUNIT_ASSERT_EQUAL(header({"A       = 'short   '", "B       = 1", "CONTINUE  'of none'"}),
                             cards.blocks());
    }

    void cards_are_removed() {
        auto cards = read({"A       = 'one &'", "CONTINUE  'two'", "B       = 1", "A       = 3"});
        cards.remove("A");
        cards.remove("NONE");
        CPPUNIT_ASSERT_EQUAL(header({"B       = 1", "A       = 3"}), cards.blocks());
    }

    void history_is_cut_between_words() {
        auto cards = read({});
        const std::string words(60, 'w');
        cards.add_history(words + " more than that");
        cards.add_history(std::string(100, 'x'));
        cards.add_history("");
        CPPUNIT_ASSERT_EQUAL(header({"HISTORY " + words + " more than", "HISTORY that",
                                     "HISTORY " + std::string(72, 'x'),
                                     "HISTORY " + std::string(28, 'x'), "HISTORY "}),
                             cards.blocks());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CardsTest);

}  // namespace
