// SPDX-License-Identifier: Apache-2.0
// The rows of one run in the tables of the archive: which value goes into which column.
#include "rows.h"

#include "base/text.h"
#include "pg/copy.h"

namespace vo::vogate::ingest {

namespace {

struct Field {
    const char* column;
    pg::Param value;
};

void insert(pg::Connection& db,
            const std::string& table,
            const std::vector<Field>& fields,
            const std::string& overriding = {}) {
    std::string names;
    std::string values;
    std::vector<pg::Param> params;
    for (const auto& field : fields) {
        params.push_back(field.value);
        names += (names.empty() ? "" : ", ") + sql_identifier(field.column);
        values += (values.empty() ? "$" : ", $") + std::to_string(params.size());
    }
    db.exec("INSERT INTO " + table + " (" + names + ")" + overriding + " VALUES (" + values + ")",
            params);
}

void update(pg::Connection& db,
            const std::string& table,
            const std::vector<Field>& fields,
            std::int64_t obs) {
    std::string sets;
    std::vector<pg::Param> params{obs};
    for (const auto& field : fields) {
        params.push_back(field.value);
        sets += (sets.empty() ? "" : ", ") + sql_identifier(field.column) + " = $" +
                std::to_string(params.size());
    }
    db.exec("UPDATE " + table + " SET " + sets + " WHERE obs = $1", params);
}

std::vector<Field> observation_fields(const obscore::Run& run,
                                      const std::string& did,
                                      const std::string& digest) {
    return {{"obs_collection", run.collection},
            {"obs_id", run.obs_id},
            {"obs_publisher_did", did},
            {"object", run.object},
            {"ra_obj", run.ra_obj},
            {"dec_obj", run.dec_obj},
            {"ra_pnt", run.ra_pnt},
            {"dec_pnt", run.dec_pnt},
            {"alt_pnt", run.alt_pnt},
            {"az_pnt", run.az_pnt},
            {"zen_pnt", run.zen_pnt},
            {"t_start", run.t_start},
            {"t_stop", run.t_stop},
            {"tstart", run.tstart},
            {"tstop", run.tstop},
            {"mjdrefi", static_cast<std::int64_t>(run.mjdrefi)},
            {"mjdreff", run.mjdreff},
            {"timesys", run.timesys},
            {"ontime", run.ontime},
            {"livetime", run.livetime},
            {"deadc", run.deadc},
            {"n_tels", run.n_tels},
            {"tellist", run.tellist},
            {"telescop", run.telescop},
            {"instrume", run.instrume},
            {"obs_mode", run.obs_mode},
            {"ev_class", run.ev_class},
            {"muoneff", run.muoneff},
            {"event_count", run.event_count},
            {"energy_min", run.energy_min},
            {"energy_max", run.energy_max},
            {"geolon", run.geolon},
            {"geolat", run.geolat},
            {"altitude", run.altitude},
            {"source_digest", digest}};
}

std::vector<Field> obscore_fields(const obscore::ObsCoreRow& row, std::int64_t obs) {
    constexpr int kCalibLevel = 2;
    constexpr int kNoPixels = -1;
    return {{"dataproduct_type", "event"},
            {"calib_level", kCalibLevel},
            {"obs_collection", row.obs_collection},
            {"obs_id", row.obs_id},
            {"obs_publisher_did", row.obs_publisher_did},
            {"access_estsize", row.access_estsize_kbyte},
            {"target_name", row.target_name},
            {"s_ra", row.s_ra},
            {"s_dec", row.s_dec},
            {"s_fov", row.s_fov},
            {"s_resolution", row.s_resolution},
            {"s_xel1", kNoPixels},
            {"s_xel2", kNoPixels},
            {"t_min", row.t_min},
            {"t_max", row.t_max},
            {"t_exptime", row.t_exptime},
            {"t_resolution", row.t_resolution},
            {"t_xel", kNoPixels},
            {"em_min", row.em_min},
            {"em_max", row.em_max},
            {"em_res_power", row.em_res_power},
            {"em_xel", kNoPixels},
            {"pol_xel", kNoPixels},
            {"facility_name", row.facility_name},
            {"instrument_name", row.instrument_name},
            {"obs_title", row.obs_title},
            {"obs_creation_date", row.obs_creation_date},
            {"obs_creator_name", row.obs_creator_name},
            {"publisher_id", row.publisher_id},
            {"s_ucd", "pos.eq"},
            {"em_ucd", "em.energy"},
            {"obs", obs}};
}

std::vector<Field> hea_fields(const obscore::HeaRow& row, const std::string& did) {
    return {{"obs_publisher_did", did},           {"ev_xel", row.ev_xel},
            {"s_ref_energy", row.s_ref_energy},   {"s_ref_oaa", row.s_ref_oaa},
            {"em_ref_energy", row.em_ref_energy}, {"em_ref_oaa", row.em_ref_oaa},
            {"energy_min", row.energy_min},       {"energy_max", row.energy_max},
            {"obs_mode", row.obs_mode},           {"tracking_mode", row.tracking_mode},
            {"analysis_mode", row.analysis_mode}, {"event_type", row.event_type},
            {"messenger_name", "photon"},         {"messenger_pdgid", "+22"}};
}

}  // namespace

void write_observation(pg::Connection& db,
                       const obscore::Run& run,
                       std::string_view authority,
                       const std::string& source_digest,
                       std::int64_t obs,
                       bool is_new) {
    auto fields = observation_fields(
        run, obscore::make_publisher_did(authority, run.collection, run.obs_id), source_digest);
    if (!is_new) return update(db, "dl3.observations", fields, obs);
    fields.push_back({"obs", obs});
    insert(db, "dl3.observations", fields, " OVERRIDING SYSTEM VALUE");
}

void write_obscore(pg::Connection& db,
                   const obscore::Run& run,
                   std::string_view authority,
                   std::int64_t obs) {
    const auto rows = obscore::make_rows(run, authority);
    // The extension's row goes with it.
    db.exec("DELETE FROM ivoa.obscore WHERE obs = $1", {obs});
    insert(db, "ivoa.obscore", obscore_fields(rows.obscore, obs));
    db.exec(
        "UPDATE ivoa.obscore SET pos = spoint(radians(s_ra), radians(s_dec)), s_region_circle = "
        "CASE WHEN s_fov > 0 THEN scircle(spoint(radians(s_ra), radians(s_dec)), radians(s_fov / "
        "2)) "
        "END WHERE obs = $1 AND s_ra IS NOT NULL AND s_dec IS NOT NULL",
        {obs});
    insert(db, "ivoa.obscore_hea", hea_fields(rows.hea, rows.obscore.obs_publisher_did));
}

void write_gtis(pg::Connection& db, const std::vector<Gti>& gtis, std::int64_t obs) {
    db.exec("DELETE FROM dl3.gti WHERE obs = $1", {obs});
    pg::CopyIn copy(db, "dl3.gti (obs, gti_index, t_start, t_stop, start, stop)");
    std::int32_t number = 0;
    for (const auto& gti : gtis) {
        copy.row(6);
        copy.put(obs);
        copy.put(++number);
        copy.put(gti.t_start);
        copy.put(gti.t_stop);
        copy.put(gti.start);
        copy.put(gti.stop);
    }
    copy.finish();
}

}  // namespace vo::vogate::ingest
