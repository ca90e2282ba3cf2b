// SPDX-License-Identifier: Apache-2.0
// The multipart/form-data parser: one pass over the body, everything bounded.
#include "http/multipart.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace vo::http {

namespace {

constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 §5.1.1

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Code::BadRequest, "The multipart/form-data body is malformed: " + what);
}

// A quoted-string's or token's end, and its value. RFC 7578 names may be quoted with backslashes;
// a backslash before anything but a quote or itself stands for itself (C:\dir\file of old
// browsers).
std::string take_value(std::string_view& rest) {
    std::string value;
    if (rest.empty() || rest[0] != '"') {
        const auto end = std::min(rest.find(';'), rest.size());
        value = trim(rest.substr(0, end));
        rest.remove_prefix(end);
        return value;
    }
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\'))
            ++i;
        value += rest[i];
    }
    if (i >= rest.size()) refuse("a quoted text has no closing quote.");
    rest.remove_prefix(i + 1);
    return value;
}

std::optional<std::string> find_parameter(std::string_view field, std::string_view name) {
    auto rest = field.substr(std::min(field.find(';'), field.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);  // the semicolon
        const auto equals = rest.find_first_of("=;");
        if (equals == std::string_view::npos) break;
        const auto key = trim(rest.substr(0, equals));
        const bool has_value = rest[equals] == '=';
        rest.remove_prefix(equals);
        if (!has_value) continue;
        rest.remove_prefix(1);
        while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t'))
            rest.remove_prefix(1);
        auto value = take_value(rest);
        if (equal_fold(key, name)) return value;
        rest = rest.substr(std::min(rest.find(';'), rest.size()));
    }
    return std::nullopt;
}

// RFC 5987, UTF-8''na%C3%AFve.xml: RFC 7578 forbids it, Python's requests sends it.
std::optional<std::string> find_extended_parameter(std::string_view field, std::string_view name) {
    const auto value = find_parameter(field, name);
    if (!value) return std::nullopt;
    const auto first = value->find('\'');
    const auto second = first == std::string::npos ? first : value->find('\'', first + 1);
    auto plain = second == std::string::npos
                     ? std::nullopt
                     : url_decode(std::string_view(*value).substr(second + 1), false);
    if (!plain) refuse("a part has a broken filename*.");
    return plain;
}

struct PartHeader {
    std::string name;
    std::string filename;
    std::string content_type;
    bool has_name = false;
    bool has_filename = false;
};

void read_field(std::string_view line, PartHeader& header) {
    if (line[0] == ' ' || line[0] == '\t') refuse("a part's header line is folded.");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
        refuse("a part's header line has no \"name:\".");
    const auto key = trim(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (equal_fold(key, "Content-Type")) {
        header.content_type = value;
    } else if (equal_fold(key, "Content-Disposition")) {
        if (media_type(value) != "form-data") refuse("a part is not form-data.");
        auto name = find_parameter(value, "name");
        auto filename = find_parameter(value, "filename");
        if (!filename) filename = find_extended_parameter(value, "filename*");
        header.has_name = name.has_value();
        header.has_filename = filename.has_value();
        header.name = std::move(name).value_or("");
        header.filename = std::move(filename).value_or("");
    } else if (equal_fold(key, "Content-Transfer-Encoding")) {
        // RFC 7578 §4.7 deprecates it; decoding base64 here would hide a sender's mistake.
        if (!equal_fold(value, "binary") && !equal_fold(value, "8bit") &&
            !equal_fold(value, "7bit"))
            refuse("a part has the Content-Transfer-Encoding \"" + std::string(value) +
                   "\"; send parts unencoded.");
    }
}

// Takes the header and its empty line off the part.
PartHeader take_header(std::string_view& part) {
    PartHeader header;
    const auto window = part.substr(0, kMaxPartHeaderBytes);
    std::size_t at = 0;
    while (true) {
        const auto end = window.find("\r\n", at);
        if (end == std::string_view::npos)
            refuse(part.size() > kMaxPartHeaderBytes
                       ? "a part's header is longer than " + std::to_string(kMaxPartHeaderBytes) +
                             " bytes."
                       : "a part's header does not end with an empty line.");
        const auto line = window.substr(at, end - at);
        at = end + 2;
        if (line.empty()) break;
        read_field(line, header);
    }
    part.remove_prefix(at);
    if (!header.has_name) refuse("a part has no Content-Disposition with a name.");
    return header;
}

void add_part(std::string_view part, Params& params, std::vector<File>& files) {
    auto header = take_header(part);
    const bool is_text =
        header.content_type.empty() || media_type(header.content_type).starts_with("text/");
    if (!header.has_filename && is_text) {
        params.add(std::move(header.name), std::string(part));
        return;
    }
    if (find_bad_utf8(header.name) != std::string_view::npos ||
        find_bad_utf8(header.filename) != std::string_view::npos)
        refuse("the name of a file is not UTF-8.");
    files.push_back({std::move(header.name), std::move(header.filename),
                     std::move(header.content_type), std::string(part)});
}

struct Delimiter {
    std::size_t begin;  // where the content before it ends
    std::size_t end;    // where the next part begins
    bool last;
};

// The next line that is the boundary, with "--" after it if it is the last one. A line that only
// begins like the boundary is content. `at_line_start`: the search begins where a line does.
std::optional<Delimiter> find_delimiter(std::string_view body,
                                        std::size_t from,
                                        const std::string& needle,
                                        bool at_line_start) {
    const auto marker = std::string_view(needle).substr(2);  // without its CRLF
    while (true) {
        std::size_t begin = from;
        std::size_t i = 0;
        if (at_line_start && body.substr(from).starts_with(marker)) {
            i = from + marker.size();
        } else {
            begin = body.find(needle, from);
            if (begin == std::string_view::npos) return std::nullopt;
            i = begin + needle.size();
        }
        at_line_start = false;
        const bool last = body.substr(i, 2) == "--";
        if (last) i += 2;
        while (i < body.size() && (body[i] == ' ' || body[i] == '\t'))
            ++i;
        if (body.substr(i, 2) == "\r\n") return Delimiter{begin, i + 2, last};
        if (last && i == body.size()) return Delimiter{begin, i, last};
        from = i;
    }
}

}  // namespace

std::string media_type(std::string_view content_type) {
    return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

std::string header_parameter(std::string_view field, std::string_view name) {
    return find_parameter(field, name).value_or("");
}

std::string multipart_boundary(std::string_view content_type) {
    auto boundary = header_parameter(content_type, "boundary");
    if (boundary.empty()) refuse("its Content-Type names no boundary.");
    if (boundary.size() > kMaxBoundary)
        refuse("its boundary is longer than " + std::to_string(kMaxBoundary) + " characters.");
    for (const char c : boundary)
        if (c < ' ' || c > '~') refuse("its boundary has a character that none may have.");
    if (boundary.back() == ' ') refuse("its boundary ends in a blank.");
    return boundary;
}

void parse_multipart(std::string_view body,
                     std::string_view boundary,
                     Params& params,
                     std::vector<File>& files) {
    const std::string needle = "\r\n--" + std::string(boundary);
    // What stands before the first boundary is a preamble for people: ignored.
    auto delimiter = find_delimiter(body, 0, needle, true);
    if (!delimiter) {
        const bool bare_lf = body.find(needle.substr(2) + "\n") != std::string_view::npos;
        refuse(bare_lf ? "its lines end in LF; they must end in CRLF."
                       : "its boundary \"" + std::string(boundary) + "\" does not occur in it.");
    }
    std::size_t parts = 0;
    while (!delimiter->last) {
        if (++parts > kMaxParts)
            refuse("it has more than " + std::to_string(kMaxParts) + " parts.");
        const auto next = find_delimiter(body, delimiter->end, needle, true);
        if (!next)
            refuse("it ends before its closing boundary; part " + std::to_string(parts) +
                   " is incomplete.");
        add_part(body.substr(delimiter->end, next->begin - delimiter->end), params, files);
        delimiter = next;
    }
}

}  // namespace vo::http
