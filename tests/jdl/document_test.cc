// SPDX-License-Identifier: Apache-2.0
// Tests of descriptions as others read them: what is told, what is not, and that nothing is lost on
// the way back.
#include "jdl/document.h"

#include <array>

#include <cppunit/extensions/HelperMacros.h>

#include "jdl/sample_kind.h"

namespace {

using vo::jdl::Form;
using vo::jdl::Kind;

// All that a description may have, and what XML has to escape.
constexpr const char* kDescription =
    "version = 2.0-rc1\ntitle = A \"kind\" & <more>\ndescription = Does it \xe2\x80\x93 "
    "\xc3\xa4\xc3\xb6\xc3\xbc.\ntype = selection\n"
    "subtype = cone\ndocumentation = https://example.org/a?b=c&d=e\ncontact_name = Someone Else\n"
    "contact_email = someone@example.org\nexecutor = local\npartition = short\n"
    "command = tool --secret-option {job}\nenvironment = SECRET=hidden\n"
    "time_s = 61\ntime_hard_s = 62\nmemory_mb = 63\ndisk_mb = 64\ncores = 65\n"
    "[parameter flag]\ntype = boolean\ndefault = true\ndescription = A flag\n"
    "[parameter small]\ntype = short\nmultiplicity = 0..1\n"
    "[parameter whole]\ntype = int\nmin = -5\nmax = 5\ndefault = -5\nmultiplicity = 0..1\n"
    "[parameter large]\ntype = long\nmin = 9223372036854775806\nmultiplicity = 1..*\n"
    "[parameter single]\ntype = float\nunit = m.s**-1\noptions = 1 | 2.5 | 1e3\n"
    "[parameter real]\ntype = double\nunit = deg\nucd = pos.angDistance\nutype = a:b.c\nmax = "
    "1e-3\nmultiplicity = 2..4\n"
    "[parameter start]\ntype = char\nxtype = timestamp\nmin = 2020-01-01\narraysize = 30*\n"
    "[parameter word]\ntype = char\nxtype = x:y\noptions = a b | c<d | e\"f | \xc3\xa4\ndefault = "
    "c<d\n"
    "[parameter text]\ntype = char\narraysize = 65536*\ndefault = a  b 'c' \"d\" $(e) & <f>\n"
    "[input one]\n"
    "[input two]\ncontent_type = application/fits image/fits\norigin = result upload\nmax_mb = "
    "7\nmultiplicity = 0..3\n"
    "description = The second\n"
    "[result first]\nfile = first.fits\ncontent_type = application/fits\ndescription = The first\n"
    "[result others]\nfile = out/*[0-9].png\ncontent_type = image/png\nmultiplicity = 0..*\n";

std::string written(Form form, const Kind& kind) {
    std::string text;
    vo::StringSink sink(text);
    vo::jdl::write_jdl(sink, form, kind, "https://example.org/vo/uws/" + kind.name);
    return text;
}

class DocumentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DocumentTest);
    CPPUNIT_TEST(back_again);
    CPPUNIT_TEST(nothing_of_the_site);
    CPPUNIT_TEST(opus_reads_it);
    CPPUNIT_TEST(json);
    CPPUNIT_TEST(types);
    CPPUNIT_TEST_SUITE_END();

    vo::jdl::KindFolder folder_;

    void back_again() {
        for (const auto& kind : {folder_.parse(kDescription), folder_.sample()})
            for (const auto form : {Form::VOTable, Form::Wadl}) {
                std::string command;
                for (const auto& word : kind.command)
                    command += word + ' ';
                const auto imported =
                    vo::jdl::import_jdl(written(form, kind), {.name = {}, .command = command});
                CPPUNIT_ASSERT_EQUAL(kind.name, imported.name);
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, imported.notes.size());
                CPPUNIT_ASSERT(imported.script.empty());
                auto same = folder_.parse(imported.text, imported.name);
                // These are not told.
                same.environment = kind.environment;
                same.text = kind.text;
                same.digest = kind.digest;
                CPPUNIT_ASSERT(kind.parameters == same.parameters && kind.inputs == same.inputs &&
                               kind.results == same.results);
                CPPUNIT_ASSERT_MESSAGE(imported.text, kind == same);
            }
    }

    void nothing_of_the_site() {
        const auto kind = folder_.parse(kDescription);
        for (const auto form : {Form::VOTable, Form::Json, Form::Wadl})
            for (const auto& secret :
                 {std::string("secret-option"), std::string("hidden"), std::string("SECRET"),
                  folder_.path().string(), std::string("tool")})
                CPPUNIT_ASSERT_MESSAGE(secret,
                                       written(form, kind).find(secret) == std::string::npos);
    }

    // Its reader takes no XML declaration, wants these groups and no others, a value in each PARAM.
    void opus_reads_it() {
        const auto text = written(Form::VOTable, folder_.parse(kDescription));
        CPPUNIT_ASSERT(text.starts_with("<VOTABLE "));
        for (const auto* part :
             {"<RESOURCE name=\"select\" type=\"meta\" utype=\"voprov:ActivityDescription\">",
              "<PARAM name=\"doculink\" datatype=\"char\" arraysize=\"*\" "
              "value=\"https://example.org/a?b=c&amp;d=e\" ",
              "<PARAM name=\"executionDuration\" datatype=\"int\" value=\"61\" unit=\"s\" "
              "utype=\"uws:Job.executionDuration\"/>",
              "<GROUP name=\"InputParams\"", "<GROUP name=\"Used\"", "<GROUP name=\"Generated\"",
              "<PARAM ID=\"small\" name=\"small\" datatype=\"short\" value=\"\" type=\"no_query\">",
              "<MIN value=\"-5\"/>", "<OPTION value=\"c&lt;d\"/>",
              "<PARAM name=\"default\" datatype=\"char\" arraysize=\"*\" value=\"out/*[0-9].png\" "
              "utype=\"voprov:Entity.id\"/>",
              "<PARAM name=\"url\" datatype=\"char\" arraysize=\"*\" value=\"file://$ID\" "})
            CPPUNIT_ASSERT_MESSAGE(part, text.find(part) != std::string::npos);
    }

    void json() {
        const auto kind = folder_.parse(
            "version=1\ndescription=x\ncommand=tool --n={n}\n[parameter n]\ntype=int\nmin=1\n");
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "{\"name\":\"select\",\"version\":\"1\",\"url\":\"https://example.org/vo/uws/"
                "select\","
                "\"description\":\"x\",\"executor\":\"local\",\"time_s\":600,\"time_hard_s\":3600,"
                "\"memory_mb\":500,\"disk_mb\":1000,\"cores\":1,\"parameters\":[{\"name\":\"n\","
                "\"type\":\"int\","
                "\"min\":\"1\",\"required\":true,\"multiplicity\":{\"least\":1,\"most\":1}}],"
                "\"inputs\":[],"
                "\"results\":[]}\n"),
            written(Form::Json, kind));
    }

    void types() {
        CPPUNIT_ASSERT_EQUAL(std::string_view("application/x-votable+xml"),
                             vo::jdl::content_type(Form::VOTable));
        CPPUNIT_ASSERT_EQUAL(std::string_view("application/json"),
                             vo::jdl::content_type(Form::Json));
        CPPUNIT_ASSERT_EQUAL(std::string_view("application/vnd.sun.wadl+xml"),
                             vo::jdl::content_type(Form::Wadl));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DocumentTest);

}  // namespace
