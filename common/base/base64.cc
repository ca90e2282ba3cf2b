// SPDX-License-Identifier: Apache-2.0
// The base64 encoder: whole lines of 48 bytes, four characters for each three.
#include "base/bytes.h"

namespace vo {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLineBytes = 48;

// Two characters for each 12 bits: half the look-ups of the plain table.
struct PairTable {
    char pair[4096][2];

    constexpr PairTable() : pair() {
        for (unsigned i = 0; i < 4096; ++i) {
            pair[i][0] = kAlphabet[i >> 6U];
            pair[i][1] = kAlphabet[i & 63U];
        }
    }
};

constexpr PairTable kPairs;

char* encode_triples(const char* from, std::size_t size, char* to) {
    for (std::size_t i = 0; i < size; i += 3) {
        const auto word = static_cast<unsigned>(static_cast<unsigned char>(from[i])) << 16U |
                          static_cast<unsigned>(static_cast<unsigned char>(from[i + 1])) << 8U |
                          static_cast<unsigned>(static_cast<unsigned char>(from[i + 2]));
        std::memcpy(to, kPairs.pair[word >> 12U], 2);
        std::memcpy(to + 2, kPairs.pair[word & 4095U], 2);
        to += 4;
    }
    return to;
}

}  // namespace

void Base64::encode(std::string_view bytes, std::string& out) {
    if (!rest_.empty()) {
        const auto missing = std::min(kLineBytes - rest_.size(), bytes.size());
        rest_ += bytes.substr(0, missing);
        bytes.remove_prefix(missing);
        if (rest_.size() < kLineBytes) return;
        const auto start = out.size();
        out.resize(start + 65);
        *encode_triples(rest_.data(), kLineBytes, out.data() + start) = '\n';
        rest_.clear();
    }
    const auto lines = bytes.size() / kLineBytes;
    const auto start = out.size();
    out.resize(start + lines * 65);
    char* to = out.data() + start;
    for (std::size_t line = 0; line < lines; ++line) {
        to = encode_triples(bytes.data() + line * kLineBytes, kLineBytes, to);
        *to++ = '\n';
    }
    rest_ = bytes.substr(lines * kLineBytes);
}

void Base64::finish(std::string& out) {
    const auto whole = rest_.size() / 3 * 3;
    const auto start = out.size();
    out.resize(start + whole / 3 * 4);
    encode_triples(rest_.data(), whole, out.data() + start);
    if (const auto left = rest_.size() - whole; left > 0) {
        const char last[3] = {rest_[whole], left == 2 ? rest_[whole + 1] : '\0', '\0'};
        char four[4];
        encode_triples(last, 3, four);
        if (left == 1) four[2] = '=';
        four[3] = '=';
        out.append(four, 4);
    }
    rest_.clear();
}

}  // namespace vo
