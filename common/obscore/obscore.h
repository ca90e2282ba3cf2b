// SPDX-License-Identifier: Apache-2.0
// The ObsCore row of a run, the row of its high-energy extension, and how both follow from what
// is known of the run.
//
//     Run run = ...;                       // filled by a FITS flavour, in the archive's units
//     check_run(run);                      // throws for what cannot be
//     const ObsRows rows = make_rows(run, config.authority);
//
// A Run is free of FITS and of instruments: ICRS degrees, MJD TT, seconds, TeV. What a file does
// not say stays empty and becomes NULL; nothing is made up. The rules (ObsCore 1.1 section 4 and
// the High-Energy extension):
//   s_fov, s_region  a circle of the diameter that the responses are valid for, about the pointing
//   t_exptime        livetime: good time less dead time
//   em_min, em_max   hc / E of the largest and smallest event energy; without events the limits
//                    of the effective area
//   s_resolution     full width at half maximum of the point spread function, at the reference
//                    energy and offset (kReferenceEnergyTev, kReferenceOffsetDeg)
//   em_res_power     E / dE, dE the full width at half maximum of the energy dispersion there
//   *_xel            -1: an event list has no pixels (ev_xel counts its events)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vo::obscore {

inline constexpr double kReferenceEnergyTev = 1;
inline constexpr double kReferenceOffsetDeg = 0.5;
inline constexpr double kEvPerTev = 1e12;
inline constexpr double kHcEvM = 1.239841984332e-6;

using Text = std::optional<std::string>;
using Number = std::optional<double>;

struct Run {
    std::string collection;
    std::string obs_id;
    Text object, telescop, instrume, obs_mode, ev_class, event_type, tellist, origin;
    std::optional<std::string> created;  // ISO 8601, UTC
    Number ra_obj, dec_obj, ra_pnt, dec_pnt, alt_pnt, az_pnt, zen_pnt;
    Number geolon, geolat, altitude;
    // Mission time as in the file, and MJD TT.
    double mjdrefi = 0, mjdreff = 0;
    std::string timesys;
    Number tstart, tstop, t_start, t_stop;
    Number ontime, livetime, deadc, time_resolution_s;
    std::optional<std::int64_t> n_tels;
    Number muoneff;
    std::int64_t event_count = 0;
    Number energy_min, energy_max;            // of the events, TeV
    Number aeff_energy_min, aeff_energy_max;  // of the effective area, TeV
    Number fov_diameter_deg;
    Number psf_fwhm_deg;
    Number energy_fwhm;  // relative to the true energy
    std::int64_t size_bytes = 0;
};

struct ObsCoreRow {
    std::string obs_publisher_did, publisher_id, obs_collection, obs_id;
    Text target_name, facility_name, instrument_name, obs_creation_date, obs_creator_name;
    std::string obs_title;
    std::int64_t access_estsize_kbyte = 0;
    Number s_ra, s_dec, s_fov, s_resolution, t_min, t_max, t_exptime, t_resolution;
    Number em_min, em_max, em_res_power;
};

struct HeaRow {
    std::optional<std::int64_t> ev_xel;
    Number s_ref_energy, s_ref_oaa, em_ref_energy, em_ref_oaa, energy_min, energy_max;
    Text obs_mode, tracking_mode, analysis_mode, event_type;
};

struct ObsRows {
    ObsCoreRow obscore;
    HeaRow hea;
};

// ivo://AUTHORITY/COLLECTION?OBS_ID, what an IVOID may not hold percent-encoded.
[[nodiscard]] std::string make_publisher_did(std::string_view authority,
                                             std::string_view collection,
                                             std::string_view obs_id);

// Error(BadRequest) for a run that contradicts itself.
void check_run(const Run& run);

[[nodiscard]] ObsRows make_rows(const Run& run, std::string_view authority);

}  // namespace vo::obscore
