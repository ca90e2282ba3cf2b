// SPDX-License-Identifier: Apache-2.0
// A trouble that lasts, told when it begins, once a minute, and when it is over: not at each attempt.
//
//     Trouble trouble("desk");
//     trouble.tell(error);   // as often as it happens
//     trouble.over();        // whenever all is well
//
// Any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace vo {

class Trouble {
  public:
    explicit Trouble(std::string event) : event_(std::move(event)) {}

    void tell(const Error& error) {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        const auto words = error.what() + ('\n' + error.detail());
        if (words == words_ && now - told_ < std::chrono::minutes(1)) return;
        words_ = words;
        told_ = now;
        log::warn(event_, {{"message", error.what()}, {"detail", error.detail()}});
    }

    void over() {
        const std::lock_guard lock(mutex_);
        if (words_.empty()) return;
        words_.clear();
        log::info(event_, {{"message", "all is well again"}});
    }

  private:
    std::string event_;
    std::mutex mutex_;
    std::string words_;
    std::chrono::steady_clock::time_point told_;
};

}  // namespace vo
