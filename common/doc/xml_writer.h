// SPDX-License-Identifier: Apache-2.0
// XmlWriter: a streaming writer of XML 1.0 in UTF-8 that cannot emit an ill-formed document.
//
//     XmlWriter xml(response, XmlWriter::Layout::Indented);
//     xml.open("vosi:availability").attr("xmlns:vosi", kNamespace);
//     xml.leaf("vosi:available", "true");
//     xml.end();
//
// Names are ours (checked), values are anybody's (escaped; what XML cannot hold becomes U+FFFD).
// A misuse - an attribute after content, a second root, the same attribute twice - is an Internal
// error at once. Bytes are gathered and reach the sink in pieces of 32 KiB, so that hot loops cost
// few calls. end() closes what is open and hands the rest over; without it the document stays
// unfinished on purpose: the destructor writes nothing, so that a failure never looks complete.
// Constant memory; one thread; the sink must outlive the writer.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/sink.h"
#include "base/text.h"

namespace vo::doc {

class XmlWriter {
  public:
    // Html: a document that is XML and HTML 5 at once, with the doctype of the latter and with end
    // tags wherever it wants them.
    enum class Layout { Compact, Indented, Html };

    explicit XmlWriter(Sink& sink, Layout layout = Layout::Compact);

    XmlWriter& open(std::string_view name);

    // REQUIRES: directly after open() or another attr().
    XmlWriter& attr(std::string_view name, std::string_view value);

    XmlWriter& attr(std::string_view name, const char* value) {
        return attr(name, std::string_view(value));
    }

    XmlWriter& attr(std::string_view name, bool value) {
        return attr(name, std::string_view(value ? "true" : "false"));
    }

    template <typename Number>

    requires std::integral<Number> || std::floating_point<Number> XmlWriter& attr(
        std::string_view name, Number value) {
        return attr(name, std::string_view(number_text(value)));
    }

    XmlWriter& text(std::string_view value);

    template <typename Number>

    requires std::integral<Number> || std::floating_point<Number> XmlWriter& text(Number value) {
        return text(std::string_view(number_text(value)));
    }

    XmlWriter& close();

    // <name>value</name>
    XmlWriter& leaf(std::string_view name, std::string_view value);

    // Closes all that is open and hands everything to the sink; nothing may follow.
    void end();

    // Hands over what was gathered, the start tag that is open included, so that the caller may
    // write content of its own, escaped and balanced, straight to the sink before going on here.
    // The content counts as text: no indentation follows in this element.
    void hand_over();

    [[nodiscard]] std::size_t depth() const { return elements_.size(); }

  private:
    struct Element {
        std::size_t name_at;  // in names_
        bool has_text = false;
        bool has_children = false;
    };

    template <typename Number>
    static std::string number_text(Number value) {
        if constexpr (std::integral<Number>) return std::to_string(value);
        std::string text;
        if constexpr (std::floating_point<Number>) append_number(text, value);
        return text;
    }

    void finish_start_tag();
    void indent();
    void pass_on_if_full();

    Sink& sink_;
    Layout layout_;
    std::string buffer_;
    std::string names_;  // of the open elements, one after the other
    std::vector<Element> elements_;
    std::vector<std::size_t> attributes_;  // of the open start tag: where, in buffer_
    bool in_start_tag_ = false;
    bool has_root_ = false;
    bool ended_ = false;
};

}  // namespace vo::doc
