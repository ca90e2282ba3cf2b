// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the text of a query. `make fuzz` drives it with libFuzzer, tests/fuzz_main.cc where
// there is none.
#include <cstddef>
#include <cstdint>

#include "judge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    vo::test::judge_query({reinterpret_cast<const char*>(data), size});
    return 0;
}
