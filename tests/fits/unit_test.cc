// SPDX-License-Identifier: Apache-2.0
// Tests of fits/unit: factors, and what has none.
#include "fits/unit.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::fits::find_factor;
using vo::fits::Quantity;

class UnitTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(UnitTest);
    CPPUNIT_TEST(known_units);
    CPPUNIT_TEST(the_case_of_energies_counts);
    CPPUNIT_TEST(unknown_units);
    CPPUNIT_TEST_SUITE_END();

    void known_units() {
        CPPUNIT_ASSERT_EQUAL(1.0, find_factor(Quantity::Angle, "").value());
        CPPUNIT_ASSERT_EQUAL(1.0, find_factor(Quantity::Angle, " Deg ").value());
        CPPUNIT_ASSERT_DOUBLES_EQUAL(57.29577951308232, *find_factor(Quantity::Angle, "rad"),
                                     1e-14);
        CPPUNIT_ASSERT_EQUAL(86400.0, find_factor(Quantity::Time, "D").value());
        CPPUNIT_ASSERT_EQUAL(1e-3, find_factor(Quantity::Energy, "GeV").value());
    }

    void the_case_of_energies_counts() {
        CPPUNIT_ASSERT_EQUAL(1e-6, find_factor(Quantity::Energy, "MeV").value());
        CPPUNIT_ASSERT(!find_factor(Quantity::Energy, "meV"));
        CPPUNIT_ASSERT_EQUAL(1.0, find_factor(Quantity::Energy, "TEV").value());
    }

    void unknown_units() {
        CPPUNIT_ASSERT(!find_factor(Quantity::Energy, "s"));
        CPPUNIT_ASSERT(!find_factor(Quantity::Angle, "furlong"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UnitTest);

}  // namespace
