// SPDX-License-Identifier: Apache-2.0
// Writes the rows of one run: dl3.observations, dl3.gti, ivoa.obscore and its extension. What is
// there of the run is replaced; the caller has a transaction open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flavour.h"
#include "obscore/obscore.h"
#include "pg/connection.h"

namespace vo::vogate::ingest {

void write_observation(pg::Connection& db,
                       const obscore::Run& run,
                       std::string_view authority,
                       const std::string& source_digest,
                       std::int64_t obs,
                       bool is_new);

void write_obscore(pg::Connection& db,
                   const obscore::Run& run,
                   std::string_view authority,
                   std::int64_t obs);

void write_gtis(pg::Connection& db, const std::vector<Gti>& gtis, std::int64_t obs);

}  // namespace vo::vogate::ingest
