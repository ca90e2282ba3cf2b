// SPDX-License-Identifier: Apache-2.0
// Runs tests/adql/cases/*.txt. A case is a query, lines beginning with "> ", and what becomes of
// it:
//     = SQL       the whole SQL
//     ! words     the error, which must hold these words; a line:column goes first
//     : columns   name, datatype, arraysize, xtype, unit, ucd of each column, separated by " | "
//     ~ texts     description and utype of each column, likewise
//     ? warnings  likewise
// An empty line ends the case; a line with # is a comment.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include <cppunit/extensions/HelperMacros.h>

#include "adql/adql.h"
#include "base/error.h"
#include "base/text.h"
#include "sample_catalog.h"

namespace {

struct Case {
    std::string where;
    std::string query;
    std::string sql;
    std::string error;
    std::string columns;
    std::string texts;
    std::string warnings;
};

std::filesystem::path cases_dir() {
    const char* dir = std::getenv("VOGATE_SRCDIR");
    return std::filesystem::path(dir == nullptr ? "." : dir) / "tests/adql/cases";
}

std::vector<Case> read_cases(const std::filesystem::path& path) {
    std::vector<Case> cases;
    std::ifstream file(path);
    Case current;
    int number = 0;
    const auto finish = [&] {
        if (!current.query.empty()) cases.push_back(current);
        current = {};
    };
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.starts_with('#')) continue;
        if (line.empty()) {
            finish();
            continue;
        }
        const auto rest = line.size() > 2 ? line.substr(2) : std::string{};
        if (current.query.empty())
            current.where = path.filename().string() + ':' + std::to_string(number);
        switch (line[0]) {
            case '>': current.query += (current.query.empty() ? "" : "\n") + rest; break;
            case '=': current.sql = rest; break;
            case '!': current.error = rest; break;
            case ':': current.columns = rest; break;
            case '~': current.texts = rest; break;
            case '?': current.warnings = rest; break;
            default: CPPUNIT_FAIL(path.string() + ':' + std::to_string(number) + ": bad line");
        }
    }
    finish();
    return cases;
}

std::string describe(const std::vector<vo::table::Column>& columns) {
    std::string text;
    for (const auto& column : columns) {
        if (!text.empty()) text += " | ";
        text += column.name + ' ' + std::string(vo::table::datatype(column.type));
        for (const auto* part : {&column.arraysize, &column.xtype, &column.unit, &column.ucd})
            text += ' ' + (part->empty() ? std::string("-") : *part);
    }
    return text;
}

std::string describe_texts(const std::vector<vo::table::Column>& columns) {
    std::string text;
    for (const auto& column : columns)
        text += (text.empty() ? "" : " | ") +
                (column.description.empty() ? std::string("-") : column.description) + ", " +
                (column.utype.empty() ? std::string("-") : column.utype);
    return text;
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " | ") + word;
    return text;
}

void run_case(const Case& test) {
    try {
        const auto translation = vo::adql::translate(test.query, vo::test::sample_catalog());
        CPPUNIT_ASSERT_MESSAGE(test.where + ": accepted, but should be: " + test.error,
                               test.error.empty());
        if (!test.sql.empty()) CPPUNIT_ASSERT_EQUAL_MESSAGE(test.where, test.sql, translation.sql);
        if (!test.columns.empty())
            CPPUNIT_ASSERT_EQUAL_MESSAGE(test.where, test.columns, describe(translation.columns));
        if (!test.texts.empty())
            CPPUNIT_ASSERT_EQUAL_MESSAGE(test.where, test.texts,
                                         describe_texts(translation.columns));
        // Nobody is warned without a reason.
        CPPUNIT_ASSERT_EQUAL_MESSAGE(test.where, test.warnings, join(translation.warnings));
    } catch (const vo::Error& error) {
        const std::string words = error.what();
        CPPUNIT_ASSERT_MESSAGE(test.where + ": " + words, !test.error.empty());
        CPPUNIT_ASSERT_MESSAGE(test.where + ": " + words + " instead of " + test.error,
                               words.find(test.error) != std::string::npos);
    }
}

class CasesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CasesTest);
    CPPUNIT_TEST(all_cases);
    CPPUNIT_TEST(hostile_depth_is_refused);
    CPPUNIT_TEST(long_chains_are_linear);
    CPPUNIT_TEST(messages_are_utf8);
    CPPUNIT_TEST(tables_are_told_once);
    CPPUNIT_TEST(top_is_left_to_the_caller);
    CPPUNIT_TEST_SUITE_END();

    void all_cases() {
        int count = 0;
        std::string failures;
        for (const auto& entry : std::filesystem::directory_iterator(cases_dir())) {
            if (entry.path().extension() != ".txt") continue;
            for (const auto& test : read_cases(entry.path())) {
                try {
                    run_case(test);
                } catch (const CppUnit::Exception& failure) {
                    failures += '\n' + failure.message().details();
                }
                ++count;
            }
        }
        CPPUNIT_ASSERT_MESSAGE(failures, failures.empty());
        CPPUNIT_ASSERT_MESSAGE("the cases were found", count > 100);
    }

    static std::string repeat(std::string_view text, int times) {
        std::string out;
        for (int i = 0; i < times; ++i)
            out += text;
        return out;
    }

    static void refuse_for(const std::string& query, std::string_view words) {
        try {
            (void)vo::adql::translate(query, vo::test::sample_catalog());
            CPPUNIT_FAIL("accepted: " + query.substr(0, 80));
        } catch (const vo::Error& error) {
            CPPUNIT_ASSERT_MESSAGE(
                error.what(), std::string_view(error.what()).find(words) != std::string_view::npos);
        }
    }

    void hostile_depth_is_refused() {
        constexpr int kMany = 30'000;
        constexpr std::string_view kDeep = "nested too deeply";
        const std::string select = "SELECT ra FROM dl3.events WHERE ";
        refuse_for("SELECT " + repeat("(", kMany) + "1" + repeat(")", kMany) + " FROM dl3.events",
                   kDeep);
        refuse_for(select + repeat("NOT (", kMany) + "ra = 1" + repeat(")", kMany), kDeep);
        refuse_for("SELECT " + repeat("-(", kMany) + "1" + repeat(")", kMany) + " FROM dl3.events",
                   kDeep);
        refuse_for(
            "SELECT " + repeat("ABS(", kMany) + "1" + repeat(")", kMany) + " FROM dl3.events",
            kDeep);
        refuse_for(repeat("(", kMany) + "SELECT 1 FROM dl3.events" + repeat(")", kMany), kDeep);
        refuse_for("SELECT 1 FROM " + repeat("(", kMany) + "dl3.events" + repeat(")", kMany),
                   kDeep);
        refuse_for(select + repeat("ra IN (SELECT ra FROM dl3.events WHERE ", 5'000) + "1=1" +
                       repeat(")", 5'000),
                   kDeep);
        refuse_for("SELECT " + repeat("(", 100'000) + "1", "too long");
        // Each level writes its argument twice.
        std::string nested = "1";
        for (int i = 0; i < 40; ++i)
            nested = "CONTAINS(POINT(" + nested + ", 1), s_region)";
        refuse_for("SELECT " + nested + " FROM ivoa.obscore", "too complex");
        // Each SELECT * would copy what stars made before it.
        std::string with = "WITH w0 AS (SELECT " + repeat("*, ", 200) + "* FROM dl3.events)";
        for (int i = 1; i < 100; ++i)
            with += ", w" + std::to_string(i) + " AS (SELECT * FROM w0)";
        refuse_for(with + " SELECT * FROM w0", "columns together");
    }

    // A message that cuts what it shows must not cut a character in two.
    void messages_are_utf8() {
        for (const int lead : {0, 1})
            for (const std::string& query :
                 {"SELECT -'" + std::string(lead, 'x') + repeat("é", 60) + "' FROM dl3.events",
                  "SELECT REGION('Circle " + std::string(lead, 'x') + repeat("é", 60) +
                      "') FROM dl3.events"})
                try {
                    (void)vo::adql::translate(query, vo::test::sample_catalog());
                    CPPUNIT_FAIL("accepted: " + query);
                } catch (const vo::Error& error) {
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(query, std::string::npos,
                                                 vo::find_bad_utf8(error.what()));
                }
    }

    // Either done in linear time, or refused where PostgreSQL would run out of stack.
    void long_chains_are_linear() {
        constexpr int kMany = 15'000;
        const auto& catalog = vo::test::sample_catalog();
        const std::string select = "SELECT ra FROM dl3.events WHERE ";
        const auto many = [&](const std::string& query) {
            return vo::adql::translate(query, catalog).sql.size();
        };
        CPPUNIT_ASSERT(many("SELECT 1" + repeat(" + 1", 1'000) + " FROM dl3.events") > 4'000);
        CPPUNIT_ASSERT(many(select + "ra = 1" + repeat(" OR ra = 1", kMany)) > 10 * kMany);
        CPPUNIT_ASSERT(many(select + "ra IN (1" + repeat(", 1", kMany) + ")") > 3 * kMany);
        constexpr std::string_view kLong = "operators one after the other";
        refuse_for("SELECT 1" + repeat(" + 1", kMany) + " FROM dl3.events", kLong);
        refuse_for("SELECT 'a'" + repeat(" || 'a'", kMany) + " FROM dl3.events", kLong);
        std::string derived = "dl3.events";
        for (int i = 0; i < 20; ++i)
            derived = "(SELECT ra" + repeat(" + 1", 100) + " AS ra FROM " + derived + ") AS q";
        refuse_for("SELECT ra FROM " + derived, kLong);
    }

    void top_is_left_to_the_caller() {
        const auto& catalog = vo::test::sample_catalog();
        const auto top = [&](std::string_view query) {
            const auto translation = vo::adql::translate(query, catalog);
            CPPUNIT_ASSERT(translation.sql.find("LIMIT") == std::string::npos);
            return translation.top;
        };
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, top("SELECT TOP 5 ra FROM dl3.events"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, top("SELECT TOP 0 ra FROM dl3.events"));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{-1}, top("SELECT ra FROM dl3.events"));
        CPPUNIT_ASSERT_EQUAL(std::numeric_limits<std::int64_t>::max(),
                             top("SELECT TOP 99999999999999999999 ra FROM dl3.events"));
    }

    void tables_are_told_once() {
        const auto translation = vo::adql::translate(
            "SELECT a.ra FROM dl3.events AS a, DL3.events AS b WHERE a.obs IN (SELECT obs FROM "
            "obscore)",
            vo::test::sample_catalog());
        const std::vector<std::string> expected{"dl3.events", "ivoa.obscore"};
        CPPUNIT_ASSERT(expected == translation.tables);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CasesTest);

}  // namespace
