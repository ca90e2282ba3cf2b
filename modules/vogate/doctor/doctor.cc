// SPDX-License-Identifier: Apache-2.0
// `vogate doctor`: runs the tables of checks and prints a line for each.
#include "doctor.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "../command.h"
#include "base/error.h"

namespace vo::vogate {

namespace doctor {

namespace {

constexpr const char* kHelp =
    "usage: vogate [--config FILE] doctor\n\n"
    "Looks at the configuration, the executables, the database and the answers that come through\n"
    "the web server. It changes nothing. Each line begins with\n\n"
    "  ok     as it should be\n"
    "  warn   it works, but look at it\n"
    "  FAIL   something does not work, or is not safe\n"
    "  -      not checked, because of an earlier FAIL\n\n"
    "and `->` says what to do. Run it as the user of the services, who can log in to the database "
    "as\n"
    "they do: sudo -u vogate vogate doctor. Exit status: 0 nothing failed, 1 something did, 2 "
    "wrong\n"
    "usage.\n";

constexpr std::size_t kNameWidth = 22;

struct VerdictRow {
    Verdict verdict;
    std::string_view word;
};

constexpr std::array kVerdicts{
    VerdictRow{Verdict::Ok, "ok"},
    VerdictRow{Verdict::Warn, "warn"},
    VerdictRow{Verdict::Fail, "FAIL"},
};

struct Group {
    std::string_view title;
    std::span<const Check> (*checks)();
};

constexpr std::array kGroups{
    Group{"This host", site_checks},
    Group{"The database", database_checks},
    Group{"Through the web server", web_checks},
};

struct Tally {
    std::array<int, kVerdicts.size()> counts{};
    int unchecked = 0;
};

bool is_met(Needs needs, const Subject& subject) {
    switch (needs) {
        case Needs::Nothing: return true;
        case Needs::Config: return subject.config.has_value();
        case Needs::Database: return subject.db.has_value();
        case Needs::Web: return subject.web_answers;
    }
    return false;
}

// Words of libpq and libcurl may have several lines, and control characters of a stranger's server.
std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool is_end = c == '\n' || c == '\r';
        if (is_end && !line.ends_with("; ") && !line.empty()) line += "; ";
        if (!is_end && (c != ' ' || !line.ends_with(' ')))
            line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
    while (line.ends_with(' ') || line.ends_with(';'))
        line.pop_back();
    return line;
}

// Whoever puts a login into an address must not find it printed.
std::string without_logins(std::string text) {
    for (auto at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
        const auto end = text.find_first_of("/ \"", at + 3);
        const auto login = text.substr(0, end).rfind('@');
        if (login != std::string::npos && login > at) text.replace(at + 3, login - at - 3, "...");
    }
    return text;
}

void print(std::string_view word, std::string_view name, const Finding& finding) {
    const auto pad = [](std::string_view text, std::size_t width) {
        return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
    };
    std::cout << pad(word, 6) << pad(name, kNameWidth) << ' '
              << without_logins(one_line(finding.fact)) << '\n';
    if (!finding.remedy.empty()) std::cout << "      -> " << one_line(finding.remedy) << '\n';
}

Finding examine(const Check& check, Subject& subject) {
    try {
        return check.run(subject);
    } catch (const Error& error) {
        // Deliberate: what stops one check is a finding, and the others go on.
        auto fact = std::string(error.what());
        if (!error.detail().empty()) fact += " (" + error.detail() + ")";
        return fail(std::move(fact), std::string(check.otherwise));
    }
}

void run_group(const Group& group, Subject& subject, Tally& tally) {
    std::cout << group.title << '\n';
    for (const auto& check : group.checks()) {
        if (!is_met(check.needs, subject)) {
            ++tally.unchecked;
            print("-", check.name, ok("not checked"));
            continue;
        }
        const auto finding = examine(check, subject);
        const auto row = static_cast<std::size_t>(finding.verdict);
        ++tally.counts[row];
        print(kVerdicts[row].word, check.name, finding);
        std::cout.flush();
    }
    std::cout << '\n';
}

}  // namespace

}  // namespace doctor

int run_doctor(const Context& context, const std::vector<std::string>& args) {
    using namespace doctor;
    if (!args.empty() && (args[0] == "--help" || args[0] == "-h")) {
        std::cout << kHelp;
        return 0;
    }
    if (!args.empty())
        throw Error(Code::BadRequest,
                    "doctor does not take " + args[0] + "; see vogate doctor --help");
    Subject subject{.config_path = context.config_path};
    Tally tally;
    for (const auto& group : kGroups)
        run_group(group, subject, tally);
    for (const auto& row : kVerdicts)
        std::cout << tally.counts[static_cast<std::size_t>(row.verdict)] << ' ' << row.word << ", ";
    std::cout << tally.unchecked << " not checked\n";
    return tally.counts[static_cast<std::size_t>(Verdict::Fail)] == 0 ? 0 : 1;
}

}  // namespace vo::vogate
