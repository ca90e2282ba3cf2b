// SPDX-License-Identifier: Apache-2.0
// From a run to its ObsCore and high-energy rows.
#include "obscore/obscore.h"

#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"

namespace vo::obscore {

namespace {

constexpr double kArcsecPerDeg = 3600;
constexpr double kBytesPerKbyte = 1000;  // VOUnits: k is 1000 before byte

// The OBS_MODE words of GADF that say how the telescope follows the sky, in the extension's words.
struct TrackingRow {
    std::string_view obs_mode;
    std::string_view tracking_mode;
};

constexpr std::array kTracking{
    TrackingRow{"DRIFT", "fixed-az-el-transit"},
    TrackingRow{"POINTING", "sidereal"},
};

Text tracking_mode_of(const Text& obs_mode) {
    for (const auto& row : kTracking)
        if (obs_mode && equal_fold(*obs_mode, row.obs_mode)) return std::string(row.tracking_mode);
    return std::nullopt;
}

void check_range(std::string_view name, const Number& value, double least, double most) {
    if (!value || (*value >= least && *value <= most)) return;
    std::string text;
    append_number(text, *value);
    throw Error(Code::BadRequest, std::string(name) + " is " + text + ", which cannot be");
}

Number scaled(const Number& value, double factor) {
    if (!value) return std::nullopt;
    return *value * factor;
}

Number if_known(const Number& known, double value) {
    if (!known) return std::nullopt;
    return value;
}

std::string make_title(const Run& run) {
    std::string title = run.object.value_or("");
    if (!title.empty()) title += ", ";
    title += run.telescop ? *run.telescop : run.collection;
    title += " observation " + run.obs_id;
    if (run.obs_mode) title += " (" + to_lower(*run.obs_mode) + ")";
    return title;
}

Text creation_date(const Run& run) {
    if (!run.created) return std::nullopt;
    const auto when = parse_timestamp(*run.created);
    if (!when) return std::nullopt;
    std::string text;
    append_timestamp(text, *when);
    return text;
}

}  // namespace

std::string make_publisher_did(std::string_view authority,
                               std::string_view collection,
                               std::string_view obs_id) {
    std::string did = "ivo://" + std::string(authority) + "/";
    append_url_escaped(did, collection);
    did += '?';
    append_url_escaped(did, obs_id);
    return did;
}

void check_run(const Run& run) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (run.collection.empty()) throw Error(Code::BadRequest, "the run has no collection");
    if (run.obs_id.empty()) throw Error(Code::BadRequest, "the run has no OBS_ID");
    if (run.t_start && run.t_stop && *run.t_stop < *run.t_start)
        throw Error(Code::BadRequest, "TSTOP is before TSTART");
    check_range("RA_PNT", run.ra_pnt, 0, 360);
    check_range("DEC_PNT", run.dec_pnt, -90, 90);
    check_range("DEC_OBJ", run.dec_obj, -90, 90);
    check_range("ONTIME", run.ontime, 0, kInfinity);
    check_range("LIVETIME", run.livetime, 0, kInfinity);
    check_range("the field of view", run.fov_diameter_deg, 0, 360);
}

ObsRows make_rows(const Run& run, std::string_view authority) {
    ObsRows rows;
    auto& o = rows.obscore;
    o.obs_publisher_did = make_publisher_did(authority, run.collection, run.obs_id);
    o.publisher_id = "ivo://" + std::string(authority);
    o.obs_collection = run.collection;
    o.obs_id = run.obs_id;
    o.target_name = run.object;
    o.facility_name = run.telescop;
    o.instrument_name = run.instrume;
    o.obs_title = make_title(run);
    o.obs_creation_date = creation_date(run);
    o.obs_creator_name = run.origin;
    o.access_estsize_kbyte =
        static_cast<std::int64_t>(std::ceil(static_cast<double>(run.size_bytes) / kBytesPerKbyte));
    if (run.ra_pnt && run.dec_pnt) {
        o.s_ra = run.ra_pnt;
        o.s_dec = run.dec_pnt;
    }
    o.s_fov = run.fov_diameter_deg;
    o.s_resolution = scaled(run.psf_fwhm_deg, kArcsecPerDeg);
    o.t_min = run.t_start;
    o.t_max = run.t_stop;
    o.t_exptime = run.livetime;
    o.t_resolution = run.time_resolution_s;
    if (run.energy_fwhm && *run.energy_fwhm > 0) o.em_res_power = 1 / *run.energy_fwhm;

    auto& h = rows.hea;
    const auto& lowest = run.energy_min ? run.energy_min : run.aeff_energy_min;
    const auto& highest = run.energy_max ? run.energy_max : run.aeff_energy_max;
    h.energy_min = scaled(lowest, kEvPerTev);
    h.energy_max = scaled(highest, kEvPerTev);
    if (h.energy_max && *h.energy_max > 0) o.em_min = kHcEvM / *h.energy_max;
    if (h.energy_min && *h.energy_min > 0) o.em_max = kHcEvM / *h.energy_min;
    if (run.event_count <= std::numeric_limits<std::int32_t>::max()) h.ev_xel = run.event_count;
    h.s_ref_energy = if_known(o.s_resolution, kReferenceEnergyTev * kEvPerTev);
    h.s_ref_oaa = if_known(o.s_resolution, kReferenceOffsetDeg);
    h.em_ref_energy = if_known(o.em_res_power, kReferenceEnergyTev * kEvPerTev);
    h.em_ref_oaa = if_known(o.em_res_power, kReferenceOffsetDeg);
    h.obs_mode = run.obs_mode;
    h.tracking_mode = tracking_mode_of(run.obs_mode);
    h.analysis_mode = run.ev_class;
    h.event_type = run.event_type;
    return rows;
}

}  // namespace vo::obscore
