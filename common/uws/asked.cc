// SPDX-License-Identifier: Apache-2.0
// Parameters of job lists and jobs.
#include "uws/asked.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace vo::uws {

namespace {

// About the job itself, not of it.
constexpr std::array<std::string_view, 5> kControls{"ACTION", "DESTRUCTION", "EXECUTIONDURATION", "PHASE",
                                                    "WAIT"};

std::string shown(std::string_view text) {
    return '"' + std::string(cut_text(text, 64)) + '"';
}

Phase read_phase(std::string_view word) {
    if (const auto phase = find_phase(word)) return *phase;
    std::string known;
    for (const auto& row : phases())
        known += (known.empty() ? "" : ", ") + std::string(row.word);
    throw Error(Code::BadRequest, "there is no phase " + shown(word) + "; the phases are " + known);
}

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// ISO 8601 in UTC, as loosely as it is written: a year, a compact date, what timestamps may be.
std::optional<Micros> parse_instant(std::string_view text) {
    if (is_digits(text) && text.size() == 4) return parse_timestamp(std::string(text) + "-01-01");
    if (is_digits(text) && text.size() == 8)
        return parse_timestamp(std::string(text.substr(0, 4)) + '-' + std::string(text.substr(4, 2)) + '-' +
                               std::string(text.substr(6)));
    return parse_timestamp(text);
}

Micros read_instant(std::string_view name, std::string_view text) {
    if (const auto time = parse_instant(trim(text))) return *time;
    throw Error(Code::BadRequest, std::string(name) + " is a time in UTC such as 2026-12-31T12:00:00Z, not " +
                                      shown(text));
}

}  // namespace

ListFilter read_filter(const http::Params& params) {
    ListFilter filter;
    for (const auto word : params.find_all("PHASE"))
        filter.phases.push_back(read_phase(word));
    if (const auto after = params.find_single("AFTER")) filter.after = read_instant("AFTER", *after);
    if (const auto last = params.find_single("LAST")) {
        filter.last = parse_integer(trim(*last));
        if (!filter.last || *filter.last <= 0)
            throw Error(Code::BadRequest, "LAST is a whole number above 0, not " + shown(*last));
    }
    return filter;
}

WaitAsked read_wait(const http::Params& params) {
    const auto text = params.find_single("WAIT").value_or("");
    const auto seconds = parse_integer(trim(text));
    // Some clients give a fraction.
    const auto rough = seconds ? std::optional(static_cast<double>(*seconds)) : parse_double(trim(text));
    if (!rough || !(*rough >= -1) || *rough > 1e9)
        throw Error(Code::BadRequest, "WAIT is a number of seconds, or -1, not " + shown(text));
    WaitAsked asked{.seconds = static_cast<std::int64_t>(*rough), .phase = {}};
    if (const auto word = params.find_single("PHASE")) asked.phase = read_phase(*word);
    return asked;
}

bool blocks(Phase phase) {
    return phase == Phase::Pending || phase == Phase::Queued || phase == Phase::Executing;
}

std::optional<std::int64_t> read_duration(const http::Params& params, const RestOptions& options) {
    const auto text = params.find_single("EXECUTIONDURATION");
    if (!text) return std::nullopt;
    const auto seconds = parse_integer(trim(*text));
    if (!seconds || *seconds < 0)
        throw Error(Code::BadRequest,
                    "EXECUTIONDURATION is a whole number of seconds, not " + shown(*text));
    // UWS 1.1 §2.2.1.2: 0 is no limit, and so here the hardest there is.
    return *seconds == 0 ? options.duration_hard_s : std::min(*seconds, options.duration_hard_s);
}

std::optional<Micros> read_destruction(const http::Params& params) {
    const auto text = params.find_single("DESTRUCTION");
    if (!text) return std::nullopt;
    return read_instant("DESTRUCTION", *text);
}

std::vector<Parameter> read_parameters(const http::Params& params) {
    std::vector<Parameter> parameters;
    for (const auto& param : params.all())
        if (std::none_of(kControls.begin(), kControls.end(),
                         [&](std::string_view name) { return equal_fold(name, param.name); }))
            parameters.push_back({.name = param.name, .value = param.value, .file = {}, .content_type = {}});
    return parameters;
}

NewJob read_new_job(const http::Params& params, const RestOptions& options) {
    NewJob job;
    job.list = options.list;
    job.kind = options.kind;
    job.parameters = read_parameters(params);
    job.run_id = std::string(cut_text(params.find_single("RUNID").value_or(""), kRunIdBytes));
    job.execution_duration_s = read_duration(params, options).value_or(options.duration_s);
    job.destruction_s = options.keep_s;
    if (const auto time = read_destruction(params))
        job.destruction = std::min(*time, now_utc() + options.keep_hard_s * 1'000'000);
    if (const auto phase = params.find_single("PHASE")) {
        if (!equal_fold(*phase, "RUN"))
            throw Error(Code::BadRequest, "a job can be made with PHASE=RUN, not with PHASE=" +
                                              std::string(cut_text(*phase, 64)));
        job.run = true;
    }
    return job;
}

std::string_view tag_of(std::string_view file) {
    return file.substr(file.rfind('/') + 1);
}

}  // namespace vo::uws
