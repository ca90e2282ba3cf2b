// SPDX-License-Identifier: Apache-2.0
// Fuzz entry point of the multipart parser: the first byte picks the boundary, the rest is the
// body.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "http/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<std::string_view, 4> kContentTypes{
        "multipart/form-data; boundary=b",
        "multipart/form-data; boundary=\"<<<>>>-- --\\\"\"",
        "multipart/form-data; boundary=--",
        "multipart/form-data; boundary=",
    };
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto body = bytes.substr(1);
    vo::http::Params params;
    std::vector<vo::http::File> files;
    // The last choice: the body itself is the header that names the boundary.
    const auto choice = data[0] % kContentTypes.size();
    std::string content_type(kContentTypes[choice]);
    if (choice + 1 == kContentTypes.size()) content_type += bytes.substr(1, 80);
    try {
        vo::http::parse_multipart(body, vo::http::multipart_boundary(content_type), params, files);
    } catch (const vo::Error& error) {
        if (error.code() != vo::Code::BadRequest) __builtin_trap();
    }
    return 0;
}
