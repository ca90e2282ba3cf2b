// SPDX-License-Identifier: Apache-2.0
// The unnamed file behind a buffer.
#include "base/scratch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace vo {

namespace {

constexpr std::size_t kMemory = 1 << 17;
constexpr std::size_t kPiece = 1 << 16;

}  // namespace

ScratchFile::ScratchFile(std::string folder, std::string purpose)
    : folder_(std::move(folder)), purpose_(std::move(purpose)) {}

ScratchFile ScratchFile::adopt(int descriptor, std::string purpose) {
    ScratchFile file({}, std::move(purpose));
    file.file_ = descriptor;
    file.size_ = ::lseek(descriptor, 0, SEEK_END);
    if (file.size_ < 0) file.fail("lseek");
    return file;
}

ScratchFile::~ScratchFile() {
    if (file_ >= 0) ::close(file_);
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      purpose_(std::move(other.purpose_)),
      pending_(std::exchange(other.pending_, {})),
      size_(std::exchange(other.size_, 0)),
      file_(std::exchange(other.file_, -1)) {}

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
    std::swap(folder_, other.folder_);
    std::swap(purpose_, other.purpose_);
    std::swap(pending_, other.pending_);
    std::swap(size_, other.size_);
    std::swap(file_, other.file_);
    return *this;
}

void ScratchFile::append(std::string_view bytes) {
    size_ += static_cast<std::int64_t>(bytes.size());
    pending_ += bytes;
    if (pending_.size() >= (file_ < 0 ? kMemory : kPiece)) write_out();
}

std::string_view ScratchFile::read(std::int64_t offset, std::span<char> buffer) {
    if (file_ < 0) {
        const auto rest = std::string_view(pending_).substr(
            std::min(static_cast<std::size_t>(offset), pending_.size()));
        return {buffer.data(), rest.copy(buffer.data(), buffer.size())};
    }
    write_out();
    while (true) {
        const auto size = ::pread(file_, buffer.data(), buffer.size(), offset);
        if (size >= 0) return {buffer.data(), static_cast<std::size_t>(size)};
        if (errno != EINTR) fail("pread");
    }
}

std::string ScratchFile::text() {
    std::string all(static_cast<std::size_t>(size_), '\0');
    std::size_t done = 0;
    while (done < all.size()) {
        const auto piece =
            read(static_cast<std::int64_t>(done), {all.data() + done, all.size() - done});
        if (piece.empty()) break;
        done += piece.size();
    }
    return all;
}

int ScratchFile::descriptor() {
    write_out();
    return file_;
}

void ScratchFile::open_file() {
    file_ = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file_ >= 0) return;
    // Not every file system knows O_TMPFILE.
    std::string path = folder_ + "/vogate-XXXXXX";
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) fail(folder_);
    ::unlink(path.c_str());
}

void ScratchFile::write_out() {
    if (file_ < 0) open_file();
    std::string_view rest = pending_;
    while (!rest.empty()) {
        const auto written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    pending_.clear();
}

void ScratchFile::fail(const std::string& what) const {
    const std::string reason = std::strerror(errno);
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        throw Error(Code::StoreFull, "the server has no disk space left for " + purpose_)
            .with_detail(what + ": " + reason);
    throw Error(Code::Internal, "the scratch file failed").with_detail(what + ": " + reason);
}

}  // namespace vo
