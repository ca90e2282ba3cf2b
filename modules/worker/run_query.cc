// SPDX-License-Identifier: Apache-2.0
// A job's parameters to a request, its answer to a file.
#include "run_query.h"

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

}  // namespace

uws::Result run_query(const uws::Claim& claim,
                      const schema::Catalog& catalog,
                      const tap::QueryLimits& limits,
                      pg::Pool& pool,
                      const uws::FileStore& store,
                      const Cancel& cancel,
                      tap::Report& report) {
    http::Params params;
    std::vector<http::File> files;
    for (const auto& parameter : claim.job.parameters) {
        if (parameter.file.empty()) {
            params.add(parameter.name, parameter.value);
            continue;
        }
        auto content = std::make_shared<ScratchFile>(
            ScratchFile::adopt(store.read(parameter.file).release(), "an uploaded table"));
        files.push_back({parameter.name, parameter.value, parameter.content_type, std::move(content)});
    }
    const auto request = tap::read_query_request({params, "", files}, limits);

    std::unique_ptr<uws::FileStore::File> file;
    std::unique_ptr<WatchedSink> sink;
    uws::Result result{.id = "result", .file = {}, .content_type = {}, .extension = {}};
    const tap::Answer answer{
        .begin = [&](const table::Choice& format) -> Sink& {
            // The attempt keeps apart what two workers may write of one job, the rest what two may
            // write of one attempt, when a crash of the database made it forget the first.
            file = store.create(uws::FileStore::make_name(
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
    tap::run_query(request, catalog, pool, {.budget = kPatience, .watch_fd = cancel.watch_fd()}, answer, report);
    cancel.check();
    file->keep();
    result.file = file->name();
    result.size_bytes = file->size();
    return result;
}

}  // namespace vo::worker
