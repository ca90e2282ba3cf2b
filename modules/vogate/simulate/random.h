// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same everywhere: xoshiro256** (Blackman and Vigna 2018), and
// distributions of our own, because those of the standard library are left to its makers.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

namespace vo::vogate::simulate {

class Random {
  public:
    // Each list of numbers is a stream of its own: a run, or a source in it, that changes leaves
    // the events of the others as they are.
    explicit Random(std::initializer_list<std::uint64_t> stream);

    // In (0, 1), never an end.
    double uniform();
    double normal();
    // Exact for any mean; takes time in proportion to it.
    std::int64_t poisson(double mean);

  private:
    std::uint64_t next();

    std::array<std::uint64_t, 4> state_{};
};

}  // namespace vo::vogate::simulate
