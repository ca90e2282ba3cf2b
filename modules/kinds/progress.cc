// SPDX-License-Identifier: Apache-2.0
// Lines short enough for a pipe to take them whole.
#include "progress.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/text.h"

namespace vo::kinds {

namespace {

constexpr std::chrono::milliseconds kPause{250};
constexpr std::size_t kMostWords = 200;

}  // namespace

Progress::Progress() {
    const char* word = std::getenv("VOGATE_PROGRESS_FD");
    if (word == nullptr) return;
    const auto number = parse_integer(word);
    if (number && *number >= 0 && *number <= std::numeric_limits<int>::max() &&
        ::fcntl(static_cast<int>(*number), F_GETFD) >= 0)
        descriptor_ = static_cast<int>(*number);
}

void Progress::tell(double fraction, std::string_view words) {
    if (descriptor_ < 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + kPause;
    pollfd ready{descriptor_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) <= 0) return;
    const auto percent = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 100);
    const auto line =
        std::to_string(percent) + ' ' + std::string(cut_text(words, kMostWords)) + '\n';
    if (::write(descriptor_, line.data(), line.size()) < 0) descriptor_ = -1;
}

}  // namespace vo::kinds
