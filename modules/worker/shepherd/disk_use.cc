// SPDX-License-Identifier: Apache-2.0
// A walk from open folder to open folder, so that no symbolic link and no renaming leads out of it.
#include "disk_use.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vo::worker {

namespace {

constexpr int kEntriesPerStep = 2000;
constexpr std::size_t kMostLevels = 100;
constexpr int kMostOpenFiles = 20'000;
// Of an inode and a name: without it, empty files were free.
constexpr std::int64_t kPerEntry = 512;
constexpr std::int64_t kBlock = 512;

bool is_dots(const char* name) {
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

}  // namespace

struct DiskUse::Level {
    explicit Level(DIR* opened) : dir(opened) {}

    ~Level() { ::closedir(dir); }

    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

    DIR* dir;
};

DiskUse::DiskUse(Descriptor folder) : folder_(std::move(folder)) {}

DiskUse::~DiskUse() = default;

void DiskUse::restart() {
    levels_.clear();
}

bool DiskUse::enter(int folder) {
    if (folder < 0) return false;
    auto* dir = ::fdopendir(folder);
    if (dir == nullptr) {
        ::close(folder);
        return false;
    }
    levels_.push_back(std::make_unique<Level>(dir));
    return true;
}

std::optional<std::int64_t> DiskUse::step() {
    constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    if (levels_.empty()) {
        bytes_ = 0;
        if (!enter(::openat(folder_.get(), ".", kFolder))) return 0;
    }
    for (int i = 0; i < kEntriesPerStep && !levels_.empty(); ++i) {
        auto* dir = levels_.back()->dir;
        const auto* entry = ::readdir(dir);
        if (entry == nullptr) {
            levels_.pop_back();
            continue;
        }

        struct stat status {};

        if (is_dots(entry->d_name)) continue;
        if (::fstatat(::dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        // Each name of a file brings its share, so that all together count it once.
        const auto names =
            S_ISDIR(status.st_mode)
                ? 1
                : std::max<std::int64_t>(1, static_cast<std::int64_t>(status.st_nlink));
        bytes_ += status.st_blocks * kBlock / names + kPerEntry;
        if (!S_ISDIR(status.st_mode)) continue;
        if (levels_.size() >= kMostLevels)
            is_too_deep_ = true;
        else
            enter(::openat(::dirfd(dir), entry->d_name, kFolder));
    }
    if (!levels_.empty()) return {};
    return bytes_;
}

std::int64_t DiskUse::nameless(const std::vector<Member>& members) {
    std::int64_t bytes = 0;
    std::set<std::array<std::uint64_t, 3>> seen;
    int left = kMostOpenFiles;
    for (const auto& member : members) {
        const auto path = "/proc/" + std::to_string(member.pid) + "/fd";
        const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), ::closedir);
        while (const auto* entry = dir != nullptr && left > 0 ? ::readdir(dir.get()) : nullptr) {
            struct statx status {};

            --left;
            if (is_dots(entry->d_name)) continue;
            // It may lie in a file system whose answers the program itself gives, or does not.
            constexpr int kAtOnce = AT_STATX_DONT_SYNC;
            if (::statx(::dirfd(dir.get()), entry->d_name, kAtOnce, STATX_BASIC_STATS, &status) !=
                0)
                continue;
            if (!S_ISREG(status.stx_mode) || status.stx_nlink > 0) continue;
            if (seen.insert({status.stx_dev_major, status.stx_dev_minor, status.stx_ino}).second)
                bytes += static_cast<std::int64_t>(status.stx_blocks) * kBlock;
        }
    }
    return bytes;
}

}  // namespace vo::worker
