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
    CPPUNIT_TEST(there_and_back);
    CPPUNIT_TEST(dates);
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

    void there_and_back() {
        for (const auto& one : kCases) {
            const MissionClock clock(one.mjdrefi, one.mjdreff, one.timesys);
            CPPUNIT_ASSERT_DOUBLES_EQUAL_MESSAGE(one.timesys, one.seconds,
                                                 clock.to_seconds(one.mjd_tt), 1e-6);
        }
        // To the last bit where an MJD has it.
        const MissionClock clock(55000, 0, "TT");
        CPPUNIT_ASSERT_EQUAL(86400 * 3.25, clock.to_seconds(55003.25));
        CPPUNIT_ASSERT_EQUAL(-21600.0, clock.to_seconds(54999.75));
    }

    void dates() {
        using Calendar = MissionClock::Calendar;
        const MissionClock tt(51910, 0.000742870370370241, "TT");
        // (Time(51910, 0.000742870370370241, format='mjd', scale='tt') + 123890826 * u.s), .isot
        // and .utc.isot.
        CPPUNIT_ASSERT_EQUAL(std::string("2004-12-04T22:08:10.184"),
                             tt.to_date(123890826, Calendar::Own));
        CPPUNIT_ASSERT_EQUAL(std::string("2004-12-04T22:07:06"),
                             tt.to_date(123890826, Calendar::Utc));
        CPPUNIT_ASSERT_DOUBLES_EQUAL(53343.92159722222, tt.to_mjd(123890826, Calendar::Utc), 1e-11);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(53343.92234009259, tt.to_mjd(123890826, Calendar::Own), 1e-11);
        // 66103155 s after the first of October 2011, with the leap second of June 2012.
        const MissionClock utc(55835, 0, "utc");
        CPPUNIT_ASSERT_EQUAL(std::string("2013-11-04T01:59:14"),
                             utc.to_date(66103155, Calendar::Own));
        const MissionClock tai(55835, 0, "TAI");
        CPPUNIT_ASSERT_EQUAL(std::string("2011-10-02T00:00:00.5"),
                             tai.to_date(86400.5, Calendar::Own));
        CPPUNIT_ASSERT_EQUAL(std::string("2011-10-01T23:59:26.5"),
                             tai.to_date(86400.5, Calendar::Utc));
        const MissionClock tdb(55835, 0, "TDB");
        CPPUNIT_ASSERT_EQUAL(std::string("2011-10-01T00:00:10"), tdb.to_date(10, Calendar::Own));
        const MissionClock leap(57753, 0, "UTC");
        CPPUNIT_ASSERT_EQUAL(std::string("2016-12-31T23:59:60.25"),
                             leap.to_date(86400.25, Calendar::Own));
        CPPUNIT_ASSERT_EQUAL(std::string("2017-01-01T00:00:00.25"),
                             leap.to_date(86401.25, Calendar::Own));
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
