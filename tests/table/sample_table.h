// SPDX-License-Identifier: Apache-2.0
// A table with every type, a row of plain values, a row of awkward ones and a row of nulls, in
// PostgreSQL's wire form.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cell.h"
#include "table/table.h"

namespace vo::test {

[[nodiscard]] table::Table make_sample_table();

// Owns the bytes of its cells.
class SampleRow {
  public:
    template <typename T>
    SampleRow& add(T value);
    SampleRow& add_text(std::string text);
    SampleRow& add_bytes(std::string bytes);
    // Elements without a value are NULL.
    template <typename T>
    SampleRow& add_array(const std::vector<std::optional<T>>& values);
    SampleRow& add_null();

    [[nodiscard]] std::vector<Cell> cells() const;

  private:
    std::vector<std::string> bytes_;
    std::vector<bool> nulls_;
};

[[nodiscard]] std::vector<SampleRow> make_sample_rows();

}  // namespace vo::test
