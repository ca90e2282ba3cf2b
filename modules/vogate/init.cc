// SPDX-License-Identifier: Apache-2.0
// vogate init: roles, database, pgSphere, migrations, definitions. Each step looks before it acts,
// so that it may be repeated at any time.
#include <array>
#include <iostream>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "command.h"
#include "extension.h"
#include "migrate.h"
#include "pg/connection.h"
#include "query_role.h"

namespace vo::vogate {

namespace {

constexpr const char* kHelp =
    "usage: vogate [--config FILE] init [--superuser CONNINFO] [--dry-run]\n\n"
    "Creates what is missing of: the roles named in database_owner, database_service and\n"
    "database_query, the database, pgSphere, the tables and their descriptions. Safe to repeat;\n"
    "an upgrade is the same command run by the new release.\n\n"
    "  --superuser CONNINFO  how to log in as a PostgreSQL superuser, needed the first time and\n"
    "                        when roles or pgSphere change (default: database_owner with\n"
    "                        user=postgres)\n"
    "  --dry-run             says what a superuser would have to do and which migrations are due,\n"
    "                        and changes nothing\n";

struct Options {
    std::string superuser;
    bool dry_run = false;
};

// What is to be made.
struct Target {
    Roles roles;
    std::string database;
    // Of the query role, "name=value".
    std::vector<std::string> settings;
};

Options read_options(const Config& config, const std::vector<std::string>& args) {
    Options options;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i] == "--superuser" && i + 1 < args.size())
            options.superuser = args[++i];
        else if (args[i].starts_with("--superuser="))
            options.superuser = args[i].substr(12);
        else if (args[i] == "--dry-run")
            options.dry_run = true;
        else
            throw Error(Code::BadRequest,
                        "init does not take " + args[i] + "; see vogate init --help");
    }
    if (options.superuser.empty())
        options.superuser = pg::conninfo_with(config.database_owner, "user", "postgres");
    return options;
}

std::string get_role(std::string_view option, const std::string& conninfo) {
    auto role = pg::conninfo_user(conninfo);
    if (role.empty())
        throw Error(Code::BadRequest, "the option " + std::string(option) +
                                          " of vogate.conf must name a user, such as "
                                          "\"dbname=vogate user=vogate_owner\"");
    return role;
}

Target get_target(const Config& config) {
    Target target{{get_role("database_owner", config.database_owner),
                   get_role("database_service", config.database_service),
                   get_role("database_query", config.database_query)},
                  pg::conninfo_database(config.database_owner),
                  query_role_settings(config)};
    const auto& [owner, service, query] = target.roles;
    if (owner == service || owner == query || service == query)
        throw Error(Code::BadRequest,
                    "database_owner, database_service and database_query must name three users: "
                    "each has rights that the others must not have");
    if (target.database.empty())
        throw Error(Code::BadRequest,
                    "the option database_owner of vogate.conf must name a database, such as "
                    "\"dbname=vogate user=vogate_owner\"");
    return target;
}

// Two inits at once take turns. The lock is the session's; each database has its own.
void lock_out_others(pg::Connection& db, const Say& say) {
    if (db.exec("SELECT pg_try_advisory_lock(hashtext('vogate init'))").boolean(0, 0)) return;
    say("another vogate init is at work; waiting for it");
    db.exec("SELECT pg_advisory_lock(hashtext('vogate init'))");
}

void check_server(pg::Connection& db) {
    const auto version = db.exec(
        "SELECT current_setting('server_version_num')::int >= 150000, "
        "current_setting('server_version')");
    if (!version.boolean(0, 0))
        throw Error(Code::BadRequest, "Vogate needs PostgreSQL 15 or newer; this server is " +
                                          std::string(version.text(0, 1)));
}

// A database that was here before us may be another's.
void check_database(pg::Connection& db, const Target& target) {
    const auto found = db.exec(
        "SELECT pg_get_userbyid(datdba), pg_has_role($1, datdba, 'USAGE'), "
        "pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()",
        {target.roles.owner});
    if (!found.boolean(0, 1))
        throw Error(Code::BadRequest, "the database " + target.database + " belongs to " +
                                          std::string(found.text(0, 0)) +
                                          "; name another, or run " + "ALTER DATABASE " +
                                          sql_identifier(target.database) + " OWNER TO " +
                                          sql_identifier(target.roles.owner));
    if (found.text(0, 2) != "UTF8")
        throw Error(Code::BadRequest, "the database " + target.database + " is in " +
                                          std::string(found.text(0, 2)) +
                                          ", not in UTF8; name another for init to create");
}

// Roles that were here before us may do more than their users should.
void check_roles(pg::Connection& db, const Target& target) {
    for (const auto& role : {target.roles.service, target.roles.query}) {
        const auto found = db.exec(
            "SELECT concat_ws(', ', CASE WHEN NOT rolcanlogin THEN 'NOLOGIN' END, "
            "CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END, "
            "CASE WHEN rolcreaterole THEN 'CREATEROLE' END, "
            "CASE WHEN rolreplication THEN 'REPLICATION' END, "
            "CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, "
            "(SELECT string_agg('member of ' || g.rolname, ', ' ORDER BY g.rolname) "
            "FROM pg_roles g WHERE NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER') "
            "AND (g.rolsuper OR g.rolname = $2 OR g.rolname ~ '^pg_'))) "
            "FROM pg_roles r WHERE rolname = $1",
            {role, target.roles.owner});
        if (found.rows() > 0 && !found.text(0, 0).empty())
            throw Error(Code::BadRequest, "the role " + role + " is not as it should be (" +
                                              std::string(found.text(0, 0)) +
                                              "); change it with ALTER ROLE or REVOKE, or name "
                                              "another in vogate.conf");
    }
}

// What a superuser does inside the database, in this order.
struct Task {
    std::string_view due_words;
    bool (*is_due)(pg::Connection& db, const Target& target);
    void (*run)(pg::Connection& db, const Target& target, const Say& say);
};

// As PostgreSQL 15 makes it; one from an older server lets everybody create in it.
bool is_public_foreign(pg::Connection& db, const Target&) {
    return !db.exec(
                  "SELECT pg_get_userbyid(nspowner) = 'pg_database_owner' FROM pg_namespace "
                  "WHERE nspname = 'public'")
                .boolean(0, 0);
}

void take_public(pg::Connection& db, const Target& target, const Say& say) {
    if (!is_public_foreign(db, target)) return;
    db.exec("ALTER SCHEMA public OWNER TO pg_database_owner");
    say("schema public given to the database's owner");
}

// PostgreSQL 15 lets a read-only transaction write large objects, and PUBLIC call these.
constexpr const char* kOpenLargeObjects =
    "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace "
    "AND proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite') "
    "AND has_function_privilege('public', oid, 'EXECUTE')";

bool has_open_large_objects(pg::Connection& db, const Target&) {
    return db.exec(kOpenLargeObjects).rows() > 0;
}

void close_large_objects(pg::Connection& db, const Target&, const Say& say) {
    const auto functions = db.exec(kOpenLargeObjects);
    for (int i = 0; i < functions.rows(); ++i)
        db.exec("REVOKE EXECUTE ON FUNCTION " + std::string(functions.text(i, 0)) + " FROM PUBLIC");
    if (functions.rows() > 0) say("large objects closed to other roles");
}

bool lacks_settings(pg::Connection& db, const Target& target) {
    return !find_due_settings(db, target.roles.query, target.settings).empty();
}

// A role's settings apply to the role that logs in.
void make_settings(pg::Connection& db, const Target& target, const Say& say) {
    for (const auto& setting : find_due_settings(db, target.roles.query, target.settings)) {
        const auto equals = setting.find('=');
        db.exec("ALTER ROLE " + sql_identifier(target.roles.query) + " IN DATABASE " +
                sql_identifier(target.database) + " SET " + setting.substr(0, equals) + " = " +
                sql_literal(setting.substr(equals + 1)));
        say("role " + target.roles.query + ": " + setting);
    }
}

constexpr std::array kTasks{
    Task{"the schema public does not belong to the database's owner", is_public_foreign,
         take_public},
    Task{"pgSphere is missing", [](pg::Connection& db, const Target&) { return !has_sphere(db); },
         [](pg::Connection& db, const Target&, const Say& say) { install_sphere(db, say); }},
    Task{"pgSphere's functions are not marked LEAKPROOF",
         [](pg::Connection& db, const Target&) { return lacks_leakproof(db); },
         [](pg::Connection& db, const Target&, const Say& say) { mark_leakproof(db, say); }},
    Task{"every role may write large objects", has_open_large_objects, close_large_objects},
    Task{"the settings of the query role are not what vogate.conf asks for", lacks_settings,
         make_settings},
};

// What a superuser has to do; empty when the owner can do the rest alone.
std::vector<std::string> find_superuser_work(pg::Connection& owner, const Target& target) {
    std::vector<std::string> work;
    for (const auto& role : {target.roles.service, target.roles.query})
        if (owner.exec("SELECT 1 FROM pg_roles WHERE rolname = $1", {role}).rows() == 0)
            work.push_back("the role " + role + " is missing");
    // One of them is enough: the next may not be visible before it is done.
    for (const auto& task : kTasks) {
        if (!task.is_due(owner, target)) continue;
        work.emplace_back(task.due_words);
        break;
    }
    return work;
}

void make_role(pg::Connection& db, const std::string& role, const Say& say) {
    if (db.exec("SELECT 1 FROM pg_roles WHERE rolname = $1", {role}).rows() > 0) return;
    db.exec("CREATE ROLE " + sql_identifier(role) +
            " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION");
    say("role " + role + " created");
}

void make_database(pg::Connection& db, const Target& target, const Say& say) {
    if (db.exec("SELECT 1 FROM pg_database WHERE datname = $1", {target.database}).rows() > 0)
        return;
    // The server's system may lack C.UTF-8; the order of texts is the same.
    const auto locale =
        db.exec("SELECT 1 FROM pg_collation WHERE collname IN ('C.utf8', 'C.UTF-8')").rows() > 0
            ? "C.UTF-8"
            : "C";
    db.exec("CREATE DATABASE " + sql_identifier(target.database) + " OWNER " +
            sql_identifier(target.roles.owner) + " TEMPLATE template0 ENCODING 'UTF8' LOCALE '" +
            locale + "'");
    say("database " + target.database + " created");
}

void check_superuser(pg::Connection& db) {
    if (db.exec("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").boolean(0, 0)) return;
    throw Error(
        Code::BadRequest,
        db.user() + " is no superuser of this PostgreSQL; name one by --superuser CONNINFO");
}

void run_as_superuser(pg::Connection& server,
                      const std::string& superuser,
                      const Target& target,
                      const Say& say) {
    check_server(server);
    check_superuser(server);
    lock_out_others(server, say);
    for (const auto& role : {target.roles.owner, target.roles.service, target.roles.query})
        make_role(server, role, say);
    check_roles(server, target);
    make_database(server, target, say);
    pg::Connection db(pg::conninfo_with(superuser, "dbname", target.database), "vogate init");
    check_database(db, target);
    for (const auto& task : kTasks)
        task.run(db, target, say);
}

// REQUIRES: the owner's connection.
void close_database(pg::Connection& db, const Target& target, const Say& say) {
    const auto open = db.exec(
        "SELECT has_database_privilege('public', current_database(), 'TEMP') OR "
        "has_database_privilege('public', current_database(), 'CONNECT') OR "
        "NOT has_database_privilege($1, current_database(), 'CONNECT') OR "
        "NOT has_database_privilege($2, current_database(), 'CONNECT') OR "
        "NOT has_database_privilege($2, current_database(), 'TEMP')",
        {target.roles.service, target.roles.query});
    if (!open.boolean(0, 0)) return;
    const auto name = sql_identifier(target.database);
    db.exec("REVOKE ALL ON DATABASE " + name + " FROM PUBLIC");
    db.exec("GRANT CONNECT ON DATABASE " + name + " TO " + sql_identifier(target.roles.service) +
            ", " + sql_identifier(target.roles.query));
    // For the tables that come with a query.
    db.exec("GRANT TEMPORARY ON DATABASE " + name + " TO " + sql_identifier(target.roles.query));
    say("database " + target.database + " closed to other roles");
}

// An attempt to log in; a refusal is an expected answer here.
struct Login {
    std::optional<pg::Connection> db;
    std::string refusal;

    explicit Login(const std::string& conninfo) {
        try {
            db.emplace(conninfo, "vogate init");
        } catch (const Error& error) {
            refusal = error.detail();
        }
    }
};

}  // namespace

int run_init(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kHelp;
        return 0;
    }
    const auto& config = context.config;
    const auto target = get_target(config);
    const auto options = read_options(config, args);
    bool quiet = true;
    const Say say = [&quiet](const std::string& line) {
        quiet = false;
        std::cout << line << std::endl;
    };

    Login owner(config.database_owner);
    std::vector<std::string> work;
    if (owner.db) {
        check_server(*owner.db);
        check_database(*owner.db, target);
        check_roles(*owner.db, target);
        work = find_superuser_work(*owner.db, target);
    } else {
        // No database yet, or no role: that is what a superuser has to make.
        work.push_back(owner.refusal);
    }
    if (options.dry_run) {
        for (const auto& words : work)
            say("a superuser is needed: " + words);
        if (owner.db)
            for (const auto& name : find_due_migrations(*owner.db, config.sql_dir))
                say("migration " + name + " is due");
        if (quiet) std::cout << "no superuser is needed, no migration is due" << std::endl;
        return 0;
    }
    if (!work.empty()) {
        Login server(pg::conninfo_with(options.superuser, "dbname", "postgres"));
        if (!server.db)
            throw Error(Code::BadRequest,
                        owner.db ? "a PostgreSQL superuser is needed (" + join(work, "; ") +
                                       "); run `vogate init --superuser CONNINFO`"
                                 : "neither " + target.roles.owner +
                                       " nor a superuser can log in to PostgreSQL; if it runs, "
                                       "run `vogate init --superuser CONNINFO`")
                .with_detail(server.refusal);
        run_as_superuser(*server.db, options.superuser, target, say);
        owner = Login(config.database_owner);
    }
    if (!owner.db)
        throw Error(Code::BadRequest,
                    "the role " + target.roles.owner +
                        " exists, but cannot log in; give it a password, or a line in pg_hba.conf "
                        "and pg_ident.conf, and run `vogate init` again")
            .with_detail(owner.refusal);
    auto& db = *owner.db;
    db.exec("SET search_path = public");
    // Limits that a site sets for its users are not for migrations.
    db.exec("SET statement_timeout = 0");
    lock_out_others(db, say);
    close_database(db, target, say);
    apply_migrations(db, config.sql_dir, say);
    apply_definitions(db, config.sql_dir, target.roles, say);
    if (quiet) std::cout << "nothing to do" << std::endl;
    return 0;
}

}  // namespace vo::vogate
