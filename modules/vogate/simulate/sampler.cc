// SPDX-License-Identifier: Apache-2.0
// Inversion of the cumulative distribution.
#include "sampler.h"

#include <algorithm>
#include <cmath>

namespace vo::vogate::simulate {

namespace {

constexpr int kIntervals = 1400;  // 400 in a decade
// Below this the exponential of the power law is as good as a line.
constexpr double kFlat = 1e-9;

}  // namespace

Sampler::Sampler(const std::function<double(double)>& density, double from, double to) {
    const double step = std::log(to / from) / kIntervals;
    std::vector<double> weight;
    for (int i = 0; i <= kIntervals; ++i) {
        const double x = from * std::exp(step * i);
        x_.push_back(x);
        weight.push_back(x * std::max(density(x), 1e-300));
    }
    sum_.push_back(0);
    for (std::size_t i = 0; i < kIntervals; ++i) {
        const double change = std::log(weight[i + 1] / weight[i]);
        slope_.push_back(change);
        const double mean =
            std::abs(change) < kFlat ? weight[i] : (weight[i + 1] - weight[i]) / change;
        sum_.push_back(sum_.back() + step * mean);
    }
}

double Sampler::draw(double u) const {
    const double goal = u * sum_.back();
    const auto above = std::upper_bound(sum_.begin(), sum_.end() - 1, goal);
    const auto i = static_cast<std::size_t>(std::max<std::ptrdiff_t>(above - sum_.begin(), 1)) - 1;
    const double part = (goal - sum_[i]) / (sum_[i + 1] - sum_[i]);
    const double change = slope_[i];
    const double where =
        std::abs(change) < kFlat ? part : std::log1p(part * std::expm1(change)) / change;
    return x_[i] * std::pow(x_[i + 1] / x_[i], where);
}

}  // namespace vo::vogate::simulate
