// SPDX-License-Identifier: Apache-2.0
// A TAP query from its parameters to the last byte of its answer; used by sync and by the worker.
//
//     const auto request = tap::read_query_request({params, accept, files}, limits);
//     tap::Report report;
//     tap::run_query(request, *catalog, pool, patience, answer, report);
//
// Everything is checked when the query runs (TAP 1.1 §2.7). Rows stream: memory is one row and the
// writer's buffer. A failure while the answer can still be withdrawn throws. After that a format
// with a place for errors says it there (DALI 1.1 §5.4.3); for the others it throws, and the caller
// must break the connection, so that nothing truncated looks whole.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/sink.h"
#include "http/request.h"
#include "pg/pool.h"
#include "pg/rows.h"
#include "schema/catalog.h"
#include "table/format.h"
#include "tap/upload.h"

namespace vo::tap {

struct QueryLimits {
    std::int64_t maxrec_default = 0;
    std::int64_t maxrec_hard = 0;
    std::int64_t max_bytes = std::numeric_limits<std::int64_t>::max();  // of the answer
    std::int64_t max_query_bytes = 0;
    table::Scratch scratch;
    UploadLimits uploads;
};

struct QueryRequest {
    std::string query;
    std::int64_t maxrec = 0;
    std::int64_t max_bytes = 0;
    table::Choice format;
    table::Scratch scratch;
    std::string run_id;
    std::vector<Upload> uploads;
    UploadLimits upload_limits;
};

// The format of an error document for this request; never throws, whatever it asks for.
[[nodiscard]] table::Choice find_error_format(const http::Params& params, std::string_view accept);

// BadRequest for what TAP 1.1 §2.7 and DALI 1.1 §4 do not allow. The header Accept counts where
// there is no RESPONSEFORMAT.
[[nodiscard]] QueryRequest read_query_request(const Asked& asked, const QueryLimits& limits);

// Where the answer goes.
struct Answer {
    // Called once, when the header is certain.
    std::function<Sink&(const table::Choice& format)> begin;
    // True while nothing has left: an error may still replace the answer.
    std::function<bool()> can_withdraw;
    // Told of a failure that the document itself will tell; answers the words for the client.
    std::function<std::string(const Error&)> note_failure;
};

// What it took so far, also when run_query throws. Another thread may look at rows and bytes.
struct Report {
    std::atomic<std::int64_t> rows = 0;
    std::atomic<std::int64_t> bytes = 0;
    bool overflow = false;
    std::chrono::microseconds translate{0};
    std::chrono::microseconds upload{0};  // tables fetched and loaded
    std::chrono::microseconds slot_wait{0};
    std::chrono::microseconds database{0};
};

void run_query(const QueryRequest& request,
               const schema::Catalog& catalog,
               pg::Pool& pool,
               const pg::Patience& patience,
               const Answer& answer,
               Report& report);

}  // namespace vo::tap
