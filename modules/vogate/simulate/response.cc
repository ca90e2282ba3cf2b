// SPDX-License-Identifier: Apache-2.0
// The functions behind the response tables.
#include "response.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sampler.h"

namespace vo::vogate::simulate {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
// Background events per second and square degree in the centre of the field, source at the zenith.
constexpr double kBackgroundRate = 0.45;

}  // namespace

Response::Response(double zenith_deg)
    : zenith_factor_(1 / std::cos(zenith_deg * kDegree)),
      // 0.18 TeV at the zenith, 0.5 TeV where the Crab culminates for a southern site.
      onset_tev_(0.18 * std::pow(zenith_factor_, 3)) {
    const Sampler shape([this](double energy) { return spectrum(energy); }, kEnergyMinTev,
                        kEnergyMaxTev);
    background_norm_ = kBackgroundRate / zenith_factor_ / (kDegree * kDegree) / shape.total();
}

double Response::threshold_tev() const {
    return 1.1 * onset_tev_;
}

double Response::area_m2(double energy_tev, double offset_deg) const {
    if (offset_deg > kOffsetMaxDeg) return 0;
    const double x = energy_tev / onset_tev_;
    // A steep onset, then a slow rise while farther showers are seen, up to the size of the light
    // pool, which widens with the zenith angle.
    const double onset = 1 / (1 + std::pow(x, -4.5));
    const double rise = 1 - std::exp(-std::pow(x / 4.2, 0.8));
    const double largest = 3.1e5 * zenith_factor_ * zenith_factor_;
    const double width_deg = 2.0 * std::pow(std::max(x, 0.3), 0.08);
    return largest * onset * rise * std::exp(-std::pow(offset_deg / width_deg, 2.5));
}

double Response::migra_mean(double energy_tev) const {
    // Showers at the onset are seen when they look brighter than they are.
    const double x = energy_tev / onset_tev_;
    return 0.25 / (1 + std::pow(x / 0.8, 3));
}

double Response::migra_sigma(double energy_tev) const {
    return 0.12 + 0.10 / (1 + energy_tev / onset_tev_);
}

Psf Response::psf(double energy_tev, double offset_deg) const {
    constexpr double kWeight = 0.25;
    constexpr double kRatio = 2.2;
    const double x = energy_tev / onset_tev_;
    const double sigma = (0.040 + 0.035 / std::sqrt(x)) * (1 + 0.05 * offset_deg * offset_deg);
    return {sigma, kWeight / (1 - kWeight) / (kRatio * kRatio), kRatio * sigma, kWeight};
}

double Response::spectrum(double energy_tev) const {
    // What is left of the cosmic rays after the cuts.
    const double x = energy_tev / (0.9 * onset_tev_);
    return 2 * std::pow(x, -2.5) / (1 + std::pow(x, -5));
}

double Response::acceptance(double offset_deg) {
    // A Gaussian that ends, softly, at the edge of the cameras.
    const double gaussian = std::exp(-offset_deg * offset_deg / (2 * 1.35 * 1.35));
    return gaussian / (1 + std::exp((offset_deg - 2.6) / 0.2));
}

double Response::background(double energy_tev, double offset_deg) const {
    return background_norm_ * spectrum(energy_tev) * acceptance(offset_deg);
}

}  // namespace vo::vogate::simulate
