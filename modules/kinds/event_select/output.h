// SPDX-License-Identifier: Apache-2.0
// The file that is made: it appears under its name when it is whole and on disk.
//
//     OutputFile out("selected.fits");
//     HduWriter hdu(out, cards);            // room for the header
//     hdu.write(rows);
//     hdu.finish(std::move(cards));         // as many cards as before, with values that are known
//     now out.keep();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/sink.h"
#include "fits/cards.h"
#include "fits/checksum.h"

namespace vo::kinds {

// A full disk is StoreFull, any other failure Internal.
class OutputFile final : public Sink {
  public:
    explicit OutputFile(const std::string& path);
    ~OutputFile() override;

    void write(std::string_view bytes) override;
    // In the place of bytes that were written.
    void replace(std::int64_t offset, std::string_view bytes);

    [[nodiscard]] std::int64_t size() const { return size_; }

    // REQUIRES: nothing is written after it.
    void keep();

    // Of that path: "." where it names none.
    [[nodiscard]] static std::string folder_of(const std::string& path);

  private:
    void flush_buffer();
    void put(std::int64_t offset, std::string_view bytes);
    [[noreturn]] void fail(const char* what) const;

    std::string path_;
    std::string part_;
    std::string buffer_;
    std::int64_t size_ = 0;
    int descriptor_ = -1;
};

// One HDU, with DATASUM and CHECKSUM of its own.
class HduWriter {
  public:
    HduWriter(OutputFile& out, fits::Cards draft);

    void write(std::string_view bytes);
    // Fills up the data and writes the header.
    void finish(fits::Cards cards);

  private:
    OutputFile& out_;
    fits::Checksum sum_;
    std::int64_t start_;
    std::size_t header_size_;
};

}  // namespace vo::kinds
