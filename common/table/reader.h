// SPDX-License-Identifier: Apache-2.0
// How a table comes in, the mirror of Writer in format.h: columns first, then rows of cells in the
// wire form of their types (table.h), as PostgreSQL's binary COPY takes them.
//
//     const auto reader = table::open_reader(file, limits);
//     for (const auto& column : reader->table().columns) ...
//     while (const Row* row = reader->next()) ...
//
// A file is an open descriptor, read by position from its first byte to its last; it stays the
// caller's. All of it may be hostile: memory is one row and the buffers, whatever the file says.
// What is no table, or not what it says it is, throws BadRequest in words for the one who made it,
// with row and column; what is beyond the limits, TooLarge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cell.h"
#include "table/table.h"

namespace vo::table {

struct ReadLimits {
    std::int64_t max_rows = 1'000'000;
    std::size_t max_columns = 1'000;
    // One value, as it stands in the row.
    std::size_t max_cell_bytes = 10'000'000;
    std::size_t max_row_bytes = 50'000'000;
    // For what has to be read twice.
    std::string scratch_folder = "/var/tmp";
};

class Reader {
  public:
    Reader() = default;
    virtual ~Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Columns named as the file names them, possibly twice or by nothing; frames as keys of frame.h
    // where the file tells one of them.
    [[nodiscard]] virtual const Table& table() const = 0;

    // nullptr after the last one. The cells live until the next call.
    [[nodiscard]] virtual const Row* next() = 0;
};

// VOTable 1.1 to 1.6: the first TABLE, in TABLEDATA, BINARY, BINARY2 or FITS.
[[nodiscard]] std::unique_ptr<Reader> open_votable_reader(int file, const ReadLimits& limits);

// FITS 4.0 §7: the first table extension, BINTABLE or ASCII.
[[nodiscard]] std::unique_ptr<Reader> open_fits_reader(int file, const ReadLimits& limits);

// RFC 4180 with a header line, or tabs in the place of commas; types are those that fit all values.
[[nodiscard]] std::unique_ptr<Reader> open_csv_reader(int file, const ReadLimits& limits);

// The one of them that the first bytes tell.
[[nodiscard]] std::unique_ptr<Reader> open_reader(int file, const ReadLimits& limits);

// Rows in the making: cells in one buffer that is used again for each.
class RowBuilder {
  public:
    void clear();

    void add_null();
    // The bytes in the wire form.
    void add(std::string_view bytes);

    // An array of one dimension: announced with the number of its elements, each of which follows
    // by add_element. `oid` is that of an element (cell.h, wire_oid).
    void begin_array(unsigned oid, std::size_t elements);
    void add_element(std::string_view bytes);
    void add_null_element();
    void end_array();

    [[nodiscard]] std::size_t bytes() const { return buffer_.size(); }

    // Valid until the next clear().
    [[nodiscard]] const Row* row();

  private:
    struct Extent {
        std::size_t start;
        std::int32_t size;  // -1 for NULL
    };

    std::string buffer_;
    std::vector<Extent> extents_;
    std::vector<Cell> cells_;
    Row row_;
    std::size_t array_start_ = 0;
};

}  // namespace vo::table
