// SPDX-License-Identifier: Apache-2.0
// Description files, one by one and a folder of them.
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "jdl/kind.h"
#include "jdl/sheet.h"

namespace vo::jdl {

namespace {

constexpr std::string_view kExtension = ".job";

class Descriptor {
  public:
    // Not to wait where someone put a pipe.
    explicit Descriptor(const std::string& path)
        : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

    ~Descriptor() {
        if (file_ >= 0) ::close(file_);
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return file_; }

  private:
    int file_;
};

std::string read_text(const std::string& path) {
    const Descriptor file(path);
    const auto fail = [&](const std::string& message) { refuse(path, 1, message); };
    if (file.number() < 0) fail("cannot be opened: " + std::generic_category().message(errno));

    struct stat state {};

    if (::fstat(file.number(), &state) != 0 || !S_ISREG(state.st_mode)) fail("is no file");
    std::string text;
    std::array<char, 65'536> piece{};
    // One piece more than may be there is enough for parse_kind to refuse it.
    while (text.size() <= kMostBytes) {
        const auto got = ::read(file.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("cannot be read: " + std::generic_category().message(errno));
        if (got == 0) break;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
}

}  // namespace

Site make_site(const Config& config) {
    return {.program_dirs = {config.libexec_dir + "/kinds", config.libexec_dir, "/usr/local/bin",
                             "/usr/bin", "/bin"},
            .executors = {"local"}};
}

Kind read_kind(const std::string& path, const Site& site) {
    const auto file = std::filesystem::absolute(path).lexically_normal();
    if (file.extension() != kExtension)
        refuse(path, 1, "the name of a description ends with " + std::string(kExtension));
    return parse_kind(file.stem().string(), read_text(path), file.parent_path().string(), path,
                      site);
}

Shelf read_kinds(const std::string& folder, const Site& site) {
    Shelf shelf;
    std::vector<std::string> paths;
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure))
        if (entry->path().extension() == kExtension &&
            !entry->path().filename().string().starts_with('.'))
            paths.push_back(entry->path().string());
    if (failure)
        shelf.refused.emplace_back(Code::BadRequest,
                                   folder + ":1: the folder of descriptions cannot be read: " +
                                       failure.message() + "; see kinds_dir in vogate.conf");
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        try {
            auto kind = std::make_shared<const Kind>(read_kind(path, site));
            shelf.kinds.emplace(kind->name, std::move(kind));
        } catch (const Error& error) {
            // Deliberate: one bad description must not take the others from the site.
            shelf.refused.push_back(error);
        }
    }
    return shelf;
}

}  // namespace vo::jdl
