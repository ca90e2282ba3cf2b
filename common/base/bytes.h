// SPDX-License-Identifier: Apache-2.0
// Big-endian load and store (PostgreSQL's wire, VOTable BINARY2 and FITS are all big-endian),
// hexadecimal, and a streaming base64 encoder.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace vo {

static_assert(std::endian::native == std::endian::little, "byte order of this machine");

template <std::size_t N>
using UintOf = std::conditional_t<
    N == 1,
    std::uint8_t,
    std::conditional_t<N == 2,
                       std::uint16_t,
                       std::conditional_t<N == 4, std::uint32_t, std::uint64_t>>>;

template <typename U>
[[nodiscard]] constexpr U swap_bytes(U value) {
    if constexpr (sizeof(U) == 2)
        return static_cast<U>(__builtin_bswap16(value));
    else if constexpr (sizeof(U) == 4)
        return __builtin_bswap32(value);
    else if constexpr (sizeof(U) == 8)
        return __builtin_bswap64(value);
    else
        return value;
}

template <typename T>
requires std::is_arithmetic_v<T>

[[nodiscard]] T load_big(const char* from) {
    UintOf<sizeof(T)> raw;
    std::memcpy(&raw, from, sizeof raw);
    return std::bit_cast<T>(swap_bytes(raw));
}

template <typename T>
requires std::is_arithmetic_v<T>

void store_big(char* to, T value) {
    const auto raw = swap_bytes(std::bit_cast<UintOf<sizeof(T)>>(value));
    std::memcpy(to, &raw, sizeof raw);
}

template <typename T>
requires std::is_arithmetic_v<T>

void append_big(std::string& out, T value) {
    char bytes[sizeof value];
    store_big(bytes, value);
    out.append(bytes, sizeof bytes);
}

[[nodiscard]] inline std::string to_hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4U];
        out += kDigits[static_cast<unsigned char>(c) & 15U];
    }
    return out;
}

// Encodes a stream in lines of 64 characters; keeps at most 47 bytes between calls.
class Base64 {
  public:
    void encode(std::string_view bytes, std::string& out);
    void finish(std::string& out);

  private:
    std::string rest_;
};

}  // namespace vo
