// SPDX-License-Identifier: Apache-2.0
// Tests of descriptions: one that is right, and many that lie, each with its line and its reason.
#include <array>

#include <cppunit/extensions/HelperMacros.h>

#include "jdl/sample_kind.h"

namespace {

using vo::jdl::KindFolder;
using vo::jdl::refusal;

struct Lie {
    int at;            // the line that is another; 0: all of the text is
    const char* text;  // what it is; may have several lines
    int line;          // which is blamed
    const char* words;
};

const std::vector<Lie> kLies{
    // The form.
    {0, "", 1, "`version` is missing, as in `version = 1.0`"},
    {1, "x", 1, "expected `key = value`, found \"x\""},
    {1, "two words = 1", 1, "expected `key = value`"},
    {1, "= 1", 1, "expected `key = value`"},
    {1, "    indented", 1,
     "an indented line goes on with the value of the line above it, and there is none"},
    {9, "\n    late", 10, "there is none; begin \"late\" at the left"},
    {10, "[parameter radius", 10, "expected `[parameter NAME]`"},
    {10, "[parameter]", 10, "expected a word and a name"},
    {10, "[parameter a b]", 10, "expected a word and a name"},
    {10, "[parametre radius]", 10, "there is no section [parametre ...]"},
    {1, "# \x1b[2J", 1, "a control character"},
    {1,
     "# \xc2\x9b"
     "2J",
     1, "a control character"},
    {3, "description = caf\xe9", 3, "bytes that are not UTF-8"},
    // Keys.
    {2, "versoin = 1.0", 2, "there is no key \"versoin\" here; did you mean version?"},
    {2, "min = 1", 2, "there is no key \"min\" here; the keys are command, contact_email"},
    {11, "file = x", 11, "there is no key \"file\" here; the keys are arraysize, default"},
    {6, "time_s = 60\ntime_s = 61", 7, "the key time_s is there already, on line 6"},
    {2, "version = 1.0 beta", 2,
     "version is a word of at most 100 ASCII characters, not \"1.0 beta\""},
    {2, "version =", 2, "`version` is missing"},
    {3, "title = x", 1, "`description` is missing"},
    {5, "# no command", 1, "`command` is missing, as in `command = PROGRAM"},
    {6, "time_s = 0", 6, "time_s takes a whole number from 1 to 31536000, not \"0\""},
    {6, "time_s = 601", 6, "time_s = 601 is more than time_hard_s = 600"},
    {6, "memory_mb = much", 6, "memory_mb takes a whole number"},
    {6, "cores = 1.5", 6, "cores takes a whole number from 1 to 100000, not \"1.5\""},
    {6, "executor = slurm", 6, "there is no executor \"slurm\"; this site has local"},
    {6, "documentation = ftp://example.org", 6,
     "documentation is an address that begins with http://"},
    {6, "contact_email = nobody", 6, "contact_email is an address such as name@example.org"},
    // The environment.
    {8, "environment = HOME", 8, "expected `environment = NAME=value`, found \"HOME\""},
    {8, "environment = 1A=b", 8, "expected `environment = NAME=value`"},
    {8, "environment = A=1\nenvironment = A=2", 9, "the variable \"A\" is there already"},
    {8, "environment = VOGATE_X=1", 8, "variables that begin with VOGATE_ are the worker's"},
    {8, "environment = A={radius}", 8, "here {radius} would stay as it is"},
    // The command.
    {5, "command = tool \"--radius={radius}", 5,
     "the command has a double quote that is not closed"},
    {5, "command = nowhere {radius}", 5, "there is no command \"nowhere\" in "},
    {5, "command = plain {radius}", 5, "there is no command \"plain\" in "},
    {5, "command = /nowhere/x {radius}", 5,
     "the command \"/nowhere/x\" is not there or may not be executed"},
    {5, "command = {kind_dir}/plain", 5, "plain\" is not there or may not be executed"},
    {5, "command = {kind_dir}", 5, "\" is not there or may not be executed"},
    {5, "command = ../tool", 5, "the command \"../tool\" is relative to no known folder"},
    {5, "command = \"\" {radius}", 5, "the command \"\" is relative to no known folder"},
    {5, "command = {mode} {radius}", 5, "there is no command \"{mode}\""},
    {5, "command = tool --radius={raduis}", 5,
     "the command has {raduis}, which is no parameter and no input; did you mean {radius}?"},
    {5, "command = tool --radius={}", 5, "has braces around what is no name"},
    {5, "command = tool --radius={radius", 5, "has braces around what is no name"},
    {5, "command = tool --radius=radius}", 5, "has braces around what is no name"},
    {5, "command = tool ${radius;x}", 5, "has braces around what is no name"},
    {5, "command = tool {{radius}}", 5, "has braces around what is no name"},
    {5, "command = tool {radius} {mode} {names}", 5,
     "begins with {names}, whose value could be an option"},
    {5, "command = tool {events} --", 5, "begins with {events}, whose value could be an option"},
    {5, "command = tool {names}={radius}", 5,
     "begins with {names}, whose value could be an option"},
    {5, "command = tool --a={radius} -m {mode} -- -n {names} --e={events}", 5,
     "when {names} has no value, its word is left out and \"-n\" stays; write -n={names}"},
    {5, "command = tool --radius={radius} --mode={mode} -- {events}", 23,
     "the command does not use the parameter \"names\"; write --names={names}, or {job}"},
    {5, "command = tool --radius={radius} --mode={mode} -- {names}", 28,
     "the command does not use the input \"events\""},
    {5, "command = bash -c \"tool {radius}\"", 5,
     "is a program for a shell or an interpreter, and the value of {radius} would be a part"},
    {5, "command = bash -ec --posix \"tool {radius}\"", 5, "is a program for a shell"},
    {5, "command = env A=b /bin/sh -c \"tool {radius}\"", 5, "is a program for a shell"},
    {5, "command = env python3.11 -I -c \"print({radius})\"", 5, "is a program for a shell"},
    {5, "command = env perl -e{radius}", 5, "is a program for a shell"},
    {5, "command = env -S \"tool {radius}\"", 5, "is a program for a shell"},
    {5, "command = env ssh host tool {radius}", 5, "is a program for a shell"},
    {5, "command = env timeout 5 sh -c \"tool {radius}\"", 5, "is a program for a shell"},
    {5, "command = bash {kind_dir}/nowhere.sh {radius}", 5,
     "nowhere.sh\", which is not there or may not be read"},
    {5, "command = tool --table={kind_dir}/nowhere {job}", 5,
     "nowhere\", which is not there or may not be read"},
    // Names.
    {10, "[parameter 1st]", 10,
     "the name \"1st\" must be at most 64 letters, digits and _, no digit first"},
    {10, "[parameter a-b]", 10, "the name \"a-b\" must be"},
    {10, "[parameter $(id)]", 10, "the name \"$(id)\" must be"},
    {10, "[parameter phase]", 10, "the name \"phase\" is taken by the service"},
    {10, "[parameter RunId]", 10, "the name \"RunId\" is taken by the service"},
    {10, "[parameter job]", 10, "the name \"job\" is taken by the service"},
    {10, "[parameter kind_dir]", 10, "the name \"kind_dir\" is taken by the service"},
    {18, "[parameter Radius]", 18, "the name \"Radius\" is there already, on line 10"},
    {28, "[input MODE]", 28, "the name \"MODE\" is there already, on line 18"},
    {32, "[result stdout]", 32, "the name \"stdout\" is taken by the service"},
    {34, "file = a\n[result Selected]\nfile = b", 35,
     "the name \"Selected\" is there already, on line 32"},
    {32, "[result a/b]", 32, "the name \"a/b\" must be"},
    // Parameters.
    {11, "# no type", 10, "[parameter radius] has no type, as in `type = double`"},
    {11, "type =", 11, "[parameter radius] has no type"},
    {11, "type = real", 11,
     "there is no type \"real\"; the types are boolean, short, int, long, float, double, char"},
    {12, "unit = degrees!", 12, "\"degrees!\" is no unit of VOUnits"},
    {13, "ucd = pos.angdist", 13, "is no word of UCD1+"},
    {13, "xtype = timestamp", 13, "a timestamp is of the type char"},
    {13, "arraysize = 80*", 13, "only a char has an arraysize"},
    {14, "min = 181", 14, "min = 181 is above max = 180"},
    {14, "min = low", 14, "min = \"low\" is not of the type double"},
    {15, "max = NaN", 15, "max = \"NaN\" is not of the type double"},
    {16, "default = 180.1", 16, "the default \"180.1\" must be a number from 0 to 180 deg"},
    {16, "default = inf", 16, "the default \"inf\" must be a number from 0 to 180 deg"},
    {16, "default = 1 deg", 16, "the default \"1 deg\" must be a number"},
    {16, "options = 1 | 200", 16, "the option \"200\" must be a number from 0 to 180 deg"},
    {16, "options = 1 | | 2", 16, "an option is empty"},
    {16, "multiplicity = 2..3\ndefault = 1", 17, "a default is one value, and multiplicity = 2..3"},
    {16, "multiplicity = 0", 16,
     "multiplicity is a number, N..M or N..*, such as 1, 0..1 or 1..*, not \"0\""},
    {16, "multiplicity = 3..2", 16, "multiplicity is a number"},
    {16, "multiplicity = *", 16, "multiplicity is a number"},
    {16, "multiplicity = -1..2", 16, "multiplicity is a number"},
    {16, "multiplicity = 1..20000", 16, "multiplicity is a number"},
    {19, "type = int", 20,
     "the option \"cone\" must be a whole number from -2147483648 to 2147483647"},
    {19, "type = boolean", 20, "a boolean has no options but true and false"},
    {20, "options = cone | cone", 20, "the option \"cone\" is there twice"},
    {21, "default = Cone", 21, "the default \"Cone\" must be one of cone, box"},
    {21, "unit = deg", 21, "a char has no unit"},
    {21, "min = 1", 21, "a char has no min; only numbers and timestamps have"},
    {25, "arraysize = 80", 25, "arraysize is the most characters and a star, as in 80*"},
    {25, "arraysize = 65537*", 25, "arraysize is the most characters"},
    {25, "xtype = timestamp\nmin = 2020-13-01", 26, "min = \"2020-13-01\" is not of the type char"},
    {25, "arraysize = 2*\ndefault = abc", 26,
     "the default \"abc\" must be a text of at most 2 characters"},
    // Inputs and results.
    {29, "content_type = fits", 29, "a content type is such as application/fits, not \"fits\""},
    {30, "origin = cloud", 30,
     "there is no origin \"cloud\"; they are upload, url, did and result"},
    {30, "origin = url url", 30, "the origin \"url\" is there twice"},
    {30, "max_mb = 0", 30, "max_mb takes a whole number"},
    {33, "content_type = a b", 33, "a content type is such as application/fits, not \"a b\""},
    {34, "# no file", 32, "[result selected] has no file, as in `file = selected.fits`"},
    {34, "file = /etc/passwd", 34, "it is relative to the job's folder"},
    {34, "file = ../x", 34, "has the part \"..\""},
    {34, "file = a/../b", 34, "has the part \"..\""},
    {34, "file = a//b", 34, "begins or ends with \"/\" or has two of them"},
    {34, "file = [a", 34, "has a [ that no ] closes"},
    {34, "file = a\\*", 34, "has a backslash"},
    {34, "file = inputs/events.fits", 34, "may be a file of an input, which would be a loop"},
    {34, "file = */*.fits", 34, "may be a file of an input, which would be a loop"},
    {34, "file = a.fits\nmultiplicity = 1..*", 35,
     "the file \"a.fits\" is one, and multiplicity = 1..*"},
    {34, "file = a\n[result b]\nfile = a", 36, "the file \"a\" is the result selected already"},
};

class ParseKindTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ParseKindTest);
    CPPUNIT_TEST(right);
    CPPUNIT_TEST(defaults);
    CPPUNIT_TEST(lies);
    CPPUNIT_TEST(names_of_kinds);
    CPPUNIT_TEST(too_much);
    CPPUNIT_TEST(allowed_commands);
    CPPUNIT_TEST_SUITE_END();

    KindFolder folder_;

    [[nodiscard]] std::string refusal_of(const std::string& text) const {
        return refusal([&] { static_cast<void>(folder_.parse(text)); });
    }

    void right() {
        const auto text = vo::jdl::join_lines(vo::jdl::sample_lines());
        for (const auto& same : {text, "\xef\xbb\xbf" + text, text + "\r\n"}) {
            const auto kind = folder_.parse(same);
            CPPUNIT_ASSERT_EQUAL(std::string("Selects events."), kind.description);
            CPPUNIT_ASSERT_EQUAL(std::size_t{6}, kind.command.size());
            CPPUNIT_ASSERT_EQUAL((folder_.path() / "tool").string(), kind.program);
            CPPUNIT_ASSERT_EQUAL("HOME=" + (folder_.path() / "home").string(),
                                 kind.environment.at(0));
            CPPUNIT_ASSERT_EQUAL(std::int64_t{600}, kind.time_hard_s);
            CPPUNIT_ASSERT_EQUAL(same, kind.text);
            CPPUNIT_ASSERT_EQUAL(std::size_t{64}, kind.digest.size());
            CPPUNIT_ASSERT_EQUAL(std::size_t{3}, kind.parameters.size());
            CPPUNIT_ASSERT_EQUAL(std::int64_t{80}, kind.find_parameter("NAMES")->most_characters);
            CPPUNIT_ASSERT_EQUAL(std::string("0..3"),
                                 kind.find_parameter("names")->multiplicity.text());
            CPPUNIT_ASSERT(!kind.find_parameter("mode")->required() &&
                           kind.find_parameter("events") == nullptr);
            CPPUNIT_ASSERT(kind.find_input("Events")->takes(vo::jdl::Origin::Url));
            CPPUNIT_ASSERT(!kind.find_input("events")->takes(vo::jdl::Origin::Did));
        }
    }

    void defaults() {
        const auto kind = folder_.parse(
            "version=1\ndescription=x\ncommand=tool {job}\n[parameter a]\ntype=char\n"
            "[input b]\n[result c]\nfile=*.png\nmultiplicity=1..*\n");
        CPPUNIT_ASSERT_EQUAL(std::int64_t{600}, kind.time_s);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{3600}, kind.time_hard_s);
        CPPUNIT_ASSERT_EQUAL(std::string("local"), kind.executor);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1024}, kind.parameters[0].most_characters);
        CPPUNIT_ASSERT(kind.parameters[0].required() &&
                       kind.inputs[0].takes(vo::jdl::Origin::Result));
        CPPUNIT_ASSERT_EQUAL(std::string("application/octet-stream"), kind.results[0].content_type);
        CPPUNIT_ASSERT_EQUAL(
            std::int64_t{7200},
            folder_.parse("version=1\ndescription=x\ncommand=tool\ntime_s=7200").time_hard_s);
    }

    void lies() {
        CPPUNIT_ASSERT(kLies.size() >= 60);
        std::string wrong;
        for (const auto& lie : kLies) {
            auto lines = vo::jdl::sample_lines();
            if (lie.at > 0) lines.at(static_cast<std::size_t>(lie.at) - 1) = lie.text;
            // What it goes on with would be taken for a fault of its own.
            if (lie.at == 3) lines.at(3) = "";
            const auto found = refusal_of(lie.at == 0 ? lie.text : vo::jdl::join_lines(lines));
            const auto place = "select.job:" + std::to_string(lie.line) + ": ";
            if (!found.starts_with(place) || found.find(lie.words) == std::string::npos)
                wrong += "\nwanted: " + place + "..." + lie.words + "\nfound:  " + found;
        }
        CPPUNIT_ASSERT_EQUAL(std::string(), wrong);
        // The text that all of them are made of is right.
        CPPUNIT_ASSERT_EQUAL(std::string("accepted"),
                             refusal_of(vo::jdl::join_lines(vo::jdl::sample_lines())));
    }

    void names_of_kinds() {
        const auto text = vo::jdl::join_lines(vo::jdl::sample_lines());
        for (const auto* good : {"a", "select-2", "a234567890123456789012345678901234567890"})
            static_cast<void>(folder_.parse(text, good));
        for (const auto* bad :
             {"", "Select", "2nd", "-a", "a_b", "../a", "a.b", "jdl", "entities", "event", "prov",
              "kinds", "availability", "capabilities", "a2345678901234567890123456789012345678901"})
            CPPUNIT_ASSERT_MESSAGE(bad,
                                   refusal([&] {
                                       static_cast<void>(folder_.parse(text, bad));
                                   }).find("cannot be the name of a kind") != std::string::npos);
    }

    void too_much() {
        const std::string head = "version=1\ndescription=x\ncommand=tool {job}\n";
        std::string many = head;
        for (int i = 0; i < 201; ++i)
            many += "[parameter p" + std::to_string(i) + "]\ntype=int\n";
        CPPUNIT_ASSERT(refusal_of(many).find("more than 200 parameters and inputs") !=
                       std::string::npos);
        CPPUNIT_ASSERT(refusal_of(head + "title=" + std::string(1'000'000, 'x'))
                           .find("more than 1000000 bytes") != std::string::npos);
        std::string options = head + "[parameter a]\ntype=int\noptions=0";
        for (int i = 1; i <= 1000; ++i)
            options += '|' + std::to_string(i);
        CPPUNIT_ASSERT(refusal_of(options).find("more than 1000 options") != std::string::npos);
        std::string words = "version=1\ndescription=x\ncommand=tool";
        for (int i = 0; i < 1000; ++i)
            words += " -c";
        CPPUNIT_ASSERT(refusal_of(words).find("a command of more than 1000 words") !=
                       std::string::npos);
    }

    // What looks like a lie and is none.
    void allowed_commands() {
        for (const auto* command : {
                 "tool {radius} --mode={mode} -- {names} {events}",
                 "tool {mode} {radius} {job}",
                 "tool --radius {radius} {job}",
                 "bash -c \"tool \\\"$1\\\"\" x --radius={radius} --job={job}",
                 "bash {kind_dir}/script.sh names={names} radius={radius} mode={mode} "
                 "events={events}",
                 "{kind_dir}/tool --r=\"{radius} deg\" --mode={MODE} --names={names} --e={events}",
                 "/bin/sh {kind_dir}/script.sh {job}",
                 "bash {kind_dir}/script.sh -c{radius} {job}",
                 "env perl -e \"print @ARGV\" x{radius} {job}",
             }) {
            auto lines = vo::jdl::sample_lines();
            lines.at(4) = std::string("command = ") + command;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(command, std::string("accepted"),
                                         refusal_of(vo::jdl::join_lines(lines)));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ParseKindTest);

}  // namespace
