// SPDX-License-Identifier: Apache-2.0
// FastCGI 1.0, the side of the web server: one request on a connection of its own.
#include "fastcgi_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

namespace vo::vogate::doctor {

namespace {

enum Kind : char { kBeginRequest = 1, kEndRequest = 3, kParams = 4, kStdin = 5, kStdout = 6 };

constexpr time_t kPatience_s = 5;
constexpr std::size_t kLargestAnswer = 1'000'000;

struct Socket {
    int fd;

    ~Socket() { ::close(fd); }
};

[[noreturn]] void fail_with(const std::string& path, int error_number) {
    const bool is_late = error_number == EAGAIN || error_number == EINPROGRESS;
    throw Error(Code::Upstream,
                path + ": " +
                    (is_late ? "no answer within " + std::to_string(kPatience_s) + " s"
                             : std::strerror(error_number)));
}

// FastCGI 1.0 §3.3
std::string record(Kind kind, std::string_view content) {
    std::string out{1,
                    kind,
                    0,
                    1,
                    static_cast<char>(content.size() >> 8U),
                    static_cast<char>(content.size() & 0xffU),
                    0,
                    0};
    return out.append(content);
}

// Names and values here are shorter than 128 bytes, so each length is one byte (§3.4).
std::string pairs(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
    std::string out;
    for (const auto& [name, value] : list) {
        out += static_cast<char>(name.size());
        out += static_cast<char>(value.size());
        out.append(name).append(value);
    }
    return out;
}

void send_all(const Socket& socket, const std::string& path, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(socket.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) fail_with(path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::string receive(const Socket& socket, const std::string& path, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        const auto n = ::recv(socket.fd, bytes.data() + got, size - got, 0);
        if (n < 0) fail_with(path, errno);
        if (n == 0)
            throw Error(Code::Upstream, path + ": the connection was closed without an answer");
        got += static_cast<std::size_t>(n);
    }
    return bytes;
}

}  // namespace

std::string ask_fastcgi(const std::string& socket_path, const std::string& path_info) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof address.sun_path) fail_with(socket_path, ENAMETOOLONG);
    std::copy(socket_path.begin(), socket_path.end(), address.sun_path);
    const Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const timeval patience{.tv_sec = kPatience_s, .tv_usec = 0};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
        ::setsockopt(socket.fd, SOL_SOCKET, option, &patience, sizeof patience);
    if (::connect(socket.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail_with(socket_path, errno);
    constexpr std::string_view kResponder{"\0\1\0\0\0\0\0\0", 8};
    send_all(socket, socket_path,
             record(kBeginRequest, kResponder) +
                 record(kParams, pairs({{"REQUEST_METHOD", "GET"},
                                        {"SCRIPT_NAME", ""},
                                        {"PATH_INFO", path_info},
                                        {"QUERY_STRING", ""},
                                        {"SERVER_PROTOCOL", "HTTP/1.1"},
                                        {"REMOTE_ADDR", "vogate-doctor"}})) +
                 record(kParams, "") + record(kStdin, ""));
    std::string answer;
    while (answer.size() < kLargestAnswer) {
        const auto head = receive(socket, socket_path, 8);
        const auto byte = [&head](std::size_t i) { return static_cast<std::uint8_t>(head[i]); };
        const std::size_t size = byte(4) * 256U + byte(5);
        const auto content = receive(socket, socket_path, size + byte(6));
        if (head[1] == kEndRequest) return answer;
        if (head[1] == kStdout) answer.append(content, 0, size);
    }
    throw Error(Code::Upstream, socket_path + ": the answer has no end");
}

}  // namespace vo::vogate::doctor
