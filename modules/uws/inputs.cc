// SPDX-License-Identifier: Apache-2.0
// Where an input comes from is told by the form of its value.
#include "inputs.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "http/fetch.h"
#include "uws/entities.h"
#include "uws/inline_file.h"

namespace vo::jobs {

namespace {

constexpr std::int64_t kMegabyte = 1'000'000;

[[noreturn]] void refuse(const std::string& name, const std::string& words) {
    throw Error(Code::BadRequest, name + ": " + words);
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return equal_fold(text.substr(0, prefix.size()), prefix);
}

bool is_id(std::string_view text) {
    return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

// The entity that a value of an input names: its id, .../entities/ID, .../KIND/JOB/results/RESULT.
uws::Entity get_named(const std::string& name,
                      std::string_view value,
                      const std::string& uws_url,
                      pg::Connection& db,
                      const uws::Caller& caller) {
    if (is_id(value)) return uws::get_entity(db, value, caller.principal);
    if (starts_with(value, uws_url)) value.remove_prefix(uws_url.size());
    const auto parts = split(value, '/');
    if (parts.size() == 2 && parts[0] == "entities") return uws::get_entity(db, parts[1], caller.principal);
    if (parts.size() == 4 && parts[2] == "results")
        return uws::get_result_entity(db, parts[0], parts[1], parts[3], caller.principal);
    refuse(name, "\"" + std::string(cut_text(value, 64)) +
                     "\" is neither the address of a result of a job of this service (KIND/JOB/results/RESULT), "
                     "nor of one of its files (entities/ID), nor such a file's id");
}

void check_dataset(const std::string& name, std::string_view did, pg::Connection& db) {
    const auto found = db.exec(
        "SELECT FROM dl3.observations JOIN dl3.hdus USING (obs) WHERE obs_publisher_did = $1 AND hdu_type = 'events'",
        {did});
    if (found.rows() == 0)
        refuse(name, "there is no event list with the obs_publisher_did \"" + std::string(cut_text(did, 128)) +
                         "\" here, or you may not see it");
}

void check_origin(const jdl::Input& input, jdl::Origin origin) {
    if (input.takes(origin)) return;
    std::string taken;
    for (const auto one : input.origins)
        taken += (taken.empty() ? "" : ", ") + std::string(jdl::word_of(one));
    refuse(input.name, "it cannot come from " + std::string(jdl::word_of(origin)) + ", only from " + taken);
}

void check_file(const jdl::Kind& kind, const http::File& file, const std::vector<uws::Parameter>& parameters) {
    const auto* input = kind.find_input(file.name);
    if (input == nullptr) {
        for (const auto& parameter : parameters)
            if (input == nullptr && uws::find_inline_file(parameter.value) == file.name)
                input = kind.find_input(parameter.name);
        if (input == nullptr && kind.find_parameter(file.name) != nullptr)
            refuse(file.name, "it is a value, not a file");
    }
    if (input == nullptr) return jdl::check_value(kind, file.name, {});
    check_origin(*input, jdl::Origin::Upload);
    if (input->max_mb > 0 && file.content->size() > input->max_mb * kMegabyte)
        throw Error(Code::TooLarge, input->name + ": the file has " + std::to_string(file.content->size()) +
                                        " bytes; it may have " + std::to_string(input->max_mb) + " MB");
}

void check_input(const jdl::Input& input,
                 const std::string& uws_url,
                 pg::Connection& db,
                 const uws::Caller& caller,
                 uws::Parameter& parameter) {
    const std::string& value = parameter.value;
    if (uws::find_inline_file(value)) return check_origin(input, jdl::Origin::Upload);
    const bool is_url = starts_with(value, "http://") || starts_with(value, "https://");
    if (starts_with(value, "ivo://")) {
        check_origin(input, jdl::Origin::Did);
        check_dataset(parameter.name, value, db);
    } else if (is_url && !starts_with(value, uws_url)) {
        check_origin(input, jdl::Origin::Url);
        http::check_url(value);
    } else {
        check_origin(input, jdl::Origin::Result);
        parameter.entity = get_named(parameter.name, value, uws_url, db, caller).id;
    }
}

}  // namespace

void check_parameters(const jdl::Kind& kind,
                      const std::string& uws_url,
                      pg::Connection& db,
                      const uws::Caller& caller,
                      std::vector<uws::Parameter>& parameters,
                      const std::vector<http::File>& files) {
    for (const auto& file : files)
        check_file(kind, file, parameters);
    for (auto& parameter : parameters) {
        // UWS 1.1 §2.1.2: the job's, whatever it does.
        if (equal_fold(parameter.name, "RUNID")) continue;
        const auto* input = kind.find_input(parameter.name);
        if (input == nullptr || !uws::find_inline_file(parameter.value))
            jdl::check_value(kind, parameter.name, parameter.value);
        if (input != nullptr) check_input(*input, uws_url, db, caller, parameter);
    }
}

}  // namespace vo::jobs
