// SPDX-License-Identifier: Apache-2.0
// The encodings of a row: TABLEDATA (VOTable 1.4 §5.1) and BINARY2 (§5.4).
#pragma once

#include <string>
#include <vector>

#include "base/cell.h"
#include "table/table.h"

namespace vo::table {

// Appends <TR>...</TR> for each row.
class TabledataCells {
  public:
    explicit TabledataCells(const std::vector<Column>& columns);
    void append(std::string& out, Row row) const;

  private:
    std::vector<Type> types_;
};

// Appends null flags and values for each row, raw (the caller wraps them in base64).
class Binary2Cells {
  public:
    explicit Binary2Cells(const std::vector<Column>& columns);
    void append(std::string& out, Row row) const;

  private:
    // What a column's arraysize says: 0 for variable length, else the number of elements.
    struct Shape {
        Type type;
        std::size_t length;
    };

    std::vector<Shape> shapes_;
};

// "2" -> 2; "*", "8*" -> 0; "" -> 1, but 0 for text, which is never meant as a single character.
[[nodiscard]] std::size_t fixed_length(const Column& column);

}  // namespace vo::table
