// SPDX-License-Identifier: Apache-2.0
// VOSI capabilities, tables and availability.
#include "schema/vosi.h"

#include <array>

#include "base/text.h"
#include "doc/xml_writer.h"
#include "table/format.h"

namespace vo::schema {

namespace {

using doc::XmlWriter;
using Layout = XmlWriter::Layout;

constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kVoDataService = "http://www.ivoa.net/xml/VODataService/v1.1";

struct VosiResource {
    std::string_view standard_id;
    std::string_view path;
};

constexpr VosiResource kExamples{"ivo://ivoa.net/std/DALI#examples", "/examples"};

constexpr std::array kVosiResources{
    VosiResource{"ivo://ivoa.net/std/VOSI#capabilities", "/capabilities"},
    VosiResource{"ivo://ivoa.net/std/VOSI#availability", "/availability"},
    VosiResource{"ivo://ivoa.net/std/VOSI#tables-1.1", "/tables"},
};

struct LanguageVersion {
    std::string_view ivo_id;
    std::string_view version;
};

constexpr std::array kLanguageVersions{
    LanguageVersion{"ivo://ivoa.net/std/ADQL#v2.1", "2.1"},
    LanguageVersion{"ivo://ivoa.net/std/ADQL#v2.0", "2.0"},
};

void optional_leaf(XmlWriter& xml, std::string_view name, std::string_view value) {
    if (!value.empty()) xml.leaf(name, value);
}

void write_vosi_capability(XmlWriter& xml,
                           const VosiResource& resource,
                           const std::string& tap_url) {
    xml.open("capability").attr("standardID", resource.standard_id);
    xml.open("interface")
        .attr("xsi:type", "vs:ParamHTTP")
        .attr("role", "std")
        .attr("version", "1.1");
    xml.open("accessURL").attr("use", "full").text(tap_url + std::string(resource.path)).close();
    xml.close().close();
}

void write_language(XmlWriter& xml, const ServiceDescription& service) {
    xml.open("language");
    xml.leaf("name", "ADQL");
    for (const auto& version : kLanguageVersions)
        xml.open("version").attr("ivo-id", version.ivo_id).text(version.version).close();
    xml.leaf("description", "Astronomical Data Query Language 2.1; queries of 2.0 work unchanged.");
    // Features come in groups of one type each; the table that they stem from is in that order.
    std::string_view type;
    for (const auto& feature : service.features) {
        if (feature.type != type) {
            if (!type.empty()) xml.close();
            type = feature.type;
            xml.open("languageFeatures").attr("type", type);
        }
        xml.open("feature").leaf("form", feature.form);
        optional_leaf(xml, "description", feature.description);
        xml.close();
    }
    if (!type.empty()) xml.close();
    xml.close();
}

void write_output_formats(XmlWriter& xml) {
    for (const auto& format : table::formats()) {
        // One element for each media type, so that a client finds the one it looks for.
        for (const auto media_type : format.media_types) {
            xml.open("outputFormat");
            if (!format.ivo_id.empty()) xml.attr("ivo-id", format.ivo_id);
            xml.leaf("mime", media_type);
            if (media_type == format.media_types.front())
                for (const auto alias : format.aliases)
                    xml.leaf("alias", alias);
            xml.close();
        }
    }
}

void write_limit(XmlWriter& xml,
                 std::string_view element,
                 std::string_view mode,
                 std::string_view unit,
                 std::int64_t by_default,
                 std::int64_t hard) {
    xml.open(element);
    if (!mode.empty()) xml.attr("forMode", mode);
    for (const auto& [name, value] : {std::pair{"default", by_default}, std::pair{"hard", hard}}) {
        xml.open(name);
        if (!unit.empty()) xml.attr("unit", unit);
        xml.text(value).close();
    }
    xml.close();
}

void write_column(XmlWriter& xml, const Column& column) {
    xml.open("column");
    if (column.std) xml.attr("std", "true");
    xml.leaf("name", column.delimited ? sql_identifier(column.name) : column.name);
    optional_leaf(xml, "description", column.description);
    optional_leaf(xml, "unit", column.unit);
    optional_leaf(xml, "ucd", column.ucd);
    optional_leaf(xml, "utype", column.utype);
    xml.open("dataType").attr("xsi:type", "vs:VOTableType");
    if (!column.arraysize.empty()) xml.attr("arraysize", column.arraysize);
    if (!column.xtype.empty()) xml.attr("extendedType", column.xtype);
    xml.text(datatype(column.type)).close();
    if (column.indexed) xml.leaf("flag", "indexed");
    if (column.principal) xml.leaf("flag", "principal");
    xml.close();
}

void write_key(XmlWriter& xml, const Key& key) {
    xml.open("foreignKey").leaf("targetTable", key.target_table);
    for (const auto& [from, target] : key.columns) {
        xml.open("fkColumn").leaf("fromColumn", from).leaf("targetColumn", target);
        xml.close();
    }
    optional_leaf(xml, "description", key.description);
    optional_leaf(xml, "utype", key.utype);
    xml.close();
}

void write_table_body(XmlWriter& xml, const Catalog& catalog, const Table& table, bool columns) {
    xml.leaf("name", table.name);
    optional_leaf(xml, "description", table.description);
    optional_leaf(xml, "utype", table.utype);
    if (!columns) return;
    for (const auto& column : table.columns)
        write_column(xml, column);
    for (const auto& key : catalog.keys)
        if (key.from_table == table.name) write_key(xml, key);
}

// Without a version attribute: the schema that validators have for this namespace knows none.
void open_vosi_tables(XmlWriter& xml, std::string_view element) {
    xml.open(element)
        .attr("xmlns:vosi", "http://www.ivoa.net/xml/VOSITables/v1.0")
        .attr("xmlns:vs", kVoDataService)
        .attr("xmlns:xsi", kXsi);
}

}  // namespace

void write_capabilities(Sink& sink, const ServiceDescription& service) {
    const auto tap_url = service.base_url + "/tap";
    XmlWriter xml(sink, Layout::Indented);
    xml.open("vosi:capabilities")
        .attr("xmlns:vosi", "http://www.ivoa.net/xml/VOSICapabilities/v1.0")
        .attr("xmlns:vs", kVoDataService)
        .attr("xmlns:tr", "http://www.ivoa.net/xml/TAPRegExt/v1.0")
        .attr("xmlns:xsi", kXsi);
    for (const auto& resource : kVosiResources)
        write_vosi_capability(xml, resource, tap_url);
    if (service.has_examples) write_vosi_capability(xml, kExamples, tap_url);
    xml.open("capability")
        .attr("standardID", "ivo://ivoa.net/std/TAP")
        .attr("xsi:type", "tr:TableAccess");
    xml.open("interface")
        .attr("role", "std")
        .attr("version", "1.1")
        .attr("xsi:type", "vs:ParamHTTP");
    xml.open("accessURL").attr("use", "base").text(tap_url).close();
    xml.close();
    if (service.has_obscore)
        xml.open("dataModel")
            .attr("ivo-id", "ivo://ivoa.net/std/ObsCore#core-1.1")
            .text("ObsCore-1.1")
            .close();
    write_language(xml, service);
    write_output_formats(xml);
    if (service.max_upload_bytes > 0)
        for (const auto* scheme : {"inline", "http", "https"})
            xml.open("uploadMethod")
                .attr("ivo-id", "ivo://ivoa.net/std/TAPRegExt#upload-" + std::string(scheme))
                .close();
    for (const auto& one : service.limits)
        if (one.keep_hard_s > 0)
            write_limit(xml, "retentionPeriod", one.mode, "", one.keep_default_s, one.keep_hard_s);
    for (const auto& one : service.limits)
        write_limit(xml, "executionDuration", one.mode, "", one.seconds_default, one.seconds_hard);
    for (const auto& one : service.limits)
        write_limit(xml, "outputLimit", one.mode, "row", one.maxrec_default, one.maxrec_hard);
    if (service.max_upload_bytes > 0)
        write_limit(xml, "uploadLimit", "", "byte", service.max_upload_bytes, service.max_upload_bytes);
    xml.end();
}

void write_tableset(Sink& sink, const Catalog& catalog, bool columns) {
    XmlWriter xml(sink, Layout::Indented);
    open_vosi_tables(xml, "vosi:tableset");
    for (const auto& schema : catalog.schemas) {
        xml.open("schema").leaf("name", schema.name);
        optional_leaf(xml, "description", schema.description);
        optional_leaf(xml, "utype", schema.utype);
        for (const auto index : schema.tables) {
            const auto& table = catalog.tables[index];
            xml.open("table").attr("type", table.type);
            write_table_body(xml, catalog, table, columns);
            xml.close();
        }
        xml.close();
    }
    xml.end();
}

void write_table(Sink& sink, const Catalog& catalog, const Table& table, bool columns) {
    XmlWriter xml(sink, Layout::Indented);
    open_vosi_tables(xml, "vosi:table");
    xml.attr("type", table.type);
    write_table_body(xml, catalog, table, columns);
    xml.end();
}

void write_availability(Sink& sink, const Availability& state) {
    XmlWriter xml(sink, Layout::Indented);
    xml.open("vosi:availability")
        .attr("xmlns:vosi", "http://www.ivoa.net/xml/VOSIAvailability/v1.0");
    xml.leaf("vosi:available", state.available ? "true" : "false");
    xml.leaf("vosi:upSince", state.up_since);
    for (const auto& note : state.notes)
        xml.leaf("vosi:note", note);
    xml.end();
}

}  // namespace vo::schema
