// SPDX-License-Identifier: Apache-2.0
// The lines "PERCENT words" that a program writes about its progress: a number from 0 to 100, a
// blank, words or none. A line that is anything else, or has more than 1 kB, is as if it were not
// there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "orders.h"

namespace vo::worker {

class ProgressReader {
  public:
    void take(std::string_view bytes);

    // The last good line, once.
    [[nodiscard]] std::optional<Progress> news();

    [[nodiscard]] bool has_news() const { return news_.has_value(); }

  private:
    std::string line_;
    bool skips_ = false;  // until the end of a line that is too long
    std::optional<Progress> news_;
};

}  // namespace vo::worker
