// SPDX-License-Identifier: Apache-2.0
// A kind as the VOTable that OPUS keeps its job definitions in, so that what reads these reads
// ours; all that has no place there is a PARAM more, which such readers pass over. VOTable 1.4,
// ProvenanceDM 1.0 §2.5-2.7.
#include "base/text.h"
#include "doc/xml_writer.h"
#include "jdl/write.h"

namespace vo::jdl {

namespace {

using doc::XmlWriter;

// The document without its XML declaration: OPUS hands it to its parser as decoded text, in which
// that refuses one of an encoding. Without it a document is in UTF-8 (XML 1.0 §4.3.3).
class WithoutDeclaration final : public Sink {
  public:
    explicit WithoutDeclaration(Sink& sink) : sink_(sink) {}

    void write(std::string_view bytes) override {
        if (at_start_) bytes.remove_prefix(bytes.find("?>") + 3);
        at_start_ = false;
        sink_.write(bytes);
    }

  private:
    Sink& sink_;
    bool at_start_ = true;
};

void write_param(XmlWriter& xml,
                 std::string_view name,
                 std::string_view value,
                 std::string_view utype) {
    xml.open("PARAM")
        .attr("name", name)
        .attr("datatype", "char")
        .attr("arraysize", "*")
        .attr("value", value);
    if (!utype.empty()) xml.attr("utype", utype);
    xml.close();
}

void write_number(XmlWriter& xml,
                  std::string_view name,
                  std::int64_t value,
                  std::string_view unit,
                  std::string_view utype) {
    xml.open("PARAM").attr("name", name).attr("datatype", "int").attr("value", value);
    if (!unit.empty()) xml.attr("unit", unit);
    if (!utype.empty()) xml.attr("utype", utype);
    xml.close();
}

void write_values(XmlWriter& xml, const Parameter& parameter) {
    if (parameter.min.empty() && parameter.max.empty() && parameter.options.empty()) return;
    xml.open("VALUES");
    if (!parameter.min.empty()) xml.open("MIN").attr("value", parameter.min).close();
    if (!parameter.max.empty()) xml.open("MAX").attr("value", parameter.max).close();
    for (const auto& option : parameter.options)
        xml.open("OPTION").attr("value", option).close();
    xml.close();
}

void write_parameter(XmlWriter& xml, const Parameter& parameter) {
    xml.open("PARAM")
        .attr("ID", parameter.name)
        .attr("name", parameter.name)
        .attr("datatype", word_of(parameter.type));
    if (parameter.type == Type::Char)
        xml.attr("arraysize", std::to_string(parameter.most_characters) + '*');
    // An empty value is none (VOTable 1.4 §4.7), whatever the type.
    xml.attr("value", parameter.default_value);
    for (const auto& [name, text] :
         {std::pair("unit", &parameter.unit), std::pair("ucd", &parameter.ucd),
          std::pair("utype", &parameter.utype), std::pair("xtype", &parameter.xtype)})
        if (!text->empty()) xml.attr(name, *text);
    // OPUS's word for a parameter that need not be given.
    if (parameter.multiplicity.least == 0) xml.attr("type", "no_query");
    xml.leaf("DESCRIPTION", parameter.description);
    write_values(xml, parameter);
    xml.close();
    const auto& multiplicity = parameter.multiplicity;
    if (multiplicity.least <= 1 && multiplicity.most == 1) return;
    xml.open("GROUP").attr("utype", "voprov:ParameterDescription");
    xml.open("PARAMref").attr("ref", parameter.name).close();
    write_param(xml, "multiplicity", multiplicity.text(),
                "voprov:ParameterDescription.multiplicity");
    xml.close();
}

void write_input(XmlWriter& xml, const Input& input) {
    std::string types;
    for (const auto& type : input.content_types)
        types += (types.empty() ? "" : " ") + type;
    xml.open("GROUP").attr("name", input.name).attr("utype", "voprov:UsedDescription");
    xml.leaf("DESCRIPTION", input.description);
    write_param(xml, "role", input.name, "voprov:UsedDescription.role");
    write_param(xml, "multiplicity", input.multiplicity.text(),
                "voprov:UsedDescription.multiplicity");
    write_param(xml, "default", "", "voprov:Entity.id");
    write_param(xml, "content_type", types, "voprov:EntityDescription.content_type");
    // Of OPUS: what an identifier is put into to be an address; file:// is an upload.
    write_param(xml, "url", input.takes(Origin::Upload) ? "file://$ID" : "$ID",
                "voprov:EntityDescription.url");
    write_param(xml, "origin", origin_text(input), "");
    if (input.max_mb > 0) write_number(xml, "max", input.max_mb, "Mbyte", "");
    xml.close();
}

void write_result(XmlWriter& xml, const Result& result) {
    xml.open("GROUP").attr("name", result.id).attr("utype", "voprov:WasGeneratedBy");
    xml.leaf("DESCRIPTION", result.description);
    write_param(xml, "role", result.id, "voprov:WasGeneratedByDescription.role");
    write_param(xml, "multiplicity", result.multiplicity.text(),
                "voprov:WasGeneratedByDescription.multiplicity");
    write_param(xml, "default", result.file, "voprov:Entity.id");
    write_param(xml, "content_type", result.content_type, "voprov:EntityDescription.content_type");
    xml.close();
}

}  // namespace

void write_votable(Sink& sink, const Kind& kind, const std::string& kind_url) {
    WithoutDeclaration whole(sink);
    XmlWriter xml(whole, XmlWriter::Layout::Indented);
    xml.open("VOTABLE")
        .attr("version", "1.4")
        .attr("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3");
    xml.open("RESOURCE")
        .attr("name", kind.name)
        .attr("type", "meta")
        .attr("utype", "voprov:ActivityDescription");
    xml.leaf("DESCRIPTION", kind.description);
    for (const auto& row : text_rows())
        if (row.always || !(kind.*row.member).empty())
            write_param(xml, row.param, kind.*row.member, row.utype);
    write_param(xml, "url", kind_url, "");
    for (const auto& row : number_rows())
        write_number(xml, row.param, kind.*row.member, row.unit, row.utype);
    xml.open("GROUP").attr("name", "InputParams").attr("utype", "voprov:ParameterDescription");
    for (const auto& parameter : kind.parameters)
        write_parameter(xml, parameter);
    xml.close().open("GROUP").attr("name", "Used").attr("utype", "voprov:UsageDescription");
    for (const auto& input : kind.inputs)
        write_input(xml, input);
    xml.close()
        .open("GROUP")
        .attr("name", "Generated")
        .attr("utype", "voprov:GenerationDescription");
    for (const auto& result : kind.results)
        write_result(xml, result);
    xml.end();
}

}  // namespace vo::jdl
