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

namespace vo::vogate {

namespace {

constexpr const char* kHelp =
    "usage: vogate [--config FILE] init [--superuser CONNINFO] [--dry-run]\n\n"
    "Creates what is missing of: the roles named in database_owner, database_service and\n"
    "database_query, the database, pgSphere, the tables and their descriptions. Safe to repeat; "
    "an\n"
    "upgrade is the same command run by the new release.\n\n"
    "  --superuser CONNINFO  how to log in as a PostgreSQL superuser, needed the first time and\n"
    "                        when roles or pgSphere change (default: database_owner with\n"
    "                        user=postgres)\n"
    "  --dry-run             says what a superuser would have to do, and changes nothing\n";

struct Options {
    std::string superuser;
    bool dry_run = false;
};

Options read_options(const Context& context, const std::vector<std::string>& args) {
    Options options;
    options.superuser = context.config.database_owner + " user=postgres";
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

// What the query role's sessions begin with. A role's settings apply to the role that logs in.
struct Setting {
    std::string_view name;
    std::string_view value;
};

constexpr std::array kQuerySettings{
    // A client that left must not keep a query running (checked while it computes).
    Setting{"client_connection_check_interval", "2s"},
    Setting{"default_transaction_read_only", "on"},
    Setting{"idle_in_transaction_session_timeout", "60s"},
    // Compiling costs a small query more than running it.
    Setting{"jit", "off"},
    Setting{"lock_timeout", "10s"},
    Setting{"search_path", "public"},
    // The outer wall only: a slow reader makes a statement long without keeping the database busy.
    Setting{"statement_timeout", "12h"},
};

class Superuser {
  public:
    Superuser(const Options& options,
              const Roles& roles,
              std::string database,
              const Config& config,
              Say say)
        : options_(options),
          roles_(roles),
          database_(std::move(database)),
          config_(config),
          say_(std::move(say)) {}

    void run() {
        {
            pg::Connection server(options_.superuser + " dbname=postgres", "vogate init");
            check_superuser(server);
            for (const auto& role : {roles_.owner, roles_.service, roles_.query})
                make_role(server, role);
            make_database(server);
        }
        pg::Connection db(options_.superuser + " dbname=" + conninfo_value(database_),
                          "vogate init");
        install_sphere(db, say_);
        mark_leakproof(db, say_);
        restrict_database(db);
        for (const auto& setting : kQuerySettings)
            set_for_query(db, setting.name, setting.value);
        set_for_query(db, "temp_file_limit", std::to_string(config_.temp_file_limit_mb) + "MB");
    }

  private:
    // Values of a connection string stand in single quotes, with backslash escapes.
    static std::string conninfo_value(std::string_view value) {
        std::string out = "'";
        for (const char c : value) {
            if (c == '\'' || c == '\\') out += '\\';
            out += c;
        }
        return out + "'";
    }

    static void check_superuser(pg::Connection& db) {
        if (db.exec("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").boolean(0, 0))
            return;
        throw Error(
            Code::BadRequest,
            db.user() + " is no superuser of this PostgreSQL; name one by --superuser CONNINFO");
    }

    void make_role(pg::Connection& db, const std::string& role) const {
        if (db.exec("SELECT 1 FROM pg_roles WHERE rolname = $1", {role}).rows() > 0) return;
        db.exec("CREATE ROLE " + sql_identifier(role) +
                " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION");
        say_("role " + role + " created");
    }

    void make_database(pg::Connection& db) const {
        if (db.exec("SELECT 1 FROM pg_database WHERE datname = $1", {database_}).rows() > 0) return;
        db.exec("CREATE DATABASE " + sql_identifier(database_) + " OWNER " +
                sql_identifier(roles_.owner) +
                " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
        say_("database " + database_ + " created");
    }

    void restrict_database(pg::Connection& db) const {
        const auto open = db.exec(
            "SELECT has_database_privilege('public', current_database(), 'TEMP') OR "
            "has_database_privilege('public', current_database(), 'CONNECT') OR "
            "NOT has_database_privilege($1, current_database(), 'CONNECT') OR "
            "NOT has_database_privilege($2, current_database(), 'CONNECT')",
            {roles_.service, roles_.query});
        if (!open.boolean(0, 0)) return;
        const auto name = sql_identifier(database_);
        db.exec("REVOKE ALL ON DATABASE " + name + " FROM PUBLIC");
        db.exec("GRANT CONNECT ON DATABASE " + name + " TO " + sql_identifier(roles_.owner) + ", " +
                sql_identifier(roles_.service) + ", " + sql_identifier(roles_.query));
        say_("database " + database_ + " closed to other roles");
    }

    void set_for_query(pg::Connection& db, std::string_view name, std::string_view value) const {
        const auto wanted = std::string(name) + "=" + std::string(value);
        const auto found = db.exec(
            "SELECT 1 FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
            "JOIN pg_database d ON d.oid = s.setdatabase "
            "WHERE r.rolname = $1 AND d.datname = current_database() AND $2 = ANY (s.setconfig)",
            {roles_.query, wanted});
        if (found.rows() > 0) return;
        db.exec("ALTER ROLE " + sql_identifier(roles_.query) + " IN DATABASE " +
                sql_identifier(database_) + " SET " + std::string(name) + " = " +
                sql_literal(value));
        say_("role " + roles_.query + ": " + wanted);
    }

    const Options& options_;
    const Roles& roles_;
    std::string database_;
    const Config& config_;
    Say say_;
};

// Empty when the owner can do the rest alone, else why not.
std::string find_superuser_work(const Context& context, const Roles& roles) {
    std::optional<pg::Connection> db;
    try {
        db.emplace(context.config.database_owner, "vogate init");
    } catch (const Error& error) {
        // No database yet, or no role: that is what a superuser has to make.
        return error.detail();
    }
    for (const auto& role : {roles.service, roles.query})
        if (db->exec("SELECT 1 FROM pg_roles WHERE rolname = $1", {role}).rows() == 0)
            return "the role " + role + " is missing";
    if (!has_sphere(*db)) return "pgSphere is missing";
    if (lacks_leakproof(*db)) return "pgSphere's functions are not marked LEAKPROOF";
    const auto settings = db->exec(
        "SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
        "JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS setting "
        "WHERE r.rolname = $1 AND d.datname = current_database() AND setting = ANY ($2::text[])",
        {roles.query, [&context] {
             std::string wanted =
                 "{temp_file_limit=" + std::to_string(context.config.temp_file_limit_mb) + "MB";
             for (const auto& setting : kQuerySettings)
                 wanted += "," + std::string(setting.name) + "=" + std::string(setting.value);
             return wanted + "}";
         }()});
    if (settings.integer(0, 0) < static_cast<std::int64_t>(kQuerySettings.size()) + 1)
        return "the settings of the role " + roles.query + " are not what vogate.conf asks for";
    return {};
}

std::string database_name(const std::string& conninfo) {
    auto name = pg::conninfo_database(conninfo);
    if (name.empty())
        throw Error(Code::BadRequest,
                    "the option database_owner of vogate.conf must name a database, such as "
                    "\"dbname=vogate user=vogate_owner\"");
    return name;
}

}  // namespace

int run_init(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kHelp;
        return 0;
    }
    const auto& config = context.config;
    const auto options = read_options(context, args);
    const Roles roles{get_role("database_owner", config.database_owner),
                      get_role("database_service", config.database_service),
                      get_role("database_query", config.database_query)};
    bool quiet = true;
    const Say say = [&quiet](const std::string& line) {
        quiet = false;
        std::cout << line << std::endl;
    };
    const auto work = find_superuser_work(context, roles);
    if (options.dry_run) {
        std::cout << (work.empty() ? std::string("no superuser is needed")
                                   : "a superuser is needed: " + work)
                  << std::endl;
        return 0;
    }
    if (!work.empty()) {
        try {
            Superuser(options, roles, database_name(config.database_owner), config, say).run();
        } catch (const Error& error) {
            if (error.code() != Code::Busy) throw;
            throw Error(Code::BadRequest,
                        "a PostgreSQL superuser is needed once (" + work +
                            "); run `vogate init` as one, or with --superuser CONNINFO")
                .with_detail(error.detail());
        }
    }
    pg::Connection db(config.database_owner, "vogate init");
    // Two inits at once take turns.
    db.exec("SELECT pg_advisory_lock(hashtext('vogate init'))");
    db.exec("SET search_path = public");
    apply_migrations(db, config.sql_dir, say);
    apply_definitions(db, config.sql_dir, roles, say);
    if (quiet) std::cout << "nothing to do" << std::endl;
    return 0;
}

}  // namespace vo::vogate
