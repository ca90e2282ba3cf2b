// SPDX-License-Identifier: Apache-2.0
// uws.content and uws.entity.
#include "uws/entities.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "uws/job.h"
#include "uws/store.h"

namespace vo::uws {

namespace {

constexpr std::string_view kColumns =
    "e.entity_id, e.sha256, c.size_bytes, c.file, e.name, e.content_type, e.extension, e.owner, p.display, "
    "e.origin, e.location, CASE WHEN NOT EXISTS (SELECT FROM uws.job j WHERE j.job_id = e.generated_by AND j.owner IS NULL) "
    "THEN e.generated_by END, e.role, (extract(epoch FROM e.creation_time) * 1000000)::bigint, "
    "(extract(epoch FROM e.destruction) * 1000000)::bigint FROM uws.entity e JOIN uws.content c USING (sha256) "
    "LEFT JOIN auth.principal p ON p.principal = e.owner ";
constexpr std::string_view kStays =
    "(e.destruction > clock_timestamp() OR EXISTS (SELECT FROM uws.parameter a WHERE a.entity_id = e.entity_id) "
    "OR EXISTS (SELECT FROM uws.result r WHERE r.entity_id = e.entity_id)) ";

Entity read_entity(const pg::Result& rows, int row) {
    const auto text = [&](int column) { return std::string(rows.text(row, column)); };
    return {.id = text(0),
            .sha256 = text(1),
            .size_bytes = rows.integer(row, 2),
            .file = text(3),
            .name = text(4),
            .content_type = text(5),
            .extension = text(6),
            .owner = rows.find_integer(row, 7),
            .owner_name = text(8),
            .origin = text(9),
            .location = text(10),
            .generated_by = text(11),
            .role = text(12),
            .creation_time = rows.integer(row, 13),
            .destruction = rows.integer(row, 14)};
}

pg::Param or_null(const std::string& text) {
    return text.empty() ? pg::Param(std::nullopt) : pg::Param(text);
}

void check_quota(pg::Connection& db, const std::string& client, std::int64_t size, std::int64_t quota) {
    // Two at once would each see room for one.
    db.exec("SELECT pg_advisory_xact_lock(hashtext('vogate entities'), hashtext($1))", {client});
    // Any number of empty files is no small thing.
    constexpr std::int64_t kLeastBytes = 4096;
    const auto found = db.exec(
        "SELECT coalesce(sum(greatest(size_bytes, $2::bigint)), 0)::bigint FROM uws.entity JOIN uws.content USING (sha256) "
        "WHERE client = $1",
        {client, kLeastBytes});
    if (found.integer(0, 0) + std::max(size, kLeastBytes) > quota)
        throw Error(Code::TooLarge, "this file has " + std::to_string(size) + " bytes and your files have " +
                                        std::to_string(found.integer(0, 0)) + " already; together they may have " +
                                        std::to_string(quota) + ": delete some that you no longer need");
}

// Whoever brings the bytes at this moment has changed `seen`, and the row stays.
std::vector<std::string> remove_contents(pg::Connection& db, const std::vector<std::optional<std::string>>& digests) {
    const auto gone = db.exec(
        "DELETE FROM uws.content c USING (SELECT sha256, seen FROM uws.content WHERE sha256 = ANY ($1::text[])) o "
        "WHERE c.sha256 = o.sha256 AND c.seen = o.seen "
        "AND NOT EXISTS (SELECT FROM uws.entity e WHERE e.sha256 = c.sha256) RETURNING c.file",
        {pg::array_text(digests)});
    std::vector<std::string> files;
    for (int i = 0; i < gone.rows(); ++i)
        files.emplace_back(gone.text(i, 0));
    return files;
}

[[noreturn]] void refuse_missing(std::string_view what, std::string_view id) {
    throw Error(Code::NotFound, "there is no " + std::string(what) + " \"" + std::string(cut_text(id, 64)) +
                                    "\" here: it was deleted, its time is over, or it never was");
}

void check_owner(const Entity& entity, std::optional<std::int64_t> principal) {
    if (!entity.owner || entity.owner == principal) return;
    throw Error(Code::Forbidden, principal ? "this file belongs to another user"
                                           : "this file belongs to a user; log in as that user");
}

}  // namespace

EntityFile::EntityFile(const FileStore& store)
    : file_(store.create(FileStore::make_name("entities", make_job_id(), "content"))) {}

void EntityFile::write(std::string_view bytes) {
    file_->write(bytes);
    digest_.update(bytes);
}

void EntityFile::keep() {
    file_->keep();
    sha256_ = digest_.hex();
}

EntityLimits entity_limits(const Config& config) {
    return {.bytes = config.entity_bytes_per_owner, .keep_s = config.entity_days * kSecondsOfDay};
}

Entity insert_entity(pg::Connection& db,
                     const EntityFile& file,
                     const NewEntity& entity,
                     const EntityLimits& limits) {
    check_quota(db, entity.client, file.size(), limits.bytes);
    db.exec(
        "INSERT INTO uws.content (sha256, size_bytes, file) VALUES ($1, $2, $3) "
        "ON CONFLICT (sha256) DO UPDATE SET seen = clock_timestamp()",
        {file.sha256(), file.size(), file.name()});
    const auto id = make_job_id();
    db.exec(
        "INSERT INTO uws.entity (entity_id, sha256, name, content_type, extension, owner, client, origin, location, "
        "generated_by, role, destruction) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
        "clock_timestamp() + $12 * interval '1 s')",
        {id, file.sha256(), entity.name, entity.content_type, entity.extension, entity.owner, entity.client,
         entity.origin, or_null(entity.location), or_null(entity.generated_by), or_null(entity.role), limits.keep_s});
    const auto rows = db.exec("SELECT " + std::string(kColumns) + "WHERE e.entity_id = $1", {id});
    return read_entity(rows, 0);
}

Entity add_entity(pg::Connection& db,
                  const FileStore& store,
                  const EntityFile& file,
                  const NewEntity& entity,
                  const EntityLimits& limits) {
    try {
        pg::Transaction work(db);
        auto added = insert_entity(db, file, entity, limits);
        work.commit();
        if (added.file != file.name()) store.remove(file.name());
        return added;
    } catch (const Error&) {
        // When the connection broke, the row may be there; the watch over the store tells.
        if (db.is_alive()) store.remove(file.name());
        throw;
    }
}

std::vector<std::string> find_unneeded(pg::Connection& db, const std::vector<std::string>& files) {
    std::vector<std::optional<std::string>> names(files.begin(), files.end());
    const auto rows = db.exec(
        "SELECT name FROM unnest($1::text[]) AS name WHERE NOT EXISTS (SELECT FROM uws.content WHERE file = name)",
        {pg::array_text(names)});
    std::vector<std::string> unneeded;
    for (int i = 0; i < rows.rows(); ++i)
        unneeded.emplace_back(rows.text(i, 0));
    return unneeded;
}

std::optional<Entity> find_entity(pg::Connection& db, std::string_view id) {
    const auto rows = db.exec(
        "SELECT " + std::string(kColumns) + "WHERE e.entity_id = $1 AND " + std::string(kStays), {id});
    if (rows.rows() == 0) return std::nullopt;
    return read_entity(rows, 0);
}

Entity get_entity(pg::Connection& db, std::string_view id, std::optional<std::int64_t> principal) {
    auto entity = find_entity(db, id);
    if (!entity) refuse_missing("file", id);
    check_owner(*entity, principal);
    return *std::move(entity);
}

Entity get_result_entity(pg::Connection& db,
                         std::string_view list,
                         std::string_view job_id,
                         std::string_view result_id,
                         std::optional<std::int64_t> principal) {
    const auto job = get_job(db, list, job_id, Detail::State);
    uws::check_owner(job, principal);
    const auto rows = db.exec("SELECT " + std::string(kColumns) +
                                  "JOIN uws.result r USING (entity_id) WHERE r.job_id = $1 AND r.result_id = $2",
                              {job_id, result_id});
    if (rows.rows() == 0)
        throw Error(Code::NotFound, "the job " + std::string(cut_text(job_id, 64)) + " has no result \"" +
                                        std::string(cut_text(result_id, 64)) + "\" that could be used; it is " +
                                        std::string(word_of(job.phase)));
    return read_entity(rows, 0);
}

std::vector<Entity> list_entities(pg::Connection& db, std::int64_t owner, std::string_view after) {
    const auto rows = db.exec(
        "SELECT " + std::string(kColumns) +
            "WHERE e.owner = $1 AND " + std::string(kStays) + "AND ($2 = '' OR (e.creation_time, e.entity_id) < "
            "(SELECT creation_time, entity_id FROM uws.entity WHERE entity_id = $2)) "
            "ORDER BY e.creation_time DESC, e.entity_id DESC LIMIT 1000",
        {owner, after});
    std::vector<Entity> entities;
    for (int i = 0; i < rows.rows(); ++i)
        entities.push_back(read_entity(rows, i));
    return entities;
}

std::vector<Use> read_uses(pg::Connection& db, std::string_view id, std::optional<std::int64_t> principal) {
    const auto rows = db.exec(
        "SELECT job_id, role FROM uws.used u WHERE entity_id = $1 AND NOT EXISTS (SELECT FROM uws.job j "
        "WHERE j.job_id = u.job_id AND (j.owner IS NULL OR j.owner IS DISTINCT FROM $2::bigint)) "
        "ORDER BY job_id, role LIMIT 1000",
        {id, principal});
    std::vector<Use> uses;
    for (int i = 0; i < rows.rows(); ++i)
        uses.push_back({std::string(rows.text(i, 0)), std::string(rows.text(i, 1))});
    return uses;
}

std::optional<std::string> find_fetched(pg::Connection& db, const Use& use, std::string_view location) {
    const auto rows = db.exec(
        "SELECT entity_id FROM uws.used JOIN uws.entity USING (entity_id) WHERE job_id = $1 AND used.role = $2 "
        "AND origin = 'url' AND location = $3 AND destruction > clock_timestamp() LIMIT 1",
        {use.job_id, use.role, location});
    if (rows.rows() == 0) return std::nullopt;
    return std::string(rows.text(0, 0));
}

void note_use(pg::Connection& db, std::string_view entity, const Use& use) {
    db.exec("INSERT INTO uws.used (entity_id, job_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            {entity, use.job_id, use.role});
}

std::optional<std::string> delete_entity(pg::Connection& db, std::string_view id) {
    pg::Transaction work(db);
    const auto found = db.exec("SELECT sha256, owner FROM uws.entity WHERE entity_id = $1 FOR UPDATE", {id});
    if (found.rows() == 0) refuse_missing("file", id);
    const auto jobs = db.exec(
        "SELECT job_id, owner FROM uws.job WHERE job_id IN (SELECT job_id FROM uws.result WHERE entity_id = $1 "
        "UNION ALL SELECT job_id FROM uws.parameter WHERE entity_id = $1) LIMIT 1",
        {id});
    if (jobs.rows() > 0) {
        const auto owner = jobs.find_integer(0, 1);
        const bool is_theirs = owner && owner == found.find_integer(0, 1);
        throw Error(Code::Forbidden, (is_theirs ? "the job " + std::string(jobs.text(0, 0)) : "a job") +
                                         " has this file as a result or input: delete the job first");
    }
    db.exec("DELETE FROM uws.entity WHERE entity_id = $1", {id});
    auto files = remove_contents(db, {std::string(found.text(0, 0))});
    work.commit();
    if (files.empty()) return std::nullopt;
    return std::move(files.front());
}

std::vector<std::string> destroy_due_entities(pg::Connection& db) {
    std::vector<std::string> files;
    while (true) {
        pg::Transaction work(db);
        const auto gone = db.exec(
            "DELETE FROM uws.entity WHERE entity_id IN (SELECT entity_id FROM uws.entity e WHERE destruction <= now() "
            "AND NOT EXISTS (SELECT FROM uws.result r WHERE r.entity_id = e.entity_id) "
            "AND NOT EXISTS (SELECT FROM uws.parameter a WHERE a.entity_id = e.entity_id) "
            "ORDER BY destruction LIMIT 1000 FOR UPDATE SKIP LOCKED) RETURNING sha256");
        std::vector<std::optional<std::string>> digests;
        for (int i = 0; i < gone.rows(); ++i)
            digests.emplace_back(gone.text(i, 0));
        for (auto& file : remove_contents(db, digests))
            files.push_back(std::move(file));
        work.commit();
        if (gone.rows() < 1000) return files;
    }
}

}  // namespace vo::uws
