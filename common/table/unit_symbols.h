// SPDX-License-Identifier: Apache-2.0
// The table of symbols and prefixes behind Unit.
//
// A symbol is a row: how it is written, what it is in base units, and which prefixes it takes, all
// as VOUnits 1.1 has them. The rows are numbered, and Unit keeps the numbers. VOUnits wants a known
// symbol taken whole before a prefix is split off: Pa is no peta-year, cd no centi-day, and dB, the
// one row that is known in order to be refused, no tenth of a byte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vo::table {

// What no other unit expresses. Angles are among them, so deg is no bare number; photons, counts
// and their like are, because "ph" per area and a bare number per area are not the same
// measurement.
enum class Base : std::uint8_t {
    Metre,
    Kilogram,
    Second,
    Ampere,
    Kelvin,
    Mole,
    Candela,
    Radian,
    Photon,
    Count,
    Pixel,
    Magnitude,
    Crab,
    Bit,
    Adu,
    Beam,
    Bin,
    Channel,
    Voxel,
    Sun,
};
constexpr std::size_t kBases = static_cast<std::size_t>(Base::Sun) + 1;

enum class Takes : std::uint8_t { Nothing, Decimal, DecimalAndBinary };

struct Symbol {
    std::string_view text;
    long double scale;  // one of it in base units
    std::array<std::int8_t, kBases> exponents;
    Takes takes;
    std::string_view same_as;  // another spelling, further up, of just the same
};

struct Prefix {
    std::string_view text;
    long double factor;
};

struct PrefixedSymbol {
    std::uint8_t symbol;
    std::uint8_t prefix;
};

// None for what is no symbol, with a prefix or without.
[[nodiscard]] std::optional<PrefixedSymbol> find_symbol(std::string_view word);

[[nodiscard]] const Symbol& symbol_at(std::uint8_t symbol);
[[nodiscard]] const Prefix& prefix_at(std::uint8_t prefix);

// Whether both are spellings of one: ph and photon.
[[nodiscard]] bool is_same_symbol(std::uint8_t a, std::uint8_t b);

}  // namespace vo::table
