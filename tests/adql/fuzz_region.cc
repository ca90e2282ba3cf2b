// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the text of a REGION, as a character string in a query.
#include <cstddef>
#include <cstdint>
#include <string>

#include "judge.h"
#include "region_query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool known =
        (vo::test::require_accepted(vo::test::region_query("Circle ICRS 83.6 22 1")), true);
    static_cast<void>(known);
    vo::test::judge_query(vo::test::region_query({reinterpret_cast<const char*>(data), size}));
    return 0;
}
