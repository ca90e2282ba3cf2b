// SPDX-License-Identifier: Apache-2.0
// Parameters and inputs of a job, looked at before they are kept.
#pragma once

#include <string>
#include <vector>

#include "http/request.h"
#include "jdl/kind.h"
#include "pg/connection.h"
#include "uws/rest.h"

namespace vo::jobs {

// BadRequest for what is wrong by itself, naming what would be right; TooLarge for a file beyond the
// kind's limit; NotFound and Forbidden for a result of another job. What is missing is no fault yet: the job
// says so when it runs. `uws_url` ends with "/".
//
// An input is a file of the request by its name or by param:NAME (UWS 1.1 §2.2.3.1.1), an http or https
// address, an obs_publisher_did, or what an earlier job left: the id or address of an entity, or the address
// of a result. Parameters that are the last get the entity's id.
void check_parameters(const jdl::Kind& kind,
                      const std::string& uws_url,
                      pg::Connection& db,
                      const uws::Caller& caller,
                      std::vector<uws::Parameter>& parameters,
                      const std::vector<http::File>& files);

}  // namespace vo::jobs
