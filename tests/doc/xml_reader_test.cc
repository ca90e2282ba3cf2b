// SPDX-License-Identifier: Apache-2.0
// XML as events, and XML made to hurt.
#include "doc/xml_reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "table/read_back.h"

namespace {

using vo::doc::XmlEvent;

std::string tell(std::string_view xml) {
    std::string out;
    std::string text;
    const auto flush = [&] {
        if (!text.empty()) out += "'" + text + "' ";
        text.clear();
    };
    try {
        const vo::test::TempFile file(xml);
        vo::doc::XmlReader reader(file.descriptor());
        while (const auto* event = reader.next()) {
            if (event->kind == XmlEvent::Kind::Text) {
                text += event->text;
                continue;
            }
            flush();
            out += event->kind == XmlEvent::Kind::Start ? "<" + event->name : "/" + event->name;
            for (const auto& attribute : event->attributes)
                out += " " + attribute.name + "=" + attribute.value;
            out += ' ';
        }
        flush();
    } catch (const vo::Error& error) {
        out += "! ";
        out += error.what();
    }
    return out;
}

class XmlReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(XmlReaderTest);
    CPPUNIT_TEST(reads);
    CPPUNIT_TEST(pours);
    CPPUNIT_TEST(refuses_bombs);
    CPPUNIT_TEST(refuses_what_is_broken);
    CPPUNIT_TEST(keeps_memory_bounded);
    CPPUNIT_TEST_SUITE_END();

    static void check(const std::string& expected, const std::string& xml) {
        CPPUNIT_ASSERT_EQUAL(expected, tell(xml));
    }

    static void reads() {
        check("<a xmlns:v=u <b c=1 d=x&y 't<&> é' /b /a ",
              "<?xml version='1.0'?><v:a xmlns:v='u'><b c=\"1\" d='x&amp;y'>t&lt;<![CDATA[&>]]> "
              "&#xE9;</b></v:a>");
        check("<a /a ", std::string("\xff\xfe<\0a\0/\0>\0", 10));
        check("<a 'é' /a ", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a><!-- after -->");
        check("<a 'x y' /a ", "<a><!-- one -->x<?pi two?> y</a>");
        check("<a /a ", "\n \r\n<?xml version='1.0'?><a/>");
        check("<a /a ", "\n\n<a/>");
        // Old VOTables name their DTD.
        check("<a /a ", "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>");
        check("<a /a ", "<!-- x --><!DOCTYPE a PUBLIC '-//x' 'http://127.0.0.1:1/x'>\n<a/>");
        check("<a '<!DOCTYPE x>' /a ", "<a><![CDATA[<!DOCTYPE x>]]></a>");
    }

    static void pours() {
        const vo::test::TempFile file("<a><b>one<!-- no -->two</b><c><d/><d>x</d></c><e>1</e></a>");
        vo::doc::XmlReader reader(file.descriptor());
        CPPUNIT_ASSERT(reader.next()->is_start("a"));
        CPPUNIT_ASSERT(reader.next()->is_start("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("onetwo"), reader.text(100));
        CPPUNIT_ASSERT(reader.next()->is_start("c"));
        reader.skip();
        CPPUNIT_ASSERT(reader.next()->is_start("e"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), reader.text(1));
        CPPUNIT_ASSERT(reader.next()->is_end("a"));
        CPPUNIT_ASSERT(reader.next() == nullptr);
        CPPUNIT_ASSERT(reader.next() == nullptr);
    }

    static void refuses_bombs() {
        const std::vector<std::string> bombs{
            "<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;&x;'>]><a>&y;</a>",
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd' [<!ENTITY x 'ha'>]><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'> %x;]><a/>",
            "<!DOCTYPE a PUBLIC '-//x' 'http://127.0.0.1:1/x' []><a/>",
            "<!--<a>--><!DOCTYPE a SYSTEM 'x'><a/>",
            "<!DOCTYPE a [<!ATTLIST a b CDATA 'x'>]><a/>",
        };
        for (const auto& bomb : bombs)
            CPPUNIT_ASSERT_MESSAGE(tell(bomb),
                                   tell(bomb).find("! line 1, column ") == 0 &&
                                       tell(bomb).find("The XML has a document type declaration") !=
                                           std::string::npos);
        std::string names;
        std::string attributes;
        for (int i = 0; i < 5'000; ++i) {
            names += "<x" + std::to_string(i) + "/>";
            attributes += "<x a" + std::to_string(i) + "='1'/>";
        }
        for (const auto& many : {names, attributes})
            CPPUNIT_ASSERT(tell("<a>" + many).ends_with("more different names than any document."));
        std::string deep;
        for (int i = 0; i < 100'000; ++i)
            deep += "<a>";
        CPPUNIT_ASSERT(tell(deep).ends_with("Elements within each other, more than 100."));
        const std::string megabyte(4'000'000, 'x');
        for (const auto& long_one :
             {"<a b='" + megabyte, "<!--" + megabyte, "<a><![CDATA[" + megabyte, "<" + megabyte,
              "<?pi " + megabyte, "<a " + megabyte, "<a>&" + megabyte}) {
            const auto told = tell(long_one);
            CPPUNIT_ASSERT_MESSAGE(told.substr(0, 200), told.find("The XML ") != std::string::npos);
        }
    }

    static void refuses_what_is_broken() {
        const auto long_one = tell("<?xml version='1.0' encoding='" + std::string(5000, 'x') + "'?><a/>");
        CPPUNIT_ASSERT_MESSAGE(long_one, long_one.find("...") != std::string::npos && long_one.size() < 500);
        for (const auto* broken :
             {"", "<", "<a>", "<!DOCTYPE a SYSTEM 'x'><a>&x;</a>", "<a></b>", "<a b='1' b='2'/>",
              "<a>&x;</a>", "<a>&#0;</a>", "<a>\x01</a>", "text", "<a/><b/>", "<a>\xff\xfe</a>",
              "<a b=1/>", "<?xml version='1.0' encoding='no-such'?><a/>", "<a>]]></a>",
              "<a><b></a></b>"}) {
            const auto told = tell(broken);
            CPPUNIT_ASSERT_MESSAGE(broken + told,
                                   told.find("The XML is broken: ") != std::string::npos);
        }
    }

    // Text of any length comes in pieces.
    static void keeps_memory_bounded() {
        class Counter final : public vo::Sink {
          public:
            void write(std::string_view bytes) override {
                total += bytes.size();
                most = std::max(most, bytes.size());
            }

            std::size_t total = 0;
            std::size_t most = 0;
        };

        const vo::test::TempFile file("<a>" + std::string(20'000'000, 'x') + "</a>");
        vo::doc::XmlReader reader(file.descriptor());
        CPPUNIT_ASSERT(reader.next()->is_start("a"));
        Counter counter;
        reader.pour(counter);
        CPPUNIT_ASSERT_EQUAL(std::size_t{20'000'000}, counter.total);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(counter.most), counter.most < 1'000'000);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(XmlReaderTest);

}  // namespace
