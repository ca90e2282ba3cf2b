// SPDX-License-Identifier: Apache-2.0
// A gzipped file into memory or elsewhere, within a bound. CFITSIO can do it too, but trusts the
// size that the file claims and grows without end; here a bomb, a cut-off file and a wrong checksum
// each get their own words.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/sink.h"

namespace vo::fits {

// Memory of malloc, as CFITSIO's memory files want it.
struct Memory {
    std::unique_ptr<void, void (*)(void*)> bytes{nullptr, std::free};
    std::size_t size = 0;
};

// Error(BadRequest) with the file's name and what is wrong.
[[nodiscard]] Memory inflate_file(const std::string& path, std::size_t most_bytes);
void inflate_file(const std::string& path, std::size_t most_bytes, Sink& out);

}  // namespace vo::fits
