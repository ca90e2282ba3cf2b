// SPDX-License-Identifier: Apache-2.0
// Tables that a query brings along: TAP 1.1 §2.7.6, DALI 1.1 §3.4.5 (UPLOAD).
//
//     const auto uploads = read_uploads(request, limits);           // which, and whether they may
//     UploadedTables tables(uploads, limits);                       // fetched, their headers read
//     ... adql::translate(query, catalog, {}, tables.catalog()) ...
//     tables.load(db);                                              // rows to temporary tables
//
// A table is TAP_UPLOAD.name in queries and pg_temp."u1", with columns "c1", "c2", in the database:
// nothing that a client wrote is ever an SQL name. Points, circles and polygons of DALI stand there
// as pgSphere's as well. All errors name the table they are about.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/scratch.h"
#include "http/request.h"
#include "pg/connection.h"
#include "pg/rows.h"
#include "schema/catalog.h"
#include "table/reader.h"

namespace vo::tap {

struct UploadLimits {
    std::int64_t max_bytes =
        0;                      // of all tables of a request, each as often as it is named; 0: none
    std::int64_t max_rows = 0;  // of each
    std::chrono::milliseconds fetch_time{30'000};  // of all; and again for load()
    bool allow_loopback = false;
};

struct Upload {
    std::string name;
    std::string url;                       // or
    std::shared_ptr<ScratchFile> content;  // what came with the request
};

// What a client asked: of a request, or of a job.
struct Asked {
    const http::Params& params;
    std::string_view accept;
    std::span<const http::File> files;
};

// BadRequest for what TAP does not allow, and for a file that is named but not there.
[[nodiscard]] std::vector<Upload> read_uploads(const Asked& asked, const UploadLimits& limits);

class UploadedTables {
  public:
    // Reads no rows yet.
    UploadedTables(const std::vector<Upload>& uploads, const UploadLimits& limits, int watch_fd);

    // Of the schema TAP_UPLOAD.
    [[nodiscard]] const schema::Catalog& catalog() const { return catalog_; }

    // REQUIRES: a transaction that may write; what is made goes when it is rolled back. TooLong
    // when it takes longer than the limit, Busy when the peer of the patience's descriptor hangs up.
    void load(pg::Connection& db, const pg::Patience& patience);

  private:
    struct Source {
        std::string name;
        std::shared_ptr<ScratchFile> content;
        std::unique_ptr<table::Reader> reader;
    };

    void describe(const Source& source, std::size_t number);
    void load_one(pg::Connection& db,
                  std::size_t index,
                  const std::function<void()>& limit_time,
                  int watch_fd);

    std::vector<Source> sources_;
    schema::Catalog catalog_;
    std::chrono::milliseconds time_;
};

}  // namespace vo::tap
