// SPDX-License-Identifier: Apache-2.0
// The headers of a FITS file from anywhere, up to its first table, without CFITSIO: that of Debian
// 12 overruns its buffers on headers made for it (ffgtbp, found by fuzzing), and an upload must not
// end the service. Source: FITS 4.0 §3, §4; long texts by CONTINUE, §4.2.1.2.
//
// Whatever is wrong is BadRequest. Nothing is read but headers, of which there are bounded many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fits/header.h"

namespace vo::fits {

struct RawHdu {
    Header header;
    std::string extension;  // "BINTABLE", "IMAGE"; empty for the primary HDU
    std::int64_t data_start = 0;
    std::int64_t data_end = 0;  // without what fills the last block

    [[nodiscard]] bool is_table() const { return extension == "BINTABLE" || extension == "TABLE"; }
};

// The primary HDU and the last one, which is the first table, if there is any. By position from the
// file's first byte on; it stays the caller's. Of a table NAXIS1, NAXIS2, PCOUNT and TFIELDS are
// numbers.
[[nodiscard]] std::vector<RawHdu> read_hdus_to_table(int file);

}  // namespace vo::fits
