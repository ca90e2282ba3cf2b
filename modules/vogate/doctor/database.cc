// SPDX-License-Identifier: Apache-2.0
// What the query role sees of the database: it is the one that the services have.
#include <array>
#include <chrono>
#include <cmath>

#include "../extension.h"
#include "../migrate.h"
#include "../query_role.h"
#include "../services.h"
#include "base/error.h"
#include "base/text.h"
#include "doctor.h"
#include "pg/schema_version.h"
#include "uws/operate.h"

namespace vo::vogate::doctor {

namespace {

constexpr int kShown = 4;
constexpr double kClock_s = 2;
constexpr const char* kLongestCheck = "SET statement_timeout = '10s'";

struct Remedy {
    std::string_view part;  // of PostgreSQL's or libpq's words
    std::string_view words;
};

// The first whose part is in the words.
constexpr std::array kLoginRemedies{
    Remedy{"No such file or directory", "start PostgreSQL, or correct host and port"},
    Remedy{"Connection refused", "start PostgreSQL, or correct host and port"},
    Remedy{"could not translate host name", "correct host, or the name service"},
    Remedy{"timeout expired", "correct host and port, or let the firewall pass them"},
    Remedy{"too many clients", "raise max_connections of PostgreSQL"},
    Remedy{"remaining connection slots", "raise max_connections of PostgreSQL"},
    Remedy{"does not exist", "run `vogate init`, which makes what is missing"},
    Remedy{"is not permitted to log in", "ALTER ROLE ... LOGIN"},
    Remedy{"permission denied for database", "run `vogate init`, which renews the rights"},
    Remedy{"",
           "run the doctor as the user of the services (sudo -u vogate vogate doctor); if that is "
           "what you do, see \"Logging in\" in doc/database.md"},
};

std::string_view find_remedy(std::string_view words) {
    for (const auto& row : kLoginRemedies)
        if (words.find(row.part) != std::string_view::npos) return row.words;
    return {};
}

// "a, b and 3 more"; empty when there is no row.
std::string list_first(const pg::Result& rows) {
    std::string list;
    for (int i = 0; i < std::min(rows.rows(), kShown); ++i)
        list += (i == 0 ? "" : ", ") + std::string(rows.text(i, 0));
    if (rows.rows() > kShown) list += " and " + std::to_string(rows.rows() - kShown) + " more";
    return list;
}

// libpq's words about a broken connection string may quote a part of a password.
bool is_conninfo(const std::string& conninfo) {
    try {
        static_cast<void>(pg::conninfo_with(conninfo, "connect_timeout", "5"));
        return true;
    } catch (const Error&) {
        // Deliberate: its words are what must not be shown.
        return false;
    }
}

// Whether one can log in; the connection is left in `db`.
Finding log_in(const std::string& conninfo,
               std::string_view option,
               std::optional<pg::Connection>& db) {
    if (!is_conninfo(conninfo))
        return fail(
            std::string(option) + " is no connection string of PostgreSQL",
            "write it like host=/run/postgresql dbname=vogate user=vogate_query; a value with "
            "blanks stands in single quotes");
    try {
        db.emplace(pg::conninfo_with(conninfo, "connect_timeout", "5"), "vogate doctor");
    } catch (const Error& error) {
        // Deliberate: a refusal is an answer here.
        return fail(pg::conninfo_user(conninfo) + " cannot log in: " + error.detail(),
                    std::string(find_remedy(error.detail())));
    }
    return ok(db->user() + ", database " +
              std::string(db->exec("SELECT current_database()").text(0, 0)));
}

Finding check_query_login(Subject& subject) {
    auto finding = log_in(subject.config->database_query, "database_query", subject.db);
    if (subject.db) subject.db->exec(kLongestCheck);
    return finding;
}

// The services do without it, and another user may have it.
Finding check_owner_login(Subject& subject) {
    const auto& conninfo = subject.config->database_owner;
    if (conninfo.empty()) return ok("database_owner is not in this file");
    std::optional<pg::Connection> db;
    auto finding = log_in(conninfo, "database_owner", db);
    if (finding.verdict == Verdict::Fail) {
        finding.verdict = Verdict::Warn;
        finding.remedy += "; it may be right that this user cannot, when another ingests";
    }
    return finding;
}

Finding check_service_login(Subject& subject) {
    const auto& conninfo = subject.config->database_service;
    if (conninfo.empty())
        return fail("database_service is not in this file",
                    "add it: without it tap-async, uws and the workers do not start");
    std::optional<pg::Connection> db;
    return log_in(conninfo, "database_service", db);
}

Finding check_server(Subject& subject) {
    const auto row = subject.db->exec(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::int >= "
        "150000, pg_encoding_to_char(encoding), pg_is_in_recovery() FROM pg_database "
        "WHERE datname = current_database()");
    const auto words = "PostgreSQL " + std::string(row.text(0, 0));
    if (!row.boolean(0, 1))
        return fail(words + " is too old", "upgrade the server to PostgreSQL 15 or newer");
    if (row.text(0, 2) != "UTF8")
        return fail("the database is in " + std::string(row.text(0, 2)) + ", not in UTF8",
                    "name another database and run `vogate init`");
    return ok(words + (row.boolean(0, 3) ? ", a standby" : ""));
}

Finding check_sphere(Subject& subject) {
    auto& db = *subject.db;
    if (!has_sphere(db))
        return fail("pgSphere is missing, or older than its smoc type",
                    "install postgresql-15-pgsphere on the database server and run `vogate init "
                    "--superuser CONNINFO`");
    if (lacks_leakproof(db))
        return warn(
            "pgSphere's functions are not all marked LEAKPROOF, and so no spatial index is "
            "used under row-level security",
            "run `vogate init --superuser CONNINFO`");
    return ok("pgSphere " + std::string(db.exec("SELECT pg_sphere_version()").text(0, 0)) +
              ", marked LEAKPROOF");
}

Finding check_schema(Subject& subject) {
    const auto due = find_due_migrations(*subject.db, subject.config->sql_dir);
    if (!due.empty())
        return fail("the database lacks the migration " + join(due, ", "),
                    "run `vogate init`; the services answer 503 until then");
    return ok("migration " + std::to_string(pg::kSchemaVersion) + ", as this release wants it");
}

// One row for each right that the query role has and must not have.
constexpr const char* kTooManyRights =
    "WITH me AS (SELECT * FROM pg_roles WHERE rolname = current_user), "
    "foreign_schema AS (SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' "
    "AND nspname <> 'information_schema') "
    "SELECT 'is a superuser' FROM me WHERE rolsuper "
    "UNION ALL SELECT x FROM me, LATERAL (VALUES (rolcreatedb, 'may create databases'), "
    "(rolcreaterole, 'may create roles'), (rolreplication, 'may replicate'), "
    "(rolbypassrls, 'bypasses row-level security')) v (has, x) WHERE has AND NOT rolsuper "
    "UNION ALL SELECT 'is a member of ' || g.rolname FROM pg_roles g, me "
    "WHERE NOT me.rolsuper AND g.oid <> me.oid AND pg_has_role(me.oid, g.oid, 'MEMBER') "
    "UNION ALL SELECT 'owns ' || format('%I.%I', nspname, relname) FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = relnamespace, me WHERE relowner = me.oid AND NOT rolsuper "
    "UNION ALL SELECT 'may create schemas' FROM me WHERE NOT rolsuper "
    "AND has_database_privilege(current_database(), 'CREATE') "
    "UNION ALL SELECT 'may create in the schema ' || quote_ident(nspname) FROM foreign_schema n, "
    "me "
    "WHERE NOT rolsuper AND has_schema_privilege(n.oid, 'CREATE') "
    "UNION ALL SELECT 'may write ' || format('%I.%I', nspname, relname) FROM pg_class c "
    "JOIN foreign_schema n ON n.oid = relnamespace, me WHERE NOT rolsuper "
    "AND relkind IN ('r', 'p', 'v', 'm', 'f') "
    "AND (has_any_column_privilege(c.oid, 'INSERT, UPDATE') "
    "OR has_table_privilege(c.oid, 'DELETE, TRUNCATE')) "
    "UNION ALL SELECT 'may read ' || x FROM me, unnest(ARRAY['pg_authid', 'pg_user_mapping']) x "
    "WHERE NOT rolsuper AND has_table_privilege('pg_catalog.' || x, 'SELECT') "
    "UNION ALL SELECT 'may write large objects' FROM me WHERE NOT rolsuper AND EXISTS (SELECT 1 "
    "FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('lo_creat', "
    "'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite') AND has_function_privilege(oid, "
    "'EXECUTE'))";

Finding check_rights(Subject& subject) {
    const auto found = subject.db->exec(kTooManyRights);
    const auto user = subject.db->user();
    const auto temporary =
        subject.db->exec("SELECT has_database_privilege(current_database(), 'TEMP')");
    if (!temporary.boolean(0, 0))
        return fail(user + " may not make temporary tables, which uploads (UPLOAD) go to",
                    "run `vogate init`");
    if (found.rows() > 0)
        return fail(user + " must do nothing but read, and " + list_first(found),
                    "take that away with ALTER ROLE " + sql_identifier(user) +
                        " or REVOKE; what it needs, `vogate init` gives");
    return ok(user + " reads, and no more");
}

// Columns that TAP_SCHEMA promises and the query role cannot read. Names in quotes are a site's own
// tables, and are left out.
constexpr const char* kUnreadable =
    "SELECT DISTINCT c.table_name FROM tap_schema.columns c "
    "JOIN pg_namespace n ON nspname = lower(split_part(c.table_name, '.', 1)) "
    "LEFT JOIN pg_class r ON relnamespace = n.oid "
    "AND relname = lower(split_part(c.table_name, '.', 2)) "
    "LEFT JOIN pg_attribute a ON attrelid = r.oid AND attname = lower(c.column_name) "
    "LEFT JOIN vogate.geometry g USING (table_name, column_name) "
    "WHERE c.table_name !~ '\"' AND c.column_name !~ '\"' AND (r.oid IS NULL "
    "OR NOT has_schema_privilege(n.oid, 'USAGE') "
    "OR (a.attname IS NULL AND g.storage IS DISTINCT FROM 'region') "
    "OR NOT has_column_privilege(r.oid, a.attnum, 'SELECT')) ORDER BY 1";

Finding check_readable(Subject& subject) {
    const auto found = subject.db->exec(kUnreadable);
    if (found.rows() > 0)
        return fail(
            "tables that TAP_SCHEMA lists are missing or not readable: " + list_first(found),
            "run `vogate init`, which renews the rights; for tables of your own GRANT SELECT to " +
                subject.db->user());
    return ok("what TAP_SCHEMA lists can be read");
}

Finding check_settings(Subject& subject) {
    const auto due =
        find_due_settings(*subject.db, subject.db->user(), query_role_settings(*subject.config));
    if (!due.empty())
        return fail("settings of the query role that are missing: " + join(due, ", "),
                    "run `vogate init --superuser CONNINFO`");
    return ok("as vogate.conf and this release ask for");
}

Finding check_connections(Subject& subject) {
    const auto row = subject.db->exec(
        "SELECT current_setting('max_connections')::int - "
        "current_setting('superuser_reserved_connections')::int, "
        "(SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user), "
        "(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), "
        "(SELECT datconnlimit FROM pg_database WHERE datname = current_database())");
    const auto most = row.integer(0, 0);
    const auto others = row.integer(0, 1);
    const auto& config = *subject.config;
    // tap-sync: its slots and the catalogue. tap-async and uws: 8 each and one that listens. A worker: two for
    // each slot of queries, one for each of programs, the catalogue, one that listens and one that tidies up.
    const auto needed = config.query_slots + 1 + 2 * 9 + 2 * config.async_slots + config.local_slots + 3;
    const auto words = std::to_string(needed) + " are needed, " + std::to_string(most) +
                       " allowed, " + std::to_string(others) + " in use by others";
    const std::string remedy = "raise max_connections of PostgreSQL, or lower query_slots and async_slots";
    for (const int column : {2, 3})
        if (row.integer(0, column) >= 0 && row.integer(0, column) < needed)
            return fail(words + ", and role or database have a CONNECTION LIMIT of " +
                            std::to_string(row.integer(0, column)),
                        "raise that limit with ALTER ROLE or ALTER DATABASE");
    if (most < needed) return fail(words, remedy);
    if (most - others < needed) return warn(words, remedy);
    return ok(words);
}

Finding check_workers(Subject& subject) {
    std::optional<pg::Connection> db;
    const auto login = log_in(subject.config->database_service, "database_service", db);
    if (!db) return login;
    const auto state = uws::read_state(*db);
    std::int64_t slots = 0;
    for (const auto& worker : state.workers)
        slots += worker.second;
    const auto words = std::to_string(state.workers.size()) + " at work, with " + std::to_string(slots) + " slots";
    if (state.workers.empty())
        return fail("no worker has been seen for three minutes: asynchronous queries stay QUEUED",
                    "start vogate-worker (`vogate run` does), and look into its log");
    if (state.draining)
        return warn(words + "; no new jobs are taken, for somebody drains the service",
                    "`vogate jobs drain --off` ends it");
    return ok(words);
}

struct Setting {
    std::string_view name;
    std::string_view bad;  // SQL on s, the setting's text, and b, a size in bytes
    Verdict verdict;
    std::string_view remedy;
};

// The first that is bad is told.
constexpr std::array kSettings{
    Setting{"fsync", "s = 'off'", Verdict::Fail,
            "set fsync = on: a crash can destroy the database"},
    Setting{"full_page_writes", "s = 'off'", Verdict::Fail,
            "set full_page_writes = on: a crash can destroy the database"},
    Setting{"autovacuum", "s = 'off'", Verdict::Warn,
            "set autovacuum = on: without it tables grow and plans get old"},
    Setting{"shared_buffers", "b < 128 * 1024 * 1024", Verdict::Warn,
            "raise shared_buffers, on a machine for the database to a quarter of its memory"},
};

Finding check_server_settings(Subject& subject) {
    for (const auto& setting : kSettings) {
        const auto name = std::string(setting.name);
        const auto row = subject.db->exec(
            "SELECT s, " + std::string(setting.bad) +
                " FROM (SELECT current_setting($1) AS s, "
                "(SELECT CASE WHEN unit = '8kB' THEN setting::bigint * 8192 END FROM pg_settings "
                "WHERE name = $1) AS b) x",
            {name});
        if (row.boolean(0, 1))
            return {setting.verdict, name + " = " + std::string(row.text(0, 0)),
                    std::string(setting.remedy)};
    }
    return ok("nothing that endangers data");
}

constexpr const char* kInvalidIndexes =
    "SELECT format('%I.%I', nspname, c.relname) FROM pg_index JOIN pg_class c ON c.oid = "
    "indexrelid "
    "JOIN pg_namespace n ON n.oid = relnamespace WHERE NOT (indisvalid AND indisready) "
    "AND nspname IN (SELECT schema_name FROM tap_schema.schemas) ORDER BY 1";

// Columns that TAP_SCHEMA calls indexed, and positions and regions as they are stored, that no
// index mentions.
constexpr const char* kMissingIndexes =
    "WITH place AS (SELECT table_name, ra_column AS column_name FROM vogate.position "
    "UNION SELECT table_name, dec_column FROM vogate.position), "
    "wanted AS (SELECT table_name, column_name FROM tap_schema.columns c WHERE indexed = 1 "
    "AND NOT EXISTS (SELECT 1 FROM place p WHERE (p.table_name, p.column_name) = "
    "(c.table_name, c.column_name)) "
    "AND NOT EXISTS (SELECT 1 FROM vogate.geometry g WHERE (g.table_name, g.column_name) = "
    "(c.table_name, c.column_name)) "
    "UNION SELECT table_name, sql_name FROM vogate.position "
    "UNION SELECT table_name, column_name || part FROM vogate.geometry, "
    "LATERAL unnest(CASE storage WHEN 'region' THEN ARRAY['_circle', '_poly'] ELSE ARRAY[''] END) "
    "part) "
    "SELECT w.table_name || '.' || w.column_name FROM wanted w "
    "JOIN pg_namespace n ON nspname = lower(split_part(w.table_name, '.', 1)) "
    "JOIN pg_class r ON relnamespace = n.oid AND relname = lower(split_part(w.table_name, '.', 2)) "
    "AND relkind IN ('r', 'p', 'm') "
    "JOIN pg_attribute a ON attrelid = r.oid AND attname = lower(w.column_name) "
    "WHERE NOT EXISTS (SELECT 1 FROM pg_index i WHERE indrelid = r.oid AND indisvalid "
    "AND (attnum = ANY (indkey::int2[]) OR EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = "
    "i.indexrelid AND d.refobjid = r.oid AND d.refobjsubid = attnum))) ORDER BY 1";

Finding check_indexes(Subject& subject) {
    const auto invalid = subject.db->exec(kInvalidIndexes);
    if (invalid.rows() > 0)
        return fail("invalid indexes, which no query uses: " + list_first(invalid),
                    "REINDEX INDEX ..., as the owner");
    const auto missing = subject.db->exec(kMissingIndexes);
    if (missing.rows() > 0)
        return fail("columns without their index: " + list_first(missing) +
                        "; conditions on them read the whole table",
                    "make it again, as the owner, with the CREATE INDEX of sql/migrate");
    return ok("as TAP_SCHEMA and the geometry want them");
}

// Of more than a megabyte; autovacuum never looks at a partitioned table itself.
constexpr const char* kUnanalysed =
    "SELECT format('%I.%I', nspname, relname) FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = relnamespace "
    "WHERE nspname IN (SELECT schema_name FROM tap_schema.schemas) AND relkind IN ('r', 'm', 'p') "
    "AND reltuples < 0 AND pg_relation_size(c.oid) + coalesce((SELECT sum(pg_relation_size(relid)) "
    "FROM pg_partition_tree(c.oid)), 0) > 1000000 ORDER BY 1";

Finding check_statistics(Subject& subject) {
    const auto found = subject.db->exec(kUnanalysed);
    if (found.rows() > 0)
        return warn("never analysed: " + list_first(found),
                    "run ANALYZE, as the owner: without statistics plans are guesses");
    return ok("every large table was analysed");
}

Finding check_contents(Subject& subject) {
    if (!subject.db->exec("SELECT EXISTS (SELECT 1 FROM ivoa.obscore)").boolean(0, 0))
        return warn("the archive is empty", "fill it: vogate ingest FOLDER");
    const auto size =
        subject.db->exec("SELECT pg_size_pretty(pg_database_size(current_database()))");
    return ok("there are data sets; the database has " + std::string(size.text(0, 0)));
}

Finding check_clock(Subject& subject) {
    using Seconds = std::chrono::duration<double>;
    const auto asked = std::chrono::system_clock::now();
    const auto theirs =
        subject.db->exec("SELECT extract(epoch FROM clock_timestamp())").number(0, 0);
    const auto answered = std::chrono::system_clock::now();
    const auto ours = Seconds(asked.time_since_epoch() + (answered - asked) / 2).count();
    const auto apart = std::abs(ours - theirs);
    const auto words = std::to_string(std::lround(apart)) + " s between this host and the database";
    if (apart > kClock_s)
        return warn(words, "let both follow a time server (chrony, systemd-timesyncd)");
    return ok(words);
}

constexpr std::string_view kRenew = "run `vogate init`, which renews objects and rights";

constexpr std::array kChecks{
    Check{"query login", Needs::Config, check_query_login},
    Check{"owner login", Needs::Config, check_owner_login},
    Check{"service login", Needs::Config, check_service_login},
    Check{"server", Needs::Database, check_server, kRenew},
    Check{"pgSphere", Needs::Database, check_sphere, kRenew},
    Check{"schema", Needs::Database, check_schema,
          "install that release, or put the file back; if rights are missing, run `vogate init`"},
    Check{"workers", Needs::Database, check_workers},
    Check{"rights", Needs::Database, check_rights, kRenew},
    Check{"published tables", Needs::Database, check_readable, kRenew},
    Check{"role settings", Needs::Database, check_settings, kRenew},
    Check{"connections", Needs::Database, check_connections, kRenew},
    Check{"server settings", Needs::Database, check_server_settings, kRenew},
    Check{"indexes", Needs::Database, check_indexes, kRenew},
    Check{"statistics", Needs::Database, check_statistics, kRenew},
    Check{"contents", Needs::Database, check_contents, kRenew},
    Check{"clock", Needs::Database, check_clock, kRenew},
};

}  // namespace

std::span<const Check> database_checks() {
    return kChecks;
}

}  // namespace vo::vogate::doctor
