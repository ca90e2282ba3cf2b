// SPDX-License-Identifier: Apache-2.0
// Tests of values: each by itself, and which are missing or too many.
#include <cppunit/extensions/HelperMacros.h>

#include "jdl/sample_kind.h"

namespace {

using vo::jdl::KindFolder;
using vo::jdl::refusal;

constexpr const char* kDescription =
    "version = 1\ndescription = x\ncommand = tool {job}\n"
    "[parameter flag]\ntype = boolean\n"
    "[parameter small]\ntype = short\nunit = s\n"
    "[parameter whole]\ntype = int\nmin = -5\n"
    "[parameter large]\ntype = long\n"
    "[parameter single]\ntype = float\n"
    "[parameter real]\ntype = double\nmin = -1.5\nmax = 1e3\nunit = TeV\n"
    "[parameter choice]\ntype = double\noptions = 0.5 | 1 | 2\nunit = deg\n"
    "[parameter free]\ntype = double\n"
    "[parameter start]\ntype = char\nxtype = timestamp\nmin = 2020-01-01\nmax = "
    "2026-12-31T12:00:00\n"
    "[parameter word]\ntype = char\narraysize = 5*\n"
    "[parameter long_word]\ntype = char\narraysize = 65536*\n"
    "[parameter case]\ntype = char\noptions = a | B\n"
    "[input file]\norigin = upload url\n"
    "[input any]\n";

struct Case {
    const char* name;
    std::string value;
};

class ValuesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ValuesTest);
    CPPUNIT_TEST(good);
    CPPUNIT_TEST(bad);
    CPPUNIT_TEST(words);
    CPPUNIT_TEST(names);
    CPPUNIT_TEST(large);
    CPPUNIT_TEST(faults);
    CPPUNIT_TEST_SUITE_END();

    KindFolder folder_;
    vo::jdl::Kind kind_ = folder_.parse(kDescription);

    [[nodiscard]] std::string check(const std::string& name, const std::string& value) const {
        return refusal([&] { vo::jdl::check_value(kind_, name, value); });
    }

    void good() {
        const std::vector<Case> cases{
            {"flag", "true"},
            {"FLAG", "False"},
            {"flag", "1"},
            {"flag", "0"},
            {"flag", "T"},
            {"small", "-32768"},
            {"small", "+32767"},
            {"small", "007"},
            {"whole", "-5"},
            {"whole", "2147483647"},
            {"large", "-9223372036854775808"},
            {"large", "9223372036854775807"},
            {"single", "3.4e38"},
            {"single", "-1e-40"},
            {"single", ".5"},
            {"real", "-1.5"},
            {"real", "1000"},
            {"real", "1E3"},
            {"real", "+.5"},
            {"real", "5."},
            {"choice", "0.50"},
            {"choice", "1.0"},
            {"choice", "2"},
            {"free", "1e308"},
            {"start", "2020-01-01"},
            {"start", "2026-12-31T12:00:00"},
            {"start", "2021-02-03T04:05:06.789Z"},
            {"word", ""},
            {"word", "$(a)"},
            {"word", "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
            {"word", "a\nb\tc"},
            {"word", "--a"},
            {"word", "../a"},
            {"case", "a"},
            {"case", "B"},
            {"file", "https://example.org/a?b=c"},
            {"file", "param:file"},
            {"any", "ivo://example.org/a?1"},
            {"any", "abc123"},
        };
        for (const auto& one : cases)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name + ('=' + one.value), std::string("accepted"),
                                         check(one.name, one.value));
    }

    void bad() {
        const std::vector<Case> cases{
            {"flag", ""},
            {"flag", "yes"},
            {"flag", "2"},
            {"flag", " true"},
            {"small", "32768"},
            {"small", "-32769"},
            {"small", "1.0"},
            {"small", ""},
            {"small", "1e3"},
            {"small", "0x10"},
            {"small", " 1"},
            {"small", "1 "},
            {"small", "1\n"},
            {"small", "\xd9\xa1"},
            {"small", "++1"},
            {"small", "+-1"},
            {"whole", "-6"},
            {"whole", "2147483648"},
            {"whole", "$(id)"},
            {"whole", std::string("1\0", 2)},
            {"large", "9223372036854775808"},
            {"large", "-9223372036854775809"},
            {"large", "1_000"},
            {"single", "3.5e38"},
            {"single", "nan"},
            {"single", "inf"},
            {"real", "NaN"},
            {"real", "nan(1)"},
            {"real", "-nan"},
            {"real", "inf"},
            {"real", "-Infinity"},
            {"real", "1e999"},
            {"real", "-1.5000001"},
            {"real", "1000.1"},
            {"real", "0x1p3"},
            {"real", "1,5"},
            {"real", ""},
            {"real", "."},
            {"real", "1e"},
            {"real", "--wrap"},
            {"real", "1;id"},
            {"choice", "0.7"},
            {"choice", "0.5 | 1"},
            {"choice", ""},
            {"free", "NaN"},
            {"free", "Inf"},
            {"free", "1e309"},
            {"free", "1 TeV"},
            {"start", "2019-12-31"},
            {"start", "2026-12-31T12:00:01"},
            {"start", "2021"},
            {"start", "yesterday"},
            {"start", "2021-02-30"},
            {"start", ""},
            {"start", "2021-02-03T04:05:06+01:00"},
            {"word", "123456"},
            {"word", "\xc3"},
            {"word", "a\xff"},
            {"word", std::string("a\0b", 3)},
            {"word", "\x1b[A"},
            {"word", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"},
            {"word", std::string(1'000'000, 'x')},
            {"case", "A"},
            {"case", "a "},
            {"case", ""},
            {"file", ""},
            {"file", "ivo://example.org/a"},
            {"file", "IVO://example.org/a"},
            {"file", "a b"},
            {"file", "a\nb"},
            {"file", std::string("a\0", 2)},
            {"file", "\xff"},
            {"any", std::string(5000, 'a')},
        };
        for (const auto& one : cases)
            CPPUNIT_ASSERT_MESSAGE(
                one.name + ('=' + one.value.substr(0, 50)),
                check(one.name, one.value).starts_with(one.name + std::string(" must be ")));
    }

    void words() {
        const auto equal = [&](const char* name, const std::string& value, const char* wanted) {
            CPPUNIT_ASSERT_EQUAL(std::string(wanted), check(name, value));
        };
        equal("FLAG", "x", "flag must be true or false, not \"x\".");
        equal("small", "x", "small must be a whole number from -32768 to 32767 s, not \"x\".");
        equal("whole", "-6", "whole must be a whole number of at least -5, not \"-6\".");
        equal("large", "x", "large must be a whole number, not \"x\".");
        equal("real", "2000", "real must be a number from -1.5 to 1e3 TeV, not \"2000\".");
        equal("choice", "3", "choice must be one of 0.5, 1, 2 deg, not \"3\".");
        equal("free", "\x1b\n", "free must be a number, not \"\\x1b\\x0a\".");
        equal("start", "x",
              "start must be a time in UTC such as 2026-12-31T12:00:00 from 2020-01-01 to "
              "2026-12-31T12:00:00, not \"x\".");
        equal("word", "123456",
              "word must be a text of at most 5 characters, not \"123456\". It has 6 characters.");
        equal(
            "word", std::string("\0", 1),
            "word must be a text of at most 5 characters, not \"\\x00\". It has a NUL character.");
        equal(
            "word", "\xff",
            "word must be a text of at most 5 characters, not \"\xef\xbf\xbd\". It is not UTF-8.");
        equal("file", "ivo://a/b",
              "file must be an uploaded file or an http or https address, not \"ivo://a/b\". It "
              "does not take an "
              "obs_publisher_did.");
        const auto cut = check("word", std::string(1'000'000, 'x'));
        CPPUNIT_ASSERT_EQUAL(
            "word must be a text of at most 5 characters, not \"" + std::string(64, 'x') +
                "\"... It has 1000000 bytes, and no argument more than 120000.",
            cut.substr(0, cut.find("\"...") + 4) + cut.substr(cut.find(" It has")));
    }

    void names() {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "select has no parameter \"reel\"; did you mean real? It has flag, small, whole, "
                "large, single, real, choice, free, start, word, long_word, case, file, any."),
            check("reel", "1"));
        CPPUNIT_ASSERT(
            check("$(id)", "1").starts_with("select has no parameter \"$(id)\". It has flag"));
        CPPUNIT_ASSERT(check(std::string(100'000, 'x'), "1").size() < 400);
        const auto none = folder_.parse("version=1\ndescription=x\ncommand=tool");
        CPPUNIT_ASSERT_EQUAL(std::string("select has no parameter \"x\". It has none."),
                             refusal([&] { vo::jdl::check_value(none, "x", ""); }));
    }

    // The most that is allowed is an argument that Linux takes.
    void large() {
        CPPUNIT_ASSERT_EQUAL(std::string("accepted"), check("long_word", std::string(65'536, 'x')));
        std::string wide;
        for (int i = 0; i < 65'536; ++i)
            wide += "\xf0\x9f\x98\x80";
        CPPUNIT_ASSERT(
            check("long_word", wide).find("It has 262144 bytes, and no argument more than") !=
            std::string::npos);
    }

    void faults() {
        const auto kind = folder_.parse(
            "version=1\ndescription=x\ncommand=tool {job}\n"
            "[parameter a]\ntype=int\nmin=1\nmax=9\n[parameter b]\ntype=int\ndefault=1\n"
            "[parameter c]\ntype=char\nmultiplicity=0..2\n[parameter "
            "d]\ntype=int\nmultiplicity=2..*\n"
            "[input e]\norigin=url\n[input f]\nmultiplicity=0..1\n");
        const auto fault = [&](const vo::jdl::Given& given) {
            return vo::jdl::find_fault(kind, given);
        };
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             fault({{"a", "1"}, {"D", "1"}, {"d", "2"}, {"e", "x"}}));
        CPPUNIT_ASSERT_EQUAL(std::string(), fault({{"A", "1"},
                                                   {"d", "1"},
                                                   {"d", "2"},
                                                   {"d", "3"},
                                                   {"e", "x"},
                                                   {"RUNID", "z"},
                                                   {"b", "4"}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "a is missing: a whole number from 1 to 9. d is missing: a whole number from "
                "-2147483648 to 2147483647. e is missing: an http or https address."),
            fault({}));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "a has 2 values and takes at most 1. b has 2 values and takes at most 1. c has 3 "
                "values and takes at most 2. d has 1 value and takes at least 2. f has 2 values "
                "and "
                "takes at most 1."),
            fault({{"a", "1"},
                   {"a", "1"},
                   {"b", "1"},
                   {"B", "1"},
                   {"c", ""},
                   {"c", ""},
                   {"c", ""},
                   {"d", "1"},
                   {"e", "x"},
                   {"f", "x"},
                   {"f", "y"}}));
        vo::jdl::Given many{{"a", "1"}, {"e", "x"}};
        for (int i = 0; i < 5000; ++i)
            many.emplace_back("d", "1");
        CPPUNIT_ASSERT(
            fault(many).starts_with("The values are too many: a job takes 1000000 bytes"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValuesTest);

}  // namespace
