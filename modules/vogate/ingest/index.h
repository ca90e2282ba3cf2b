// SPDX-License-Identifier: Apache-2.0
// The index files of GADF (hdu-index, obs-index): which HDU of which file belongs to which run,
// and what the observation index says of the run beyond its own header.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fits/header.h"

namespace vo::vogate::ingest {

// One HDU of a run, in the words of the HDU index.
struct HduLink {
    std::string type;       // events, gti, aeff, edisp, psf, bkg, rad_max
    std::string hdu_class;  // aeff_2d, psf_table, ...; may be empty
    std::string hdu_name;
    std::string path;  // canonical where the file exists
    bool present = true;
};

// What an index knows of one run.
struct Guide {
    std::string obs_id;
    std::vector<HduLink> hdus;
    fits::Header row;  // of the observation index; empty without one
};

struct Index {
    std::string path;         // of the HDU index, or of the observation index alone
    std::vector<Guide> runs;  // in the order of the index
};

[[nodiscard]] bool is_index_name(std::string_view file_name);

// The index of one directory, from the files named hdu-index.fits[.gz] and obs-index.fits[.gz];
// without the former it links nothing and only brings the rows. No runs when there is neither.
// Error(BadRequest) for an index that cannot be read.
[[nodiscard]] Index read_index(const std::string& directory);

[[nodiscard]] bool has_index(const std::string& directory);

}  // namespace vo::vogate::ingest
