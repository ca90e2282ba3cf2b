// SPDX-License-Identifier: Apache-2.0
// The file is written as long as it is within its limit, for people may look at it meanwhile; its
// end is kept in memory, too, and replaces the second half at last.
#include "log_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace vo::worker {

namespace {

// A cut is moved to the end of a line, if that is near.
constexpr std::int64_t kNear = 1024;

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

LogFile::LogFile(const std::string& path, std::int64_t most_bytes)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)),
      most_(most_bytes),
      head_(most_bytes / 2) {
    if (!file_.is_open())
        throw Error(errno == ENOSPC || errno == EDQUOT ? Code::StoreFull : Code::Internal,
                    std::string("the files for the program's output cannot be made: ") +
                        std::strerror(errno));
}

bool LogFile::put(std::string_view bytes) {
    while (!bytes.empty() && !is_full_) {
        const auto put = ::pwrite(file_.get(), bytes.data(), bytes.size(), written_);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            is_full_ = true;
            break;
        }
        written_ += put;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return bytes.empty();
}

void LogFile::write(std::string_view bytes) {
    const auto before = total_;
    total_ += static_cast<std::int64_t>(bytes.size());
    if (written_ == before)
        put(bytes.substr(0, static_cast<std::size_t>(std::max<std::int64_t>(0, most_ - before))));
    const auto to_head =
        std::clamp<std::int64_t>(head_ - before, 0, static_cast<std::int64_t>(bytes.size()));
    bytes.remove_prefix(static_cast<std::size_t>(to_head));
    const auto room = static_cast<std::size_t>(most_ - head_);
    if (bytes.size() > room) bytes.remove_prefix(bytes.size() - room);
    tail_ += bytes;
    // Seldom, so that each byte is moved once.
    if (tail_.size() > 2 * room) tail_.erase(0, tail_.size() - room);
}

// At most `head`, at the end of a line or else of a character.
std::int64_t LogFile::find_cut(std::int64_t head) const {
    std::array<char, kNear + 1> end;
    const auto begin = std::max<std::int64_t>(0, head - kNear);
    const auto got =
        ::pread(file_.get(), end.data(), static_cast<std::size_t>(head - begin) + 1, begin);
    if (got <= 0) return head;
    const std::string_view text(
        end.data(), static_cast<std::size_t>(std::min<std::int64_t>(got, head - begin)));
    if (const auto line = text.rfind('\n'); line != std::string_view::npos)
        return begin + static_cast<std::int64_t>(line) + 1;
    // The byte behind the cut tells whether it is within a character.
    auto at = static_cast<std::size_t>(got) - 1;
    if (got <= head - begin) return head;
    for (int i = 0; i < 3 && at > 0 && continues_character(end[at]); ++i)
        --at;
    return begin + static_cast<std::int64_t>(at);
}

void LogFile::finish() {
    if (written_ == total_) return;
    const auto room = static_cast<std::size_t>(most_ - head_);
    std::string_view tail = tail_;
    if (tail.size() > room) tail.remove_prefix(tail.size() - room);
    if (const auto line = tail.substr(0, kNear).find('\n'); line != std::string_view::npos)
        tail.remove_prefix(line + 1);
    for (int i = 0; i < 3 && !tail.empty() && continues_character(tail.front()); ++i)
        tail.remove_prefix(1);
    const auto head = find_cut(std::min(head_, written_));
    const auto missing = total_ - head - static_cast<std::int64_t>(tail.size());
    // What goes makes room for what comes, also on a full disk.
    if (::ftruncate(file_.get(), head) != 0) return;
    written_ = head;
    is_full_ = false;
    std::string note = "[" + std::to_string(missing) + " bytes are missing here]\n";
    char last = '\n';
    if (head > 0 && ::pread(file_.get(), &last, 1, head - 1) == 1 && last != '\n')
        note.insert(0, 1, '\n');
    put(note);
    put(tail);
}

}  // namespace vo::worker
