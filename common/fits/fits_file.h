// SPDX-License-Identifier: Apache-2.0
// A FITS file as values, over CFITSIO: its HDUs, their keywords, the columns of its tables.
//
//     fits::File file(path);                                  // plain or gzipped
//     const auto* hdu = file.find_hdu("EVENTS");
//     fits::Table events(file, *hdu);
//     const auto& energy = events.get_column("ENERGY");       // by name, in any case
//     events.read(energy, first_row, rows, buffer);           // chunk by chunk: bounded memory
//
// Opening walks all HDUs and compares what their headers claim with the bytes that are there, so a
// truncated file is refused before anything is read from it. The name is only ever a path: the
// filter syntax of CFITSIO ("file.fits[2][col ...]") is never looked at. Whatever is wrong with a
// file is an Error(BadRequest) that names the file (never its path) and the fault, with CFITSIO's
// own words in detail(). One thread at a time per File; a Table must not outlive its File.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fits/header.h"

namespace vo::fits {

struct Hdu {
    int number = 1;  // as CFITSIO counts: the primary HDU is 1
    std::string name;
    bool is_table = false;
    std::int64_t rows = 0;
    Header header;
};

struct Column {
    enum class Kind { Number, Text, Other };

    int number = 0;
    std::string name;
    std::string unit;
    Kind kind = Kind::Other;
    std::int64_t repeat = 0;          // values in one row
    std::vector<std::int64_t> shape;  // TDIM, fastest axis first; {repeat} without it
};

class File {
  public:
    explicit File(const std::string& path);
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    // The last part of the path.
    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] const std::vector<Hdu>& hdus() const { return hdus_; }

    // By EXTNAME, case and surrounding blanks ignored; nullptr when there is none.
    [[nodiscard]] const Hdu* find_hdu(std::string_view name) const;

  private:
    friend class Table;
    struct Handle;

    void read_hdus(const std::string& path, std::int64_t size);
    void check_tail(const std::string& path, std::int64_t data_end, std::int64_t size) const;
    [[nodiscard]] Hdu read_hdu(int number);

    std::string name_;
    std::unique_ptr<Handle> handle_;
    std::vector<Hdu> hdus_;
};

class Table {
  public:
    // Error(BadRequest) when the HDU is no binary or ASCII table, or a tile-compressed one.
    Table(File& file, const Hdu& hdu);

    [[nodiscard]] const Hdu& hdu() const { return hdu_; }

    [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }

    [[nodiscard]] const Column* find_column(std::string_view name) const;
    [[nodiscard]] const Column& get_column(std::string_view name) const;

    // Rows that fill CFITSIO's buffers once: the chunk to read all columns by.
    [[nodiscard]] std::int64_t chunk_rows() const;

    // `out.size()` consecutive values from the first of the row (both counted from 0) on; a
    // scalar column gives one value per row. TSCAL and TZERO are applied; a null is NaN.
    void read(const Column& column, std::int64_t first_row, std::span<double> out);
    // The same in whole numbers; a null is 0.
    void read(const Column& column, std::int64_t first_row, std::span<std::int64_t> out);
    // A whole text column, trimmed.
    [[nodiscard]] std::vector<std::string> read_text(const Column& column);
    // All values of one row.
    [[nodiscard]] std::vector<double> read_row(const Column& column, std::int64_t row);

    // "events.fits, EVENTS": how messages name this table.
    [[nodiscard]] std::string label() const;

  private:
    void go_there();
    void check_numeric(const Column& column) const;

    File& file_;
    const Hdu& hdu_;
    std::vector<Column> columns_;
};

}  // namespace vo::fits
