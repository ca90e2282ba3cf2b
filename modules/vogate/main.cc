// SPDX-License-Identifier: Apache-2.0
// vogate: the administrator's command. Options before the subcommand's name are read here.
#include <array>
#include <exception>
#include <iostream>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "command.h"
#include "config.h"

namespace vo::vogate {

namespace {

constexpr std::array kCommands{
    Command{"adql", "print the SQL that a query becomes, or check it", run_adql, false},
    Command{"ingest", "read FITS event lists (GADF DL3) into the archive", run_ingest},
    Command{"init", "create or upgrade the database objects; safe to repeat", run_init},
    Command{"doctor", "check this site's set-up and say what to do", run_doctor, false},
    Command{"job-kind", "check and import descriptions of kinds of jobs", run_job_kind},
    Command{"jobs", "list, stop and tidy asynchronous jobs", run_jobs},
    Command{"load", "make a table from a VOTable, FITS or CSV file", run_load},
    Command{"publish", "publish a table or view of the site", run_publish},
    Command{"unpublish", "take it out of what queries find", run_unpublish},
    Command{"run", "start the FastCGI executables and keep them running", run_services},
    Command{"simulate", "write simulated event lists to try the archive with", run_simulate, false},
};

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void print_usage(std::ostream& out) {
    out << "usage: vogate [--config FILE] COMMAND [ARGUMENTS]\n\n";
    for (const auto& command : kCommands) {
        out << "  " << command.name << std::string(11 - command.name.size(), ' ') << command.summary
            << '\n';
    }
    out << "\n  vogate COMMAND --help   says what a command takes\n"
           "  vogate --options        lists the options of vogate.conf\n"
           "  vogate --version\n\n"
           "The configuration is --config FILE, else $VOGATE_CONFIG, else " VOGATE_SYSCONFDIR
           "/vogate.conf.\n";
}

void print_options() {
    for (const auto& row : option_rows()) {
        std::cout << row.name << "  ["
                  << (row.required ? "required" : "default: " + std::string(row.default_text))
                  << "]\n    " << row.help << '\n';
    }
}

const Command& get_command(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& command : kCommands) {
        if (command.name == name) return command;
        names.push_back(command.name);
    }
    const auto near = nearest(name, names);
    throw Error(Code::BadRequest,
                "there is no command \"" + std::string(name) + "\"" +
                    (near ? "; did you mean \"" + *near + "\"?" : "; see vogate --help"));
}

int run(const std::vector<std::string>& words) {
    std::string config_option;
    std::size_t i = 0;
    for (; i < words.size() && words[i].starts_with('-'); ++i) {
        if (words[i] == "--help" || words[i] == "-h") {
            print_usage(std::cout);
            return 0;
        }
        if (words[i] == "--version") {
            std::cout << "vogate " PACKAGE_VERSION "\n";
            return 0;
        }
        if (words[i] == "--options") {
            print_options();
            return 0;
        }
        if (words[i] == "--config" && i + 1 < words.size()) {
            config_option = words[++i];
        } else if (words[i].starts_with("--config=")) {
            config_option = words[i].substr(9);
        } else {
            throw Error(Code::BadRequest, "unknown option " + words[i] + "; see vogate --help");
        }
    }
    if (i == words.size()) {
        print_usage(std::cerr);
        return kWrongUsage;
    }
    const auto& command = get_command(words[i]);
    const std::vector<std::string> args(words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                        words.end());
    Context context{find_config_path(config_option), {}};
    const bool help_only = !args.empty() && (args[0] == "--help" || args[0] == "-h");
    if (!help_only && command.needs_config) {
        context.config = read_config(context.config_path);
        log::set_level(log::parse_level(context.config.log_level));
    }
    return command.run(context, args);
}

}  // namespace

}  // namespace vo::vogate

int main(int argc, char** argv) {
    vo::log::set_program("vogate");
    try {
        return vo::vogate::run({argv + 1, argv + argc});
    } catch (const vo::Error& error) {
        std::cerr << "vogate: " << error.what() << '\n';
        if (!error.detail().empty()) std::cerr << "        " << error.detail() << '\n';
        return error.code() == vo::Code::BadRequest ? vo::vogate::kWrongUsage : vo::vogate::kFailed;
    } catch (const std::exception& error) {
        std::cerr << "vogate: " << error.what() << '\n';
        return vo::vogate::kFailed;
    }
}
