// SPDX-License-Identifier: Apache-2.0
// The configuration: one file, vogate.conf, of `name = value` lines; `#` begins a comment line.
//
//     const Config config = read_config(find_config_path(option_from_command_line));
//
// Every option is one row of the table in config.cc and one paragraph of conf/vogate.conf
// (tests/check/options.sh compares them). An unknown name, a bad value or a missing required
// option is a BadRequest that names file and line, so a service can refuse the new file on
// SIGHUP and keep the old values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vo {

struct Config {
    std::int64_t async_job_days = 0;
    std::int64_t async_job_days_hard = 0;
    std::int64_t async_limit_hard_s = 0;
    std::int64_t async_limit_s = 0;
    std::int64_t async_max_bytes = 0;
    std::int64_t async_maxrec_default = 0;
    std::int64_t async_maxrec_hard = 0;
    std::int64_t async_pending_per_owner = 0;
    std::int64_t async_per_owner = 0;
    std::int64_t async_queue_length = 0;
    std::int64_t async_queue_per_owner = 0;
    std::int64_t async_slots = 0;
    std::string auth_realm;
    std::string authority;
    std::string base_url;
    std::int64_t capabilities_modes = 0;
    std::string database_owner;
    std::string database_query;
    std::string database_service;
    std::int64_t entity_bytes_per_owner = 0;
    std::int64_t entity_days = 0;
    std::string examples_dir;
    std::string job_user;
    std::string kinds_dir;
    std::int64_t lease_s = 0;
    std::string libexec_dir;
    std::int64_t local_per_owner = 0;
    std::int64_t local_slots = 0;
    std::string log_level;
    std::int64_t fetch_loopback = 0;
    std::int64_t max_body_bytes = 0;
    std::int64_t max_query_bytes = 0;
    std::int64_t max_upload_bytes = 0;
    std::int64_t max_upload_rows = 0;
    std::int64_t maxrec_default = 0;
    std::int64_t maxrec_hard = 0;
    std::int64_t min_rate_bytes_per_s = 0;
    std::int64_t query_slots = 0;
    std::int64_t queue_length = 0;
    std::int64_t queue_wait_s = 0;
    std::string run_dir;
    std::string sql_dir;
    std::string store_dir;
    std::int64_t sync_limit_s = 0;
    std::int64_t sync_max_bytes = 0;
    std::int64_t temp_file_limit_mb = 0;
    std::int64_t threads = 0;
    std::int64_t wait_max_per_client = 0;
    std::int64_t wait_max_total = 0;
    std::string work_dir;
};

// What `vogate --options` and the check of conf/vogate.conf print.
struct OptionRow {
    std::string_view name;
    std::string_view default_text;
    bool required;
    std::string_view help;
};

[[nodiscard]] std::vector<OptionRow> option_rows();

// --config FILE when given, else VOGATE_CONFIG, else the path the build was configured with.
[[nodiscard]] std::string find_config_path(std::string_view from_command_line);

[[nodiscard]] Config read_config(const std::string& path);
// The same from text; `origin` stands in the messages where the path would.
[[nodiscard]] Config parse_config(std::string_view text, std::string_view origin);

}  // namespace vo
