// SPDX-License-Identifier: Apache-2.0
// The response of the simulated array: smooth functions with values like those of an array of four
// 12 m Cherenkov telescopes, but no real array's. Events are drawn from these functions, and the
// response tables of each run hold them at the centres of their bins, so that both agree.
//
// Everything scales with the energy E0 at which the array begins to see showers, which grows with
// the zenith angle as the showers come from farther away. Simplified: no azimuth dependence, no
// change with time, and a background that depends on the offset from the pointing alone.
#pragma once

namespace vo::vogate::simulate {

// True energies of the tables and of the events.
constexpr double kEnergyMinTev = 0.05;
constexpr double kEnergyMaxTev = 158.11388300841895;  // 3.5 decades above
// No response beyond this offset for gamma rays, and for the background.
constexpr double kOffsetMaxDeg = 3.0;
constexpr double kBackgroundMaxDeg = 3.5;
constexpr double kMigraMin = 0.2;
constexpr double kMigraMax = 3.2;
// 0.2 ms of dead time after each trigger, at a trigger rate of 300 Hz.
constexpr double kDeadTimeFactor = 0.94;

// Two Gaussians: amplitudes 1 and `ampl_2`.
struct Psf {
    double sigma_1_deg;
    double ampl_2;
    double sigma_2_deg;
    double weight_2;  // part of the events in the second one
};

class Response {
  public:
    explicit Response(double zenith_deg);

    // LO_THRES: above it the bias of the energy is below 10 %.
    [[nodiscard]] double threshold_tev() const;
    // Full enclosure, after cuts. Falls with the offset at each energy.
    [[nodiscard]] double area_m2(double energy_tev, double offset_deg) const;
    // ln(E reconstructed / E true) is normal.
    [[nodiscard]] double migra_mean(double energy_tev) const;
    [[nodiscard]] double migra_sigma(double energy_tev) const;
    [[nodiscard]] Psf psf(double energy_tev, double offset_deg) const;
    // The background in reconstructed energy and direction: spectrum() is a shape, normalised to 1
    // at E0; background() is in 1 / (s TeV sr).
    [[nodiscard]] double spectrum(double energy_tev) const;
    [[nodiscard]] static double acceptance(double offset_deg);
    [[nodiscard]] double background(double energy_tev, double offset_deg) const;

  private:
    double zenith_factor_;  // 1 / cos(zenith)
    double onset_tev_;
    double background_norm_ = 1;
};

}  // namespace vo::vogate::simulate
