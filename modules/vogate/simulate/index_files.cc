// SPDX-License-Identifier: Apache-2.0
// The run files as a whole, and the two files by which readers find them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <zlib.h>

#include "base/error.h"
#include "hdus.h"

namespace vo::vogate::simulate {

namespace {

const std::array<std::string, 3> kComments{
    "Simulated data, made by `vogate simulate`. Nothing of this was observed.",
    "Sources and citations are in README.txt and sources.ecsv beside this file;",
    "MC_ID of an event is the number of its source there, 0 is background.",
};

struct HduRow {
    std::string_view type;
    std::string_view hdu_class;
    std::string_view name;
};

// What each run file holds, as the HDU index says it.
constexpr std::array kRunHdus{
    HduRow{"events", "events", "EVENTS"}, HduRow{"gti", "gti", "GTI"},
    HduRow{"aeff", "aeff_2d", "AEFF"},    HduRow{"edisp", "edisp_2d", "EDISP"},
    HduRow{"psf", "psf_3gauss", "PSF"},   HduRow{"bkg", "bkg_3d", "BKG"},
};

std::string text_form(const std::vector<std::string>& values) {
    std::size_t longest = 1;
    for (const auto& value : values)
        longest = std::max(longest, value.size());
    return std::to_string(longest) + "A";
}

struct NumberColumn {
    const char* name;
    const char* unit;
    double (*value)(const Observation&);
};

constexpr std::array kNumbers{
    NumberColumn{"RA_PNT", "deg", [](const Observation& run) { return run.pointing.lon_deg; }},
    NumberColumn{"DEC_PNT", "deg", [](const Observation& run) { return run.pointing.lat_deg; }},
    NumberColumn{"GLON_PNT", "deg",
                 [](const Observation& run) { return to_galactic(run.pointing).lon_deg; }},
    NumberColumn{"GLAT_PNT", "deg",
                 [](const Observation& run) { return to_galactic(run.pointing).lat_deg; }},
    NumberColumn{"ZEN_PNT", "deg",
                 [](const Observation& run) { return 90 - run.horizontal.altitude_deg; }},
    NumberColumn{"ALT_PNT", "deg",
                 [](const Observation& run) { return run.horizontal.altitude_deg; }},
    NumberColumn{"AZ_PNT", "deg",
                 [](const Observation& run) { return run.horizontal.azimuth_deg; }},
    NumberColumn{"RA_OBJ", "deg",
                 [](const Observation& run) { return run.field->position.lon_deg; }},
    NumberColumn{"DEC_OBJ", "deg",
                 [](const Observation& run) { return run.field->position.lat_deg; }},
    NumberColumn{"ONTIME", "s", [](const Observation& run) { return run.ontime_s; }},
    NumberColumn{"LIVETIME", "s",
                 [](const Observation& run) { return run.ontime_s * kDeadTimeFactor; }},
    NumberColumn{"DEADC", "", [](const Observation&) { return kDeadTimeFactor; }},
    NumberColumn{"TSTART", "s", [](const Observation& run) { return run.tstart_s; }},
    NumberColumn{"TSTOP", "s", [](const Observation& run) { return run.tstop_s; }},
    NumberColumn{"SAFE_ENERGY_LO", "TeV",
                 [](const Observation& run) { return run.response.threshold_tev(); }},
};

struct TextColumn {
    const char* name;
    std::string (*value)(const Observation&);
};

constexpr std::array kTexts{
    TextColumn{"OBJECT", [](const Observation& run) { return std::string(run.field->object); }},
    TextColumn{"OBS_MODE", [](const Observation&) { return std::string("WOBBLE"); }},
    TextColumn{"DATE-OBS", [](const Observation& run) { return run.start.tt_text(); }},
    TextColumn{"DATE-END", [](const Observation& run) { return run.stop.tt_text(); }},
    TextColumn{"TELLIST", [](const Observation&) { return std::string("1,2,3,4"); }},
};

struct CountColumn {
    const char* name;
    std::int64_t (*value)(const Observation&);
};

constexpr std::array kCounts{
    CountColumn{"OBS_ID", [](const Observation& run) { return std::int64_t{run.run->obs_id}; }},
    CountColumn{
        "EVENT_COUNT",
        [](const Observation& run) { return static_cast<std::int64_t>(run.events.size()); }},
    CountColumn{"N_TELS", [](const Observation&) { return std::int64_t{4}; }},
    CountColumn{"QUALITY", [](const Observation&) { return std::int64_t{0}; }},
};

// Index files are sought as .fits.gz by gammapy. zlib writes no date and no name.
void gzip(const std::string& plain, const std::string& path) {
    std::ifstream in(plain, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    auto* out = gzopen(path.c_str(), "wb9");
    if (out == nullptr) throw Error(Code::Internal, "cannot make " + path);
    const auto size = static_cast<unsigned>(bytes.size());
    const bool written = gzwrite(out, bytes.data(), size) == static_cast<int>(size);
    if (gzclose(out) != Z_OK || !written) throw Error(Code::Internal, "cannot write " + path);
    std::filesystem::remove(plain);
}

template <typename Value>
auto collect(std::span<const Observation> runs, Value value) {
    std::vector<decltype(value(runs[0]))> out;
    for (const auto& run : runs)
        out.push_back(value(run));
    return out;
}

}  // namespace

std::string run_file_name(const Run& run) {
    return "vogate_sim_" + std::to_string(run.obs_id) + ".fits";
}

void write_run_file(const std::string& path, const Observation& run) {
    FitsWriter file(path, kComments);
    write_event_hdus(file, run);
    write_response_hdus(file, run);
    file.close();
}

void write_observation_index(const std::string& path, std::span<const Observation> runs) {
    std::vector<ColumnSpec> columns;
    for (const auto& column : kCounts)
        columns.push_back({column.name, "1K", ""});
    for (const auto& column : kNumbers)
        columns.push_back({column.name, "1D", column.unit});
    for (const auto& column : kTexts)
        columns.push_back({column.name, text_form(collect(runs, column.value)), ""});
    const auto plain = path + ".plain";
    FitsWriter file(plain, kComments);
    file.begin_table("OBS_INDEX", columns, static_cast<std::int64_t>(runs.size()));
    set_class(file, {"INDEX", "OBS"});
    set_time_reference(file);
    set_site(file);
    file.set("RADECSYS", "ICRS", "frame of all positions");
    int number = 0;
    for (const auto& column : kCounts)
        file.write(++number, collect(runs, column.value));
    for (const auto& column : kNumbers)
        file.write(++number, collect(runs, column.value));
    for (const auto& column : kTexts)
        file.write(++number, collect(runs, column.value));
    file.end_table();
    file.close();
    gzip(plain, path);
}

void write_hdu_index(const std::string& path, std::span<const Observation> runs) {
    std::vector<std::int64_t> ids;
    std::array<std::vector<std::string>, 5> texts;
    constexpr std::array kNames{"HDU_TYPE", "HDU_CLASS", "FILE_DIR", "FILE_NAME", "HDU_NAME"};
    for (const auto& run : runs) {
        for (const auto& hdu : kRunHdus) {
            ids.push_back(run.run->obs_id);
            const std::array row{std::string(hdu.type), std::string(hdu.hdu_class),
                                 std::string("."), run_file_name(*run.run), std::string(hdu.name)};
            for (std::size_t i = 0; i < row.size(); ++i)
                texts[i].push_back(row[i]);
        }
    }
    std::vector<ColumnSpec> columns{{"OBS_ID", "1K", ""}};
    for (std::size_t i = 0; i < texts.size(); ++i)
        columns.push_back({kNames[i], text_form(texts[i]), ""});
    const auto plain = path + ".plain";
    FitsWriter file(plain, kComments);
    file.begin_table("HDU_INDEX", columns, static_cast<std::int64_t>(ids.size()));
    set_class(file, {"INDEX", "HDU"});
    file.write(1, ids);
    for (std::size_t i = 0; i < texts.size(); ++i)
        file.write(static_cast<int>(i) + 2, texts[i]);
    file.end_table();
    file.close();
    gzip(plain, path);
}

}  // namespace vo::vogate::simulate
