// SPDX-License-Identifier: Apache-2.0
// vogate publish, vogate unpublish: a site's own tables in TAP_SCHEMA and out of it.
#include <iostream>

#include <unistd.h>

#include "../command.h"
#include "apply.h"
#include "base/error.h"
#include "base/text.h"
#include "plan.h"
#include "publish.h"

namespace vo::vogate {

namespace {

using namespace publish;

constexpr const char* kPublishUsage =
    R"(usage: vogate publish [--metadata FILE] [--position RA,DEC | --no-position] [--yes] [--dry-run]
                      SCHEMA.TABLE

Publishes a table or view of the database of vogate.conf, so that queries find it: /tap/tables
describes it within two seconds, without a restart. Repeat it after a change of the table or of what
is told of it. Comments of PostgreSQL (COMMENT ON) become descriptions, foreign keys to published
tables become keys, and the query role may read the published columns and no other.

  --metadata FILE   units, UCDs and the rest: a VOTable, of whose FIELDs those named like a column
                    count, or a text such as
                        description = Stars of the field
                        [ra]
                        unit = deg
                        ucd = pos.eq.ra;meta.main
                        [remark]
                        publish = no
                    Keys of a column: name, datatype, arraysize, xtype, unit, ucd, utype, description,
                    frame, principal (yes), publish (no). What is told once is kept.
  --position RA,DEC the columns of right ascension and declination (ICRS, degrees), where UCDs and
                    names do not tell them
  --no-position     no stored position
  --yes             add what is proposed without asking: columns of pgSphere that make cones and
                    matches fast, named vogate_..., generated from the table's own. The table is
                    locked while they are made
  --dry-run         say what would be published, changing nothing

Exit status: 0 published, 1 failed, 2 wrong usage or a table that cannot be published.
)";

constexpr const char* kUnpublishUsage =
    R"(usage: vogate unpublish SCHEMA.TABLE

Takes a table out of what queries find. Queries that have begun end as they would; after three
seconds the query role may not read the table any more. The table itself stays as it is, with the
columns that publish added.
)";

std::string ask(const std::string& question) {
    std::cout << question << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return to_lower(trim(answer));
}

PublishOptions parse_publish(const std::vector<std::string>& words) {
    PublishOptions options;
    std::string name;
    const auto value = [&](std::size_t& i, const std::string& option) {
        if (words[i].size() > option.size()) return words[i].substr(option.size() + 1);
        if (i + 1 == words.size()) throw Error(Code::BadRequest, option + " wants a value");
        return words[++i];
    };
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word == "--yes") {
            options.yes = true;
        } else if (word == "--dry-run") {
            options.dry_run = true;
        } else if (word == "--no-position") {
            options.position.none = true;
        } else if (word == "--metadata" || word.starts_with("--metadata=")) {
            options.metadata = value(i, "--metadata");
        } else if (word == "--position" || word.starts_with("--position=")) {
            const auto pair = value(i, "--position");
            const auto parts = split(pair, ',');
            if (parts.size() != 2)
                throw Error(Code::BadRequest, "--position wants two columns: RA,DEC");
            options.position.ra = trim(parts[0]);
            options.position.dec = trim(parts[1]);
        } else if (word.starts_with('-')) {
            throw Error(Code::BadRequest,
                        "publish has no option " + word + "; see vogate publish --help");
        } else if (name.empty()) {
            name = word;
        } else {
            throw Error(Code::BadRequest, "publish takes one table at a time");
        }
    }
    if (name.empty()) throw Error(Code::BadRequest, "publish wants SCHEMA.TABLE");
    options.name = parse_table_name(name);
    return options;
}

void print_plan(const SiteTable& table, const Plan& plan) {
    std::cout << table.name.tap() << (table.is_view ? " (view)" : "") << ", " << plan.columns.size()
              << " columns" << (plan.description.empty() ? "" : ": " + plan.description) << '\n';
    for (const auto& planned : plan.columns) {
        const auto& column = planned.column;
        std::cout << "  " << planned.tap_name << "  " << table::datatype(column.type);
        if (!column.arraysize.empty()) std::cout << '[' << column.arraysize << ']';
        for (const auto& word : {column.xtype, column.unit, column.ucd})
            if (!word.empty()) std::cout << "  " << word;
        if (planned.indexed) std::cout << "  indexed";
        if (!column.description.empty()) std::cout << "  \"" << column.description << '"';
        std::cout << '\n';
    }
    for (const auto& position : plan.positions)
        std::cout << "POINT(" << position.ra << ", " << position.dec << ") is stored in "
                  << position.sql_name << '\n';
}

}  // namespace

void publish_table(pg::Connection& db, const Config& config, const PublishOptions& options) {
    lock_table(db, options.name);
    auto table = read_site_table(db, options.name);
    auto notes = read_notes(db, options.name);
    std::vector<std::string> warnings;
    if (!options.metadata.empty()) read_notes_file(notes, options.metadata, table, warnings);
    for (const auto& words : warnings)
        std::cout << "note: " << words << '\n';
    auto plan = make_plan(db, table, notes, options.position);
    bool changed = false;
    for (const auto& proposal : plan.proposals) {
        std::cout << "proposed: " << proposal.words << '\n';
        for (const auto& statement : proposal.statements)
            std::cout << "    " << statement << ";\n";
        if (options.dry_run) continue;
        if (!options.yes && ::isatty(STDIN_FILENO) == 0) {
            std::cout << "  not made: say --yes\n";
            continue;
        }
        if (!options.yes && ask("Make it? The table is locked meanwhile. [y/N] ") != "y") continue;
        carry_out(db, proposal);
        changed = true;
    }
    if (changed) {
        table = read_site_table(db, options.name);
        plan = make_plan(db, table, notes, options.position);
    }
    for (const auto& words : plan.remarks)
        std::cout << "note: " << words << '\n';
    print_plan(table, plan);
    if (options.dry_run) {
        std::cout << "nothing was changed\n";
        return;
    }
    write_catalog(db, table, plan, notes, pg::conninfo_user(config.database_query));
    std::cout << "published: " << config.base_url << "/tap/tables/";
    std::string path;
    append_url_escaped(path, options.name.tap());
    std::cout << path << std::endl;
}

int run_publish(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kPublishUsage;
        return 0;
    }
    const auto options = parse_publish(args);
    pg::Connection db(context.config.database_owner, "vogate publish");
    publish_table(db, context.config, options);
    return 0;
}

int run_unpublish(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kUnpublishUsage;
        return 0;
    }
    if (args.size() != 1 || args[0].starts_with('-'))
        throw Error(Code::BadRequest, "unpublish wants SCHEMA.TABLE");
    const auto name = parse_table_name(args[0]);
    pg::Connection db(context.config.database_owner, "vogate unpublish");
    lock_table(db, name);
    if (!remove_from_catalog(db, name, pg::conninfo_user(context.config.database_query)))
        throw Error(Code::BadRequest, name.tap() + " is not published");
    std::cout << name.tap() << " is not published any more" << std::endl;
    return 0;
}

}  // namespace vo::vogate
