// SPDX-License-Identifier: Apache-2.0
// Tests of obscore/gadf: what headers mean.
#include "obscore/gadf.h"

#include <string>
#include <utility>
#include <vector>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using namespace vo::obscore;
using vo::fits::Header;
using vo::fits::Quantity;

Header header(const std::vector<std::pair<std::string, std::string>>& cards) {
    Header out;
    for (const auto& [name, value] : cards)
        out.add(name, value);
    return out;
}

template <typename Do>
std::string refusal(Do what) {
    try {
        what();
    } catch (const vo::Error& error) {
        return error.what();
    }
    return {};
}

class GadfTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GadfTest);
    CPPUNIT_TEST(kinds_of_tables);
    CPPUNIT_TEST(references_of_times);
    CPPUNIT_TEST(units);
    CPPUNIT_TEST(faults_are_told_with_their_table);
    CPPUNIT_TEST_SUITE_END();

    void kinds_of_tables() {
        const auto kind = [](const std::vector<std::pair<std::string, std::string>>& cards) {
            return std::string(kind_of(header(cards)));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("events"),
                             kind({{"HDUCLAS1", "'Events'"}, {"EXTNAME", "'A'"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("gti"), kind({{"EXTNAME", "'gti'"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("aeff"), kind({{"EXTNAME", "'EFFECTIVE AREA'"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("psf"),
                             kind({{"HDUCLAS1", "'RESPONSE'"}, {"HDUCLAS2", "'RPSF'"}}));
        // What the class says counts before the name.
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             kind({{"HDUCLAS1", "'IMAGE'"}, {"EXTNAME", "'EVENTS'"}}));
        CPPUNIT_ASSERT_EQUAL(std::string(), kind({}));
    }

    void references_of_times() {
        const auto events =
            header({{"MJDREFI", "51910"}, {"MJDREFF", "0.25"}, {"TIMESYS", "'TT'"}});
        auto found =
            read_reference(header({{"MJDREF", "50000.5"}, {"TIMESYS", "'UTC'"}}), &events, "t");
        // Its own where it has any, of the other what it lacks.
        CPPUNIT_ASSERT_EQUAL(51910.0, found.mjdrefi);
        found = read_reference(header({{"MJDREF", "50000.5"}, {"TIMESYS", "'UTC'"}}), nullptr, "t");
        CPPUNIT_ASSERT_EQUAL(50000.0, found.mjdrefi);
        CPPUNIT_ASSERT_EQUAL(0.5, found.mjdreff);
        CPPUNIT_ASSERT_EQUAL(std::string("UTC"), found.timesys);
        CPPUNIT_ASSERT_EQUAL(0.25, read_reference(header({}), &events, "t").mjdreff);
    }

    void units() {
        CPPUNIT_ASSERT_EQUAL(1e-3, column_factor(header({}), "GeV", Quantity::Energy, "c"));
        CPPUNIT_ASSERT_EQUAL(
            1e-3, column_factor(header({{"EUNIT", "'GeV'"}}), "", Quantity::Energy, "c"));
        CPPUNIT_ASSERT_EQUAL(86400.0,
                             column_factor(header({{"TIMEUNIT", "'d'"}}), "", Quantity::Time, "c"));
        CPPUNIT_ASSERT_EQUAL(1.0, column_factor(header({}), "", Quantity::Angle, "c"));
    }

    void faults_are_told_with_their_table() {
        const std::string label = "a.fits, EVENTS";
        CPPUNIT_ASSERT_EQUAL(
            label + " lacks MJDREFI and MJDREFF, so its times mean nothing",
            refusal([&] { static_cast<void>(read_reference(header({}), nullptr, label)); }));
        CPPUNIT_ASSERT_EQUAL(
            label + " lacks TIMESYS, so its times mean nothing", refusal([&] {
                static_cast<void>(read_reference(header({{"MJDREF", "5"}}), nullptr, label));
            }));
        CPPUNIT_ASSERT(refusal([&] {
                           static_cast<void>(make_clock({5, 0, "UT1"}, label));
                       }).starts_with(label + ": TIMESYS is \"UT1\""));
        CPPUNIT_ASSERT(refusal([&] {
                           static_cast<void>(read_frame(header({{"RADESYS", "'FK4'"}}), label));
                       }).starts_with(label + ": RADECSYS is \"FK4\""));
        CPPUNIT_ASSERT_EQUAL(
            std::string("c has the unknown unit \"h\"; known are arcmin, arcsec, deg, degree, "
                        "degrees, rad"),
            refusal([&] { static_cast<void>(get_factor(Quantity::Angle, "h", "c")); }));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GadfTest);

}  // namespace
