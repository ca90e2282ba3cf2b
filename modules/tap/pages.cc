// SPDX-License-Identifier: Apache-2.0
// Pages without script: a form is enough to ask a query.
#include "pages.h"

#include <array>

#include "base/text.h"
#include "doc/page.h"
#include "table/format.h"

namespace vo::tap {

namespace {

using doc::XmlWriter;

struct Link {
    std::string_view path;
    std::string_view label;
};

constexpr std::array kLinks{
    Link{"/tap/examples", "Examples"},
    Link{"/tap/async", "Asynchronous queries: your jobs, when you are logged in"},
    Link{"/tap/tables", "All tables and columns (VODataService XML)"},
    Link{"/tap/capabilities", "Capabilities (VOSI XML)"},
    Link{"/tap/availability", "Availability (VOSI XML)"},
};

// "/vo" of "https://www.example.org/vo": links work under whatever name the server was reached.
std::string_view path_of(std::string_view url) {
    const auto host = url.find("://");
    const auto path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
    return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

void write_link(XmlWriter& xml, const std::string& address, std::string_view label) {
    xml.open("a").attr("href", address).text(label).close();
}

std::string query_address(std::string_view base_url, std::string_view query) {
    std::string address(path_of(base_url));
    address += "/tap/sync?LANG=ADQL&RESPONSEFORMAT=html&MAXREC=1000&QUERY=";
    append_url_escaped(address, query);
    return address;
}

void write_form(XmlWriter& xml, std::string_view base_url, std::string_view query) {
    xml.open("form")
        .attr("action", std::string(path_of(base_url)) + "/tap/sync")
        .attr("method", "post");
    xml.open("input").attr("type", "hidden").attr("name", "LANG").attr("value", "ADQL").close();
    xml.open("p").open("label").attr("for", "query").text(std::string_view("ADQL")).close();
    xml.open("textarea").attr("id", "query").attr("name", "QUERY").attr("required", "required");
    xml.text(query).close().close();
    xml.open("p").open("label").text(std::string_view("Format "));
    xml.open("select").attr("name", "RESPONSEFORMAT");
    for (const auto& format : table::formats()) {
        xml.open("option").attr("value", format.key);
        if (format.key == "html") xml.attr("selected", "selected");
        xml.text(format.label).close();
    }
    xml.close().close();
    xml.open("label").text(std::string_view(" Rows "));
    xml.open("input").attr("name", "MAXREC").attr("value", "1000").attr("size", 8).close();
    xml.close().text(std::string_view(" "));
    xml.open("button").attr("type", "submit").text(std::string_view("Ask")).close();
    xml.close().close();
}

void write_columns(XmlWriter& xml, const schema::Table& table) {
    xml.open("table").open("thead").open("tr");
    for (const auto* head : {"Column", "Type", "Unit", "Description"})
        xml.leaf("th", head);
    xml.close().close().open("tbody");
    for (const auto& column : table.columns) {
        // As a query has to write it.
        const auto name = column.delimited ? sql_identifier(column.name) : column.name;
        xml.open("tr").open("td").leaf("code", name).close();
        xml.leaf("td", std::string(table::datatype(column.type)) +
                           (column.arraysize.empty() ? "" : "(" + column.arraysize + ")"));
        xml.leaf("td", column.unit).leaf("td", column.description).close();
    }
    xml.close().close();
}

void write_tables(XmlWriter& xml, const schema::Catalog& catalog) {
    xml.leaf("h2", "Tables");
    for (const auto& table : catalog.tables) {
        xml.open("details").open("summary");
        xml.leaf("code", table.name).text(" " + table.description).close();
        write_columns(xml, table);
        xml.close();
    }
}

}  // namespace

void write_examples(Sink& sink, std::string_view base_url, std::span<const Example> examples) {
    XmlWriter xml(sink, XmlWriter::Layout::Html);
    doc::open_page(xml, "TAP examples");
    xml.open("div").attr("vocab", "http://www.ivoa.net/rdf/examples#");
    xml.leaf("h1", "Examples");
    for (const auto& example : examples) {
        xml.open("div")
            .attr("id", example.id)
            .attr("resource", "#" + example.id)
            .attr("typeof", "example");
        xml.open("h2").attr("property", "name").text(std::string_view(example.name)).close();
        if (!example.description.empty()) xml.leaf("p", example.description);
        xml.open("pre").attr("property", "query").text(std::string_view(example.query)).close();
        xml.open("p");
        write_link(xml, query_address(base_url, example.query), "Run it");
        xml.close().close();
    }
    xml.end();
}

void write_home(Sink& sink,
                std::string_view base_url,
                const schema::Catalog* catalog,
                std::span<const Example> examples) {
    XmlWriter xml(sink, XmlWriter::Layout::Html);
    doc::open_page(xml, "TAP service");
    xml.leaf("h1", "Table Access Protocol");
    xml.open("p").text(std::string_view(
        "This address answers queries in ADQL, the SQL of astronomy. In TOPCAT enter it as the TAP "
        "URL of a service; in Python give it to pyvo.dal.TAPService: "));
    xml.leaf("code", std::string(base_url) + "/tap").close();
    xml.open("ul");
    for (const auto& link : kLinks) {
        if (link.path == "/tap/examples" && examples.empty()) continue;
        xml.open("li");
        write_link(xml, std::string(path_of(base_url)) + std::string(link.path), link.label);
        xml.close();
    }
    xml.close();
    xml.leaf("h2", "Ask");
    write_form(xml, base_url,
               examples.empty() ? std::string_view("SELECT * FROM TAP_SCHEMA.tables")
                                : std::string_view(examples.front().query));
    if (catalog != nullptr) write_tables(xml, *catalog);
    xml.end();
}

}  // namespace vo::tap
