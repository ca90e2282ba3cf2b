// SPDX-License-Identifier: Apache-2.0
// A folder is told from itself a moment ago by the names, sizes and times of its files.
#include "jdl/shelf_holder.h"

#include <filesystem>
#include <set>

#include "base/log.h"

namespace vo::jdl {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kLookAgain{5};

// Programs count as well: a kind whose program goes is refused.
std::string look(const std::string& folder, const Shelf* shelf) {
    std::set<std::string> lines;
    const auto add = [&lines](const fs::path& path) {
        std::error_code error;
        const auto size = fs::file_size(path, error);
        const auto written = fs::last_write_time(path, error);
        lines.insert(path.string() + ' ' + (error ? "-" : std::to_string(size)) + ' ' +
                     std::to_string(written.time_since_epoch().count()));
    };
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        add(at->path());
    if (shelf != nullptr)
        for (const auto& [name, kind] : shelf->kinds)
            add(kind->program);
    std::string seen;
    for (const auto& line : lines)
        seen += line + '\n';
    return seen;
}

// Two that say the same are the same.
std::string tell(const Shelf& shelf) {
    std::string words;
    for (const auto& [name, kind] : shelf.kinds)
        words += name + ' ' + kind->digest + ' ' + kind->program + '\n';
    for (const auto& error : shelf.refused)
        words += std::string(error.what()) + '\n';
    return words;
}

}  // namespace

ShelfHolder::ShelfHolder(std::string folder, Site site) : folder_(std::move(folder)), site_(std::move(site)) {
    read();
}

void ShelfHolder::read() {
    const auto before = look(folder_, nullptr);
    auto shelf = std::make_shared<const Shelf>(read_kinds(folder_, site_));
    // What changed while it was read is read again.
    seen_ = look(folder_, nullptr) == before ? look(folder_, shelf.get()) : std::string();
    looked_ = read_ = std::chrono::steady_clock::now();
    auto told = tell(*shelf);
    if (shelf_ && told == told_) return;
    told_ = std::move(told);
    shelf_ = std::move(shelf);
    for (const auto& error : shelf_->refused)
        log::warn("kind", {{"result", "refused"}, {"message", error.what()}});
    std::string names;
    for (const auto& [name, kind] : shelf_->kinds)
        names += (names.empty() ? "" : " ") + name;
    log::info("kinds", {{"names", names}});
}

std::shared_ptr<const Shelf> ShelfHolder::get() {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() - looked_ >= kLook) {
        looked_ = std::chrono::steady_clock::now();
        const bool is_due = !shelf_->refused.empty() && looked_ - read_ >= kLookAgain;
        if (is_due || look(folder_, shelf_.get()) != seen_) read();
    }
    return shelf_;
}

}  // namespace vo::jdl
