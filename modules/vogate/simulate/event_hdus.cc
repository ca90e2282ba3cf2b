// SPDX-License-Identifier: Apache-2.0
// EVENTS and GTI, and the keywords that several HDUs share.
#include <cmath>
#include <string>

#include "config.h"
#include "hdus.h"

namespace vo::vogate::simulate {

namespace {

constexpr const char* kHduDoc = "https://gamma-astro-data-formats.readthedocs.io/";

template <typename Get>
std::vector<double> collect(const std::vector<Event>& events, Get get) {
    std::vector<double> out;
    out.reserve(events.size());
    for (const auto& event : events)
        out.push_back(get(event));
    return out;
}

void set_observation(FitsWriter& file, const Observation& run) {
    const auto galactic = to_galactic(run.pointing);
    file.set("OBS_ID", run.run->obs_id, "observation number");
    file.set("OBJECT", std::string(run.field->object), "target");
    file.set("RA_OBJ", run.field->position.lon_deg, "[deg] target");
    file.set("DEC_OBJ", run.field->position.lat_deg, "[deg] target");
    file.set("OBS_MODE", "WOBBLE", "pointing beside the target");
    file.set("RA_PNT", run.pointing.lon_deg, "[deg] pointing");
    file.set("DEC_PNT", run.pointing.lat_deg, "[deg] pointing");
    file.set("GLON_PNT", galactic.lon_deg, "[deg] pointing");
    file.set("GLAT_PNT", galactic.lat_deg, "[deg] pointing");
    file.set("ALT_PNT", run.horizontal.altitude_deg, "[deg] pointing, middle of the run");
    file.set("AZ_PNT", run.horizontal.azimuth_deg, "[deg] pointing, middle of the run");
    file.set("ZEN_PNT", 90 - run.horizontal.altitude_deg, "[deg] pointing, middle of the run");
    file.set("RADECSYS", "ICRS", "frame of all positions");
    file.set("RADESYS", "ICRS", "frame of all positions");
    file.set("EQUINOX", 2000.0, "no meaning for ICRS");
    file.set("FOVALIGN", "RADEC", "field of view coordinates follow the sky");
    set_time_reference(file);
    file.set("TSTART", run.tstart_s, "[s] start of the run");
    file.set("TSTOP", run.tstop_s, "[s] end of the run");
    file.set("DATE-OBS", run.start.tt_text(), "start, TT");
    file.set("DATE-END", run.stop.tt_text(), "end, TT");
    file.set("TELAPSE", kRunSeconds, "[s] TSTOP - TSTART");
    file.set("ONTIME", run.ontime_s, "[s] sum of good time intervals");
    file.set("LIVETIME", run.ontime_s * kDeadTimeFactor, "[s] ONTIME without dead time");
    file.set("DEADC", kDeadTimeFactor, "LIVETIME / ONTIME");
    set_site(file);
    file.set("N_TELS", 4, "telescopes");
    file.set("TELLIST", "1,2,3,4", "telescopes");
    file.set("TRIGGER", "stereo", "two telescopes or more");
    file.set("EV_CLASS", "std", "one set of cuts");
    file.set("EUNIT", "TeV", "unit of energies");
}

}  // namespace

void set_class(FitsWriter& file, std::initializer_list<const char*> classes) {
    file.set("HDUCLASS", "GADF", "data formats for gamma-ray astronomy");
    file.set("HDUDOC", kHduDoc, "their definition");
    file.set("HDUVERS", "0.3", "their version");
    int level = 0;
    for (const auto* word : classes)
        file.set(("HDUCLAS" + std::to_string(++level)).c_str(), word, "kind of HDU");
    file.set("TELESCOP", kTelescope, "no telescope: simulated data");
    file.set("INSTRUME", kInstrument, "no instrument: simulated data");
    file.set("ORIGIN", kOrigin, "");
    file.set("CREATOR", "vogate " PACKAGE_VERSION " simulate", "program");
    file.set("DATE", kDate, "of the simulation, not of the file");
}

void set_time_reference(FitsWriter& file) {
    file.set("MJDREFI", kMjdrefi, "[d] reference of times, integer part");
    file.set("MJDREFF", kMjdreff, "[d] fraction");
    file.set("TIMEUNIT", "s", "of times");
    file.set("TIMESYS", "TT", "scale of times");
    file.set("TIMEREF", "LOCAL", "no barycentric correction");
}

void set_site(FitsWriter& file) {
    file.set("GEOLON", kSite.longitude_deg, "[deg] site, east");
    file.set("GEOLAT", kSite.latitude_deg, "[deg] site");
    file.set("ALTITUDE", kSite.height_m, "[m] site");
}

void write_event_hdus(FitsWriter& file, const Observation& run) {
    const std::array event_columns{
        ColumnSpec{"EVENT_ID", "1K", ""},  ColumnSpec{"TIME", "1D", "s"},
        ColumnSpec{"RA", "1E", "deg"},     ColumnSpec{"DEC", "1E", "deg"},
        ColumnSpec{"ENERGY", "1E", "TeV"}, ColumnSpec{"ENERGY_TRUE", "1E", "TeV"},
        ColumnSpec{"MC_ID", "1I", ""},
    };
    const auto& events = run.events;
    file.begin_table("EVENTS", event_columns, static_cast<std::int64_t>(events.size()));
    set_class(file, {"EVENTS"});
    set_observation(file, run);
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> components;
    for (const auto& event : events) {
        ids.push_back(static_cast<std::int64_t>(ids.size()) + 1);
        components.push_back(event.component);
    }
    file.write(1, ids);
    file.write(2, collect(events, [](const auto& event) { return event.time_s; }));
    file.write(3, collect(events, [](const auto& event) { return event.position.lon_deg; }));
    file.write(4, collect(events, [](const auto& event) { return event.position.lat_deg; }));
    file.write(5, collect(events, [](const auto& event) { return event.energy_tev; }));
    file.write(6, collect(events, [](const auto& event) { return event.energy_true_tev; }));
    file.write(7, components);
    file.end_table();

    const std::array gti_columns{ColumnSpec{"START", "1D", "s"}, ColumnSpec{"STOP", "1D", "s"}};
    std::vector<double> starts;
    std::vector<double> stops;
    for (const auto& gti : run.gtis) {
        starts.push_back(gti.start_s);
        stops.push_back(gti.stop_s);
    }
    file.begin_table("GTI", gti_columns, static_cast<std::int64_t>(run.gtis.size()));
    set_class(file, {"GTI"});
    file.set("OBS_ID", run.run->obs_id, "observation number");
    set_time_reference(file);
    file.set("TSTART", run.tstart_s, "[s] start of the run");
    file.set("TSTOP", run.tstop_s, "[s] end of the run");
    file.write(1, starts);
    file.write(2, stops);
    file.end_table();
}

}  // namespace vo::vogate::simulate
