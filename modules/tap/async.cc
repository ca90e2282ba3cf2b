// SPDX-License-Identifier: Apache-2.0
// tap-async.fcgi: /tap/async, the jobs of the TAP service. They run in vogate-worker; here they are
// made, shown and waited for, apart from the slots of synchronous queries.
#include <algorithm>
#include <atomic>
#include <memory>

#include "answers.h"
#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "base/program.h"
#include "config.h"
#include "http/server.h"
#include "pg/pool.h"
#include "pg/schema_version.h"
#include "uws/rest.h"

namespace vo::tap {

namespace {

constexpr std::int64_t kSecondsOfDay = 86'400;

std::shared_ptr<const uws::RestOptions> make_options(const Config& config) {
    return std::make_shared<const uws::RestOptions>(uws::RestOptions{
        .list = "tap",
        .url = config.base_url + "/tap/async",
        .words = {.title = "Asynchronous queries", .note = {}},
        .realm = config.auth_realm,
        .queue = {.length = config.async_queue_length, .per_client = config.async_queue_per_owner,
                  .pending = config.async_pending_per_owner},
        .parameters = {.value_bytes = config.max_body_bytes, .file_bytes = config.max_upload_bytes},
        .duration_s = config.async_limit_s,
        .duration_hard_s = config.async_limit_hard_s,
        .keep_s = config.async_job_days * kSecondsOfDay,
        .keep_hard_s = config.async_job_days_hard * kSecondsOfDay,
        .accumulating = {"UPLOAD"}});
}

// Those that wait have threads of their own, as many as there were places at the start.
uws::WaitLimits wait_limits(const Config& config, std::int64_t places) {
    return {.total = std::min(config.wait_max_total, places), .per_client = config.wait_max_per_client};
}

class Service {
  public:
    explicit Service(std::string config_path)
        : config_path_(std::move(config_path)),
          config_(std::make_shared<const Config>(read_config(config_path_))),
          options_(make_options(*config())),
          store_(config()->store_dir),
          pool_(config()->database_service,
                "tap-async",
                // Each request takes one for a moment only.
                {.slots = 8, .queue = 10'000, .wait = std::chrono::seconds(10)},
                [this](pg::Connection& db) {
                    pg::check_schema_version(db);
                    store_.open(db);
                }),
          waiting_(
              [this] {
                  return pg::Listener(config()->database_service, "tap-async waiting", uws::kChannel);
              },
              wait_limits(*config(), places_)),
          rest_(pool_, store_, waiting_, [this] { return options_.load(); }) {
        log::set_level(log::parse_level(config()->log_level));
        if (config()->database_service.empty())
            throw Error(Code::BadRequest, config_path_ +
                                              ": the option database_service is missing; jobs are "
                                              "kept by that role");
    }

    [[nodiscard]] std::shared_ptr<const Config> config() const { return config_.load(); }

    [[nodiscard]] std::int64_t threads() const { return config()->threads + places_; }

    void start() { waiting_.start(); }

    // They would wait for longer than the grace.
    void stopping() { waiting_.release_all(); }

    [[nodiscard]] http::Limits limits() const {
        const auto config = this->config();
        return {.body = {.max_body_bytes = config->max_body_bytes,
                         .max_upload_bytes = config->max_upload_bytes},
                .min_rate_bytes_per_s = config->min_rate_bytes_per_s};
    }

    // Takes effect for the requests that follow; addresses, threads and directories at a restart.
    http::Limits reload() {
        auto fresh = std::make_shared<const Config>(read_config(config_path_));
        log::set_level(log::parse_level(fresh->log_level));
        waiting_.set_limits(wait_limits(*fresh, places_));
        options_ = make_options(*fresh);
        config_ = std::move(fresh);
        return limits();
    }

    [[nodiscard]] std::vector<http::Route> routes() { return rest_.routes(); }

  private:
    std::string config_path_;
    std::atomic<std::shared_ptr<const Config>> config_;
    std::atomic<std::shared_ptr<const uws::RestOptions>> options_;
    std::int64_t places_ = config()->wait_max_total;
    uws::FileStore store_;
    pg::Pool pool_;
    uws::Waiting waiting_;
    uws::Rest rest_;
};

// RESPONSEFORMAT is for the result of the job, so only Accept says what an error looks like.
void write_error(const Error& error,
                 const std::string& /*incident*/,
                 const http::Request* request,
                 http::Response& response) {
    const auto accept = request == nullptr ? std::string_view() : request->header("Accept");
    send_error_document(error, table::negotiate(accept), response);
}

int run(std::string_view config_option) {
    Service service(find_config_path(config_option));
    const auto routes = service.routes();
    const http::ServerOptions options{.threads = service.threads(),
                                      .limits = service.limits(),
                                      .on_start = [&service] { service.start(); },
                                      .on_reload = [&service] { return service.reload(); },
                                      .on_stopping = [&service] { service.stopping(); }};
    return http::serve(options, routes, write_error);
}

}  // namespace

}  // namespace vo::tap

int main(int argc, char** argv) {
    return vo::run_service({"tap-async", "tap-async.fcgi", PACKAGE_VERSION}, argc, argv, vo::tap::run);
}
