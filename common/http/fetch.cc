// SPDX-License-Identifier: Apache-2.0
// libcurl with the doors shut.
#include "http/fetch.h"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::http {

namespace {

constexpr std::size_t kMostUrlBytes = 4'000;
constexpr long kConnect_ms = 10'000;

// Bytes of an address, and how many bits of them count.
struct Block4 {
    std::array<std::uint8_t, 4> bytes;
    int bits;
};

struct Block6 {
    std::array<std::uint8_t, 16> bytes;
    int bits;
};

// IANA IPv4 Special-Purpose Address Registry, with multicast and what is reserved.
constexpr std::array kSpecial4{
    Block4{{0, 0, 0, 0}, 8},      Block4{{10, 0, 0, 0}, 8},     Block4{{100, 64, 0, 0}, 10},
    Block4{{127, 0, 0, 0}, 8},    Block4{{169, 254, 0, 0}, 16}, Block4{{172, 16, 0, 0}, 12},
    Block4{{192, 0, 0, 0}, 24},   Block4{{192, 0, 2, 0}, 24},   Block4{{192, 88, 99, 0}, 24},
    Block4{{192, 168, 0, 0}, 16}, Block4{{198, 18, 0, 0}, 15},  Block4{{198, 51, 100, 0}, 24},
    Block4{{203, 0, 113, 0}, 24}, Block4{{224, 0, 0, 0}, 4},    Block4{{240, 0, 0, 0}, 4},
};
// Global unicast: nothing else of IPv6 is. Addresses that carry one of IPv4 (mapped, NAT64) are
// not among it.
constexpr Block6 kGlobal6{{0x20}, 3};
// Of it: protocol assignments with Teredo, documentation, 6to4, documentation again.
constexpr std::array kSpecial6{
    Block6{{0x20, 0x01, 0x00}, 23},
    Block6{{0x20, 0x01, 0x0d, 0xb8}, 32},
    Block6{{0x20, 0x02}, 16},
    Block6{{0x3f, 0xff}, 20},
};

template <typename Block>
bool is_within(const std::uint8_t* address, const Block& block) {
    for (int bit = 0; bit < block.bits; bit += 8) {
        const auto i = static_cast<std::size_t>(bit / 8);
        const auto mask = bit + 8 <= block.bits ? 0xffU : 0xff00U >> (block.bits - bit);
        if (((address[i] ^ block.bytes[i]) & mask & 0xffU) != 0) return false;
    }
    return true;
}

template <typename Blocks>
bool is_special(const std::uint8_t* address, const Blocks& blocks) {
    return std::any_of(blocks.begin(), blocks.end(),
                       [&](const auto& block) { return is_within(address, block); });
}

bool is_loopback(const sockaddr& address) {
    constexpr Block4 kLoopback{{127, 0, 0, 0}, 8};
    if (address.sa_family == AF_INET)
        return is_within(reinterpret_cast<const std::uint8_t*>(
                             &reinterpret_cast<const sockaddr_in&>(address).sin_addr),
                         kLoopback);
    return address.sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

int port_of(const sockaddr& address) {
    return ntohs(address.sa_family == AF_INET
                     ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                     : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

bool is_port_allowed(int port) {
    return port == 80 || port == 443 || port >= 1024;
}

[[noreturn]] void fail(Code code, const std::string& url, const std::string& words) {
    std::string shown(cut_text(url, 200));
    if (shown.size() < url.size()) shown += "...";
    throw Error(code, shown + ": " + words);
}

struct UrlParts {
    explicit UrlParts(const std::string& url) : handle(curl_url(), curl_url_cleanup) {
        status = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(),
                              CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS);
    }

    [[nodiscard]] std::string get(CURLUPart part) const {
        char* text = nullptr;
        if (curl_url_get(handle.get(), part, &text, 0) != CURLUE_OK || text == nullptr) return {};
        std::string out(text);
        curl_free(text);
        return out;
    }

    std::unique_ptr<CURLU, void (*)(CURLU*)> handle;
    CURLUcode status;
};

// What the callbacks of one transfer share.
struct Transfer {
    const FetchLimits& limits;
    Sink& sink;
    std::int64_t bytes = 0;
    bool refused_address = false;
    bool refused_port = false;
    bool too_large = false;
    std::exception_ptr failure;  // of the sink: libcurl cannot pass it on
};

curl_socket_t open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(self);
    const auto& to = address->addr;
    const bool loopback = transfer.limits.allow_loopback && is_loopback(to);
    if (!loopback && !is_public(to)) {
        transfer.refused_address = true;
        return CURL_SOCKET_BAD;
    }
    if (!loopback && !is_port_allowed(port_of(to))) {
        transfer.refused_port = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const auto bytes = size * count;
    transfer.bytes += static_cast<std::int64_t>(bytes);
    if (transfer.bytes > transfer.limits.max_bytes) {
        transfer.too_large = true;
        return 0;
    }
    try {
        transfer.sink.write({data, bytes});
    } catch (...) {
        // Thrown on once libcurl has returned.
        transfer.failure = std::current_exception();
        return 0;
    }
    return bytes;
}

void start_curl() {
    static const bool started = [] {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        return true;
    }();
    static_cast<void>(started);
}

// libcurl asks about once a second, and more often while bytes come.
int stop_when_hung_up(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    pollfd watch{static_cast<const Transfer*>(user)->limits.watch_fd, POLLRDHUP, 0};
    return ::poll(&watch, 1, 0) == 1 ? 1 : 0;
}

[[noreturn]] void explain(CURLcode status,
                          CURL* curl,
                          const std::string& url,
                          const Transfer& transfer) {
    const auto& limits = transfer.limits;
    if (transfer.failure) std::rethrow_exception(transfer.failure);
    if (transfer.too_large || status == CURLE_FILESIZE_EXCEEDED)
        fail(Code::TooLarge, url,
             "the file has more than " + std::to_string(limits.max_bytes) +
                 " bytes, which is the most that is taken");
    if (transfer.refused_address)
        fail(
            Code::BadRequest, url,
            "leads to an address that is not public; only what is on the open Internet is fetched");
    if (transfer.refused_port)
        fail(Code::BadRequest, url, "leads to a port that is not 80, 443 or at least 1024");
    switch (status) {
        case CURLE_ABORTED_BY_CALLBACK:
            throw Error(Code::Busy, "the client left while a file was fetched");
        case CURLE_TOO_MANY_REDIRECTS:
            fail(Code::BadRequest, url,
                 "leads on more than " + std::to_string(limits.max_redirects) + " times");
        case CURLE_UNSUPPORTED_PROTOCOL:
            fail(Code::BadRequest, url, "leads to something that is neither http nor https");
        case CURLE_COULDNT_RESOLVE_HOST: fail(Code::BadRequest, url, "no such host is known");
        case CURLE_OPERATION_TIMEDOUT:
            fail(Code::BadRequest, url,
                 "did not come within " + std::to_string(limits.time.count() / 1000) + " s");
        case CURLE_HTTP_RETURNED_ERROR: {
            long answer = 0;
            curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
            fail(Code::BadRequest, url, "its server answers " + std::to_string(answer));
        }
        case CURLE_COULDNT_CONNECT: fail(Code::BadRequest, url, "its server does not answer");
        case CURLE_PEER_FAILED_VERIFICATION:
            fail(Code::BadRequest, url, "the certificate of its server is not valid");
        default:
            fail(Code::BadRequest, url,
                 std::string("cannot be fetched: ") + curl_easy_strerror(status));
    }
}

}  // namespace

bool is_public(const sockaddr& address) {
    if (address.sa_family == AF_INET)
        return !is_special(reinterpret_cast<const std::uint8_t*>(
                               &reinterpret_cast<const sockaddr_in&>(address).sin_addr),
                           kSpecial4);
    if (address.sa_family != AF_INET6) return false;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(
        &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    return is_within(bytes, kGlobal6) && !is_special(bytes, kSpecial6);
}

void check_url(const std::string& url) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    };
    if (url.size() > kMostUrlBytes || std::any_of(url.begin(), url.end(), is_control) ||
        find_bad_utf8(url) != std::string::npos)
        throw Error(Code::BadRequest, "the URL is no URL, or has blanks or control characters");
    const UrlParts parts(url);
    const auto scheme = to_lower(parts.get(CURLUPART_SCHEME));
    if (parts.status != CURLUE_OK || scheme.empty()) fail(Code::BadRequest, url, "is no URL");
    if (scheme != "http" && scheme != "https")
        fail(Code::BadRequest, url,
             "is not fetched; a table comes by http:, https: or, within the request, param:");
    if (!parts.get(CURLUPART_USER).empty() || !parts.get(CURLUPART_PASSWORD).empty())
        fail(Code::BadRequest, url, "has a user or password in it; leave them out");
    if (parts.get(CURLUPART_HOST).empty()) fail(Code::BadRequest, url, "names no host");
}

void fetch(const std::string& url, const FetchLimits& limits, Sink& sink) {
    start_curl();
    check_url(url);
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) throw Error(Code::Internal, "libcurl does not start");
    auto* curl = handle.get();
    Transfer transfer{.limits = limits, .sink = sink, .failure = {}};
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(limits.max_redirects));
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnect_ms);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.time.count()));
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_bytes));
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Vogate (IVOA-copy)");
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stop_when_hung_up);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    const auto status = curl_easy_perform(curl);
    if (status != CURLE_OK) explain(status, curl, url, transfer);
}

}  // namespace vo::http
