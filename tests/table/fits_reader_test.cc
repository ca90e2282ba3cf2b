// SPDX-License-Identifier: Apache-2.0
// FITS tables made byte by byte, so that what no library writes is here too.
#include <cmath>
#include <cstdio>

#include <cppunit/extensions/HelperMacros.h>

#include "base/bytes.h"
#include "read_back.h"

namespace {

using namespace std::string_literals;
using vo::test::read_back;

std::string card(const std::string& key, const std::string& value) {
    std::string out = key;
    out.resize(8, ' ');
    out += "= ";
    if (value.starts_with('\'')) {
        out += value;
    } else {
        out += std::string(20 - std::min<std::size_t>(20, value.size()), ' ') + value;
    }
    out.resize(80, ' ');
    return out;
}

std::string block(std::string text, char fill) {
    text.resize((text.size() + 2879) / 2880 * 2880, fill);
    return text;
}

const std::string& primary() {
    static const std::string text =
        block(card("SIMPLE", "T") + card("BITPIX", "8") + card("NAXIS", "0") + "END", ' ');
    return text;
}

using Cards = std::vector<std::pair<std::string, std::string>>;

std::string fits(std::size_t row_bytes,
                 std::size_t rows,
                 const Cards& cards,
                 const std::string& data,
                 std::size_t heap = 0,
                 const std::string& extension = "BINTABLE") {
    std::string header = card("XTENSION", "'" + extension + "'") + card("BITPIX", "8") +
                         card("NAXIS", "2") + card("NAXIS1", std::to_string(row_bytes)) +
                         card("NAXIS2", std::to_string(rows)) +
                         card("PCOUNT", std::to_string(heap)) + card("GCOUNT", "1");
    int columns = 0;
    for (const auto& [key, value] : cards)
        if (key.starts_with("TFORM")) ++columns;
    header += card("TFIELDS", std::to_string(columns));
    for (const auto& [key, value] : cards)
        header += card(key, value);
    return primary() + block(header + "END", ' ') + block(data, '\0');
}

std::string one(const std::string& form, const std::string& data, const Cards& more = {}) {
    Cards cards{{"TTYPE1", "'a'"}, {"TFORM1", "'" + form + "'"}};
    cards.insert(cards.end(), more.begin(), more.end());
    return read_back(fits(data.size(), 1, cards, data));
}

class FitsReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FitsReaderTest);
    CPPUNIT_TEST(reads_forms);
    CPPUNIT_TEST(reads_metadata);
    CPPUNIT_TEST(reads_nulls);
    CPPUNIT_TEST(reads_scaled);
    CPPUNIT_TEST(reads_heap);
    CPPUNIT_TEST(reads_ascii);
    CPPUNIT_TEST(says_what_is_wrong);
    CPPUNIT_TEST_SUITE_END();

    static void check(const std::string& expected, const std::string& told) {
        CPPUNIT_ASSERT_EQUAL(expected, told);
    }

    static void reads_forms() {
        check("a:boolean\nT\n", one("L", "T"));
        check("a:boolean[3]\nT F ?\n", one("3L", "TF\0"s));
        check("a:bit[10]\n1 0 1 0 1 0 1 0 1 1\n", one("10X", "\xaa\xc0"));
        check("a:unsignedByte\n200\n", one("1B", "\xc8"));
        check("a:short\n-2\n", one("I", "\xff\xfe"));
        check("a:int\n258\n", one("J", "\0\0\1\2"s));
        check("a:long[2]\n1 -1\n", one("2K", "\0\0\0\0\0\0\0\1"s + std::string(8, '\xff')));
        check("a:float\n1\n", one("E", "\x3f\x80\0\0"s));
        check("a:double[2]\n1 NaN\n", one("2D", "\x3f\xf0\0\0\0\0\0\0"s + "\x7f\xf8\0\0\0\0\0\0"s));
        check("a:floatComplex\n1 1\n", one("C", "\x3f\x80\0\0\x3f\x80\0\0"s));
        check("a:doubleComplex\n1 0\n", one("M", "\x3f\xf0\0\0\0\0\0\0"s + std::string(8, '\0')));
        check("a:char[6*]\n a b\n", one("6A", " a b  "));
        check("a:char[6*]\nab\n", one("6A", "ab\0xyz"s));
        check("a:char[2x3]\nabcde\n", one("6A", "abcde ", {{"TDIM1", "'(2,3)'"}}));
        check("a:char[2x3]\nabcdef\n", one("6A2", "abcdef"));
        check("a:short[2x2]\n1 2 3 4\n", one("4I", "\0\1\0\2\0\3\0\4"s, {{"TDIM1", "'(2,2)'"}}));
        // A TDIM that does not fit is none.
        check("a:short[4]\n1 2 3 4\n", one("4I", "\0\1\0\2\0\3\0\4"s, {{"TDIM1", "'(3,2)'"}}));
        check(
            "a:int[*]\nb:unsignedByte\nNULL|7\n",
            read_back(fits(
                1, 1, {{"TTYPE1", "'a'"}, {"TFORM1", "'0J'"}, {"TTYPE2", "'b'"}, {"TFORM2", "'B'"}},
                "\7")));
    }

    static void reads_metadata() {
        check("ra:double deg pos.eq.ra u:t 'Right ascension'\n1\n",
              read_back(fits(8, 1,
                             {{"TTYPE1", "'ra'"},
                              {"TFORM1", "'D'"},
                              {"TUNIT1", "'deg'"},
                              {"TUCD1", "'pos.eq.ra'"},
                              {"TUTYP1", "'u:t'"},
                              {"TCOMM1", "'Right ascension'"}},
                             "\x3f\xf0\0\0\0\0\0\0"s)));
        // The header that TOPCAT puts into the primary HDU.
        const std::string header(
            "<?xml version='1.0'?><VOTABLE><RESOURCE><TABLE>"
            "<DESCRIPTION>of times</DESCRIPTION>"
            "<FIELD name='long name' datatype='char' arraysize='19*' xtype='timestamp' ucd='time'/>"
            "<FIELD name='p' datatype='double' arraysize='2' xtype='point'/>"
            "</TABLE></RESOURCE></VOTABLE>");
        const auto table =
            fits(35, 1, {{"TTYPE1", "'long_name'"}, {"TFORM1", "'19A'"}, {"TFORM2", "'2D'"}},
                 "2026-11-23T10:00:00" + "\x3f\xf0\0\0\0\0\0\0"s + std::string(8, '\0'));
        const auto with_header =
            block(card("SIMPLE", "T") + card("BITPIX", "8") + card("NAXIS", "1") +
                      card("NAXIS1", std::to_string(header.size())) + card("VOTMETA", "T") + "END",
                  ' ') +
            block(header, '\0') + table.substr(primary().size());
        check("long name:char[*]/timestamp time\np:double[2]/point\n2026-11-23T10:00:00|1 0\n",
              read_back(with_header));
    }

    static void reads_nulls() {
        check("a:int\nNULL\n", one("J", "\xff\xff\xff\x9d", {{"TNULL1", "-99"}}));
        check("a:unsignedByte\nNULL\n", one("B", "\xff", {{"TNULL1", "255"}}));
        check("a:int[2]\n1 NaN\n", one("2J", "\0\0\0\1\xff\xff\xff\x9d"s, {{"TNULL1", "-99"}}));
        check("a:double\nNULL\n", one("D", "\x7f\xf8\0\0\0\0\0\0"s));
        check("a:boolean\nNULL\n", one("L", "\0"s));
        check("a:char[3*]\nNULL\n", one("3A", "   "));
        check("a:char[3*]\nNULL\n", one("3A", "\0xy"s));
    }

    static void reads_scaled() {
        check("a:int\n32769\n", one("I", "\0\1"s, {{"TZERO1", "32768"}}));
        check("a:int\nNULL\n", one("I", "\0\1"s, {{"TZERO1", "32768"}, {"TNULL1", "1"}}));
        check("a:long\n2147483649\n",
              one("J", "\0\0\0\1"s, {{"TZERO1", "2147483648"}, {"TNULL1", "9223372036854775807"}}));
        check("a:long\n2147483647\n", one("J", "\xff\xff\xff\xff", {{"TZERO1", "2147483648"}}));
        check("a:long\n1\n", one("K", "\x80\0\0\0\0\0\0\1"s, {{"TZERO1", "9223372036854775808"}}));
        check(
            "a:long\n! Row 1: column \"a\": has an unsigned number above 9223372036854775807, the "
            "greatest that is taken.\n",
            one("K", "\0\0\0\0\0\0\0\1"s, {{"TZERO1", "9223372036854775808"}}));
        check("a:short\n-128\n", one("B", "\0"s, {{"TZERO1", "-128"}}));
        check("a:double\n12\n", one("I", "\0\1"s, {{"TSCAL1", "2"}, {"TZERO1", "10"}}));
        check("a:double\nNULL\n", one("I", "\0\1"s, {{"TSCAL1", "2"}, {"TNULL1", "1"}}));
        check("a:double[2]\n0.5 1\n", one("2E", "\x3f\x80\0\0\x40\0\0\0"s, {{"TSCAL1", "0.5"}}));
        check("a:doubleComplex\n3 2\n",
              one("C", "\x3f\x80\0\0\x3f\x80\0\0"s, {{"TSCAL1", "2"}, {"TZERO1", "1"}}));
    }

    static void reads_heap() {
        const auto heaped = [](const std::string& form, const std::string& row,
                               const std::string& heap, const Cards& more = {}) {
            Cards cards{{"TTYPE1", "'a'"}, {"TFORM1", "'" + form + "'"}};
            cards.insert(cards.end(), more.begin(), more.end());
            return read_back(fits(row.size(), 1, cards, row + heap, heap.size()));
        };
        check("a:short[*]\n1 2\n", heaped("1PI(2)", "\0\0\0\2\0\0\0\2"s, "\xff\xff\0\1\0\2"s));
        check("a:short[*]\nNULL\n", heaped("PI", "\0\0\0\0\0\0\0\0"s, "\0\1"s));
        check("a:char[*]\nabc\n", heaped("QA(9)", "\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0"s, "abc"));
        check("a:double[*]\n2 4\n",
              heaped("1PI", "\0\0\0\2\0\0\0\0"s, "\0\1\0\2"s, {{"TSCAL1", "2"}}));
        check("a:bit[*]\n1 1 0\n", heaped("1PX", "\0\0\0\3\0\0\0\0"s, "\xc0"));
        check("a:short[*]\n! Row 1: column \"a\": lies beyond the end of the heap.\n",
              heaped("1PI", "\0\0\0\2\0\0\x40\0"s, "\0\1"s));
        check("a:short[*]\n! Row 1: column \"a\": has a number of elements below zero.\n",
              heaped("1PI", "\xff\xff\xff\xff\0\0\0\0"s, "\0\1"s));
        check(
            "a:short[*]\n! Row 1: column \"a\": has 2147483647 elements; a value may have 10000000 "
            "bytes.\n",
            heaped("1PI", "\x7f\xff\xff\xff\0\0\0\0"s, "\0\1"s));
    }

    static void reads_ascii() {
        check(
            "n:char[5*]\ni:long\nf:double\ne:double\nd:double\nabc|12|1.5|-250|1.2345678901234567\n"
            "NULL|NULL|NULL|NULL|NULL\n",
            read_back(fits(50, 2,
                           {{"TTYPE1", "'n'"},
                            {"TBCOL1", "1"},
                            {"TFORM1", "'A5'"},
                            {"TTYPE2", "'i'"},
                            {"TBCOL2", "7"},
                            {"TFORM2", "'I4'"},
                            {"TNULL2", "'-99'"},
                            {"TTYPE3", "'f'"},
                            {"TBCOL3", "12"},
                            {"TFORM3", "'F5.2'"},
                            {"TTYPE4", "'e'"},
                            {"TBCOL4", "18"},
                            {"TFORM4", "'E8.1'"},
                            {"TTYPE5", "'d'"},
                            {"TBCOL5", "27"},
                            {"TFORM5", "'D24.16'"}},
                           "abc     12   150  -2.5E+2  1.2345678901234567D+00 "
                           "       -99                                        ",
                           0, "TABLE")));
        // What stands for null need be no number.
        check("f:double\nn:char[3*]\nNULL|abc\n1.5|NULL\n",
              read_back(fits(8, 2,
                             {{"TTYPE1", "'f'"},
                              {"TBCOL1", "1"},
                              {"TFORM1", "'F4.1'"},
                              {"TNULL1", "'***'"},
                              {"TTYPE2", "'n'"},
                              {"TBCOL2", "6"},
                              {"TFORM2", "'A3'"},
                              {"TNULL2", "'N/A'"}},
                             " *** abc 1.5 N/A", 0, "TABLE")));
    }

    static void says_what_is_wrong() {
        const auto good = fits(4, 1, {{"TFORM1", "'J'"}}, "\0\0\0\1"s);
        for (const auto& [bytes, words] : std::vector<std::pair<std::string, std::string>>{
                 {primary(), "no table in it"},
                 {fits(4, 1, {{"TFORM1", "'J'"}, {"ZIMAGE", "T"}}, "\0\0\0\1"s), "no table in it"},
                 {good.substr(0, 2880 * 2), "truncated"},
                 {good.substr(0, 2880 + 100), "truncated"},
                 {fits(4, 1, {{"TFORM1", "'Z'"}}, "\0\0\0\1"s), "FITS"},
                 {fits(4, 1, {{"TFORM1", "'2J'"}}, "\0\0\0\1"s), "FITS"},
                 {fits(4, 1, {{"TFORM1", "'99999999999999999999J'"}}, "\0\0\0\1"s), "FITS"},
                 {fits(4, 5'000'000, {{"TFORM1", "'J'"}}, "\0\0\0\1"s), "truncated"},
                 {fits(4, 1, {}, "\0\0\0\1"s), "FITS"}}) {
            const auto told = read_back(bytes);
            CPPUNIT_ASSERT_MESSAGE(told,
                                   told.starts_with("! ") && told.find(words) != std::string::npos);
        }
        // What CFITSIO 4.2 overruns its buffers on.
        for (const auto* key :
             {"TNULL1", "TDISP1", "TTYPE1", "TUNIT1", "EXTNAME", "TDIM1", "TBCOL1"})
            CPPUNIT_ASSERT(
                read_back(fits(4, 1, {{"TFORM1", "'J'"}, {key, "'" + std::string(66, 'x') + "'"}},
                               "\0\0\0\1"s))
                    .ends_with("\n1\n"));
        for (const auto& [key, value] : Cards{{"NAXIS1", "-1"},
                                              {"NAXIS2", "9223372036854775807"},
                                              {"PCOUNT", "9223372036854775807"},
                                              {"GCOUNT", "-1"},
                                              {"BITPIX", "7"},
                                              {"NAXIS", "1000000"}}) {
            auto bytes = good;
            const auto at =
                bytes.find(key.size() < 8 ? key + std::string(8 - key.size(), ' ') : key, 2880);
            bytes.replace(at, 80, card(key, value));
            CPPUNIT_ASSERT_MESSAGE(key + read_back(bytes),
                                   read_back(bytes).starts_with("! The FITS file "));
        }
        CPPUNIT_ASSERT(read_back(fits(4, 1, {{"TFORM1", "'J'"}, {"THEAP", "9223372036854775807"}},
                                      "\0\0\0\1"s))
                           .find("heap begins beyond") != std::string::npos);
        // A text that goes on.
        auto longer =
            fits(4, 1, {{"TFORM1", "'J'"}, {"TTYPE1", "'one &'"}, {"X", "1"}}, "\0\0\0\1"s);
        longer.replace(longer.find("X       ="), 80,
                       "CONTINUE  'it''s two'" + std::string(59, ' '));
        check("one it's two:int\n1\n", read_back(longer));
        vo::table::ReadLimits limits;
        limits.max_rows = 0;
        check("! The table has 1 rows; the most that is taken is 0.\n", read_back(good, limits));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FitsReaderTest);

}  // namespace
