// SPDX-License-Identifier: Apache-2.0
// Tests of fits/row_layout: where fields lie, and numbers in both directions.
#include "fits/row_layout.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <cppunit/extensions/HelperMacros.h>

#include "base/bytes.h"
#include "base/error.h"

namespace {

using vo::fits::RawHdu;
using vo::fits::RowField;

RawHdu table(const std::vector<std::pair<std::string, std::string>>& cards) {
    RawHdu hdu;
    hdu.extension = "BINTABLE";
    for (const auto& [name, value] : cards)
        hdu.header.add(name, value);
    return hdu;
}

std::string refusal(const RawHdu& hdu) {
    try {
        static_cast<void>(vo::fits::read_row_layout(hdu, "a.fits, T", 1000));
    } catch (const vo::Error& error) {
        return error.what();
    }
    return {};
}

RowField field(char code, double scale = 1, double zero = 0) {
    RowField one;
    one.code = code;
    one.repeat = 1;
    one.start = 2;
    one.scale = scale;
    one.zero = zero;
    return one;
}

double read(const RowField& one, const std::string& row) {
    double value = 0;
    vo::fits::read_numbers(one, row.data(), row.size(), {&value, 1});
    return value;
}

class RowLayoutTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RowLayoutTest);
    CPPUNIT_TEST(every_form_has_its_place);
    CPPUNIT_TEST(heaps);
    CPPUNIT_TEST(what_is_refused);
    CPPUNIT_TEST(numbers_are_read);
    CPPUNIT_TEST(numbers_are_stored_on_the_right_side);
    CPPUNIT_TEST_SUITE_END();

    void every_form_has_its_place() {
        struct Case {
            const char* form;
            char code;
            std::size_t bytes;
            bool is_number;
        };

        const std::vector<Case> cases{
            {"'L'", 'L', 1, false},   {"'11X'", 'X', 2, false}, {"'1B'", 'B', 1, true},
            {"'2i'", 'I', 4, false},  {"'J'", 'J', 4, true},    {"'0K'", 'K', 0, false},
            {"'5A'", 'A', 5, false},  {"'1E'", 'E', 4, true},   {"'D'", 'D', 8, true},
            {"'C'", 'C', 8, false},   {"'M'", 'M', 16, false},  {"'QE(7)'", 'Q', 16, false},
            {"'0PD'", 'P', 0, false}, {"'1I'", 'I', 2, true},   {"'1K'", 'K', 8, true},
        };
        std::vector<std::pair<std::string, std::string>> cards{
            {"NAXIS2", "3"}, {"TFIELDS", std::to_string(cases.size())}};
        std::size_t total = 0;
        for (std::size_t i = 0; i < cases.size(); ++i) {
            cards.emplace_back("TFORM" + std::to_string(i + 1), cases[i].form);
            total += cases[i].bytes;
        }
        cards.emplace_back("NAXIS1", std::to_string(total));
        const auto layout = vo::fits::read_row_layout(table(cards), "t", 1000);
        CPPUNIT_ASSERT_EQUAL(cases.size(), layout.fields.size());
        std::size_t start = 0;
        for (std::size_t i = 0; i < cases.size(); ++i) {
            const auto& one = layout.fields[i];
            CPPUNIT_ASSERT_EQUAL_MESSAGE(cases[i].form, cases[i].code, one.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(cases[i].form, start, one.start);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(cases[i].form, cases[i].is_number, one.is_number());
            start += cases[i].bytes;
        }
    }

    void heaps() {
        const std::vector<std::pair<std::string, std::string>> cards{
            {"NAXIS1", "28"},       {"NAXIS2", "10"},   {"PCOUNT", "100"},  {"TFIELDS", "3"},
            {"TFORM1", "'1PE(3)'"}, {"TFORM2", "'QA'"}, {"TFORM3", "'1J'"}, {"TTYPE3", "'Id '"}};
        auto layout = vo::fits::read_row_layout(table(cards), "t", 1000);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, layout.heap_bytes);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, layout.heap_gap);
        CPPUNIT_ASSERT(!layout.fields[0].is_number());
        const auto* id = layout.find("ID");
        CPPUNIT_ASSERT(id != nullptr && id->is_number() && id->start == 24 &&
                       layout.find("x") == nullptr);
        auto gapped = table(cards);
        gapped.header.add("THEAP", "340");
        layout = vo::fits::read_row_layout(gapped, "t", 1000);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, layout.heap_gap);
    }

    void what_is_refused() {
        const auto with = [](const std::string& name, const std::string& value) {
            auto hdu = RawHdu{};
            hdu.extension = "BINTABLE";
            hdu.header.add(name, value);
            for (const auto& [other, its] : std::vector<std::pair<std::string, std::string>>{
                     {"NAXIS1", "8"}, {"NAXIS2", "5"}, {"TFIELDS", "1"}, {"TFORM1", "'D'"}})
                hdu.header.add(other, its);
            return hdu;
        };
        CPPUNIT_ASSERT_EQUAL(std::string(), refusal(with("PCOUNT", "0")));
        CPPUNIT_ASSERT_EQUAL(
            std::string("a.fits, T has rows of 9 bytes (NAXIS1), and its TFORMs need 8"),
            refusal(with("NAXIS1", "9")));
        CPPUNIT_ASSERT_EQUAL(std::string("a.fits, T has rows of 1001 bytes; they may have 1000"),
                             refusal(with("NAXIS1", "1001")));
        for (const auto* form :
             {"'Z'", "'8'", "'1 D'", "'-1D'", "'2PD'", "'P'", "'PZ(1)'", "'9999999999999D'"})
            CPPUNIT_ASSERT(refusal(with("TFORM1", form)).find("a TFORM1 that FITS does not know") !=
                           std::string::npos);
        CPPUNIT_ASSERT(refusal(with("TFIELDS", "2")).find("lacks TFORM2") != std::string::npos);
        CPPUNIT_ASSERT(refusal(with("TSCAL1", "0")).find("TSCAL1 of 0") != std::string::npos);
        for (const auto* theap : {"39", "41", "-1"})
            CPPUNIT_ASSERT(refusal(with("THEAP", theap)).find("THEAP of") != std::string::npos);
        CPPUNIT_ASSERT(refusal(with("GCOUNT", "2")).find("GCOUNT") != std::string::npos);
        CPPUNIT_ASSERT(refusal(with("ZTABLE", "T")).find("funpack") != std::string::npos);
        auto ascii = with("PCOUNT", "0");
        ascii.extension = "TABLE";
        CPPUNIT_ASSERT(refusal(ascii).find("is an ASCII table") != std::string::npos);
    }

    void numbers_are_read() {
        CPPUNIT_ASSERT_EQUAL(200.0, read(field('B'), "..\xc8"));
        CPPUNIT_ASSERT_EQUAL(-2.0, read(field('I'), std::string("..\xff\xfe")));
        CPPUNIT_ASSERT_EQUAL(65534.0, read(field('I', 1, 32768), std::string("..\x7f\xfe")));
        CPPUNIT_ASSERT_EQUAL(26.0, read(field('J', 0.5, 10), std::string("..\0\0\0\x20", 6)));
        CPPUNIT_ASSERT_EQUAL(-1.0, read(field('K'), ".." + std::string(8, '\xff')));
        auto null = field('J', 2);
        null.null = 32;
        CPPUNIT_ASSERT(std::isnan(read(null, std::string("..\0\0\0\x20", 6))));
        std::string row = "..";
        vo::append_big(row, 0.1F);
        CPPUNIT_ASSERT_EQUAL(double{0.1F}, read(field('E'), row));
        // Of rows one after another.
        std::string rows;
        for (const double value : {1.5, -2.5, 1e300}) {
            rows += "##";
            vo::append_big(rows, value);
        }
        std::vector<double> values(3);
        vo::fits::read_numbers(field('D'), rows.data(), 10, values);
        CPPUNIT_ASSERT(values == std::vector({1.5, -2.5, 1e300}));
    }

    void numbers_are_stored_on_the_right_side() {
        struct Case {
            RowField field;
            double value;
            double below;
            double above;
        };

        auto null = field('J');
        null.null = 11;
        const float tenth = 0.1F;
        const std::vector<Case> cases{
            {field('D'), 0.1, 0.1, 0.1},
            {field('J'), 10.3, 10, 11},
            {field('J'), 10.7, 10, 11},
            {field('J'), -10.3, -11, -10},
            {field('J'), 10, 10, 10},
            {null, 10.3, 10, 12},
            {null, 11, 10, 12},
            {field('I', 0.25, 100), 100.3, 100.25, 100.5},
            {field('B', -0.5, 100), 90.3, 90, 90.5},
            {field('K', 1, 9223372036854775808.0), 4096, 4096, 4096},
            {field('E'), 0.1, std::nextafter(tenth, 0.0F), tenth},
            {field('E'), 123891055.81600025, 123891048, 123891056},
        };
        for (const auto& one : cases) {
            std::string row(10, '.');
            vo::fits::store_not_below(one.field, row.data(), one.value);
            CPPUNIT_ASSERT_EQUAL(one.above, read(one.field, row));
            vo::fits::store_not_above(one.field, row.data(), one.value);
            CPPUNIT_ASSERT_EQUAL(one.below, read(one.field, row));
            CPPUNIT_ASSERT_EQUAL(std::string(".."), row.substr(0, 2));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RowLayoutTest);

}  // namespace
