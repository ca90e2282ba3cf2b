// SPDX-License-Identifier: Apache-2.0
// Lines to sections.
#include "jdl/sheet.h"

#include "base/error.h"
#include "base/text.h"
#include "base/unicode.h"

namespace vo::jdl {

namespace {

class Reader {
  public:
    explicit Reader(const std::string& shown_path) : shown_path_(shown_path) {
        sections_.emplace_back();
    }

    void take(std::string_view line) {
        ++line_;
        check_characters(line);
        const auto text = trim(line);
        if (text.starts_with('#')) return;
        if (text.empty())
            open_ = nullptr;
        else if (line.front() == ' ' || line.front() == '\t')
            go_on(text);
        else if (line.front() == '[')
            begin_section(text);
        else
            add_entry(text);
    }

    [[nodiscard]] std::vector<Section> finish() { return std::move(sections_); }

  private:
    [[noreturn]] void fail(const std::string& message) const {
        refuse(shown_path_, line_, message);
    }

    void check_characters(std::string_view line) const {
        while (!line.empty())
            if (const auto character = take_utf8(line); is_control(character) && character != U'\t')
                fail("a control character; a description has none but tabs and line ends");
    }

    void go_on(std::string_view text) {
        if (open_ == nullptr)
            fail(
                "an indented line goes on with the value of the line above it, and there is none; "
                "begin " +
                shown(text) + " at the left");
        if (!open_->value.empty()) open_->value += ' ';
        open_->value += text;
    }

    void begin_section(std::string_view text) {
        open_ = nullptr;
        if (!text.ends_with(']')) fail("expected `[parameter NAME]`, found " + shown(text));
        const auto words = trim(text.substr(1, text.size() - 2));
        const auto blank = words.find_first_of(" \t");
        const auto name =
            blank == std::string_view::npos ? std::string_view() : trim(words.substr(blank));
        if (name.empty() || name.find_first_of(" \t") != std::string_view::npos)
            fail("expected a word and a name as in `[parameter radius]`, found " + shown(text));
        sections_.push_back({std::string(words.substr(0, blank)), std::string(name), line_, {}});
    }

    void add_entry(std::string_view text) {
        const auto equals = text.find('=');
        const auto key = trim(text.substr(0, equals));
        if (equals == std::string_view::npos || key.empty() ||
            key.find_first_of(" \t") != std::string_view::npos)
            fail("expected `key = value`, found " + shown(text));
        auto& entries = sections_.back().entries;
        entries.push_back({std::string(key), std::string(trim(text.substr(equals + 1))), line_});
        open_ = &entries.back();
    }

    const std::string& shown_path_;
    std::vector<Section> sections_;
    int line_ = 0;
    Entry* open_ = nullptr;  // whose value an indented line goes on with
};

int line_of(std::string_view text, std::size_t offset) {
    int line = 1;
    for (const char c : text.substr(0, offset))
        line += c == '\n' ? 1 : 0;
    return line;
}

}  // namespace

std::vector<Section> read_sheet(std::string_view text, const std::string& shown_path) {
    if (text.size() > kMostBytes)
        refuse(shown_path, 1,
               "the description has more than " + std::to_string(kMostBytes) +
                   " bytes; long texts belong where `documentation` points to");
    if (const auto bad = find_bad_utf8(text); bad != std::string_view::npos)
        refuse(shown_path, line_of(text, bad),
               "bytes that are not UTF-8; save the file in that encoding");
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
    Reader reader(shown_path);
    for (auto line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        reader.take(line);
    }
    return reader.finish();
}

void refuse(const std::string& shown_path, int line, const std::string& message) {
    throw Error(Code::BadRequest, shown_path + ':' + std::to_string(line) + ": " + message);
}

std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 64;
    auto part = cut_text(text, kMost);
    const auto* const end = part.size() < text.size() ? "\"..." : "\"";
    std::string out = "\"";
    while (!part.empty()) {
        const auto character = take_utf8(part);
        if (!is_control(character)) {
            append_utf8(out, character);
            continue;
        }
        constexpr std::string_view kHex = "0123456789abcdef";
        out += "\\x";
        out += kHex[character >> 4U];
        out += kHex[character & 15U];
    }
    return out + end;
}

}  // namespace vo::jdl
