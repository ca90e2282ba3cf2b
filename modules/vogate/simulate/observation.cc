// SPDX-License-Identifier: Apache-2.0
// Drawing the events of a run: each component from its spectrum, morphology, light curve and the
// responses, the background from its model.
#include "observation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "random.h"
#include "sampler.h"

namespace vo::vogate::simulate {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kCm2PerM2 = 1e4;

SkyPoint draw_direction(const Component& component, Random& random) {
    switch (component.morphology) {
        case Morphology::Point: break;
        case Morphology::Shell: {
            const double inner = std::pow(component.size_1_deg, 3);
            const double outer = std::pow(component.size_2_deg, 3);
            const double radius = std::cbrt(inner + random.uniform() * (outer - inner));
            const double along = 2 * random.uniform() - 1;
            return offset_by(component.position, 360 * random.uniform(),
                             radius * std::sqrt(1 - along * along));
        }
        case Morphology::Box: {
            const auto centre = to_galactic(component.position);
            const double l = centre.lon_deg + component.size_1_deg * (2 * random.uniform() - 1);
            const double b = centre.lat_deg + component.size_2_deg * (2 * random.uniform() - 1);
            return obscore::Frame::galactic().to_icrs({l, b});
        }
    }
    return component.position;
}

SkyPoint smear(SkyPoint from, const Psf& psf, Random& random) {
    const double sigma = random.uniform() < psf.weight_2 ? psf.sigma_2_deg : psf.sigma_1_deg;
    const double radius = sigma * std::sqrt(-2 * std::log(random.uniform()));
    return offset_by(from, 360 * random.uniform(), radius);
}

double draw_energy(double true_tev, const Response& response, Random& random) {
    const double mean = response.migra_mean(true_tev);
    const double sigma = response.migra_sigma(true_tev);
    double migra = 0;
    // The table ends at these values; beyond them lies less than one event in a million.
    do {
        migra = std::exp(mean + sigma * random.normal());
    } while (migra < kMigraMin || migra > kMigraMax);
    return true_tev * migra;
}

bool is_good(const Observation& observation, double time_s) {
    return std::any_of(observation.gtis.begin(), observation.gtis.end(), [&](const auto& gti) {
        return time_s >= gti.start_s && time_s <= gti.stop_s;
    });
}

// A time after the start of the run, to a microsecond.
double draw_time(Random& random) {
    return std::floor(random.uniform() * kRunSeconds * 1e6) / 1e6;
}

// The flux relative to the component's spectrum.
class LightCurve {
  public:
    LightCurve(const Component& component, const Instant& start)
        : flares_(component.flares), start_(start) {
        if (!flares_) return;
        average_ = component.spectrum.integral_above(kFlareEnergyTev);
        largest_ = 0;
        for (double time = 0; time <= kRunSeconds; time += 1)
            largest_ = std::max(largest_, at(time));
        largest_ *= 1.05;  // a burst may peak between the seconds
    }

    [[nodiscard]] double at(double time) const {
        return flares_ ? flare_flux(start_.after(time).mjd_utc()) / average_ : 1;
    }

    [[nodiscard]] double largest() const { return largest_; }

  private:
    bool flares_;
    Instant start_;
    double average_ = 1;
    double largest_ = 1;
};

// As many candidates as a source on the axis at its brightest would give; then each is kept with
// the probability that its time and place leave it.
void add_component(Observation& run, int number, Random random) {
    const auto& component = components()[static_cast<std::size_t>(number - 1)];
    const auto& response = run.response;
    const LightCurve light_curve(component, run.start);
    const Sampler energies(
        [&](double energy) {
            return component.spectrum(energy) * kCm2PerM2 * response.area_m2(energy, 0);
        },
        kEnergyMinTev, kEnergyMaxTev);
    const auto candidates =
        random.poisson(energies.total() * light_curve.largest() * kRunSeconds * kDeadTimeFactor);
    for (std::int64_t i = 0; i < candidates; ++i) {
        const double energy = energies.draw(random.uniform());
        const double time = draw_time(random);
        const auto direction = draw_direction(component, random);
        const double offset = separation_deg(direction, run.pointing);
        const double kept = response.area_m2(energy, offset) / response.area_m2(energy, 0) *
                            light_curve.at(time) / light_curve.largest();
        if (random.uniform() > kept || !is_good(run, run.tstart_s + time)) continue;
        run.events.push_back({run.tstart_s + time,
                              smear(direction, response.psf(energy, offset), random),
                              draw_energy(energy, response, random), energy, number});
    }
}

void add_background(Observation& run, Random random) {
    const auto& response = run.response;
    const Sampler energies([&](double energy) { return response.background(energy, 0); },
                           kEnergyMinTev, kEnergyMaxTev);
    const double cap = 1 - std::cos(kBackgroundMaxDeg * kDegree);
    // GADF has the background as it is recorded, dead time included: per second of ONTIME.
    const auto candidates = random.poisson(energies.total() / Response::acceptance(0) * 2 *
                                           std::numbers::pi * cap * kRunSeconds);
    for (std::int64_t i = 0; i < candidates; ++i) {
        const double energy = energies.draw(random.uniform());
        const double time = draw_time(random);
        const double offset = std::acos(1 - cap * random.uniform()) / kDegree;
        if (random.uniform() > Response::acceptance(offset) || !is_good(run, run.tstart_s + time))
            continue;
        run.events.push_back({run.tstart_s + time,
                              offset_by(run.pointing, 360 * random.uniform(), offset), energy,
                              std::numeric_limits<double>::quiet_NaN(), 0});
    }
}

void sort_by_time(std::vector<Event>& events) {
    std::stable_sort(events.begin(), events.end(),
                     [](const auto& a, const auto& b) { return a.time_s < b.time_s; });
    // No two events in the same microsecond: readers want times that ascend.
    for (std::size_t i = 1; i < events.size(); ++i)
        if (events[i].time_s <= events[i - 1].time_s)
            events[i].time_s = events[i - 1].time_s + 1e-6;
}

}  // namespace

Observation observe(const Run& run, std::uint64_t seed) {
    const auto& field = field_of(run);
    const auto pointing = offset_by(field.position, run.wobble_angle_deg, run.wobble_deg);
    const auto start = Instant::from_utc(run.start_utc);
    const auto horizontal = to_horizontal(pointing, start.after(kRunSeconds / 2), kSite);
    // To a millisecond, so that the header's decimals say it exactly.
    const double tstart = std::round(start.seconds_since(kMjdrefi, kMjdreff) * 1e3) / 1e3;
    Observation out{.run = &run,
                    .field = &field,
                    .pointing = pointing,
                    .start = start,
                    .stop = start.after(kRunSeconds),
                    .tstart_s = tstart,
                    .tstop_s = tstart + kRunSeconds,
                    .gtis = {},
                    .ontime_s = 0,
                    .horizontal = horizontal,
                    .response = Response(90 - horizontal.altitude_deg),
                    .events = {}};
    if (run.gap_stop_s > run.gap_start_s)
        out.gtis = {{tstart, tstart + run.gap_start_s}, {tstart + run.gap_stop_s, out.tstop_s}};
    else
        out.gtis = {{tstart, out.tstop_s}};
    for (const auto& gti : out.gtis)
        out.ontime_s += gti.stop_s - gti.start_s;

    const auto id = static_cast<std::uint64_t>(run.obs_id);
    add_background(out, Random({seed, id, 0}));
    for (std::size_t i = 0; i < components().size(); ++i)
        if (components()[i].field == run.field)
            add_component(out, static_cast<int>(i) + 1, Random({seed, id, i + 1}));
    sort_by_time(out.events);
    return out;
}

}  // namespace vo::vogate::simulate
