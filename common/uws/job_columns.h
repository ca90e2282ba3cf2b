// SPDX-License-Identifier: Apache-2.0
// The columns of uws.job that make a Job, and how they are read; private to common/uws.
#pragma once

#include <string_view>

#include "pg/connection.h"
#include "uws/job.h"

namespace vo::uws {

// REQUIRES: j is uws.job, p auth.principal or nulls.
inline constexpr std::string_view kJobColumns =
    "job_id, owner, p.display, run_id, phase, (extract(epoch FROM creation_time) * 1000000)::bigint, "
    "(extract(epoch FROM start_time) * 1000000)::bigint, "
    "(extract(epoch FROM end_time) * 1000000)::bigint, execution_duration, "
    "(extract(epoch FROM destruction) * 1000000)::bigint, error_code, error_message, progress_rows, "
    "progress_bytes, progress_percent, progress_words, kind, (SELECT version FROM uws.kind k WHERE k.kind = j.kind)";
inline constexpr int kJobColumnCount = 18;

[[nodiscard]] inline Job read_job(const pg::Result& rows, int row) {
    Job job{.id = std::string(rows.text(row, 0)),
            .owner = rows.find_integer(row, 1),
            .owner_name = std::string(rows.text(row, 2)),
            .run_id = std::string(rows.text(row, 3)),
            .phase = find_phase(rows.text(row, 4)).value_or(Phase::Unknown),
            .creation_time = rows.integer(row, 5),
            .start_time = rows.find_integer(row, 6),
            .end_time = rows.find_integer(row, 7),
            .execution_duration_s = rows.integer(row, 8),
            .destruction = rows.integer(row, 9),
            .kind = rows.find_integer(row, 16),
            .kind_version = std::string(rows.text(row, 17)),
            .progress_rows = rows.find_integer(row, 12),
            .progress_bytes = rows.find_integer(row, 13),
            .progress_words = std::string(rows.text(row, 15))};
    if (!rows.is_null(row, 14)) job.progress_percent = rows.number(row, 14);
    if (!rows.is_null(row, 10))
        job.failure = Failure{std::string(rows.text(row, 10)), std::string(rows.text(row, 11))};
    return job;
}

}  // namespace vo::uws
