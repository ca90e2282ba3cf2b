// SPDX-License-Identifier: Apache-2.0
// Folders, and the lock that tells a living worker's from an abandoned one.
#include "work_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

namespace vo::worker {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) {
    const int reason = errno;
    const bool full = reason == ENOSPC || reason == EDQUOT;
    throw Error(full ? Code::StoreFull : Code::Busy,
                full ? "the disk that programs of jobs work on is full" : "this worker has no place for programs")
        .with_detail(what + ": " + std::strerror(reason));
}

void make_folder(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0) fail(path);
}

int open_lock(const std::string& path, int flags) {
    return ::open((path + "/lock").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

bool is_lock(const fs::path& path) {
    return path.filename() == "lock";
}

// What programs made may be anything, also folders that nobody may enter.
void remove_all(const std::string& path) noexcept {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error) return;
    for (fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end; at.increment(error))
        if (at->is_directory(error) && !at->is_symlink(error)) ::chmod(at->path().c_str(), 0700);
    fs::remove_all(path, error);
    if (error) log::warn("work folder", {{"left", path}, {"message", error.message()}});
}

// The lock goes last, and only when all else has gone: with it what is left can be told from a folder that is
// being made, and the next worker goes on.
void remove_folder(const std::string& path) noexcept {
    std::error_code error;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
        if (!is_lock(at->path())) remove_all(at->path().string());
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
        if (!is_lock(at->path())) return;
    remove_all(path);
}

}  // namespace

WorkFolder::WorkFolder(const std::string& work_dir, const std::string& name) : path_(work_dir + '/' + name) {
    std::error_code error;
    // Names of jobs are no business of other jobs: who knows an anonymous one's may see it.
    if (fs::create_directories(work_dir, error)) ::chmod(work_dir.c_str(), 0711);
    // Others pass through to the job's own folder, and see nothing on the way.
    make_folder(path_, 0711);
    try {
        lock_ = open_lock(path_, O_CREAT | O_EXCL);
        if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) fail(path_);
        make_folder(job(), 0700);
        make_folder(job() + "/inputs", 0700);
    } catch (const Error&) {
        remove_folder(path_);
        if (lock_ >= 0) ::close(lock_);
        throw;
    }
}

WorkFolder::~WorkFolder() {
    remove_folder(path_);
    ::close(lock_);
}

void WorkFolder::write(const std::string& name, std::string_view text) const {
    const auto path = job() + '/' + name;
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) fail(path);
    const auto written = ::write(file, text.data(), text.size());
    const bool whole = ::close(file) == 0 && written == static_cast<ssize_t>(text.size());
    if (!whole) fail(path);
}

void WorkFolder::give_to(const std::string& user) const {
    // Slots do this at the same time.
    passwd account{};
    passwd* found = nullptr;
    std::string buffer(1 << 16, '\0');
    if (::getpwnam_r(user.c_str(), &account, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        throw Error(Code::Busy, "this worker has no place for programs").with_detail("there is no user " + user);
    const auto give = [&](const std::string& path) {
        if (::lchown(path.c_str(), account.pw_uid, account.pw_gid) != 0) fail(path);
    };
    std::error_code error;
    for (fs::recursive_directory_iterator at(job(), error), end; !error && at != end; at.increment(error))
        give(at->path().string());
    give(job());
}

void WorkFolder::remove_abandoned(const std::string& work_dir) {
    std::error_code error;
    for (fs::directory_iterator at(work_dir, error), end; !error && at != end; at.increment(error)) {
        const auto path = at->path().string();
        if (!at->is_directory(error) || at->is_symlink(error)) continue;
        const int lock = open_lock(path, 0);
        // Without a lock it is being made at this moment, or no folder of ours.
        if (lock < 0) continue;
        if (::flock(lock, LOCK_EX | LOCK_NB) == 0) {
            log::info("work folder", {{"removed", path}});
            remove_folder(path);
        }
        ::close(lock);
    }
}

}  // namespace vo::worker
