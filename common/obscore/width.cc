// SPDX-License-Identifier: Apache-2.0
// Half maximum, found between samples by linear interpolation.
#include "obscore/width.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vo::obscore {

namespace {

bool all_finite(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

// The straight line through two points, at x.
double line(double x0, double y0, double x1, double y1, double x) {
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

}  // namespace

std::optional<double> radial_fwhm(std::span<const double> radius, std::span<const double> profile) {
    if (radius.size() < 2 || radius.size() != profile.size() || !all_finite(profile))
        return std::nullopt;
    std::vector<double> r(radius.begin(), radius.end());
    std::vector<double> p(profile.begin(), profile.end());
    if (r[0] > 0) {
        p.insert(p.begin(), line(r[0], p[0], r[1], p[1], 0));
        r.insert(r.begin(), 0);
    }
    const auto peak = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    const double half = p[peak] / 2;
    if (!(half > 0)) return std::nullopt;
    for (std::size_t i = peak + 1; i < p.size(); ++i)
        if (p[i] < half) return 2 * line(p[i - 1], r[i - 1], p[i], r[i], half);
    return std::nullopt;
}

std::optional<double> peak_fwhm(std::span<const double> x, std::span<const double> profile) {
    if (x.size() < 3 || x.size() != profile.size() || !all_finite(profile)) return std::nullopt;
    const auto peak = static_cast<std::size_t>(std::max_element(profile.begin(), profile.end()) -
                                               profile.begin());
    const double half = profile[peak] / 2;
    if (!(half > 0)) return std::nullopt;
    std::size_t right = peak + 1;
    while (right < x.size() && profile[right] >= half)
        ++right;
    std::size_t left = peak;
    while (left > 0 && profile[left - 1] >= half)
        --left;
    if (right == x.size() || left == 0) return std::nullopt;
    return line(profile[right - 1], x[right - 1], profile[right], x[right], half) -
           line(profile[left - 1], x[left - 1], profile[left], x[left], half);
}

}  // namespace vo::obscore
