// SPDX-License-Identifier: Apache-2.0
// Tests of the output formats: choice, golden files byte by byte, outcomes, error documents.
// VOGATE_UPDATE_GOLDEN=1 writes the golden files anew; read their diff before committing it.
#include "table/format.h"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include <cppunit/extensions/HelperMacros.h>

#include "base/bytes.h"
#include "base/error.h"
#include "sample_table.h"
#include "table/error_doc.h"

namespace {

using vo::table::choose_format;
using vo::table::Outcome;
using vo::table::Status;
using vo::table::Type;

std::string source_dir() {
    const char* dir = std::getenv("VOGATE_SRCDIR");
    return dir == nullptr ? "." : dir;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// A table of one column and one row.
std::string written(std::string_view format, const vo::table::Column& column, vo::Cell cell) {
    std::string out;
    vo::StringSink sink(out);
    const auto writer = choose_format(format).format->open(sink, {.columns = {column}}, {});
    writer->row(vo::Row(&cell, 1));
    writer->end({});
    return out;
}

vo::Cell make_cell(const std::string& bytes) {
    return {bytes.data(), static_cast<std::int32_t>(bytes.size())};
}

// An int4[] of these dimensions that counts from 0.
std::string make_array(const std::vector<std::int32_t>& dimensions) {
    std::string bytes;
    for (const std::int32_t word : {static_cast<std::int32_t>(dimensions.size()), 0, 23})
        vo::append_big(bytes, word);
    std::int32_t count = 1;
    for (const auto dimension : dimensions) {
        vo::append_big(bytes, dimension);
        vo::append_big(bytes, std::int32_t{1});
        count *= dimension;
    }
    for (std::int32_t i = 0; i < count; ++i) {
        vo::append_big(bytes, std::int32_t{4});
        vo::append_big(bytes, i);
    }
    return bytes;
}

std::string written(std::string_view format, const Outcome& outcome) {
    std::string out;
    vo::StringSink sink(out);
    const auto writer = choose_format(format).format->open(sink, vo::test::make_sample_table(), {});
    for (const auto& row : vo::test::make_sample_rows()) {
        const auto cells = row.cells();
        writer->row(vo::Row(cells));
    }
    writer->end(outcome);
    return out;
}

void check_golden(std::string_view format, const std::string& file, const Outcome& outcome = {}) {
    const auto path = source_dir() + "/tests/table/golden/" + file;
    const auto found = written(format, outcome);
    if (std::getenv("VOGATE_UPDATE_GOLDEN") != nullptr)
        std::ofstream(path, std::ios::binary) << found;
    CPPUNIT_ASSERT_EQUAL(read_file(path), found);
}

class FormatTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FormatTest);
    CPPUNIT_TEST(golden_files);
    CPPUNIT_TEST(media_type_comes_back_as_asked);
    CPPUNIT_TEST(unknown_format_names_the_known);
    CPPUNIT_TEST(accept_header);
    CPPUNIT_TEST(fits_is_whole_blocks);
    CPPUNIT_TEST(no_element_of_an_array_is_lost);
    CPPUNIT_TEST(matrices_have_all_their_elements);
    CPPUNIT_TEST(timestamps_that_have_no_form_are_null);
    CPPUNIT_TEST(no_row_of_a_csv_is_an_empty_line);
    CPPUNIT_TEST(plain_text_moves_no_cursor);
    CPPUNIT_TEST(charset_is_no_other_format);
    CPPUNIT_TEST(scratch_has_a_limit);
    CPPUNIT_TEST(text_tables_refuse_to_hide_a_failure);
    CPPUNIT_TEST(error_documents);
    CPPUNIT_TEST_SUITE_END();

    void golden_files() {
        check_golden("votable", "binary2.vot");
        check_golden("votable/b", "binary.vot");
        check_golden("html", "table.html");
        check_golden("html", "failed.html", {Status::Failed, "the database <left>"});
        check_golden("json", "table.json", {Status::Overflow, "more rows"});
        check_golden("text", "table.txt", {Status::Overflow, "more rows"});
        check_golden("votable/td", "tabledata.vot");
        check_golden("votable/td", "overflow.vot", {Status::Overflow, "more rows"});
        check_golden("votable", "failed.vot", {Status::Failed, "the database <left>"});
        check_golden("csv", "table.csv");
        check_golden("tsv", "table.tsv");
    }

    void media_type_comes_back_as_asked() {
        const auto type = [](std::string_view wanted) {
            return choose_format(wanted).content_type;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml"), type(""));
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml"), type("VOTable"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/xml"), type("text/xml"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/csv;header=present"), type("csv"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/csv"), type("text/csv"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml;serialization=TABLEDATA"),
                             type("application/x-votable xml; serialization=tabledata"));
        CPPUNIT_ASSERT(choose_format("text/xml").format != choose_format("votable").format);
    }

    void unknown_format_names_the_known() {
        try {
            (void)choose_format("klingon");
            CPPUNIT_FAIL("accepted");
        } catch (const vo::Error& error) {
            CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest);
            CPPUNIT_ASSERT_EQUAL(
                std::string("unknown RESPONSEFORMAT \"klingon\"; this service writes "
                            "votable, votable/td, votable/b, fits, csv, tsv, json, html, text and "
                            "their media types"),
                std::string(error.what()));
        }
    }

    // What clients really send.
    void accept_header() {
        const auto type = [](std::string_view accept) {
            return vo::table::negotiate(accept).content_type;
        };
        const std::string votable = "application/x-votable+xml";
        CPPUNIT_ASSERT_EQUAL(votable, type(""));
        CPPUNIT_ASSERT_EQUAL(votable, type("*/*"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/html"),
                             type("text/html,application/xhtml+xml,application/xml;q=0.9,"
                                  "image/avif,image/webp,*/*;q=0.8"));
        // Java's HttpURLConnection, thus STILTS and TOPCAT.
        CPPUNIT_ASSERT_EQUAL(votable, type("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"),
                             type("text/csv;q=0.5, application/json"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml;serialization=TABLEDATA"),
                             type("application/x-votable+xml; serialization=TABLEDATA; q=0.7"));
        CPPUNIT_ASSERT_EQUAL(votable, type("text/csv;q=nan, text/html;q=-1"));
        CPPUNIT_ASSERT_EQUAL(votable, type("image/png"));
        CPPUNIT_ASSERT_EQUAL(votable, type("csv, text/csv;q=0, ;;q=,,"));
    }

    void fits_is_whole_blocks() {
        const auto file = written("fits", {Status::Overflow, "more rows"});
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, file.size() % 2880);
        CPPUNIT_ASSERT(file.starts_with("SIMPLE  =                    T"));
        CPPUNIT_ASSERT(file.find("VOTMETA =                    T") == 4 * 80);
        CPPUNIT_ASSERT(
            file.find("<INFO name=\"QUERY_STATUS\" value=\"OVERFLOW\">more rows</INFO>") !=
            std::string::npos);
        CPPUNIT_ASSERT(file.find("NAXIS2  =                    3") != std::string::npos);
        CPPUNIT_ASSERT(file.find("TNULL2  =               -32768") != std::string::npos);
    }

    // A column that is declared shorter than what is in it, a matrix: refused in every format that
    // would have to leave something out, by the one who can put it right.
    void no_element_of_an_array_is_lost() {
        const auto write = [](std::string_view format, const std::string& arraysize,
                              const std::vector<std::int32_t>& dimensions) {
            return written(format, {.name = "a", .type = Type::IntArray, .arraysize = arraysize},
                           make_cell(make_array(dimensions)));
        };
        for (const auto* format : {"votable", "votable/b", "votable/td", "fits"}) {
            CPPUNIT_ASSERT_NO_THROW(write(format, "4", {4}));
            CPPUNIT_ASSERT_NO_THROW(write(format, "4*", {5}));
            CPPUNIT_ASSERT_THROW(write(format, "4", {5}), vo::Error);
        }
        for (const auto& format : vo::table::formats())
            CPPUNIT_ASSERT_THROW(write(format.key, "*", {2, 2}), vo::Error);
        CPPUNIT_ASSERT(write("votable/td", "4", {3}).find("<TD>0 1 2 -2147483648</TD>") !=
                       std::string::npos);
    }

    // A flat array in a column that is published as 2x3: six elements, without a count before them.
    void matrices_have_all_their_elements() {
        const auto bytes = make_array({6});
        const vo::table::Column column{.name = "m", .type = Type::IntArray, .arraysize = "2x3"};
        const auto numbers = bytes.substr(20);
        std::string expected;
        for (int i = 0; i < 6; ++i)
            expected += numbers.substr(static_cast<std::size_t>(i) * 8 + 4, 4);
        std::string base64;
        vo::Base64 encoder;
        encoder.encode(expected, base64);
        encoder.finish(base64);
        const auto found = written("votable/b", column, make_cell(bytes));
        CPPUNIT_ASSERT(found.find('>' + std::string("\n") + base64) != std::string::npos);
        CPPUNIT_ASSERT(written("fits", column, make_cell(bytes)).find("'6J ") != std::string::npos);
        const auto any =
            written("votable/b", {.name = "m", .type = Type::IntArray, .arraysize = "2x*"},
                    make_cell(bytes));
        CPPUNIT_ASSERT(any.find("\nAAAABgAAAA") != std::string::npos);
    }

    // DALI 1.1 §3.3.3 has four digits for the year.
    void timestamps_that_have_no_form_are_null() {
        const vo::table::Column column{.name = "t", .type = Type::Timestamp};
        const auto json = [&](std::int64_t since_2000) {
            std::string bytes;
            vo::append_big(bytes, since_2000);
            const auto text = written("json", column, make_cell(bytes));
            const auto start = text.find("\n[") + 2;
            return text.substr(start, text.find(']', start) - start);
        };
        constexpr std::int64_t kYear1 = -63'082'281'600'000'000;
        constexpr std::int64_t kYear10000 = 252'455'616'000'000'000;
        CPPUNIT_ASSERT_EQUAL(std::string("\"0001-01-01T00:00:00\""), json(kYear1));
        CPPUNIT_ASSERT_EQUAL(std::string("\"9999-12-31T23:59:59.999999\""), json(kYear10000 - 1));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), json(kYear1 - 1));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), json(kYear10000));
        // The last that PostgreSQL has, and its infinities.
        CPPUNIT_ASSERT_EQUAL(std::string("null"), json(9'223'371'331'199'999'999));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), json(std::numeric_limits<std::int64_t>::max()));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), json(std::numeric_limits<std::int64_t>::min()));
    }

    // Readers skip those: a null that is alone in its row would take the row with it.
    void no_row_of_a_csv_is_an_empty_line() {
        CPPUNIT_ASSERT_EQUAL(std::string("n\r\n\"\"\r\n"),
                             written("csv", {.name = "n", .type = Type::Int}, {}));
        CPPUNIT_ASSERT_EQUAL(std::string("n\r\n\"\"\r\n"), written("csv", {.name = "n"}, {}));
    }

    // A terminal obeys control characters, wherever they stand in the database.
    void plain_text_moves_no_cursor() {
        const std::string text =
            "a\x1b[2Jb\x7f\xc2\x9b"
            "1mc\xc3\xa9";
        CPPUNIT_ASSERT_EQUAL(std::string("x y\n------------\na [2Jb  1mc\xc3\xa9\n\n1 row\n"),
                             written("text", {.name = "x\x1by"}, make_cell(text)));
    }

    void charset_is_no_other_format() {
        CPPUNIT_ASSERT_EQUAL(std::string("text/csv"),
                             choose_format("text/csv; charset=\"UTF-8\"").content_type);
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"),
                             vo::table::negotiate("application/json; charset=utf-8").content_type);
        CPPUNIT_ASSERT_THROW(choose_format("text/csv;charset=latin1"), vo::Error);
        // A browser would take text without it for Latin.
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain;charset=utf-8"),
                             choose_format("text").content_type);
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain"), choose_format("text/plain").content_type);
    }

    void scratch_has_a_limit() {
        std::string out;
        vo::StringSink sink(out);
        const auto writer = choose_format("fits").format->open(
            sink, vo::test::make_sample_table(), {.folder = "/nonexistent", .max_bytes = 300});
        const auto row = vo::test::make_sample_rows()[0];
        const auto cells = row.cells();
        try {
            for (int i = 0; i < 5000; ++i)
                writer->row(vo::Row(cells));
            CPPUNIT_FAIL("no limit");
        } catch (const vo::Error& error) {
            CPPUNIT_ASSERT(error.code() == vo::Code::BadRequest);
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), out);
    }

    void text_tables_refuse_to_hide_a_failure() {
        CPPUNIT_ASSERT_THROW(written("csv", {Status::Failed, "gone"}), vo::Error);
        CPPUNIT_ASSERT_THROW(written("tsv", {Status::Failed, "gone"}), vo::Error);
        CPPUNIT_ASSERT_THROW(written("json", {Status::Failed, "gone"}), vo::Error);
        CPPUNIT_ASSERT_THROW(written("fits", {Status::Failed, "gone"}), vo::Error);
    }

    void error_documents() {
        const vo::Error error(vo::Code::BadQuery, "expected <FROM>", {2, 5});
        const auto votable = vo::table::make_error_document(error, "text/xml");
        CPPUNIT_ASSERT_EQUAL(std::string("text/xml"), votable.content_type);
        CPPUNIT_ASSERT(
            votable.body.find("<INFO name=\"QUERY_STATUS\" value=\"ERROR\">line 2, column 5: "
                              "expected &lt;FROM&gt;</INFO>") != std::string::npos);
        const auto text = vo::table::make_error_document(error, "csv");
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain; charset=utf-8"), text.content_type);
        const auto json = vo::table::make_error_document(error, "json");
        CPPUNIT_ASSERT_EQUAL(std::string("{\"query_status\":\"ERROR\",\"message\":\"line 2, column "
                                         "5: expected <FROM>\"}\n"),
                             json.body);
        const auto page = vo::table::make_error_document(error, "html");
        CPPUNIT_ASSERT(page.body.starts_with("<!DOCTYPE html>"));
        CPPUNIT_ASSERT(page.body.find("expected &lt;FROM&gt;") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml"),
                             vo::table::make_error_document(error, "fits").content_type);
        const auto unknown = vo::table::make_error_document(error, "klingon");
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml"), unknown.content_type);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FormatTest);

}  // namespace
