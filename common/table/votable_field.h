// SPDX-License-Identifier: Apache-2.0
// A FIELD as it is read: the column it becomes, and its values from TABLEDATA, BINARY and BINARY2
// (VOTable 1.4 §2, §5, §6), each put into a row in the wire form of the column's type.
//
// What stands for null: the value that VALUES declares, NaN alone in its cell, nothing in a TD, in
// BINARY also a text or an array of no length, in BINARY2 the flag. An uploaded NaN is thus NULL,
// which queries can tell from a number; within arrays it stays, but for shapes of DALI: one with a
// NaN in it is none.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "table/reader.h"
#include "table/table.h"

namespace vo::table {

class VotableField {
  public:
    // Takes name, arraysize, xtype of the column; sets its type. `number` counts from 1 and names
    // the column where nothing else does. BadRequest for what VOTable does not have.
    VotableField(Column column, const std::string& datatype, const std::string& null, int number);

    [[nodiscard]] const Column& column() const { return column_; }

    // ra, or the 3rd column, for messages.
    [[nodiscard]] const std::string& title() const { return title_; }

    // A TD. Errors are the words that follow the place: `"abc" is not a double`.
    void add_text(RowBuilder& row, std::string_view text, std::size_t max_bytes) const;

    // So many bytes of the stream, or an error.
    using Take = std::function<std::string_view(std::size_t bytes)>;

    // A value of BINARY or BINARY2; `null` is the flag, none in BINARY. `max_bytes` bounds it.
    void add_binary(RowBuilder& row,
                    const Take& take,
                    std::optional<bool> null,
                    std::size_t max_bytes) const;

  private:
    void read_arraysize();
    void add_array_text(RowBuilder& row, std::string_view text, std::size_t max_bytes) const;
    void add_array_bytes(RowBuilder& row, std::string_view bytes, std::size_t elements) const;
    void add_string(RowBuilder& row, std::string_view text, bool empty_is_null) const;
    void add_scalar(RowBuilder& row, std::string_view bytes) const;
    void check_length(std::size_t elements) const;
    [[nodiscard]] std::size_t stream_bytes(std::size_t elements) const;
    void check_growth(std::size_t elements, std::size_t max_bytes) const;

    Column column_;
    std::string title_;
    Type element_ = Type::Text;  // of an array; else the column's type
    bool array_ = false;
    bool text_ = false;                // char or unicodeChar, be it a timestamp
    bool unicode_ = false;             // of two bytes each
    std::size_t fixed_ = 0;            // elements as arraysize counts; 0: they vary
    std::size_t multiple_ = 1;         // of which they are one, "2x*"
    std::size_t most_ = 0;             // "8*"; 0: any number
    bool shape_ = false;               // of DALI, which has no NaN
    bool folded_ = false;              // strings of fixed length one after the other
    std::optional<std::string> null_;  // the value that is null, on the wire
};

}  // namespace vo::table
