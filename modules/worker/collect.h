// SPDX-License-Identifier: Apache-2.0
// What a program left in its folder, as results of the job.
#pragma once

#include <string>

#include "cancel.h"
#include "jdl/kind.h"
#include "runner.h"
#include "uws/files.h"
#include "uws/queue.h"

namespace vo::worker {

// Keeps the files that the kind's results stand for as entities to be. Symbolic links and what is no plain
// file are passed over. Throws BadRequest when there are too few or too many of one, in words for the job's
// owner.
void collect_results(const jdl::Kind& kind,
                     const uws::Claim& claim,
                     const std::string& folder,
                     const uws::FileStore& store,
                     const Cancel& cancel,
                     Done& done);

// Keeps a file that the program wrote its words to; nothing when it is empty.
void collect_log(const std::string& id,
                 const uws::Claim& claim,
                 const std::string& path,
                 const uws::FileStore& store,
                 Done& done);

}  // namespace vo::worker
