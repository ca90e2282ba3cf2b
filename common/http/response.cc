// SPDX-License-Identifier: Apache-2.0
// The answer: header rules, the first 64 KiB held back, the watch on slow readers.
#include "http/response.h"

#include <algorithm>
#include <array>
#include <random>

#include <poll.h>

#include "base/text.h"

namespace vo::http {

namespace {

constexpr std::size_t kBuffer = 65'536;
// Small enough that a stalled client is noticed soon, large enough to cost nothing.
constexpr std::size_t kPiece = 16'384;

struct Reason {
    int status;
    std::string_view words;
};

constexpr std::array kReasons{
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{409, "Conflict"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Range Not Satisfiable"},
    Reason{429, "Too Many Requests"},
    Reason{500, "Internal Server Error"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
};

// Browser applications of other sites read our answers; none of them depends on a cookie.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kCors{{
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Expose-Headers",
     "Location, Retry-After, Content-Disposition, Content-Range, ETag, WWW-Authenticate"},
}};

std::string_view find_reason(int status) {
    for (const auto& row : kReasons)
        if (row.status == status) return row.words;
    return "Status";
}

bool has_no_body(int status) {
    return status == 204 || status == 304;
}

std::string make_incident() {
    std::random_device device;
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto number = static_cast<std::uint32_t>(device());
    std::string incident;
    for (unsigned i = 0; i < 8; ++i)
        incident += kHex[(number >> (28U - 4U * i)) & 15U];
    return incident;
}

}  // namespace

std::string incident_message(std::string_view incident) {
    return "An internal error stopped this request. Please give the operators of this service the "
           "incident number " +
           std::string(incident) + ".";
}

Response::Response(Channel channel, bool head_only, Pace pace)
    : channel_(std::move(channel)), head_only_(head_only), pace_(pace), meter_(pace) {}

void Response::status(int code) {
    check_header_allowed("Status", "");
    status_ = code;
}

void Response::content_type(std::string_view type) {
    header("Content-Type", type);
}

void Response::header(std::string_view name, std::string_view value) {
    check_header_allowed(name, value);
    std::erase_if(headers_, [name](const auto& row) { return equal_fold(row.first, name); });
    headers_.emplace_back(name, value);
}

void Response::add_header(std::string_view name, std::string_view value) {
    check_header_allowed(name, value);
    headers_.emplace_back(name, value);
}

void Response::write(std::string_view bytes) {
    if (end_ != End::Whole) lose_client(end_);
    if (finished_) throw Error(Code::Internal, "a write after the end of the answer");
    if (begun_ && head_only_) return;
    if (buffer_.size() + bytes.size() <= kBuffer) {
        buffer_ += bytes;
        return;
    }
    if (!begun_) send_header(false);
    if (head_only_) return;
    // Fill the buffer up before it goes, so that records are large whatever the pieces were.
    while (buffer_.size() + bytes.size() > kBuffer) {
        if (buffer_.empty()) {
            send(bytes.substr(0, kBuffer));
            bytes.remove_prefix(std::min(kBuffer, bytes.size()));
            continue;
        }
        const auto taken = kBuffer - buffer_.size();
        buffer_ += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        send(buffer_);
        buffer_.clear();
    }
    buffer_ += bytes;
}

void Response::flush() {
    if (end_ != End::Whole) lose_client(end_);
    if (!begun_) send_header(false);
    if (!head_only_) send(buffer_);
    buffer_.clear();
    const auto start = std::chrono::steady_clock::now();
    const bool sent = channel_.flush();
    const auto blocked = std::chrono::steady_clock::now() - start;
    if (!sent) lose_client(blocked < pace_.window ? End::ClientGone : End::ClientSlow);
    if (!meter_.add(blocked, 0)) lose_client(End::ClientSlow);
}

void Response::announce(std::int64_t bytes) {
    check_header_allowed("Content-Length", "");
    announced_ = bytes;
}

void Response::reset() {
    if (begun_) throw Error(Code::Internal, "a reset after the answer began");
    status_ = 200;
    headers_.clear();
    buffer_.clear();
    announced_ = -1;
}

bool Response::client_gone() const {
    if (end_ == End::ClientGone || end_ == End::ClientSlow) return true;
    if (channel_.watch_fd < 0) return false;
    pollfd watch{channel_.watch_fd, POLLRDHUP, 0};
    return poll(&watch, 1, 0) == 1 && (watch.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Response::note(std::string_view key, std::string value) {
    notes_.emplace_back(key, std::move(value));
}

const Response::Failure& Response::note_error(const Error& error) {
    failure_ = Failure{error, error.code() == Code::Internal ? make_incident() : std::string()};
    return *failure_;
}

void Response::finish() {
    if (finished_ || end_ != End::Whole) return;
    if (!begun_)
        send_header(true);
    else if (!head_only_)
        send(buffer_);
    buffer_.clear();
    finished_ = true;
    if (!channel_.flush()) lose_client(End::ClientGone);
}

void Response::abort(End why) noexcept {
    if (end_ == End::Whole) end_ = why;
    buffer_.clear();
    channel_.abort();
}

void Response::check_header_allowed(std::string_view name, std::string_view value) const {
    if (begun_)
        throw Error(Code::Internal, "the header " + std::string(name) + " after the body began");
    const auto is_token = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    };
    const auto is_text = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token) ||
        !std::all_of(value.begin(), value.end(), is_text))
        throw Error(Code::Internal, "a header with a character that none may have")
            .with_detail(std::string(name) + ": " + std::string(value));
}

// With `whole`, the buffer is the whole body: it goes with the header, in one piece.
void Response::send_header(bool whole) {
    const bool body_allowed = !has_no_body(status_);
    const auto has_header = [this](std::string_view name) {
        return std::any_of(headers_.begin(), headers_.end(),
                           [name](const auto& row) { return equal_fold(row.first, name); });
    };
    if (!body_allowed) {
        buffer_.clear();
        head_only_ = true;
    } else if (!has_header("Content-Type") && !(whole && buffer_.empty())) {
        throw Error(Code::Internal, "an answer with a body but no Content-Type");
    }
    // Always first and always there: mod_proxy_fcgi takes a Location without it for a 200.
    std::string text = "Status: " + std::to_string(status_) + ' ';
    text += find_reason(status_);
    text += "\r\n";
    for (const auto& [name, value] : headers_)
        text += name + ": " + value + "\r\n";
    for (const auto& [name, value] : kCors) {
        if (has_header(name)) continue;
        text += name;
        text += ": ";
        text += value;
        text += "\r\n";
    }
    if (body_allowed && (whole || announced_ >= 0))
        text += "Content-Length: " +
                std::to_string(whole ? static_cast<std::int64_t>(buffer_.size()) : announced_) + "\r\n";
    text += "\r\n";
    begun_ = true;
    begun_at_ = std::chrono::steady_clock::now();
    bytes_ = -static_cast<std::int64_t>(text.size());  // send() counts the header too
    if (whole && !head_only_) text += buffer_;
    if (whole) buffer_.clear();
    send(text);
}

void Response::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, kPiece);
        if (meter_.is_stalled()) wait_for_reader();
        const auto start = std::chrono::steady_clock::now();
        const bool sent = channel_.write(piece);
        const auto blocked = std::chrono::steady_clock::now() - start;
        if (!sent) lose_client(blocked < pace_.window ? End::ClientGone : End::ClientSlow);
        bytes_ += static_cast<std::int64_t>(piece.size());
        bytes.remove_prefix(piece.size());
        if (!meter_.add(blocked, piece.size())) lose_client(End::ClientSlow);
    }
}

// For as long as the window has left. The time-out of the socket alone would not do: it begins anew
// with each piece that still finds room in some buffer on the way, while the reader takes nothing.
void Response::wait_for_reader() {
    if (channel_.watch_fd < 0) return;
    int ready = 0;
    while (ready == 0) {
        const auto start = std::chrono::steady_clock::now();
        pollfd watch{channel_.watch_fd, POLLOUT, 0};
        ready = poll(&watch, 1, static_cast<int>(meter_.left().count()) + 1);
        if (!meter_.add(std::chrono::steady_clock::now() - start, 0))
            lose_client(End::ClientSlow);
    }
}

// Not an incident: the server loop sees end() and logs it as what it is.
void Response::lose_client(End end) {
    end_ = end;
    buffer_.clear();
    throw Error(Code::Busy, end == End::ClientSlow
                                ? "the client takes too little in too long a time"
                                : "the client left before the end of the answer");
}

}  // namespace vo::http
