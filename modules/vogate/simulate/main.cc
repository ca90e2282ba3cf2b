// SPDX-License-Identifier: Apache-2.0
// vogate simulate: a release of simulated event lists, for those who have no data at hand.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "../command.h"
#include "base/error.h"
#include "base/text.h"
#include "hdus.h"
#include "texts.h"

namespace vo::vogate {

namespace {

using namespace simulate;
namespace fs = std::filesystem;

constexpr const char* kUsage =
    R"(usage: vogate simulate [--seed N] DIR

Writes simulated gamma-ray event lists (GADF DL3, with all responses and index files) into DIR: runs
on the Crab Nebula, PKS 2155-304 with its flare of 2006, RX J1713.7-3946, the Galactic Centre and an
empty field, with published spectra. TELESCOP is VOGATE-SIM. DIR/README.txt says what they are,
DIR/sources.ecsv has the true spectra. Needs no configuration and no database.

  --seed N   another N gives other photons of the same sources (default 1)
  --help

The same seed gives the same files, byte by byte. A DIR that holds such a release already is left
alone when it is the same, and replaced when it is another; one that holds anything else is refused.
)";

constexpr std::uint64_t kDefaultSeed = 1;
constexpr std::string_view kReadme = "README.txt";
// Where files stand until all are written; `vogate ingest` does not look into it.
constexpr std::string_view kPart = ".vogate-simulate.part";

struct Arguments {
    fs::path directory;
    std::uint64_t seed = kDefaultSeed;
    bool help = false;
};

std::uint64_t parse_seed(const std::string& text) {
    const auto seed = parse_integer(text);
    if (!seed || *seed < 0)
        throw Error(Code::BadRequest, "--seed wants a whole number, not \"" + text + "\"");
    return static_cast<std::uint64_t>(*seed);
}

Arguments parse_arguments(const std::vector<std::string>& words) {
    Arguments out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word == "--help" || word == "-h") {
            out.help = true;
        } else if (word == "--seed") {
            out.seed = parse_seed(i + 1 < words.size() ? words[++i] : "");
        } else if (word.starts_with("--seed=")) {
            out.seed = parse_seed(word.substr(7));
        } else if (word.starts_with('-')) {
            throw Error(Code::BadRequest,
                        "simulate has no option " + word + "; see vogate simulate --help");
        } else if (!out.directory.empty()) {
            throw Error(Code::BadRequest, "simulate wants one directory, not two");
        } else {
            out.directory = word;
        }
    }
    if (!out.help && out.directory.empty())
        throw Error(Code::BadRequest, "simulate wants a directory; see vogate simulate --help");
    return out;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw Error(Code::Internal, "cannot write " + path.string());
}

// The files of DIR, if it is one that may be written to.
std::vector<std::string> check_directory(const fs::path& directory) {
    std::vector<std::string> names;
    if (!fs::exists(directory)) return names;
    if (!fs::is_directory(directory))
        throw Error(Code::BadRequest, directory.string() + " is no directory");
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.path().filename() != kPart) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    if (!names.empty() && !read_file(directory / kReadme).starts_with(kReadmeTitle))
        throw Error(Code::BadRequest,
                    directory.string() + " holds other files; give simulate an empty directory");
    for (const auto& name : names) {
        const bool is_ours = name.starts_with("vogate_sim_") || name.ends_with("-index.fits.gz") ||
                             name == "sources.ecsv" || name == "flare.ecsv" || name == kReadme;
        if (!is_ours)
            throw Error(Code::BadRequest, (directory / name).string() +
                                              " is no part of a simulated release; remove it or "
                                              "give simulate another directory");
    }
    return names;
}

struct Written {
    std::vector<std::string> names;  // the indexes last
    std::size_t events = 0;
};

Written write_release(const fs::path& part, std::uint64_t seed) {
    Written out;
    std::vector<Observation> observations;
    const auto add = [&](const std::string& name) {
        out.names.push_back(name);
        return (part / name).string();
    };
    for (const auto& run : runs()) {
        observations.push_back(observe(run, seed));
        out.events += observations.back().events.size();
    }
    write_file(add(std::string(kReadme)), readme_text(observations, seed));
    write_file(add("sources.ecsv"), sources_text(seed));
    write_file(add("flare.ecsv"), flare_text());
    for (const auto& observation : observations)
        write_run_file(add(run_file_name(*observation.run)), observation);
    write_observation_index(add("obs-index.fits.gz"), observations);
    write_hdu_index(add("hdu-index.fits.gz"), observations);
    return out;
}

bool is_same(const fs::path& directory,
             const fs::path& part,
             std::vector<std::string> old,
             std::vector<std::string> names) {
    std::sort(old.begin(), old.end());
    std::sort(names.begin(), names.end());
    return old == names && std::all_of(names.begin(), names.end(), [&](const auto& name) {
               return read_file(directory / name) == read_file(part / name);
           });
}

}  // namespace

int run_simulate(const Context& /*context*/, const std::vector<std::string>& args) {
    const auto arguments = parse_arguments(args);
    if (arguments.help) {
        std::cout << kUsage;
        return 0;
    }
    const auto& directory = arguments.directory;
    const auto part = directory / kPart;
    try {
        const auto old = check_directory(directory);
        fs::create_directories(directory);
        fs::remove_all(part);
        fs::create_directory(part);
        const auto release = write_release(part, arguments.seed);
        const bool same = is_same(directory, part, old, release.names);
        if (!same) {
            // In this order a break-off leaves a DIR that is known as ours and has no index.
            for (const auto& name : old)
                if (name.ends_with("-index.fits.gz")) fs::remove(directory / name);
            for (const auto& name : release.names)
                fs::rename(part / name, directory / name);
            for (const auto& name : old)
                if (std::find(release.names.begin(), release.names.end(), name) ==
                    release.names.end())
                    fs::remove(directory / name);
        }
        fs::remove_all(part);
        std::cout << directory.string() << (same ? " holds this release already: " : ": ")
                  << runs().size() << " simulated runs, " << release.events << " events, seed "
                  << arguments.seed << '\n';
    } catch (const fs::filesystem_error& error) {
        // Caught to say it in the words of the system alone.
        throw Error(Code::NotFound, error.path1().string() + ": " + error.code().message());
    }
    return 0;
}

}  // namespace vo::vogate
