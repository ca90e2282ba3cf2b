// SPDX-License-Identifier: Apache-2.0
// The spool: a buffer, and an unnamed file once it is full.
#include "table/spool.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace vo::table {

namespace {

constexpr std::size_t kMemory = 1 << 17;
constexpr std::size_t kPiece = 1 << 16;

[[noreturn]] void fail(const std::string& what) {
    const std::string reason = std::strerror(errno);
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        throw Error(Code::Busy,
                    "the server has no disk space left to prepare a FITS file; the other formats "
                    "need none")
            .with_detail(what + ": " + reason);
    throw Error(Code::Internal, "the scratch file failed").with_detail(what + ": " + reason);
}

}  // namespace

Spool::~Spool() {
    if (file_ >= 0) ::close(file_);
}

void Spool::write(std::string_view bytes) {
    size_ += static_cast<std::int64_t>(bytes.size());
    if (size_ > scratch_.max_bytes)
        throw Error(Code::BadRequest,
                    "the answer is larger than the " +
                        std::to_string(scratch_.max_bytes / 1'000'000) +
                        " MB that this service prepares as FITS; ask for fewer rows or columns, or "
                        "for a VOTable, which may have any size");
    buffer_ += bytes;
    if (buffer_.size() >= (file_ < 0 ? kMemory : kPiece)) flush();
}

void Spool::rewind() {
    read_all_ = false;
    if (file_ < 0) return;
    flush();
    if (::lseek(file_, 0, SEEK_SET) != 0) fail("lseek");
}

std::string_view Spool::read() {
    if (file_ < 0) {
        if (read_all_) return {};
        read_all_ = true;
        return buffer_;
    }
    buffer_.resize(kPiece);
    const auto size = ::read(file_, buffer_.data(), buffer_.size());
    if (size < 0) fail("read");
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(size));
}

void Spool::open_file() {
    file_ = ::open(scratch_.folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file_ >= 0) return;
    // Not every file system knows O_TMPFILE.
    std::string path = scratch_.folder + "/vogate-XXXXXX";
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) fail(scratch_.folder);
    ::unlink(path.c_str());
}

void Spool::flush() {
    if (file_ < 0) open_file();
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const auto written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

}  // namespace vo::table
