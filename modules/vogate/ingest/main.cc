// SPDX-License-Identifier: Apache-2.0
// vogate ingest: FITS event lists into the archive.
#include <iostream>

#include <unistd.h>

#include "../command.h"
#include "base/error.h"
#include "load.h"
#include "pg/connection.h"
#include "plan.h"
#include "report.h"

namespace vo::vogate {

namespace {

using namespace ingest;

constexpr const char* kUsage =
    R"(usage: vogate ingest [--dry-run] [--collection NAME] DIR|FILE...

Reads gamma-ray event lists (GADF DL3: EVENTS, GTI, AEFF, EDISP, PSF; gzipped or not) into the
archive. Repeat it as often as you like: a file that did not change is left alone, a changed one
replaces its run, which keeps its number and its identifier.

  DIR    All FITS files in it and below it; links to directories are not followed. Where there is
         an hdu-index.fits[.gz] (in DIR, below it, or up to two levels above), it says which event
         list, good time intervals and responses make a run, and the obs-index beside it fills
         what a run's own header lacks. Files that an index names and that are absent are counted
         and listed; that is no error. A FILE_DIR that does not exist is taken to mean the
         directory of the index. FITS files that no index names are read too when they hold an
         event list.
  FILE   One event list, with the index beside or above it when that names it; a response file
         means the runs that use it; an index file means all runs that it names.

  --collection NAME   the obs_collection of these runs; otherwise the TELESCOP of each file
  --dry-run           reads everything and says what would be done, changing nothing
  --help

Each file is one transaction: a corrupt or truncated one is reported with its reason and leaves
nothing behind. The same OBS_ID from two different files of one collection is refused. Events whose
time, position or energy is no number, or whose energy is not above 0, are left out and counted.

What cannot be known from the files is NULL. s_fov is twice the largest offset of the effective
area; s_resolution (full width at half maximum of the PSF) and em_res_power (E / dE, dE the full
width at half maximum of the energy dispersion) hold at 1 TeV and 0.5 deg from the pointing.

Exit status: 0 all well, 3 some files were refused, 1 nothing was done, 2 wrong usage.
)";

struct Arguments {
    std::string collection;
    bool dry_run = false;
    bool help = false;
    std::vector<std::string> paths;
};

Arguments parse_arguments(const std::vector<std::string>& words) {
    Arguments out;
    bool options_end = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (options_end || !word.starts_with('-') || word == "-") {
            out.paths.push_back(word);
        } else if (word == "--") {
            options_end = true;
        } else if (word == "--help" || word == "-h") {
            out.help = true;
        } else if (word == "--dry-run") {
            out.dry_run = true;
        } else if (word == "--collection" && i + 1 < words.size()) {
            out.collection = words[++i];
        } else if (word.starts_with("--collection=")) {
            out.collection = word.substr(13);
        } else {
            throw Error(Code::BadRequest,
                        word == "--collection"
                            ? "--collection wants a name"
                            : "ingest has no option " + word + "; see vogate ingest --help");
        }
        if (word.starts_with("--collection") && !options_end && out.collection.empty())
            throw Error(Code::BadRequest, "--collection wants a name");
    }
    if (!out.help && out.paths.empty())
        throw Error(Code::BadRequest,
                    "ingest wants a directory or a file; see vogate ingest --help");
    return out;
}

}  // namespace

int run_ingest(const Context& context, const std::vector<std::string>& args) {
    const auto arguments = parse_arguments(args);
    if (arguments.help) {
        std::cout << kUsage;
        return kAllWell;
    }
    if (context.config.database_owner.empty())
        throw Error(Code::NotFound,
                    context.config_path + " has no database_owner, which ingest connects by");
    pg::Connection db(context.config.database_owner, "vogate ingest");
    if (db.exec("SELECT to_regclass('dl3.observations')").is_null(0, 0))
        throw Error(Code::NotFound, "the database has no archive yet; run vogate init first");

    const Plan plan = make_plan(arguments.paths);
    Report report(std::cout, plan.tasks.size(), ::isatty(STDERR_FILENO) == 1, arguments.dry_run);
    for (const auto& refusal : plan.refusals)
        report.refused(refusal.path, refusal.reason, refusal.detail);
    Loader loader(db, {.authority = context.config.authority,
                       .collection = arguments.collection,
                       .dry_run = arguments.dry_run,
                       .on_wait = [&](const std::string& name) { report.waiting(name); }});
    for (const auto& task : plan.tasks) {
        report.begin(task.path);
        try {
            report.done(task, loader.load(task));
        } catch (const Error& error) {
            // One bad file must not stop the others; a database that is gone or full must.
            if (error.code() == Code::Busy || !db.is_alive()) throw;
            report.refused(task.path, error.what(), error.detail());
        }
    }
    loader.analyze();
    return report.finish(plan.indexes);
}

}  // namespace vo::vogate
