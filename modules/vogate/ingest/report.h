// SPDX-License-Identifier: Apache-2.0
// What an ingest tells its user: a line for each file (on a terminal a progress bar and only the
// lines that need a reader), and a summary with the exit status that follows.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/error.h"
#include "load.h"
#include "plan.h"

namespace vo::vogate::ingest {

inline constexpr int kAllWell = 0;
inline constexpr int kNothingDone = 1;
inline constexpr int kSomeRefused = 3;

class Report {
  public:
    // Lines go to `out`; the bar, when there is one, to the standard error stream.
    Report(std::ostream& out, std::size_t files, bool with_bar, bool dry_run);
    ~Report();
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    void begin(const std::string& path);
    void done(const Task& task, const Outcome& outcome);
    void refused(const std::string& path, const std::string& reason, const std::string& detail);
    void waiting(const std::string& collection);

    // Prints the summary; the exit status.
    int finish(const std::vector<IndexSummary>& indexes);

  private:
    void line(const std::string& text);
    void clear_bar();

    std::ostream& out_;
    std::size_t files_;
    bool with_bar_;
    bool dry_run_;
    std::size_t begun_ = 0;
    std::size_t refused_ = 0;
    std::size_t no_lists_ = 0;
    std::size_t new_ = 0;
    std::size_t replaced_ = 0;
    std::size_t moved_ = 0;
    std::size_t unchanged_ = 0;
    std::int64_t events_ = 0;
    std::vector<std::string> refusals_;
};

}  // namespace vo::vogate::ingest
