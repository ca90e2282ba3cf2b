// SPDX-License-Identifier: Apache-2.0
// Descriptions of kinds, kept for good: a job refers to the one that it was made or run by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pg/connection.h"

namespace vo::uws {

struct KindText {
    std::string name;
    std::string version;
    std::string digest;       // SHA-256 of the description
    std::string description;  // the file
};

// Its number, for uws.job; that of the same description is the same.
[[nodiscard]] std::int64_t register_kind(pg::Connection& db, const KindText& kind);

// Whether there ever was one of that name.
[[nodiscard]] bool was_kind(pg::Connection& db, std::string_view name);

// The newest with that name and version.
[[nodiscard]] std::optional<KindText> find_kind(pg::Connection& db, std::string_view name, std::string_view version);

}  // namespace vo::uws
