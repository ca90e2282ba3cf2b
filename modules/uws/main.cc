// SPDX-License-Identifier: Apache-2.0
// uws.fcgi: /uws, the job server. A list of jobs for each kind, the kinds themselves, and the files that jobs
// used and made. The jobs run in vogate-worker.
#include <algorithm>
#include <array>

#include "base/config.h"
#include "base/error.h"
#include "base/program.h"
#include "base/text.h"
#include "config.h"
#include "doc/page.h"
#include "http/stored_file.h"
#include "jdl/document.h"
#include "kinds.h"
#include "pages.h"
#include "uws/host.h"
#include "uws/kind_register.h"
#include "uws/rest.h"

namespace vo::jobs {

namespace {

using http::Request;
using http::Response;

struct JdlForm {
    std::string_view key;         // of RESPONSEFORMAT
    std::string_view media_type;  // of Accept
    jdl::Form form;
};

constexpr std::array kJdlForms{
    JdlForm{"votable", "application/x-votable+xml", jdl::Form::VOTable},
    JdlForm{"json", "application/json", jdl::Form::Json},
    JdlForm{"wadl", "application/vnd.sun.wadl+xml", jdl::Form::Wadl},
};

jdl::Form choose_jdl_form(const Request& request) {
    if (const auto asked = request.params().find_single("RESPONSEFORMAT")) {
        for (const auto& row : kJdlForms)
            if (equal_fold(*asked, row.key) || equal_fold(*asked, row.media_type)) return row.form;
        throw Error(Code::BadRequest, "RESPONSEFORMAT of a description is votable, json or wadl, not \"" +
                                          std::string(cut_text(*asked, 64)) + '"');
    }
    const auto accept = request.header("Accept");
    const auto* first = &kJdlForms.front();
    std::size_t place = std::string_view::npos;
    for (const auto& row : kJdlForms)
        if (const auto at = accept.find(row.media_type); at < place) first = &row, place = at;
    return first->form;
}

class Service {
  public:
    explicit Service(uws::Host& host)
        : host_(host), kinds_(host), rest_(host, [this](const Request& request) {
              return kinds_.get_list(request.placeholder("kind"));
          }) {}

    [[nodiscard]] std::vector<http::Route> routes() {
        const auto bind = [this](auto method) {
            return [this, method](const Request& request, Response& response) { (this->*method)(request, response); };
        };
        std::vector<http::Route> routes{
            {"GET", "/", bind(&Service::kinds)},
            {"GET", "/entities", bind(&Service::entities)},
            {"GET|DELETE", "/entities/{entity}", bind(&Service::entity)},
            {"GET", "/entities/{entity}/record", bind(&Service::record)},
            {"GET", "/{kind}/jdl", bind(&Service::description)},
        };
        for (auto& route : rest_.routes("/{kind}"))
            routes.push_back(std::move(route));
        return routes;
    }

    void reload() { kinds_.forget(); }

  private:
    [[nodiscard]] std::string url() const { return host_.config()->base_url + "/uws"; }

    void kinds(const Request& request, Response& response) {
        const auto offers = kinds_.get();
        const auto form = uws::choose_form(request.header("Accept"));
        uws::begin_document(response, form);
        write_kinds(response, form, *offers, url());
    }

    void description(const Request& request, Response& response) {
        const auto name = request.placeholder("kind");
        auto kind = kinds_.get(name).kind;
        if (const auto version = request.params().find_single("VERSION"); version && *version != kind->version)
            kind = find_version(name, *version);
        const auto form = choose_jdl_form(request);
        response.content_type(jdl::content_type(form));
        response.header("Vary", "Accept");
        jdl::write_jdl(response, form, *kind, url() + '/' + kind->name);
    }

    std::shared_ptr<const jdl::Kind> find_version(std::string_view name, std::string_view version) {
        const auto found = uws::find_kind(*host_.pool().take(), name, version);
        if (!found)
            throw Error(Code::NotFound, "there was no version \"" + std::string(cut_text(version, 64)) + "\" of " +
                                            std::string(name));
        const auto config = host_.config();
        try {
            return std::make_shared<const jdl::Kind>(jdl::parse_kind(
                found->name, found->description, config->kinds_dir, found->name, jdl::make_site(*config)));
        } catch (const Error& error) {
            // Deliberate: what it says is for the administrator. A program may have gone since.
            throw Error(Code::NotFound, "the version \"" + std::string(cut_text(version, 64)) +
                                            "\" can no longer be shown")
                .with_detail(error.what());
        }
    }

    void entities(const Request& request, Response& response) {
        std::vector<uws::Entity> found;
        {
            const auto db = host_.pool().take();
            const auto caller = rest_.find_caller(*db, request);
            if (caller.principal)
                found = uws::list_entities(*db, *caller.principal, request.params().find_single("AFTER").value_or(""));
        }
        uws::begin_document(response, uws::Form::Json);
        write_entities(response, found, url());
    }

    // The connection goes back before a byte is sent: clients may be slow.
    uws::Entity get_entity(const Request& request) {
        const auto db = host_.pool().take();
        return uws::get_entity(*db, request.placeholder("entity"), rest_.find_caller(*db, request).principal);
    }

    void entity(const Request& request, Response& response) {
        const auto found = get_entity(request);
        if (request.method() == "DELETE") {
            if (const auto unneeded = uws::delete_entity(*host_.pool().take(), found.id))
                host_.store().remove(*unneeded);
            response.status(303);
            response.header("Location", url() + "/entities");
            return;
        }
        http::guard_download(response, found.content_type);
        const auto file = host_.store().read(found.file);
        http::send_file(request, response, file.get(), found.sha256);
    }

    void record(const Request& request, Response& response) {
        std::optional<uws::Entity> found;
        std::vector<uws::Use> uses;
        {
            const auto db = host_.pool().take();
            const auto principal = rest_.find_caller(*db, request).principal;
            found = uws::get_entity(*db, request.placeholder("entity"), principal);
            uses = uws::read_uses(*db, found->id, principal);
        }
        uws::begin_document(response, uws::Form::Json);
        write_entity(response, *found, uses, url());
    }

    uws::Host& host_;
    Kinds kinds_;
    uws::Rest rest_;
};

int run(std::string_view config_option) {
    uws::Host host("uws", find_config_path(config_option));
    Service service(host);
    return host.serve(service.routes(), [&](const Config&) { service.reload(); });
}

}  // namespace

}  // namespace vo::jobs

int main(int argc, char** argv) {
    return vo::run_service({"uws", "uws.fcgi", PACKAGE_VERSION}, argc, argv, vo::jobs::run);
}
