// SPDX-License-Identifier: Apache-2.0
// CSV as people and programs write it, and as nobody should.
#include <cppunit/extensions/HelperMacros.h>

#include "read_back.h"

namespace {

using vo::test::read_back;

class CsvReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CsvReaderTest);
    CPPUNIT_TEST(infers_types);
    CPPUNIT_TEST(reads_quotes);
    CPPUNIT_TEST(reads_other_separators);
    CPPUNIT_TEST(reads_blank_lines);
    CPPUNIT_TEST(says_what_is_wrong);
    CPPUNIT_TEST(has_limits);
    CPPUNIT_TEST(knows_what_it_is_not);
    CPPUNIT_TEST_SUITE_END();

    static void check(const std::string& expected, const std::string& csv) {
        CPPUNIT_ASSERT_EQUAL(expected, read_back(csv));
    }

    static void infers_types() {
        check(
            "i:int\nl:long\nd:double\nt:char[*]/timestamp\nb:boolean\ns:char[*]\nn:char[*]\n"
            "1|5000000000|1|2026-11-23T00:00:00|T|a|NULL\n"
            "-2|1|1e-05|2026-11-23T10:00:00.5|F|b|NULL\n"
            "NULL|NULL|NULL|NULL|NULL|NULL|NULL\n",
            "i,l,d,t,b,s,n\n1,5000000000,1,2026-11-23,true,a,\n"
            " -2,+1,1e-5,2026-11-23 10:00:00.5,F,b,\n,,,,,,\n");
        // Neither names nor numbers that would change.
        check("a:char[*]\n007\n12\n", "a\n007\n12\n");
        check("a:double\n1.2345e+22\n1\n", "a\n12345000000000000000000\n1\n");
        // Names of stars in catalogues that count in unsigned numbers.
        check("a:char[*]\n18446744073709551615\n1\n", "a\n18446744073709551615\n1\n");
        check("a:char[*]\n9007199254740993\n1.5\n", "a\n9007199254740993\n1.5\n");
        check("a:double\n900719925474099\n1.5\n", "a\n900719925474099\n1.5\n");
        check("a:double\n0.5\n-0.5\nNULL\n+Inf\n", "a\n0.5\n-0.5\nNaN\ninf\n");
        check("a:char[*]\n1\nx\n", "a\n1\nx\n");
        check("a:char[*]\n2026-13-01\n", "a\n2026-13-01\n");
        check("a:int\n2147483647\n-2147483648\n", "a\n2147483647\n-2147483648\n");
        check("a:long\n2147483648\n", "a\n2147483648\n");
        check("a:long\n9223372036854775807\n", "a\n9223372036854775807\n");
        check("a:char[*]\n9223372036854775808\n", "a\n9223372036854775808\n");
        check("ra:char[*]\n", "ra\n");
    }

    static void reads_quotes() {
        check("a b:char[*]\nc:char[*]\nx,y|\"q\"\n|two\nlines\nNULL| blank \n",
              "\"a b\",c\r\n\"x,y\",\"\"\"q\"\"\"\r\n\"\",\"two\r\nlines\"\r\n, blank \r\n");
        // Numbers in quotes are numbers; nothing in quotes is nothing there.
        check("a:int\nb:char[*]\n1|in \" it\nNULL|z\n", "a,b\n\"1\" ,in \" it\n\"\",z");
    }

    static void reads_other_separators() {
        check("a:int\nb:char[*]\n1|\"as it, stands\"\n", "a\tb\n1\t\"as it, stands\"\n");
        check("a:double\nb:double\n1.5|2.5\n",
              "\xef\xbb\xbf"
              "a;b\r1.5;2.5\r");
        check("a:char[*]\nb,c:char[*]\n", "a;\"b,c\"\n");
    }

    static void reads_blank_lines() {
        check("a:int\nb:int\n1|2\n3|4\n", "\n\na,b\n\n1,2\n  \n3,4\n\n");
        // Of one column, nothing is a NULL.
        check("a:int\n1\nNULL\n2\n", "a\n1\n\n2\n");
    }

    static void says_what_is_wrong() {
        check("! Line 3: 1 values, and the first line names 2 columns.\n", "a,b\n1,2\n3\n");
        check("! Line 2: 3 values, and the first line names 2 columns.\n", "a,b\n1,2,3\n");
        check("! Line 1: numbers, where the names of the columns have to stand.\n", "1,2.5\n3,4\n");
        check("! Line 3: a quotation mark that is never closed.\n", "a\nb\n\"c\nd\n");
        check(
            "! Line 2: text after a closing quotation mark; a quotation mark within a text is "
            "written twice.\n",
            "a\n\"b\"c\n");
        check("! Line 2: the text is not UTF-8, in which tables are read; save it as UTF-8.\n",
              "a\n\xe9t\xe9\n");
        check("! Line 2: the text is not UTF-8, in which tables are read; save it as UTF-8.\n",
              "a,b\n\xef\xbb,\xbf\n");
        check("! Line 2: a NUL byte, which no text has; is this a table?.\n",
              std::string("a\n\0\n", 4));
        check("! The table is empty.\n", "");
        check("! The table is empty.\n", " \r\n\n");
        check(
            "! Line 1: this is ECSV, which is not read; write a VOTable, or CSV without "
            "comments.\n",
            "# %ECSV 1.0\n# ---\na b\n1 2\n");
    }

    static void has_limits() {
        vo::table::ReadLimits limits;
        limits.max_rows = 2;
        limits.max_columns = 3;
        limits.max_cell_bytes = 10;
        limits.max_row_bytes = 25;
        const auto refused = [&](const std::string& csv) { return read_back(csv, limits); };
        CPPUNIT_ASSERT_EQUAL(std::string("a:int\n1\n2\n"), refused("a\n1\n2\n"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("! The table has more than 2 rows, which is the most that is taken.\n"),
            refused("a\n1\n2\n3\n"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("! Line 1: more than 3 columns, which is the most that is taken.\n"),
            refused("a,b,c,d\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("! Line 2: a value may have 10 bytes.\n"),
                             refused("a\n12345678901\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("! Line 2: a row may have 25 bytes.\n"),
                             refused("a,b,c\n1234567890,1234567890,1234567890\n"));
    }

    static void knows_what_it_is_not() {
        for (const auto* start :
             {"\x1f\x8b", "BZh9", "PK\x03\x04", "PAR1", "\x89HDF", "%PDF-1.4", "{\"a\": 1}",
              "\xff\xfe"
              "a"}) {
            const auto told = read_back(start);
            CPPUNIT_ASSERT_MESSAGE(told, told.starts_with("! The table is "));
            CPPUNIT_ASSERT_MESSAGE(told, told.ends_with("What is read: VOTable, FITS and CSV.\n"));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CsvReaderTest);

}  // namespace
