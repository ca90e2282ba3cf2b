// SPDX-License-Identifier: Apache-2.0
// Typed views on a cell, and its text as VOTable TABLEDATA, CSV and TSV print it.
//
// Where an element of an array is NULL, no format but JSON has a word for it. A number with a point
// is NaN then, everywhere. A whole number is the least of its type where a null can be declared
// (VALUES null of VOTable, in all its serialisations, TNULL of FITS), and NaN in CSV, TSV, HTML and
// text, where nothing tells a stand-in from a count: a reader of whole numbers stops there rather
// than take it for one. An array that is NULL itself is null where the format has nulls for
// arrays (BINARY2, JSON); elsewhere one of variable length is empty, one of fixed length holds
// nothing but NULL elements. Bits and unsigned bytes have no null within an array: 0 there. Where a
// value stands for null a byte on its own is told as a short, as each value of a byte may be one.
//
// REQUIRES: the cell came from a column whose PostgreSQL type is the wire form of the Type
// (see table.h); tap/query checks that once for each answer, so that nothing is checked here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/cell.h"
#include "base/time.h"
#include "table/table.h"

namespace vo::table {

// PostgreSQL's type oid of the wire form.
[[nodiscard]] unsigned wire_oid(Type type);
// And its name.
[[nodiscard]] std::string_view sql_type(Type type);

// Microseconds since 1970 UTC; no value for what no format can express: PostgreSQL's infinities, and
// years that have not the four digits of DALI 1.1 §3.3.3.
[[nodiscard]] std::optional<Micros> timestamp(Cell cell);

// The elements of an array, each a cell in the wire form of the element type; none for NULL. With a
// length other than 0 they are so many: NULLs stand for what lacks. An array that is longer than
// its column is declared would lose something: an Internal error.
//
//     for (const Cell element : ArrayView(cell)) ...
class ArrayView {
  public:
    explicit ArrayView(Cell cell, std::size_t length = 0);

    [[nodiscard]] std::size_t size() const { return size_; }

    class Iterator {
      public:
        Iterator(std::string_view rest, std::size_t left) : rest_(rest), left_(left) {}

        // int32 length, -1 for NULL, then the bytes.
        Cell operator*() const {
            return rest_.empty() ? Cell{}
                                 : Cell{rest_.data() + 4, load_big<std::int32_t>(rest_.data())};
        }

        Iterator& operator++() {
            if (!rest_.empty()) rest_.remove_prefix(4 + (**this).bytes().size());
            --left_;
            return *this;
        }

        bool operator==(const Iterator& other) const { return left_ == other.left_; }

      private:
        std::string_view rest_;
        std::size_t left_;
    };

    [[nodiscard]] Iterator begin() const { return {elements_, size_}; }

    [[nodiscard]] Iterator end() const { return {{}, 0}; }

  private:
    std::string_view elements_;
    std::size_t size_ = 0;
};

// Appends the value as text: numbers in the shortest form that reads back, booleans T and F,
// arrays separated by blanks, with NaN for NULL in them; text itself through `escape`. Nothing for
// NULL.
using Escape = void (*)(std::string& out, std::string_view text);
void append_text(std::string& out, Type type, Cell cell, Escape escape);

// Appends an array's elements separated by blanks, `null` where one is NULL; `length` as in
// ArrayView.
void append_array_text(
    std::string& out, Type type, Cell cell, std::string_view null, std::size_t length);

}  // namespace vo::table
