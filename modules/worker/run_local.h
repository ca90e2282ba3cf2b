// SPDX-License-Identifier: Apache-2.0
// A job of a kind that runs a program on the worker's own host.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "jdl/shelf_holder.h"
#include "runner.h"
#include "uws/files.h"

namespace vo::worker {

class LocalRunner {
  public:
    using Settings = std::function<std::shared_ptr<const Config>()>;

    LocalRunner(Settings settings, const uws::FileStore& store);

    // The names of those that it can run at present.
    [[nodiscard]] std::vector<std::string> kinds();

    // Standard output and error are results of the job, whether it comes to a good end or not.
    [[nodiscard]] Done run(const uws::Claim& claim, pg::Connection& db, const Cancel& cancel, JobProgress& progress);

  private:
    Settings settings_;
    const uws::FileStore& store_;
    jdl::ShelfHolder kinds_;
};

}  // namespace vo::worker
