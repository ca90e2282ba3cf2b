// SPDX-License-Identifier: Apache-2.0
// Tests of obscore/frame against astropy 5.2 (FK5(equinox='J2000') and Galactic to ICRS).
#include "obscore/frame.h"

#include <array>
#include <cmath>
#include <numbers>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::obscore::Frame;
using vo::obscore::SkyPoint;

double arcsec_apart(SkyPoint a, SkyPoint b) {
    constexpr double kRadians = std::numbers::pi / 180;
    const double dlat = (a.lat_deg - b.lat_deg) * kRadians;
    const double dlon = std::remainder(a.lon_deg - b.lon_deg, 360.0) * kRadians;
    const double h = std::pow(std::sin(dlat / 2), 2) + std::cos(a.lat_deg * kRadians) *
                                                           std::cos(b.lat_deg * kRadians) *
                                                           std::pow(std::sin(dlon / 2), 2);
    return 2 * std::asin(std::sqrt(h)) / kRadians * 3600;
}

class FrameTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FrameTest);
    CPPUNIT_TEST(fk5_to_icrs);
    CPPUNIT_TEST(galactic_to_icrs);
    CPPUNIT_TEST(icrs_stays_as_it_is);
    CPPUNIT_TEST(there_and_back);
    CPPUNIT_TEST(longitudes_are_wrapped);
    CPPUNIT_TEST(what_is_refused);
    CPPUNIT_TEST_SUITE_END();

    void fk5_to_icrs() {
        const auto frame = Frame::from_words("FK5", 2000.0);

        struct Pair {
            SkyPoint from;
            SkyPoint to;
        };

        const std::array pairs{
            Pair{{0, 0}, {359.9999936388889, -2.527777777777777e-06}},
            Pair{{83.633333333333, 21.514444444444}, {83.63332574027518, 21.514449657822528}},
            Pair{{266.4, -89.9}, {266.39834923128643, -89.90000535810832}},
            Pair{{359.9999999, 45}, {359.9999880111113, 44.99999747222196}},
        };
        for (const auto& pair : pairs)
            CPPUNIT_ASSERT_DOUBLES_EQUAL(0, arcsec_apart(frame.to_icrs(pair.from), pair.to), 1e-6);
    }

    void galactic_to_icrs() {
        const auto frame = Frame::from_words(" galactic ", {});
        // astropy goes by way of FK5, which puts its axes 20 mas away from those of ERFA.
        CPPUNIT_ASSERT_DOUBLES_EQUAL(
            0, arcsec_apart(frame.to_icrs({0, 0}), {266.4049882865447, -28.936177761791456}), 0.03);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(
            0, arcsec_apart(frame.to_icrs({184.5, -5.8}), {83.58580764818622, 22.054400828586672}),
            0.03);
    }

    void icrs_stays_as_it_is() {
        for (const auto* word : {"", "ICRS", "icrs  "}) {
            const auto point = Frame::from_words(word, 1950.0).to_icrs({83.1375, 21.6281});
            CPPUNIT_ASSERT_EQUAL(83.1375, point.lon_deg);
            CPPUNIT_ASSERT_EQUAL(21.6281, point.lat_deg);
        }
    }

    void there_and_back() {
        for (const auto* word : {"FK5", "GALACTIC", "ICRS"}) {
            const auto frame = Frame::from_words(word, {});
            for (const auto& point :
                 {SkyPoint{0, 0}, SkyPoint{83.6, 22}, SkyPoint{359.9, -89.9}, SkyPoint{180, 90}})
                CPPUNIT_ASSERT_DOUBLES_EQUAL(
                    0, arcsec_apart(frame.from_icrs(frame.to_icrs(point)), point), 1e-9);
        }
        const auto galactic = Frame::galactic().from_icrs({83.58580764818622, 22.054400828586672});
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0, arcsec_apart(galactic, {184.5, -5.8}), 0.03);
    }

    void longitudes_are_wrapped() {
        CPPUNIT_ASSERT_EQUAL(359.0, Frame::icrs().to_icrs({-1, 0}).lon_deg);
        CPPUNIT_ASSERT_EQUAL(0.0, Frame::icrs().to_icrs({720, 0}).lon_deg);
        CPPUNIT_ASSERT_EQUAL(0.0, Frame::icrs().to_icrs({-1e-30, 0}).lon_deg);
    }

    void what_is_refused() {
        CPPUNIT_ASSERT_THROW(Frame::from_words("FK4", {}), vo::Error);
        CPPUNIT_ASSERT_THROW(Frame::from_words("FK5", 1950.0), vo::Error);
        CPPUNIT_ASSERT_NO_THROW(Frame::from_words("fk5", {}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FrameTest);

}  // namespace
