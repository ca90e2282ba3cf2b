// SPDX-License-Identifier: Apache-2.0
// The URL tree of a job list: UWS 1.1 §2.2, from requests to the store and back.
//
//     uws::Rest rest(pool, store, waiting, [&] { return options; });
//     http::serve(server_options, rest.routes(), write_error);
//
// What a job is about is not known here: parameters and files are kept as they come, whatever they
// are, and a worker says what is wrong with them when the job runs (TAP 1.1 §2.7). Jobs of a user
// are that user's alone; of an anonymous one they are who knows the address's, and never listed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auth/identity.h"
#include "http/server.h"
#include "pg/pool.h"
#include "uws/document.h"
#include "uws/files.h"
#include "uws/store.h"
#include "uws/waiting.h"

namespace vo::uws {

struct RestOptions {
    std::string list;  // "tap"
    std::string url;   // of the list, absolute
    ListWords words;
    std::string realm;
    QueueLimits queue;
    ParameterLimits parameters;
    std::int64_t duration_s = 0;  // executionDuration when the client asks for none
    std::int64_t duration_hard_s = 0;
    std::int64_t keep_s = 0;  // from creation to destruction, likewise
    std::int64_t keep_hard_s = 0;
    std::vector<std::string> accumulating;  // parameters that are added to, not replaced
};

class Rest {
  public:
    using Options = std::function<std::shared_ptr<const RestOptions>()>;

    Rest(pg::Pool& pool, const FileStore& store, Waiting& waiting, Options options)
        : pool_(pool), store_(store), waiting_(waiting), options_(std::move(options)) {}

    // They refer to this.
    [[nodiscard]] std::vector<http::Route> routes();

  private:
    struct Caller {
        std::optional<std::int64_t> principal;
        std::string client;  // whom limits count
    };

    [[nodiscard]] Caller find_caller(pg::Connection& db, const http::Request& request);
    // The job, if the caller may see it.
    [[nodiscard]] Job read_job(const http::Request& request, Detail detail = Detail::State);
    void wait_for_change(const http::Request& request, http::Response& response, const Job& job);
    void redirect(http::Response& response, std::string_view id) const;
    [[nodiscard]] std::vector<Parameter> keep_files(const http::Request& request,
                                                    const std::string& id) const;
    [[nodiscard]] Parameter keep_file(const http::File& file, const std::string& id) const;
    // `files` are those of the parameters that are new in the store.
    void store_parameters(const std::string& id,
                          const std::vector<Parameter>& parameters,
                          const std::vector<Parameter>& files,
                          const std::vector<std::string>& accumulating);
    void remove_files(const std::vector<Parameter>& files) const;

    // Opens a connection for a change of the job at `{id}`, then sends the client there.
    void change(const http::Request& request,
                http::Response& response,
                const std::function<void(pg::Connection& db, const std::string& id)>& work);

    void list(const http::Request& request, http::Response& response);
    void create(const http::Request& request, http::Response& response);
    void job(const http::Request& request, http::Response& response);
    void post_job(const http::Request& request, http::Response& response);
    void delete_job(const http::Request& request, http::Response& response);
    void phase(const http::Request& request, http::Response& response);
    void post_phase(const http::Request& request, http::Response& response);
    void post_duration(const http::Request& request, http::Response& response);
    void post_destruction(const http::Request& request, http::Response& response);
    void error(const http::Request& request, http::Response& response);
    void post_parameters(const http::Request& request, http::Response& response);
    void parameter(const http::Request& request, http::Response& response);
    void put_parameter(const http::Request& request, http::Response& response);
    void result(const http::Request& request, http::Response& response);

    pg::Pool& pool_;
    const FileStore& store_;
    Waiting& waiting_;
    Options options_;
    auth::Principals principals_;
};

}  // namespace vo::uws
