// SPDX-License-Identifier: Apache-2.0
// README.txt, sources.ecsv, flare.ecsv.
#include "texts.h"

#include <array>
#include <cstdio>

#include "base/text.h"
#include "config.h"

namespace vo::vogate::simulate {

namespace {

constexpr std::string_view kNature = R"(
Nothing of this was observed. Every photon was drawn by a random number generator from published
spectra, and the array that "saw" them does not exist. Do not publish these data as anything else.

What it is for: trying the archive and one's own analysis on data of which the truth is known.

  vogate_sim_NNN.fits   one run each: EVENTS, GTI, AEFF, EDISP, PSF, BKG (GADF 0.3, full enclosure)
  obs-index.fits.gz     the runs
  hdu-index.fits.gz     which HDU is where; gammapy: DataStore.from_dir(".")
  sources.ecsv          the sources with their spectra; astropy: Table.read("sources.ecsv")
  flare.ecsv            the light curve of the flare

Two columns of EVENTS are the truth that real data lack: MC_ID, the number of the source in
sources.ecsv (0 is background), and ENERGY_TRUE (NaN for background).
)";

constexpr std::string_view kSimplified = R"(
What is simplified
------------------
- The array: effective area, energy dispersion, PSF and background are smooth functions of energy,
  offset and zenith angle, with values like those of an array of four 12 m telescopes. They do not
  change during a run or with the azimuth. They belong to the zenith angle of the middle of the run.
- The background depends on the offset from the pointing only, and its rate on the zenith angle.
- Dead time is a constant factor (DEADC), not a gap after each event.
- The Crab Nebula is a point, RX J1713.7-3946 an even shell, the Galactic Centre ridge an even
  rectangle; other sources in these fields are left out.
- The spectrum of the flare has one shape at all times. Its light curve has the five bursts and
  the constant of the publication, at their true times; its average over the three runs is 12 %
  above the published average flux.
)";

constexpr std::string_view kFlareNotes = R"(
flux(t) = constant + sum of amplitude * exp(-(|t - peak| / sigma)^kappa) above 0.2 TeV,
sigma = half_time / (ln 2)^(1 / kappa), half_time = rise before and decay after the peak
)";

std::string format(const char* pattern, auto... values) {
    std::array<char, 400> line{};
    std::snprintf(line.data(), line.size(), pattern, values...);
    return line.data();
}

struct EcsvColumn {
    std::string_view name;
    std::string_view unit;
    std::string_view type;
    std::string_view description;
};

std::string ecsv_head(std::span<const EcsvColumn> columns, const std::string& meta) {
    std::string out = "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n";
    for (const auto& column : columns) {
        out += "# - {name: " + std::string(column.name);
        if (!column.unit.empty()) out += ", unit: " + std::string(column.unit);
        out += ", datatype: " + std::string(column.type) + ", description: '" +
               std::string(column.description) + "'}\n";
    }
    out += "# meta: !!omap\n" + meta + "# schema: astropy-2.0\n";
    std::vector<std::string> names;
    for (const auto& column : columns)
        names.emplace_back(column.name);
    return out + join(names, ",") + "\n";
}

std::string number(double value) {
    std::string out;
    append_number(out, value);
    return out;
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

// Filled to lines of 100 characters.
std::string indented(std::string_view text) {
    constexpr std::size_t kWidth = 97;
    std::string out;
    std::string line;
    for (const auto word : split(text, ' ')) {
        if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
            out += "   " + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + std::string(word);
    }
    return out + "   " + line + "\n";
}

std::string runs_of(const Component& component) {
    std::vector<std::string> ids;
    for (const auto& run : runs())
        if (run.field == component.field) ids.push_back(std::to_string(run.obs_id));
    return join(ids, " ");
}

}  // namespace

std::string readme_text(std::span<const Observation> observations, std::uint64_t seed) {
    std::string out(kReadmeTitle);
    out += "\n\nseed " + std::to_string(seed) + ", vogate " PACKAGE_VERSION "\n";
    out += kNature;
    out += "\nSources\n-------\n";
    int mc_id = 0;
    for (const auto& component : components()) {
        out += std::to_string(++mc_id) + "  " + std::string(component.name) + " (runs " +
               runs_of(component) + ")\n" + indented(component.citation) +
               indented(component.remark);
    }
    out += "The Chandra Deep Field South has no source.\n\nRuns\n----\n";
    out += " run  target                     start (UTC)       zenith  good time  events\n";
    for (const auto& run : observations)
        out +=
            format("%4d  %-25s  %-16s  %5.1f   %6.0f s  %6zu\n", run.run->obs_id,
                   std::string(run.field->object).c_str(), std::string(run.run->start_utc).c_str(),
                   90 - run.horizontal.altitude_deg, run.ontime_s, run.events.size());
    out += kSimplified;
    return out;
}

std::string sources_text(std::uint64_t seed) {
    static constexpr std::array kColumns{
        EcsvColumn{"mc_id", "", "int64", "MC_ID of its events"},
        EcsvColumn{"name", "", "string", "source"},
        EcsvColumn{"runs", "", "string", "OBS_ID of the runs that hold it"},
        EcsvColumn{"ra", "deg", "float64", "ICRS"},
        EcsvColumn{"dec", "deg", "float64", "ICRS"},
        EcsvColumn{"morphology", "", "string",
                   "point; shell: projected hollow sphere; box: even rectangle in Galactic "
                   "coordinates"},
        EcsvColumn{"size_1", "deg", "float64", "shell: inner radius; box: half width in longitude"},
        EcsvColumn{"size_2", "deg", "float64", "shell: outer radius; box: half height in latitude"},
        EcsvColumn{
            "spectrum", "", "string",
            "power-law: norm (E / e_ref)^-index; exponential-cutoff: times exp(-E / e_turn); "
            "broken-power-law: index_2 above e_turn"},
        EcsvColumn{"norm", "1 / (TeV s cm2)", "float64", "at e_ref"},
        EcsvColumn{"e_ref", "TeV", "float64", "reference energy"},
        EcsvColumn{"index", "", "float64", "photon index"},
        EcsvColumn{"e_turn", "TeV", "float64", "cutoff or break; nan without"},
        EcsvColumn{"index_2", "", "float64", "photon index above the break; nan without"},
        EcsvColumn{"light_curve", "", "string", "constant, or the file with the flux"},
        EcsvColumn{"citation", "", "string", "where the spectrum was published"},
        EcsvColumn{"remark", "", "string", "published errors; what is simplified"},
    };
    std::string out = ecsv_head(kColumns, "# - {origin: 'simulated, not observed'}\n# - {seed: " +
                                              std::to_string(seed) + "}\n");
    int mc_id = 0;
    for (const auto& component : components()) {
        const auto& spectrum = component.spectrum;
        const auto optional = [](double value) { return value > 0 ? number(value) : "nan"; };
        const std::array<std::string, kColumns.size()> row{
            std::to_string(++mc_id),
            quoted(component.name),
            quoted(runs_of(component)),
            number(component.position.lon_deg),
            number(component.position.lat_deg),
            std::string(name_of(component.morphology)),
            number(component.size_1_deg),
            number(component.size_2_deg),
            std::string(name_of(spectrum.shape)),
            number(spectrum.norm),
            "1.0",
            number(spectrum.index),
            optional(spectrum.e_turn_tev),
            optional(spectrum.index_2),
            component.flares ? "flare.ecsv" : "constant",
            quoted(component.citation),
            quoted(component.remark),
        };
        out += join(row, ",") + "\n";
    }
    return out;
}

std::string flare_text() {
    static constexpr std::array kColumns{
        EcsvColumn{"peak", "min", "float64", "time of the peak, minutes after mjd_utc"},
        EcsvColumn{"amplitude", "1 / (s cm2)", "float64", "flux above 0.2 TeV at the peak"},
        EcsvColumn{"rise", "s", "float64", "time from half of the amplitude to the peak"},
        EcsvColumn{"decay", "s", "float64", "time from the peak to half of the amplitude"},
        EcsvColumn{"kappa", "", "float64", "shape"},
    };
    std::string meta = "# - {source: 'PKS 2155-304 flare'}\n";
    meta += "# - {citation: 'Aharonian et al. (H.E.S.S.) 2007, ApJ 664, L71'}\n";
    meta += "# - {mjd_utc: " + number(kFlareDay) + "}\n";
    meta += "# - {constant: " + number(kFlareConstant) + "}\n# - comments:\n";
    for (const auto line : split(trim(kFlareNotes), '\n'))
        meta += "#   - '" + std::string(line) + "'\n";
    std::string out = ecsv_head(kColumns, meta);
    for (const auto& burst : bursts()) {
        const std::array row{number(burst.peak_min), number(burst.amplitude), number(burst.rise_s),
                             number(burst.decay_s), number(burst.kappa)};
        out += join(row, ",") + "\n";
    }
    return out;
}

}  // namespace vo::vogate::simulate
