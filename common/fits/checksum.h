// SPDX-License-Identifier: Apache-2.0
// The sums that CHECKSUM and DATASUM tell of, over bytes as they come. Source: FITS 4.0 §4.4.2.7,
// appendix J.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vo::fits {

// Words of 32 bits, the high byte first, added with the carry brought round.
class Checksum {
  public:
    Checksum() = default;

    // What goes on from a sum of whole words.
    explicit Checksum(std::uint32_t sum) : sum_(sum) {}

    // From where the last piece ended.
    void add(std::string_view bytes);

    // What was not there fills up the last word as zeros.
    [[nodiscard]] std::uint32_t value() const;

  private:
    std::uint64_t sum_ = 0;
    unsigned odd_ = 0;  // bytes of the word that is not whole yet
};

// The text of CHECKSUM that makes a HDU sum up to -0, whose sum with a CHECKSUM of sixteen '0' is
// this.
[[nodiscard]] std::string checksum_text(std::uint32_t sum);

}  // namespace vo::fits
