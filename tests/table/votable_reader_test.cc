// SPDX-License-Identifier: Apache-2.0
// VOTables of all versions and serialisations; what we write is what we read.
#include <cppunit/extensions/HelperMacros.h>

#include "base/bytes.h"
#include "base/sink.h"
#include "read_back.h"
#include "sample_table.h"
#include "table/format.h"

namespace {

using vo::test::read_back;

std::string votable(const std::string& fields, const std::string& data) {
    return "<VOTABLE version='1.4' xmlns='http://www.ivoa.net/xml/VOTable/v1.3'><RESOURCE><TABLE>" +
           fields + "<DATA>" + data + "</DATA></TABLE></RESOURCE></VOTABLE>";
}

std::string cell(const std::string& field, const std::string& text) {
    return read_back(votable("<FIELD name='a' " + field + "/>",
                             "<TABLEDATA><TR><TD>" + text + "</TD></TR></TABLEDATA>"));
}

std::string base64(const std::string& bytes) {
    std::string out;
    vo::Base64 encoder;
    encoder.encode(bytes, out);
    encoder.finish(out);
    return out;
}

std::string streamed(const std::string& form, const std::string& field, const std::string& bytes) {
    return read_back(votable(
        "<FIELD name='a' " + field + "/>",
        "<" + form + "><STREAM encoding='base64'>" + base64(bytes) + "</STREAM></" + form + ">"));
}

// Everything but the first `lines` lines.
std::string after(std::string text, int lines = 1) {
    for (; lines > 0; --lines)
        text.erase(0, text.find('\n') + 1);
    return text;
}

class VotableReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(VotableReaderTest);
    CPPUNIT_TEST(reads_what_we_write);
    CPPUNIT_TEST(reads_headers);
    CPPUNIT_TEST(reads_values);
    CPPUNIT_TEST(reads_nulls);
    CPPUNIT_TEST(reads_arrays);
    CPPUNIT_TEST(reads_streams);
    CPPUNIT_TEST(says_what_is_wrong);
    CPPUNIT_TEST(has_limits);
    CPPUNIT_TEST_SUITE_END();

    static void check(const std::string& expected, const std::string& told) {
        CPPUNIT_ASSERT_EQUAL(expected, told);
    }

    static void reads_what_we_write() {
        auto table = vo::test::make_sample_table();
        // As it is written where nothing else is said.
        for (auto& column : table.columns)
            column.arraysize = vo::table::arraysize(column);
        const auto rows = vo::test::make_sample_rows();
        std::string wanted;
        for (const auto& column : table.columns)
            wanted += vo::test::tell(column) + "\n";
        const auto columns = wanted.size();
        for (const auto& row : rows)
            wanted += vo::test::tell(table, row.cells()) + "\n";
        // A number that is none is NULL, and so is what an array of fixed length lacks.
        wanted.replace(wanted.find("|NaN|"), 5, "|NULL|");
        wanted.replace(wanted.find("|7 NaN|"), 7, "|7 NaN NaN|");
        const auto first_row = wanted.substr(0, wanted.find('\n', columns));
        for (const auto* format : {"votable/td", "votable", "votable/b2", "fits"}) {
            std::string out;
            vo::StringSink sink(out);
            const auto writer = vo::table::choose_format(format).format->open(sink, table, {});
            for (const auto& row : rows)
                writer->row(row.cells());
            writer->end({});
            const auto told = read_back(out);
            if (format == std::string("votable/b2")) check(wanted, told);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(format, first_row, told.substr(0, first_row.size()));
        }
    }

    static void reads_headers() {
        check(
            "ra:double deg pos.eq.ra;meta.main u:t ICRS 'the <first>'\n"
            "ID2:char[4*]\n:int\n"
            "t:double d MJD_TT\n",
            read_back(
                "<?xml version='1.0'?>\n<VOTABLE version='1.1'><DESCRIPTION>x</DESCRIPTION>"
                "<COOSYS ID='s' system='ICRS'/>"
                "<RESOURCE><PARAM name='p' datatype='int' value='1'><DESCRIPTION/></PARAM>"
                "<TIMESYS ID='t' timescale='TT' refposition='TOPOCENTER' timeorigin='MJD-origin'/>"
                "<TABLE name='t'><DESCRIPTION>of things</DESCRIPTION><GROUP><FIELDref "
                "ref='x'/></GROUP>"
                "<FIELD name='ra' datatype='double' unit=' deg' ucd='pos.eq.ra;meta.main' "
                "utype='u:t' "
                "ref='s'><DESCRIPTION> the &lt;first&gt; </DESCRIPTION><VALUES><MIN "
                "value='0'/></VALUES>"
                "<LINK href='x'/></FIELD>"
                "<FIELD ID='ID2' datatype='char' arraysize='4*'/><FIELD datatype='int'/>"
                "<FIELD name='t' datatype='double' unit='d' ref='t'/>"
                "</TABLE><TABLE/></RESOURCE></VOTABLE>"));
        check("a:int\n1\n",
              read_back("<v:VOTABLE xmlns:v='http://www.ivoa.net/xml/VOTable/v1.3'><v:RESOURCE>"
                        "<v:TABLE><v:FIELD name='a' datatype='int'/><v:DATA><v:TABLEDATA><v:TR>"
                        "<v:TD>1</v:TD></v:TR></v:TABLEDATA><v:INFO/></v:DATA></v:TABLE>"
                        "</v:RESOURCE></v:VOTABLE>"));
    }

    static void reads_values() {
        check("a:boolean\nT\n", cell("datatype='boolean'", " true "));
        check("a:boolean\nF\n", cell("datatype='boolean'", "0"));
        check("a:bit\n1\n", cell("datatype='bit'", "1"));
        check("a:unsignedByte\n255\n", cell("datatype='unsignedByte'", "255"));
        check("a:short\n-32768\n", cell("datatype='short'", "-32768"));
        check("a:short\n-1\n", cell("datatype='short'", "0xffff"));
        check("a:int\n17\n", cell("datatype='int'", "+17"));
        check("a:long\n9223372036854775807\n", cell("datatype='long'", "9223372036854775807"));
        check("a:float\n1.5\n", cell("datatype='float'", "1.5"));
        check("a:double\n-Inf\n", cell("datatype='double'", "-Inf"));
        check("a:double\n0\n", cell("datatype='double'", "1e-400"));
        check("a:double\n1e+30\n", cell("datatype='double'", "+1E30"));
        check("a:floatComplex\n1 -2\n", cell("datatype='floatComplex'", "1 -2"));
        check("a:char[*]\n x é \n", cell("datatype='char' arraysize='*'", " x é "));
        check("a:unicodeChar[4]\n日本𝄞\n", cell("datatype='unicodeChar' arraysize='4'", "日本𝄞"));
        check("a:char[*]/timestamp\n2026-11-23T10:00:00.25\n",
              cell("datatype='char' arraysize='30*' xtype='timestamp'", "2026-11-23T10:00:00.25Z"));
        check("a:char[*]/timestamp\n2026-11-23T00:00:00\n",
              cell("datatype='char' arraysize='*' xtype='adql:TIMESTAMP'", "2026-11-23"));
        check("a:double[2]/point deg\n1 2\n",
              cell("datatype='double' arraysize='2' xtype='point' unit='deg'", "1 2"));
        check("a:double[2]/point\nNULL\n",
              cell("datatype='double' arraysize='2' xtype='point'", "NaN NaN"));
        check("a:float[3]/circle\n1 2 0.5\n",
              cell("datatype='float' arraysize='3' xtype='circle'", "1 2 0.5"));
    }

    static void reads_nulls() {
        for (const auto* datatype : {"boolean", "int", "double", "unsignedByte", "bit"})
            check("NULL\n", after(cell("datatype='" + std::string(datatype) + "'", " ")));
        check("NULL\n", after(cell("datatype='double'", "NaN")));
        check("NULL\n", after(cell("datatype='boolean'", "?")));
        check("NULL\n", after(cell("datatype='char' arraysize='*'", "")));
        check("NULL\n", after(cell("datatype='int' arraysize='*'", " ")));
        const auto with_null = [](const std::string& datatype, const std::string& text) {
            return after(read_back(votable(
                "<FIELD name='a' datatype='" + datatype + "'><VALUES null='-99'/></FIELD>",
                "<TABLEDATA><TR><TD>" + text + "</TD></TR><TR><TD>1</TD></TR></TABLEDATA>")));
        };
        check("NULL\n1\n", with_null("int", "-99"));
        check("NULL\n1\n", with_null("double", "-99.0"));
        check("-98\n1\n", with_null("short", "-98"));
        check("1 NaN 2\n1\n", with_null("int' arraysize='*", "1 -99 2"));
    }

    static void reads_arrays() {
        check("a:int[*]\n1 2 3\n", cell("datatype='int' arraysize='*'", "1 2\n3"));
        check("a:int[2x3]\n1 2 3 4 5 6\n", cell("datatype='int' arraysize='2x3'", "1 2 3 4 5 6"));
        check("a:boolean[3]\nT F ?\n", cell("datatype='boolean' arraysize='3'", "T F ?"));
        check("a:bit[*]\n1 0 1 1\n", cell("datatype='bit' arraysize='*'", "10 11"));
        // Many, each of which is looked at once.
        CPPUNIT_ASSERT_EQUAL(
            std::size_t{2'000'000 + 9},
            cell("datatype='bit' arraysize='*'", std::string(1'000'000, '1')).size());
        check("a:double[*]\n1 NaN\n", cell("datatype='double' arraysize='*'", "1 NaN"));
        check("a:doubleComplex[2]\n1 2 3 4\n",
              cell("datatype='doubleComplex' arraysize='2'", "1 2 3 4"));
        check("! Row 1: column \"a\": has 2 elements, and its arraysize is \"3\".\n",
              after(cell("datatype='int' arraysize='3'", "1 2")));
        check("! Row 1: column \"a\": has 3 elements, and its arraysize is \"2*\".\n",
              after(cell("datatype='int' arraysize='2*'", "1 2 3")));
        check("! Row 1: column \"a\": has 3 elements, and its arraysize is \"2x*\".\n",
              after(cell("datatype='int' arraysize='2x*'", "1 2 3")));
    }

    static void reads_streams() {
        using namespace std::string_literals;
        check("a:int\n1\n-1\n", streamed("BINARY", "datatype='int'", "\0\0\0\1\xff\xff\xff\xff"s));
        check("a:int\nNULL\n-1\n",
              streamed("BINARY2", "datatype='int'", "\x80\0\0\0\1\0\xff\xff\xff\xff"s));
        check("a:char[*]\nab\nNULL\n",
              streamed("BINARY", "datatype='char' arraysize='*'", "\0\0\0\2ab\0\0\0\0"s));
        check("a:char[*]\nab\n\n",
              streamed("BINARY2", "datatype='char' arraysize='*'", "\0\0\0\0\2ab\0\0\0\0\0"s));
        check("a:char[3]\na\nbcd\né\n",
              streamed("BINARY", "datatype='char' arraysize='3'", "a\0\0bcd\xe9\0\0"s));
        check("a:unicodeChar[*]\né𝄞\n", streamed("BINARY", "datatype='unicodeChar' arraysize='*'",
                                                 "\0\0\0\3\0\xe9\xd8\x34\xdd\x1e"s));
        check("a:bit[10]\n1 0 1 0 1 0 1 0 1 1\n",
              streamed("BINARY", "datatype='bit' arraysize='10'", "\xaa\xc0"s));
        check("a:bit\n1\n0\n1\n", streamed("BINARY", "datatype='bit'", "\x80\0\x08"s));
        check("a:boolean[4]\nT F ? T\n",
              streamed("BINARY", "datatype='boolean' arraysize='4'", "TF?1"s));
        check("a:double[*]\n1\nNULL\n", streamed("BINARY", "datatype='double' arraysize='*'",
                                                 "\0\0\0\1\x3f\xf0\0\0\0\0\0\0\0\0\0\0"s));
        check("a:float\n1\nNULL\n",
              streamed("BINARY", "datatype='float'", "\x3f\x80\0\0\x7f\xc0\0\0"s));
        check("a:floatComplex\n1 2\n",
              streamed("BINARY", "datatype='floatComplex'", "\x3f\x80\0\0\x40\0\0\0"s));
        check("a:unsignedByte[*]\n0 255\n",
              streamed("BINARY2", "datatype='unsignedByte' arraysize='*'", "\0\0\0\0\2\0\xff"s));
        check("! Row 1: column \"a\": the STREAM ends before it.\n",
              after(streamed("BINARY", "datatype='int'", "\0\0\0"s)));
        check("! Row 1: column \"a\": its length is -1.\n",
              after(streamed("BINARY", "datatype='int' arraysize='*'", "\xff\xff\xff\xff"s)));
        check("! Row 1: column \"a\": has 8589934588 bytes; a value may have 10000000.\n",
              after(streamed("BINARY", "datatype='int' arraysize='*'", "\x7f\xff\xff\xff"s)));
        // Small on the stream, large on PostgreSQL's wire.
        check("! Row 1: column \"a\": has 70000000 elements; a value may have 6000000.\n",
              after(streamed("BINARY2", "datatype='bit' arraysize='*'",
                             "\0\x04\x2c\x1d\x80"s + std::string(8'750'000, '\xff'))));
        check("a:int\n", streamed("BINARY", "datatype='int'", ""));
    }

    static void says_what_is_wrong() {
        check("! Row 1: column \"a\": \"abc\" is no value of datatype int.\n",
              after(cell("datatype='int'", "abc")));
        check("! Row 1: column \"a\": \"256\" is no value of datatype unsignedByte.\n",
              after(cell("datatype='unsignedByte'", "256")));
        check("! Row 1: column \"a\": \"1e400\" is no value of datatype double.\n",
              after(cell("datatype='double'", "1e400")));
        check(
            "! Row 1: column \"a\": \"yesterday\" is no timestamp such as 2026-11-23T10:08:32.5, "
            "which its xtype asks for.\n",
            after(cell("datatype='char' arraysize='*' xtype='timestamp'", "yesterday")));
        for (const auto& [xml, words] : std::vector<std::pair<std::string, std::string>>{
                 {"<html/>", "The document is no VOTable: it begins with <html>"},
                 {"<VOTABLE/>", "The VOTable has no TABLE in it."},
                 {"<VOTABLE><RESOURCE><TABLE/></RESOURCE></VOTABLE>", "has no FIELD"},
                 {"<VOTABLE><RESOURCE><INFO name='QUERY_STATUS' value='ERROR'>no such "
                  "table</INFO></RESOURCE></VOTABLE>",
                  "an error of the service it came from: no such table"},
                 {votable("<FIELD name='a' datatype='text'/>", ""),
                  "is none of VOTable's: boolean"},
                 {votable("<FIELD name='a' datatype='int' arraysize='x'/>", ""), "is not like"},
                 {votable("<FIELD name='a' datatype='int' arraysize='99999x99999'/>", ""),
                  "is not like"},
                 {votable("<FIELD name='a' datatype='int'/>",
                          "<BINARY><STREAM href='http://x/y'/></BINARY>"),
                  "It is not fetched"},
                 {votable("<FIELD name='a' datatype='int'/>", "<PARQUET/>"), "<PARQUET> in DATA"},
                 {votable("<FIELD name='a' datatype='int'/>",
                          "<BINARY><STREAM encoding='base64'>AAA!</STREAM></BINARY>"),
                  "not in base64"},
                 {votable("<FIELD name='a' datatype='int'/>",
                          "<TABLEDATA><TR><TD>1</TD><TD>2</TD></TR></TABLEDATA>"),
                  "Row 1: more values than the 1 FIELDs."},
                 {votable("<FIELD name='a' datatype='int'/>", "<TABLEDATA><TR/></TABLEDATA>"),
                  "Row 1: 0 values"},
                 {votable("<FIELD name='a' datatype='int'/>", "<TABLEDATA><TD>1</TD></TABLEDATA>"),
                  "<TD> where a TR has to be."},
                 {votable("<FIELD name='a' datatype='int'/>",
                          "<FITS><STREAM encoding='base64'>AAAA</STREAM></FITS>"),
                  "FITS"}}) {
            const auto told = read_back(xml);
            CPPUNIT_ASSERT_MESSAGE(xml + "\n" + told, told.find(words) != std::string::npos);
        }
    }

    static void has_limits() {
        vo::table::ReadLimits limits;
        limits.max_rows = 2;
        limits.max_columns = 2;
        limits.max_cell_bytes = 8;
        limits.max_row_bytes = 12;
        const std::string fields(
            "<FIELD name='a' datatype='char' arraysize='*'/>"
            "<FIELD name='b' datatype='char' arraysize='*'/>");
        const auto told = [&](const std::string& rows) {
            return after(read_back(votable(fields, "<TABLEDATA>" + rows + "</TABLEDATA>"), limits),
                         2);
        };
        const std::string row("<TR><TD>a</TD><TD>b</TD></TR>");
        check("a|b\na|b\n", told(row + row));
        check("a|b\na|b\n! The table has more than 2 rows, which is the most that is taken.\n",
              told(row + row + row));
        check("! Row 1: column \"a\": a value may have 8 bytes.\n",
              told("<TR><TD>123456789</TD><TD>b</TD></TR>"));
        check("! Row 1: a row may have 12 bytes.\n",
              told("<TR><TD>12345678</TD><TD>12345678</TD></TR>"));
        check("! The table has more than 2 columns, which is the most that is taken.\n",
              read_back(votable(fields + fields, ""), limits));
        // What is held while rows come is bounded, wherever it stands.
        const std::string long_name(1'000'000, 'x');
        std::string systems;
        std::string columns;
        for (int i = 0; i < 5; ++i) {
            systems += "<COOSYS ID='" + long_name + std::to_string(i) + "' system='ICRS'/>";
            columns += "<FIELD name='" + long_name + std::to_string(i) + "' datatype='int'/>";
        }
        for (const auto& header : {systems, columns}) {
            const auto held = read_back(votable(header, ""));
            CPPUNIT_ASSERT_EQUAL(std::string("! The header of the VOTable has more than 4000000 "
                                             "bytes of names and descriptions.\n"),
                                 held.substr(0, 200));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(VotableReaderTest);

}  // namespace
