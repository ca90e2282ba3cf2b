// SPDX-License-Identifier: Apache-2.0
// The table of flavours; the first that recognises a file reads it.
#include "flavour.h"

#include <array>

namespace vo::vogate::ingest {

const Flavour* find_flavour(const fits::File& file) {
    static const std::array<const Flavour*, 1> kFlavours{&kGadfDl3};
    for (const auto* flavour : kFlavours)
        if (flavour->recognise(file)) return flavour;
    return nullptr;
}

}  // namespace vo::vogate::ingest
