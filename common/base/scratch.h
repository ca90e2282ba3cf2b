// SPDX-License-Identifier: Apache-2.0
// A file without a name, which is gone with the process whatever happens: what does not fit into
// memory, kept for as long as a request lasts.
//
//     ScratchFile file("/var/tmp", "an uploaded table");
//     file.append(bytes);
//     const auto piece = file.read(0, buffer);   // from any place, any number of times
//
// A little is kept in memory until someone asks for the descriptor. A full disk is StoreFull, in words
// that name the purpose; any other failure is Internal. One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/sink.h"

namespace vo {

class ScratchFile final : public Sink {
  public:
    ScratchFile(std::string folder, std::string purpose);
    // A file that is there already, to be read only; the descriptor becomes ours.
    [[nodiscard]] static ScratchFile adopt(int descriptor, std::string purpose);
    ~ScratchFile() override;
    ScratchFile(ScratchFile&& other) noexcept;
    ScratchFile& operator=(ScratchFile&& other) noexcept;

    void append(std::string_view bytes);

    // As a Sink.
    void write(std::string_view bytes) override { append(bytes); }

    [[nodiscard]] std::int64_t size() const { return size_; }

    // The bytes from there on that the buffer has room for; empty at the end.
    [[nodiscard]] std::string_view read(std::int64_t offset, std::span<char> buffer);

    // All of it. REQUIRES: it is small.
    [[nodiscard]] std::string text();

    // Of the file with all that was appended; its position is no one's business. It stays ours.
    [[nodiscard]] int descriptor();

  private:
    void open_file();
    void write_out();
    [[noreturn]] void fail(const std::string& what) const;

    std::string folder_;
    std::string purpose_;
    std::string pending_;  // all of it while there is no file
    std::int64_t size_ = 0;
    int file_ = -1;
};

}  // namespace vo
