// SPDX-License-Identifier: Apache-2.0
// The newest migration of the database.
#include "pg/schema_version.h"

#include <string>

#include "base/error.h"

namespace vo::pg {

void check_schema_version(Connection& db) {
    const auto version =
        db.exec("SELECT coalesce(max(number), 0) FROM vogate.migration").integer(0, 0);
    if (version == kSchemaVersion) return;
    throw Error(Code::Busy, "the service is being upgraded")
        .with_detail(
            "the database is at migration " + std::to_string(version) + ", this program knows " +
            std::to_string(kSchemaVersion) +
            (version < kSchemaVersion ? ": run `vogate init`" : ": install the newer program"));
}

}  // namespace vo::pg
