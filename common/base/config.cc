// SPDX-License-Identifier: Apache-2.0
// The option table and the reader of vogate.conf.
#include "base/config.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>
#include <variant>

#include "base/error.h"
#include "base/text.h"

#ifndef VOGATE_SYSCONFDIR
#define VOGATE_SYSCONFDIR "/etc"
#define VOGATE_PKGDATADIR "/usr/share/vogate"
#define VOGATE_PKGLIBEXECDIR "/usr/libexec/vogate"
#define VOGATE_RUNDIR "/run/vogate"
#define VOGATE_STOREDIR "/var/lib/vogate/store"
#define VOGATE_WORKDIR "/var/lib/vogate/work"
#endif

namespace vo {

namespace {

using Member = std::variant<std::string Config::*, std::int64_t Config::*>;

struct Option {
    OptionRow row;
    Member member;
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

constexpr bool kRequired = true;
constexpr bool kOptional = false;

constexpr std::array kOptions{
    Option{{"async_job_days", "7", kOptional, "days after which a job is destroyed, if its owner says nothing"},
           &Config::async_job_days,
           1,
           36'500},
    Option{{"async_job_days_hard", "31", kOptional, "days that a job may be kept at most"},
           &Config::async_job_days_hard,
           1,
           36'500},
    Option{{"async_limit_hard_s", "86400", kOptional, "seconds that a job may run at most"},
           &Config::async_limit_hard_s,
           1,
           31'536'000},
    Option{{"async_limit_s", "3600", kOptional, "seconds that a job may run, if its owner says nothing"},
           &Config::async_limit_s,
           1,
           31'536'000},
    Option{{"async_max_bytes", "50000000000", kOptional, "largest result of a job, in bytes"},
           &Config::async_max_bytes,
           1024},
    Option{{"async_maxrec_default", "1000000", kOptional, "rows of a job when the client asks for no MAXREC"},
           &Config::async_maxrec_default,
           1},
    Option{{"async_maxrec_hard", "100000000", kOptional, "most rows of the result of a job"},
           &Config::async_maxrec_hard,
           1},
    Option{{"async_pending_per_owner", "1000", kOptional, "jobs of one owner that are not started at most"},
           &Config::async_pending_per_owner,
           1,
           1'000'000},
    Option{{"async_per_owner", "2", kOptional, "jobs of one owner that run at once, on all workers together"},
           &Config::async_per_owner,
           1,
           10'000},
    Option{{"async_queue_length", "10000", kOptional, "jobs that wait for a worker at most"},
           &Config::async_queue_length,
           1,
           1'000'000},
    Option{{"async_queue_per_owner", "1000", kOptional, "jobs of one owner that wait for a worker at most"},
           &Config::async_queue_per_owner,
           1,
           1'000'000},
    Option{{"async_slots", "0", kOptional, "jobs that one worker runs at once; 0 is two for each processor core"},
           &Config::async_slots,
           0,
           1000},
    Option{{"auth_realm", "vogate", kOptional, "realm of the web server's logins, a part of the users' identity"},
           &Config::auth_realm},
    Option{{"authority", "", kRequired, "IVOA authority of obs_publisher_did: ivo://AUTHORITY/..."},
           &Config::authority},
    Option{{"base_url", "", kRequired, "address under which clients reach the services"},
           &Config::base_url},
    Option{{"capabilities_modes", "0", kOptional,
            "1: declare the limits of sync and async apart, as TAPRegExt 1.1 has it"},
           &Config::capabilities_modes,
           0,
           1},
    Option{{"database_owner", "", kOptional, "libpq connection string of the owner: init, ingest"},
           &Config::database_owner},
    Option{{"database_query", "", kRequired, "libpq connection string of the query role: tap-sync"},
           &Config::database_query},
    Option{{"database_service", "", kOptional, "libpq connection string of the service role"},
           &Config::database_service},
    Option{{"entity_bytes_per_owner", "50000000000", kOptional,
            "bytes of all files that the jobs of one owner used or made"},
           &Config::entity_bytes_per_owner,
           1024},
    Option{{"entity_days", "31", kOptional, "days that such a file is kept, unless a job still names it"},
           &Config::entity_days,
           1,
           36'500},
    Option{{"examples_dir", VOGATE_PKGDATADIR "/conf/examples", kOptional,
            "queries that /tap/examples shows, one .adql file each"},
           &Config::examples_dir},
    Option{{"fetch_loopback", "0", kOptional,
            "1: uploads by URL may come from this machine, for tests"},
           &Config::fetch_loopback,
           0,
           1},
    Option{{"job_user", "", kOptional, "user whom the programs of jobs run as, when the worker is root"},
           &Config::job_user},
    Option{{"kinds_dir", VOGATE_PKGDATADIR "/conf/jobs", kOptional,
            "descriptions of the kinds of jobs, one .job file each"},
           &Config::kinds_dir},
    Option{{"lease_s", "30", kOptional, "seconds without a word after which a worker counts as lost"},
           &Config::lease_s,
           2,
           3600},
    Option{{"libexec_dir", VOGATE_PKGLIBEXECDIR, kOptional, "where the FastCGI executables are"},
           &Config::libexec_dir},
    Option{{"local_per_owner", "2", kOptional,
            "jobs of one owner that run programs at once, on all workers together"},
           &Config::local_per_owner,
           1,
           10'000},
    Option{{"local_slots", "0", kOptional,
            "programs of jobs that one worker runs at once; 0 is one for each processor core"},
           &Config::local_slots,
           0,
           1000},
    Option{{"log_level", "info", kOptional, "debug, info, warn or error"}, &Config::log_level},
    Option{{"max_body_bytes", "4194304", kOptional, "largest request body, in bytes"},
           &Config::max_body_bytes,
           1024},
    Option{{"max_query_bytes", "262144", kOptional, "longest query text, in bytes"},
           &Config::max_query_bytes,
           1024,
           16'777'216},
    Option{{"max_upload_bytes", "100000000", kOptional, "largest upload of a query, in bytes"},
           &Config::max_upload_bytes,
           0,
           100'000'000'000},
    Option{{"max_upload_rows", "1000000", kOptional, "rows of an uploaded table at most"},
           &Config::max_upload_rows,
           1},
    Option{{"maxrec_default", "100000", kOptional, "rows when the client asks for no MAXREC"},
           &Config::maxrec_default,
           1},
    Option{
        {"maxrec_hard", "20000000", kOptional, "most rows of one answer"}, &Config::maxrec_hard, 1},
    Option{{"min_rate_bytes_per_s", "10000", kOptional,
            "a client slower than this over 30 s is dropped"},
           &Config::min_rate_bytes_per_s,
           0},
    Option{{"query_slots", "0", kOptional,
            "queries that run at once; 0 is two for each processor core"},
           &Config::query_slots,
           0,
           1000},
    Option{{"queue_length", "64", kOptional, "requests that may wait for a query slot"},
           &Config::queue_length,
           0,
           100'000},
    Option{{"queue_wait_s", "2", kOptional, "seconds that a request waits for a query slot"},
           &Config::queue_wait_s,
           0,
           600},
    Option{{"run_dir", VOGATE_RUNDIR, kOptional, "where the sockets of the executables are"},
           &Config::run_dir},
    Option{{"sql_dir", VOGATE_PKGDATADIR "/sql", kOptional, "migrations and definitions"},
           &Config::sql_dir},
    Option{{"store_dir", VOGATE_STOREDIR, kOptional, "where results and uploads of jobs are kept"},
           &Config::store_dir},
    Option{{"sync_limit_s", "60", kOptional,
            "seconds that a synchronous query may keep the database busy"},
           &Config::sync_limit_s,
           1,
           86'400},
    Option{{"sync_max_bytes", "10000000000", kOptional, "largest synchronous answer, in bytes"},
           &Config::sync_max_bytes,
           1024},
    Option{
        {"temp_file_limit_mb", "4096", kOptional, "disk that one query may use for sorting, in MB"},
        &Config::temp_file_limit_mb,
        1,
        2'000'000},
    Option{{"threads", "64", kOptional, "requests that one executable serves at once"},
           &Config::threads,
           2,
           1000},
    Option{{"wait_max_per_client", "16", kOptional, "requests of one client that wait for a job at once"},
           &Config::wait_max_per_client,
           0,
           10'000},
    Option{{"wait_max_total", "50", kOptional, "requests that wait for a job at once"},
           &Config::wait_max_total,
           0,
           10'000},
    Option{{"work_dir", VOGATE_WORKDIR, kOptional, "where programs of jobs have their folders while they run"},
           &Config::work_dir},
};

const Option* find_option(std::string_view name) {
    for (const auto& option : kOptions)
        if (option.row.name == name) return &option;
    return nullptr;
}

[[noreturn]] void refuse(std::string_view origin, int line, const std::string& message) {
    std::string text(origin);
    if (line > 0) text += ':' + std::to_string(line);
    throw Error(Code::BadRequest, text + ": " + message);
}

// Of a line that is no option: what follows may be a password, and this goes to the log.
std::string first_word(std::string_view text) {
    const auto end = text.find_first_of(" \t");
    return '"' + std::string(text.substr(0, end)) +
           (end == std::string_view::npos ? "\"" : " ...\"");
}

void set_option(Config& config,
                const Option& option,
                std::string_view value,
                std::string_view origin,
                int line) {
    if (const auto* text = std::get_if<std::string Config::*>(&option.member)) {
        config.** text = std::string(value);
        return;
    }
    const auto number = parse_integer(value);
    if (!number || *number < option.least || *number > option.most) {
        std::string range = "a whole number of at least " + std::to_string(option.least);
        if (option.most != std::numeric_limits<std::int64_t>::max())
            range += " and at most " + std::to_string(option.most);
        refuse(origin, line,
               std::string(option.row.name) + " takes " + range + ", not \"" + std::string(value) +
                   "\"");
    }
    config.*std::get<std::int64_t Config::*>(option.member) = *number;
}

// RFC 3986 unreserved characters, at least three, an alphanumeric first: IVOA Identifiers 2.0
// §2.3.1.
bool is_authority(std::string_view name) {
    constexpr std::string_view kAlphanumeric =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    return name.size() >= 3 && kAlphanumeric.find(name[0]) != std::string_view::npos &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "0123456789-._~") == std::string_view::npos;
}

void check_config(Config& config, std::string_view origin) {
    for (const auto& option : kOptions) {
        const auto* text = std::get_if<std::string Config::*>(&option.member);
        if (option.row.required && text != nullptr && (config.**text).empty())
            refuse(origin, 0,
                   "the option " + std::string(option.row.name) +
                       " is missing: " + std::string(option.row.help));
    }
    if (!is_authority(config.authority))
        refuse(origin, 0,
               "authority must be an IVOA authority such as \"obs.example.org\", not \"" +
                   config.authority + "\"");
    if (!config.base_url.starts_with("http://") && !config.base_url.starts_with("https://"))
        refuse(origin, 0, "base_url must begin with http:// or https://");
    while (config.base_url.ends_with('/'))
        config.base_url.pop_back();
    if (config.maxrec_default > config.maxrec_hard)
        refuse(origin, 0, "maxrec_default must not be larger than maxrec_hard");
    if (config.async_maxrec_default > config.async_maxrec_hard)
        refuse(origin, 0, "async_maxrec_default must not be larger than async_maxrec_hard");
    if (config.async_limit_s > config.async_limit_hard_s)
        refuse(origin, 0, "async_limit_s must not be larger than async_limit_hard_s");
    if (config.async_job_days > config.async_job_days_hard)
        refuse(origin, 0, "async_job_days must not be larger than async_job_days_hard");
    if (!config.store_dir.starts_with('/'))
        refuse(origin, 0, "store_dir must be an absolute path");
    while (config.store_dir.size() > 1 && config.store_dir.ends_with('/'))
        config.store_dir.pop_back();
    const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
    for (auto* slots : {&config.query_slots, &config.async_slots})
        if (*slots == 0) *slots = 2 * cores;
    if (config.local_slots == 0) config.local_slots = cores;
}

}  // namespace

std::vector<OptionRow> option_rows() {
    std::vector<OptionRow> rows;
    for (const auto& option : kOptions)
        rows.push_back(option.row);
    return rows;
}

std::string find_config_path(std::string_view from_command_line) {
    if (!from_command_line.empty()) return std::string(from_command_line);
    if (const char* path = std::getenv("VOGATE_CONFIG"); path != nullptr && *path != '\0')
        return path;
    return VOGATE_SYSCONFDIR "/vogate.conf";
}

Config read_config(const std::string& path) {
    std::ifstream file(path);
    if (!file) refuse(path, 0, std::string("cannot be read: ") + std::strerror(errno));
    std::ostringstream text;
    text << file.rdbuf();
    return parse_config(text.str(), path);
}

Config parse_config(std::string_view text, std::string_view origin) {
    Config config;
    for (const auto& option : kOptions)
        set_option(config, option, option.row.default_text, origin, 0);
    int number = 0;
    for (const auto raw : split(text, '\n')) {
        ++number;
        const auto line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            refuse(origin, number, "expected `name = value`, found " + first_word(line));
        const auto name = trim(line.substr(0, equals));
        const auto* option = find_option(name);
        if (option == nullptr) {
            std::vector<std::string_view> names;
            for (const auto& row : kOptions)
                names.push_back(row.row.name);
            const auto near = nearest(name, names);
            refuse(origin, number,
                   "unknown option " + first_word(name) +
                       (near ? "; did you mean \"" + *near + "\"?" : ""));
        }
        set_option(config, *option, trim(line.substr(equals + 1)), origin, number);
    }
    check_config(config, origin);
    return config;
}

}  // namespace vo
