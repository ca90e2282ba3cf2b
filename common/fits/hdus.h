// SPDX-License-Identifier: Apache-2.0
// The headers of a FITS file from anywhere, without CFITSIO: that of Debian 12 overruns its buffers
// on headers made for it (ffgtbp, found by fuzzing), and an upload must not end the service.
// Source: FITS 4.0 §3, §4; long texts by CONTINUE, §4.2.1.2.
//
// Whatever is wrong is BadRequest. Nothing is read but headers, of which there are bounded many.
// Files are read by position from their first byte on, and stay the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fits/header.h"

namespace vo::fits {

struct RawHdu {
    Header header;
    std::string extension;  // "BINTABLE", "IMAGE"; empty for the primary HDU
    std::int64_t header_start = 0;
    std::int64_t data_start = 0;
    std::int64_t data_end = 0;  // without what fills the last block

    [[nodiscard]] bool is_table() const { return extension == "BINTABLE" || extension == "TABLE"; }
};

// Hands out each HDU, until `take` says false; of a table NAXIS1, NAXIS2 and TFIELDS are good
// numbers, and the data are there. Returns where the last of them ends, with what fills its last
// block: beyond it may lie what is no HDU, and the end of the file before it.
std::int64_t for_each_hdu(int file, const std::function<bool(RawHdu&)>& take);

// The primary HDU and the last one, which is the first table, if there is any.
[[nodiscard]] std::vector<RawHdu> read_hdus_to_table(int file);

// The HDU whose header begins there.
[[nodiscard]] RawHdu read_hdu(int file, std::int64_t header_start);

// All of `to`, or an error.
void read_bytes(int file, std::int64_t offset, std::span<char> to);

}  // namespace vo::fits
