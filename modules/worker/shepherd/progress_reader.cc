// SPDX-License-Identifier: Apache-2.0
// From bytes to lines to a percentage.
#include "progress_reader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vo::worker {

namespace {

constexpr std::size_t kMostLine = 1024;
constexpr std::string_view kDigits = "0123456789";

// Digits, and perhaps a point with more of them: no sign, exponent or infinity.
std::optional<double> read_percent(std::string_view text) {
    const auto whole = text.substr(0, text.find('.'));
    const auto rest = text.substr(whole.size());
    if (whole.empty() || whole.find_first_not_of(kDigits) != std::string_view::npos) return {};
    if (!rest.empty() &&
        (rest.size() == 1 || rest.find_first_not_of(kDigits, 1) != std::string_view::npos))
        return {};
    const auto value = parse_double(text);
    return value && *value <= 100 ? value : std::nullopt;
}

std::optional<Progress> read_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto blank = std::min(line.find(' '), line.size());
    const auto percent = read_percent(line.substr(0, blank));
    if (!percent) return {};
    return Progress{percent, clean_words(line.substr(blank), kMostWords)};
}

}  // namespace

void ProgressReader::take(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end);
        if (!skips_ && line_.size() + piece.size() <= kMostLine)
            line_ += piece;
        else
            skips_ = true;
        if (end == std::string_view::npos) return;
        bytes.remove_prefix(end + 1);
        if (!skips_)
            if (auto progress = read_line(line_)) news_ = std::move(progress);
        line_.clear();
        skips_ = false;
    }
}

std::optional<Progress> ProgressReader::news() {
    return std::exchange(news_, std::nullopt);
}

}  // namespace vo::worker
