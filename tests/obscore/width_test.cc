// SPDX-License-Identifier: Apache-2.0
// Tests of obscore/width: profiles whose width is known.
#include "obscore/width.h"

#include <cmath>
#include <vector>

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::obscore::peak_fwhm;
using vo::obscore::radial_fwhm;
using Numbers = std::vector<double>;

class WidthTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WidthTest);
    CPPUNIT_TEST(a_triangle);
    CPPUNIT_TEST(a_gaussian);
    CPPUNIT_TEST(a_cone_is_continued_to_its_centre);
    CPPUNIT_TEST(a_ring_is_measured_outside);
    CPPUNIT_TEST(what_has_no_width);
    CPPUNIT_TEST_SUITE_END();

    void a_triangle() {
        CPPUNIT_ASSERT_DOUBLES_EQUAL(
            1.5, *peak_fwhm(Numbers{0, 1, 2, 3}, Numbers{0, 4, 0, 0}) + 0.5, 1e-12);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(2.0, *peak_fwhm(Numbers{0, 1, 2, 3}, Numbers{0, 4, 4, 0}),
                                     1e-12);
    }

    void a_gaussian() {
        Numbers x;
        Numbers y;
        for (int i = 0; i <= 1000; ++i) {
            x.push_back(0.002 * i);
            y.push_back(std::exp(-std::pow((x.back() - 1.1) / 0.15, 2) / 2));
        }
        CPPUNIT_ASSERT_DOUBLES_EQUAL(2.354820045 * 0.15, *peak_fwhm(x, y), 1e-5);
    }

    void a_cone_is_continued_to_its_centre() {
        // 1 - r sampled from 0.25 on: 1 at the centre, a half at 0.5.
        CPPUNIT_ASSERT_DOUBLES_EQUAL(
            1.0, *radial_fwhm(Numbers{0.25, 0.45, 0.75}, Numbers{0.75, 0.55, 0.25}), 1e-12);
    }

    void a_ring_is_measured_outside() {
        CPPUNIT_ASSERT_DOUBLES_EQUAL(5.0, *radial_fwhm(Numbers{0, 1, 2, 3}, Numbers{0, 0, 4, 0}),
                                     1e-12);
    }

    void what_has_no_width() {
        CPPUNIT_ASSERT(!peak_fwhm(Numbers{0, 1, 2}, Numbers{3, 2, 1}));
        CPPUNIT_ASSERT(!peak_fwhm(Numbers{0, 1, 2}, Numbers{0, 0, 0}));
        CPPUNIT_ASSERT(!peak_fwhm(Numbers{0, 1, 2}, Numbers{0, NAN, 0}));
        CPPUNIT_ASSERT(!radial_fwhm(Numbers{0, 1, 2}, Numbers{3, 3, 3}));
        CPPUNIT_ASSERT(!radial_fwhm(Numbers{0}, Numbers{3}));
        CPPUNIT_ASSERT(!radial_fwhm(Numbers{0, 1}, Numbers{INFINITY, 0}));
        CPPUNIT_ASSERT(!radial_fwhm(Numbers{}, Numbers{}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WidthTest);

}  // namespace
