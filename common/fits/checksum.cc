// SPDX-License-Identifier: Apache-2.0
// The sum is ours, for the bytes are in no file of CFITSIO's; the text is CFITSIO's.
#include "fits/checksum.h"

#include <array>

#include <fitsio.h>

#include "base/bytes.h"

namespace vo::fits {

namespace {

constexpr unsigned kWord = 4;

constexpr std::uint64_t bring_round(std::uint64_t sum) {
    return (sum & 0xFFFFFFFFU) + (sum >> 32U);
}

}  // namespace

void Checksum::add(std::string_view bytes) {
    const auto add_byte = [&] {
        sum_ += std::uint64_t{static_cast<unsigned char>(bytes.front())}
                << (8 * (kWord - 1 - odd_));
        odd_ = (odd_ + 1) % kWord;
        bytes.remove_prefix(1);
    };
    while (odd_ != 0 && !bytes.empty())
        add_byte();
    while (bytes.size() >= kWord) {
        // So few that no carry is lost.
        constexpr std::size_t kPiece = std::size_t{1} << 30U;
        const auto piece =
            bytes.substr(0, bytes.size() < kPiece ? bytes.size() / kWord * kWord : kPiece);
        for (std::size_t at = 0; at < piece.size(); at += kWord)
            sum_ += load_big<std::uint32_t>(piece.data() + at);
        sum_ = bring_round(sum_);
        bytes.remove_prefix(piece.size());
    }
    while (!bytes.empty())
        add_byte();
    sum_ = bring_round(sum_);
}

std::uint32_t Checksum::value() const {
    return static_cast<std::uint32_t>(bring_round(bring_round(sum_)));
}

std::string checksum_text(std::uint32_t sum) {
    std::array<char, FLEN_VALUE> text{};
    fits_encode_chksum(sum, 1, text.data());
    return text.data();
}

}  // namespace vo::fits
