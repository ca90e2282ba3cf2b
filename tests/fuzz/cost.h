// SPDX-License-Identifier: Apache-2.0
// What an input may cost: no query of at most 10 kB takes more than 50 ms to translate.
//
//     const auto result = vo::test::within_limit(size, [&] { return translate(text); });
//
// The limit is for an optimised build on one core; sanitizers and the counters of a coverage-guided
// fuzzer make everything 10 times slower on the median and, where little but memory is moved, up to 75
// times (a thousand stars in one SELECT), so with them it is wider, and what is slow can be told for sure
// only by `make slowest`. It is CPU time of this
// thread, best of three, and so does not depend on what else the machine does. An input above it
// ends the program, which every fuzzer takes for a finding.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif

namespace vo::test {

inline constexpr std::size_t kCostlyBytes = 10'240;
inline constexpr double kLimitMs = 50;
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr double kSlower = 80;
#else
inline constexpr double kSlower = 1;
#endif

// Milliseconds of CPU of this thread.
inline double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <typename Work>
auto within_limit(std::size_t bytes, const Work& work) {
    double best_ms = 0;
    for (int round = 1;; ++round) {
        const double start = cpu_ms();
        auto result = work();
        const double taken_ms = cpu_ms() - start;
        best_ms = round == 1 ? taken_ms : std::min(best_ms, taken_ms);
        if (bytes > kCostlyBytes || best_ms <= kLimitMs * kSlower) return result;
        if (round < 3) continue;
        std::fprintf(stderr, "too slow: %.1f ms of CPU for %zu bytes; the limit is %.0f ms here\n",
                     best_ms, bytes, kLimitMs * kSlower);
        std::abort();
    }
}

}  // namespace vo::test
