// SPDX-License-Identifier: Apache-2.0
// Tests of the VOSI documents and of look-up in the catalogue.
#include "schema/vosi.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::schema::Catalog;
using vo::schema::Name;

Catalog make_catalog() {
    Catalog catalog;
    catalog.schemas.push_back({"ivoa", "", "ObsCore & more", {0, 1}});
    vo::schema::Table table;
    table.name = "ivoa.obscore";
    table.schema_name = "ivoa";
    table.base_name = "obscore";
    table.type = "table";
    vo::schema::Column ra;
    ra.name = "s_ra";
    ra.type = vo::table::Type::Double;
    ra.unit = "deg";
    ra.indexed = true;
    ra.std = true;
    vo::schema::Column size;
    size.name = "size";
    size.delimited = true;
    size.arraysize = "*";
    table.columns = {ra, size};
    vo::schema::Table odd = table;
    odd.name = "ivoa.\"Odd Name\"";
    odd.base_name = "Odd Name";
    odd.delimited = true;
    catalog.tables = {table, odd};
    catalog.keys.push_back({"k1", "ivoa.obscore", "dl3.observations", "", "", {{"obs", "obs"}}});
    catalog.index_tables();
    return catalog;
}

class VosiTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(VosiTest);
    CPPUNIT_TEST(names_follow_adql);
    CPPUNIT_TEST(tables_document);
    CPPUNIT_TEST(capabilities_document);
    CPPUNIT_TEST(availability_document);
    CPPUNIT_TEST_SUITE_END();

    void names_follow_adql() {
        const auto catalog = make_catalog();
        CPPUNIT_ASSERT(catalog.find_table(Name{"IVOA", false}, Name{"ObsCore", false}) != nullptr);
        CPPUNIT_ASSERT(catalog.find_table(std::nullopt, Name{"OBSCORE", false}) != nullptr);
        CPPUNIT_ASSERT(catalog.find_table(std::nullopt, Name{"obscore", true}) != nullptr);
        CPPUNIT_ASSERT(catalog.find_table(std::nullopt, Name{"ObsCore", true}) == nullptr);
        CPPUNIT_ASSERT(catalog.find_table(std::nullopt, Name{"Odd Name", true}) != nullptr);
        CPPUNIT_ASSERT(catalog.find_table(std::nullopt, Name{"odd name", true}) == nullptr);
        CPPUNIT_ASSERT(catalog.find_table("IVOA.OBSCORE") != nullptr);
        CPPUNIT_ASSERT(catalog.find_table("ivoa.\"Odd Name\"") != nullptr);
        CPPUNIT_ASSERT(catalog.tables[0].find_column({"size", false}) == nullptr);
        CPPUNIT_ASSERT(catalog.tables[0].find_column({"size", true}) != nullptr);
        CPPUNIT_ASSERT(catalog.tables[0].find_column({"S_RA", false}) != nullptr);
    }

    void tables_document() {
        const auto catalog = make_catalog();
        std::string all;
        vo::StringSink sink(all);
        vo::schema::write_tableset(sink, catalog, true);
        for (const auto* part :
             {"<name>&quot;size&quot;</name>", "<targetTable>dl3.observations</targetTable>",
              "<flag>indexed</flag>", "<column std=\"true\">", "ObsCore &amp; more",
              "<dataType xsi:type=\"vs:VOTableType\" arraysize=\"*\">char</dataType>"})
            CPPUNIT_ASSERT_MESSAGE(part, all.find(part) != std::string::npos);
        std::string names;
        vo::StringSink names_sink(names);
        vo::schema::write_tableset(names_sink, catalog, false);
        CPPUNIT_ASSERT(names.find("<name>ivoa.obscore</name>") != std::string::npos);
        CPPUNIT_ASSERT(names.find("<column") == std::string::npos);
        CPPUNIT_ASSERT(names.find("<foreignKey") == std::string::npos);
    }

    void capabilities_document() {
        vo::schema::ServiceDescription service;
        service.base_url = "https://obs.example.org/vo";
        service.limits = {
            {.mode = "sync", .seconds_default = 60, .seconds_hard = 60, .maxrec_default = 5, .maxrec_hard = 7},
            {.mode = "async", .maxrec_default = 50, .maxrec_hard = 70, .keep_default_s = 3, .keep_hard_s = 4}};
        service.features = {{"t1", "AREA", ""}, {"t1", "BOX", "a box"}, {"t2", "UPPER", ""}};
        std::string out;
        vo::StringSink sink(out);
        vo::schema::write_capabilities(sink, service);
        for (const auto* part :
             {"<accessURL use=\"base\">https://obs.example.org/vo/tap</accessURL>",
              "<accessURL use=\"full\">https://obs.example.org/vo/tap/tables</accessURL>",
              "<hard unit=\"row\">7</hard>", "<hard unit=\"row\">70</hard>",
              "<executionDuration forMode=\"sync\">", "<outputLimit forMode=\"async\">",
              "<retentionPeriod forMode=\"async\">", "<languageFeatures type=\"t2\">",
              "<mime>text/csv;header=present</mime>", "<alias>votable/b2</alias>"})
            CPPUNIT_ASSERT_MESSAGE(part, out.find(part) != std::string::npos);
        CPPUNIT_ASSERT(out.find("<dataModel") == std::string::npos);
        CPPUNIT_ASSERT(out.find("<retentionPeriod forMode=\"sync\">") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(out.find("type=\"t1\""), out.rfind("type=\"t1\""));
    }

    void availability_document() {
        std::string out;
        vo::StringSink sink(out);
        vo::schema::write_availability(sink,
                                       {false, "2026-01-01T00:00:00.000Z", {"database: away"}});
        CPPUNIT_ASSERT(out.find("<vosi:available>false</vosi:available>") != std::string::npos);
        CPPUNIT_ASSERT(out.find("<vosi:note>database: away</vosi:note>") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(VosiTest);

}  // namespace
