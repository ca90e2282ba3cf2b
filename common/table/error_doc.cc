// SPDX-License-Identifier: Apache-2.0
// Error documents: VOTable or plain text.
#include "table/error_doc.h"

#include "table/format.h"
#include "table/votable.h"

namespace vo::table {

ErrorDocument make_error_document(const Error& error, std::string_view wanted) {
    const auto choice = find_format(wanted).value_or(choose_format(""));
    if (!choice.format->tells_failure)
        return {"text/plain; charset=utf-8", std::string("ERROR ") + error.what() + "\n"};
    // DALI 1.1 §4.3.3: whoever asked for text/xml gets exactly that, errors included.
    ErrorDocument document{choice.content_type, {}};
    StringSink sink(document.body);
    doc::XmlWriter xml(sink, doc::XmlWriter::Layout::Indented);
    open_resource(xml);
    write_status(xml, "ERROR", error.what());
    xml.end();
    return document;
}

}  // namespace vo::table
