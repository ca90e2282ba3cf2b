// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets of table readers share: a file is a table to its end, or is refused in
// words; each value is one that PostgreSQL takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "table/cell.h"
#include "table/read_back.h"
#include "table/reader.h"

namespace vo::test {

inline void check_cell(const table::Column& column, Cell cell) {
    const auto element = table::element_type(column.type);
    if (element) {
        // Walks all of it.
        for (const Cell value : table::ArrayView(cell))
            check_cell({.name = {}, .type = *element}, value);
    } else if (!cell.is_null() &&
               (column.type == table::Type::Text || column.type == table::Type::Unicode) &&
               (find_bad_utf8(cell.bytes()) != std::string_view::npos ||
                cell.bytes().find('\0') != std::string_view::npos)) {
        __builtin_trap();
    }
    std::string text;
    table::append_text(text, column.type, cell, append_xml_escaped);
}

using Open = std::unique_ptr<table::Reader> (*)(int file, const table::ReadLimits& limits);

inline int fuzz_table(Open open, const std::uint8_t* data, std::size_t size) {
    table::ReadLimits limits;
    limits.max_rows = 1000;
    limits.max_columns = 100;
    limits.max_cell_bytes = 100'000;
    limits.max_row_bytes = 200'000;
    const TempFile file({reinterpret_cast<const char*>(data), size});
    try {
        const auto reader = open(file.descriptor(), limits);
        const auto columns = reader->table().columns;
        if (columns.empty()) __builtin_trap();
        while (const auto* row = reader->next()) {
            if (row->size() != columns.size()) __builtin_trap();
            for (std::size_t i = 0; i < columns.size(); ++i)
                check_cell(columns[i], (*row)[i]);
        }
    } catch (const Error& error) {
        if (error.code() != Code::BadRequest && error.code() != Code::TooLarge) __builtin_trap();
        const std::string_view words = error.what();
        if (words.size() > 2000 || find_bad_utf8(words) != std::string_view::npos) __builtin_trap();
    }
    return 0;
}

}  // namespace vo::test
