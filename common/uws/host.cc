// SPDX-License-Identifier: Apache-2.0
// The frame of tap-async and of the job server.
#include "uws/host.h"

#include <algorithm>

#include "base/log.h"
#include "doc/page.h"
#include "pg/listener.h"
#include "pg/schema_version.h"
#include "table/error_doc.h"
#include "uws/store.h"

namespace vo::uws {

namespace {

// Those that wait have threads of their own, as many as there were places at the start.
WaitLimits wait_limits(const Config& config, std::int64_t places) {
    return {.total = std::min(config.wait_max_total, places), .per_client = config.wait_max_per_client};
}

}  // namespace

Host::Host(const std::string& name, std::string config_path)
    : config_path_(std::move(config_path)),
      config_(std::make_shared<const Config>(read_config(config_path_))),
      store_(config()->store_dir),
      pool_(config()->database_service,
            name,
            // Each request takes one for a moment only.
            {.slots = 8, .queue = 10'000, .wait = std::chrono::seconds(10)},
            [this](pg::Connection& db) {
                pg::check_schema_version(db);
                store_.open(db);
            }),
      waiting_(
          [this, name] { return pg::Listener(config()->database_service, name + " waiting", kChannel); },
          wait_limits(*config(), places_)) {
    log::set_level(log::parse_level(config()->log_level));
    if (config()->database_service.empty())
        throw Error(Code::BadRequest,
                    config_path_ + ": the option database_service is missing; jobs are kept by that role");
}

http::Limits Host::limits() const {
    const auto config = this->config();
    return {.body = {.max_body_bytes = config->max_body_bytes, .max_upload_bytes = config->max_upload_bytes},
            .min_rate_bytes_per_s = config->min_rate_bytes_per_s};
}

int Host::serve(const std::vector<http::Route>& routes, const std::function<void(const Config&)>& on_config) {
    return http::serve({.threads = config()->threads + places_,
                        .limits = limits(),
                        .on_start = [this] { waiting_.start(); },
                        // Takes effect for the requests that follow; addresses, threads and folders at a restart.
                        .on_reload =
                            [&] {
                                const auto fresh = std::make_shared<const Config>(read_config(config_path_));
                                const auto old = config_.exchange(fresh);
                                try {
                                    on_config(*fresh);
                                } catch (const Error&) {
                                    config_ = old;
                                    throw;
                                }
                                log::set_level(log::parse_level(fresh->log_level));
                                waiting_.set_limits(wait_limits(*fresh, places_));
                                return limits();
                            },
                        // They would wait for longer than the grace.
                        .on_stopping = [this] { waiting_.release_all(); }},
                       routes, write_error);
}

void begin_document(http::Response& response, Form form) {
    response.content_type(content_type(form));
    response.header("Vary", "Accept");
    // Proxies and browsers must not take an old phase for the present one.
    response.header("Cache-Control", "no-store");
    if (form == Form::Html) response.header("Content-Security-Policy", doc::kPagePolicy);
}

void write_error(const Error& error,
                 const std::string& /*incident*/,
                 const http::Request* request,
                 http::Response& response) {
    const auto format = table::negotiate(request == nullptr ? std::string_view() : request->header("Accept"));
    const auto document = table::make_error_document(error, format);
    response.content_type(document.content_type);
    // Caches must not hand a browser's page to a program.
    response.header("Vary", "Accept");
    if (format.format->error_form == table::ErrorForm::Html)
        response.header("Content-Security-Policy", doc::kPagePolicy);
    response.write(document.body);
}

}  // namespace vo::uws
