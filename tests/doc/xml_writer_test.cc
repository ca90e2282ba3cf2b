// SPDX-License-Identifier: Apache-2.0
// The XML writer: what it writes, and that misuse cannot pass.
#include "doc/xml_writer.h"

#include <functional>
#include <limits>

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"

namespace {

using vo::doc::XmlWriter;
using Layout = XmlWriter::Layout;

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

// What the calls write after the declaration.
std::string written(const std::function<void(XmlWriter&)>& calls, Layout layout = Layout::Compact) {
    std::string out;
    vo::StringSink sink(out);
    XmlWriter xml(sink, layout);
    calls(xml);
    xml.end();
    CPPUNIT_ASSERT(out.starts_with(kDeclaration));
    return out.substr(kDeclaration.size() + 1);
}

void assert_misuse(const std::function<void(XmlWriter&)>& calls) {
    try {
        written(calls);
    } catch (const vo::Error& error) {
        CPPUNIT_ASSERT(error.code() == vo::Code::Internal);
        return;
    }
    CPPUNIT_FAIL("a misuse passed");
}

class CountingSink final : public vo::Sink {
  public:
    void write(std::string_view bytes) override {
        ++calls;
        size += bytes.size();
    }

    std::size_t calls = 0;
    std::size_t size = 0;
};

}  // namespace

class XmlWriterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(XmlWriterTest);
    CPPUNIT_TEST(writes_elements_and_attributes);
    CPPUNIT_TEST(escapes_values);
    CPPUNIT_TEST(keeps_line_ends_of_attributes);
    CPPUNIT_TEST(replaces_what_xml_cannot_hold);
    CPPUNIT_TEST(writes_numbers_so_that_they_read_back);
    CPPUNIT_TEST(indents_elements_but_never_text);
    CPPUNIT_TEST(end_closes_what_is_open);
    CPPUNIT_TEST(refuses_misuse);
    CPPUNIT_TEST(gathers_small_pieces);
    CPPUNIT_TEST(hands_over_for_content_written_elsewhere);
    CPPUNIT_TEST(unended_document_is_left_unfinished);
    CPPUNIT_TEST_SUITE_END();

    void writes_elements_and_attributes() {
        CPPUNIT_ASSERT_EQUAL(std::string("<a x=\"1\" ns:y=\"two\"><b/>text<c>d</c></a>\n"),
                             written([](XmlWriter& xml) {
                                 xml.open("a").attr("x", 1).attr("ns:y", "two");
                                 xml.open("b").close().text("text").leaf("c", "d").close();
                             }));
    }

    void escapes_values() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("<a x=\"&lt;&quot;&amp;&gt;\">]]&gt;&lt;script&gt;&amp;amp;</a>\n"),
            written(
                [](XmlWriter& xml) { xml.open("a").attr("x", "<\"&>").text("]]><script>&amp;"); }));
    }

    void keeps_line_ends_of_attributes() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("<a x=\"1&#10;2&#9;3&#13;&lt;\"/>\n"),
            written([](XmlWriter& xml) { xml.open("a").attr("x", "1\n2\t3\r<"); }));
    }

    void replaces_what_xml_cannot_hold() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("<a>\xEF\xBF\xBD-\xEF\xBF\xBD-\xC3\xA9</a>\n"),
            written([](XmlWriter& xml) { xml.open("a").text("\x01-\xFF-\xC3\xA9"); }));
    }

    void writes_numbers_so_that_they_read_back() {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "<a b=\"true\" f=\"0.1\" n=\"-9223372036854775808\">0.30000000000000004</a>\n"),
            written([](XmlWriter& xml) {
                xml.open("a").attr("b", true).attr("f", 0.1F);
                xml.attr("n", std::numeric_limits<std::int64_t>::min()).text(0.1 + 0.2);
            }));
    }

    void indents_elements_but_never_text() {
        CPPUNIT_ASSERT_EQUAL(std::string("<a>\n  <b>\n    <c>x</c>\n  </b>\n  <d/>\n  "
                                         "<p>text <b>bold</b> more</p>\n</a>\n"),
                             written(
                                 [](XmlWriter& xml) {
                                     xml.open("a").open("b").leaf("c", "x").close();
                                     xml.open("d").close();
                                     xml.open("p").text("text ").leaf("b", "bold").text(" more");
                                 },
                                 Layout::Indented));
    }

    void end_closes_what_is_open() {
        CPPUNIT_ASSERT_EQUAL(std::string("<a><b><c/></b></a>\n"),
                             written([](XmlWriter& xml) { xml.open("a").open("b").open("c"); }));
    }

    void refuses_misuse() {
        assert_misuse([](XmlWriter&) {});
        assert_misuse([](XmlWriter& xml) { xml.text("x"); });
        assert_misuse([](XmlWriter& xml) { xml.close(); });
        assert_misuse([](XmlWriter& xml) { xml.open("a").close().close(); });
        assert_misuse([](XmlWriter& xml) { xml.open("a").close().open("b"); });
        assert_misuse([](XmlWriter& xml) { xml.open("a").close().text("x"); });
        assert_misuse([](XmlWriter& xml) { xml.open("a").text("x").attr("y", "z"); });
        assert_misuse([](XmlWriter& xml) { xml.open("a").attr("x", "1").attr("x", "2"); });
        assert_misuse([](XmlWriter& xml) { xml.attr("x", "1"); });
        for (const auto* name : {"", "1a", "a b", "a>", "-a", ":a", "a:", "\xC3\xA9"})
            assert_misuse([name](XmlWriter& xml) { xml.open(name); });
        assert_misuse([](XmlWriter& xml) {
            xml.open("a").end();
            xml.open("b");
        });
    }

    void gathers_small_pieces() {
        CountingSink sink;
        XmlWriter xml(sink);
        xml.open("a");
        for (int i = 0; i < 100'000; ++i)
            xml.leaf("TD", "0.125");
        xml.end();
        CPPUNIT_ASSERT(sink.size > 1'400'000);
        CPPUNIT_ASSERT(sink.calls < 60);
    }

    void hands_over_for_content_written_elsewhere() {
        std::string out;
        vo::StringSink sink(out);
        XmlWriter xml(sink, Layout::Indented);
        xml.open("a").open("b").attr("x", "y");
        xml.hand_over();
        sink.write("<TR/>");
        xml.close().end();
        CPPUNIT_ASSERT_EQUAL(std::string(kDeclaration) + "\n<a>\n  <b x=\"y\"><TR/></b>\n</a>\n",
                             out);
    }

    void unended_document_is_left_unfinished() {
        std::string out;
        {
            vo::StringSink sink(out);
            XmlWriter xml(sink);
            xml.open("a").hand_over();
            xml.text("lost");
        }
        CPPUNIT_ASSERT(out.ends_with("<a>"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(XmlWriterTest);
