// SPDX-License-Identifier: Apache-2.0
// Files that come with the parameter that names them.
#pragma once

#include <optional>
#include <string_view>

#include "base/text.h"

namespace vo::uws {

// NAME of "param:NAME" (UWS 1.1 §2.2.3.1.1).
[[nodiscard]] inline std::optional<std::string_view> find_inline_file(std::string_view value) {
    constexpr std::string_view kScheme = "param:";
    if (!equal_fold(value.substr(0, kScheme.size()), kScheme)) return std::nullopt;
    return value.substr(kScheme.size());
}

}  // namespace vo::uws
