// SPDX-License-Identifier: Apache-2.0
// job-sleep: what the kind `sleep` runs. Sleeps in its working directory, tells how far it is on
// the descriptor that VOGATE_PROGRESS_FD names, as lines "PERCENT words", and leaves slept.txt.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include "base/text.h"

namespace {

using Clock = std::chrono::steady_clock;

// A line that nobody reads is no reason to end.
class Progress {
  public:
    Progress() {
        const char* const number = std::getenv("VOGATE_PROGRESS_FD");
        const auto file = vo::parse_integer(number == nullptr ? "" : number);
        if (file && *file >= 0 && *file < 65536) file_ = static_cast<int>(*file);
        std::signal(SIGPIPE, SIG_IGN);
    }

    void tell(int percent, std::string_view words) const {
        if (file_ < 0) return;
        std::string line = std::to_string(percent) + ' ';
        for (const char c : vo::cut_text(words, 200))
            line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
        line += '\n';
        static_cast<void>(::write(file_, line.data(), line.size()) == 0);
    }

  private:
    int file_ = -1;
};

std::string number_text(double number) {
    std::string text;
    vo::append_number(text, number);
    return text;
}

void sleep(double seconds, const std::string& message) {
    const Progress progress;
    const auto begin = Clock::now();
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    constexpr auto kStep = std::chrono::milliseconds(250);
    int told = -1;
    for (auto now = begin; now < end; now = Clock::now()) {
        const double slept = std::chrono::duration<double>(now - begin).count();
        const int percent = static_cast<int>(100 * slept / seconds);
        if (percent != told) progress.tell(percent, message.empty() ? "sleeping" : message);
        told = percent;
        std::this_thread::sleep_until(std::min(end, now + kStep));
    }
    progress.tell(100, message.empty() ? "awake" : message);
}

int fail(const std::string& words) {
    std::cerr << "job-sleep: " << words << '\n';
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    constexpr double kMostSeconds = 3600;
    constexpr std::string_view kSeconds = "--seconds=";
    constexpr std::string_view kMessage = "--message=";
    double seconds = 1;
    std::string message;
    for (const std::string_view word : std::vector<std::string_view>(argv + 1, argv + argc)) {
        if (word.starts_with(kSeconds)) {
            const auto number = vo::parse_double(word.substr(kSeconds.size()));
            if (!number || !(*number >= 0) || *number > kMostSeconds)
                return fail("--seconds takes a number from 0 to 3600");
            seconds = *number;
        } else if (word.starts_with(kMessage)) {
            message = word.substr(kMessage.size());
        } else {
            return fail("usage: job-sleep [--seconds=N] [--message=WORDS]");
        }
    }
    sleep(seconds, message);
    std::ofstream file("slept.txt");
    file << "slept " << number_text(seconds) << " s\n";
    if (!message.empty()) file << message << '\n';
    if (!file.flush()) return fail("slept.txt cannot be written");
    return 0;
}
