// SPDX-License-Identifier: Apache-2.0
// From CGI variables and a body to a Request.
#include "http/request.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <random>

#include "base/error.h"
#include "base/text.h"
#include "http/multipart.h"

namespace vo::http {

namespace {

constexpr std::size_t kReadBytes = 65'536;

std::string make_request_id() {
    static const auto kStart = [] {
        std::random_device device;
        return static_cast<std::uint64_t>(device()) << 32U;
    }();
    static std::atomic<std::uint32_t> count{0};
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto number = kStart + ++count;
    std::string id(16, '0');
    for (std::size_t i = 0; i < id.size(); ++i)
        id[i] = kHex[(number >> (60U - 4U * i)) & 15U];
    return id;
}

// For messages: a name as the client wrote it, cut to a length that fits a sentence.
std::string shown(std::string_view name) {
    constexpr std::size_t kLongest = 60;
    return '"' + std::string(name.substr(0, kLongest)) + (name.size() > kLongest ? "..." : "") +
           '"';
}

void check_text(std::string_view text, const std::string& what) {
    if (const auto bad = find_bad_utf8(text); bad != std::string_view::npos)
        throw Error(Code::BadRequest,
                    what + " is not UTF-8: byte " + std::to_string(bad + 1) + " is wrong.");
    if (text.find('\0') != std::string_view::npos)
        throw Error(Code::BadRequest, what + " holds a NUL character.");
}

std::string decoded(std::string_view text, const std::string& what) {
    auto plain = url_decode(text, true);
    if (!plain)
        throw Error(Code::BadRequest, what +
                                          " has a \"%\" without two hexadecimal digits after it; "
                                          "write %25 for the character itself.");
    return *std::move(plain);
}

void parse_urlencoded(std::string_view text, const std::string& where, Params& params) {
    for (const auto piece : split(text, '&')) {
        if (piece.empty()) continue;
        const auto equals = std::min(piece.find('='), piece.size());
        auto name = decoded(piece.substr(0, equals), "A parameter's name in " + where);
        check_text(name, "A parameter's name in " + where);
        auto value = decoded(piece.substr(std::min(equals + 1, piece.size())),
                             "The parameter " + shown(name) + " in " + where);
        params.add(std::move(name), std::move(value));
    }
}

// A body as it arrives, in the form that its media type says.
class BodyReader {
  public:
    BodyReader(std::string_view content_type,
               const BodyLimits& limits,
               Params& params,
               std::vector<File>& files)
        : limit_(limits.max_body_bytes), params_(params) {
        const auto type = media_type(content_type);
        if (type == kMultipart)
            multipart_.emplace(multipart_boundary(content_type), limits, params, files);
        else if (type != kUrlencoded)
            throw Error(
                Code::BadMedia,
                "A body is read as application/x-www-form-urlencoded or multipart/form-data; this "
                "one " +
                    (type.empty() ? "has no Content-Type." : "is " + shown(type) + "."));
    }

    void feed(std::string_view piece) {
        if (multipart_) return multipart_->feed(piece);
        text_ += piece;
        if (static_cast<std::int64_t>(text_.size()) > limit_) refuse_body_size(limit_);
    }

    void finish() {
        if (multipart_) return multipart_->finish();
        parse_urlencoded(text_, "the body", params_);
    }

    static constexpr std::string_view kUrlencoded = "application/x-www-form-urlencoded";
    static constexpr std::string_view kMultipart = "multipart/form-data";

  private:
    std::int64_t limit_;
    Params& params_;
    std::optional<MultipartParser> multipart_;
    std::string text_;
};

// CONTENT_LENGTH is only good for an early refusal: it is empty for a chunked request, and an input
// filter of the web server may have changed the size (Apache's mod_deflate).
void check_announced(std::string_view length, std::string_view type, const BodyLimits& limits) {
    const auto announced = parse_integer(length);
    const bool has_files =
        media_type(type) == BodyReader::kMultipart && limits.max_upload_bytes > 0;
    const auto most = limits.max_body_bytes + (has_files ? limits.max_upload_bytes : 0);
    if (!announced || *announced <= most) return;
    if (has_files) refuse_upload_size(limits.max_upload_bytes);
    refuse_body_size(limits.max_body_bytes);
}

std::vector<std::string> plain_segments(std::string_view path) {
    std::vector<std::string> segments;
    for (const auto piece : split(path, '/'))
        if (!piece.empty()) segments.emplace_back(piece);
    return segments;
}

// The segments of the raw path below SCRIPT_NAME; none when it does not name the same resource as
// PATH_INFO does (a rewriting web server, "..", a broken escape), which then is believed.
std::optional<std::vector<std::string>> raw_segments(std::string_view uri,
                                                     std::string_view script_name,
                                                     const std::vector<std::string>& path_info) {
    if (!uri.starts_with('/')) return std::nullopt;
    std::vector<std::string> segments;
    for (const auto piece : split(uri.substr(0, uri.find_first_of("?#")), '/')) {
        if (piece.empty()) continue;
        auto plain = url_decode(piece, false);
        if (!plain) return std::nullopt;
        segments.push_back(*std::move(plain));
    }
    const auto mount = plain_segments(script_name);
    if (segments.size() < mount.size() || !std::equal(mount.begin(), mount.end(), segments.begin()))
        return std::nullopt;
    segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(mount.size()));
    // Web servers leave %2F of the raw path as it is (Apache, NoDecode) or make it a slash (nginx).
    const auto joined = [&](std::string_view slash) {
        std::string text;
        for (const auto& segment : segments) {
            text += '/';
            for (const char c : segment)
                if (c == '/')
                    text += slash;
                else
                    text += c;
        }
        return text;
    };
    std::string expected;
    for (const auto& segment : path_info)
        expected += '/' + segment;
    const auto merged = [](const std::string& path) {
        std::string text;
        for (const auto& segment : plain_segments(path))
            text += '/' + segment;
        return text;
    };
    if (merged(joined("/")) == expected || equal_fold(joined("%2F"), expected)) return segments;
    return std::nullopt;
}

}  // namespace

void Params::add(std::string name, std::string value) {
    if (params_.size() >= kMaxParams)
        throw Error(Code::BadRequest,
                    "The request has more than " + std::to_string(kMaxParams) + " parameters.");
    check_text(name, "A parameter's name");
    check_text(value, "The parameter " + shown(name));
    params_.push_back({std::move(name), std::move(value)});
}

std::vector<std::string_view> Params::find_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& param : params_)
        if (equal_fold(param.name, name)) values.emplace_back(param.value);
    return values;
}

std::optional<std::string_view> Params::find_single(std::string_view name) const {
    const auto values = find_all(name);
    if (values.size() > 1)
        throw Error(Code::BadRequest, "The parameter " + std::string(name) + " is given " +
                                          std::to_string(values.size()) +
                                          " times; it may be given once.");
    if (values.empty()) return std::nullopt;
    return values[0];
}

Request::Request(Variables variables) : variables_(std::move(variables)), id_(make_request_id()) {
    method_ = variable("REQUEST_METHOD");
    if (method_.empty()) method_ = "GET";
    segments_ = plain_segments(variable("PATH_INFO"));
    if (auto raw = raw_segments(variable("REQUEST_URI"), variable("SCRIPT_NAME"), segments_))
        segments_ = *std::move(raw);
}

Request::Request(Variables variables, std::string_view body, const BodyLimits& limits)
    : Request(std::move(variables)) {
    const auto source = [rest = body](char* buffer, std::size_t size) mutable {
        const auto n = rest.copy(buffer, size);
        rest.remove_prefix(n);
        return n;
    };
    read_params(source, limits);
}

void Request::read_params(const BodySource& body, const BodyLimits& limits, bool plain) {
    parse_urlencoded(variable("QUERY_STRING"), "the query string", params_);
    if (plain)
        read_plain_body(body, limits);
    else
        read_body(body, limits);
}

void Request::read_plain_body(const BodySource& source, const BodyLimits& limits) {
    std::string piece(kReadBytes, '\0');
    while (const auto size = source(piece.data(), piece.size())) {
        plain_body_.append(piece, 0, size);
        if (static_cast<std::int64_t>(plain_body_.size()) > limits.max_body_bytes)
            refuse_body_size(limits.max_body_bytes);
    }
    check_text(plain_body_, "The body");
}

void Request::read_body(const BodySource& source, const BodyLimits& limits) {
    const auto content_type = variable("CONTENT_TYPE");
    check_announced(variable("CONTENT_LENGTH"), content_type, limits);
    std::optional<BodyReader> reader;
    std::string piece(kReadBytes, '\0');
    std::int64_t total = 0;
    while (const auto size = source(piece.data(), piece.size())) {
        if (!reader) reader.emplace(content_type, limits, params_, files_);
        reader->feed(std::string_view(piece).substr(0, size));
        total += static_cast<std::int64_t>(size);
        if (total > limits.max_body_bytes + limits.max_upload_bytes)
            refuse_upload_size(limits.max_upload_bytes);
    }
    if (reader) reader->finish();
}

std::string Request::path() const {
    if (segments_.empty()) return "/";
    std::string path;
    for (const auto& segment : segments_)
        path += '/' + segment;
    return path;
}

std::string_view Request::placeholder(std::string_view name) const {
    for (const auto& [key, value] : placeholders_)
        if (key == name) return value;
    throw Error(Code::Internal, "the route has no placeholder " + std::string(name));
}

const File* Request::find_file(std::string_view name) const {
    const auto at = std::find_if(files_.begin(), files_.end(),
                                 [name](const File& file) { return file.name == name; });
    return at == files_.end() ? nullptr : &*at;
}

std::string_view Request::header(std::string_view name) const {
    std::string key = equal_fold(name, "Content-Type") || equal_fold(name, "Content-Length")
                          ? std::string()
                          : std::string("HTTP_");
    for (const char c : name)
        key += c == '-' ? '_' : ascii_upper(c);
    return variable(key);
}

std::string_view Request::variable(std::string_view name) const {
    const auto at = variables_.find(name);
    return at == variables_.end() ? std::string_view() : std::string_view(at->second);
}

std::optional<std::string_view> Request::remote_user() const {
    const auto user = variable("REMOTE_USER");
    if (user.empty()) return std::nullopt;
    return user;
}

void Request::set_placeholders(std::vector<std::pair<std::string, std::string>> placeholders) {
    placeholders_ = std::move(placeholders);
}

}  // namespace vo::http
