// SPDX-License-Identifier: Apache-2.0
// One function for each resource and method of the tree.
#include "uws/rest.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/error.h"
#include "base/text.h"
#include "doc/page.h"
#include "http/stored_file.h"
#include "table/error_doc.h"
#include "uws/asked.h"

namespace vo::uws {

namespace {

using http::Request;
using http::Response;

constexpr std::string_view kText = "text/plain;charset=utf-8";
// Below the time-outs of web servers and proxies, which are 60 s where nobody sets them.
constexpr std::chrono::seconds kLongestWait{50};
constexpr int kReloadSeconds = 3;

void send_text(Response& response, std::string_view text) {
    response.content_type(kText);
    response.header("Cache-Control", "no-store");
    response.write(text);
}

std::string instant(const std::optional<Micros>& time) {
    return time ? format_utc(*time) : std::string();
}

const Parameter& get_parameter(const Job& job, std::string_view name) {
    for (const auto& parameter : job.parameters)
        if (equal_fold(parameter.name, name)) return parameter;
    throw Error(Code::NotFound, "the job has no parameter \"" + std::string(cut_text(name, 64)) + '"');
}

void check_open(const RestOptions& options) {
    if (!options.closed.empty()) throw Error(Code::Busy, options.closed).with_retry_after(300);
}

void copy(ScratchFile& from, Sink& to) {
    std::array<char, 65'536> buffer;
    for (std::int64_t at = 0; at < from.size();) {
        const auto piece = from.read(at, buffer);
        if (piece.empty()) throw Error(Code::Internal, "an uploaded file is shorter than it was");
        to.write(piece);
        at += std::ssize(piece);
    }
}

// An address, or the network of a host of IPv6: such a host has as many addresses as it likes.
std::string find_host(std::string_view address) {
    if (address.find(':') == std::string_view::npos) return std::string(address);
    std::array<unsigned char, 16> bytes{};
    const std::string text(address.substr(0, address.find('%')));
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
    std::fill(bytes.begin() + 8, bytes.end(), 0);
    std::array<char, INET6_ADDRSTRLEN> name{};
    return std::string(inet_ntop(AF_INET6, bytes.data(), name.data(), name.size())) + "/64";
}

// The format that the job's own parameters ask for, as a synchronous request would have it.
table::Choice error_format(const Job& job) {
    for (const auto& parameter : job.parameters)
        if (equal_fold(parameter.name, "RESPONSEFORMAT") || equal_fold(parameter.name, "FORMAT"))
            return table::find_format(parameter.value).value_or(table::choose_format(""));
    return table::choose_format("");
}

}  // namespace

std::vector<http::Route> Rest::routes(const std::string& prefix) {
    const auto bind = [this](auto method) {
        return [this, method](const Request& request, Response& response) {
            (this->*method)(request, response);
        };
    };
    // The answer to GET differs from that to other methods on nearly all of them.
    const auto both = [this](auto get, auto other) {
        return [this, get, other](const Request& request, Response& response) {
            const bool reads = request.method() == "GET" || request.method() == "HEAD";
            (this->*(reads ? get : other))(request, response);
        };
    };
    const auto text = [this](auto member) {
        return [this, member](const Request& request, Response& response) {
            send_text(response, member(read_job(request)));
        };
    };
    const auto part = [this](Part which) {
        return [this, which](const Request& request, Response& response) {
            const auto job = read_job(request, which == Part::Results ? Detail::State : Detail::Whole);
            const auto form = choose_form(request.header("Accept"));
            begin_document(response, form);
            write_job(response, form, job, which, options_(request)->url);
        };
    };
    const auto reads_or = [this](auto get, auto other) {
        return [this, get, other](const Request& request, Response& response) {
            if (request.method() == "POST") return (this->*other)(request, response);
            get(request, response);
        };
    };
    std::vector<http::Route> routes{
        {"GET|POST", "/", both(&Rest::list, &Rest::create)},
        {"GET|POST|DELETE", "/{id}",
         [this](const Request& request, Response& response) {
             if (request.method() == "DELETE") return delete_job(request, response);
             if (request.method() == "POST") return post_job(request, response);
             job(request, response);
         }},
        {"GET", "/{id}/error", bind(&Rest::error)},
        {"GET|POST", "/{id}/destruction",
         reads_or(text([](const Job& job) { return format_utc(job.destruction); }),
                  &Rest::post_destruction)},
        {"GET|POST", "/{id}/executionduration",
         reads_or(text([](const Job& job) { return std::to_string(job.execution_duration_s); }),
                  &Rest::post_duration)},
        {"GET", "/{id}/owner", text([](const Job& job) { return job.owner_name; })},
        {"GET|POST", "/{id}/parameters", reads_or(part(Part::Parameters), &Rest::post_parameters)},
        {"GET|PUT", "/{id}/parameters/{name}", both(&Rest::parameter, &Rest::put_parameter), true},
        {"GET|POST", "/{id}/phase", both(&Rest::phase, &Rest::post_phase)},
        {"GET", "/{id}/quote", text([](const Job& job) { return instant(job.quote); })},
        {"GET", "/{id}/results", part(Part::Results)},
        {"GET", "/{id}/results/{result}", bind(&Rest::result)},
    };
    for (auto& route : routes)
        route.pattern = prefix + (prefix.empty() || route.pattern != "/" ? route.pattern : "");
    return routes;
}

Caller Rest::find_caller(pg::Connection& db, const Request& request) {
    const auto identity = auth::find_identity(request, host_.config()->auth_realm);
    if (!identity) return {std::nullopt, "address " + find_host(request.remote_address())};
    const auto principal = principals_.get_principal(db, *identity);
    return {principal, "user " + std::to_string(principal)};
}

void Rest::check(const RestOptions& options,
                 pg::Connection& db,
                 const Caller& caller,
                 std::vector<Parameter>& parameters,
                 const std::vector<http::File>& files) const {
    if (options.check) options.check(db, caller, parameters, files);
}

Job Rest::read_job(const Request& request, Detail detail) {
    const auto options = options_(request);
    const auto db = pool_.take();
    auto job = get_job(*db, options->list, request.placeholder("id"), detail);
    check_owner(job, find_caller(*db, request).principal);
    return job;
}

void Rest::redirect(const RestOptions& options, Response& response, std::string_view id) const {
    response.status(303);
    response.header("Location", job_url(options.url, id));
}

void Rest::change(const Request& request,
                  Response& response,
                  const std::function<void(pg::Connection& db, const std::string& id)>& work) {
    const auto options = options_(request);
    const std::string id(request.placeholder("id"));
    {
        const auto db = pool_.take();
        check_owner(*db, options->list, id, find_caller(*db, request).principal);
        work(*db, id);
    }
    redirect(*options, response, id);
}

// The list ----------------------------------------------------------------------------------------

void Rest::list(const Request& request, Response& response) {
    const auto options = options_(request);
    const auto filter = read_filter(request.params());
    const auto form = choose_form(request.header("Accept"));
    const auto caller = find_caller(*pool_.take(), request);
    begin_document(response, form);
    auto words = options->words;
    if (!caller.principal)
        words.note = "You are not logged in. Jobs of anonymous users are never listed: keep their addresses.";
    write_list(
        response, form,
        [&](const TakeJob& take) {
            ListCursor cursor{.ended = !caller.principal};
            while (!cursor.ended)
                for (const auto& job : list_jobs(*pool_.take(), options->list, *caller.principal, filter, cursor))
                    take(job);
        },
        options->url, words);
}

void Rest::create(const Request& request, Response& response) {
    const auto options = options_(request);
    check_open(*options);
    const auto id = make_job_id();
    auto asked = read_new_job(request.params(), *options);
    Caller caller;
    {
        // Before files are written for nothing.
        const auto db = pool_.take();
        caller = find_caller(*db, request);
        asked.owner = caller.principal;
        asked.client = caller.client;
        check(*options, *db, caller, asked.parameters, request.files());
        if (!request.files().empty()) check_room(*db, asked.client, asked.run, options->queue);
    }
    const auto files = keep_files(*options, request, id, caller);
    asked.parameters.insert(asked.parameters.end(), files.begin(), files.end());
    const auto db = pool_.take();
    try {
        create_job(*db, id, asked, options->queue);
    } catch (const Error&) {
        // When the connection broke, the job may be there; the watch over the store tells.
        if (db->is_alive()) remove_files(*db, files);
        throw;
    }
    response.note("job", id);
    redirect(*options, response, id);
}

void Rest::remove_files(pg::Connection& db, const std::vector<Parameter>& files) const noexcept {
    for (const auto& file : files) {
        if (file.entity.empty()) {
            store_.remove(file.file);
            continue;
        }
        try {
            if (const auto unneeded = delete_entity(db, file.entity)) store_.remove(*unneeded);
        } catch (const std::exception&) {
            // It goes when its time is over.
        }
    }
}

std::vector<Parameter> Rest::keep_files(const RestOptions& options,
                                        const Request& request,
                                        const std::string& id,
                                        const Caller& caller) {
    std::vector<Parameter> kept;
    try {
        for (const auto& file : request.files())
            kept.push_back(options.entities ? keep_entity(file, *options.entities, caller) : keep_file(file, id));
    } catch (const Error&) {
        // All or none: the disk may be full.
        remove_files(*pool_.take(), kept);
        throw;
    }
    return kept;
}

Parameter Rest::keep_file(const http::File& file, const std::string& id) const {
    const auto stored = store_.create(FileStore::make_name("uploads", id, make_job_id()));
    copy(*file.content, *stored);
    stored->keep();
    return {file.name, file.filename, stored->name(), file.content_type, stored->size()};
}

Parameter Rest::keep_entity(const http::File& file, const EntityLimits& limits, const Caller& caller) {
    EntityFile stored(store_);
    copy(*file.content, stored);
    stored.keep();
    const auto entity = add_entity(*pool_.take(), store_, stored,
                                   {.name = file.filename,
                                    .content_type = file.content_type,
                                    .extension = {},
                                    .owner = caller.principal,
                                    .client = caller.client,
                                    .origin = "upload"},
                                   limits);
    return {file.name, file.filename, entity.file, file.content_type, entity.size_bytes, entity.id};
}

// A job -------------------------------------------------------------------------------------------

void Rest::job(const Request& request, Response& response) {
    if (request.params().find_single("WAIT")) wait_for_change(request, response, read_job(request));
    const auto found = read_job(request, Detail::Whole);
    const auto form = choose_form(request.header("Accept"));
    begin_document(response, form);
    if (form == Form::Html && is_active(found.phase) && found.phase != Phase::Pending)
        response.header("Refresh", std::to_string(kReloadSeconds));
    write_job(response, form, found, Part::Job, options_(request)->url);
}

void Rest::wait_for_change(const Request& request, Response& response, const Job& job) {
    const auto asked = read_wait(request.params());
    if (!blocks(job.phase) || (asked.phase && *asked.phase != job.phase)) return;
    const auto client = job.owner ? "user " + std::to_string(*job.owner)
                                  : "address " + find_host(request.remote_address());
    const auto place = waiting_.enter(job.id, client);
    if (!place) {
        response.note("wait", "no place");
        return;
    }
    const auto wait = asked.seconds < 0 ? kLongestWait : std::min(std::chrono::seconds(asked.seconds), kLongestWait);
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (!waiting_.is_released() && std::chrono::steady_clock::now() < deadline) {
        if (find_job_phase(*pool_.take(), job.id) != job.phase) return;
        place->wait(job.phase, deadline, response.watch_fd());
    }
}

void Rest::post_job(const Request& request, Response& response) {
    const auto action = request.params().find_single("ACTION");
    if (action && equal_fold(*action, "DELETE")) return delete_job(request, response);
    throw Error(Code::BadRequest,
                "here a job takes ACTION=DELETE only; its parameters go to .../parameters, PHASE to "
                ".../phase");
}

void Rest::delete_job(const Request& request, Response& response) {
    const auto options = options_(request);
    const std::string id(request.placeholder("id"));
    std::vector<std::string> files;
    {
        const auto db = pool_.take();
        check_owner(*db, options->list, id, find_caller(*db, request).principal);
        files = uws::delete_job(*db, options->list, id);
    }
    for (const auto& file : files)
        store_.remove(file);
    // UWS 1.1 §2.2.2.1 lets the list be a short one: clients follow, and theirs may be long.
    response.status(303);
    response.header("Location", options->url + "?LAST=20");
}

void Rest::phase(const Request& request, Response& response) {
    const auto found = read_job(request);
    send_text(response, word_of(found.phase));
}

void Rest::post_phase(const Request& request, Response& response) {
    const auto options = options_(request);
    const auto word = request.params().find_single("PHASE").value_or("");
    const bool run = equal_fold(word, "RUN");
    if (!run && !equal_fold(word, "ABORT"))
        throw Error(Code::BadRequest,
                    "PHASE is RUN or ABORT, not \"" + std::string(cut_text(word, 64)) + '"');
    if (run) check_open(*options);
    change(request, response, [&](pg::Connection& db, const std::string& id) {
        if (run)
            run_job(db, options->list, id, options->queue);
        else
            abort_job(db, options->list, id);
    });
}

void Rest::post_duration(const Request& request, Response& response) {
    const auto options = options_(request);
    check_open(*options);
    const auto seconds = read_duration(request.params(), *options);
    if (!seconds)
        throw Error(Code::BadRequest, "the parameter EXECUTIONDURATION is missing: seconds, or 0");
    change(request, response, [&](pg::Connection& db, const std::string& id) {
        set_execution_duration(db, options->list, id, *seconds);
    });
}

void Rest::post_destruction(const Request& request, Response& response) {
    const auto options = options_(request);
    check_open(*options);
    const auto time = read_destruction(request.params());
    if (!time)
        throw Error(Code::BadRequest,
                    "the parameter DESTRUCTION is missing: a time such as 2026-12-31T00:00:00Z");
    change(request, response, [&](pg::Connection& db, const std::string& id) {
        const auto job = get_job(db, options->list, id, Detail::State);
        set_destruction(db, options->list, id,
                        std::min(*time, job.creation_time + options->keep_hard_s * 1'000'000));
    });
}

void Rest::error(const Request& request, Response& response) {
    const auto found = read_job(request, Detail::Whole);
    if (!found.failure)
        throw Error(Code::NotFound, "the job has no error: it is " + std::string(word_of(found.phase)));
    // DALI 1.1 §4.2: the document with status 200.
    const auto format = error_format(found);
    const auto document =
        table::make_error_document(Error(find_face(found.failure->code).code, found.failure->message), format);
    response.content_type(document.content_type);
    if (format.format->error_form == table::ErrorForm::Html)
        response.header("Content-Security-Policy", doc::kPagePolicy);
    response.write(document.body);
}

void Rest::post_parameters(const Request& request, Response& response) {
    const auto options = options_(request);
    check_open(*options);
    const std::string id(request.placeholder("id"));
    auto parameters = read_parameters(request.params());
    Caller caller;
    {
        const auto db = pool_.take();
        caller = find_caller(*db, request);
        check_owner(*db, options->list, id, caller.principal);
        check(*options, *db, caller, parameters, request.files());
        // Before files are written for nothing.
        if (!request.files().empty() && find_job_phase(*db, id) != Phase::Pending)
            throw Error(Code::Forbidden, "files can be added to a job while it is PENDING");
    }
    const auto files = keep_files(*options, request, id, caller);
    parameters.insert(parameters.end(), files.begin(), files.end());
    store_parameters(*options, id, parameters, files, options->accumulating);
    redirect(*options, response, id);
}

void Rest::store_parameters(const RestOptions& options,
                            const std::string& id,
                            const std::vector<Parameter>& parameters,
                            const std::vector<Parameter>& files,
                            const std::vector<std::string>& accumulating) {
    std::vector<std::string> unwanted;
    {
        const auto db = pool_.take();
        try {
            unwanted = set_parameters(*db, options.list, id, parameters, accumulating, options.parameters);
        } catch (const Error&) {
            // As with a new job.
            if (db->is_alive()) remove_files(*db, files);
            throw;
        }
    }
    for (const auto& file : unwanted)
        store_.remove(file);
}

void Rest::parameter(const Request& request, Response& response) {
    const auto found = read_job(request, Detail::Whole);
    const auto& parameter = get_parameter(found, request.placeholder("name"));
    if (parameter.file.empty()) return send_text(response, parameter.value);
    http::guard_download(response, parameter.content_type);
    const auto file = store_.read(parameter.file);
    http::send_file(request, response, file.get(), tag_of(parameter.file));
}

void Rest::put_parameter(const Request& request, Response& response) {
    const auto options = options_(request);
    check_open(*options);
    const std::string id(request.placeholder("id"));
    std::vector<Parameter> parameters{{.name = std::string(request.placeholder("name")),
                                       .value = request.plain_body(),
                                       .file = {},
                                       .content_type = {}}};
    {
        const auto db = pool_.take();
        const auto caller = find_caller(*db, request);
        check_owner(*db, options->list, id, caller.principal);
        check(*options, *db, caller, parameters, {});
    }
    store_parameters(*options, id, parameters, {}, {});
    redirect(*options, response, id);
}

void Rest::result(const Request& request, Response& response) {
    const auto found = read_job(request);
    const auto name = request.placeholder("result");
    const auto at = std::find_if(found.results.begin(), found.results.end(),
                                 [&](const Result& result) { return result.id == name; });
    if (at == found.results.end())
        throw Error(Code::NotFound, "the job has no result \"" + std::string(cut_text(name, 64)) +
                                        "\": it is " + std::string(word_of(found.phase)));
    response.content_type(at->content_type);
    response.header("Content-Disposition",
                    "inline; filename=\"" + at->id + '.' + at->extension + '"');
    response.header("X-Content-Type-Options", "nosniff");
    response.header("Content-Security-Policy", doc::kPagePolicy);
    const auto file = store_.read(at->file);
    http::send_file(request, response, file.get(), tag_of(at->file));
}

}  // namespace vo::uws
