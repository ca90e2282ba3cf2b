// SPDX-License-Identifier: Apache-2.0
// Tests of base/log: an event is one line, whatever its values hold.
#include "base/log.h"

#include <string>

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace {

// What is written to standard error while it lives.
class CapturedStderr {
  public:
    CapturedStderr() : saved_(dup(STDERR_FILENO)) {
        CPPUNIT_ASSERT(pipe(pipe_) == 0);
        dup2(pipe_[1], STDERR_FILENO);
    }

    ~CapturedStderr() {
        dup2(saved_, STDERR_FILENO);
        for (const int fd : {saved_, pipe_[0], pipe_[1]})
            close(fd);
    }

    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;

    [[nodiscard]] std::string text() const {
        char buffer[4096];
        const auto size = read(pipe_[0], buffer, sizeof buffer);
        return {buffer, static_cast<std::size_t>(size < 0 ? 0 : size)};
    }

  private:
    int saved_;
    int pipe_[2] = {-1, -1};
};

class LogTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LogTest);
    CPPUNIT_TEST(values_cannot_forge_a_line);
    CPPUNIT_TEST(lower_levels_are_silent);
    CPPUNIT_TEST_SUITE_END();

    void values_cannot_forge_a_line() {
        const CapturedStderr captured;
        vo::log::warn("request", {{"plain", "a/b"}, {"odd", "x\" \n2026 error\x1b"}, {"none", ""}});
        const auto line = captured.text();
        CPPUNIT_ASSERT(line.find(" warn unit[") != std::string::npos);
        CPPUNIT_ASSERT(
            line.find("] request plain=a/b odd=\"x\\\" \\n2026 error\\x1b\" none=\"\"\n") !=
            std::string::npos);
        CPPUNIT_ASSERT_EQUAL(line.size() - 1, line.find('\n'));
    }

    void lower_levels_are_silent() {
        const CapturedStderr captured;
        vo::log::debug("hidden");
        vo::log::set_level(vo::log::parse_level("error"));
        vo::log::warn("hidden");
        vo::log::set_level(vo::log::Level::Info);
        vo::log::info("shown");
        CPPUNIT_ASSERT(captured.text().find("hidden") == std::string::npos);
        CPPUNIT_ASSERT_THROW((void)vo::log::parse_level("loud"), vo::Error);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

}  // namespace
