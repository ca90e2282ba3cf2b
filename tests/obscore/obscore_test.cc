// SPDX-License-Identifier: Apache-2.0
// Tests of obscore/obscore: what follows from a run, and what stays empty.
#include "obscore/obscore.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using namespace vo::obscore;

Run whole_run() {
    Run run;
    run.collection = "SIM";
    run.obs_id = "20131103103";
    run.object = "Test Nebula";
    run.telescop = "SIM";
    run.obs_mode = "DRIFT";
    run.created = "2018-05-06T09:14:31";
    run.ra_pnt = 83.6;
    run.dec_pnt = 22;
    run.t_start = 53343.5;
    run.t_stop = 53343.6;
    run.livetime = 1500;
    run.energy_min = 0.1;
    run.energy_max = 10;
    run.aeff_energy_min = 0.01;
    run.aeff_energy_max = 100;
    run.fov_diameter_deg = 5;
    run.psf_fwhm_deg = 0.1;
    run.energy_fwhm = 0.25;
    run.event_count = 3;
    run.size_bytes = 1001;
    return run;
}

class ObsCoreTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ObsCoreTest);
    CPPUNIT_TEST(identifiers);
    CPPUNIT_TEST(a_whole_run);
    CPPUNIT_TEST(without_events_the_effective_area_speaks);
    CPPUNIT_TEST(nothing_is_made_up);
    CPPUNIT_TEST(half_a_position_is_none);
    CPPUNIT_TEST(counts_beyond_int_are_null);
    CPPUNIT_TEST(runs_that_cannot_be);
    CPPUNIT_TEST_SUITE_END();

    void identifiers() {
        CPPUNIT_ASSERT_EQUAL(std::string("ivo://org.example/HESS?23523"),
                             make_publisher_did("org.example", "HESS", "23523"));
        CPPUNIT_ASSERT_EQUAL(std::string("ivo://a.b/A%2FB%20c?x%3Fy%23%25"),
                             make_publisher_did("a.b", "A/B c", "x?y#%"));
    }

    void a_whole_run() {
        const auto rows = make_rows(whole_run(), "a.b");
        const auto& o = rows.obscore;
        CPPUNIT_ASSERT_EQUAL(std::string("Test Nebula, SIM observation 20131103103 (drift)"),
                             o.obs_title);
        CPPUNIT_ASSERT_EQUAL(std::string("ivo://a.b"), o.publisher_id);
        CPPUNIT_ASSERT_EQUAL(std::string("2018-05-06T09:14:31"), *o.obs_creation_date);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, o.access_estsize_kbyte);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(360, *o.s_resolution, 1e-9);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(4, *o.em_res_power, 1e-12);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1.239841984332e-19, *o.em_min, 1e-30);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1.239841984332e-17, *o.em_max, 1e-28);
        const auto& h = rows.hea;
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1e11, *h.energy_min, 1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1e13, *h.energy_max, 1);
        CPPUNIT_ASSERT_EQUAL(1e12, *h.s_ref_energy);
        CPPUNIT_ASSERT_EQUAL(0.5, *h.em_ref_oaa);
        CPPUNIT_ASSERT_EQUAL(std::string("fixed-az-el-transit"), *h.tracking_mode);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, *h.ev_xel);
    }

    void without_events_the_effective_area_speaks() {
        auto run = whole_run();
        run.event_count = 0;
        run.energy_min.reset();
        run.energy_max.reset();
        const auto rows = make_rows(run, "a.b");
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1e10, *rows.hea.energy_min, 1);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(1e14, *rows.hea.energy_max, 1);
        run.aeff_energy_min = 0;  // an infinite wavelength is no limit
        CPPUNIT_ASSERT(!make_rows(run, "a.b").obscore.em_max);
    }

    void nothing_is_made_up() {
        Run run;
        run.collection = "SIM";
        run.obs_id = "1";
        const auto rows = make_rows(run, "a.b");
        const auto& o = rows.obscore;
        for (const auto* value :
             {&o.s_ra, &o.s_dec, &o.s_fov, &o.s_resolution, &o.t_min, &o.t_max, &o.t_exptime,
              &o.t_resolution, &o.em_min, &o.em_max, &o.em_res_power})
            CPPUNIT_ASSERT(!*value);
        const auto& h = rows.hea;
        for (const auto* value : {&h.s_ref_energy, &h.s_ref_oaa, &h.em_ref_energy, &h.em_ref_oaa,
                                  &h.energy_min, &h.energy_max})
            CPPUNIT_ASSERT(!*value);
        CPPUNIT_ASSERT(!o.target_name && !o.obs_creation_date && !h.tracking_mode);
        CPPUNIT_ASSERT_EQUAL(std::string("SIM observation 1"), o.obs_title);
    }

    void half_a_position_is_none() {
        auto run = whole_run();
        run.dec_pnt.reset();
        CPPUNIT_ASSERT(!make_rows(run, "a.b").obscore.s_ra);
    }

    void counts_beyond_int_are_null() {
        auto run = whole_run();
        run.event_count = 3'000'000'000;
        CPPUNIT_ASSERT(!make_rows(run, "a.b").hea.ev_xel);
    }

    template <typename Change>
    static void assert_refused(const Change& change) {
        auto run = whole_run();
        check_run(run);
        change(run);
        CPPUNIT_ASSERT_THROW(check_run(run), vo::Error);
    }

    void runs_that_cannot_be() {
        assert_refused([](Run& run) { run.t_stop = 53343.4; });
        assert_refused([](Run& run) { run.dec_pnt = 91; });
        assert_refused([](Run& run) { run.livetime = -1; });
        assert_refused([](Run& run) { run.collection.clear(); });
        assert_refused([](Run& run) { run.obs_id.clear(); });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ObsCoreTest);

}  // namespace
