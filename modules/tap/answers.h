// SPDX-License-Identifier: Apache-2.0
// What the pages and answers of tap-sync share.
#pragma once

#include "base/error.h"
#include "http/response.h"
#include "table/format.h"

namespace vo::tap {

// Content-Type and what goes with it.
void set_format(http::Response& response, const table::Choice& format);

void send_error_document(const Error& error, const table::Choice& format, http::Response& response);

}  // namespace vo::tap
