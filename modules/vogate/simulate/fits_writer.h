// SPDX-License-Identifier: Apache-2.0
// FITS files of binary tables, byte by byte the same whenever they are written: no date of today,
// and CHECKSUM and DATASUM with comments of our own, because CFITSIO's name the present.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vo::vogate::simulate {

struct ColumnSpec {
    std::string name;
    std::string form;  // TFORM
    std::string unit;
    std::vector<long> shape = {};  // TDIM, fastest axis first, where there is more than one
};

class FitsWriter {
  public:
    // Makes the file, which must not exist, with an empty primary HDU that holds the comments.
    FitsWriter(const std::string& path, std::span<const std::string> comments);
    ~FitsWriter();
    FitsWriter(const FitsWriter&) = delete;
    FitsWriter& operator=(const FitsWriter&) = delete;

    void begin_table(const std::string& name,
                     std::span<const ColumnSpec> columns,
                     std::int64_t rows);

    void set(const char* keyword, const std::string& value, const char* comment);
    void set(const char* keyword, double value, const char* comment);
    void set(const char* keyword, std::int64_t value, const char* comment);

    void set(const char* keyword, const char* value, const char* comment) {
        set(keyword, std::string(value), comment);
    }

    void set(const char* keyword, int value, const char* comment) {
        set(keyword, std::int64_t{value}, comment);
    }

    // A whole column; columns count from 1.
    void write(int column, std::span<const double> values);
    void write(int column, std::span<const std::int64_t> values);
    void write(int column, const std::vector<std::string>& values);

    // After the last column of each table.
    void end_table();
    // An Error when the file could not be written whole; without it the file is as broken off.
    void close();

  private:
    struct Handle;

    void check(const char* what);
    void write_sums();

    std::string path_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace vo::vogate::simulate
