// SPDX-License-Identifier: Apache-2.0
// A file as a table, told in lines: its columns, then each row; what is wrong with it in its place.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "table/reader.h"

namespace vo::test {

// Bytes in a file without a name.
class TempFile {
  public:
    explicit TempFile(std::string_view bytes);
    ~TempFile();
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;

    [[nodiscard]] int descriptor() const { return file_; }

  private:
    int file_ = -1;
};

// "ra:double[2]/point deg pos.eq", one line; of the metadata what there is.
[[nodiscard]] std::string tell(const table::Column& column);

// Values as append_text has them, separated by '|'; "NULL".
[[nodiscard]] std::string tell(const table::Table& table, const Row& row);

[[nodiscard]] std::string read_back(std::string_view bytes, const table::ReadLimits& limits = {});

}  // namespace vo::test
