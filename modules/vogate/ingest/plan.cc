// SPDX-License-Identifier: Apache-2.0
// Walking the arguments.
#include "plan.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate::ingest {

namespace {

namespace fs = std::filesystem;

// How many directories above the given one may hold the index of its files.
constexpr int kLevelsAbove = 2;

constexpr std::array<std::string_view, 6> kFitsEndings{".fits",   ".fits.gz", ".fit",
                                                       ".fit.gz", ".fts",     ".fts.gz"};

bool is_fits_name(const std::string& name) {
    const auto lower = to_lower(name);
    return !lower.starts_with('.') &&
           std::any_of(kFitsEndings.begin(), kFitsEndings.end(),
                       [&](std::string_view ending) { return lower.ends_with(ending); });
}

std::string canonical_of(const fs::path& path) {
    std::error_code failed;
    const auto out = fs::canonical(path, failed);
    return failed ? fs::absolute(path).lexically_normal().string() : out.string();
}

class Planner {
  public:
    void take(const std::string& argument) {
        std::error_code failed;
        const auto status = fs::status(argument, failed);
        if (fs::is_directory(status))
            take_directory(canonical_of(argument));
        else if (fs::is_regular_file(status))
            take_file(canonical_of(argument));
        else if (fs::exists(status))
            refuse(argument, "is neither a file nor a directory");
        else
            refuse(argument, "no such file or directory");
    }

    Plan finish() {
        for (auto& [path, task] : tasks_)
            plan_.tasks.push_back(std::move(task));
        return std::move(plan_);
    }

  private:
    void refuse(const std::string& path, std::string reason, std::string detail = {}) {
        plan_.refusals.push_back({path, std::move(reason), std::move(detail)});
    }

    // Each index is read once, however many arguments lead to it.
    const Index& index_of(const std::string& directory) {
        const auto known = plan_.index_of_directory.find(directory);
        if (known != plan_.index_of_directory.end()) return known->second;
        Index index;
        if (has_index(directory)) {
            try {
                index = read_index(directory);
            } catch (const Error& error) {
                // A broken index is one more refusal; its files are found by scanning.
                refuse(directory, error.what(), error.detail());
            }
        }
        return plan_.index_of_directory.emplace(directory, std::move(index)).first->second;
    }

    Task& task_of(const std::string& path) {
        auto& task = tasks_[path];
        task.path = path;
        return task;
    }

    static const HduLink* events_of(const Guide& guide) {
        for (const auto& link : guide.hdus)
            if (link.type == "events") return &link;
        return nullptr;
    }

    void add_guide(const std::string& path, const Guide& guide) {
        auto& task = task_of(path);
        task.named_by_index = true;
        for (const auto& known : task.guides)
            if (known.obs_id == guide.obs_id) return;
        task.guides.push_back(guide);
    }

    // All runs of an index whose event list lies below `inside` and exists; the files that do not.
    void take_index(const Index& index, const std::string& inside) {
        const auto is_inside = [&](const std::string& path) {
            return inside.empty() || path.starts_with(inside + "/");
        };
        IndexSummary summary{index.path, 0, {}};
        std::set<std::string> missing;
        for (const auto& guide : index.runs) {
            const auto* events = events_of(guide);
            if (events == nullptr) continue;
            if (!is_inside(events->path)) continue;
            ++summary.runs;
            for (const auto& link : guide.hdus) {
                if (link.present)
                    named_.insert(link.path);
                else if (missing.insert(link.path).second)
                    summary.missing.push_back(link.path);
            }
            if (events->present) add_guide(events->path, guide);
        }
        if (summary.runs == 0) return;
        const auto known =
            std::find_if(plan_.indexes.begin(), plan_.indexes.end(),
                         [&](const auto& other) { return other.path == summary.path; });
        if (known == plan_.indexes.end())
            plan_.indexes.push_back(std::move(summary));
        else if (known->runs < summary.runs)
            *known = std::move(summary);
    }

    void take_directory(const std::string& directory) {
        std::vector<std::string> directories{directory};
        std::vector<std::string> files;
        std::error_code failed;
        fs::recursive_directory_iterator it(directory,
                                            fs::directory_options::skip_permission_denied, failed);
        if (failed) return refuse(directory, "cannot be read: " + failed.message());
        for (const fs::recursive_directory_iterator end; it != end; it.increment(failed)) {
            if (failed) return refuse(directory, "cannot be read: " + failed.message());
            const auto name = it->path().filename().string();
            std::error_code ignored;
            if (it->is_directory(ignored)) {
                // Links to directories are not followed: they may lead in circles.
                if (name.starts_with('.') || it->is_symlink(ignored))
                    it.disable_recursion_pending();
                else
                    directories.push_back(it->path().string());
            } else if (it->is_regular_file(ignored) && is_fits_name(name) && !is_index_name(name)) {
                files.push_back(canonical_of(it->path()));
            }
        }
        std::sort(directories.begin(), directories.end());
        std::sort(files.begin(), files.end());
        bool guided = false;
        for (const auto& one : directories) {
            const auto& index = index_of(one);
            guided = guided || !index.runs.empty();
            take_index(index, {});
        }
        fs::path above = fs::path(directory);
        for (int level = 0; !guided && level < kLevelsAbove; ++level) {
            if (above == above.parent_path()) break;
            above = above.parent_path();
            const auto& index = index_of(above.string());
            guided = !index.runs.empty();
            take_index(index, directory);
        }
        for (const auto& file : files) {
            if (named_.contains(file)) continue;
            auto& task = task_of(file);
            task.rows = rows_near(file);
        }
    }

    // What an observation index without an HDU index says, for files beside or below it.
    const Index* rows_near(const std::string& file) {
        fs::path above = fs::path(file).parent_path();
        for (int level = 0; level <= kLevelsAbove; ++level, above = above.parent_path()) {
            const auto& index = index_of(above.string());
            if (!index.runs.empty() && index.runs.front().hdus.empty()) return &index;
            if (above == above.parent_path()) break;
        }
        return nullptr;
    }

    void take_file(const std::string& file) {
        const fs::path path(file);
        if (is_index_name(path.filename().string())) {
            const auto& index = index_of(path.parent_path().string());
            return take_index(index, {});
        }
        fs::path above = path.parent_path();
        for (int level = 0; level <= kLevelsAbove; ++level, above = above.parent_path()) {
            const auto& index = index_of(above.string());
            bool named = false;
            for (const auto& guide : index.runs) {
                const auto* events = events_of(guide);
                if (events == nullptr || !events->present) continue;
                const bool uses = std::any_of(guide.hdus.begin(), guide.hdus.end(),
                                              [&](const auto& link) { return link.path == file; });
                if (!uses) continue;
                // A response file stands for the runs that use it.
                named = true;
                add_guide(events->path, guide);
            }
            if (named) return;
            if (above == above.parent_path()) break;
        }
        auto& task = task_of(file);
        task.asked_for = true;
        task.rows = rows_near(file);
    }

    Plan plan_;
    std::map<std::string, Task> tasks_;
    std::set<std::string> named_;
};

}  // namespace

Plan make_plan(const std::vector<std::string>& arguments) {
    Planner planner;
    for (const auto& argument : arguments)
        planner.take(argument);
    return planner.finish();
}

}  // namespace vo::vogate::ingest
