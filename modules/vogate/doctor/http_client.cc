// SPDX-License-Identifier: Apache-2.0
// libcurl behind one function.
#include "http_client.h"

#include <array>
#include <memory>

#include <curl/curl.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate::doctor {

namespace {

constexpr long kConnect_ms = 5'000;
constexpr long kWhole_ms = 20'000;
constexpr std::size_t kLargestAnswer = 16'000'000;

// Less than `count` makes libcurl give up.
std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& body = static_cast<HttpReply*>(self)->body;
    if (body.size() + size * count > kLargestAnswer) return 0;
    body.append(data, size * count);
    return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self) {
    const std::string_view line(data, size * count);
    auto& headers = static_cast<HttpReply*>(self)->headers;
    // A "100 Continue" comes before the answer itself.
    if (line.starts_with("HTTP/")) headers.clear();
    const auto colon = line.find(':');
    if (colon != std::string_view::npos)
        headers.emplace_back(to_lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
    return size * count;
}

struct Global {
    Global() { curl_global_init(CURL_GLOBAL_DEFAULT); }

    ~Global() { curl_global_cleanup(); }

    Global(const Global&) = delete;
    Global& operator=(const Global&) = delete;
};

void set_body(CURL* curl, const std::string& body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
}

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

HttpReply ask_http(const HttpRequest& request) {
    static const Global global;
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) throw Error(Code::Internal, "libcurl cannot start");
    HttpReply reply;
    std::array<char, CURL_ERROR_SIZE> words{};
    curl_slist* list = nullptr;
    for (const auto& header : request.headers)
        list = curl_slist_append(list, header.c_str());
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);

    auto* const handle = curl.get();
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnect_ms);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, kWhole_ms);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "vogate-doctor");
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words.data());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reply);
    if (!request.body.empty()) set_body(handle, request.body);
    if (request.method == "HEAD")
        curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    else if (request.method != "GET" && request.method != "POST")
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());

    const auto result = curl_easy_perform(handle);
    if (result != CURLE_OK)
        throw Error(Code::Upstream,
                    request.url.substr(0, request.url.find('?')) + ": " +
                        (words[0] != '\0' ? words.data() : curl_easy_strerror(result)));
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply.status);
    curl_easy_getinfo(handle, CURLINFO_STARTTRANSFER_TIME, &reply.first_byte_s);
    return reply;
}

std::string make_form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        if (!form.empty()) form += '&';
        form.append(name) += '=';
        append_url_escaped(form, value);
    }
    return form;
}

}  // namespace vo::vogate::doctor
