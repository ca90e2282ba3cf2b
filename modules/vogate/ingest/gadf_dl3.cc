// SPDX-License-Identifier: Apache-2.0
// DL3 event lists of the gamma-astro-data-formats, versions 0.1 to 0.3: EVENTS, GTI and the
// response tables, in one file or spread over several that an index joins.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "fits/unit.h"
#include "flavour.h"
#include "gadf_header.h"
#include "irf.h"
#include "obscore/frame.h"
#include "obscore/mission_time.h"

namespace vo::vogate::ingest {

namespace {

using fits::Quantity;

std::vector<Gti> read_gtis(fits::Table& table, const fits::Header* events) {
    const auto reference = read_reference(table.hdu().header, events, table.label());
    const auto clock = make_clock(reference, table.label());
    const auto& start = table.get_column("START");
    const auto& stop = table.get_column("STOP");
    check_scalar(table, start);
    check_scalar(table, stop);
    const auto rows = static_cast<std::size_t>(table.hdu().rows);
    std::vector<double> starts(rows);
    std::vector<double> stops(rows);
    table.read(start, 0, starts);
    table.read(stop, 0, stops);
    const double start_factor = column_factor(table, start, Quantity::Time);
    const double stop_factor = column_factor(table, stop, Quantity::Time);
    std::vector<Gti> gtis;
    for (std::size_t i = 0; i < rows; ++i) {
        Gti gti{starts[i] * start_factor, stops[i] * stop_factor, 0, 0};
        if (!std::isfinite(gti.start) || !std::isfinite(gti.stop) || gti.stop < gti.start)
            throw Error(Code::BadRequest, table.label() + ": interval " + std::to_string(i + 1) +
                                              " does not end after it starts");
        gti.t_start = clock.to_mjd_tt(gti.start);
        gti.t_stop = clock.to_mjd_tt(gti.stop);
        gtis.push_back(gti);
    }
    return gtis;
}

// An HDU of a run: in the event file itself, or in another one that is opened for it.
class LinkedHdu {
  public:
    LinkedHdu(fits::File& events_file, const std::string& events_path, const HduLink& link) {
        if (link.path != events_path) other_ = std::make_unique<fits::File>(link.path);
        auto& file = other_ ? *other_ : events_file;
        const auto* hdu = file.find_hdu(link.hdu_name);
        if (hdu == nullptr)
            throw Error(Code::BadRequest, file.name() + " has no HDU \"" + link.hdu_name +
                                              "\", which the index names");
        hdu_class_ = class_of(*hdu, link.type);
        if (hdu_class_.empty()) hdu_class_ = link.hdu_class;
        table_ = std::make_unique<fits::Table>(file, *hdu);
    }

    fits::Table& table() { return *table_; }

    [[nodiscard]] const std::string& hdu_class() const { return hdu_class_; }

  private:
    std::unique_ptr<fits::File> other_;
    std::unique_ptr<fits::Table> table_;
    std::string hdu_class_;
};

void read_responses(fits::File& file, const std::string& path, Described& out) {
    constexpr double kWidestStoredDeg = 180;  // pgSphere's circles end at a half sphere
    auto& run = out.run;
    for (const auto& link : out.hdus) {
        if (!link.present) {
            out.remarks.push_back("its " + link.type + " is in an absent file");
            continue;
        }
        if (link.type == "aeff") {
            LinkedHdu hdu(file, path, link);
            const auto area = read_effective_area(hdu.table());
            run.aeff_energy_min = area.energy_min_tev;
            run.aeff_energy_max = area.energy_max_tev;
            const double diameter = 2 * area.offset_max_deg;
            if (diameter > 0 && diameter <= kWidestStoredDeg)
                run.fov_diameter_deg = diameter;
            else
                out.remarks.push_back("its effective area gives no field of view");
        } else if (link.type == "psf") {
            LinkedHdu hdu(file, path, link);
            run.psf_fwhm_deg = psf_fwhm_deg(hdu.table(), hdu.hdu_class());
            if (!run.psf_fwhm_deg)
                out.remarks.push_back("its PSF (" + hdu.hdu_class() + ") gives no s_resolution");
        } else if (link.type == "edisp") {
            LinkedHdu hdu(file, path, link);
            run.energy_fwhm = energy_fwhm(hdu.table(), hdu.hdu_class());
            if (!run.energy_fwhm)
                out.remarks.push_back("its energy dispersion (" + hdu.hdu_class() +
                                      ") gives no em_res_power");
        }
    }
}

// Without an index the HDUs of a run are those of its file: all of them when it is the only run,
// else those that name its OBS_ID or none.
std::vector<HduLink> own_hdus(const fits::File& file,
                              const fits::Hdu& events,
                              const std::string& path) {
    const auto obs_id = events.header.find_text("OBS_ID");
    const auto lists = std::count_if(file.hdus().begin(), file.hdus().end(),
                                     [](const auto& hdu) { return kind_of(hdu) == "events"; });
    std::vector<HduLink> links;
    for (const auto& hdu : file.hdus()) {
        const auto type = kind_of(hdu);
        if (type.empty() || (type == "events" && &hdu != &events)) continue;
        const auto its_id = hdu.header.find_text("OBS_ID");
        if (lists > 1 && &hdu != &events && its_id && its_id != obs_id) continue;
        const bool is_twice = std::any_of(links.begin(), links.end(),
                                          [&](const auto& link) { return link.type == type; });
        if (is_twice) continue;
        links.push_back({std::string(type), class_of(hdu, type), hdu.name, path, true});
    }
    return links;
}

void read_position(Words& words,
                   const obscore::Frame& frame,
                   const std::string& suffix,
                   obscore::Number& ra,
                   obscore::Number& dec) {
    auto lon = words.number("RA" + suffix);
    auto lat = words.number("DEC" + suffix);
    auto from = frame;
    if (!lon || !lat) {
        lon = words.number("GLON" + suffix);
        lat = words.number("GLAT" + suffix);
        from = obscore::Frame::galactic();
    }
    if (!lon || !lat) return;
    const auto point = from.to_icrs({*lon, *lat});
    ra = point.lon_deg;
    dec = point.lat_deg;
}

void read_words(Words& words, const obscore::Frame& frame, obscore::Run& run) {
    struct TextRow {
        std::string_view keyword;
        obscore::Text obscore::Run::*member;
    };

    struct NumberRow {
        std::string_view keyword;
        obscore::Number obscore::Run::*member;
    };

    using obscore::Run;
    static constexpr std::array kTexts{
        TextRow{"EVENT_TYPE", &Run::event_type}, TextRow{"EV_CLASS", &Run::ev_class},
        TextRow{"INSTRUME", &Run::instrume},     TextRow{"OBJECT", &Run::object},
        TextRow{"OBS_MODE", &Run::obs_mode},     TextRow{"ORIGIN", &Run::origin},
        TextRow{"TELESCOP", &Run::telescop},     TextRow{"TELLIST", &Run::tellist},
    };
    static constexpr std::array kNumbers{
        NumberRow{"ALTITUDE", &Run::altitude}, NumberRow{"ALT_PNT", &Run::alt_pnt},
        NumberRow{"AZ_PNT", &Run::az_pnt},     NumberRow{"DEADC", &Run::deadc},
        NumberRow{"GEOLAT", &Run::geolat},     NumberRow{"GEOLON", &Run::geolon},
        NumberRow{"LIVETIME", &Run::livetime}, NumberRow{"MUONEFF", &Run::muoneff},
        NumberRow{"ONTIME", &Run::ontime},     NumberRow{"ZEN_PNT", &Run::zen_pnt},
    };
    for (const auto& row : kTexts)
        run.*row.member = words.text(row.keyword);
    for (const auto& row : kNumbers)
        run.*row.member = words.number(row.keyword);
    if (!run.origin) run.origin = words.text("AUTHOR");
    run.created = words.text("DATE");
    if (!run.created) run.created = words.text("CREATED");
    run.n_tels = words.integer("N_TELS");
    if (run.n_tels && (*run.n_tels < 0 || *run.n_tels > std::numeric_limits<std::int32_t>::max()))
        run.n_tels.reset();
    read_position(words, frame, "_PNT", run.ra_pnt, run.dec_pnt);
    read_position(words, frame, "_OBJ", run.ra_obj, run.dec_obj);
    if (!run.zen_pnt && run.alt_pnt) run.zen_pnt = 90 - *run.alt_pnt;
    if (!run.alt_pnt && run.zen_pnt) run.alt_pnt = 90 - *run.zen_pnt;
}

// TSTART and TSTOP, else the good time intervals, else (later) the first and last event; livetime,
// else good time less dead time.
void read_times(Words& words, const fits::Table& table, Described& out) {
    auto& run = out.run;
    const auto reference = read_reference(table.hdu().header, nullptr, table.label());
    run.mjdrefi = reference.mjdrefi;
    run.mjdreff = reference.mjdreff;
    const auto clock = make_clock(reference, table.label());
    run.timesys = clock.scale();
    const double factor =
        get_factor(Quantity::Time, table.hdu().header.find_text("TIMEUNIT").value_or(""),
                   table.label() + ": TIMEUNIT");
    if (const auto tstart = words.number("TSTART")) run.tstart = *tstart * factor;
    if (const auto tstop = words.number("TSTOP")) run.tstop = *tstop * factor;
    if (const auto step = words.number("TIMEDEL"); step && *step > 0)
        run.time_resolution_s = *step * factor;
    if (run.tstart) run.t_start = clock.to_mjd_tt(*run.tstart);
    if (run.tstop) run.t_stop = clock.to_mjd_tt(*run.tstop);
    if (!out.gtis.empty()) {
        double good_time = 0;
        const auto* first = &out.gtis.front();
        const auto* last = first;
        for (const auto& gti : out.gtis) {
            good_time += gti.stop - gti.start;
            if (gti.t_start < first->t_start) first = &gti;
            if (gti.t_stop > last->t_stop) last = &gti;
        }
        if (!run.t_start) run.t_start = first->t_start;
        if (!run.t_stop) run.t_stop = last->t_stop;
        if (!run.ontime) run.ontime = good_time;
    }
    if (!run.livetime && run.ontime && run.deadc) run.livetime = *run.ontime * *run.deadc;
    if (!run.deadc && run.ontime && run.livetime && *run.ontime > 0)
        run.deadc = *run.livetime / *run.ontime;
}

const Guide* find_guide(const std::vector<Guide>& guides, const std::string& obs_id) {
    const auto found = std::find_if(guides.begin(), guides.end(), [&](const auto& guide) {
        return is_same_obs_id(guide.obs_id, obs_id);
    });
    return found == guides.end() ? nullptr : &*found;
}

// The index run that names this event list: by HDU name, and by OBS_ID where several do.
const Guide* guide_of(const fits::Hdu& events, const Task& task) {
    const auto obs_id = find_obs_id(events.header);
    const Guide* named = nullptr;
    for (const auto& guide : task.guides) {
        const bool fits = std::any_of(guide.hdus.begin(), guide.hdus.end(), [&](const auto& link) {
            return link.type == "events" && equal_fold(link.hdu_name, events.name);
        });
        if (!fits) continue;
        if (obs_id && is_same_obs_id(*obs_id, guide.obs_id)) return &guide;
        if (named == nullptr) named = &guide;
    }
    return named;
}

Described describe_list(fits::File& file,
                        const fits::Hdu& events,
                        const Task& task,
                        const DescribeOptions& options) {
    fits::Table table(file, events);
    Described out;
    out.events_hdu = events.number;
    const auto own_id = find_obs_id(events.header);
    const Guide* guide = guide_of(events, task);
    if (guide != nullptr && own_id && !is_same_obs_id(*own_id, guide->obs_id))
        throw Error(Code::BadRequest, table.label() + " is OBS_ID " + *own_id +
                                          ", but the index says " + guide->obs_id);
    if (!own_id && guide == nullptr)
        throw Error(Code::BadRequest, table.label() + " has no OBS_ID");
    out.run.obs_id = own_id ? *own_id : guide->obs_id;
    const Guide* row = guide;
    if (row == nullptr && task.rows != nullptr) row = find_guide(task.rows->runs, out.run.obs_id);

    Words words(events.header, file.hdus().front().header, row);
    read_words(words, read_frame(events.header, table.label()), out.run);
    out.run.collection =
        options.collection.empty() ? out.run.telescop.value_or("") : options.collection;
    if (out.run.collection.empty())
        throw Error(
            Code::BadRequest,
            table.label() + " has no TELESCOP to name a collection by; use --collection NAME");

    out.hdus = guide != nullptr ? guide->hdus : own_hdus(file, events, task.path);
    for (const auto& link : out.hdus) {
        if (link.type != "gti" || !link.present) continue;
        LinkedHdu hdu(file, task.path, link);
        out.gtis = read_gtis(hdu.table(), &events.header);
        break;
    }
    read_times(words, table, out);
    read_responses(file, task.path, out);
    if (!out.run.ra_pnt) out.remarks.emplace_back("it has no pointing, so no position and region");
    out.index_values = words.taken_from_index();
    for (const auto name : {"TIME", "ENERGY"})
        check_scalar(table, table.get_column(name));
    return out;
}

bool recognise(const fits::File& file) {
    return std::any_of(file.hdus().begin(), file.hdus().end(),
                       [](const auto& hdu) { return kind_of(hdu) == "events"; });
}

std::vector<Described> describe(fits::File& file,
                                const Task& task,
                                const DescribeOptions& options) {
    std::vector<Described> out;
    for (const auto& hdu : file.hdus())
        if (kind_of(hdu) == "events") out.push_back(describe_list(file, hdu, task, options));
    for (std::size_t i = 0; i < out.size(); ++i)
        for (std::size_t j = i + 1; j < out.size(); ++j)
            if (out[i].run.obs_id == out[j].run.obs_id)
                throw Error(Code::BadRequest,
                            file.name() + " holds two event lists of OBS_ID " + out[i].run.obs_id);
    return out;
}

// The event columns, chunk by chunk.
struct Columns {
    const fits::Column* id;
    const fits::Column* time;
    const fits::Column* lon;
    const fits::Column* lat;
    const fits::Column* energy;
    obscore::Frame frame;
};

Columns find_columns(const fits::Table& table) {
    const auto* ra = table.find_column("RA");
    const auto* dec = table.find_column("DEC");
    auto frame = read_frame(table.hdu().header, table.label());
    if (ra == nullptr || dec == nullptr) {
        const auto* glon = table.find_column("GLON");
        const auto* glat = table.find_column("GLAT");
        if (glon != nullptr && glat != nullptr) {
            ra = glon;
            dec = glat;
            frame = obscore::Frame::galactic();
        }
    }
    if (ra == nullptr || dec == nullptr)
        throw Error(Code::BadRequest, table.label() + " lacks the columns RA and DEC");
    Columns columns{table.find_column("EVENT_ID"),
                    &table.get_column("TIME"),
                    ra,
                    dec,
                    &table.get_column("ENERGY"),
                    frame};
    for (const auto* column : {columns.id, columns.time, columns.lon, columns.lat, columns.energy})
        if (column != nullptr) check_scalar(table, *column);
    return columns;
}

void read_events(fits::File& file, Described& described, const EventSink& sink) {
    const auto& hdu = file.hdus()[static_cast<std::size_t>(described.events_hdu) - 1];
    fits::Table table(file, hdu);
    const auto columns = find_columns(table);
    auto& run = described.run;
    const auto clock = make_clock({run.mjdrefi, run.mjdreff, run.timesys}, table.label());
    const double time_factor = column_factor(table, *columns.time, Quantity::Time);
    const double lon_factor = column_factor(table, *columns.lon, Quantity::Angle);
    const double lat_factor = column_factor(table, *columns.lat, Quantity::Angle);
    const double energy_factor = column_factor(table, *columns.energy, Quantity::Energy);
    const auto chunk = table.chunk_rows();
    std::vector<std::int64_t> id;
    std::vector<double> time;
    std::vector<double> lon;
    std::vector<double> lat;
    std::vector<double> energy;
    std::int64_t left_out = 0;
    double first = std::numeric_limits<double>::infinity();
    double last = -first;
    double lowest = first;
    double highest = -first;
    for (std::int64_t row = 0; row < hdu.rows; row += chunk) {
        const auto rows = static_cast<std::size_t>(std::min(chunk, hdu.rows - row));
        id.resize(rows);
        time.resize(rows);
        lon.resize(rows);
        lat.resize(rows);
        energy.resize(rows);
        // EVENT_ID is mandatory in GADF; a list without it is numbered from 1.
        if (columns.id != nullptr)
            table.read(*columns.id, row, id);
        else
            std::iota(id.begin(), id.end(), row + 1);
        table.read(*columns.time, row, time);
        table.read(*columns.lon, row, lon);
        table.read(*columns.lat, row, lat);
        table.read(*columns.energy, row, energy);
        for (std::size_t i = 0; i < rows; ++i) {
            Event event{.event_id = id[i],
                        .mission_time = time[i] * time_factor,
                        .energy = energy[i] * energy_factor};
            const obscore::SkyPoint point{lon[i] * lon_factor, lat[i] * lat_factor};
            const bool whole = std::isfinite(event.mission_time) && std::isfinite(event.energy) &&
                               event.energy > 0 && std::isfinite(point.lon_deg) &&
                               std::fabs(point.lat_deg) <= 90;
            if (!whole) {
                ++left_out;
                continue;
            }
            const auto icrs = columns.frame.to_icrs(point);
            event.ra = icrs.lon_deg;
            event.dec = icrs.lat_deg;
            event.time_mjd = clock.to_mjd_tt(event.mission_time);
            first = std::min(first, event.time_mjd);
            last = std::max(last, event.time_mjd);
            lowest = std::min(lowest, event.energy);
            highest = std::max(highest, event.energy);
            ++run.event_count;
            sink(event);
        }
    }
    if (left_out > 0)
        described.remarks.push_back(
            std::to_string(left_out) +
            " events left out: their time, position or energy is no number, "
            "or the energy is not above 0");
    if (run.event_count == 0) return;
    run.energy_min = lowest;
    run.energy_max = highest;
    if (!run.t_start) run.t_start = first;
    if (!run.t_stop) run.t_stop = last;
}

}  // namespace

const Flavour kGadfDl3{"gadf-dl3", recognise, describe, read_events};

}  // namespace vo::vogate::ingest
