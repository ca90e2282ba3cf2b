// SPDX-License-Identifier: Apache-2.0
// Tests of the output formats: choice, golden files byte by byte, outcomes, error documents.
// VOGATE_UPDATE_GOLDEN=1 writes the golden files anew; read their diff before committing it.
#include "table/format.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"
#include "sample_table.h"
#include "table/error_doc.h"

namespace {

using vo::table::choose_format;
using vo::table::Outcome;
using vo::table::Status;

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

std::string written(std::string_view format, const Outcome& outcome) {
    std::string out;
    vo::StringSink sink(out);
    const auto writer = choose_format(format).format->open(sink, vo::test::make_sample_table());
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
    CPPUNIT_TEST(text_tables_refuse_to_hide_a_failure);
    CPPUNIT_TEST(error_documents);
    CPPUNIT_TEST_SUITE_END();

    void golden_files() {
        check_golden("votable", "binary2.vot");
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
                            "votable, votable/td, csv, tsv and their media types"),
                std::string(error.what()));
        }
    }

    void text_tables_refuse_to_hide_a_failure() {
        CPPUNIT_ASSERT_THROW(written("csv", {Status::Failed, "gone"}), vo::Error);
        CPPUNIT_ASSERT_THROW(written("tsv", {Status::Failed, "gone"}), vo::Error);
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
        const auto unknown = vo::table::make_error_document(error, "klingon");
        CPPUNIT_ASSERT_EQUAL(std::string("application/x-votable+xml"), unknown.content_type);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FormatTest);

}  // namespace
