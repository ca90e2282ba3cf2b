// SPDX-License-Identifier: Apache-2.0
// Entities: files that jobs used or made, with who made and who used them (the Entity, Used and
// WasGeneratedBy of ProvenanceDM 1.0 §2.2-2.3). They outlive their jobs; equal bytes are stored once.
//
//     uws::EntityFile file(store);                   // a Sink
//     file.write(bytes);
//     file.keep();                                   // written and on disk
//     const auto entity = uws::add_entity(db, store, file, {.name = "events.fits", ...}, limits);
//
// An entity of a user is that user's alone; an anonymous one is of who knows its id, which must not tell
// the ids of anonymous jobs, for those are secrets of their own. An entity that a job names as parameter or
// result stays as long as that job. Errors: TooLarge beyond the quota, with
// words for the client; NotFound; Forbidden.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/sink.h"
#include "base/time.h"
#include "fits/digest.h"
#include "pg/connection.h"
#include "uws/files.h"

namespace vo::uws {

class EntityFile final : public Sink {
  public:
    explicit EntityFile(const FileStore& store);

    void write(std::string_view bytes) override;
    // REQUIRES: nothing is written after it.
    void keep();

    [[nodiscard]] const std::string& name() const { return file_->name(); }

    [[nodiscard]] std::int64_t size() const { return file_->size(); }

    // REQUIRES: keep() was called.
    [[nodiscard]] const std::string& sha256() const { return sha256_; }

  private:
    std::unique_ptr<FileStore::File> file_;
    fits::Sha256 digest_;
    std::string sha256_;
};

struct NewEntity {
    std::string name;  // for people
    std::string content_type;
    std::string extension;
    std::optional<std::int64_t> owner;
    std::string client;  // whom the quota counts
    std::string origin;  // upload, url, did, result
    std::string location;  // the URL or obs_publisher_did that it came from, or empty
    std::string generated_by;  // a job, or empty
    std::string role;  // the result's id there
};

struct Entity {
    std::string id;
    std::string sha256;
    std::int64_t size_bytes = 0;
    std::string file;  // in the store
    std::string name;
    std::string content_type;
    std::string extension;
    std::optional<std::int64_t> owner;
    std::string owner_name;
    std::string origin;
    std::string location;
    std::string generated_by;
    std::string role;
    Micros creation_time = 0;
    Micros destruction = 0;
};

struct EntityLimits {
    std::int64_t bytes = 0;   // of all entities of a client together
    std::int64_t keep_s = 0;  // from creation to destruction
};

// As they are configured.
[[nodiscard]] EntityLimits entity_limits(const Config& config);

// What was just kept becomes an entity; bytes that are there already are not stored again.
[[nodiscard]] Entity add_entity(pg::Connection& db,
                                const FileStore& store,
                                const EntityFile& file,
                                const NewEntity& entity,
                                const EntityLimits& limits);
// Within a transaction of the caller's: `file` of the answer may be another one than the kept one,
// which is to be removed from the store when the transaction was committed.
[[nodiscard]] Entity insert_entity(pg::Connection& db,
                                   const EntityFile& file,
                                   const NewEntity& entity,
                                   const EntityLimits& limits);

// Those of the files that no content has.
[[nodiscard]] std::vector<std::string> find_unneeded(pg::Connection& db, const std::vector<std::string>& files);

[[nodiscard]] std::optional<Entity> find_entity(pg::Connection& db, std::string_view id);
[[nodiscard]] Entity get_entity(pg::Connection& db,
                                std::string_view id,
                                std::optional<std::int64_t> principal);
// The entity that a result of a job is. NotFound; Forbidden when the job has another owner.
[[nodiscard]] Entity get_result_entity(pg::Connection& db,
                                       std::string_view list,
                                       std::string_view job_id,
                                       std::string_view result_id,
                                       std::optional<std::int64_t> principal);

// Those of an owner, newest first, at most 1000 after the one with the id `after` (empty: from the first).
[[nodiscard]] std::vector<Entity> list_entities(pg::Connection& db, std::int64_t owner, std::string_view after);

struct Use {
    std::string job_id;
    std::string role;
};

// But jobs that are not gone and that are of other users or of nobody.
[[nodiscard]] std::vector<Use> read_uses(pg::Connection& db,
                                         std::string_view id,
                                         std::optional<std::int64_t> principal);
// What the job fetched from there for that input, at an earlier attempt.
[[nodiscard]] std::optional<std::string> find_fetched(pg::Connection& db, const Use& use, std::string_view location);
// Notes it once, however often it is told.
void note_use(pg::Connection& db, std::string_view entity, const Use& use);

// Forbidden while a job names it. Returns the file that nobody needs any more, if that is so.
[[nodiscard]] std::optional<std::string> delete_entity(pg::Connection& db, std::string_view id);
// Of those whose time is over and that no job names; returns files to be removed.
[[nodiscard]] std::vector<std::string> destroy_due_entities(pg::Connection& db);

}  // namespace vo::uws
