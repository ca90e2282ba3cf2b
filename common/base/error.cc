// SPDX-License-Identifier: Apache-2.0
// The table of error codes: the only place that knows their four outward faces.
#include "base/error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vo {

namespace {

constexpr std::array kFaces{
    Face{Code::BadRequest, "bad-request", 400, "UsageFault", "fatal"},
    Face{Code::BadQuery, "bad-query", 400, "UsageFault", "fatal"},
    Face{Code::UnknownName, "unknown-name", 400, "UsageFault", "fatal"},
    Face{Code::NoCredentials, "no-credentials", 401, "DefaultFault", "fatal"},
    Face{Code::Forbidden, "forbidden", 403, "DefaultFault", "fatal"},
    Face{Code::NotFound, "not-found", 404, "NotFoundFault", "fatal"},
    Face{Code::BadMethod, "bad-method", 405, "UsageFault", "fatal"},
    Face{Code::TooLarge, "too-large", 413, "UsageFault", "fatal"},
    Face{Code::BadMedia, "bad-media", 415, "UsageFault", "fatal"},
    Face{Code::Busy, "busy", 503, "TransientFault", "transient"},
    Face{Code::TooLong, "too-long", 503, "TransientFault", "transient"},
    Face{Code::StoreFull, "store-full", 503, "TransientFault", "transient"},
    Face{Code::Upstream, "upstream", 502, "TransientFault", "transient"},
    Face{Code::Internal, "internal", 500, "FatalFault", "fatal"},
};

std::string place_prefix(Place place) {
    if (place.line == 0) return {};
    return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) + ": ";
}

}  // namespace

const Face& face(Code code) {
    return *std::find_if(kFaces.begin(), kFaces.end() - 1,
                         [code](const Face& row) { return row.code == code; });
}

const Face& find_face(std::string_view name) {
    return *std::find_if(kFaces.begin(), kFaces.end() - 1,
                         [name](const Face& row) { return row.name == name; });
}

Error::Error(Code code, std::string message, Place place, std::source_location thrown_at)
    : code_(code),
      text_(place_prefix(place) + std::move(message)),
      place_(place),
      thrown_at_(thrown_at) {}

Error& Error::with_detail(std::string detail) & {
    detail_ = std::move(detail);
    return *this;
}

Error&& Error::with_detail(std::string detail) && {
    detail_ = std::move(detail);
    return std::move(*this);
}

Error&& Error::with_retry_after(int seconds) && {
    retry_after_s_ = seconds;
    return std::move(*this);
}

std::string Error::thrown_at() const {
    std::string_view file = thrown_at_.file_name();
    if (auto slash = file.rfind('/'); slash != std::string_view::npos)
        file.remove_prefix(slash + 1);
    return std::string(file) + ':' + std::to_string(thrown_at_.line());
}

}  // namespace vo
