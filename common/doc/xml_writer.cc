// SPDX-License-Identifier: Apache-2.0
// The XML writer: a state of few flags, and the buffer.
#include "doc/xml_writer.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace vo::doc {

namespace {

constexpr std::size_t kPiece = 32 * 1024;
constexpr std::string_view kIndentation = "\n                                                ";

// ASCII names are all we use; a subset of the Name production is simpler to get right.
constexpr std::array<bool, 256> make_name_chars(bool first) {
    std::array<bool, 256> table{};
    for (unsigned c = 'a'; c <= 'z'; ++c)
        table[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c)
        table[c] = true;
    table['_'] = true;
    if (first) return table;
    for (unsigned c = '0'; c <= '9'; ++c)
        table[c] = true;
    table['-'] = table['.'] = table[':'] = true;
    return table;
}

constexpr auto kFirstChars = make_name_chars(true);
constexpr auto kNameChars = make_name_chars(false);

[[noreturn]] void misuse(std::string_view what, std::string_view name = {}) {
    std::string message = "XML writer: ";
    message += what;
    message += name;
    throw Error(Code::Internal, message);
}

void check_name(std::string_view name) {
    const auto good = [](char c) { return kNameChars[static_cast<unsigned char>(c)]; };
    if (name.empty() || !kFirstChars[static_cast<unsigned char>(name[0])] || name.back() == ':' ||
        !std::all_of(name.begin(), name.end(), good))
        misuse("not a name: ", name);
}

// A parser turns raw line ends and tabs of an attribute into blanks (XML 1.0 §3.3.3).
void append_attribute(std::string& out, std::string_view value) {
    for (auto at = value.find_first_of("\n\t"); at != std::string_view::npos;
         at = value.find_first_of("\n\t")) {
        append_xml_escaped(out, value.substr(0, at));
        out += value[at] == '\n' ? "&#10;" : "&#9;";
        value.remove_prefix(at + 1);
    }
    append_xml_escaped(out, value);
}

// HTML 5 §13.1.2: the only elements that may close themselves.
bool is_void(std::string_view name) {
    constexpr std::array<std::string_view, 6> kVoid{"br", "hr", "img", "input", "link", "meta"};
    return std::find(kVoid.begin(), kVoid.end(), name) != kVoid.end();
}

}  // namespace

XmlWriter::XmlWriter(Sink& sink, Layout layout) : sink_(sink), layout_(layout) {
    buffer_.reserve(kPiece + 4096);
    buffer_ = layout_ == Layout::Html ? "<!DOCTYPE html>"
                                      : R"(<?xml version="1.0" encoding="UTF-8"?>)";
    if (layout_ == Layout::Compact) buffer_ += '\n';
}

XmlWriter& XmlWriter::open(std::string_view name) {
    check_name(name);
    if (elements_.empty() && (has_root_ || ended_)) misuse("a second root element: ", name);
    finish_start_tag();
    indent();
    if (!elements_.empty()) elements_.back().has_children = true;
    has_root_ = true;
    elements_.push_back({names_.size()});
    names_ += name;
    buffer_ += '<';
    buffer_ += name;
    in_start_tag_ = true;
    return *this;
}

XmlWriter& XmlWriter::attr(std::string_view name, std::string_view value) {
    check_name(name);
    if (!in_start_tag_) misuse("an attribute outside a start tag: ", name);
    for (const auto at : attributes_)
        if (buffer_.compare(at, name.size(), name) == 0 && buffer_[at + name.size()] == '=')
            misuse("an attribute given twice: ", name);
    buffer_ += ' ';
    attributes_.push_back(buffer_.size());
    buffer_ += name;
    buffer_ += "=\"";
    append_attribute(buffer_, value);
    buffer_ += '"';
    return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
    if (elements_.empty()) misuse("text outside the root element");
    finish_start_tag();
    elements_.back().has_text = true;
    append_xml_escaped(buffer_, value);
    pass_on_if_full();
    return *this;
}

XmlWriter& XmlWriter::close() {
    if (elements_.empty()) misuse("nothing is open");
    const Element element = elements_.back();
    elements_.pop_back();
    if (in_start_tag_ && layout_ == Layout::Html && !is_void(names_.substr(element.name_at)))
        finish_start_tag();
    if (in_start_tag_) {
        buffer_ += "/>";
        in_start_tag_ = false;
        attributes_.clear();
    } else {
        if (element.has_children && !element.has_text) indent();
        buffer_ += "</";
        buffer_.append(names_, element.name_at);
        buffer_ += '>';
    }
    names_.resize(element.name_at);
    pass_on_if_full();
    return *this;
}

XmlWriter& XmlWriter::leaf(std::string_view name, std::string_view value) {
    return open(name).text(value).close();
}

void XmlWriter::end() {
    if (!has_root_) misuse("a document without a root element");
    if (ended_) misuse("ended twice");
    while (!elements_.empty())
        close();
    buffer_ += '\n';
    sink_.write(buffer_);
    buffer_.clear();
    ended_ = true;
}

void XmlWriter::hand_over() {
    if (elements_.empty()) misuse("content outside the root element");
    finish_start_tag();
    elements_.back().has_text = true;
    sink_.write(buffer_);
    buffer_.clear();
}

void XmlWriter::finish_start_tag() {
    if (!in_start_tag_) return;
    buffer_ += '>';
    in_start_tag_ = false;
    attributes_.clear();
}

void XmlWriter::indent() {
    if (layout_ == Layout::Compact || (!elements_.empty() && elements_.back().has_text)) return;
    buffer_ += kIndentation.substr(0, 1 + 2 * elements_.size());
}

// Never inside a start tag: attributes_ points into the buffer.
void XmlWriter::pass_on_if_full() {
    if (buffer_.size() < kPiece) return;
    sink_.write(buffer_);
    buffer_.clear();
}

}  // namespace vo::doc
