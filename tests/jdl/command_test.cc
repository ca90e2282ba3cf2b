// SPDX-License-Identifier: Apache-2.0
// Tests of argument vectors: what a value holds stays within its word.
#include "jdl/command.h"

#include <map>

#include <cppunit/extensions/HelperMacros.h>

#include "jdl/sample_kind.h"

namespace {

using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

class CommandTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CommandTest);
    CPPUNIT_TEST(words);
    CPPUNIT_TEST(values);
    CPPUNIT_TEST(hostile);
    CPPUNIT_TEST_SUITE_END();

    vo::jdl::KindFolder folder_;

    // Without the program, with | between.
    [[nodiscard]] std::string run(const std::string& command, const Values& values) const {
        const auto kind = folder_.parse(
            "version=1\ndescription=x\ncommand=" + command +
            "\n[parameter n]\ntype=int\ndefault=5\n[parameter list]\ntype=int\nmultiplicity=0..*\n"
            "[parameter text]\ntype=char\nmultiplicity=0..1\n[input file]\nmultiplicity=0..*\n");
        const auto words = vo::jdl::make_command(
            kind,
            [&](std::string_view name) {
                const auto found = values.find(name);
                return found == values.end() ? std::vector<std::string>() : found->second;
            },
            "/jobs/1/job.json");
        CPPUNIT_ASSERT_EQUAL((folder_.path() / "tool").string(), words.at(0));
        std::string text;
        for (std::size_t i = 1; i < words.size(); ++i)
            text += (i == 1 ? "" : "|") + words[i];
        return text;
    }

    void words() {
        const auto split = [](const char* text) {
            std::string fault;
            std::string out;
            for (const auto& word : vo::jdl::split_words(text, fault))
                out += '<' + word + '>';
            return out + fault;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("<a><b>"), split("  a\t b "));
        CPPUNIT_ASSERT_EQUAL(std::string("<a b><><c d=e f>"),
                             split("\"a b\" \"\" c\" \"d=\"e f\""));
        CPPUNIT_ASSERT_EQUAL(std::string("<'a><b'><$(c)><d\\>"), split("'a b' $(c) d\\"));
        CPPUNIT_ASSERT_EQUAL(std::string(""), split(""));
        CPPUNIT_ASSERT_EQUAL(std::string("<a><b c>a double quote that is not closed"),
                             split("a \"b c"));
    }

    void values() {
        CPPUNIT_ASSERT_EQUAL(std::string("-n|5|/jobs/1/job.json"), run("tool -n {n} {job}", {}));
        CPPUNIT_ASSERT_EQUAL(std::string("-n|7|--job=/jobs/1/job.json"),
                             run("tool -n {n} --job={job}", {{"n", {"7"}}}));
        // Left out, once, and several times.
        const std::string all = "tool --n={n} --l={list} --t={text} -- {file} {job}";
        CPPUNIT_ASSERT_EQUAL(std::string("--n=5|--|/jobs/1/job.json"), run(all, {}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("--n=5|--l=1|--l=2|--t=|--|a|b|/jobs/1/job.json"),
            run(all, {{"list", {"1", "2"}}, {"text", {""}}, {"file", {"a", "b"}}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("5:1|5:2||x y"),
            run("tool {n}:{list} --u={text}{file} \"\" \"x y\" {job}", {{"list", {"1", "2"}}})
                .substr(0, 12));
        CPPUNIT_ASSERT_EQUAL(std::string("--d=" + folder_.path().string() + "/x5"),
                             run("tool --d={kind_dir}/x{n} --l={list} --t={text} --f={file}", {}));
        // The name as the kind has it is asked for, however the command writes it.
        CPPUNIT_ASSERT_EQUAL(std::string("--n=9|/jobs/1/job.json"),
                             run("tool --n={N} {job}", {{"n", {"9"}}}));
    }

    void hostile() {
        const std::string all = "tool --t={text} -- {text} {job}";
        for (const std::string text :
             {"$(id)", "`id`", "a b", "a;b", "--wrap", "-", "{n}", "{job}", "\"", "'", "\\", "\n",
              "*", "../../x", "|", "&& id", "\xc3\xa4", "%s", "--t={kind_dir}"})
            CPPUNIT_ASSERT_EQUAL("--t=" + text + "|--|" + text + "|/jobs/1/job.json",
                                 run(all, {{"text", {text}}}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandTest);

}  // namespace
