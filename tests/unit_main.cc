// SPDX-License-Identifier: Apache-2.0
// Runs every registered CppUnit suite and prints TAP, which `make check` and tests/run read.
#include <iostream>
#include <sstream>
#include <string>

#include <cppunit/Exception.h>
#include <cppunit/Test.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include "base/log.h"

namespace {

class TapListener : public CppUnit::TestListener {
  public:
    void startTest(CppUnit::Test* /*test*/) override { failure_.clear(); }

    void addFailure(const CppUnit::TestFailure& failure) override {
        std::ostringstream text;
        text << failure.sourceLine().fileName() << ':' << failure.sourceLine().lineNumber() << ": "
             << failure.thrownException()->what();
        failure_ = text.str();
    }

    void endTest(CppUnit::Test* test) override {
        std::cout << (failure_.empty() ? "ok " : "not ok ") << ++count_ << " - " << test->getName()
                  << '\n';
        std::istringstream lines(failure_);
        for (std::string line; std::getline(lines, line);)
            std::cout << "# " << line << '\n';
        std::cout.flush();
    }

  private:
    int count_ = 0;
    std::string failure_;
};

}  // namespace

int main() {
    vo::log::set_program("unit");
    auto* suite = CppUnit::TestFactoryRegistry::getRegistry().makeTest();
    std::cout << "1.." << suite->countTestCases() << std::endl;
    CppUnit::TestResult result;
    CppUnit::TestResultCollector collector;
    TapListener listener;
    result.addListener(&collector);
    result.addListener(&listener);
    CppUnit::TestRunner runner;
    runner.addTest(suite);
    runner.run(result);
    return collector.wasSuccessful() ? 0 : 1;
}
