// SPDX-License-Identifier: Apache-2.0
// The rows of a binary table as bytes, and numbers in them, without CFITSIO (see hdus.h). Source:
// FITS 4.0 §7.3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fits/hdus.h"

namespace vo::fits {

struct RowField {
    int number = 0;
    std::string name;                  // TTYPEn
    std::string unit;                  // TUNITn
    char code = 0;                     // of TFORMn: 'P' and 'Q' for what is in the heap
    std::int64_t repeat = 0;           // values in one row
    std::size_t start = 0;             // in the row
    std::size_t bytes = 0;             // in the row
    double scale = 1;                  // TSCALn, never 0
    double zero = 0;                   // TZEROn
    std::optional<std::int64_t> null;  // TNULLn, as stored

    // Whether it is one number in each row, whole or floating.
    [[nodiscard]] bool is_number() const;
};

struct RowLayout {
    std::int64_t rows = 0;
    std::size_t row_bytes = 0;
    std::int64_t heap_bytes = 0;  // PCOUNT: all behind the rows
    std::int64_t heap_gap = 0;    // from the last row to the heap, of those
    std::vector<RowField> fields;

    // By TTYPEn, in any case.
    [[nodiscard]] const RowField* find(std::string_view name) const;
};

// Error(BadRequest) with `label` before it for what is no binary table, and for one whose header
// contradicts itself. A row has at most `most_row_bytes`.
[[nodiscard]] RowLayout read_row_layout(const RawHdu& hdu,
                                        const std::string& label,
                                        std::size_t most_row_bytes);

// Of consecutive rows, as many as `out` has room for; scaled, a null is NaN. REQUIRES:
// field.is_number().
void read_numbers(const RowField& field,
                  const char* rows,
                  std::size_t row_bytes,
                  std::span<double> out);

// To one row, the next number not below it that the field can hold, or not above. REQUIRES:
// field.is_number(), and there is such a number.
void store_not_below(const RowField& field, char* row, double value);
void store_not_above(const RowField& field, char* row, double value);

}  // namespace vo::fits
