// SPDX-License-Identifier: Apache-2.0
// The units that a person would name, for messages that say what a value can be told in.
#include <algorithm>
#include <array>

#include "table/unit.h"

namespace vo::table {

namespace {

// Each row holds units of one dimension, parted by blanks, best known first; no dimension has two.
constexpr auto kRows = std::to_array<std::string_view>({
    "deg arcmin arcsec mas rad",
    "deg**2 arcmin**2 arcsec**2 sr",
    "deg**-2 arcmin**-2 arcsec**-2 sr**-1",
    "deg.s**-1 deg.yr**-1 arcsec.yr**-1 mas.yr**-1 rad.s**-1",
    "TeV GeV MeV keV eV erg",
    "TeV**-1 GeV**-1 MeV**-1 keV**-1 erg**-1",
    "m nm cm km AU pc",
    "m**2 cm**2 km**2 barn",
    "m**-2 cm**-2 km**-2 barn**-1",
    "m**3 cm**3 pc**3",
    "m**-3 cm**-3 pc**-3",
    "s ms min h d yr",
    "Hz kHz MHz GHz d**-1",
    "m.s**-1 km.s**-1 km.h**-1",
    "m**2.s cm**2.s m**2.h km**2.h",
    "cm**-2.s**-1 m**-2.s**-1 km**-2.yr**-1",
    "TeV**-1.cm**-2.s**-1 MeV**-1.cm**-2.s**-1 TeV**-1.m**-2.s**-1 erg**-1.cm**-2.s**-1",
    "TeV**-1.cm**-2.s**-1.sr**-1 MeV**-1.cm**-2.s**-1.sr**-1 TeV**-1.m**-2.s**-1.sr**-1",
    "erg.cm**-2.s**-1 TeV.cm**-2.s**-1 MeV.cm**-2.s**-1 W.m**-2",
    "Jy mJy W.m**-2.Hz**-1 erg.cm**-2.s**-1.Hz**-1",
    "photon.cm**-2.s**-1 photon.m**-2.s**-1",
    "photon.TeV**-1.cm**-2.s**-1 photon.MeV**-1.cm**-2.s**-1 photon.keV**-1.cm**-2.s**-1",
    "count.s**-1 count.min**-1 count.h**-1",
    "kg g solMass u",
    "W erg.s**-1 solLum",
    "K mK kK",
    "mag mmag",
    "Crab mCrab",
    "T G uG nT",
    "V mV kV",
    "Pa hPa kPa",
    "bit byte kbyte Mbyte Gbyte",
});

}  // namespace

std::string commensurable_units(std::string_view text) {
    constexpr std::size_t kMost = 5;
    std::string list;
    const auto unit = Unit::parse(text);
    if (!unit) return list;
    for (const auto row : kRows) {
        if (!Unit::parse(row.substr(0, row.find(' ')))->factor_to(*unit)) continue;
        std::size_t told = 0;
        for (std::size_t at = 0; at < row.size() && told < kMost;) {
            const auto end = std::min(row.find(' ', at), row.size());
            const auto usual = row.substr(at, end - at);
            at = end + 1;
            if (*Unit::parse(usual) == *unit) continue;
            if (told++ != 0) list += ", ";
            list += usual;
        }
        break;
    }
    return list;
}

}  // namespace vo::table
