// SPDX-License-Identifier: Apache-2.0
// Descriptions to job lists.
#include "kinds.h"

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "inputs.h"
#include "uws/kind_register.h"

namespace vo::jobs {

namespace {

std::shared_ptr<const uws::RestOptions> make_options(uws::Host& host,
                                                     const std::shared_ptr<const jdl::Kind>& kind,
                                                     std::int64_t number) {
    const auto config = host.config();
    uws::RestOptions options{
        .list = kind->name,
        .url = config->base_url + "/uws/" + kind->name,
        .words = {.title = kind->title.empty() ? kind->name : kind->title, .note = {}},
        .queue = {.queue = kind->executor,
                  .length = config->async_queue_length,
                  .per_client = config->async_queue_per_owner,
                  .pending = config->async_pending_per_owner},
        .parameters = {.value_bytes = config->max_body_bytes, .file_bytes = config->max_upload_bytes},
        .duration_s = kind->time_s,
        .duration_hard_s = kind->time_hard_s,
        .keep_s = config->async_job_days * kSecondsOfDay,
        .keep_hard_s = config->async_job_days_hard * kSecondsOfDay,
        .kind = number,
        .entities = uws::entity_limits(*config)};
    options.check = [kind, base_url = config->base_url](auto& db, const auto& caller, auto& parameters,
                                                        const auto& files) {
        check_parameters(*kind, base_url + "/uws/", db, caller, parameters, files);
    };
    return std::make_shared<const uws::RestOptions>(std::move(options));
}

}  // namespace

Kinds::Kinds(uws::Host& host)
    : host_(host), holder_(host.config()->kinds_dir, jdl::make_site(*host.config())) {}

std::shared_ptr<const Offers> Kinds::make(const jdl::Shelf& shelf) {
    auto offers = std::make_shared<Offers>();
    const auto db = host_.pool().take();
    for (const auto& [name, kind] : shelf.kinds) {
        const auto number = uws::register_kind(
            *db, {.name = name, .version = kind->version, .digest = kind->digest, .description = kind->text});
        offers->emplace(name, Offer{kind, make_options(host_, kind, number)});
    }
    return offers;
}

std::shared_ptr<const Offers> Kinds::get() {
    const auto shelf = holder_.get();
    const std::lock_guard lock(mutex_);
    if (shelf != shelf_ || !offers_) {
        offers_ = make(*shelf);
        shelf_ = shelf;
    }
    return offers_;
}

Offer Kinds::get(std::string_view name) {
    const auto offers = get();
    if (const auto at = offers->find(name); at != offers->end()) return at->second;
    std::string known;
    for (const auto& [other, offer] : *offers)
        known += (known.empty() ? "" : ", ") + other;
    throw Error(Code::NotFound, "there is no kind of job \"" + std::string(cut_text(name, 64)) + "\" here; " +
                                    (known.empty() ? "there is none at present" : "there are " + known));
}

std::shared_ptr<const uws::RestOptions> Kinds::get_list(std::string_view name) {
    const auto offers = get();
    if (const auto at = offers->find(name); at != offers->end()) return at->second.options;
    if (!uws::was_kind(*host_.pool().take(), name)) return get(name).options;
    const std::string word(name);
    return std::make_shared<const uws::RestOptions>(uws::RestOptions{
        .list = word,
        .url = host_.config()->base_url + "/uws/" + word,
        .words = {.title = word, .note = "This kind of job is not offered at present."},
        .closed = "jobs of the kind " + word + " are not offered at present; those that are there can be seen and ended"});
}

void Kinds::forget() {
    const std::lock_guard lock(mutex_);
    offers_.reset();
}

}  // namespace vo::jobs
