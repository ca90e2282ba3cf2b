// SPDX-License-Identifier: Apache-2.0
// write, fsync, rename, fsync of the folder.
#include "output.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "fits/table_header.h"

namespace vo::kinds {

namespace {

constexpr std::size_t kBuffer = 1U << 20U;

// Anew at the end, for the comments of old ones tell when they were made.
void set_sums(fits::Cards& cards, std::uint32_t data) {
    cards.remove("DATASUM");
    cards.remove("CHECKSUM");
    cards.set("DATASUM", std::to_string(data), "data unit checksum");
    cards.set("CHECKSUM", "0000000000000000", "HDU checksum");
}

}  // namespace

std::string OutputFile::folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

OutputFile::OutputFile(const std::string& path) : path_(path) {
    buffer_.reserve(kBuffer);
    // Beside it, for only within one file system can it get its name in one step.
    const auto stem = folder_of(path) + "/.event-select." + std::to_string(::getpid()) + '.';
    constexpr int kTries = 100;
    for (int i = 0; i < kTries && descriptor_ < 0; ++i) {
        part_ = stem + std::to_string(i) + ".part";
        descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor_ < 0 && errno != EEXIST) break;
    }
    if (descriptor_ < 0) fail("cannot be made");
}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!part_.empty()) ::unlink(part_.c_str());
}

void OutputFile::fail(const char* what) const {
    const int error = errno;
    const auto code =
        error == ENOSPC || error == EDQUOT || error == EFBIG ? Code::StoreFull : Code::Internal;
    throw Error(code, path_ + ' ' + what + ": " + std::strerror(error));
}

void OutputFile::put(std::int64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written =
            ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("cannot be written");
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += written;
    }
}

void OutputFile::flush_buffer() {
    put(size_ - static_cast<std::int64_t>(buffer_.size()), buffer_);
    buffer_.clear();
}

void OutputFile::write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > kBuffer) flush_buffer();
    if (bytes.size() >= kBuffer)
        put(size_, bytes);
    else
        buffer_ += bytes;
    size_ += static_cast<std::int64_t>(bytes.size());
}

void OutputFile::replace(std::int64_t offset, std::string_view bytes) {
    flush_buffer();
    put(offset, bytes);
}

void OutputFile::keep() {
    flush_buffer();
    if (::fsync(descriptor_) != 0) fail("cannot be written");
    if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot be written");
    if (::rename(part_.c_str(), path_.c_str()) != 0) fail("cannot be made");
    part_.clear();
    const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) fail("cannot be written");
    const bool synced = ::fsync(folder) == 0;
    const int error = errno;
    ::close(folder);
    errno = error;
    if (!synced) fail("cannot be written");
}

HduWriter::HduWriter(OutputFile& out, fits::Cards draft) : out_(out), start_(out.size()) {
    set_sums(draft, 0);
    const auto header = draft.blocks();
    header_size_ = header.size();
    out_.write(header);
}

void HduWriter::write(std::string_view bytes) {
    sum_.add(bytes);
    out_.write(bytes);
}

void HduWriter::finish(fits::Cards cards) {
    const auto over = static_cast<std::size_t>(out_.size() - start_) % fits::kBlock;
    if (over > 0) out_.write(std::string(fits::kBlock - over, '\0'));
    set_sums(cards, sum_.value());
    // The order of a sum is free.
    fits::Checksum whole(sum_.value());
    whole.add(cards.blocks());
    cards.set("CHECKSUM", fits::checksum_text(whole.value()), {});
    const auto header = cards.blocks();
    if (header.size() != header_size_)
        throw Error(Code::Internal, "a header has not the size that was left for it");
    out_.replace(start_, header);
}

}  // namespace vo::kinds
