// SPDX-License-Identifier: Apache-2.0
// A kind as WADL (W3C member submission of 2009): its job list, what a new job takes, what a job
// answers. What WADL has no attribute for stands in one of a namespace of our own, as its schema
// allows.
#include <algorithm>
#include <array>

#include "doc/xml_writer.h"
#include "jdl/write.h"

namespace vo::jdl {

namespace {

using doc::XmlWriter;

constexpr std::string_view kXmlType = "application/xml";
constexpr std::string_view kTextType = "text/plain";

void write_own(XmlWriter& xml, std::string_view name, std::string_view value) {
    if (!value.empty()) xml.attr("jdl:" + std::string(name), value);
}

void open_param(XmlWriter& xml,
                std::string_view name,
                std::string_view style,
                std::string_view type) {
    xml.open("param").attr("name", name).attr("style", style).attr("type", type);
}

void open_resource(XmlWriter& xml, std::string_view path) {
    xml.open("resource").attr("path", path);
}

void write_answer(XmlWriter& xml, std::string_view media_type) {
    xml.open("response")
        .attr("status", "200")
        .open("representation")
        .attr("mediaType", media_type)
        .close()
        .close();
}

void write_get(XmlWriter& xml, std::string_view media_type) {
    xml.open("method").attr("name", "GET");
    write_answer(xml, media_type);
    xml.close();
}

// To the job, or to the list.
void write_redirect(XmlWriter& xml) {
    xml.open("response").attr("status", "303");
    open_param(xml, "Location", "header", "xs:anyURI");
    xml.attr("required", "true").close().close();
}

void write_multiplicity(XmlWriter& xml, const Multiplicity& multiplicity) {
    if (!multiplicity.most || *multiplicity.most > 1) xml.attr("repeating", "true");
    write_own(xml, "multiplicity", multiplicity.text());
}

void write_parameter(XmlWriter& xml, const Parameter& parameter) {
    const auto types = type_rows();
    const auto type = std::find_if(types.begin(), types.end(),
                                   [&](const TypeRow& row) { return row.type == parameter.type; });
    open_param(xml, parameter.name, "query", type->xsd);
    xml.attr("required", parameter.required());
    if (!parameter.default_value.empty()) xml.attr("default", parameter.default_value);
    write_multiplicity(xml, parameter.multiplicity);
    if (parameter.type == Type::Char)
        write_own(xml, "arraysize", std::to_string(parameter.most_characters) + '*');
    for (const auto& [name, text] :
         {std::pair("xtype", &parameter.xtype), std::pair("unit", &parameter.unit),
          std::pair("ucd", &parameter.ucd), std::pair("utype", &parameter.utype),
          std::pair("min", &parameter.min), std::pair("max", &parameter.max)})
        write_own(xml, name, *text);
    xml.leaf("doc", parameter.description);
    for (const auto& option : parameter.options)
        xml.open("option").attr("value", option).close();
    xml.close();
}

void write_input(XmlWriter& xml, const Input& input) {
    std::string types;
    for (const auto& type : input.content_types)
        types += (types.empty() ? "" : " ") + type;
    open_param(xml, input.name, "query", "xs:anyURI");
    xml.attr("required", input.multiplicity.least > 0);
    write_multiplicity(xml, input.multiplicity);
    write_own(xml, "origin", origin_text(input));
    write_own(xml, "content_type", types);
    if (input.max_mb > 0) write_own(xml, "max_mb", std::to_string(input.max_mb));
    xml.leaf("doc", input.description).close();
}

void write_create(XmlWriter& xml, const Kind& kind) {
    xml.open("method").attr("name", "POST").attr("id", "create_job");
    xml.open("request");
    open_param(xml, "PHASE", "query", "xs:string");
    xml.leaf("doc", "RUN starts the job at once.")
        .open("option")
        .attr("value", "RUN")
        .close()
        .close();
    for (const auto& parameter : kind.parameters)
        write_parameter(xml, parameter);
    for (const auto& input : kind.inputs)
        write_input(xml, input);
    for (const auto* type : {"application/x-www-form-urlencoded", "multipart/form-data"})
        xml.open("representation").attr("mediaType", type).close();
    xml.close();
    write_redirect(xml);
    xml.close();
}

struct Setting {
    std::string_view path;
    std::string_view name;
    std::string_view type;
};

// UWS 1.1 §2.2.2: what can be read and set.
constexpr std::array kSettings{
    Setting{"phase", "PHASE", "xs:string"},
    Setting{"executionduration", "EXECUTIONDURATION", "xs:int"},
    Setting{"destruction", "DESTRUCTION", "xs:dateTime"},
};

void write_setting(XmlWriter& xml, const Setting& setting, const Kind& kind) {
    open_resource(xml, setting.path);
    write_get(xml, kTextType);
    xml.open("method").attr("name", "POST").open("request");
    open_param(xml, setting.name, "query", setting.type);
    xml.attr("required", "true");
    if (setting.name == "EXECUTIONDURATION") {
        xml.attr("default", kind.time_s);
        write_own(xml, "max", std::to_string(kind.time_hard_s));
    }
    xml.close().close();
    write_redirect(xml);
    xml.close().close();
}

void write_results(XmlWriter& xml, const Kind& kind) {
    open_resource(xml, "results");
    write_get(xml, kXmlType);
    open_resource(xml, "{result-id}");
    open_param(xml, "result-id", "template", "xs:string");
    xml.attr("required", "true");
    for (const auto& result : kind.results) {
        xml.open("option").attr("value", result.id).attr("mediaType", result.content_type);
        write_own(xml, "file", result.file);
        write_own(xml, "multiplicity", result.multiplicity.text());
        xml.leaf("doc", result.description).close();
    }
    xml.close();
    write_get(xml, "*/*");
    xml.close().close();
}

void write_job(XmlWriter& xml, const Kind& kind) {
    open_resource(xml, "{job-id}");
    open_param(xml, "job-id", "template", "xs:string");
    xml.attr("required", "true").close();
    write_get(xml, kXmlType);
    xml.open("method").attr("name", "DELETE");
    write_redirect(xml);
    xml.close();
    for (const auto& setting : kSettings)
        write_setting(xml, setting, kind);
    for (const auto* path : {"error", "owner", "quote"}) {
        open_resource(xml, path);
        write_get(xml, kTextType);
        xml.close();
    }
    open_resource(xml, "parameters");
    write_get(xml, kXmlType);
    xml.close();
    write_results(xml, kind);
    xml.close();
}

}  // namespace

void write_wadl(Sink& sink, const Kind& kind, const std::string& kind_url) {
    XmlWriter xml(sink, XmlWriter::Layout::Indented);
    xml.open("application")
        .attr("xmlns", "http://wadl.dev.java.net/2009/02")
        .attr("xmlns:xs", "http://www.w3.org/2001/XMLSchema")
        .attr("xmlns:jdl", kAttributes);
    xml.open("doc").attr("title", kind.title.empty() ? kind.name : kind.title).close();
    const auto slash = kind_url.rfind('/');
    xml.open("resources")
        .attr("base", slash == std::string::npos ? kind_url : kind_url.substr(0, slash + 1));
    xml.open("resource").attr("id", "joblist").attr("path", kind.name);
    for (const auto& row : text_rows())
        write_own(xml, row.key, kind.*row.member);
    for (const auto& row : number_rows())
        write_own(xml, row.key, std::to_string(kind.*row.member));
    xml.open("doc").attr("title", "description").text(kind.description).close();
    write_get(xml, kXmlType);
    write_create(xml, kind);
    write_job(xml, kind);
    xml.end();
}

}  // namespace vo::jdl
