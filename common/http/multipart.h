// SPDX-License-Identifier: Apache-2.0
// multipart/form-data (RFC 7578) to parameters and files; private to common/http.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace vo::http {

// A media type without its parameters, in lower case: "text/plain".
[[nodiscard]] std::string media_type(std::string_view content_type);

// The value of a parameter of a header field, quotes and their escapes removed; empty when it is
// not there.
[[nodiscard]] std::string header_parameter(std::string_view field, std::string_view name);

// The boundary of a Content-Type; BadRequest when it has none that RFC 2046 allows.
[[nodiscard]] std::string multipart_boundary(std::string_view content_type);

// Linear in the size of the body. A body that is malformed or cut short is a BadRequest.
void parse_multipart(std::string_view body,
                     std::string_view boundary,
                     Params& params,
                     std::vector<File>& files);

inline constexpr std::size_t kMaxParts = 1000;
inline constexpr std::size_t kMaxPartHeaderBytes = 8192;

}  // namespace vo::http
