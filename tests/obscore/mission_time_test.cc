// SPDX-License-Identifier: Apache-2.0
// Tests of obscore/mission_time against astropy 5.2:
// (Time(MJDREFI, MJDREFF, format='mjd', scale=...) + TimeDelta(t, format='sec')).tt.mjd
#include "obscore/mission_time.h"

#include <array>
#include <cmath>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::obscore::MissionClock;

struct Case {
    double mjdrefi;
    double mjdreff;
    const char* timesys;
    double seconds;
    double mjd_tt;
};

constexpr std::array kCases{
    Case{51910, 0.000742870370370241, "TT", 123890826., 53343.92234009259},
    Case{55835, 0, "utc ", 66103155.00000001, 56600.08357851852},
    // The day of the reference has 86401 s.
    Case{57753, 0, "UTC", 86402.5, 57754.00081810185},
    // Thirty years and 25 leap seconds later.
    Case{41317, 0, "utc", 1.4e9, 57520.704191944445},
    Case{50000, 0.25, "TAI", 7e8, 58102.10222435185},
    Case{51544, 0.5, "tdb", 6e8, 58488.9444444437},
    Case{51544, 0.5, "TCG", 6e8, 58488.944433750105},
};

class MissionTimeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MissionTimeTest);
    CPPUNIT_TEST(agrees_with_astropy);
    CPPUNIT_TEST(older_names_of_scales);
    CPPUNIT_TEST(a_reference_in_one_number_keeps_its_digits);
    CPPUNIT_TEST(unknown_scales_are_refused);
    CPPUNIT_TEST_SUITE_END();

    static double seconds_apart(double a, double b) { return std::fabs(a - b) * 86400; }

    void agrees_with_astropy() {
        for (const auto& one : kCases) {
            const MissionClock clock(one.mjdrefi, one.mjdreff, one.timesys);
            // One unit in the last place of such an MJD is 0.63 microseconds.
            CPPUNIT_ASSERT_DOUBLES_EQUAL_MESSAGE(
                one.timesys, 0, seconds_apart(one.mjd_tt, clock.to_mjd_tt(one.seconds)), 0.7e-6);
        }
    }

    void older_names_of_scales() {
        const MissionClock tt(51910, 0, "TT(TAI)");
        CPPUNIT_ASSERT_EQUAL(std::string("TT"), tt.scale());
        CPPUNIT_ASSERT_EQUAL(tt.to_mjd_tt(5), MissionClock(51910, 0, "TDT").to_mjd_tt(5));
        const MissionClock utc(51910, 0, "GMT");
        CPPUNIT_ASSERT_EQUAL(std::string("UTC"), utc.scale());
        // GPS is 19 s behind TAI.
        CPPUNIT_ASSERT_DOUBLES_EQUAL(
            51.184, (MissionClock(51910, 0, "GPS").to_mjd_tt(0) - 51910) * 86400, 1e-6);
    }

    void a_reference_in_one_number_keeps_its_digits() {
        const MissionClock split(51910, 0.000742870370370241, "TT");
        const MissionClock whole(51910.000742870370370241, 0, "TT");
        CPPUNIT_ASSERT_DOUBLES_EQUAL(0, seconds_apart(split.to_mjd_tt(1e8), whole.to_mjd_tt(1e8)),
                                     1.3e-6);
    }

    void unknown_scales_are_refused() {
        for (const auto* scale : {"UT1", "LOCAL", "", "TTT"})
            CPPUNIT_ASSERT_THROW(MissionClock(51910, 0, scale), vo::Error);
        CPPUNIT_ASSERT_THROW(MissionClock(1e300, 0, "TT"), vo::Error);
        CPPUNIT_ASSERT_THROW(MissionClock(NAN, 0, "UTC"), vo::Error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MissionTimeTest);

}  // namespace
