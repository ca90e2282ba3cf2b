// SPDX-License-Identifier: Apache-2.0
// The transaction of one file.
#include "load.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "obscore/obscore.h"
#include "pg/copy.h"
#include "rows.h"

namespace vo::vogate::ingest {

namespace {

constexpr std::string_view kRules = "1";
// As in the comment of dl3.events in sql/migrate/0001_archive.sql.
constexpr std::int64_t kObsPerPartition = 64;
// Beyond this share of new rows the parent's statistics are taken anew, not only the partitions'.
constexpr double kAnalyzeShare = 0.1;

bool is_on_disk(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

std::string name_of(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

std::string partition_name(std::int64_t number) {
    return "dl3.events_p" + std::to_string(number);
}

}  // namespace

// Held from the look at what is there to the commit. A session's lock, so that it ends with the
// process whatever happens.
class Loader::CollectionLock {
  public:
    CollectionLock(pg::Connection& db, std::string collection, const LoadOptions& options)
        : db_(db), collection_(std::move(collection)) {
        if (db_.exec("SELECT pg_try_advisory_lock(" + key() + ")", {collection_}).boolean(0, 0))
            return;
        if (options.on_wait) options.on_wait(collection_);
        db_.exec("SELECT pg_advisory_lock(" + key() + ")", {collection_});
    }

    ~CollectionLock() {
        try {
            db_.exec("SELECT pg_advisory_unlock(" + key() + ")", {collection_});
        } catch (const Error&) {
            // The connection is gone, and the lock with it.
        }
    }

    CollectionLock(const CollectionLock&) = delete;
    CollectionLock& operator=(const CollectionLock&) = delete;

  private:
    static std::string key() { return "hashtextextended('vogate ingest ' || $1::text, 0)"; }

    pg::Connection& db_;
    std::string collection_;
};

Outcome Loader::load(const Task& task) {
    fits::File file(task.path);
    const auto* flavour = find_flavour(file);
    if (flavour == nullptr) return {.is_event_list = false, .runs = {}};
    auto runs = flavour->describe(file, task, {.collection = options_.collection});
    // In alphabetical order, so that two ingests cannot wait for each other.
    std::set<std::string> collections;
    for (auto& run : runs) {
        run.run.size_bytes = digest_of(task.path).size_bytes;
        collections.insert(run.run.collection);
    }
    std::vector<std::unique_ptr<CollectionLock>> locks;
    if (!options_.dry_run)
        for (const auto& collection : collections)
            locks.push_back(std::make_unique<CollectionLock>(db_, collection, options_));

    std::vector<Target> targets;
    for (const auto& run : runs)
        targets.push_back(choose_target(run, task.path));
    // Partitions come before the transaction: what makes one is a matter of milliseconds and must
    // not be held back by a long load.
    if (!options_.dry_run)
        for (auto& target : targets)
            if (target.change == Change::New || target.change == Change::Replaced) prepare(target);

    Outcome outcome;
    pg::Transaction work(db_, options_.dry_run ? "BEGIN READ ONLY" : "BEGIN");
    for (std::size_t i = 0; i < runs.size(); ++i)
        outcome.runs.push_back(load_run(file, *flavour, runs[i], targets[i]));
    if (!options_.dry_run) drop_former_runs(task.path, runs);
    work.commit();
    return outcome;
}

const fits::FileDigest& Loader::digest_of(const std::string& path) {
    const auto known = digests_.find(path);
    if (known != digests_.end()) return known->second;
    return digests_.emplace(path, fits::digest_file(path)).first->second;
}

std::string Loader::source_digest(const Described& run, const std::string& path) {
    fits::Sha256 sum;
    // Each part ends in a NUL, which no part can hold.
    const auto add = [&](std::string_view part) {
        sum.update(part);
        sum.update(std::string_view("\0", 1));
    };
    for (const std::string_view part :
         {kRules, std::string_view(options_.authority), std::string_view(run.run.collection),
          std::string_view(run.run.obs_id), std::string_view(run.index_values)})
        add(part);
    for (const auto& link : run.hdus) {
        for (const auto& part : {link.type, link.hdu_class, link.hdu_name})
            add(part);
        // The event list itself may be renamed; where its responses are is part of what is stored.
        if (link.type != "events") add(link.path == path ? "" : link.path);
        add(link.present ? digest_of(link.path).sha256 : "absent");
    }
    return sum.hex();
}

Loader::Target Loader::choose_target(const Described& run, const std::string& path) {
    obscore::check_run(run.run);
    Target target;
    target.digest = source_digest(run, path);
    target.old_path = path;
    const auto found = db_.exec(
        "SELECT o.obs, o.source_digest, f.path, f.sha256, o.event_count FROM dl3.observations o "
        "LEFT JOIN dl3.hdus h ON h.obs = o.obs AND h.hdu_type = 'events' "
        "LEFT JOIN dl3.files f ON f.file = h.file WHERE o.obs_collection = $1 AND o.obs_id = $2",
        {run.run.collection, run.run.obs_id});
    if (found.rows() == 0) return target;
    target.obs = found.integer(0, 0);
    target.events = found.integer(0, 4);
    const bool same_rows = found.text(0, 1) == target.digest;
    if (!found.is_null(0, 2)) target.old_path = found.text(0, 2);
    if (target.old_path == path) {
        target.change = same_rows ? Change::Unchanged : Change::Replaced;
    } else if (!is_on_disk(target.old_path)) {
        target.change = same_rows ? Change::Moved : Change::Replaced;
    } else if (found.text(0, 3) == digest_of(path).sha256) {
        target.change = Change::Unchanged;
        target.old_path = path;
        target.remark = "the same bytes are in the archive from " + std::string(found.text(0, 2));
    } else {
        throw Error(Code::BadRequest,
                    "OBS_ID " + run.run.obs_id + " of collection " + run.run.collection +
                        " is in the archive already, from " + target.old_path +
                        "; remove one of the two files, or give this one another --collection");
    }
    return target;
}

void Loader::prepare(Target& target) {
    if (target.change == Change::New)
        target.obs = db_.exec("SELECT nextval(pg_get_serial_sequence('dl3.observations', 'obs'))")
                         .integer(0, 0);
    const std::int64_t number = target.obs / kObsPerPartition;
    if (partitions_.contains(number)) return;
    make_partition(number);
    partitions_.insert(number);
}

void Loader::make_partition(std::int64_t number) {
    const std::string name = partition_name(number);
    const auto is_there = [&] { return !db_.exec("SELECT to_regclass($1)", {name}).is_null(0, 0); };
    if (is_there()) return;
    pg::Transaction work(db_);
    db_.exec("SELECT pg_advisory_xact_lock(hashtextextended('vogate partition', 0))");
    if (!is_there()) {
        // Attaching, unlike CREATE TABLE ... PARTITION OF, lets queries of dl3.events run on.
        db_.exec("CREATE TABLE " + name +
                 " (LIKE dl3.events INCLUDING DEFAULTS INCLUDING GENERATED " +
                 "INCLUDING CONSTRAINTS)");
        db_.exec("ALTER TABLE dl3.events ATTACH PARTITION " + name + " FOR VALUES FROM (" +
                 std::to_string(number * kObsPerPartition) + ") TO (" +
                 std::to_string((number + 1) * kObsPerPartition) + ")");
    }
    work.commit();
}

RunOutcome Loader::load_run(fits::File& file,
                            const Flavour& flavour,
                            Described& run,
                            const Target& target) {
    RunOutcome outcome{.change = target.change,
                       .collection = run.run.collection,
                       .obs_id = run.run.obs_id,
                       .events = target.events,
                       .remarks = {}};
    if (target.change == Change::New || target.change == Change::Replaced) {
        if (options_.dry_run)
            flavour.read_events(file, run, [](const Event&) {});
        else
            copy_events(file, flavour, run, target);
        // Again, as the events may have told what the headers left open.
        obscore::check_run(run.run);
        outcome.events = run.run.event_count;
        outcome.remarks = run.remarks;
    }
    if (!target.remark.empty()) outcome.remarks.push_back(target.remark);
    if (options_.dry_run || target.change == Change::Unchanged) return outcome;
    if (target.change != Change::Moved) {
        const bool is_new = target.change == Change::New;
        write_observation(db_, run.run, options_.authority, target.digest, target.obs, is_new);
        write_gtis(db_, run.gtis, target.obs);
        write_obscore(db_, run.run, options_.authority, target.obs);
    }
    write_links(run, target);
    return outcome;
}

void Loader::copy_events(fits::File& file,
                         const Flavour& flavour,
                         Described& run,
                         const Target& target) {
    // PostgreSQL refuses a binary COPY into a table with any column that has no binary form, such
    // as pos, even when that column is not among those copied; hence the table in between.
    db_.exec(
        "CREATE TEMPORARY TABLE IF NOT EXISTS vogate_events_in (event_id bigint, time_mjd float8, "
        "mission_time float8, ra float8, \"dec\" float8, energy float8) ON COMMIT DELETE ROWS");
    db_.exec("TRUNCATE vogate_events_in");
    pg::CopyIn copy(db_, "pg_temp.vogate_events_in");
    flavour.read_events(file, run, [&](const Event& event) {
        copy.row(6);
        copy.put(event.event_id);
        copy.put(event.time_mjd);
        copy.put(event.mission_time);
        copy.put(event.ra);
        copy.put(event.dec);
        copy.put(event.energy);
    });
    copy.finish();
    if (target.change == Change::Replaced)
        db_.exec("DELETE FROM dl3.events WHERE obs = $1", {target.obs});
    loaded_events_ += db_.exec(
                             "INSERT INTO dl3.events (obs, event_id, time_mjd, mission_time, ra, "
                             "\"dec\", energy) SELECT $1, event_id, time_mjd, mission_time, ra, "
                             "\"dec\", energy FROM pg_temp.vogate_events_in",
                             {target.obs})
                          .affected();
}

std::int64_t Loader::file_row(const std::string& collection, const std::string& path) {
    const auto& digest = digest_of(path);
    const auto found = db_.exec(
        "SELECT file, sha256 FROM dl3.files "
        "WHERE obs_collection = $1 AND path = $2 AND superseded_at IS NULL",
        {collection, path});
    if (found.rows() > 0 && found.text(0, 1) == digest.sha256) return found.integer(0, 0);
    supersede(collection, path);
    return db_
        .exec(
            "INSERT INTO dl3.files (obs_collection, file_name, path, sha256, size_bytes) "
            "VALUES ($1, $2, $3, $4, $5) RETURNING file",
            {collection, name_of(path), path, digest.sha256, digest.size_bytes})
        .integer(0, 0);
}

void Loader::supersede(const std::string& collection, const std::string& path) {
    db_.exec(
        "UPDATE dl3.files SET superseded_at = now() AT TIME ZONE 'UTC' "
        "WHERE obs_collection = $1 AND path = $2 AND superseded_at IS NULL",
        {collection, path});
}

void Loader::write_links(const Described& run, const Target& target) {
    const auto& collection = run.run.collection;
    db_.exec("DELETE FROM dl3.hdus WHERE obs = $1", {target.obs});
    bool has_old_path = false;
    for (const auto& link : run.hdus) {
        if (!link.present) continue;
        has_old_path = has_old_path || link.path == target.old_path;
        db_.exec(
            "INSERT INTO dl3.hdus (obs, hdu_type, hdu_class, hdu_name, file) "
            "VALUES ($1, $2, nullif($3, ''), $4, $5) ON CONFLICT DO NOTHING",
            {target.obs, link.type, link.hdu_class, link.hdu_name,
             file_row(collection, link.path)});
    }
    if (!has_old_path) supersede(collection, target.old_path);
}

// Runs that the file held before and holds no more.
void Loader::drop_former_runs(const std::string& path, const std::vector<Described>& runs) {
    std::set<std::string> collections;
    for (const auto& run : runs)
        collections.insert(run.run.collection);
    for (const auto& collection : collections) {
        const auto held = db_.exec(
            "SELECT o.obs, o.obs_id FROM dl3.observations o "
            "JOIN dl3.hdus h ON h.obs = o.obs AND h.hdu_type = 'events' "
            "JOIN dl3.files f ON f.file = h.file WHERE f.obs_collection = $1 AND f.path = $2",
            {collection, path});
        for (int row = 0; row < held.rows(); ++row) {
            const bool stays = std::any_of(runs.begin(), runs.end(), [&](const auto& run) {
                return run.run.collection == collection && run.run.obs_id == held.text(row, 1);
            });
            if (stays) continue;
            const auto obs = held.integer(row, 0);
            db_.exec("DELETE FROM dl3.events WHERE obs = $1", {obs});
            db_.exec("DELETE FROM dl3.observations WHERE obs = $1", {obs});
        }
    }
}

void Loader::analyze() {
    if (loaded_events_ == 0) return;
    const auto known =
        db_.exec("SELECT reltuples FROM pg_class WHERE oid = 'dl3.events'::regclass").number(0, 0);
    if (static_cast<double>(loaded_events_) > kAnalyzeShare * known) {
        db_.exec("ANALYZE dl3.events");
    } else {
        for (const auto number : partitions_)
            db_.exec("ANALYZE " + partition_name(number));
    }
    for (const auto* table : {"dl3.files", "dl3.gti", "dl3.hdus", "dl3.observations",
                              "ivoa.obscore", "ivoa.obscore_hea"})
        db_.exec(std::string("ANALYZE ") + table);
}

}  // namespace vo::vogate::ingest
