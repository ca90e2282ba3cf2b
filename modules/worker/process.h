// SPDX-License-Identifier: Apache-2.0
// A program that runs for a job, under a shepherd (shepherd/shepherd.h) that keeps its limits,
// takes its output, and leaves nothing of it behind, not even when this process is killed.
//
//     Process process(libexec_dir + "/vogate-shepherd", plan);
//     while (!(end = process.poll())) {
//         ::poll(...process.descriptor()..., at most a second);
//         if (the job is to end) process.stop();
//     }
//
// One thread at a time; as many of them as one likes, each with its own. The first one makes this
// process the parent of the orphans below it (a subreaper): other code of it collects only children
// that it knows.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "shepherd/descriptor.h"
#include "shepherd/orders.h"

namespace vo::worker {

class Process {
  public:
    // Throws BadRequest for a plan that cannot be carried out anywhere, Busy when the system has no
    // room for it now, Internal when the shepherd cannot be started. That the program could not is
    // an end of it.
    Process(const std::string& shepherd_path, const ProcessPlan& plan);
    // Kills what runs, without grace, and waits for it.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // Readable when poll() has something new.
    [[nodiscard]] int descriptor() const { return socket_.get(); }

    // Takes what came. Its end, once nothing of it is left. To be asked at least every few seconds,
    // for a shepherd that was stopped itself says nothing.
    [[nodiscard]] std::optional<ProcessEnd> poll();

    [[nodiscard]] const Progress& progress() const { return progress_; }

    // SIGTERM for all of it, SIGKILL after the grace; the end comes through poll().
    void stop();

  private:
    using Clock = std::chrono::steady_clock;

    void start_shepherd(const std::string& path, int their_socket);
    void send(const std::string& plan);
    [[nodiscard]] ProcessEnd finish();
    void collect_shepherd(std::chrono::milliseconds patience);

    Descriptor socket_;
    Descriptor watch_;  // a pidfd
    int shepherd_ = 0;  // 0: collected
    std::chrono::milliseconds grace_;
    std::optional<Clock::time_point> patience_;
    Progress progress_;
    std::optional<ProcessEnd> told_;
    std::optional<ProcessEnd> end_;
};

}  // namespace vo::worker
