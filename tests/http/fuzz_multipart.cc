// SPDX-License-Identifier: Apache-2.0
// Fuzz entry point of the multipart parser: the first byte picks the boundary, the rest is the
// body.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "http/multipart.h"

namespace {

std::string read(std::string_view body, const std::string& content_type, std::size_t piece) {
    vo::http::Params params;
    std::vector<vo::http::File> files;
    std::string text;
    try {
        vo::http::MultipartParser parser(vo::http::multipart_boundary(content_type),
                                         {.max_body_bytes = 100'000, .max_upload_bytes = 100'000},
                                         params, files);
        for (std::size_t i = 0; i < body.size(); i += piece)
            parser.feed(body.substr(i, piece));
        parser.finish();
    } catch (const vo::Error& error) {
        if (error.code() != vo::Code::BadRequest && error.code() != vo::Code::TooLarge)
            __builtin_trap();
        return error.what();
    }
    for (const auto& param : params.all())
        text += param.name + '=' + param.value + '\n';
    for (const auto& file : files)
        text += file.name + ':' + file.filename + ':' + file.content->text() + '\n';
    return text;
}

}  // namespace

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
    // The last choice: the body itself is the header that names the boundary.
    const auto choice = data[0] % kContentTypes.size();
    std::string content_type(kContentTypes[choice]);
    if (choice + 1 == kContentTypes.size()) content_type += bytes.substr(1, 80);
    // In pieces of any size the body is the same.
    const auto whole = read(body, content_type, body.size() + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{data[0]} + 5})
        if (read(body, content_type, piece) != whole) __builtin_trap();
    return 0;
}
