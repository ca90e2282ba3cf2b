// SPDX-License-Identifier: Apache-2.0
// write, fsync, rename, fsync of the folder; then the database.
#include "uws/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace vo::uws {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBuffer = 262'144;
constexpr std::string_view kMarker = "vogate-store";
constexpr std::string_view kPart = ".part";
// A result whose job was not yet told of is younger, for a lease that has ended is over for good; an
// upload, however long its request takes.
constexpr std::int64_t kLeases = 4;
constexpr std::int64_t kUploadAge_s = 3600;

// A result that was kept, but whose worker did not yet tell, is of a job that executes; if it does so in
// another attempt by now, nobody will ever name the file.
constexpr const char* kUnnamedOfJobs =
    "SELECT name FROM unnest($1::text[]) AS name WHERE NOT EXISTS (SELECT FROM uws.result WHERE file = name "
    "AND job_id = split_part(split_part(name, '/', 3), '-', 1)) AND NOT EXISTS (SELECT FROM uws.parameter "
    "WHERE file = name AND job_id = split_part(split_part(name, '/', 3), '-', 1)) AND NOT EXISTS ("
    "SELECT FROM uws.job WHERE job_id = split_part(split_part(name, '/', 3), '-', 1) AND phase = 'EXECUTING' "
    "AND attempt::text = split_part(split_part(name, '/', 3), '-', 2) AND name LIKE 'results/%')";
constexpr const char* kUnnamedContents =
    "SELECT name FROM unnest($1::text[]) AS name WHERE NOT EXISTS (SELECT FROM uws.content WHERE file = name)";

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
}

// "results/ab/name": two folders and a name of ours.
bool is_name(std::string_view name) {
    if (name.ends_with(kPart)) name.remove_suffix(kPart.size());
    const auto parts = split(name, '/');
    return parts.size() == 3 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               return !part.empty() && std::all_of(part.begin(), part.end(), is_plain);
           });
}

bool is_full(int error) {
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

[[noreturn]] void fail_with(int error, const std::string& what) {
    if (is_full(error))
        throw Error(Code::StoreFull, "the disk for results and uploads of jobs is full; please try again later")
            .with_detail(what + ": " + std::strerror(error));
    throw Error(Code::Internal, "the store of jobs cannot be written")
        .with_detail(what + ": " + std::strerror(error));
}

void sync_folder(const std::string& path) {
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) fail_with(errno, "open " + path);
    const int failed = ::fsync(folder) != 0 ? errno : 0;
    ::close(folder);
    if (failed != 0) fail_with(failed, "fsync " + path);
}

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

void make_folders(const std::string& path) {
    if (::access(path.c_str(), F_OK) == 0) return;
    const auto parent = parent_of(path);
    make_folders(parent);
    if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) fail_with(errno, "mkdir " + path);
    sync_folder(parent);
}

[[noreturn]] void refuse_store(const std::string& root, const std::string& why) {
    throw Error(Code::Busy, "the store of jobs is not there at present; please try again later")
        .with_detail("store_dir " + root + ": " + why);
}

// Empty when there is none.
std::string read_marker(const std::string& root) {
    const auto path = root + '/' + std::string(kMarker);
    std::ifstream file(path);
    if (!file && errno != ENOENT)
        refuse_store(root, "its marker cannot be read: " + std::string(std::strerror(errno)));
    std::string word;
    file >> word;
    return word;
}

[[noreturn]] void refuse_missing_marker(const std::string& root) {
    refuse_store(root, "the marker " + std::string(kMarker) +
                           " of this archive's store is not there; is its file system mounted?");
}

void write_marker(const std::string& root, std::string_view id) {
    const auto path = root + '/' + std::string(kMarker);
    const auto part = path + std::string(kPart);
    const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (file < 0) refuse_store(root, std::string("cannot be written: ") + std::strerror(errno));
    const auto line = std::string(id) + '\n';
    const bool written = ::write(file, line.data(), line.size()) == std::ssize(line) && ::fsync(file) == 0;
    const int error = errno;
    ::close(file);
    if (!written) fail_with(error, "write " + part);
    if (::rename(part.c_str(), path.c_str()) != 0) fail_with(errno, "rename " + path);
    sync_folder(root);
}

// Of a worker that is root: the services, which are not, have to read what it writes.
void give_to_owner(const std::string& root, const std::string& path) {
    struct stat owner{};
    if (::geteuid() != 0 || ::stat(root.c_str(), &owner) != 0) return;
    if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) fail_with(errno, "chown " + path);
}

// Until `take` says false, which it then says as well. Ends without a word where the folder cannot be
// read: it is looked at again.
bool for_each_entry(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& take) {
    std::error_code error;
    for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator();
         at.increment(error))
        if (!take(*at)) return false;
    return true;
}

bool is_empty_folder(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error) && fs::directory_iterator(path, error) == fs::directory_iterator();
}

}  // namespace

FileStore::Reading::~Reading() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int FileStore::Reading::release() {
    return std::exchange(descriptor_, -1);
}

FileStore::File::File(const FileStore& store, std::string name)
    : store_(store), name_(std::move(name)), path_(store.path_of(name_)) {
    const auto part = path_ + std::string(kPart);
    const auto open_part = [&] {
        return ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    };
    descriptor_ = open_part();
    if (descriptor_ < 0 && errno == ENOENT) {
        // A folder is new, or the file system is not there any more.
        if (read_marker(store_.root_).empty()) refuse_missing_marker(store_.root_);
        make_folders(parent_of(path_));
        for (auto folder = parent_of(path_); folder.size() > store_.root_.size(); folder = parent_of(folder))
            give_to_owner(store_.root_, folder);
        descriptor_ = open_part();
    }
    if (descriptor_ < 0) fail("open");
    give_to_owner(store_.root_, part);
}

FileStore::File::~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!kept_) ::unlink((path_ + std::string(kPart)).c_str());
}

void FileStore::File::fail(const char* what) const {
    fail_with(errno, std::string(what) + ' ' + name_);
}

void FileStore::File::write(std::string_view bytes) {
    size_ += std::ssize(bytes);
    buffer_ += bytes;
    if (buffer_.size() >= kBuffer) flush_buffer();
}

void FileStore::File::flush_buffer() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const auto written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

void FileStore::File::keep() {
    flush_buffer();
    if (::fsync(descriptor_) != 0) fail("fsync");
    if (::close(std::exchange(descriptor_, -1)) != 0) fail("close");
    if (::rename((path_ + std::string(kPart)).c_str(), path_.c_str()) != 0) fail("rename");
    kept_ = true;
    sync_folder(parent_of(path_));
}

void FileStore::open(pg::Connection& db) const {
    // The file first: a store that hangs must hold no lock.
    const auto found = read_marker(root_);
    const auto known = db.exec("SELECT store_id, store_made FROM uws.control");
    if (found == known.text(0, 0)) return;
    if (!found.empty()) refuse_store(root_, "belongs to the jobs of another database (" + found + ")");
    if (known.boolean(0, 1)) refuse_missing_marker(root_);
    pg::Transaction work(db);
    const auto control = db.exec("SELECT store_id, store_made FROM uws.control FOR UPDATE");
    // Another process may have made it meanwhile.
    if (control.boolean(0, 1) && read_marker(root_) == control.text(0, 0)) return;
    if (control.boolean(0, 1)) refuse_missing_marker(root_);
    std::error_code error;
    fs::create_directories(root_, error);
    if (!is_empty_folder(root_)) refuse_store(root_, "is no empty folder, or cannot be entered");
    write_marker(root_, control.text(0, 0));
    db.exec("UPDATE uws.control SET store_made = true");
    work.commit();
    log::info("store", {{"made", root_}});
}

std::string FileStore::make_name(std::string_view folder, std::string_view job_id, std::string_view rest) {
    return std::string(folder) + '/' + std::string(job_id.substr(0, 2)) + '/' + std::string(job_id) + '-' +
           std::string(rest);
}

std::string FileStore::path_of(std::string_view name) const {
    if (!is_name(name))
        throw Error(Code::Internal, "a name of the store that is none").with_detail(std::string(name));
    return root_ + '/' + std::string(name);
}

std::unique_ptr<FileStore::File> FileStore::create(std::string name) const {
    return std::make_unique<File>(*this, std::move(name));
}

FileStore::Reading FileStore::read(std::string_view name) const {
    const auto path = path_of(name);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0) return Reading(file);
    const int reason = errno;
    if (read_marker(root_).empty()) refuse_missing_marker(root_);
    throw Error(Code::Internal, "a file of the store cannot be read")
        .with_detail(std::string(name) + ": " + std::strerror(reason));
}

bool FileStore::remove(std::string_view name) const noexcept {
    try {
        return ::unlink(path_of(name).c_str()) == 0;
    } catch (const std::exception&) {
        // No name of ours, so no file either.
        return false;
    }
}

void FileStore::for_each_older(std::string_view folder,
                               std::int64_t age_s,
                               const std::function<bool(const std::string& name)>& take) const {
    const auto limit = fs::file_time_type::clock::now() - std::chrono::seconds(age_s);
    for_each_entry(root_ + '/' + std::string(folder), [&](const fs::directory_entry& shard) {
        return for_each_entry(shard.path(), [&](const fs::directory_entry& entry) {
            std::error_code error;
            const auto written = entry.last_write_time(error);
            if (error || written >= limit) return true;
            const auto name = std::string(folder) + '/' + shard.path().filename().string() + '/' +
                              entry.path().filename().string();
            // Of others there is nothing to say.
            return !is_name(name) || take(name);
        });
    });
}

std::int64_t remove_orphans(pg::Connection& db,
                            const FileStore& store,
                            std::int64_t lease_s,
                            const std::function<bool()>& go_on) {
    std::int64_t removed = 0;
    const auto remove_unnamed = [&](std::string_view folder, std::int64_t age_s, const char* unnamed) {
        constexpr std::size_t kBatch = 1000;
        std::vector<std::optional<std::string>> batch;
        const auto look = [&] {
            const auto rows = db.exec(unnamed, {pg::array_text(batch)});
            for (int i = 0; i < rows.rows(); ++i)
                if (store.remove(rows.text(i, 0))) ++removed;
            batch.clear();
        };
        store.for_each_older(folder, age_s, [&](const std::string& name) {
            batch.emplace_back(name);
            if (batch.size() == kBatch) look();
            return go_on();
        });
        if (!batch.empty()) look();
    };
    const auto lease_age = kLeases * lease_s, upload_age = std::max(lease_age, kUploadAge_s);
    remove_unnamed("results", lease_age, kUnnamedOfJobs);
    remove_unnamed("uploads", upload_age, kUnnamedOfJobs);
    // A kept file becomes an entity within the same request, or at the end of the job that made it.
    remove_unnamed("entities", upload_age, kUnnamedContents);
    return removed;
}

}  // namespace vo::uws
