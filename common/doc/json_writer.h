// SPDX-License-Identifier: Apache-2.0
// JsonWriter: the same shape as XmlWriter for JSON (RFC 8259): streaming, escaping, and unable to
// emit a malformed document.
//
//     JsonWriter json(response);
//     json.open_object().key("rows").value(3).key("data").open_array();
//     for (...) json.value(x);
//     json.end();
//
// JSON has no NaN and no infinities: they become null. A misuse - a value without a key in an
// object, a key in an array, a second top value - is an Internal error at once. end() closes what
// is open; without it the document stays unfinished, so that a failure never looks complete.
// Constant memory; one thread; the sink must outlive the writer.
#pragma once

#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/sink.h"
#include "base/text.h"

namespace vo::doc {

class JsonWriter {
  public:
    explicit JsonWriter(Sink& sink) : sink_(sink) { buffer_.reserve(kPiece + 4096); }

    JsonWriter& open_object() { return open('{', '}'); }

    JsonWriter& open_array() { return open('[', ']'); }

    JsonWriter& close() {
        if (closers_.empty()) misuse("nothing is open");
        if (after_key_) misuse("a key without a value");
        buffer_ += closers_.back();
        closers_.pop_back();
        needs_comma_ = true;
        return passed_on();
    }

    JsonWriter& key(std::string_view name) {
        if (closers_.empty() || closers_.back() != '}') misuse("a key outside an object");
        if (after_key_) misuse("a key after a key");
        if (needs_comma_) buffer_ += ',';
        append_string(name);
        buffer_ += ':';
        after_key_ = true;
        return *this;
    }

    JsonWriter& value(std::string_view text) {
        begin_value();
        append_string(text);
        return passed_on();
    }

    JsonWriter& value(const char* text) { return value(std::string_view(text)); }

    JsonWriter& value(bool truth) { return word(truth ? "true" : "false"); }

    template <std::integral Number>
    JsonWriter& value(Number number) {
        begin_value();
        buffer_ += std::to_string(number);
        return passed_on();
    }

    template <std::floating_point Number>
    JsonWriter& value(Number number) {
        if (!std::isfinite(number)) return null();
        begin_value();
        append_number(buffer_, number);
        return passed_on();
    }

    JsonWriter& null() { return word("null"); }

    // Hands over what was gathered, so that the caller may write content of its own, well-formed
    // and with its commas, straight to the sink before going on here.
    void hand_over() {
        if (after_key_) misuse("a key without a value");
        sink_.write(buffer_);
        buffer_.clear();
    }

    // Closes all that is open and hands everything to the sink; nothing may follow.
    void end() {
        if (!has_top_) misuse("an empty document");
        if (ended_) misuse("ended twice");
        while (!closers_.empty())
            close();
        buffer_ += '\n';
        sink_.write(buffer_);
        buffer_.clear();
        ended_ = true;
    }

  private:
    static constexpr std::size_t kPiece = 32 * 1024;

    [[noreturn]] static void misuse(std::string_view what) {
        throw Error(Code::Internal, "JSON writer: " + std::string(what));
    }

    JsonWriter& open(char opener, char closer) {
        begin_value();
        buffer_ += opener;
        closers_ += closer;
        needs_comma_ = false;
        return *this;
    }

    JsonWriter& word(std::string_view text) {
        begin_value();
        buffer_ += text;
        return passed_on();
    }

    void begin_value() {
        if (closers_.empty()) {
            if (has_top_) misuse("a second top value");
            has_top_ = true;
        } else if (closers_.back() == '}') {
            if (!after_key_) misuse("a value without a key");
        } else if (needs_comma_) {
            buffer_ += ',';
        }
        after_key_ = false;
        needs_comma_ = true;
    }

    void append_string(std::string_view text) {
        buffer_ += '"';
        append_json_escaped(buffer_, text);
        buffer_ += '"';
    }

    JsonWriter& passed_on() {
        if (buffer_.size() >= kPiece) {
            sink_.write(buffer_);
            buffer_.clear();
        }
        return *this;
    }

    Sink& sink_;
    std::string buffer_;
    std::string closers_;  // of the open objects and arrays, innermost last
    bool needs_comma_ = false;
    bool after_key_ = false;
    bool has_top_ = false;
    bool ended_ = false;
};

}  // namespace vo::doc
