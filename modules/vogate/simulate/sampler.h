// SPDX-License-Identifier: Apache-2.0
// Energies drawn from any positive function of the energy.
#pragma once

#include <functional>
#include <vector>

namespace vo::vogate::simulate {

class Sampler {
  public:
    // The function is taken as a power law between the points of a fine logarithmic grid.
    Sampler(const std::function<double(double)>& density, double from, double to);

    // The integral of the function.
    [[nodiscard]] double total() const { return sum_.back(); }

    // The value below which the part `u` of the integral lies, u in (0, 1).
    [[nodiscard]] double draw(double u) const;

  private:
    std::vector<double> x_;
    std::vector<double> slope_;  // of x * density in ln x, of the interval after each point
    std::vector<double> sum_;
};

}  // namespace vo::vogate::simulate
