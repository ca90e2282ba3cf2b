// SPDX-License-Identifier: Apache-2.0
// The generator and its distributions.
#include "random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace vo::vogate::simulate {

namespace {

// SplitMix64, by which the authors of xoshiro fill its state.
std::uint64_t mixed(std::uint64_t& x) {
    x += 0x9e3779b97f4a7c15U;
    std::uint64_t z = x;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

}  // namespace

Random::Random(std::initializer_list<std::uint64_t> stream) {
    std::uint64_t x = 0;
    for (const auto number : stream) {
        x ^= number;
        x = mixed(x);
    }
    for (auto& word : state_)
        word = mixed(x);
}

std::uint64_t Random::next() {
    const std::uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return out;
}

double Random::uniform() {
    return (static_cast<double>(next() >> 11U) + 0.5) * 0x1p-53;
}

double Random::normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::int64_t Random::poisson(double mean) {
    // Arrivals of a Poisson process of rate 1 in a time `mean`.
    std::int64_t count = 0;
    for (double time = -std::log(uniform()); time < mean; time -= std::log(uniform()))
        ++count;
    return count;
}

}  // namespace vo::vogate::simulate
