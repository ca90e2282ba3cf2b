// SPDX-License-Identifier: Apache-2.0
// A job of TAP: the same query that /tap/sync would run, its answer in the store.
#pragma once

#include <functional>
#include <memory>

#include "base/config.h"
#include "pg/pool.h"
#include "runner.h"
#include "schema/catalog_reader.h"
#include "uws/files.h"

namespace vo::worker {

class QueryRunner {
  public:
    using Settings = std::function<std::shared_ptr<const Config>()>;

    QueryRunner(Settings settings, const uws::FileStore& store);

    // The file of the result is whole and kept; until the database knows it, it is the caller's to remove.
    [[nodiscard]] Done run(const uws::Claim& claim, const Cancel& cancel, JobProgress& progress);

  private:
    Settings settings_;
    const uws::FileStore& store_;
    pg::Pool pool_;
    schema::CatalogHolder catalog_;
};

}  // namespace vo::worker
