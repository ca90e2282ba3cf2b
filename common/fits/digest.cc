// SPDX-License-Identifier: Apache-2.0
// SHA-256, written from FIPS 180-4 section 6.2.
#include "fits/digest.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace vo::fits {

namespace {

// FIPS 180-4 section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the
// first 64 primes. Long double has 64 bits of mantissa, enough for 3 + 32.
std::array<std::uint32_t, 64> make_round_constants() {
    std::array<std::uint32_t, 64> constants{};
    std::size_t found = 0;
    for (int candidate = 2; found < constants.size(); ++candidate) {
        bool prime = true;
        for (int d = 2; d * d <= candidate; ++d)
            prime = prime && candidate % d != 0;
        if (!prime) continue;
        const long double root = std::cbrt(static_cast<long double>(candidate));
        constants[found++] = static_cast<std::uint32_t>((root - std::floor(root)) * 4294967296.0L);
    }
    return constants;
}

}  // namespace

void Sha256::take_block(const unsigned char* block) {
    static const auto kRound = make_round_constants();
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i)
        w[i] = load_big<std::uint32_t>(reinterpret_cast<const char*>(block) + 4 * i);
    for (std::size_t i = 16; i < 64; ++i) {
        const auto s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
        const auto s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t i = 0; i < 64; ++i) {
        const auto big1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const auto choice = (e & f) ^ (~e & g);
        const auto t1 = h + big1 + choice + kRound[i] + w[i];
        const auto big0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const auto majority = (a & b) ^ (a & c) ^ (b & c);
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + big0 + majority;
    }
    const std::array<std::uint32_t, 8> add{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i)
        state_[i] += add[i];
}

void Sha256::update(std::string_view bytes) {
    total_ += bytes.size();
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t left = bytes.size();
    while (left > 0) {
        if (held_ == 0 && left >= rest_.size()) {
            take_block(from);
            from += rest_.size();
            left -= rest_.size();
            continue;
        }
        const auto part = std::min(left, rest_.size() - held_);
        std::memcpy(rest_.data() + held_, from, part);
        held_ += part;
        from += part;
        left -= part;
        if (held_ == rest_.size()) {
            take_block(rest_.data());
            held_ = 0;
        }
    }
}

std::string Sha256::hex() {
    const std::uint64_t bits = total_ * 8;
    update(std::string_view("\x80", 1));
    while (held_ != 56)
        update(std::string_view("\0", 1));
    std::string length;
    append_big(length, bits);
    update(length);
    std::string digest;
    for (const auto word : state_)
        append_big(digest, word);
    return to_hex(digest);
}

FileDigest digest_file(const std::string& path) {
    const std::string name = std::filesystem::path(path).filename().string();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               std::fclose);
    if (!file) throw Error(Code::BadRequest, name + " cannot be opened: " + std::strerror(errno));
    Sha256 sum;
    FileDigest out;
    std::vector<char> buffer(1U << 18U);
    while (const auto got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
        sum.update({buffer.data(), got});
        out.size_bytes += static_cast<std::int64_t>(got);
    }
    if (std::ferror(file.get()) != 0)
        throw Error(Code::BadRequest, name + " cannot be read: " + std::strerror(errno));
    out.sha256 = sum.hex();
    return out;
}

}  // namespace vo::fits
