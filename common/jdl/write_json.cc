// SPDX-License-Identifier: Apache-2.0
// A kind in JSON, with the names that a description file has.
#include "doc/json_writer.h"
#include "jdl/write.h"

namespace vo::jdl {

namespace {

void write_text(doc::JsonWriter& json, std::string_view key, std::string_view text) {
    if (!text.empty()) json.key(key).value(text);
}

void write_texts(doc::JsonWriter& json,
                 std::string_view key,
                 const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    json.key(key).open_array();
    for (const auto& text : texts)
        json.value(text);
    json.close();
}

void write_multiplicity(doc::JsonWriter& json, const Multiplicity& multiplicity) {
    json.key("multiplicity").open_object().key("least").value(multiplicity.least).key("most");
    if (multiplicity.most)
        json.value(*multiplicity.most);
    else
        json.null();
    json.close();
}

void write_parameter(doc::JsonWriter& json, const Parameter& parameter) {
    json.open_object().key("name").value(parameter.name).key("type").value(word_of(parameter.type));
    write_text(json, "xtype", parameter.xtype);
    if (parameter.type == Type::Char) json.key("most_characters").value(parameter.most_characters);
    write_text(json, "unit", parameter.unit);
    write_text(json, "ucd", parameter.ucd);
    write_text(json, "utype", parameter.utype);
    write_text(json, "min", parameter.min);
    write_text(json, "max", parameter.max);
    write_texts(json, "options", parameter.options);
    write_text(json, "default", parameter.default_value);
    json.key("required").value(parameter.required());
    write_multiplicity(json, parameter.multiplicity);
    write_text(json, "description", parameter.description);
    json.close();
}

void write_input(doc::JsonWriter& json, const Input& input) {
    json.open_object().key("name").value(input.name);
    write_texts(json, "content_type", input.content_types);
    json.key("origin").open_array();
    for (const auto origin : input.origins)
        json.value(word_of(origin));
    json.close();
    if (input.max_mb > 0) json.key("max_mb").value(input.max_mb);
    write_multiplicity(json, input.multiplicity);
    write_text(json, "description", input.description);
    json.close();
}

void write_result(doc::JsonWriter& json, const Result& result) {
    json.open_object().key("id").value(result.id).key("content_type").value(result.content_type);
    json.key("file").value(result.file);
    write_multiplicity(json, result.multiplicity);
    write_text(json, "description", result.description);
    json.close();
}

}  // namespace

void write_json(Sink& sink, const Kind& kind, const std::string& kind_url) {
    doc::JsonWriter json(sink);
    json.open_object().key("name").value(kind.name).key("version").value(kind.version);
    json.key("url").value(kind_url);
    write_text(json, "title", kind.title);
    json.key("description").value(kind.description);
    write_text(json, "type", kind.type);
    write_text(json, "subtype", kind.subtype);
    write_text(json, "documentation", kind.documentation);
    write_text(json, "contact_name", kind.contact_name);
    write_text(json, "contact_email", kind.contact_email);
    json.key("executor").value(kind.executor);
    write_text(json, "partition", kind.partition);
    for (const auto& number : number_rows())
        json.key(number.key).value(kind.*number.member);
    json.key("parameters").open_array();
    for (const auto& parameter : kind.parameters)
        write_parameter(json, parameter);
    json.close().key("inputs").open_array();
    for (const auto& input : kind.inputs)
        write_input(json, input);
    json.close().key("results").open_array();
    for (const auto& result : kind.results)
        write_result(json, result);
    json.end();
}

}  // namespace vo::jdl
