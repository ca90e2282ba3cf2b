// SPDX-License-Identifier: Apache-2.0
// sql/migrate and sql/define into the database.
#include "migrate.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
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

// 0 for a name that is not NNNN_what.
std::int64_t find_number(const SqlFile& file) {
    if (file.name.size() < 6 || file.name[4] != '_') return 0;
    return parse_integer(std::string_view(file.name).substr(0, 4)).value_or(0);
}

std::map<std::int64_t, SqlFile> read_migrations(const std::string& sql_dir) {
    std::map<std::int64_t, SqlFile> migrations;
    for (auto& file : read_sql_files(sql_dir + "/migrate")) {
        const auto number = find_number(file);
        if (number < 1)
            throw Error(Code::BadRequest,
                        "migrate/" + file.name + ".sql is not named NNNN_what.sql");
        const auto [other, is_new] = migrations.try_emplace(number, file);
        if (!is_new)
            throw Error(Code::BadRequest, "the migrations " + other->second.name + ".sql and " +
                                              file.name + ".sql have the same number");
    }
    return migrations;
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

// Caught to name the file, which the administrator has to look at.
void run_file(pg::Connection& db, const SqlFile& file, const std::string& what) {
    try {
        db.exec_script(file.text);
    } catch (const Error& error) {
        throw Error(error.code(), what + file.name + ".sql could not be applied")
            .with_detail(error.detail());
    }
}

// Files that were not applied yet; those that were have to be what they were then.
std::map<std::int64_t, SqlFile> read_due(pg::Connection& db, const std::string& sql_dir) {
    auto due = read_migrations(sql_dir);
    if (db.exec("SELECT to_regclass('vogate.migration') IS NULL").boolean(0, 0)) return due;
    const auto applied =
        db.exec("SELECT number, name, sha256 FROM vogate.migration ORDER BY number DESC");
    for (int i = 0; i < applied.rows(); ++i) {
        const auto file = due.find(applied.integer(i, 0));
        if (file == due.end())
            throw Error(Code::BadRequest,
                        "the database is of a newer or another release: it has the migration " +
                            std::string(applied.text(i, 1)) +
                            ", which is not in sql_dir; install that release");
        if (applied.text(i, 2) != digest(db, file->second.text))
            throw Error(Code::BadRequest,
                        "the migration " + file->second.name +
                            ".sql was edited after it was applied; put the released file back");
        due.erase(file);
    }
    return due;
}

}  // namespace

std::vector<std::string> find_due_migrations(pg::Connection& db, const std::string& sql_dir) {
    std::vector<std::string> due;
    for (const auto& [number, file] : read_due(db, sql_dir))
        due.push_back(file.name);
    return due;
}

void apply_migrations(pg::Connection& db, const std::string& sql_dir, const Say& say) {
    db.exec("CREATE SCHEMA IF NOT EXISTS vogate");
    db.exec(
        "CREATE TABLE IF NOT EXISTS vogate.migration ("
        "number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT now())");
    for (const auto& [number, file] : read_due(db, sql_dir)) {
        pg::Transaction work(db);
        run_file(db, file, "the migration ");
        db.exec("INSERT INTO vogate.migration (number, name, sha256) VALUES ($1, $2, $3)",
                {number, file.name, digest(db, file.text)});
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
        run_file(db, file, "the definitions of ");
    }
    const bool changed = describe_catalogue(db) != before;
    if (changed) db.exec("UPDATE vogate.catalog_version SET version = version + 1");
    work.commit();
    if (changed) say("TAP_SCHEMA brought up to date");
}

}  // namespace vo::vogate
