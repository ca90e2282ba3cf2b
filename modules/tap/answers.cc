// SPDX-License-Identifier: Apache-2.0
// Formats and error documents as answers.
#include "answers.h"

#include "doc/page.h"
#include "table/error_doc.h"

namespace vo::tap {

void set_format(http::Response& response, const table::Choice& format) {
    response.content_type(format.content_type);
    // Caches must not hand a browser's page to a program.
    response.header("Vary", "Accept");
    if (format.format->error_form == table::ErrorForm::Html)
        response.header("Content-Security-Policy", doc::kPagePolicy);
}

void send_error_document(const Error& error, const table::Choice& format, http::Response& response) {
    const auto document = table::make_error_document(error, format);
    set_format(response, format);
    response.content_type(document.content_type);
    response.write(document.body);
}

}  // namespace vo::tap
