// SPDX-License-Identifier: Apache-2.0
// How a job tells how far it is: lines "PERCENT words" to the descriptor whose number is in
// VOGATE_PROGRESS_FD. Without it, and once nobody reads any more, nothing happens.
#pragma once

#include <chrono>
#include <string_view>

namespace vo::kinds {

class Progress {
  public:
    // The descriptor of the environment, if there is one.
    Progress();

    // A fraction of all that is to be done. What comes too soon after the last line is left out,
    // and so is what the reader has no room for: a job waits for nobody.
    void tell(double fraction, std::string_view words);

  private:
    int descriptor_ = -1;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace vo::kinds
