// SPDX-License-Identifier: Apache-2.0
// The table of functions: look-up, and that what it announces works.
#include "adql/functions.h"

#include <set>
#include <string>

#include <cppunit/extensions/HelperMacros.h>

#include "adql/adql.h"
#include "base/text.h"
#include "sample_catalog.h"

namespace {

class FunctionsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FunctionsTest);
    CPPUNIT_TEST(names_fold);
    CPPUNIT_TEST(features_are_grouped_and_described);
    CPPUNIT_TEST(announced_geometry_translates);
    CPPUNIT_TEST_SUITE_END();

    void names_fold() {
        for (const auto& function : vo::adql::functions())
            CPPUNIT_ASSERT(vo::adql::find_function(vo::to_upper(function.name))->name ==
                           function.name);
        CPPUNIT_ASSERT(vo::adql::find_function("sQrT") == vo::adql::find_function("SQRT"));
        CPPUNIT_ASSERT(vo::adql::find_function("pg_sleep") == nullptr);
        CPPUNIT_ASSERT(vo::adql::find_function("") == nullptr);
    }

    void features_are_grouped_and_described() {
        std::set<std::string> types;
        std::string last;
        for (const auto& feature : vo::adql::language_features()) {
            const std::string type(feature.type);
            if (type != last)
                CPPUNIT_ASSERT_MESSAGE(type + " is in two places", types.insert(type).second);
            last = type;
            CPPUNIT_ASSERT(!feature.description.empty());
            CPPUNIT_ASSERT(
                vo::to_lower(type).starts_with("ivo://ivoa.net/std/tapregext#features-"));
        }
        CPPUNIT_ASSERT(types.contains("ivo://ivoa.net/std/TAPRegExt#features-adqlgeo"));
    }

    void announced_geometry_translates() {
        const std::string circle = "CIRCLE(1, 2, 3)";
        const std::set<std::string> shapes{"BOX(1, 2, 3, 4)", circle, "POINT(1, 2)",
                                           "POLYGON(1, 2, 3, 4, 5, 7)"};
        for (const auto& feature : vo::adql::language_features()) {
            if (feature.type != "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo") continue;
            const std::string name(feature.form);
            std::string call = name + "(POINT(1, 2))";
            for (const auto& shape : shapes)
                if (shape.starts_with(name + '(')) call = shape;
            if (name == "AREA") call = "AREA(" + circle + ')';
            if (name == "CONTAINS" || name == "INTERSECTS")
                call = name + "(POINT(1, 2), " + circle + ')';
            if (name == "DISTANCE") call = "DISTANCE(1, 2, 3, 4)";
            if (name == "REGION") call = "REGION('Circle ICRS 1 2 3')";
            const auto translation = vo::adql::translate("SELECT " + call + " FROM dl3.events",
                                                         vo::test::sample_catalog());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(call, std::size_t{1}, translation.columns.size());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FunctionsTest);

}  // namespace
