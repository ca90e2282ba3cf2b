// SPDX-License-Identifier: Apache-2.0
// Patterns to files.
#include "collect.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "shepherd/orders.h"
#include "uws/store.h"

namespace vo::worker {

namespace {

namespace fs = std::filesystem;

// A program that makes more is looked at no further.
constexpr std::size_t kMostFiles = 100'000;
constexpr int kDeepest = 16;
// The longest name of a file.
constexpr std::size_t kNameBytes = 255;

// Relative paths, in order.
std::vector<std::string> list_files(const std::string& folder) {
    std::vector<std::string> paths;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
        if (at.depth() >= kDeepest) at.disable_recursion_pending();
        std::error_code unknown;
        if (!at->is_regular_file(unknown) || at->is_symlink(unknown)) continue;
        paths.push_back(at->path().string().substr(folder.size() + 1));
        if (paths.size() > kMostFiles)
            throw Error(Code::BadRequest, "the program made more than " + std::to_string(kMostFiles) + " files");
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

// Of a name such as "counts.fits.gz".
std::string extension_of(const std::string& path) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto dot = name.ends_with(".gz") ? name.rfind('.', name.size() - 4) : name.rfind('.');
    if (dot == std::string::npos || dot == 0) return "bin";
    auto extension = name.substr(dot + 1);
    const bool plain = std::all_of(extension.begin(), extension.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
    });
    return plain && extension.size() <= 32 ? extension : "bin";
}

// Programs, also those of other jobs of the same user, may have made anything of a path since it was listed: no
// part of it below the folder may be a link.
int open_below(const std::string& folder, std::string_view path) {
    int at = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    const auto parts = split(path, '/');
    for (std::size_t i = 0; at >= 0 && i < parts.size(); ++i) {
        const int how = i + 1 < parts.size() ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK;
        const int next = ::openat(at, std::string(parts[i]).c_str(), how | O_CLOEXEC | O_NOFOLLOW);
        ::close(at);
        at = next;
    }
    return at;
}

std::unique_ptr<uws::EntityFile> keep(const std::string& folder,
                                      const std::string& path,
                                      const uws::FileStore& store,
                                      const Cancel* cancel) {
    const int file = open_below(folder, path);
    const uws::FileStore::Reading reading(file);
    struct stat status{};
    if (file < 0 || ::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
    auto kept = std::make_unique<uws::EntityFile>(store);
    std::string buffer(1 << 20, '\0');
    while (true) {
        const auto got = ::read(file, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            throw Error(Code::Internal, "a result could not be read").with_detail(path + ": " + std::strerror(errno));
        if (got == 0) break;
        kept->write({buffer.data(), static_cast<std::size_t>(got)});
        if (cancel != nullptr) cancel->check();
    }
    kept->keep();
    return kept;
}

void add(Done& done,
         const uws::Claim& claim,
         std::unique_ptr<uws::EntityFile> file,
         const std::string& id,
         const std::string& content_type,
         const std::string& path) {
    const auto extension = extension_of(path);
    done.products.push_back({.result = {.id = id,
                                        .file = {},
                                        .content_type = content_type,
                                        .extension = extension,
                                        .size_bytes = file->size()},
                             .file = file.get(),
                             // Programs call files by any bytes.
                             .entity = {.name = clean_words(path.substr(path.rfind('/') + 1), kNameBytes),
                                        .content_type = content_type,
                                        .extension = extension,
                                        .owner = claim.job.owner,
                                        .client = claim.client,
                                        .origin = "result",
                                        .location = {},
                                        .generated_by = claim.ticket.job_id,
                                        .role = id}});
    done.files.push_back(std::move(file));
}

}  // namespace

void collect_results(const jdl::Kind& kind,
                     const uws::Claim& claim,
                     const std::string& folder,
                     const uws::FileStore& store,
                     const Cancel& cancel,
                     Done& done) {
    const auto paths = list_files(folder);
    for (const auto& result : kind.results) {
        std::vector<std::string> matching;
        std::copy_if(paths.begin(), paths.end(), std::back_inserter(matching),
                     [&](const std::string& path) { return jdl::matches_file(result.file, path); });
        if (!result.multiplicity.holds(std::ssize(matching)))
            throw Error(Code::BadRequest, "the program left " + std::to_string(matching.size()) + " files for the result " +
                                              result.id + " (" + result.file + "), which has " +
                                              result.multiplicity.text());
        const bool several = result.multiplicity.most != 1;
        for (std::size_t i = 0; i < matching.size(); ++i) {
            auto file = keep(folder, matching[i], store, &cancel);
            if (!file)
                throw Error(Code::BadRequest, "a file of the result " + result.id + " went away, or became a link");
            const auto id = several ? result.id + '-' + std::to_string(i + 1) : result.id;
            add(done, claim, std::move(file), id, result.content_type, matching[i]);
        }
    }
}

void collect_log(const std::string& id,
                 const uws::Claim& claim,
                 const std::string& path,
                 const uws::FileStore& store,
                 Done& done) {
    std::error_code error;
    if (fs::file_size(path, error) == 0 || error) return;
    const auto slash = path.rfind('/');
    if (auto file = keep(path.substr(0, slash), path.substr(slash + 1), store, nullptr))
        add(done, claim, std::move(file), id, "text/plain", id + ".txt");
}

}  // namespace vo::worker
