// SPDX-License-Identifier: Apache-2.0
// Units of measurement as VOUnits 1.1 writes them, and how one converts to another.
//
//     const auto from = Unit::parse("TeV"), to = Unit::parse("eV");
//     const auto factor = from->factor_to(*to);       // 1e12
//     (*from / *Unit::parse("cm2.s")).text();         // "TeV.cm**-2.s**-1"
//
// A unit is a scale and a product of base units with rational exponents: those of SI, and the ones
// that no other can express (photon, count, pixel, mag, Crab ...). Angles are a base of their own:
// nothing turns deg into a bare number. Two texts may mean one unit ("deg", "deg**1"; "m/s",
// "m.s**-1"), and FITS' ways of writing ("cm-2 s-1", "m^2") are read as well, for tables in the
// wild have them. What is not known, an empty text and a logarithmic unit such as dB that no factor
// converts included, gives none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vo::table {

class Unit {
  public:
    // None for a text that is no unit, for one longer than 100 bytes, and for one that two readers
    // take differently: "J/m s". Linear in the text.
    [[nodiscard]] static std::optional<Unit> parse(std::string_view text);

    // What a value in this unit is multiplied with to be in `other`; none when they measure
    // different things.
    [[nodiscard]] std::optional<double> factor_to(const Unit& other) const;

    // A product beyond all reason (an exponent over 1000, more than 12 symbols) is a unit that is
    // not known: its text is "unknown", which VOUnits keeps for that, and nothing converts to it.
    [[nodiscard]] Unit operator*(const Unit& other) const;
    [[nodiscard]] Unit operator/(const Unit& other) const;
    // The unit raised to numerator/denominator; none when the exponent grows beyond reason.
    [[nodiscard]] std::optional<Unit> power(int numerator, int denominator) const;

    // Nothing is left of it but a number: m/m, or km/m.
    [[nodiscard]] bool is_plain_number() const;

    // Canonical VOUnits: the symbols it was made of in the order in which they came, those of one
    // symbol joined, "TeV.cm**-2.s**-1"; empty when all cancel and nothing but 1 is left.
    [[nodiscard]] std::string text() const;

    // Whether both measure the same thing in the same size.
    [[nodiscard]] bool operator==(const Unit& other) const;

  private:
    class Parser;
    using Dimensions = std::array<std::int64_t, 20>;  // exponents of the base units

    struct Term {
        std::uint8_t symbol;
        std::uint8_t prefix;
        std::int32_t exponent;  // in parts of kWhole
    };

    // An exponent of 1: a multiple of 1 to 10, and of 100, so that halves, thirds, sevenths and
    // decimals of two places are exact and add like integers.
    static constexpr std::int32_t kWhole = 50400;
    static constexpr std::int32_t kMaxExponent = 1000 * kWhole;
    static constexpr std::size_t kMaxTerms = 12;

    void multiply(long double factor);
    void multiply(const Term& term);
    void multiply(const Unit& other, int sign);
    void raise(std::int64_t numerator, std::int64_t denominator);
    void check_range();
    [[nodiscard]] Dimensions dimensions() const;

    // More digits than a double has, so that a factor such as 3600 or 1e-9 is exact when rounded.
    long double scale_ = 1;   // to the base units, number included
    long double number_ = 1;  // what stands before the symbols
    std::array<Term, kMaxTerms> terms_{};
    std::uint8_t count_ = 0;
    bool known_ = true;
};

// Units with which a value of `text` could be told, for a message: for "deg" "arcmin, arcsec, mas,
// rad", at most five, the unit itself left out. Empty when there are none.
[[nodiscard]] std::string commensurable_units(std::string_view text);

}  // namespace vo::table
