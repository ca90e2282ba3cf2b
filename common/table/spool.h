// SPDX-License-Identifier: Apache-2.0
// Bytes kept until they can be sent: the first in memory, the rest in a file without a name, which
// is gone with the process whatever happens. Private to this folder.
//
//     Spool spool(scratch);
//     spool.write(bytes);
//     spool.rewind();
//     while (!(piece = spool.read()).empty()) ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "table/format.h"

namespace vo::table {

class Spool {
  public:
    explicit Spool(const Scratch& scratch) : scratch_(scratch) {}

    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // Busy when the disk is full, BadRequest beyond the limit.
    void write(std::string_view bytes);

    // From the first byte again; nothing may be written after it.
    void rewind();

    // The next piece, empty at the end; valid until the next call.
    [[nodiscard]] std::string_view read();

  private:
    void open_file();
    void flush();

    Scratch scratch_;
    std::string buffer_;
    std::int64_t size_ = 0;
    int file_ = -1;
    bool read_all_ = false;
};

}  // namespace vo::table
