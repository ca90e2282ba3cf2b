// SPDX-License-Identifier: Apache-2.0
// The settings of the query role.
#include "query_role.h"

#include <array>

namespace vo::vogate {

namespace {

// temp_file_limit comes from vogate.conf.
constexpr std::array kQuerySettings{
    // pgSphere speaks up about each row whose polygon it cannot make.
    "client_min_messages=warning",
    // A client that left must not keep a query running (checked while it computes).
    "client_connection_check_interval=2s",
    "default_transaction_read_only=on",
    "idle_in_transaction_session_timeout=60s",
    // Compiling costs a small query more than running it.
    "jit=off",
    "lock_timeout=10s",
    "search_path=public",
    // What a site stores with a time zone is published in UTC.
    "TimeZone=UTC",
    // The outer wall only: a slow reader makes a statement long without keeping the database busy.
    "statement_timeout=12h",
};

}  // namespace

std::vector<std::string> query_role_settings(const Config& config) {
    std::vector<std::string> settings{kQuerySettings.begin(), kQuerySettings.end()};
    settings.push_back("temp_file_limit=" + std::to_string(config.temp_file_limit_mb) + "MB");
    return settings;
}

std::vector<std::string> find_due_settings(pg::Connection& db,
                                           const std::string& role,
                                           std::vector<std::string> settings) {
    const auto found = db.exec(
        "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
        "JOIN pg_database d ON d.oid = s.setdatabase "
        "WHERE r.rolname = $1 AND d.datname = current_database()",
        {role});
    for (int i = 0; i < found.rows(); ++i)
        std::erase(settings, found.text(i, 0));
    return settings;
}

}  // namespace vo::vogate
