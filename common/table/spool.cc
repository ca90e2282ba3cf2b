// SPDX-License-Identifier: Apache-2.0
// The spool: a scratch file that is written once, then read from its beginning.
#include "table/spool.h"

#include "base/error.h"

namespace vo::table {

namespace {

constexpr std::size_t kPiece = 1 << 16;

}  // namespace

Spool::Spool(const Scratch& scratch)
    : max_bytes_(scratch.max_bytes),
      file_(scratch.folder, "preparing a FITS file; the other formats need none") {}

void Spool::write(std::string_view bytes) {
    file_.append(bytes);
    if (file_.size() > max_bytes_)
        throw Error(Code::BadRequest,
                    "the answer is larger than the " + std::to_string(max_bytes_ / 1'000'000) +
                        " MB that this service prepares as FITS; ask for fewer rows or columns, or "
                        "for a VOTable, which may have any size");
}

std::string_view Spool::read() {
    buffer_.resize(kPiece);
    const auto piece = file_.read(offset_, buffer_);
    offset_ += static_cast<std::int64_t>(piece.size());
    return piece;
}

}  // namespace vo::table
