// SPDX-License-Identifier: Apache-2.0
// What ObsCore wants to know of instrument response functions in the layouts of GADF.
//
// Values at the reference energy and offset come by linear interpolation in the offset and in the
// logarithm of the energy, between the centres of the bins (log-centres in energy), continued
// linearly in the outer half bins; beyond the outer edges there is no value. This is how gammapy
// reads the same tables, so both give the same numbers.
//
// PSF: full width at half maximum of dP/dOmega as a function of the angle from the source, twice
// the radius at which the profile falls below half of its peak, between the bin centres by linear
// interpolation; the profile is continued linearly from the first two centres to the radius 0.
//
// Energy dispersion: full width at half maximum of dP/dmigra, found from its peak outwards to both
// sides, between the bin centres by linear interpolation. em_res_power is its inverse, E / dE with
// E the true energy. Full width at half maximum is how ObsCore's resolutions are meant
// (Characterisation data model), unlike the 1-sigma that energy resolution means elsewhere.
#pragma once

#include <optional>
#include <string_view>

#include "fits/fits_file.h"

namespace vo::vogate::ingest {

struct EffectiveArea {
    double energy_min_tev = 0;
    double energy_max_tev = 0;
    double offset_max_deg = 0;
};

// Error(BadRequest) for a table that is not what its class says.
[[nodiscard]] EffectiveArea read_effective_area(fits::Table& table);

// hdu_class: psf_table, psf_3gauss or psf_king, in any case. No value for another class, and
// where the response does not reach the reference energy and offset.
[[nodiscard]] std::optional<double> psf_fwhm_deg(fits::Table& table, std::string_view hdu_class);

// hdu_class: edisp_2d. Relative to the true energy.
[[nodiscard]] std::optional<double> energy_fwhm(fits::Table& table, std::string_view hdu_class);

}  // namespace vo::vogate::ingest
