// SPDX-License-Identifier: Apache-2.0
// One value in PostgreSQL's binary wire form: what pg/rows hands out and table/cell reads. It lives
// on floor 0 so that neither of them needs to know the other.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vo {

struct Cell {
    const char* data = nullptr;
    std::int32_t size = -1;

    [[nodiscard]] bool is_null() const { return size < 0; }

    [[nodiscard]] std::string_view bytes() const {
        return {data, static_cast<std::size_t>(size < 0 ? 0 : size)};
    }
};

// Valid until the next row is asked for.
using Row = std::span<const Cell>;

}  // namespace vo
