// SPDX-License-Identifier: Apache-2.0
// A job of the list "tap": the same query as a synchronous one, into a file of the store.
#pragma once

#include "cancel.h"
#include "pg/pool.h"
#include "schema/catalog.h"
#include "tap/query.h"
#include "uws/files.h"
#include "uws/queue.h"

namespace vo::worker {

// Returns the result, whose file is whole and on disk. Throws what the client is to be told; Busy
// also when the work was cancelled, and when the database is away.
[[nodiscard]] uws::Result run_query(const uws::Claim& claim,
                                    const schema::Catalog& catalog,
                                    const tap::QueryLimits& limits,
                                    pg::Pool& pool,
                                    const uws::FileStore& store,
                                    const Cancel& cancel,
                                    tap::Report& report);

}  // namespace vo::worker
