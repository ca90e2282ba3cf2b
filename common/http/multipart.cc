// SPDX-License-Identifier: Apache-2.0
// The multipart/form-data parser: one pass over the body as it comes, everything bounded.
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

// REQUIRES: it ends with its empty line.
PartHeader read_header(std::string_view text) {
    PartHeader header;
    for (std::size_t at = 0;;) {
        const auto end = text.find("\r\n", at);
        const auto line = text.substr(at, end - at);
        if (line.empty()) break;
        read_field(line, header);
        at = end + 2;
    }
    if (!header.has_name) refuse("a part has no Content-Disposition with a name.");
    return header;
}

// Work is done in pieces of this size, so that tiny ones cost no more.
constexpr std::size_t kWorkBytes = 65'536;

// Blanks that may follow a boundary.
constexpr std::size_t kMaxPadding = 256;

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

MultipartParser::MultipartParser(const std::string& boundary,
                                 BodyLimits limits,
                                 Params& params,
                                 std::vector<File>& files)
    : boundary_(boundary),
      needle_("\r\n--" + boundary),
      limits_(std::move(limits)),
      params_(params),
      files_(files) {}

void MultipartParser::feed(std::string_view piece) {
    if (state_ == State::Epilogue) return;
    buffer_ += piece;
    if (buffer_.size() - at_ >= kWorkBytes) parse(false);
}

void MultipartParser::finish() {
    parse(true);
    if (state_ == State::Epilogue) return;
    if (state_ != State::Preamble)
        refuse("it ends before its closing boundary; part " + std::to_string(parts_) +
               " is incomplete.");
    refuse(bare_lf_ ? "its lines end in LF; they must end in CRLF."
                    : "its boundary \"" + boundary_ + "\" does not occur in it.");
}

void MultipartParser::parse(bool whole) {
    for (bool goes_on = true; goes_on;) {
        switch (state_) {
            case State::Preamble: goes_on = parse_preamble(whole); break;
            case State::Header: goes_on = parse_header(whole); break;
            case State::Content: goes_on = parse_content(whole); break;
            case State::Epilogue: buffer_.clear(), at_ = 0; return;
        }
    }
    buffer_.erase(0, at_);
    at_ = 0;
}

// A line that only begins like the boundary is content.
MultipartParser::Search MultipartParser::search(std::size_t from,
                                                bool at_line_start,
                                                bool whole) const {
    const std::string_view body = buffer_;
    const auto marker = std::string_view(needle_).substr(2);  // without its CRLF
    while (true) {
        std::size_t begin = from;
        std::size_t i = 0;
        const auto line = body.substr(from, marker.size());
        if (at_line_start && line == marker) {
            i = from + marker.size();
        } else if (at_line_start && !whole && marker.starts_with(line)) {
            return {{}, from};
        } else {
            begin = body.find(needle_, from);
            if (begin == std::string_view::npos) {
                const auto kept = std::min(body.size() - from, needle_.size() - 1);
                return {{}, whole ? body.size() : body.size() - kept};
            }
            i = begin + needle_.size();
        }
        at_line_start = false;
        const auto rest = body.substr(i, 2);
        const bool last = rest == "--";
        if (last) i += 2;
        const auto padding = i;
        while (i < body.size() && i - padding < kMaxPadding && (body[i] == ' ' || body[i] == '\t'))
            ++i;
        if (body.substr(i, 2) == "\r\n") return {Delimiter{begin, i + 2, last}, begin};
        if (last && whole && i == body.size()) return {Delimiter{begin, i, last}, begin};
        const auto open = body.substr(i, 2);
        if (!whole && (open.empty() || open == "\r" || (!last && open == "-" && i == padding)))
            return {{}, begin};
        from = i;
    }
}

void MultipartParser::step_over(const Delimiter& delimiter) {
    at_ = delimiter.end;
    if (delimiter.last) {
        state_ = State::Epilogue;
        return;
    }
    if (++parts_ > kMaxParts) refuse("it has more than " + std::to_string(kMaxParts) + " parts.");
    state_ = State::Header;
}

// What stands before the first boundary is for people: ignored.
bool MultipartParser::parse_preamble(bool whole) {
    const auto [found, settled] = search(at_, line_start_, whole);
    const auto skipped = found ? found->begin : settled;
    text_bytes_ += static_cast<std::int64_t>(skipped - at_);
    if (text_bytes_ > limits_.max_body_bytes) refuse_body_size(limits_.max_body_bytes);
    if (found) {
        step_over(*found);
        return true;
    }
    bare_lf_ = bare_lf_ || buffer_.find(needle_.substr(2) + "\n", at_) != std::string::npos;
    line_start_ = line_start_ && settled == at_;
    at_ = settled;
    return false;
}

bool MultipartParser::parse_header(bool whole) {
    const auto rest = std::string_view(buffer_).substr(at_);
    const auto window = rest.substr(0, kMaxPartHeaderBytes);
    const auto empty = window.starts_with("\r\n") ? 0 : window.find("\r\n\r\n");
    const auto bad_end = [&] {
        refuse(rest.size() > kMaxPartHeaderBytes
                   ? "a part's header is longer than " + std::to_string(kMaxPartHeaderBytes) +
                         " bytes."
                   : "a part's header does not end with an empty line.");
    };
    // The boundary ends the part wherever it stands.
    const auto [found, settled] = search(at_, true, whole);
    const auto end = empty == std::string_view::npos ? empty : empty + (empty == 0 ? 2 : 4);
    if (found && (end == std::string_view::npos || found->begin - at_ < end)) bad_end();
    if (end == std::string_view::npos) {
        if (rest.size() > kMaxPartHeaderBytes) bad_end();
        return false;
    }
    begin_part(window.substr(0, end));
    at_ += end;
    state_ = State::Content;
    return true;
}

void MultipartParser::begin_part(std::string_view part) {
    auto header = read_header(part);
    const bool is_text =
        header.content_type.empty() || media_type(header.content_type).starts_with("text/");
    if (!header.has_filename && is_text) {
        param_ = Param{std::move(header.name), ""};
        return;
    }
    for (const auto* text : {&header.name, &header.filename, &header.content_type})
        if (find_bad_utf8(*text) != std::string_view::npos || text->find('\0') != std::string::npos)
            refuse("the name or the type of a file is not UTF-8, or holds a NUL character.");
    if (files_.size() == kMaxFiles)
        refuse("it has more than " + std::to_string(kMaxFiles) + " files.");
    files_.push_back({std::move(header.name), std::move(header.filename),
                      std::move(header.content_type),
                      std::make_shared<ScratchFile>(limits_.scratch_folder, "uploaded files")});
}

bool MultipartParser::parse_content(bool whole) {
    const auto [found, settled] = search(at_, false, whole);
    const auto end = found ? found->begin : settled;
    take_content(std::string_view(buffer_).substr(at_, end - at_));
    at_ = end;
    if (!found) return false;
    end_part();
    step_over(*found);
    return true;
}

void MultipartParser::take_content(std::string_view bytes) {
    const auto size = static_cast<std::int64_t>(bytes.size());
    if (param_) {
        text_bytes_ += size;
        if (text_bytes_ > limits_.max_body_bytes) refuse_body_size(limits_.max_body_bytes);
        param_->value += bytes;
        return;
    }
    file_bytes_ += size;
    if (file_bytes_ > limits_.max_upload_bytes) refuse_upload_size(limits_.max_upload_bytes);
    files_.back().content->append(bytes);
}

void MultipartParser::end_part() {
    if (!param_) return;
    params_.add(std::move(param_->name), std::move(param_->value));
    param_.reset();
}

void refuse_body_size(std::int64_t limit) {
    throw Error(Code::TooLarge, "The request body is larger than the limit of this service, " +
                                    std::to_string(limit) + " bytes.");
}

void refuse_upload_size(std::int64_t limit) {
    throw Error(Code::TooLarge,
                limit == 0 ? std::string("The request has files, and this resource takes none.")
                           : "The uploaded tables are larger than the limit of this service, " +
                                 std::to_string(limit) + " bytes together.");
}

}  // namespace vo::http
