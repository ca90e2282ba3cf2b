// SPDX-License-Identifier: Apache-2.0
// Typed views on a cell, and its text as VOTable TABLEDATA, CSV and TSV print it.
//
// REQUIRES: the cell came from a column whose PostgreSQL type is the wire form of the Type
// (see table.h); tap/query checks that once for each answer, so that nothing is checked here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cell.h"
#include "base/time.h"
#include "table/table.h"

namespace vo::table {

// PostgreSQL's type oid of the wire form.
[[nodiscard]] unsigned wire_oid(Type type);

// Microseconds since 1970 UTC; no value for PostgreSQL's infinities, which no format can express.
[[nodiscard]] std::optional<Micros> timestamp(Cell cell);

// The elements of a float8[]; NULL elements are NaN.
class DoubleArrayView {
  public:
    explicit DoubleArrayView(Cell cell);

    [[nodiscard]] std::size_t size() const { return size_; }

    [[nodiscard]] double operator[](std::size_t index) const;

  private:
    std::string_view elements_;
    std::size_t size_ = 0;
    bool uniform_ = true;  // no NULL among them: each takes 12 bytes
};

// Appends the value as text: numbers in the shortest form that reads back, booleans T and F,
// arrays separated by blanks; text itself through `escape`. Nothing for NULL.
using Escape = void (*)(std::string& out, std::string_view text);
void append_text(std::string& out, Type type, Cell cell, Escape escape);

}  // namespace vo::table
