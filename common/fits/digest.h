// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) of bytes as they come, and of a whole file: how the archive tells a file
// that changed from one that was only touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vo::fits {

class Sha256 {
  public:
    void update(std::string_view bytes);
    // The digest in 64 lower-case hexadecimal digits; the object is spent afterwards.
    [[nodiscard]] std::string hex();

  private:
    void take_block(const unsigned char* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                        0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
    std::array<unsigned char, 64> rest_{};
    std::size_t held_ = 0;
    std::uint64_t total_ = 0;
};

struct FileDigest {
    std::string sha256;
    std::int64_t size_bytes = 0;
};

// Error(BadRequest) with the file's name when it cannot be read to its end.
[[nodiscard]] FileDigest digest_file(const std::string& path);

}  // namespace vo::fits
