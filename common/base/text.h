// SPDX-License-Identifier: Apache-2.0
// Text: UTF-8 checks, ASCII folding, splitting, escapes for each output language (the name says
// which, so that a forgotten escape shows at the call), numbers to text and back, near names.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vo {

// The byte offset of the first byte that is not well-formed UTF-8; npos when all is well.
[[nodiscard]] std::size_t find_bad_utf8(std::string_view text);

// At most that many bytes of the beginning, no character cut in two.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t bytes);

[[nodiscard]] constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

[[nodiscard]] constexpr char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] bool equal_fold(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

// XML 1.0 element content and attribute values. Characters that XML cannot hold, and bytes that
// are not UTF-8, become U+FFFD: a result must stay well-formed whatever stands in the database.
void append_xml_escaped(std::string& out, std::string_view text);
// The body of a JSON string, without the quotes.
void append_json_escaped(std::string& out, std::string_view text);
// RFC 4180: quoted only where it must be; the empty text is quoted, so that NULL can be nothing.
void append_csv_escaped(std::string& out, std::string_view text);
// IANA text/tab-separated-values has no quoting: tabs and line ends become blanks.
void append_tsv_escaped(std::string& out, std::string_view text);
// Percent-encoding of everything but RFC 3986 unreserved characters.
void append_url_escaped(std::string& out, std::string_view text);
// %XX decoded; '+' becomes a blank only with plus_is_blank. No value for a broken escape.
[[nodiscard]] std::optional<std::string> url_decode(std::string_view text, bool plus_is_blank);

// SQL: the only two functions through which a user's text enters SQL as a literal, and the one
// for names. A NUL in the text is a BadQuery, for PostgreSQL cannot hold it.
[[nodiscard]] std::string sql_literal(std::string_view text);
[[nodiscard]] std::string sql_number(double value);
[[nodiscard]] std::string sql_identifier(std::string_view name);
void append_identifier(std::string& out, std::string_view name);

// The shortest decimal that reads back to the same number; "NaN", "+Inf", "-Inf" as VOTable has it.
void append_number(std::string& out, double value);
void append_number(std::string& out, float value);
void append_number(std::string& out, std::int64_t value);
// A whole text as a number; no value for anything else, overflow included.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

// The candidate nearest to the word by edit distance, case folded; no value when none is near
// enough to be what was meant (a third of the length).
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string_view> candidates);

}  // namespace vo
