// SPDX-License-Identifier: Apache-2.0
// Kinds and files as documents.
#include "pages.h"

#include <array>

#include "base/text.h"
#include "doc/json_writer.h"
#include "doc/page.h"
#include "doc/xml_writer.h"

namespace vo::jobs {

namespace {

using doc::JsonWriter;
using doc::XmlWriter;

struct KindColumn {
    std::string_view name;
    std::string_view ucd;
    std::string_view description;
    std::string (*value)(const jdl::Kind& kind, const std::string& url);
};

constexpr std::array kKindColumns{
    KindColumn{"name", "meta.id;meta.main", "name of the kind",
               [](const jdl::Kind& kind, const std::string&) { return kind.name; }},
    KindColumn{"version", "meta.version", "version of its description",
               [](const jdl::Kind& kind, const std::string&) { return kind.version; }},
    KindColumn{"title", "meta.title", "what it is called",
               [](const jdl::Kind& kind, const std::string&) { return kind.title; }},
    KindColumn{"description", "meta.note", "what it does",
               [](const jdl::Kind& kind, const std::string&) { return kind.description; }},
    KindColumn{"url", "meta.ref.url", "its job list (UWS 1.1)",
               [](const jdl::Kind& kind, const std::string& url) { return url + '/' + kind.name; }},
    KindColumn{"jdl", "meta.ref.url", "its description: parameters, inputs, results",
               [](const jdl::Kind& kind, const std::string& url) { return url + '/' + kind.name + "/jdl"; }},
};

void write_votable(Sink& sink, const Offers& offers, const std::string& url) {
    XmlWriter xml(sink, XmlWriter::Layout::Indented);
    xml.open("VOTABLE").attr("version", "1.4").attr("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3");
    xml.open("RESOURCE").attr("type", "results");
    xml.open("INFO").attr("name", "QUERY_STATUS").attr("value", "OK").close();
    xml.open("TABLE").attr("name", "kinds");
    for (const auto& column : kKindColumns) {
        xml.open("FIELD").attr("name", column.name).attr("datatype", "unicodeChar").attr("arraysize", "*");
        xml.attr("ucd", column.ucd).leaf("DESCRIPTION", column.description).close();
    }
    xml.open("DATA").open("TABLEDATA");
    for (const auto& [name, offer] : offers) {
        xml.open("TR");
        for (const auto& column : kKindColumns)
            xml.leaf("TD", column.value(*offer.kind, url));
        xml.close();
    }
    xml.end();
}

void write_json(Sink& sink, const Offers& offers, const std::string& url) {
    JsonWriter json(sink);
    json.open_object().key("kinds").open_array();
    for (const auto& [name, offer] : offers) {
        json.open_object();
        for (const auto& column : kKindColumns)
            json.key(column.name).value(column.value(*offer.kind, url));
        json.close();
    }
    json.end();
}

// Links work under whatever name the server was reached.
std::string path_of(const std::string& url) {
    const auto host = url.find("://");
    const auto path = url.find('/', host == std::string::npos ? 0 : host + 3);
    return path == std::string::npos ? "/" : url.substr(path);
}

void write_page(Sink& sink, const Offers& offers, const std::string& url) {
    XmlWriter xml(sink, XmlWriter::Layout::Html);
    doc::open_page(xml, "Job server");
    xml.leaf("h1", "Job server");
    xml.leaf("p", "Programs that run here on data of this archive or your own. A job is made by a POST to the list of "
                  "its kind (UWS 1.1); what it takes is in the description.");
    xml.open("table").open("tr").leaf("th", "Kind").leaf("th", "Version").leaf("th", "What it does").leaf("th", "").close();
    for (const auto& [name, offer] : offers) {
        const auto& kind = *offer.kind;
        const auto list = path_of(url) + '/' + name;
        xml.open("tr").open("td").open("a").attr("href", list).text(std::string_view(name)).close().close();
        xml.leaf("td", kind.version).leaf("td", kind.description);
        xml.open("td").open("a").attr("href", list + "/jdl").text(std::string_view("description")).close().close();
        xml.close();
    }
    xml.end();
}

void write_fields(JsonWriter& json, const uws::Entity& entity, const std::string& url) {
    const auto text_or_null = [&json](std::string_view name, const std::string& text) {
        json.key(name);
        if (text.empty())
            json.null();
        else
            json.value(text);
    };
    json.key("id").value(entity.id);
    json.key("href").value(url + "/entities/" + entity.id);
    json.key("name").value(entity.name);
    json.key("content_type").value(entity.content_type);
    json.key("size").value(entity.size_bytes);
    json.key("sha256").value(entity.sha256);
    json.key("origin").value(entity.origin);
    text_or_null("location", entity.location);
    text_or_null("owner", entity.owner_name);
    text_or_null("generated_by", entity.generated_by);
    text_or_null("role", entity.role);
    json.key("creation_time").value(format_utc(entity.creation_time));
    json.key("destruction").value(format_utc(entity.destruction));
}

}  // namespace

void write_kinds(Sink& sink, uws::Form form, const Offers& offers, const std::string& url) {
    switch (form) {
        case uws::Form::Html: return write_page(sink, offers, url);
        case uws::Form::Json: return write_json(sink, offers, url);
        default: return write_votable(sink, offers, url);
    }
}

void write_entity(Sink& sink, const uws::Entity& entity, const std::vector<uws::Use>& uses, const std::string& url) {
    JsonWriter json(sink);
    json.open_object();
    write_fields(json, entity, url);
    json.key("used_by").open_array();
    for (const auto& use : uses)
        json.open_object().key("job").value(use.job_id).key("role").value(use.role).close();
    json.end();
}

void write_entities(Sink& sink, const std::vector<uws::Entity>& entities, const std::string& url) {
    JsonWriter json(sink);
    json.open_object().key("entities").open_array();
    for (const auto& entity : entities) {
        json.open_object();
        write_fields(json, entity, url);
        json.close();
    }
    json.end();
}

}  // namespace vo::jobs
