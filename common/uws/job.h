// SPDX-License-Identifier: Apache-2.0
// A job as values: UWS 1.1 §2.1. Instants are UTC, durations seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "uws/phase.h"

namespace vo::uws {

inline constexpr std::size_t kRunIdBytes = 64;  // DALI 1.1 §4.3.6

// A parameter; of an uploaded file, `file` is its name in the store and `value` the name that the
// client gave it.
struct Parameter {
    std::string name;
    std::string value;
    std::string file;
    std::string content_type;
    std::int64_t size_bytes = 0;
    std::string entity;  // the id of the one it is or refers to, or empty
};

struct Result {
    std::string id;
    std::string file;  // in the store
    std::string content_type;
    std::string extension;
    std::int64_t size_bytes = 0;
    std::string entity;  // likewise
};

// errorSummary: `code` is a name of the table in base/error.cc, of the fault's outward faces.
struct Failure {
    std::string code;
    std::string message;
};

struct Job {
    std::string id;
    std::optional<std::int64_t> owner;  // auth.principal; nothing: whoever knows the id
    std::string owner_name;
    std::string run_id;
    Phase phase = Phase::Pending;
    Micros creation_time = 0;
    std::optional<Micros> start_time;
    std::optional<Micros> end_time;
    std::int64_t execution_duration_s = 0;  // 0: no limit
    Micros destruction = 0;
    std::vector<Parameter> parameters;
    std::vector<Result> results;  // of a job that has ended only
    std::optional<Failure> failure;
    std::optional<std::int64_t> kind;  // uws.kind: the description it was made or run by
    // jobInfo
    std::string kind_version;
    std::optional<std::int64_t> progress_rows;
    std::optional<std::int64_t> progress_bytes;
    std::optional<double> progress_percent;
    std::string progress_words;
    std::optional<std::int64_t> queue_position;  // from 1, of a QUEUED job
    std::optional<Micros> quote;                 // when it may be done
};

// A line of a job list.
struct JobRef {
    std::string id;
    std::string run_id;
    std::string owner_name;
    Phase phase = Phase::Pending;
    Micros creation_time = 0;
};

}  // namespace vo::uws
