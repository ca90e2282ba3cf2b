// SPDX-License-Identifier: Apache-2.0
// Fuzz entry point of the reader of FITS.
#include "table/fuzz_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return vo::test::fuzz_table(vo::table::open_fits_reader, data, size);
}
