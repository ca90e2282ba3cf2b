// SPDX-License-Identifier: Apache-2.0
// The inputs of a job, brought into its folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/config.h"
#include "cancel.h"
#include "jdl/kind.h"
#include "pg/connection.h"
#include "uws/entities.h"
#include "uws/files.h"
#include "uws/queue.h"

namespace vo::worker {

struct Staging {
    const jdl::Kind& kind;
    const Config& config;
    const uws::FileStore& store;
    const uws::EntityLimits& limits;
    const Cancel& cancel;
};

// Copies the files of all inputs below `folder`, by the names that jdl::input_file gives them; what comes from an
// address is an entity from then on, and each entity is noted as used. Returns the paths of each input, in
// order. Errors are for the job's owner: BadRequest, NotFound, TooLarge.
[[nodiscard]] std::map<std::string, std::vector<std::string>> stage_inputs(const Staging& staging,
                                                                           const uws::Claim& claim,
                                                                           pg::Connection& db,
                                                                           const std::string& folder);

}  // namespace vo::worker
