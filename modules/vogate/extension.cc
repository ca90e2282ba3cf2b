// SPDX-License-Identifier: Apache-2.0
// CREATE EXTENSION pg_sphere, or its script without the two operators that PostgreSQL 15.20
// refuses.
#include "extension.h"

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate {

namespace {

// The functions behind the operators that ADQL is translated to. Without the mark no index is used
// under row-level security: an operator that is not leakproof must not see rows before the policy.
constexpr const char* kUnmarked =
    "SELECT DISTINCT p.oid::regprocedure::text FROM pg_operator o JOIN pg_proc p ON p.oid = "
    "o.oprcode "
    "WHERE NOT p.proleakproof "
    "AND o.oprname IN ('<@', '@>', '&&', '!<@', '!@>', '!&&', '<->', '=', '<>') "
    "AND o.oprleft = ANY (ARRAY[to_regtype('public.spoint'), to_regtype('public.scircle'), "
    "to_regtype('public.spoly')]) "
    "AND o.oprright = ANY (ARRAY[to_regtype('public.spoint'), to_regtype('public.scircle'), "
    "to_regtype('public.spoly')]) ORDER BY 1";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

// Debian's 1.1.1+2021 declares `@` (bigint, smoc) and `@` (spoint, smoc) with a commutator that is
// taken, which PostgreSQL refuses since 15.20. Nothing else uses them.
void drop_obsolete_operators(std::string& script) {
    constexpr std::string_view kBegin = "CREATE OPERATOR @ (";
    for (auto at = script.find(kBegin); at != std::string::npos;) {
        const auto end = script.find(';', at);
        if (end == std::string::npos) return;
        const auto statement = to_lower(std::string_view(script).substr(at, end - at));
        if (statement.find("smoc") != std::string::npos)
            script.erase(at, end - at + 1);
        else
            at = end;
        at = script.find(kBegin, at);
    }
}

// Lines for psql alone, such as \echo ... \quit.
void drop_psql_lines(std::string& script) {
    std::string kept;
    for (const auto line : split(script, '\n')) {
        if (line.starts_with('\\')) continue;
        kept += line;
        kept += '\n';
    }
    script = std::move(kept);
}

void run_stock_script(pg::Connection& db, const std::string& version) {
    auto script = std::string(
        db.exec("SELECT pg_read_file((SELECT setting FROM pg_config WHERE name = 'SHAREDIR') || "
                "'/extension/pg_sphere--' || $1 || '.sql')",
                {version})
            .text(0, 0));
    drop_psql_lines(script);
    replace_all(script, "MODULE_PATHNAME", "$libdir/pg_sphere");
    drop_obsolete_operators(script);
    pg::Transaction work(db);
    db.exec("SET LOCAL search_path = public");
    db.exec("SET LOCAL client_min_messages = error");
    db.exec_script(script);
    work.commit();
}

// An extension that somebody made before us, where queries would not find it or too old.
void check_other_sphere(pg::Connection& db) {
    const auto found = db.exec(
        "SELECT extnamespace::regnamespace::text, extversion FROM pg_extension "
        "WHERE extname = 'pg_sphere'");
    if (found.rows() == 0) return;
    const std::string schema(found.text(0, 0));
    if (schema != "public")
        throw Error(Code::BadRequest, "pgSphere is in the schema " + schema +
                                          " of this database; move it with "
                                          "ALTER EXTENSION pg_sphere SET SCHEMA public");
    throw Error(Code::BadRequest, "pgSphere " + std::string(found.text(0, 1)) +
                                      " in this database is too old; renew it with "
                                      "ALTER EXTENSION pg_sphere UPDATE");
}

}  // namespace

bool has_sphere(pg::Connection& db) {
    return db
        .exec(
            "SELECT to_regtype('public.spoint') IS NOT NULL AND "
            "to_regtype('public.smoc') IS NOT NULL")
        .boolean(0, 0);
}

void install_sphere(pg::Connection& db, const Say& say) {
    if (has_sphere(db)) return;
    check_other_sphere(db);
    const auto available =
        db.exec("SELECT default_version FROM pg_available_extensions WHERE name = 'pg_sphere'");
    if (available.rows() == 0)
        throw Error(Code::BadRequest,
                    "the database server has no pgSphere; install its package there, on Debian "
                    "postgresql-15-pgsphere, and run init again");
    const std::string version(available.text(0, 0));
    // The one known failure is told by its words, so they have to be English.
    db.exec("SET lc_messages = 'C'");
    try {
        pg::Transaction work(db);
        db.exec("CREATE EXTENSION pg_sphere SCHEMA public");
        work.commit();
        say("pgSphere " + version + " installed as extension");
        return;
    } catch (const Error& error) {
        // Only the known clash of this release with newer PostgreSQL has another way.
        if (error.detail().find("commutator") == std::string::npos) throw;
    }
    run_stock_script(db, version);
    say("pgSphere " + version +
        " installed from its script without two obsolete operators, "
        "which this PostgreSQL refuses");
}

bool lacks_leakproof(pg::Connection& db) {
    return db.exec(kUnmarked).rows() > 0;
}

void mark_leakproof(pg::Connection& db, const Say& say) {
    const auto functions = db.exec(kUnmarked);
    if (functions.rows() == 0) return;
    pg::Transaction work(db);
    for (int i = 0; i < functions.rows(); ++i)
        db.exec("ALTER FUNCTION " + std::string(functions.text(i, 0)) + " LEAKPROOF");
    work.commit();
    say(std::to_string(functions.rows()) + " pgSphere functions marked LEAKPROOF");
}

}  // namespace vo::vogate
