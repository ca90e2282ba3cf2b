// SPDX-License-Identifier: Apache-2.0
// Ranges and conditions.
#include "http/stored_file.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

namespace vo::http {

namespace {

constexpr std::size_t kPiece = 262'144;

// One of the tags of If-None-Match. A proxy that compresses makes a tag a weak one (W/"...") or
// adds to it (Apache: "...-gzip"); it is still the same content.
bool names_tag(std::string_view header, std::string_view tag) {
    for (auto word : split(header, ',')) {
        word = trim(word);
        if (word == "*") return true;
        if (word.starts_with("W/")) word.remove_prefix(2);
        if (word.size() < 2 || word.front() != '"') continue;
        word = word.substr(1, word.find('"', 1) - 1);
        if (word == tag || word == std::string(tag) + "-gzip") return true;
    }
    return false;
}

bool is_unchanged(const Request& request, std::string_view tag, Micros modified) {
    // RFC 9110 §13.1.3: the date counts only without a tag.
    if (const auto tags = request.header("If-None-Match"); !tags.empty())
        return names_tag(tags, tag);
    const auto since = parse_http_date(request.header("If-Modified-Since"));
    return since && modified <= *since;
}

// RFC 9110 §13.1.5: the part is wanted of this content only.
bool range_applies(const Request& request, std::string_view tag, Micros modified) {
    const auto condition = request.header("If-Range");
    if (condition.empty()) return true;
    if (condition.front() == '"') return condition == '"' + std::string(tag) + '"';
    return parse_http_date(condition) == modified;
}

void send_part(Response& response, int descriptor, std::int64_t at, std::int64_t left) {
    std::string piece(static_cast<std::size_t>(std::min<std::int64_t>(left, kPiece)), '\0');
    while (left > 0) {
        const auto want = static_cast<std::size_t>(std::min<std::int64_t>(left, std::ssize(piece)));
        const auto got = pread(descriptor, piece.data(), want, at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw Error(Code::Internal, "a stored file is shorter than it was");
        response.write(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        at += got;
        left -= got;
    }
}

}  // namespace

RangeChoice read_range(std::string_view header, std::int64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    header = trim(header);
    if (!header.starts_with(kUnit)) return {};
    header.remove_prefix(kUnit.size());
    const auto dash = header.find('-');
    if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return {};
    const auto first_text = trim(header.substr(0, dash));
    const auto last_text = trim(header.substr(dash + 1));
    const auto first = parse_integer(first_text);
    const auto last = parse_integer(last_text);
    if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last))
        return {};
    if (last && *last < 0) return {};
    if (!first) {
        if (*last == 0 || size == 0) return {RangeKind::Impossible, {}};
        return {RangeKind::Part, {std::max<std::int64_t>(0, size - *last), size - 1}};
    }
    if (*first < 0 || (last && *last < *first)) return {};
    if (*first >= size) return {RangeKind::Impossible, {}};
    return {RangeKind::Part, {*first, std::min(last.value_or(size - 1), size - 1)}};
}

void guard_download(Response& response, const std::string& content_type) {
    const bool plain = std::all_of(content_type.begin(), content_type.end(),
                                   [](char c) { return c >= ' ' && c <= '~'; });
    response.content_type(plain && !content_type.empty() ? content_type : "application/octet-stream");
    response.header("Content-Disposition", "attachment");
    response.header("X-Content-Type-Options", "nosniff");
}

void send_file(const Request& request, Response& response, int descriptor, std::string_view tag) {
    struct stat status {};
    if (fstat(descriptor, &status) != 0)
        throw Error(Code::Internal, "the size of a stored file cannot be read");
    const std::int64_t size = status.st_size;
    const Micros modified = Micros{status.st_mtime} * 1'000'000;
    response.header("Last-Modified", format_http_date(modified));
    response.header("ETag", '"' + std::string(tag) + '"');
    response.header("Accept-Ranges", "bytes");
    if (is_unchanged(request, tag, modified)) return response.status(304);
    RangeChoice choice;
    if (range_applies(request, tag, modified)) choice = read_range(request.header("Range"), size);
    if (choice.kind == RangeKind::Impossible) {
        response.status(416);
        response.header("Content-Range", "bytes */" + std::to_string(size));
        response.content_type("text/plain;charset=utf-8");
        response.write("the file has " + std::to_string(size) + " bytes\n");
        return;
    }
    if (choice.kind == RangeKind::Whole) choice.part = {0, size - 1};
    const auto count = choice.part.last - choice.part.first + 1;
    if (choice.kind == RangeKind::Part) {
        response.status(206);
        response.header("Content-Range", "bytes " + std::to_string(choice.part.first) + '-' +
                                             std::to_string(choice.part.last) + '/' +
                                             std::to_string(size));
    }
    response.announce(count);
    if (!response.wants_body()) return response.flush();
    send_part(response, descriptor, choice.part.first, count);
}

}  // namespace vo::http
