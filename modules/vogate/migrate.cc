// SPDX-License-Identifier: Apache-2.0
// sql/migrate and sql/define into the database.
#include "migrate.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate {

namespace {

struct SqlFile {
    std::string name;  // without .sql
    std::string text;
};

std::vector<SqlFile> read_sql_files(const std::string& folder) {
    std::vector<SqlFile> files;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
        if (entry.path().extension() != ".sql") continue;
        std::ifstream in(entry.path());
        std::ostringstream text;
        text << in.rdbuf();
        files.push_back({entry.path().stem().string(), text.str()});
    }
    if (files.empty())
        throw Error(Code::BadRequest,
                    "there are no SQL files in " + folder + "; set sql_dir in vogate.conf");
    std::sort(files.begin(), files.end(),
              [](const SqlFile& a, const SqlFile& b) { return a.name < b.name; });
    return files;
}

std::int64_t migration_number(const SqlFile& file) {
    const auto number = parse_integer(std::string_view(file.name).substr(0, 4));
    if (!number || file.name.size() < 6 || file.name[4] != '_')
        throw Error(Code::BadRequest, file.name + ".sql is not named NNNN_what.sql");
    return *number;
}

std::string digest(pg::Connection& db, const std::string& text) {
    return std::string(
        db.exec("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", {text}).text(0, 0));
}

// The catalogue as one number, to see whether the definitions changed it.
std::string describe_catalogue(pg::Connection& db) {
    return std::string(
        db.exec("SELECT md5(coalesce(string_agg(row, E'\\n' ORDER BY row), '')) FROM ("
                "SELECT s::text AS row FROM tap_schema.schemas s UNION ALL "
                "SELECT t::text FROM tap_schema.tables t UNION ALL "
                "SELECT c::text FROM tap_schema.columns c UNION ALL "
                "SELECT k::text FROM tap_schema.keys k UNION ALL "
                "SELECT c::text FROM tap_schema.key_columns c UNION ALL "
                "SELECT g::text FROM vogate.geometry g UNION ALL "
                "SELECT p::text FROM vogate.position p) all_rows")
            .text(0, 0));
}

void replace_name(std::string& text, std::string_view placeholder, const std::string& name) {
    const auto quoted = sql_identifier(name);
    for (auto at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + quoted.size()))
        text.replace(at, placeholder.size(), quoted);
}

}  // namespace

void apply_migrations(pg::Connection& db, const std::string& sql_dir, const Say& say) {
    db.exec("CREATE SCHEMA IF NOT EXISTS vogate");
    db.exec(
        "CREATE TABLE IF NOT EXISTS vogate.migration ("
        "number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT now())");
    const auto files = read_sql_files(sql_dir + "/migrate");
    const auto newest = migration_number(files.back());
    const auto applied =
        db.exec("SELECT number, name FROM vogate.migration ORDER BY number DESC LIMIT 1");
    if (applied.rows() > 0 && applied.integer(0, 0) > newest)
        throw Error(Code::BadRequest, "the database is newer than this program: it has migration " +
                                          std::string(applied.text(0, 1)) +
                                          "; install that release or a newer one");
    for (const auto& file : files) {
        const auto number = migration_number(file);
        const auto sha256 = digest(db, file.text);
        const auto known =
            db.exec("SELECT sha256 FROM vogate.migration WHERE number = $1", {number});
        if (known.rows() > 0) {
            if (known.text(0, 0) != sha256)
                throw Error(Code::BadRequest,
                            "the migration " + file.name +
                                ".sql was edited after it was applied; put the released file back");
            continue;
        }
        pg::Transaction work(db);
        db.exec_script(file.text);
        db.exec("INSERT INTO vogate.migration (number, name, sha256) VALUES ($1, $2, $3)",
                {number, file.name, sha256});
        work.commit();
        say("migration " + file.name + " applied");
    }
}

void apply_definitions(pg::Connection& db,
                       const std::string& sql_dir,
                       const Roles& roles,
                       const Say& say) {
    const auto before = describe_catalogue(db);
    pg::Transaction work(db);
    db.exec("SET LOCAL client_min_messages = warning");
    for (auto& file : read_sql_files(sql_dir + "/define")) {
        replace_name(file.text, ":\"owner\"", roles.owner);
        replace_name(file.text, ":\"service\"", roles.service);
        replace_name(file.text, ":\"query\"", roles.query);
        try {
            db.exec_script(file.text);
        } catch (Error& error) {
            throw Error(error.code(),
                        "the definitions of " + file.name + ".sql could not be applied")
                .with_detail(error.detail());
        }
    }
    const bool changed = describe_catalogue(db) != before;
    if (changed) db.exec("UPDATE vogate.catalog_version SET version = version + 1");
    work.commit();
    if (changed) say("TAP_SCHEMA brought up to date");
}

}  // namespace vo::vogate
