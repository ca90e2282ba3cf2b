// SPDX-License-Identifier: Apache-2.0
// Which inputs are the dearest to translate: reads every file below the folders, translates it, and
// prints the ten slowest with their milliseconds of CPU, best of three. For an optimised build.
//
//     tests/bench/slowest [--region] FOLDER...
//
// With --region a file is the text of a REGION. Files of more than 10 kB are left out, and counted.
// Judges nothing: the last line is the slowest, for a script that does.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "adql/adql.h"
#include "adql/region_query.h"
#include "adql/sample_catalog.h"
#include "base/error.h"
#include "fuzz/cost.h"

namespace {

constexpr std::size_t kShown = 10;

struct Row {
    double ms;
    std::size_t bytes;
    std::string path;
    std::string outcome;
};

// Bytes of SQL, or why there is none.
std::string translate(const std::string& query) {
    try {
        const auto translation = vo::adql::translate(query, vo::test::sample_catalog());
        return std::to_string(translation.sql.size()) + " bytes of SQL";
    } catch (const vo::Error& error) {
        return std::string("refused: ") + error.what();
    }
}

Row measure(const std::string& path, const std::string& input, bool region) {
    const auto query = region ? vo::test::region_query(input) : input;
    Row row{0, input.size(), path, {}};
    for (int round = 0; round < 3; ++round) {
        const double start = vo::test::cpu_ms();
        row.outcome = translate(query);
        const double ms = vo::test::cpu_ms() - start;
        row.ms = round == 0 ? ms : std::min(row.ms, ms);
        // One look is enough at what is nowhere near the slowest.
        if (row.ms < 0.1) break;
    }
    return row;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string_view> words(argv + 1, argv + argc);
    const bool region = !words.empty() && words[0] == "--region";
    if (region) words.erase(words.begin());
    if (words.empty()) {
        std::cerr << "usage: " << argv[0] << " [--region] FOLDER...\n";
        return 2;
    }
    std::vector<Row> rows;
    std::size_t left_out = 0;
    for (const auto folder : words)
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (!entry.is_regular_file()) continue;
            if (entry.file_size() > vo::test::kCostlyBytes) {
                ++left_out;
                continue;
            }
            std::ifstream file(entry.path(), std::ios::binary);
            std::ostringstream whole;
            whole << file.rdbuf();
            rows.push_back(measure(entry.path().string(), whole.str(), region));
        }
    const auto shown = std::min(kShown, rows.size());
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(),
                      [](const Row& a, const Row& b) { return a.ms > b.ms; });
    std::cout << rows.size() << " inputs; " << left_out << " of more than "
              << vo::test::kCostlyBytes << " bytes left out\n"
              << std::fixed << std::setprecision(2);
    for (std::size_t i = 0; i < shown; ++i)
        std::cout << std::setw(9) << rows[i].ms << " ms " << std::setw(6) << rows[i].bytes
                  << " bytes  " << rows[i].path << ": " << rows[i].outcome.substr(0, 100) << '\n';
    if (shown > 0) std::cout << "slowest " << rows[0].ms << " ms\n";
    return rows.empty() ? 1 : 0;
}
