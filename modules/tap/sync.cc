// SPDX-License-Identifier: Apache-2.0
// tap-sync.fcgi: /tap/sync, and the VOSI resources that describe the service.
#include <algorithm>
#include <atomic>
#include <memory>

#include "adql/functions.h"
#include "answers.h"
#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "base/program.h"
#include "base/time.h"
#include "config.h"
#include "doc/page.h"
#include "examples.h"
#include "http/server.h"
#include "pages.h"
#include "pg/pool.h"
#include "schema/catalog_reader.h"
#include "schema/vosi.h"
#include "tap/query.h"

namespace vo::tap {

namespace {

constexpr auto kXml = "text/xml;charset=utf-8";

pg::PoolLimits pool_limits(const Config& config) {
    return {.slots = static_cast<std::size_t>(config.query_slots),
            .queue = static_cast<std::size_t>(config.queue_length),
            .wait = std::chrono::seconds(config.queue_wait_s)};
}

QueryLimits query_limits(const Config& config) {
    return {.maxrec_default = config.maxrec_default,
            .maxrec_hard = config.maxrec_hard,
            .max_bytes = config.sync_max_bytes,
            .max_query_bytes = config.max_query_bytes,
            .scratch = {.max_bytes = config.temp_file_limit_mb * 1'000'000},
            .uploads = {.max_bytes = config.max_upload_bytes,
                        .max_rows = config.max_upload_rows,
                        .fetch_time = std::chrono::seconds(config.sync_limit_s),
                        .allow_loopback = config.fetch_loopback != 0}};
}

std::vector<schema::ModeLimits> mode_limits(const Config& config) {
    constexpr std::int64_t kDay_s = 86'400;
    if (config.capabilities_modes == 0)
        return {{.mode = "",
                 .seconds_default = config.async_limit_s,
                 .seconds_hard = config.async_limit_hard_s,
                 .maxrec_default = config.maxrec_default,
                 .maxrec_hard = std::max(config.maxrec_hard, config.async_maxrec_hard),
                 .keep_default_s = config.async_job_days * kDay_s,
                 .keep_hard_s = config.async_job_days_hard * kDay_s}};
    return {{.mode = "sync",
             .seconds_default = config.sync_limit_s,
             .seconds_hard = config.sync_limit_s,
             .maxrec_default = config.maxrec_default,
             .maxrec_hard = config.maxrec_hard},
            {.mode = "async",
             .seconds_default = config.async_limit_s,
             .seconds_hard = config.async_limit_hard_s,
             .maxrec_default = config.async_maxrec_default,
             .maxrec_hard = config.async_maxrec_hard,
             .keep_default_s = config.async_job_days * kDay_s,
             .keep_hard_s = config.async_job_days_hard * kDay_s}};
}

std::string milliseconds(std::chrono::microseconds time) {
    return std::to_string(static_cast<double>(time.count()) / 1000).substr(0, 8);
}

// What a query took, in the log line of its request, however it ends.
struct ReportNotes {
    explicit ReportNotes(http::Response& to) : response(to) {}

    ReportNotes(const ReportNotes&) = delete;
    ReportNotes& operator=(const ReportNotes&) = delete;

    ~ReportNotes() {
        response.note("rows", std::to_string(report.rows.load()));
        if (report.overflow) response.note("overflow", "1");
        response.note("adql_ms", milliseconds(report.translate));
        if (report.upload.count() > 0) response.note("upload_ms", milliseconds(report.upload));
        response.note("wait_ms", milliseconds(report.slot_wait));
        response.note("db_ms", milliseconds(report.database));
    }

    http::Response& response;
    Report report;
};

using Examples = std::vector<Example>;

class Service {
  public:
    explicit Service(std::string config_path)
        : config_path_(std::move(config_path)),
          config_(std::make_shared<const Config>(read_config(config_path_))),
          pool_(config()->database_query, "tap-sync", pool_limits(*config())),
          examples_(std::make_shared<const Examples>(read_examples(config()->examples_dir))),
          up_since_(format_utc(now_utc())) {
        log::set_level(log::parse_level(config()->log_level));
    }

    [[nodiscard]] std::shared_ptr<const Config> config() const { return config_.load(); }

    void start() {
        // The catalogue's connection is its own, so that it never waits for a query slot.
        catalog_ = std::make_unique<schema::CatalogHolder>(
            [this] { return pg::Connection(config()->database_query, "tap-sync catalog"); });
    }

    void stop() { catalog_.reset(); }

    [[nodiscard]] http::Limits limits() const {
        const auto config = this->config();
        return {.body = {.max_body_bytes = config->max_body_bytes,
                         .max_upload_bytes = config->max_upload_bytes},
                .min_rate_bytes_per_s = config->min_rate_bytes_per_s};
    }

    // Takes effect for the requests that follow; addresses, threads and directories at a restart.
    http::Limits reload() {
        auto fresh = std::make_shared<const Config>(read_config(config_path_));
        auto examples = std::make_shared<const Examples>(read_examples(fresh->examples_dir));
        log::set_level(log::parse_level(fresh->log_level));
        examples_ = std::move(examples);
        pool_.set_limits(pool_limits(*fresh));
        config_ = std::move(fresh);
        return limits();
    }

    void sync(const http::Request& request, http::Response& response) {
        const auto config = this->config();
        const auto query = read_query_request(
            {request.params(), request.header("Accept"), request.files()}, query_limits(*config));
        if (!query.run_id.empty()) response.note("runid", query.run_id);
        const Answer answer{.begin = [&](const table::Choice& format) -> Sink& {
                                set_format(response, format);
                                // What a browser calls the file that it saves.
                                response.header("Content-Disposition",
                                                "inline; filename=\"result." +
                                                    std::string(format.format->extension) + '"');
                                return response;
                            },
                            .can_withdraw = [&] { return !response.begun(); },
                            .note_failure = [&](const Error& error) -> std::string {
                                const auto& failure = response.note_error(error);
                                return failure.incident.empty()
                                           ? failure.error.what()
                                           : http::incident_message(failure.incident);
                            }};
        ReportNotes notes(response);
        run_query(
            query, *catalog_->get(), pool_,
            {.budget = std::chrono::seconds(config->sync_limit_s), .watch_fd = response.watch_fd()},
            answer, notes.report);
    }

    void capabilities(const http::Request& /*request*/, http::Response& response) {
        const auto config = this->config();
        const auto catalog = catalog_->current();
        schema::ServiceDescription service{
            .base_url = config->base_url,
            .limits = mode_limits(*config),
            .max_upload_bytes = config->max_upload_bytes,
            .has_examples = !examples_.load()->empty(),
            .has_obscore = catalog && catalog->find_table("ivoa.obscore") != nullptr};
        for (const auto& feature : adql::language_features())
            service.features.push_back({feature.type, feature.form, feature.description});
        response.content_type(kXml);
        schema::write_capabilities(response, service);
    }

    // VOSI 1.1 §2.2: detail=min leaves the columns out, detail=max has them all.
    void tables(const http::Request& request, http::Response& response) {
        const auto columns = wants_columns(request.params());
        const auto catalog = catalog_->get();
        response.content_type(kXml);
        schema::write_tableset(response, *catalog, columns);
    }

    void table(const http::Request& request, http::Response& response) {
        const auto columns = wants_columns(request.params());
        const auto catalog = catalog_->get();
        const auto name = request.placeholder("name");
        const auto* found = catalog->find_table(name);
        if (found == nullptr)
            throw Error(Code::NotFound,
                        "there is no table \"" + std::string(name) +
                            "\" here, or it is not permitted; /tap/tables lists the tables");
        response.content_type(kXml);
        schema::write_table(response, *catalog, *found, columns);
    }

    void home(const http::Request& /*request*/, http::Response& response) {
        begin_page(response);
        write_home(response, config()->base_url, catalog_->current().get(), *examples_.load());
    }

    void examples(const http::Request& request, http::Response& response) {
        const auto all = examples_.load();
        // DALI 1.1 §2.3: absent is 404.
        if (all->empty())
            throw Error(Code::NotFound, "this service has no examples: " + request.path());
        begin_page(response);
        write_examples(response, config()->base_url, *all);
    }

    void availability(const http::Request& /*request*/, http::Response& response) {
        schema::Availability state{.up_since = up_since_};
        if (const auto trouble = catalog_->trouble(); !trouble.empty()) {
            state.available = false;
            state.notes.push_back("database: " + trouble);
        }
        response.content_type(kXml);
        schema::write_availability(response, state);
    }

  private:
    static void begin_page(http::Response& response) {
        response.content_type("text/html;charset=utf-8");
        response.header("Content-Security-Policy", doc::kPagePolicy);
    }

    static bool wants_columns(const http::Params& params) {
        const auto detail = params.find_single("detail").value_or("max");
        if (detail != "min" && detail != "max")
            throw Error(Code::BadRequest,
                        "detail is either min or max, not \"" + std::string(detail) + "\"");
        return detail == "max";
    }

    std::string config_path_;
    std::atomic<std::shared_ptr<const Config>> config_;
    pg::Pool pool_;
    std::atomic<std::shared_ptr<const Examples>> examples_;
    std::string up_since_;
    std::unique_ptr<schema::CatalogHolder> catalog_;
};

void write_error(const Error& error,
                 const std::string& /*incident*/,
                 const http::Request* request,
                 http::Response& response) {
    const auto format = request == nullptr
                            ? table::choose_format("")
                            : find_error_format(request->params(), request->header("Accept"));
    send_error_document(error, format, response);
}

int run(std::string_view config_option) {
    Service service(find_config_path(config_option));
    const auto bind = [&service](auto method) {
        return [&service, method](const http::Request& request, http::Response& response) {
            (service.*method)(request, response);
        };
    };
    const std::array routes{
        http::Route{"GET", "/", bind(&Service::home)},
        http::Route{"GET", "/availability", bind(&Service::availability)},
        http::Route{"GET", "/capabilities", bind(&Service::capabilities)},
        http::Route{"GET", "/examples", bind(&Service::examples)},
        http::Route{"GET|POST", "/sync", bind(&Service::sync)},
        http::Route{"GET", "/tables", bind(&Service::tables)},
        http::Route{"GET", "/tables/{name}", bind(&Service::table)},
    };
    const http::ServerOptions options{.threads = service.config()->threads,
                                      .limits = service.limits(),
                                      .on_start = [&service] { service.start(); },
                                      .on_reload = [&service] { return service.reload(); },
                                      .on_stop = [&service] { service.stop(); }};
    return http::serve(options, routes, write_error);
}

}  // namespace

}  // namespace vo::tap

int main(int argc, char** argv) {
    return vo::run_service({"tap-sync", "tap-sync.fcgi", PACKAGE_VERSION}, argc, argv, vo::tap::run);
}
