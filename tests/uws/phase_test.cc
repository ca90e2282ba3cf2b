// SPDX-License-Identifier: Apache-2.0
// Tests of the table of phases and moves against UWS 1.1 §2.1.3.
#include "uws/phase.h"

#include <cppunit/extensions/HelperMacros.h>

namespace {

using vo::uws::Move;
using vo::uws::Phase;

class PhaseTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PhaseTest);
    CPPUNIT_TEST(words);
    CPPUNIT_TEST(moves);
    CPPUNIT_TEST(sources_for_sql);
    CPPUNIT_TEST_SUITE_END();

    void words() {
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, vo::uws::phases().size());
        for (const auto& row : vo::uws::phases()) {
            CPPUNIT_ASSERT(vo::uws::find_phase(row.word) == row.phase);
            CPPUNIT_ASSERT(vo::uws::word_of(row.phase) == row.word);
        }
        CPPUNIT_ASSERT(!vo::uws::find_phase("pending"));
        CPPUNIT_ASSERT(!vo::uws::find_phase(""));
        CPPUNIT_ASSERT(vo::uws::is_active(Phase::Held));
        CPPUNIT_ASSERT(!vo::uws::is_active(Phase::Aborted));
    }

    void moves() {
        for (const auto& row : vo::uws::phases()) {
            CPPUNIT_ASSERT_EQUAL(row.phase == Phase::Pending || row.phase == Phase::Held,
                                 vo::uws::allows(Move::Run, row.phase));
            // What has ended cannot be aborted, all else can.
            CPPUNIT_ASSERT_EQUAL(row.active, vo::uws::allows(Move::Abort, row.phase));
            CPPUNIT_ASSERT_EQUAL(row.phase == Phase::Executing, vo::uws::allows(Move::Complete, row.phase));
        }
        CPPUNIT_ASSERT(vo::uws::target_of(Move::HandBack) == Phase::Queued);
        CPPUNIT_ASSERT(vo::uws::target_of(Move::Fail) == Phase::Error);
    }

    void sources_for_sql() {
        CPPUNIT_ASSERT_EQUAL(std::string("'PENDING', 'HELD'"), vo::uws::sql_sources(Move::Run));
        CPPUNIT_ASSERT_EQUAL(std::string("'EXECUTING'"), vo::uws::sql_sources(Move::Fail));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PhaseTest);

}  // namespace
