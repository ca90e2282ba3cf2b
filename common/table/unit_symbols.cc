// SPDX-License-Identifier: Apache-2.0
// The symbols of VOUnits 1.1, their sizes and prefixes.
//
// Sizes are exact where a definition makes them so: SI 2019, IAU 2012 B2 (au, pc), IAU 2015 B3
// (solLum, solRad, and solMass as GM/G). Measured are u, Ry and the G in solMass: CODATA 2018. The
// debye is 1e-18 statC cm, which the "1/3 x 10^-29 C m" of the FITS standard only approximates.
// Left out are the years that VOUnits deprecates, ta and Ba.
#include "table/unit_symbols.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace vo::table {

namespace {

using Exponents = std::array<std::int8_t, kBases>;
using enum Base;
using enum Takes;

consteval Exponents of(std::initializer_list<std::pair<Base, int>> factors) {
    Exponents exponents{};
    for (const auto& [base, exponent] : factors)
        exponents[static_cast<std::size_t>(base)] = static_cast<std::int8_t>(exponent);
    return exponents;
}

constexpr auto kNumber = of({});
constexpr auto kLength = of({{Metre, 1}});
constexpr auto kMass = of({{Kilogram, 1}});
constexpr auto kTime = of({{Second, 1}});
constexpr auto kAngle = of({{Radian, 1}});
constexpr auto kEnergy = of({{Kilogram, 1}, {Metre, 2}, {Second, -2}});
constexpr auto kPower = of({{Kilogram, 1}, {Metre, 2}, {Second, -3}});
constexpr auto kInduction = of({{Kilogram, 1}, {Second, -2}, {Ampere, -1}});

constexpr long double kPi = 3.14159265358979323846264338327950288L;
constexpr long double kLight = 299792458.0L;
constexpr long double kPlanck = 6.62607015e-34L;
constexpr long double kRydberg = 10973731.568160L;  // 1/m
constexpr long double kAu = 149597870700.0L;
constexpr long double kYear = 365.25L * 86400;

constexpr std::array kSymbols{
    // SI, the gram in place of the kilogram
    Symbol{"m", 1, kLength, Decimal},
    Symbol{"g", 1e-3L, kMass, Decimal},
    Symbol{"s", 1, kTime, Decimal},
    Symbol{"A", 1, of({{Ampere, 1}}), Decimal},
    Symbol{"K", 1, of({{Kelvin, 1}}), Decimal},
    Symbol{"mol", 1, of({{Mole, 1}}), Decimal},
    Symbol{"cd", 1, of({{Candela, 1}}), Decimal},
    Symbol{"rad", 1, kAngle, Decimal},
    Symbol{"sr", 1, of({{Radian, 2}}), Decimal},
    Symbol{"Hz", 1, of({{Second, -1}}), Decimal},
    Symbol{"N", 1, of({{Kilogram, 1}, {Metre, 1}, {Second, -2}}), Decimal},
    Symbol{"Pa", 1, of({{Kilogram, 1}, {Metre, -1}, {Second, -2}}), Decimal},
    Symbol{"J", 1, kEnergy, Decimal},
    Symbol{"W", 1, kPower, Decimal},
    Symbol{"C", 1, of({{Ampere, 1}, {Second, 1}}), Decimal},
    Symbol{"V", 1, of({{Kilogram, 1}, {Metre, 2}, {Second, -3}, {Ampere, -1}}), Decimal},
    Symbol{"S", 1, of({{Kilogram, -1}, {Metre, -2}, {Second, 3}, {Ampere, 2}}), Decimal},
    Symbol{"F", 1, of({{Kilogram, -1}, {Metre, -2}, {Second, 4}, {Ampere, 2}}), Decimal},
    Symbol{"Wb", 1, of({{Kilogram, 1}, {Metre, 2}, {Second, -2}, {Ampere, -1}}), Decimal},
    Symbol{"T", 1, kInduction, Decimal},
    Symbol{"H", 1, of({{Kilogram, 1}, {Metre, 2}, {Second, -2}, {Ampere, -2}}), Decimal},
    Symbol{"Ohm", 1, of({{Kilogram, 1}, {Metre, 2}, {Second, -3}, {Ampere, -2}}), Decimal},
    Symbol{"lm", 1, of({{Candela, 1}, {Radian, 2}}), Decimal},
    Symbol{"lx", 1, of({{Candela, 1}, {Radian, 2}, {Metre, -2}}), Decimal},
    // Time
    Symbol{"min", 60, kTime, Decimal},
    Symbol{"h", 3600, kTime, Decimal},
    Symbol{"d", 86400, kTime, Decimal},
    Symbol{"yr", kYear, kTime, Decimal},
    Symbol{"a", kYear, kTime, Decimal, "yr"},
    // Angles
    Symbol{"deg", kPi / 180, kAngle, Decimal},
    Symbol{"arcmin", kPi / 10800, kAngle, Decimal},
    Symbol{"arcsec", kPi / 648000, kAngle, Decimal},
    Symbol{"mas", kPi / 648000000, kAngle, Nothing},
    // Astronomy
    Symbol{"AU", kAu, kLength, Nothing},
    Symbol{"au", kAu, kLength, Nothing, "AU"},
    Symbol{"pc", 648000 * kAu / kPi, kLength, Decimal},
    Symbol{"lyr", kLight* kYear, kLength, Decimal},
    Symbol{"solRad", 6.957e8L, kLength, Decimal},
    Symbol{"solMass", 1.3271244e20L / 6.67430e-11L, kMass, Decimal},
    Symbol{"solLum", 3.828e26L, kPower, Decimal},
    Symbol{"eV", 1.602176634e-19L, kEnergy, Decimal},
    Symbol{"Ry", kPlanck* kLight* kRydberg, kEnergy, Decimal},
    Symbol{"u", 1.66053906660e-27L, kMass, Decimal},
    Symbol{"Jy", 1e-26L, of({{Kilogram, 1}, {Second, -2}}), Decimal},
    Symbol{"R", 1e10L / (4 * kPi), of({{Photon, 1}, {Metre, -2}, {Second, -1}, {Radian, -2}}),
           Decimal},
    Symbol{"D", 1e-21L / kLight, of({{Ampere, 1}, {Second, 1}, {Metre, 1}}), Decimal},
    // Deprecated, and everywhere
    Symbol{"Angstrom", 1e-10L, kLength, Nothing},
    Symbol{"angstrom", 1e-10L, kLength, Nothing, "Angstrom"},
    Symbol{"barn", 1e-28L, of({{Metre, 2}}), Decimal},
    Symbol{"erg", 1e-7L, kEnergy, Decimal},
    Symbol{"G", 1e-4L, kInduction, Decimal},
    // What is counted
    Symbol{"photon", 1, of({{Photon, 1}}), Decimal},
    Symbol{"ph", 1, of({{Photon, 1}}), Decimal, "photon"},
    Symbol{"count", 1, of({{Count, 1}}), Decimal},
    Symbol{"ct", 1, of({{Count, 1}}), Decimal, "count"},
    Symbol{"pixel", 1, of({{Pixel, 1}}), Decimal},
    Symbol{"pix", 1, of({{Pixel, 1}}), Decimal, "pixel"},
    Symbol{"voxel", 1, of({{Voxel, 1}}), Decimal},
    Symbol{"adu", 1, of({{Adu, 1}}), Decimal},
    Symbol{"beam", 1, of({{Beam, 1}}), Decimal},
    Symbol{"bin", 1, of({{Bin, 1}}), Decimal},
    Symbol{"chan", 1, of({{Channel, 1}}), Decimal},
    Symbol{"bit", 1, of({{Bit, 1}}), DecimalAndBinary},
    Symbol{"byte", 8, of({{Bit, 1}}), DecimalAndBinary},
    Symbol{"B", 8, of({{Bit, 1}}), DecimalAndBinary, "byte"},
    // Of their own kind. MSun is written for the solar mass, which is no million of Sun.
    Symbol{"mag", 1, of({{Magnitude, 1}}), Decimal},
    Symbol{"Crab", 1, of({{Crab, 1}}), Decimal},
    Symbol{"Sun", 1, of({{Sun, 1}}), Nothing},
    Symbol{"%", 0.01L, kNumber, Nothing},
    // A logarithm, so no factor converts it.
    Symbol{"dB", 0, kNumber, Nothing},
};

// d before da: VOUnits leaves open what dadu is, and this reads it as others do.
constexpr std::array kPrefixes{
    Prefix{"", 1},         Prefix{"h", 1e2L},     Prefix{"k", 1e3L},     Prefix{"M", 1e6L},
    Prefix{"G", 1e9L},     Prefix{"T", 1e12L},    Prefix{"P", 1e15L},    Prefix{"E", 1e18L},
    Prefix{"Z", 1e21L},    Prefix{"Y", 1e24L},    Prefix{"R", 1e27L},    Prefix{"Q", 1e30L},
    Prefix{"d", 1e-1L},    Prefix{"da", 1e1L},    Prefix{"c", 1e-2L},    Prefix{"m", 1e-3L},
    Prefix{"u", 1e-6L},    Prefix{"n", 1e-9L},    Prefix{"p", 1e-12L},   Prefix{"f", 1e-15L},
    Prefix{"a", 1e-18L},   Prefix{"z", 1e-21L},   Prefix{"y", 1e-24L},   Prefix{"r", 1e-27L},
    Prefix{"q", 1e-30L},   Prefix{"Ki", 0x1p10L}, Prefix{"Mi", 0x1p20L}, Prefix{"Gi", 0x1p30L},
    Prefix{"Ti", 0x1p40L}, Prefix{"Pi", 0x1p50L}, Prefix{"Ei", 0x1p60L}, Prefix{"Zi", 0x1p70L},
    Prefix{"Yi", 0x1p80L},
};
constexpr std::size_t kFirstBinary = 25;
static_assert(kPrefixes[kFirstBinary].text == "Ki");

// A symbol as a number, for a search without comparing texts.
constexpr std::size_t kLongest = 8;

constexpr std::uint64_t key_of(std::string_view word) {
    std::uint64_t key = 0;
    for (const char c : word)
        key = key << 8 | static_cast<unsigned char>(c);
    return key;
}

struct Key {
    std::uint64_t key;
    std::uint8_t symbol;
};

constexpr auto kKeys = [] {
    std::array<Key, kSymbols.size()> keys{};
    for (std::size_t i = 0; i < keys.size(); ++i)
        keys[i] = {key_of(kSymbols[i].text), static_cast<std::uint8_t>(i)};
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.key < b.key; });
    return keys;
}();

static_assert(std::all_of(kSymbols.begin(), kSymbols.end(), [](const Symbol& symbol) {
    return symbol.text.size() <= kLongest;
}));

// The number of the first spelling of each.
constexpr auto kFirst = [] {
    std::array<std::uint8_t, kSymbols.size()> first{};
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto& row = kSymbols[i];
        const auto text = row.same_as.empty() ? row.text : row.same_as;
        while (kSymbols[first[i]].text != text)
            ++first[i];
    }
    return first;
}();

std::optional<std::uint8_t> find_whole(std::string_view word) {
    if (word.empty() || word.size() > kLongest) return {};
    const auto key = key_of(word);
    const auto found = std::lower_bound(kKeys.begin(), kKeys.end(), key,
                                        [](const Key& a, std::uint64_t b) { return a.key < b; });
    if (found == kKeys.end() || found->key != key) return {};
    return found->symbol;
}

}  // namespace

std::optional<PrefixedSymbol> find_symbol(std::string_view word) {
    if (const auto symbol = find_whole(word)) {
        if (kSymbols[*symbol].scale == 0) return {};
        return PrefixedSymbol{*symbol, 0};
    }
    for (std::size_t i = 1; i < kPrefixes.size(); ++i) {
        if (!word.starts_with(kPrefixes[i].text)) continue;
        const auto symbol = find_whole(word.substr(kPrefixes[i].text.size()));
        if (!symbol) continue;
        if (kSymbols[*symbol].takes < (i < kFirstBinary ? Decimal : DecimalAndBinary)) return {};
        return PrefixedSymbol{*symbol, static_cast<std::uint8_t>(i)};
    }
    return {};
}

const Symbol& symbol_at(std::uint8_t symbol) {
    return kSymbols[symbol];
}

const Prefix& prefix_at(std::uint8_t prefix) {
    return kPrefixes[prefix];
}

bool is_same_symbol(std::uint8_t a, std::uint8_t b) {
    return kFirst[a] == kFirst[b];
}

}  // namespace vo::table
