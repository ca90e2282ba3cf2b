// SPDX-License-Identifier: Apache-2.0
// What a process that serves job lists is made of: configuration, connections, store, waits, server loop.
//
//     uws::Host host("tap-async", find_config_path(option));
//     uws::Rest rest(host, [&](const http::Request&) { return options; });
//     return host.serve(rest.routes(), [&](const Config& config) { options = make_options(config); });
//
// REQUIRES: made and served in the main thread, before the program starts other ones.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "http/server.h"
#include "pg/pool.h"
#include "uws/document.h"
#include "uws/files.h"
#include "uws/waiting.h"

namespace vo::uws {

class Host {
  public:
    // `name`: of its connections.
    Host(const std::string& name, std::string config_path);

    [[nodiscard]] std::shared_ptr<const Config> config() const { return config_.load(); }

    [[nodiscard]] pg::Pool& pool() { return pool_; }

    [[nodiscard]] const FileStore& store() const { return store_; }

    [[nodiscard]] Waiting& waiting() { return waiting_; }

    // Until the process is told to end. `on_config` sees each configuration that is read again; what it
    // throws keeps the old one.
    [[nodiscard]] int serve(const std::vector<http::Route>& routes,
                            const std::function<void(const Config&)>& on_config);

  private:
    [[nodiscard]] http::Limits limits() const;

    std::string config_path_;
    std::atomic<std::shared_ptr<const Config>> config_;
    std::int64_t places_ = config()->wait_max_total;
    FileStore store_;
    pg::Pool pool_;
    Waiting waiting_;
};

// The headers of a document in that form.
void begin_document(http::Response& response, Form form);

// RESPONSEFORMAT is for the result of a job, so only Accept says what an error looks like.
void write_error(const Error& error,
                 const std::string& incident,
                 const http::Request* request,
                 http::Response& response);

}  // namespace vo::uws
