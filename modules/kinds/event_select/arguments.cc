// SPDX-License-Identifier: Apache-2.0
// --name=value, each at most once.
#include "arguments.h"

#include <array>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace vo::kinds {

const char* const kUsage =
    R"(usage: event-select --input=FILE --output=FILE [CUTS]

Writes the photons of an event list (GADF DL3; FITS, also gzipped) that lie within all cuts, with good
time intervals and header to match. Everything else in the file stays as it is.

  --ra=DEG --dec=DEG --radius=DEG   a cone about an ICRS position, its edge included; all three
  --energy-min=TEV                  energies from there on
  --energy-max=TEV                  energies below it
  --time-min=MJD                    times from there on, in TT
  --time-max=MJD                    times before it, in TT
  --help, --version

Without a cut the file is copied, unpacked. Of several event lists in one file the first is cut.

Exit status: 0 done, 1 failed, 2 wrong usage, or a file that is no event list. FILE of --output appears
when it is whole, and only then.
)";

namespace {

constexpr std::size_t kMostShown = 60;

struct Option {
    std::string_view name;
    std::string_view what;
    double least;
    double most;
};

// A Julian Date, or seconds, given as MJD are beyond its range.
constexpr std::array kNumbers{
    Option{"ra", "degrees from 0 to 360", 0, 360},
    Option{"dec", "degrees from -90 to 90", -90, 90},
    Option{"radius", "degrees from 0 to 180", 0, 180},
    Option{"energy-min", "TeV from 0 to 1e9", 0, 1e9},
    Option{"energy-max", "TeV from 0 to 1e9", 0, 1e9},
    Option{"time-min", "an MJD from 0 to 100000", 0, 100'000},
    Option{"time-max", "an MJD from 0 to 100000", 0, 100'000},
};

constexpr std::array<std::string_view, 2> kFiles{"input", "output"};

[[noreturn]] void fail(const std::string& words) {
    throw Error(Code::BadRequest, words);
}

std::string shown(std::string_view text) {
    return '"' + std::string(cut_text(text, kMostShown)) +
           (text.size() > kMostShown ? "...\"" : "\"");
}

bool is_option(std::string_view name) {
    for (const auto& option : kNumbers)
        if (option.name == name) return true;
    for (const auto file : kFiles)
        if (file == name) return true;
    return false;
}

using Values = std::map<std::string, std::string, std::less<>>;

Values take_values(const std::vector<std::string>& words) {
    Values values;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto name = word.starts_with("--") ? word.substr(2, equals - 2) : std::string();
        if (!is_option(name))
            fail("there is no option " + shown(word) + "; see event-select --help");
        if (equals == std::string::npos)
            fail("--" + name + " wants its value behind a '=': --" + name + "=VALUE");
        if (!values.emplace(name, word.substr(equals + 1)).second)
            fail("--" + name + " is given twice");
    }
    for (const auto file : kFiles) {
        const auto found = values.find(file);
        if (found == values.end() || found->second.empty())
            fail("--" + std::string(file) + "=FILE is missing; see event-select --help");
    }
    return values;
}

std::optional<double> find_number(const Values& values, std::string_view name) {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    for (const auto& option : kNumbers) {
        if (option.name != name) continue;
        const auto number = parse_double(found->second);
        // NaN is in no range.
        if (!number || !(*number >= option.least && *number <= option.most))
            fail("--" + std::string(name) + " wants " + std::string(option.what) + ", not " +
                 shown(found->second));
        return number;
    }
    return std::nullopt;
}

Interval find_interval(const Values& values, const std::string& name) {
    const Interval interval{find_number(values, name + "-min"), find_number(values, name + "-max")};
    if (interval.min && interval.max && *interval.min >= *interval.max)
        fail("--" + name + "-max must be above --" + name + "-min");
    return interval;
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& words) {
    Arguments arguments;
    for (const auto& word : words) {
        if (word == "--help") arguments.help = true;
        if (word == "--version") arguments.version = true;
    }
    if (arguments.help || arguments.version) return arguments;
    const auto values = take_values(words);
    arguments.input = values.find("input")->second;
    arguments.output = values.find("output")->second;
    const auto ra = find_number(values, "ra");
    const auto dec = find_number(values, "dec");
    const auto radius = find_number(values, "radius");
    if (ra && dec && radius)
        arguments.cone = Cone{*ra, *dec, *radius};
    else if (ra || dec || radius)
        fail("--ra, --dec and --radius make a cone together; give all three or none");
    arguments.energy_tev = find_interval(values, "energy");
    arguments.time_mjd = find_interval(values, "time");
    return arguments;
}

}  // namespace vo::kinds
