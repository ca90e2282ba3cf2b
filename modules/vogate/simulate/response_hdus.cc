// SPDX-License-Identifier: Apache-2.0
// AEFF, EDISP, PSF and BKG: the functions of Response at the centres of bins.
#include <cmath>
#include <numbers>

#include "hdus.h"

namespace vo::vogate::simulate {

namespace {

struct Axis {
    std::string name;  // of the columns, without _LO and _HI
    std::string unit;
    std::vector<double> lo;
    std::vector<double> hi;
    std::vector<double> centre;

    [[nodiscard]] std::size_t size() const { return lo.size(); }
};

Axis linear_axis(const char* name, const char* unit, double from, double to, int bins) {
    Axis axis{name, unit, {}, {}, {}};
    for (int i = 0; i < bins; ++i) {
        axis.lo.push_back(from + (to - from) * i / bins);
        axis.hi.push_back(from + (to - from) * (i + 1) / bins);
        axis.centre.push_back((axis.lo.back() + axis.hi.back()) / 2);
    }
    return axis;
}

Axis energy_axis(const char* name, int bins) {
    auto axis = linear_axis(name, "TeV", std::log(kEnergyMinTev), std::log(kEnergyMaxTev), bins);
    for (auto* edges : {&axis.lo, &axis.hi, &axis.centre})
        for (auto& edge : *edges)
            edge = std::exp(edge);
    return axis;
}

// The table of one response: its axes, then its values with the first axis running fastest.
struct ResponseTable {
    FitsWriter& file;
    const Observation& run;

    void write(const char* extname,
               const char* kind,
               const char* layout,
               const std::vector<Axis>& axes,
               const std::vector<ColumnSpec>& quantities,
               const std::vector<std::vector<double>>& values) const {
        std::vector<ColumnSpec> columns;
        std::vector<long> shape;
        long cells = 1;
        for (const auto& axis : axes) {
            const auto form = std::to_string(axis.size()) + "E";
            columns.push_back({axis.name + "_LO", form, axis.unit});
            columns.push_back({axis.name + "_HI", form, axis.unit});
            shape.push_back(static_cast<long>(axis.size()));
            cells *= shape.back();
        }
        for (auto column : quantities) {
            column.form = std::to_string(cells) + "E";
            column.shape = shape;
            columns.push_back(column);
        }
        file.begin_table(extname, columns, 1);
        set_class(file, {"RESPONSE", kind, "FULL-ENCLOSURE", layout});
        file.set("OBS_ID", run.run->obs_id, "observation number");
        file.set("LO_THRES", run.response.threshold_tev(), "[TeV] energy threshold");
        file.set("HI_THRES", 100.0, "[TeV] events are too few above");
        file.set("FOVALIGN", "RADEC", "field of view coordinates follow the sky");
        int number = 0;
        for (const auto& axis : axes) {
            file.write(++number, axis.lo);
            file.write(++number, axis.hi);
        }
        for (const auto& cube : values)
            file.write(++number, cube);
        file.end_table();
    }
};

// The part of a normal distribution below x.
double normal_below(double x) {
    return std::erfc(-x / std::numbers::sqrt2) / 2;
}

void write_area(const ResponseTable& out, const Response& response) {
    const auto energy = energy_axis("ENERG", 70);
    const auto offset = linear_axis("THETA", "deg", 0, kOffsetMaxDeg, 15);
    std::vector<double> area;
    for (const double theta : offset.centre)
        for (const double tev : energy.centre)
            area.push_back(response.area_m2(tev, theta));
    out.write("AEFF", "EFF_AREA", "AEFF_2D", {energy, offset}, {{"EFFAREA", "", "m2"}}, {area});
}

void write_dispersion(const ResponseTable& out, const Response& response) {
    const auto energy = energy_axis("ENERG", 35);
    const auto migra = linear_axis("MIGRA", "", kMigraMin, kMigraMax, 100);
    const auto offset = linear_axis("THETA", "deg", 0, kOffsetMaxDeg, 3);
    std::vector<double> matrix;
    for (std::size_t o = 0; o < offset.size(); ++o) {
        for (std::size_t m = 0; m < migra.size(); ++m) {
            for (const double tev : energy.centre) {
                const auto below = [&](double x) {
                    return normal_below((std::log(x) - response.migra_mean(tev)) /
                                        response.migra_sigma(tev));
                };
                const double width = migra.hi[m] - migra.lo[m];
                matrix.push_back((below(migra.hi[m]) - below(migra.lo[m])) / width);
            }
        }
    }
    out.write("EDISP", "EDISP", "EDISP_2D", {energy, migra, offset}, {{"MATRIX", "", ""}},
              {matrix});
}

void write_psf(const ResponseTable& out, const Response& response) {
    constexpr double kDegree = std::numbers::pi / 180;
    const auto energy = energy_axis("ENERG", 35);
    const auto offset = linear_axis("THETA", "deg", 0, kOffsetMaxDeg, 6);
    std::vector<double> scale;
    std::vector<double> sigma_1;
    std::vector<double> ampl_2;
    std::vector<double> sigma_2;
    for (const double theta : offset.centre) {
        for (const double tev : energy.centre) {
            const auto psf = response.psf(tev, theta);
            const double squares =
                psf.sigma_1_deg * psf.sigma_1_deg + psf.ampl_2 * psf.sigma_2_deg * psf.sigma_2_deg;
            scale.push_back(1 / (2 * std::numbers::pi * squares * kDegree * kDegree));
            sigma_1.push_back(psf.sigma_1_deg);
            ampl_2.push_back(psf.ampl_2);
            sigma_2.push_back(psf.sigma_2_deg);
        }
    }
    // The third Gaussian has no part; its width is none that a reader could divide by.
    const std::vector<double> none(scale.size(), 0);
    out.write("PSF", "PSF", "PSF_3GAUSS", {energy, offset},
              {{"SCALE", "", "sr-1"},
               {"SIGMA_1", "", "deg"},
               {"AMPL_2", "", ""},
               {"SIGMA_2", "", "deg"},
               {"AMPL_3", "", ""},
               {"SIGMA_3", "", "deg"}},
              {scale, sigma_1, ampl_2, sigma_2, none, sigma_2});
}

void write_background(const ResponseTable& out, const Response& response) {
    constexpr double kMevPerTev = 1e6;
    // Readers interpolate between the centres; with these bins that is within a hundredth.
    const auto x = linear_axis("DETX", "deg", -kBackgroundMaxDeg, kBackgroundMaxDeg, 35);
    const auto y = linear_axis("DETY", "deg", -kBackgroundMaxDeg, kBackgroundMaxDeg, 35);
    const auto energy = energy_axis("ENERG", 50);
    std::vector<double> rate;
    for (const double tev : energy.centre)
        for (const double lat : y.centre)
            for (const double lon : x.centre)
                rate.push_back(response.background(tev, std::hypot(lon, lat)) / kMevPerTev);
    out.write("BKG", "BKG", "BKG_3D", {x, y, energy}, {{"BKG", "", "s-1 MeV-1 sr-1"}}, {rate});
}

}  // namespace

void write_response_hdus(FitsWriter& file, const Observation& run) {
    const ResponseTable out{file, run};
    write_area(out, run.response);
    write_dispersion(out, run.response);
    write_psf(out, run.response);
    write_background(out, run.response);
}

}  // namespace vo::vogate::simulate
