// SPDX-License-Identifier: Apache-2.0
// Tests of the file of {job}.
#include <map>

#include <cppunit/extensions/HelperMacros.h>

#include "jdl/sample_kind.h"

namespace {

class JobFileTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JobFileTest);
    CPPUNIT_TEST(values);
    CPPUNIT_TEST_SUITE_END();

    vo::jdl::KindFolder folder_;

    void values() {
        const auto kind = folder_.parse(
            "version=1.5\ndescription=x\ncommand=tool {job}\n"
            "[parameter flag]\ntype=boolean\n[parameter whole]\ntype=long\ndefault=-7\n"
            "[parameter real]\ntype=double\nmultiplicity=0..*\n[parameter text]\ntype=char\n"
            "[parameter none]\ntype=int\nmultiplicity=0..1\n[input one]\n[input "
            "two]\nmultiplicity=0..2\n");
        const std::map<std::string, std::vector<std::string>, std::less<>> given{
            {"flag", {"T"}},
            {"real", {"+1e3", ".5"}},
            {"text", {"a\"\n\\$(b)"}},
            {"one", {"inputs/one"}}};
        std::string text;
        vo::StringSink sink(text);
        vo::jdl::write_job_file(sink, kind, [&](std::string_view name) {
            const auto found = given.find(name);
            return found == given.end() ? std::vector<std::string>() : found->second;
        });
        CPPUNIT_ASSERT_EQUAL(std::string("{\"kind\":\"select\",\"version\":\"1.5\",\"parameters\":{"
                                         "\"flag\":true,\"whole\":-7,"
                                         "\"real\":[1000,0.5],\"text\":\"a\\\"\\n\\\\$(b)\"},"
                                         "\"inputs\":{\"one\":\"inputs/one\","
                                         "\"two\":[]}}\n"),
                             text);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JobFileTest);

}  // namespace
