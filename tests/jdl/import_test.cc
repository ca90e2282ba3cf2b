// SPDX-License-Identifier: Apache-2.0
// Tests of documents of others: what becomes of them, what is said about the rest, what is refused.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <cppunit/extensions/HelperMacros.h>

#include "jdl/document.h"
#include "jdl/draft.h"
#include "jdl/sample_kind.h"

namespace {

using vo::jdl::Imported;
using vo::jdl::refusal;

std::string read_file(const std::string& name) {
    const char* const folder = std::getenv("VOGATE_SRCDIR");
    std::ifstream file(std::filesystem::path(folder == nullptr ? "." : folder) / "tests/jdl" / name,
                       std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    CPPUNIT_ASSERT_MESSAGE(name, !text.str().empty());
    return text.str();
}

bool has_note(const Imported& imported, const std::string& words) {
    return std::any_of(imported.notes.begin(), imported.notes.end(), [&](const std::string& note) {
        return note.find(words) != std::string::npos;
    });
}

std::string votable(const std::string& inner, const std::string& name = "a") {
    return "<VOTABLE><RESOURCE name='" + name + "' utype='voprov:ActivityDescription'>" + inner +
           "</RESOURCE></VOTABLE>";
}

std::string params(const std::string& inner) {
    return votable("<GROUP name='InputParams'>" + inner + "</GROUP>");
}

class ImportTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ImportTest);
    CPPUNIT_TEST(opus);
    CPPUNIT_TEST(opus_of_old);
    CPPUNIT_TEST(wadl);
    CPPUNIT_TEST(names);
    CPPUNIT_TEST(wishes);
    CPPUNIT_TEST(scripts);
    CPPUNIT_TEST(shell_names);
    CPPUNIT_TEST(refused);
    CPPUNIT_TEST(one_line);
    CPPUNIT_TEST_SUITE_END();

    vo::jdl::KindFolder folder_;

    [[nodiscard]] vo::jdl::Kind parse(const Imported& imported) const {
        if (!imported.script.empty()) folder_.write(imported.script_name, imported.script);
        return folder_.parse(imported.text, imported.name);
    }

    void opus() {
        const auto imported = vo::jdl::import_jdl(read_file("opus.vot"), {});
        const auto kind = parse(imported);
        CPPUNIT_ASSERT_EQUAL(std::string("sky-cut"), kind.name);
        CPPUNIT_ASSERT_EQUAL(std::string("Counts the lines of a list and writes a note."),
                             kind.description);
        CPPUNIT_ASSERT_EQUAL(std::string("2.1-beta"), kind.version);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{90}, kind.time_s);
        CPPUNIT_ASSERT_EQUAL(std::string("/bin/bash"), kind.program);
        CPPUNIT_ASSERT_EQUAL(std::string("{kind_dir}/sky-cut.sh"), kind.command.at(1));
        CPPUNIT_ASSERT_EQUAL(std::string("deg"), kind.find_parameter("ra")->unit);
        CPPUNIT_ASSERT_EQUAL(std::string("A  title"), kind.find_parameter("title")->default_value);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, kind.find_parameter("mode")->options.size());
        CPPUNIT_ASSERT(kind.find_parameter("wanted")->multiplicity.least == 0);
        // A parameter that names the file of a result, one that is a file, and one of UWS's name.
        CPPUNIT_ASSERT(kind.find_parameter("table") == nullptr &&
                       kind.find_parameter("list") == nullptr);
        CPPUNIT_ASSERT(kind.find_parameter("RUNID_2") != nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("0..*"), kind.find_input("list")->multiplicity.text());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, kind.find_input("list")->content_types.size());
        CPPUNIT_ASSERT(kind.find_input("map_of_sky") != nullptr);
        std::string files;
        for (const auto& result : kind.results)
            files += result.id + '=' + result.file + ' ' + result.multiplicity.text() + ' ';
        CPPUNIT_ASSERT_EQUAL(
            std::string("note=note.txt 1 counts=out-*.txt 1..* table=table.txt 0..1 log=log 1 "),
            files);
        for (const auto* words :
             {"the PARAM \"group\" is not kept", "the option \"a|b\" cannot be written",
              "the role \"map\" is not kept",
              "the multiplicity \"some\" cannot be read and is 1 here",
              "the default \"m31\" is not kept", "here they give the whole address",
              "here it is always \"table.txt\"", "has the name sky-cut here",
              "has the name \"RUNID_2\" here, which a script must use, too",
              "contact_email = \"operators\" cannot be kept",
              "parameter wanted: default = \"perhaps\"", "parameter wanted: unit",
              "parameter wanted: ucd", "parameter table_name: min",
              "content_type = \"fits\" cannot be kept", "result log: its file is \"log\""})
            CPPUNIT_ASSERT_MESSAGE(words, has_note(imported, words));
        CPPUNIT_ASSERT(imported.script.find("\ntable='table.txt'\n") != std::string::npos);
        CPPUNIT_ASSERT(imported.script.find('\r') == std::string::npos);
        CPPUNIT_ASSERT(imported.script.find("eval") == std::string::npos);
    }

    void opus_of_old() {
        const auto imported =
            vo::jdl::import_jdl(read_file("opus_old.vot"),
                                {.name = {}, .command = "tool --words={words} -- {original}"});
        const auto kind = parse(imported);
        CPPUNIT_ASSERT_EQUAL(std::string("Copies a file."), kind.description);
        CPPUNIT_ASSERT_EQUAL(std::string("https://example.org/copy"), kind.documentation);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, kind.time_s);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{8}, kind.parameters.at(0).most_characters);
        CPPUNIT_ASSERT_EQUAL(std::string("copy.txt"), kind.results.at(0).file);
        CPPUNIT_ASSERT_EQUAL(std::string("text/plain"), kind.inputs.at(0).content_types.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("The original"), kind.inputs.at(0).description);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, imported.notes.size());
    }

    void wadl() {
        const auto imported =
            vo::jdl::import_jdl(read_file("opus.wadl"), {.name = {}, .command = "tool {job}"});
        const auto kind = parse(imported);
        CPPUNIT_ASSERT_EQUAL(std::string("count-lines"), kind.name);
        CPPUNIT_ASSERT_EQUAL(std::string("Counts lines."), kind.description);
        CPPUNIT_ASSERT_EQUAL(std::string("operators@example.org"), kind.contact_email);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{45}, kind.time_s);
        CPPUNIT_ASSERT_EQUAL(std::string("9"), kind.find_parameter("least")->max);
        CPPUNIT_ASSERT(kind.find_parameter("pace")->type == vo::jdl::Type::Float &&
                       kind.find_parameter("pace")->required());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, kind.find_parameter("mode")->options.size());
        CPPUNIT_ASSERT_EQUAL(std::string("timestamp"), kind.find_parameter("when")->xtype);
        CPPUNIT_ASSERT_EQUAL(std::string("0..*"), kind.find_parameter("tags")->multiplicity.text());
        CPPUNIT_ASSERT(kind.find_input("list") != nullptr &&
                       kind.find_parameter("PHASE") == nullptr);
        CPPUNIT_ASSERT_EQUAL(std::string("lines-*.txt"), kind.results.at(1).file);
        CPPUNIT_ASSERT(has_note(imported, "the type \"xs:gYear\" becomes char"));
        const auto bare = vo::jdl::import_jdl(read_file("opus.wadl"), {});
        CPPUNIT_ASSERT(has_note(bare, "the document has no command: give it with --command"));
        CPPUNIT_ASSERT(refusal([&] {
                           static_cast<void>(parse(bare));
                       }).find("`command` is missing") != std::string::npos);
    }

    void names() {
        const auto name_of = [](const std::string& name) {
            return vo::jdl::import_jdl(votable("", name), {}).name;
        };
        CPPUNIT_ASSERT_EQUAL(std::string("my-job"), name_of("My_Job"));
        CPPUNIT_ASSERT_EQUAL(std::string("job-2nd"), name_of("2nd"));
        CPPUNIT_ASSERT_EQUAL(std::string("job-entities"), name_of("Entities"));
        CPPUNIT_ASSERT_EQUAL(std::string("a-b"), name_of("_a  b/"));
        CPPUNIT_ASSERT_EQUAL(std::string("job"), name_of("\xc3\xa4"));
        CPPUNIT_ASSERT_EQUAL(std::string(40, 'a'), name_of(std::string(70, 'a')));
        const auto kind = parse(
            vo::jdl::import_jdl(params("<PARAM name='a-b' datatype='int' value=''/><PARAM "
                                       "name='A_B' datatype='int' value=''/>"
                                       "<PARAM name='1' datatype='int' value=''/><PARAM "
                                       "datatype='int' value=''/><PARAM name='a$(id)' value=''/>"),
                                {.name = {}, .command = "tool {job}"}));
        std::string all;
        for (const auto& parameter : kind.parameters)
            all += parameter.name + ' ';
        CPPUNIT_ASSERT_EQUAL(std::string("a_b A_B_2 _1 _ a__id_ "), all);
    }

    void wishes() {
        const auto document = votable("<PARAM name='script' value='echo'/>");
        CPPUNIT_ASSERT_EQUAL(std::string("b"),
                             vo::jdl::import_jdl(document, {.name = "b", .command = {}}).name);
        CPPUNIT_ASSERT_EQUAL(
            std::string("b.sh"),
            vo::jdl::import_jdl(document, {.name = "b", .command = {}}).script_name);
        const auto with_command =
            vo::jdl::import_jdl(document, {.name = {}, .command = "tool\n[result x]\n\"a  b\""});
        CPPUNIT_ASSERT(with_command.script.empty() && with_command.script_name.empty());
        CPPUNIT_ASSERT(with_command.text.find("\ncommand = tool [result x] \"a  b\"\n") !=
                       std::string::npos);
        for (const auto* bad : {"../b", "B", "prov"})
            CPPUNIT_ASSERT(refusal([&] {
                               static_cast<void>(
                                   vo::jdl::import_jdl(document, {.name = bad, .command = {}}));
                           }).find("cannot be the name of a kind") != std::string::npos);
    }

    void scripts() {
        const auto script = vo::jdl::make_script({"a"}, {{"out", "it's *.txt"}}, "echo $a\r\n");
        CPPUNIT_ASSERT(script.starts_with("#!/bin/bash\n"));
        CPPUNIT_ASSERT(script.find("\nout='it'\\''s *.txt'\n") != std::string::npos);
        CPPUNIT_ASSERT(script.ends_with("\necho $a\n\n"));
        const auto noted = [](const char* text, const char* words) {
            for (const auto& note : vo::jdl::find_script_notes(text))
                if (note.find(words) != std::string::npos) return true;
            return false;
        };
        CPPUNIT_ASSERT(noted("x=$(( $n + 1 ))", "evaluates the values of variables as arithmetic"));
        CPPUNIT_ASSERT(noted("[[ $n -eq 3 ]]", "-eq"));
        CPPUNIT_ASSERT(noted("eval \"$a\"", "eval runs what it is given"));
        CPPUNIT_ASSERT(noted("bash -c \"$a\"", "sh -c runs the text"));
        CPPUNIT_ASSERT(noted("cp $wd/a ${jd}/b", "$jd") && noted("cp $wd/a", "$wd"));
        CPPUNIT_ASSERT(vo::jdl::find_script_notes("cp $wdx $rs_a \"$a\"").empty());
    }

    void shell_names() {
        for (const std::string name :
             {"PATH", "IFS", "RANDOM", "SECONDS", "OPTIND", "BASH_ENV", "LD_PRELOAD", "PS4",
              "HISTCMD", "PYTHONPATH", "vogate_word", "UID", "_"}) {
            const auto script = std::string("<PARAM name='script' value='echo'/>");
            for (const auto& document :
                 {votable(script + "<GROUP name='InputParams'><PARAM name='" + name +
                          "' datatype='char' value=''/></GROUP>"),
                  votable(script + "<GROUP name='Generated'><GROUP name='" + name + "'/></GROUP>")})
                CPPUNIT_ASSERT_MESSAGE(
                    name, refusal([&] {
                              static_cast<void>(vo::jdl::import_jdl(document, {}));
                          }).find("which is a variable of the shell itself") != std::string::npos);
        }
    }

    void refused() {
        const auto refused = [](const std::string& document) {
            return refusal([&] { static_cast<void>(vo::jdl::import_jdl(document, {})); });
        };
        CPPUNIT_ASSERT(refused("") != "accepted");
        CPPUNIT_ASSERT(refused("<a").find("The XML is broken") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(
            std::string("the document is <html>, neither a VOTable of OPUS (<VOTABLE>) nor WADL "
                        "(<application>)"),
            refused("<html/>"));
        CPPUNIT_ASSERT(refused("<VOTABLE/>").find("the VOTable has no RESOURCE") !=
                       std::string::npos);
        CPPUNIT_ASSERT(
            refused("<application/>").find("the WADL has no resource with a method POST") !=
            std::string::npos);
        CPPUNIT_ASSERT(refused("<!DOCTYPE a [<!ENTITY x 'y'>]><VOTABLE>&x;</VOTABLE>")
                           .find("document type declaration") != std::string::npos);
        CPPUNIT_ASSERT(refused("<VOTABLE>" + std::string(1'000'000, ' ') + "</VOTABLE>")
                           .find("more than 1000000 bytes") != std::string::npos);
        std::string many = "<VOTABLE>";
        for (int i = 0; i < 60'000; ++i)
            many += "<a/>";
        CPPUNIT_ASSERT(refused(many + "</VOTABLE>").find("more elements than any description") !=
                       std::string::npos);
        std::string parameters;
        for (int i = 0; i < 300; ++i)
            parameters += "<PARAM name='p" + std::to_string(i) + "' datatype='int' value=''/>";
        CPPUNIT_ASSERT(refused(params(parameters)).find("more than 200 parameters") !=
                       std::string::npos);
    }

    // Nothing of a document begins a line of the description.
    void one_line() {
        const std::string evil = "x&#10;command = /bin/rm&#10;[parameter y]";
        const auto imported = vo::jdl::import_jdl(
            votable("<DESCRIPTION>x\ncommand = /bin/rm\n</DESCRIPTION><PARAM name='title' value='" +
                    evil + "'/><PARAM name='version' value='" + evil +
                    "'/><PARAM name='executor' value='" + evil +
                    "'/><GROUP name='InputParams'><PARAM name='p' value='" + evil + "' unit='" +
                    evil + "' utype='" + evil + "' xtype='" + evil + "'><VALUES><OPTION value='" +
                    evil +
                    "'/></VALUES></PARAM></GROUP>"
                    "<GROUP name='Used'><GROUP name='u'><PARAM name='content_type' value='" +
                    evil +
                    "'/></GROUP></GROUP><GROUP name='Generated'><GROUP name='r'><PARAM "
                    "name='default' value='" +
                    evil + "'/><PARAM name='content_type' value='" + evil + "'/></GROUP></GROUP>"),
            {.name = {}, .command = "tool {job}"});
        std::istringstream lines(imported.text);
        int commands = 0;
        int headings = 0;
        for (std::string line; std::getline(lines, line);) {
            commands += line.starts_with("command") ? 1 : 0;
            headings += line.starts_with("[") ? 1 : 0;
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(imported.text, 1, commands);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(imported.text, 3, headings);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportTest);

}  // namespace
