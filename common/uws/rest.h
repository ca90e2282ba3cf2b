// SPDX-License-Identifier: Apache-2.0
// The URL tree of a job list: UWS 1.1 §2.2, from requests to the store and back.
//
//     uws::Rest rest(host, [&](const http::Request&) { return options; });
//     return host.serve(rest.routes(), ...);
//
// What a job is about is not known here: parameters and files are kept as they come, but for what
// RestOptions::check says of them, and a worker says what is wrong when the job runs (TAP 1.1 §2.7). Jobs
// of a user are that user's alone; of an anonymous one they are who knows the address's, and never listed.
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
#include "uws/entities.h"
#include "uws/files.h"
#include "uws/host.h"
#include "uws/store.h"
#include "uws/waiting.h"

namespace vo::uws {

struct Caller {
    std::optional<std::int64_t> principal;
    std::string client;  // whom limits count
};

struct RestOptions {
    std::string list;  // "tap"
    std::string url;   // of the list, absolute
    ListWords words;
    QueueLimits queue;
    ParameterLimits parameters;
    std::int64_t duration_s = 0;  // executionDuration when the client asks for none
    std::int64_t duration_hard_s = 0;
    std::int64_t keep_s = 0;  // from creation to destruction, likewise
    std::int64_t keep_hard_s = 0;
    std::vector<std::string> accumulating;  // parameters that are added to, not replaced
    std::optional<std::int64_t> kind;       // uws.kind, for new jobs
    // Why no job can be made, changed or started at present; empty when it can. Those that are there can be
    // seen, aborted and deleted.
    std::string closed;
    // Uploaded files become entities.
    std::optional<EntityLimits> entities;
    // Sees what is about to be kept: BadRequest, or the parameters that refer to entities get their ids.
    std::function<void(pg::Connection& db,
                       const Caller& caller,
                       std::vector<Parameter>& parameters,
                       const std::vector<http::File>& files)>
        check;
};

class Rest {
  public:
    // Of the list that the request is about; NotFound when there is none.
    using Options = std::function<std::shared_ptr<const RestOptions>(const http::Request&)>;

    Rest(Host& host, Options options)
        : host_(host), pool_(host.pool()), store_(host.store()), waiting_(host.waiting()), options_(std::move(options)) {}

    // They refer to this. `prefix` is the path of the list: "" or "/{kind}".
    [[nodiscard]] std::vector<http::Route> routes(const std::string& prefix = {});

    [[nodiscard]] Caller find_caller(pg::Connection& db, const http::Request& request);

  private:
    void check(const RestOptions& options,
               pg::Connection& db,
               const Caller& caller,
               std::vector<Parameter>& parameters,
               const std::vector<http::File>& files) const;
    // The job, if the caller may see it.
    [[nodiscard]] Job read_job(const http::Request& request, Detail detail = Detail::State);
    void wait_for_change(const http::Request& request, http::Response& response, const Job& job);
    void redirect(const RestOptions& options, http::Response& response, std::string_view id) const;
    [[nodiscard]] std::vector<Parameter> keep_files(const RestOptions& options,
                                                    const http::Request& request,
                                                    const std::string& id,
                                                    const Caller& caller);
    [[nodiscard]] Parameter keep_file(const http::File& file, const std::string& id) const;
    [[nodiscard]] Parameter keep_entity(const http::File& file, const EntityLimits& limits, const Caller& caller);
    // `files` are those of the parameters that are new in the store.
    void store_parameters(const RestOptions& options,
                          const std::string& id,
                          const std::vector<Parameter>& parameters,
                          const std::vector<Parameter>& files,
                          const std::vector<std::string>& accumulating);
    void remove_files(pg::Connection& db, const std::vector<Parameter>& files) const noexcept;

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

    Host& host_;
    pg::Pool& pool_;
    const FileStore& store_;
    Waiting& waiting_;
    Options options_;
    auth::Principals principals_;
};

}  // namespace vo::uws
