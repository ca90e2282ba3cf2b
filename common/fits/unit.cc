// SPDX-License-Identifier: Apache-2.0
// The table of units.
#include "fits/unit.h"

#include <array>
#include <numbers>

#include "base/text.h"

namespace vo::fits {

namespace {

struct UnitRow {
    Quantity quantity;
    std::string_view name;
    double factor;
};

constexpr std::array kUnits{
    UnitRow{Quantity::Angle, "arcmin", 1.0 / 60},
    UnitRow{Quantity::Angle, "arcsec", 1.0 / 3600},
    UnitRow{Quantity::Angle, "deg", 1},
    UnitRow{Quantity::Angle, "degree", 1},
    UnitRow{Quantity::Angle, "degrees", 1},
    UnitRow{Quantity::Angle, "rad", 180 / std::numbers::pi},
    UnitRow{Quantity::Energy, "GEV", 1e-3},
    UnitRow{Quantity::Energy, "GeV", 1e-3},
    UnitRow{Quantity::Energy, "MeV", 1e-6},
    UnitRow{Quantity::Energy, "PeV", 1e3},
    UnitRow{Quantity::Energy, "TEV", 1},
    UnitRow{Quantity::Energy, "TeV", 1},
    UnitRow{Quantity::Energy, "eV", 1e-12},
    UnitRow{Quantity::Energy, "erg", 1 / 1.602176634},
    UnitRow{Quantity::Energy, "keV", 1e-9},
    UnitRow{Quantity::Time, "d", 86400},
    UnitRow{Quantity::Time, "day", 86400},
    UnitRow{Quantity::Time, "ms", 1e-3},
    UnitRow{Quantity::Time, "s", 1},
    UnitRow{Quantity::Time, "sec", 1},
    UnitRow{Quantity::Time, "us", 1e-6},
};

}  // namespace

std::optional<double> find_factor(Quantity quantity, std::string_view unit) {
    const auto word = trim(unit);
    if (word.empty()) return 1;
    // meV and MeV differ by case alone, so the case of energies counts.
    for (const auto& row : kUnits)
        if (row.quantity == quantity &&
            (row.name == word || (quantity != Quantity::Energy && equal_fold(row.name, word))))
            return row.factor;
    return std::nullopt;
}

std::string known_units(Quantity quantity) {
    std::string words;
    for (const auto& row : kUnits)
        if (row.quantity == quantity) words += (words.empty() ? "" : ", ") + std::string(row.name);
    return words;
}

}  // namespace vo::fits
