// SPDX-License-Identifier: Apache-2.0
// What {job} stands for: all values in JSON.
#include "base/text.h"
#include "doc/json_writer.h"
#include "jdl/kind.h"
#include "jdl/values.h"

namespace vo::jdl {

namespace {

// REQUIRES: it is of the type.
void write_value(doc::JsonWriter& json, const Parameter& parameter, const std::string& value) {
    switch (parameter.type) {
        case Type::Boolean: json.value(*parse_truth(value)); break;
        case Type::Short:
        case Type::Int:
        case Type::Long: json.value(*parse_integer(value)); break;
        case Type::Float:
        case Type::Double: json.value(*parse_double(value)); break;
        case Type::Char: json.value(value); break;
    }
}

// One value by itself where there is never more than one, else a list.
template <typename Write>
void write_values(doc::JsonWriter& json,
                  const std::string& name,
                  const Multiplicity& multiplicity,
                  const std::vector<std::string>& values,
                  const Write& write) {
    const bool single = multiplicity.most == 1;
    if (single && values.empty()) return;
    json.key(name);
    if (!single) json.open_array();
    for (const auto& value : values)
        write(value);
    if (!single) json.close();
}

}  // namespace

void write_job_file(Sink& sink, const Kind& kind, const ValuesOf& values_of) {
    doc::JsonWriter json(sink);
    json.open_object().key("kind").value(kind.name).key("version").value(kind.version);
    json.key("parameters").open_object();
    for (const auto& parameter : kind.parameters) {
        auto values = values_of(parameter.name);
        if (values.empty() && !parameter.default_value.empty()) values = {parameter.default_value};
        write_values(json, parameter.name, parameter.multiplicity, values,
                     [&](const std::string& value) { write_value(json, parameter, value); });
    }
    json.close().key("inputs").open_object();
    for (const auto& input : kind.inputs)
        write_values(json, input.name, input.multiplicity, values_of(input.name),
                     [&](const std::string& path) { json.value(path); });
    json.end();
}

}  // namespace vo::jdl
