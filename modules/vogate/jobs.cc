// SPDX-License-Identifier: Apache-2.0
// vogate jobs: what runs and waits, and what an operator does about it.
#include <array>
#include <iostream>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "command.h"
#include "pg/schema_version.h"
#include "uws/files.h"
#include "uws/operate.h"
#include "uws/queue.h"
#include "uws/store.h"

namespace vo::vogate {

namespace {

constexpr const char* kHelp =
    "usage: vogate [--config FILE] jobs list [--phase PHASE]... [--last N]\n"
    "       vogate [--config FILE] jobs show ID\n"
    "       vogate [--config FILE] jobs abort ID...\n"
    "       vogate [--config FILE] jobs purge\n"
    "       vogate [--config FILE] jobs drain [--off]\n\n"
    "  list    the newest jobs of all owners (--last: how many, 20), the queue and the workers\n"
    "  show    all of one job\n"
    "  abort   stops jobs, as their owners could\n"
    "  purge   removes jobs whose destruction has come, and files that no job names, at once; workers\n"
    "          do it each minute. Run it as the user of the services\n"
    "  drain   no new jobs are taken and none is started, with 503; those that run or wait go on.\n"
    "          `jobs list` tells when none is left. --off ends it\n\n"
    "Exit status: 0 done, 1 it failed, 2 wrong usage.\n";

struct Options {
    std::vector<std::string> words;
    std::vector<uws::Phase> phases;
    std::int64_t last = 20;
    bool off = false;
};

Options read_options(const std::vector<std::string>& args) {
    Options options;
    for (std::size_t i = 1; i < args.size(); ++i) {
        if (args[i] == "--phase" && i + 1 < args.size()) {
            const auto phase = uws::find_phase(to_upper(args[++i]));
            if (!phase) throw Error(Code::BadRequest, "there is no phase " + args[i]);
            options.phases.push_back(*phase);
        } else if (args[i] == "--last" && i + 1 < args.size()) {
            const auto last = parse_integer(args[++i]);
            if (!last || *last <= 0) throw Error(Code::BadRequest, "--last takes a number above 0");
            options.last = *last;
        } else if (args[i] == "--off") {
            options.off = true;
        } else if (args[i].starts_with("-")) {
            throw Error(Code::BadRequest, "jobs " + args[0] + " does not take " + args[i] +
                                              "; see vogate jobs --help");
        } else {
            options.words.push_back(args[i]);
        }
    }
    return options;
}

// What strangers wrote must not reach the terminal as a command to it.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n' || (byte >= 0x20 && byte != 0x7f)) {
            out += c;
            continue;
        }
        constexpr std::string_view kHex = "0123456789abcdef";
        out += "\\x";
        out += kHex[byte >> 4U];
        out += kHex[byte & 15U];
    }
    return out;
}

std::string seconds_words(const std::optional<double>& seconds) {
    return seconds ? std::to_string(static_cast<std::int64_t>(*seconds)) + " s" : "-";
}

void list(pg::Connection& db, const Config& /*config*/, const Options& options) {
    uws::list_all(db, options.phases, options.last, [](const uws::JobLine& line) {
        std::cout << line.job.id << "  " << uws::word_of(line.job.phase)
                  << std::string(10 - uws::word_of(line.job.phase).size(), ' ')
                  << format_utc(line.job.creation_time) << "  " << seconds_words(line.run_s) << "  "
                  << printable(line.job.owner_name.empty() ? line.client : line.job.owner_name)
                  << (line.worker.empty() ? "" : "  on " + line.worker)
                  << (line.job.run_id.empty() ? "" : "  " + printable(line.job.run_id)) << '\n';
    });
    const auto state = uws::read_state(db);
    std::cout << "jobs:";
    for (const auto& [phase, count] : state.counts)
        std::cout << ' ' << count << ' ' << phase;
    if (state.counts.empty()) std::cout << " none";
    std::cout << "\nworkers:";
    for (const auto& [worker, slots] : state.workers)
        std::cout << ' ' << worker << " (" << slots << " slots)";
    if (state.workers.empty()) std::cout << " none: jobs wait until one is started";
    std::cout << '\n';
    if (state.draining) std::cout << "draining: no new jobs are taken\n";
}

void show(pg::Connection& db, const Config& /*config*/, const Options& options) {
    for (const auto& id : options.words) {
        const auto job = uws::get_job(db, uws::get_list(db, id), id);
        const auto line = [](std::string_view name, const std::string& text) {
            if (!text.empty()) std::cout << name << std::string(19 - name.size(), ' ') << printable(text) << '\n';
        };
        line("job", job.id);
        line("phase", std::string(uws::word_of(job.phase)));
        line("owner", job.owner_name.empty() ? "nobody" : job.owner_name);
        line("run id", job.run_id);
        line("created", format_utc(job.creation_time));
        line("started", job.start_time ? format_utc(*job.start_time) : "");
        line("ended", job.end_time ? format_utc(*job.end_time) : "");
        line("execution duration", std::to_string(job.execution_duration_s) + " s");
        line("destruction", format_utc(job.destruction));
        if (job.failure) line("error", job.failure->code + ": " + job.failure->message);
        for (const auto& parameter : job.parameters)
            line("parameter", parameter.name + " = " +
                                  (parameter.file.empty() ? parameter.value
                                                          : parameter.file + ", " +
                                                                std::to_string(parameter.size_bytes) + " bytes"));
        for (const auto& result : job.results)
            line("result", result.id + " = " + result.file + ", " + std::to_string(result.size_bytes) +
                               " bytes of " + result.content_type);
    }
}

void abort(pg::Connection& db, const Config& /*config*/, const Options& options) {
    for (const auto& id : options.words) {
        uws::abort_job(db, uws::get_list(db, id), id);
        std::cout << id << " aborted\n";
    }
}

void purge(pg::Connection& db, const Config& config, const Options& /*options*/) {
    const uws::FileStore store(config.store_dir);
    store.open(db);
    auto files = uws::destroy_due(db);
    for (auto& file : uws::destroy_due_entities(db))
        files.push_back(std::move(file));
    for (const auto& file : files)
        store.remove(file);
    const auto orphans = uws::remove_orphans(db, store, config.lease_s, [] { return true; });
    std::cout << files.size() << " files of jobs whose time was over, " << orphans << " files of no job\n";
}

void drain(pg::Connection& db, const Config& /*config*/, const Options& options) {
    uws::set_draining(db, !options.off);
    std::cout << (options.off ? "jobs are taken again\n" : "no new jobs are taken; `vogate jobs list` tells what is left\n");
}

struct Action {
    std::string_view name;
    bool takes_ids;
    void (*run)(pg::Connection& db, const Config& config, const Options& options);
};

constexpr std::array kActions{
    Action{"abort", true, abort}, Action{"drain", false, drain}, Action{"list", false, list},
    Action{"purge", false, purge}, Action{"show", true, show},
};

}  // namespace

int run_jobs(const Context& context, const std::vector<std::string>& args) {
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kHelp;
        return 0;
    }
    const auto name = args.empty() ? std::string_view("list") : std::string_view(args[0]);
    for (const auto& action : kActions) {
        if (action.name != name) continue;
        const auto options = args.empty() ? Options{} : read_options(args);
        if (action.takes_ids == options.words.empty())
            throw Error(Code::BadRequest, "jobs " + std::string(name) +
                                              (action.takes_ids ? " takes the id of a job" : " takes no id") +
                                              "; see vogate jobs --help");
        if (context.config.database_service.empty())
            throw Error(Code::BadRequest, "the option database_service of vogate.conf is missing");
        pg::Connection db(context.config.database_service, "vogate jobs");
        pg::check_schema_version(db);
        action.run(db, context.config, options);
        return 0;
    }
    throw Error(Code::BadRequest, "there is no `vogate jobs " + std::string(name) + "`; see vogate jobs --help");
}

}  // namespace vo::vogate
