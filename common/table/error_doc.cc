// SPDX-License-Identifier: Apache-2.0
// Error documents: one shape for each kind of client.
#include "table/error_doc.h"

#include "doc/json_writer.h"
#include "doc/page.h"
#include "table/format.h"
#include "table/votable.h"

namespace vo::table {

namespace {

void write_votable_error(Sink& sink, const Error& error) {
    doc::XmlWriter xml(sink, doc::XmlWriter::Layout::Indented);
    open_resource(xml);
    write_status(xml, {Status::Failed, error.what()});
    xml.end();
}

void write_json_error(Sink& sink, const Error& error) {
    doc::JsonWriter json(sink);
    json.open_object();
    json.key("query_status").value("ERROR").key("message").value(error.what());
    json.end();
}

void write_html_error(Sink& sink, const Error& error) {
    doc::XmlWriter xml(sink, doc::XmlWriter::Layout::Html);
    doc::open_page(xml, "Error");
    xml.leaf("h1", "Error");
    xml.open("p").attr("class", "error").text(std::string_view(error.what())).close();
    xml.end();
}

}  // namespace

ErrorDocument make_error_document(const Error& error, const Choice& wanted) {
    // DALI 1.1 §4.3.3: whoever asked for text/xml gets exactly that, errors included.
    ErrorDocument document{wanted.content_type, {}};
    StringSink sink(document.body);
    switch (wanted.format->error_form) {
        case ErrorForm::Html: write_html_error(sink, error); return document;
        case ErrorForm::Json: write_json_error(sink, error); return document;
        case ErrorForm::Text:
            return {"text/plain; charset=utf-8", std::string("ERROR ") + error.what() + "\n"};
        case ErrorForm::Votable: break;
    }
    // A format without errors of its own has them as the default one has.
    if (!wanted.format->tells_failure) document.content_type = choose_format("").content_type;
    write_votable_error(sink, error);
    return document;
}

ErrorDocument make_error_document(const Error& error, std::string_view wanted) {
    return make_error_document(error, find_format(wanted).value_or(choose_format("")));
}

}  // namespace vo::table
