// SPDX-License-Identifier: Apache-2.0
// Reading response tables: axes, interpolation, widths.
#include "irf.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "fits/unit.h"
#include "obscore/obscore.h"
#include "obscore/width.h"

namespace vo::vogate::ingest {

namespace {

constexpr std::size_t kMostValues = 1U << 27U;

// The bins of one axis. Edges that coincide (LO = HI) are nodes, as some responses have them.
struct Axis {
    std::vector<double> lo;
    std::vector<double> hi;
    std::vector<double> centre;
    bool logarithmic = false;
    double outer_lo = 0;
    double outer_hi = 0;

    [[nodiscard]] std::size_t size() const { return centre.size(); }
};

double scale(const Axis& axis, double x) {
    return axis.logarithmic ? std::log(x) : x;
}

double unscale(const Axis& axis, double x) {
    return axis.logarithmic ? std::exp(x) : x;
}

Axis read_axis(fits::Table& table,
               const std::string& name,
               std::optional<fits::Quantity> quantity) {
    const auto& lo = table.get_column(name + "_LO");
    const auto& hi = table.get_column(name + "_HI");
    Axis axis;
    axis.lo = table.read_row(lo, 0);
    axis.hi = table.read_row(hi, 0);
    axis.logarithmic = quantity == fits::Quantity::Energy;
    if (quantity) {
        const auto lo_factor = fits::find_factor(*quantity, lo.unit);
        const auto hi_factor = fits::find_factor(*quantity, hi.unit);
        if (!lo_factor || !hi_factor)
            throw Error(Code::BadRequest, table.label() + ": the unit \"" + lo.unit + "\" of " +
                                              lo.name + " is unknown");
        for (auto& edge : axis.lo)
            edge *= *lo_factor;
        for (auto& edge : axis.hi)
            edge *= *hi_factor;
    }
    bool good = axis.lo.size() == axis.hi.size();
    for (std::size_t i = 0; good && i < axis.lo.size(); ++i)
        good = std::isfinite(axis.lo[i]) && std::isfinite(axis.hi[i]) && axis.lo[i] <= axis.hi[i] &&
               (i == 0 || (axis.lo[i] > axis.lo[i - 1] && axis.hi[i] > axis.hi[i - 1])) &&
               (!axis.logarithmic || axis.hi[i] > 0);
    if (!good)
        throw Error(Code::BadRequest, table.label() + ": the axis " + name + " does not ascend");
    for (std::size_t i = 0; i < axis.lo.size(); ++i) {
        // A first energy bin from 0 has no centre in the logarithm; half of its end serves.
        const double from = axis.logarithmic && axis.lo[i] <= 0 ? axis.hi[i] / 4 : axis.lo[i];
        axis.centre.push_back(unscale(axis, (scale(axis, from) + scale(axis, axis.hi[i])) / 2));
    }
    axis.outer_lo = axis.lo.front();
    axis.outer_hi = axis.hi.back();
    const auto n = axis.size();
    if (n > 1 && axis.lo[0] == axis.hi[0]) {
        const auto edge = [&](std::size_t end, std::size_t inner) {
            return unscale(
                axis, 1.5 * scale(axis, axis.centre[end]) - 0.5 * scale(axis, axis.centre[inner]));
        };
        axis.outer_lo = edge(0, 1);
        axis.outer_hi = edge(n - 1, n - 2);
    }
    return axis;
}

// Where a value lies between two centres: weight of the second one; may leave [0, 1] in the outer
// half bins.
struct Between {
    std::size_t first = 0;
    std::size_t second = 0;
    double weight = 0;
};

std::optional<Between> find_between(const Axis& axis, double x) {
    if (x < axis.outer_lo || x > axis.outer_hi) return std::nullopt;
    if (axis.size() == 1) return Between{};
    const auto above = std::upper_bound(axis.centre.begin(), axis.centre.end(), x);
    const auto second = std::clamp<std::ptrdiff_t>(above - axis.centre.begin(), 1,
                                                   static_cast<std::ptrdiff_t>(axis.size()) - 1);
    Between between{.first = static_cast<std::size_t>(second) - 1,
                    .second = static_cast<std::size_t>(second)};
    const double a = scale(axis, axis.centre[between.first]);
    const double b = scale(axis, axis.centre[between.second]);
    between.weight = (scale(axis, x) - a) / (b - a);
    return between;
}

struct Reference {
    Between energy;
    Between offset;
};

std::optional<Reference> find_reference(const Axis& energy, const Axis& offset) {
    const auto e = find_between(energy, obscore::kReferenceEnergyTev);
    const auto o = find_between(offset, obscore::kReferenceOffsetDeg);
    if (!e || !o) return std::nullopt;
    return Reference{*e, *o};
}

void check_rows(const fits::Table& table) {
    if (table.hdu().rows < 1) throw Error(Code::BadRequest, table.label() + " has no rows");
}

// The whole response, its size checked against the axes (fastest first, as FITS stores them).
std::vector<double> read_cube(fits::Table& table,
                              std::string_view name,
                              const std::vector<std::size_t>& sizes) {
    const auto& column = table.get_column(name);
    std::size_t values = 1;
    for (const auto size : sizes)
        values = values > kMostValues ? values : values * size;
    bool good = values <= kMostValues && column.repeat == static_cast<std::int64_t>(values);
    if (good && column.shape.size() == sizes.size())
        for (std::size_t i = 0; i < sizes.size(); ++i)
            good = good && column.shape[i] == static_cast<std::int64_t>(sizes[i]);
    if (!good)
        throw Error(Code::BadRequest,
                    table.label() + ": the shape of " + column.name + " does not fit its axes");
    return table.read_row(column, 0);
}

double mix(double a, double b, double weight) {
    return a + weight * (b - a);
}

// A two-dimensional parameter (energy fastest, then offset) at the reference.
double parameter_at(const std::vector<double>& values, std::size_t energies, const Reference& at) {
    const auto along_energy = [&](std::size_t offset) {
        return mix(values[offset * energies + at.energy.first],
                   values[offset * energies + at.energy.second], at.energy.weight);
    };
    return mix(along_energy(at.offset.first), along_energy(at.offset.second), at.offset.weight);
}

std::optional<double> table_fwhm(fits::Table& table) {
    const auto energy = read_axis(table, "ENERG", fits::Quantity::Energy);
    const auto offset = read_axis(table, "THETA", fits::Quantity::Angle);
    const auto radius = read_axis(table, "RAD", fits::Quantity::Angle);
    const auto cube = read_cube(table, "RPSF", {energy.size(), offset.size(), radius.size()});
    const auto at = find_reference(energy, offset);
    if (!at) return std::nullopt;
    std::vector<double> profile;
    for (std::size_t r = 0; r < radius.size(); ++r) {
        const auto from =
            cube.begin() + static_cast<std::ptrdiff_t>(r * offset.size() * energy.size());
        const std::vector<double> plane(
            from, from + static_cast<std::ptrdiff_t>(offset.size() * energy.size()));
        profile.push_back(parameter_at(plane, energy.size(), *at));
    }
    return obscore::radial_fwhm(radius.centre, profile);
}

// Twice the radius at which a falling profile is half of its value at 0; no value when it never
// falls so far within 10 degrees.
template <typename Profile>
std::optional<double> bisect_fwhm(const Profile& profile) {
    const double half = profile(0.0) / 2;
    double inner = 0;
    double outer = 10;
    if (!(half > 0) || !(profile(outer) < half)) return std::nullopt;
    for (int i = 0; i < 100; ++i) {
        const double middle = (inner + outer) / 2;
        (profile(middle) >= half ? inner : outer) = middle;
    }
    return inner + outer;
}

struct ParameterTable {
    Axis energy;
    Axis offset;
    std::optional<Reference> at;
};

ParameterTable read_parameter_axes(fits::Table& table) {
    ParameterTable out{read_axis(table, "ENERG", fits::Quantity::Energy),
                       read_axis(table, "THETA", fits::Quantity::Angle),
                       {}};
    out.at = find_reference(out.energy, out.offset);
    return out;
}

double read_parameter(fits::Table& table, const ParameterTable& axes, std::string_view name) {
    const auto values = read_cube(table, name, {axes.energy.size(), axes.offset.size()});
    return parameter_at(values, axes.energy.size(), *axes.at);
}

double angle_parameter(fits::Table& table, const ParameterTable& axes, std::string_view name) {
    const auto factor =
        fits::find_factor(fits::Quantity::Angle, table.get_column(name).unit).value_or(1);
    return factor * read_parameter(table, axes, name);
}

std::optional<double> gauss_fwhm(fits::Table& table) {
    const auto axes = read_parameter_axes(table);
    if (!axes.at) return std::nullopt;

    struct Part {
        double amplitude;
        double sigma;
    };

    const std::array parts{
        Part{1, angle_parameter(table, axes, "SIGMA_1")},
        Part{read_parameter(table, axes, "AMPL_2"), angle_parameter(table, axes, "SIGMA_2")},
        Part{read_parameter(table, axes, "AMPL_3"), angle_parameter(table, axes, "SIGMA_3")}};
    if (!(parts[0].sigma > 0)) return std::nullopt;
    return bisect_fwhm([&](double r) {
        double sum = 0;
        for (const auto& part : parts)
            // An amplitude of 0 (or none) switches a part off, whatever its width says.
            if (part.amplitude != 0 && std::isfinite(part.amplitude) && part.sigma > 0)
                sum += part.amplitude * std::exp(-r * r / (2 * part.sigma * part.sigma));
        return sum;
    });
}

std::optional<double> king_fwhm(fits::Table& table) {
    const auto axes = read_parameter_axes(table);
    if (!axes.at) return std::nullopt;
    const double gamma = read_parameter(table, axes, "GAMMA");
    const double sigma = angle_parameter(table, axes, "SIGMA");
    if (!(sigma > 0) || !(gamma > 1)) return std::nullopt;
    return bisect_fwhm(
        [&](double r) { return std::pow(1 + r * r / (2 * gamma * sigma * sigma), -gamma); });
}

struct PsfRow {
    std::string_view hdu_class;
    std::optional<double> (*fwhm)(fits::Table&);
};

constexpr std::array kPsfs{
    PsfRow{"psf_3gauss", gauss_fwhm},
    PsfRow{"psf_king", king_fwhm},
    PsfRow{"psf_table", table_fwhm},
};

}  // namespace

EffectiveArea read_effective_area(fits::Table& table) {
    check_rows(table);
    const auto energy = read_axis(table, "ENERG", fits::Quantity::Energy);
    const auto offset = read_axis(table, "THETA", fits::Quantity::Angle);
    return {.energy_min_tev = energy.lo.front(),
            .energy_max_tev = energy.hi.back(),
            .offset_max_deg = offset.hi.back()};
}

std::optional<double> psf_fwhm_deg(fits::Table& table, std::string_view hdu_class) {
    for (const auto& row : kPsfs) {
        if (!equal_fold(row.hdu_class, hdu_class)) continue;
        check_rows(table);
        return row.fwhm(table);
    }
    return std::nullopt;
}

std::optional<double> energy_fwhm(fits::Table& table, std::string_view hdu_class) {
    if (!equal_fold(hdu_class, "edisp_2d")) return std::nullopt;
    check_rows(table);
    const auto energy = read_axis(table, "ENERG", fits::Quantity::Energy);
    const auto migra = read_axis(table, "MIGRA", std::nullopt);
    const auto offset = read_axis(table, "THETA", fits::Quantity::Angle);
    const auto cube = read_cube(table, "MATRIX", {energy.size(), migra.size(), offset.size()});
    const auto at = find_reference(energy, offset);
    if (!at) return std::nullopt;
    const auto value = [&](std::size_t e, std::size_t m, std::size_t o) {
        return cube[(o * migra.size() + m) * energy.size() + e];
    };
    std::vector<double> profile;
    for (std::size_t m = 0; m < migra.size(); ++m) {
        const auto along_energy = [&](std::size_t o) {
            return mix(value(at->energy.first, m, o), value(at->energy.second, m, o),
                       at->energy.weight);
        };
        profile.push_back(mix(along_energy(at->offset.first), along_energy(at->offset.second),
                              at->offset.weight));
    }
    return obscore::peak_fwhm(migra.centre, profile);
}

}  // namespace vo::vogate::ingest
