// SPDX-License-Identifier: Apache-2.0
// A job's parameters to a request, its answer to a file.
#include "run_query.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/error.h"
#include "uws/store.h"

namespace vo::worker {

namespace {

class WatchedSink final : public Sink {
  public:
    WatchedSink(Sink& to, const Cancel& cancel) : to_(to), cancel_(cancel) {}

    void write(std::string_view bytes) override {
        cancel_.check();
        to_.write(bytes);
    }

  private:
    Sink& to_;
    const Cancel& cancel_;
};

// Longer than any limit: the desk looks after those.
constexpr std::chrono::hours kPatience{24 * 365};
// Of the tables that come with a query.
constexpr std::chrono::seconds kLongestLoad{600};

pg::PoolLimits pool_limits(const Config& config) {
    const auto slots = static_cast<std::size_t>(config.async_slots);
    return {.slots = slots, .queue = slots, .wait = std::chrono::seconds(30)};
}

tap::QueryLimits query_limits(const Config& config) {
    return {.maxrec_default = config.async_maxrec_default,
            .maxrec_hard = config.async_maxrec_hard,
            .max_bytes = config.async_max_bytes,
            .max_query_bytes = config.max_query_bytes,
            .scratch = {.max_bytes = std::min(config.temp_file_limit_mb * 1'000'000, config.async_max_bytes)},
            .uploads = {.max_bytes = config.max_upload_bytes,
                        .max_rows = config.max_upload_rows,
                        .fetch_time = std::min(std::chrono::seconds(config.async_limit_s), kLongestLoad),
                        .allow_loopback = config.fetch_loopback != 0}};
}

}  // namespace

QueryRunner::QueryRunner(Settings settings, const uws::FileStore& store)
    : settings_(std::move(settings)),
      store_(store),
      pool_(settings_()->database_query,
            "vogate-worker",
            pool_limits(*settings_()),
            // The desk looks after the limit of each job.
            [](pg::Connection& db) { db.exec("SET statement_timeout = 0"); }),
      catalog_([conninfo = settings_()->database_query] {
          return pg::Connection(conninfo, "vogate-worker catalog");
      }) {}

Done QueryRunner::run(const uws::Claim& claim, const Cancel& cancel, JobProgress& progress) {
    progress.count();
    http::Params params;
    std::vector<http::File> files;
    for (const auto& parameter : claim.job.parameters) {
        if (parameter.file.empty()) {
            params.add(parameter.name, parameter.value);
            continue;
        }
        auto content = std::make_shared<ScratchFile>(
            ScratchFile::adopt(store_.read(parameter.file).release(), "an uploaded table"));
        files.push_back({parameter.name, parameter.value, parameter.content_type, std::move(content)});
    }
    const auto request = tap::read_query_request({params, "", files}, query_limits(*settings_()));

    std::unique_ptr<uws::FileStore::File> file;
    std::unique_ptr<WatchedSink> sink;
    uws::Result result{.id = "result", .file = {}, .content_type = {}, .extension = {}};
    const tap::Answer answer{
        .begin = [&](const table::Choice& format) -> Sink& {
            // The attempt keeps apart what two workers may write of one job, the rest what two may
            // write of one attempt, when a crash of the database made it forget the first.
            file = store_.create(uws::FileStore::make_name(
                "results", claim.ticket.job_id,
                std::to_string(claim.ticket.attempt) + '-' + uws::make_job_id().substr(0, 8)));
            sink = std::make_unique<WatchedSink>(*file, cancel);
            result.content_type = format.content_type;
            result.extension = format.format->extension;
            return *sink;
        },
        // Nobody sees the file before it is whole.
        .can_withdraw = [] { return true; },
        .note_failure = [](const Error& error) { return std::string(error.what()); }};
    tap::run_query(request, *catalog_.get(), pool_, {.budget = kPatience, .watch_fd = cancel.watch_fd()}, answer,
                   progress.report);
    cancel.check();
    file->keep();
    result.file = file->name();
    result.size_bytes = file->size();
    return {.ending = {.move = uws::Move::Complete, .results = {std::move(result)}}};
}

}  // namespace vo::worker
