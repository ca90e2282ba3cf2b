// SPDX-License-Identifier: Apache-2.0
// What is simulated: the sky (components with published spectra), the fields and the runs.
#pragma once

#include <cmath>
#include <span>
#include <string>
#include <string_view>

#include "sky.h"

namespace vo::vogate::simulate {

// An array like those of southern Africa: the Khomas Highland of Namibia.
constexpr Site kSite{.longitude_deg = 16.5, .latitude_deg = -23.27, .height_m = 1800};

constexpr double kRunSeconds = 1680;

enum class Morphology {
    Point,
    Shell,  // a hollow sphere of constant emissivity, seen from outside: inner and outer radius
    Box,    // of constant brightness: half width in Galactic longitude, half height in latitude
};

enum class Shape {
    PowerLaw,     // norm (E / 1 TeV)^-index
    Cutoff,       // the same times exp(-E / e_turn_tev)
    BrokenPower,  // index_2 above e_turn_tev
};

struct Spectrum {
    Shape shape;
    double norm;  // at 1 TeV on the first branch, 1 / (cm2 s TeV)
    double index;
    double e_turn_tev;
    double index_2;

    // 1 / (cm2 s TeV)
    [[nodiscard]] double operator()(double energy_tev) const;
    // Of the photons above an energy, of power laws, broken or not; 1 / (cm2 s)
    [[nodiscard]] double integral_above(double energy_tev) const;
};

struct Component {
    std::string_view name;
    std::string_view field;
    SkyPoint position;  // of its centre, ICRS
    Morphology morphology;
    double size_1_deg;
    double size_2_deg;
    Spectrum spectrum;
    bool flares;  // the flux follows flare_flux()
    std::string_view citation;
    std::string_view remark;
};

struct Field {
    std::string_view key;
    std::string_view object;  // OBJECT of its runs
    SkyPoint position;
};

struct Run {
    int obs_id;
    std::string_view field;
    std::string_view start_utc;
    double wobble_angle_deg;  // position angle of the pointing, seen from the target
    double wobble_deg;
    double gap_start_s;  // a pause in data taking, as when a cloud passes; none when both are 0
    double gap_stop_s;
};

// One burst of the flare, in minutes of 2006-07-28 UTC: amplitude * exp(-(|t - peak| /
// sigma)^kappa) with sigma = half_time / (ln 2)^(1 / kappa).
struct Burst {
    double peak_min;
    double amplitude;  // 1 / (cm2 s) above kFlareEnergyTev
    double rise_s;     // from half of the amplitude to the peak
    double decay_s;
    double kappa;
};

constexpr double kFlareDay = 53944;  // MJD in UTC
constexpr double kFlareEnergyTev = 0.2;
constexpr double kFlareConstant = 0.27e-9;

[[nodiscard]] std::span<const Component> components();
[[nodiscard]] std::span<const Field> fields();
[[nodiscard]] std::span<const Run> runs();
[[nodiscard]] std::span<const Burst> bursts();

[[nodiscard]] const Field& field_of(const Run& run);

// The flux above kFlareEnergyTev at an instant, 1 / (cm2 s).
[[nodiscard]] double flare_flux(double mjd_utc);

[[nodiscard]] std::string_view name_of(Morphology morphology);
[[nodiscard]] std::string_view name_of(Shape shape);

}  // namespace vo::vogate::simulate
