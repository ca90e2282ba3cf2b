// SPDX-License-Identifier: Apache-2.0
// job-fail: what the kind `fail` runs. Says what it is told on standard error and ends with that
// status.
#include <iostream>
#include <string_view>
#include <vector>

#include "base/text.h"

int main(int argc, char** argv) {
    constexpr std::int64_t kMostStatus = 125;  // above are those of shells and signals
    constexpr int kWrongUsage = 126;
    constexpr std::string_view kStatus = "--status=";
    constexpr std::string_view kMessage = "--message=";
    std::int64_t status = 1;
    std::string_view message;
    for (const std::string_view word : std::vector<std::string_view>(argv + 1, argv + argc)) {
        if (word.starts_with(kMessage)) {
            message = word.substr(kMessage.size());
            continue;
        }
        const auto number = word.starts_with(kStatus)
                                ? vo::parse_integer(word.substr(kStatus.size()))
                                : std::nullopt;
        if (!number || *number < 1 || *number > kMostStatus) {
            std::cerr << "usage: job-fail [--status=N, from 1 to 125] [--message=WORDS]\n";
            return kWrongUsage;
        }
        status = *number;
    }
    std::cerr << message << '\n';
    return static_cast<int>(status);
}
