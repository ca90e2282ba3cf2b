// SPDX-License-Identifier: Apache-2.0
// event-select: the photons of an event list within a cone, an energy range and a time range.
#include <csignal>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <vector>

#include "../progress.h"
#include "arguments.h"
#include "base/error.h"
#include "config.h"
#include "fits/header.h"
#include "select.h"

namespace vo::kinds {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void print(const Arguments& arguments, const Summary& summary) {
    const auto& tally = summary.tally;
    std::ostringstream out;
    out << tally.kept << " of " << tally.read << " photons of " << summary.events << " kept\n";
    if (summary.lists > 1)
        out << "the first of " << summary.lists << " event lists; the others are copied\n";
    if (arguments.cuts())
        out << "left out: " << tally.by_time << " by time, " << tally.by_energy << " by energy, "
            << tally.by_cone << " by the cone\n";
    out << std::fixed << std::setprecision(3) << "live time: " << summary.live_before_s
        << " s before, " << summary.live_after_s << " s after\n";
    std::cout << out.str() << std::flush;
}

int run(const std::vector<std::string>& words) {
    const auto arguments = parse_arguments(words);
    if (arguments.help) {
        std::cout << kUsage;
        return 0;
    }
    if (arguments.version) {
        std::cout << "event-select " PACKAGE_VERSION "\n";
        return 0;
    }
    Progress progress;
    print(arguments, select_events(arguments, progress));
    return 0;
}

int complain(const std::string& words, int status) {
    // File names and headers may hold anything; a complaint is one line.
    std::cerr << "event-select: " << fits::clean_text(words) << '\n';
    return status;
}

}  // namespace

}  // namespace vo::kinds

int main(int argc, char** argv) {
    using namespace vo::kinds;
    // A reader that left, and a limit on file sizes, are errors of the one write that meets them.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run({argv + 1, argv + argc});
    } catch (const vo::Error& error) {
        const bool theirs =
            error.code() == vo::Code::BadRequest || error.code() == vo::Code::TooLarge;
        return complain(error.what() + (error.detail().empty() ? "" : " (" + error.detail() + ')'),
                        theirs ? kWrongUsage : kFailed);
    } catch (const std::exception& error) {
        return complain(error.what(), kFailed);
    }
}
