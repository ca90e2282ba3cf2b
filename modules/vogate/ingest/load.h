// SPDX-License-Identifier: Apache-2.0
// Into the database: one file, one transaction.
//
//     Loader loader(db, options);
//     const Outcome outcome = loader.load(task);      // or a look at what it would do (dry run)
//
// A run that is there from the same bytes is left alone; one from changed bytes keeps its number
// and is replaced whole. What decides is a digest of all that the rows follow from: the files'
// SHA-256, the links between them, what an index said, the authority, and the version of the rules
// (kRules: raise it when rows of the same file come out differently). Loads of the same collection
// wait for each other; loads of different ones run side by side.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fits/digest.h"
#include "flavour.h"
#include "pg/connection.h"

namespace vo::vogate::ingest {

enum class Change { New, Replaced, Moved, Unchanged };

struct RunOutcome {
    Change change = Change::New;
    std::string collection;
    std::string obs_id;
    std::int64_t events = 0;
    std::vector<std::string> remarks;
};

struct Outcome {
    bool is_event_list = true;
    std::vector<RunOutcome> runs;
};

struct LoadOptions {
    std::string authority;
    std::string collection;
    bool dry_run = false;
    // Told when another ingest of the same collection must end first.
    std::function<void(const std::string& collection)> on_wait;
};

class Loader {
  public:
    Loader(pg::Connection& db, LoadOptions options) : db_(db), options_(std::move(options)) {}

    // Error(BadRequest) refuses the file; nothing of it stays.
    Outcome load(const Task& task);

    // Statistics for the planner, once after the last file.
    void analyze();

  private:
    // Where a run goes, and what is there of it.
    struct Target {
        Change change = Change::New;
        std::int64_t obs = 0;
        std::int64_t events = 0;
        std::string digest;
        std::string old_path;
        std::string remark;
    };
    class CollectionLock;

    [[nodiscard]] const fits::FileDigest& digest_of(const std::string& path);
    [[nodiscard]] std::string source_digest(const Described& run, const std::string& path);
    [[nodiscard]] Target choose_target(const Described& run, const std::string& path);
    void prepare(Target& target);
    void make_partition(std::int64_t number);
    RunOutcome load_run(fits::File& file,
                        const Flavour& flavour,
                        Described& run,
                        const Target& target);
    void copy_events(fits::File& file,
                     const Flavour& flavour,
                     Described& run,
                     const Target& target);
    void write_links(const Described& run, const Target& target);
    std::int64_t file_row(const std::string& collection, const std::string& path);
    void supersede(const std::string& collection, const std::string& path);
    void drop_former_runs(const std::string& path, const std::vector<Described>& runs);

    pg::Connection& db_;
    LoadOptions options_;
    std::map<std::string, fits::FileDigest> digests_;
    std::set<std::int64_t> partitions_;  // made or used by this process
    std::int64_t loaded_events_ = 0;
};

}  // namespace vo::vogate::ingest
