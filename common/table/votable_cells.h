// SPDX-License-Identifier: Apache-2.0
// The encodings of a row: TABLEDATA (VOTable 1.4 §5.1), BINARY (§5.3) and BINARY2 (§5.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
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
    struct Field {
        Type type;
        bool array;
        std::string_view null;  // what stands for an element that is NULL
        std::size_t length;     // of an array: 0 when it varies
    };

    std::vector<Field> fields_;
};

// How whole numbers say that they are null: by a value that the FIELD declares, or by other means
// (an empty TD, the flags of BINARY2).
enum class Nulls { Declared, Elsewhere };

// The value that stands for null where it is declared, for arrays in their elements; none for types
// that can say it themselves.
[[nodiscard]] std::optional<std::string_view> null_value(Type type);

// What is declared and written instead of a type all of whose values are taken.
[[nodiscard]] Type with_null(Type type, Nulls nulls);

// Appends the values of each row, raw (the caller wraps them in base64), for BINARY2 with null
// flags before them.
class BinaryCells {
  public:
    BinaryCells(const std::vector<Column>& columns, Nulls nulls);
    void append(std::string& out, Row row) const;

  private:
    // What a column's arraysize says: 0 for variable length, else the number of elements.
    struct Shape {
        Type type;
        std::size_t length;
    };

    std::vector<Shape> shapes_;
    Nulls nulls_;
};

// One value in the big-endian form that BINARY, BINARY2 and FITS share; `length` as in Shape. Null
// is NaN, '?', empty, or the declared value.
void append_value(std::string& out, Type type, Cell cell, std::size_t length);

// Timestamps that have no form (see timestamp()) are null here.
[[nodiscard]] bool is_null(Type type, Cell cell);

// The arraysize as a number of elements on the wire: "2" -> 2; "2x3" -> 6; "*", "8*", "2x*" -> 0;
// "" -> 1; for complex numbers twice as many.
[[nodiscard]] std::size_t fixed_length(const Column& column);

}  // namespace vo::table
