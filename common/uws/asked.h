// SPDX-License-Identifier: Apache-2.0
// What the parameters of a request to a job list say; private to common/uws. All errors are
// BadRequest.
#pragma once

#include <optional>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "uws/rest.h"

namespace vo::uws {

// PHASE, repeated; AFTER; LAST (UWS 1.1 §2.2.2.1).
[[nodiscard]] ListFilter read_filter(const http::Params& params);

struct WaitAsked {
    std::int64_t seconds = -1;  // -1: as long as it may be
    std::optional<Phase> phase;
};

// REQUIRES: WAIT is there.
[[nodiscard]] WaitAsked read_wait(const http::Params& params);

// Those that WAIT blocks in (UWS 1.1 §2.2.2.4).
[[nodiscard]] bool blocks(Phase phase);

// Within the limits; no value when it is not there.
[[nodiscard]] std::optional<std::int64_t> read_duration(const http::Params& params,
                                                        const RestOptions& options);
[[nodiscard]] std::optional<Micros> read_destruction(const http::Params& params);

// Those of the job, without what is about the job itself.
[[nodiscard]] std::vector<Parameter> read_parameters(const http::Params& params);

// Without owner, client and files.
[[nodiscard]] NewJob read_new_job(const http::Params& params, const RestOptions& options);

// What names the content of a file of the store.
[[nodiscard]] std::string_view tag_of(std::string_view file);

}  // namespace vo::uws
