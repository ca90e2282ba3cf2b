// SPDX-License-Identifier: Apache-2.0
// What a header says of the cuts: HISTORY in words, and the data subspace keywords that tools read.
// Source: GADF, EVENTS (CREATOR stays, HISTORY tells of what came later); the DSTYP, DSUNI, DSVAL
// and DSREF keywords as HEASARC's, Fermi's and CTA's event lists have them.
#pragma once

#include <string>

#include "arguments.h"
#include "fits/cards.h"
#include "fits/header.h"
#include "selection.h"

namespace vo::kinds {

// Conditions of earlier cuts stay: all of them hold. `gti_name` is the name of the table of good
// times.
void add_subspace(fits::Cards& cards,
                  const fits::Header& header,
                  const Arguments& arguments,
                  const Selection& selection,
                  const std::string& gti_name);

void add_history(fits::Cards& cards, const Arguments& arguments);
// The cut in time alone, for the other HDUs that it changes.
void add_time_history(fits::Cards& cards, const Arguments& arguments);
// Always one card.
void add_count_history(fits::Cards& cards, const Tally& tally);

}  // namespace vo::kinds
