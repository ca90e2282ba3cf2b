// SPDX-License-Identifier: Apache-2.0
// An Error as the document that a client of DALI expects: a VOTable with QUERY_STATUS ERROR (DALI
// 1.1 §5.4.3), or text, JSON or a page for a client that asked for those.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "table/format.h"

namespace vo::table {

struct ErrorDocument {
    std::string content_type;
    std::string body;
};

// The error's words go to the client as they are: an Internal one must have been replaced by its
// incident before.
[[nodiscard]] ErrorDocument make_error_document(const Error& error, const Choice& wanted);
// `wanted` is the RESPONSEFORMAT of the request, which may itself be wrong.
[[nodiscard]] ErrorDocument make_error_document(const Error& error, std::string_view wanted);

}  // namespace vo::table
