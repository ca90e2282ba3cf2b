// SPDX-License-Identifier: Apache-2.0
// Bytes kept until they can be sent. Private to this folder.
//
//     Spool spool(scratch);
//     spool.write(bytes);
//     spool.rewind();
//     while (!(piece = spool.read()).empty()) ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/scratch.h"
#include "table/format.h"

namespace vo::table {

class Spool {
  public:
    explicit Spool(const Scratch& scratch);

    // Busy when the disk is full, BadRequest beyond the limit.
    void write(std::string_view bytes);

    // From the first byte again; nothing may be written after it.
    void rewind() { offset_ = 0; }

    // The next piece, empty at the end; valid until the next call.
    [[nodiscard]] std::string_view read();

  private:
    std::int64_t max_bytes_;
    ScratchFile file_;
    std::int64_t offset_ = 0;
    std::string buffer_;
};

}  // namespace vo::table
