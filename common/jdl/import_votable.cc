// SPDX-License-Identifier: Apache-2.0
// The VOTable of OPUS, old and new: RESOURCE with PARAMs and the GROUPs InputParams, Used and
// Generated.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jdl/draft.h"
#include "jdl/sheet.h"
#include "jdl/write.h"

namespace vo::jdl {

namespace {

std::string description_of(const XmlNode& node) {
    const auto* description = node.child("DESCRIPTION");
    return description == nullptr ? "" : line_of(description->text);
}

// The value of a PARAM of the GROUP.
std::string_view value_of(const XmlNode& group, std::string_view name) {
    for (const auto& child : group.children)
        if (child.name == "PARAM" && child.attribute("name") == name)
            return child.attribute("value");
    return {};
}

void read_values(const XmlNode& values, Parameter& parameter, Draft& draft) {
    for (const auto& child : values.children) {
        const auto value = line_of(child.attribute("value"));
        if (child.name == "MIN") parameter.min = value;
        if (child.name == "MAX") parameter.max = value;
        if (child.name != "OPTION") continue;
        if (value.empty() || value.find('|') != std::string::npos)
            draft.note("parameter " + parameter.name + ": the option " + shown(value) +
                       " cannot be written");
        else
            parameter.options.push_back(value);
    }
}

Type read_type(std::string_view datatype, const std::string& name, Draft& draft) {
    if (datatype.empty() || datatype == "unicodeChar") return Type::Char;
    if (datatype == "unsignedByte") return Type::Short;
    for (const auto& row : type_rows())
        if (word_of(row.type) == datatype) return row.type;
    draft.note("parameter " + name + ": the datatype " + shown(datatype) + " becomes char");
    return Type::Char;
}

void read_parameter(const XmlNode& param, Draft& draft) {
    Parameter parameter;
    parameter.name = param.attribute("name");
    parameter.type = read_type(param.attribute("datatype"), parameter.name, draft);
    parameter.xtype = param.attribute("xtype");
    parameter.unit = param.attribute("unit");
    parameter.ucd = param.attribute("ucd");
    parameter.utype = param.attribute("utype");
    parameter.description = description_of(param);
    if (param.attribute("type") == "no_query") parameter.multiplicity.least = 0;
    if (parameter.type == Type::Char) set_arraysize(parameter, param.attribute("arraysize"));
    if (param.attribute("datatype") == "unsignedByte") parameter.min = "0", parameter.max = "255";
    parameter.default_value = param.attribute("value");
    if (const auto* values = param.child("VALUES")) read_values(*values, parameter, draft);
    draft.kind.parameters.push_back(std::move(parameter));
}

void read_parameters(const XmlNode& group, Draft& draft) {
    for (const auto& child : group.children) {
        if (child.name == "PARAM") read_parameter(child, draft);
        const auto* ref = child.name == "GROUP" ? child.child("PARAMref") : nullptr;
        if (ref == nullptr) continue;
        for (auto& parameter : draft.kind.parameters)
            if (parameter.name == ref->attribute("ref"))
                parameter.multiplicity =
                    read_multiplicity(value_of(child, "multiplicity"), parameter.multiplicity,
                                      "parameter " + parameter.name, draft);
    }
}

// What is said of an input or a result: in PARAMs of a GROUP, or, of old, by a PARAM.
struct Said {
    std::string name;
    std::string description;
    std::string role, multiplicity, default_value, content_type, url, origin, max;
};

Said read_said(const XmlNode& node) {
    Said said;
    said.name = node.attribute("ref").empty() ? node.attribute("name") : node.attribute("ref");
    said.description = description_of(node);
    if (node.name == "PARAM") {
        said.default_value = line_of(node.attribute("value"));
        said.content_type = line_of(node.attribute("xtype"));
        if (const auto* link = node.child("LINK")) said.url = line_of(link->attribute("href"));
        return said;
    }
    for (const auto& [name, member] :
         {std::pair("role", &Said::role), std::pair("multiplicity", &Said::multiplicity),
          std::pair("default", &Said::default_value),
          std::pair("content_type", &Said::content_type), std::pair("url", &Said::url),
          std::pair("origin", &Said::origin), std::pair("max", &Said::max)})
        said.*member = line_of(value_of(node, name));
    return said;
}

void note_role(const Said& said, const std::string& what, Draft& draft) {
    if (!said.role.empty() && said.role != said.name)
        draft.note(what + said.name + ": the role " + shown(said.role) +
                   " is not kept; the name is the role");
}

void add_content_types(Input& input, std::string_view text) {
    // OPUS's lists have commas.
    for (const auto part : split(text, ','))
        for (const auto word : split(trim(part), ' '))
            if (!trim(word).empty()) input.content_types.emplace_back(trim(word));
}

void read_input(const XmlNode& node, Draft& draft) {
    const auto said = read_said(node);
    Input input;
    input.name = said.name;
    input.description = said.description;
    const auto parameter = take_parameter(draft.kind, said.name);
    if (parameter) {
        input.multiplicity = parameter->multiplicity;
        if (input.description.empty()) input.description = parameter->description;
    }
    const auto what = "input " + input.name;
    note_role(said, "input ", draft);
    input.multiplicity = read_multiplicity(said.multiplicity, input.multiplicity, what, draft);
    add_content_types(input, said.content_type);
    set_origins(input, said.origin);
    input.max_mb = parse_integer(said.max).value_or(0);
    if (!said.default_value.empty())
        draft.note(what + ": the default " + shown(said.default_value) +
                   " is not kept; an input is always given");
    const std::string_view url = said.url;
    if (!url.empty() && url.find("file://") == std::string_view::npos && url != "$ID")
        draft.note(what + ": clients gave an identifier for " + shown(url) +
                   "; here they give the whole address");
    draft.kind.inputs.push_back(std::move(input));
}

void read_result(const XmlNode& node, Draft& draft) {
    const auto said = read_said(node);
    Result result;
    result.id = said.name;
    result.description = said.description;
    result.content_type = said.content_type;
    result.file = said.default_value;
    const auto what = "result " + result.id;
    if (const auto parameter = take_parameter(draft.kind, said.name)) {
        if (!parameter->default_value.empty()) result.file = line_of(parameter->default_value);
        if (result.description.empty()) result.description = parameter->description;
        draft.note(what + ": clients could name its file by a parameter; here it is always " +
                   shown(result.file));
    }
    note_role(said, "result ", draft);
    const bool glob = result.file.find_first_of("*?[") != std::string::npos;
    result.multiplicity = read_multiplicity(
        said.multiplicity, glob ? Multiplicity{1, std::nullopt} : Multiplicity{}, what, draft);
    draft.kind.results.push_back(std::move(result));
}

void read_group(const XmlNode& group, Draft& draft) {
    const auto name = group.attribute("name");
    if (name == "InputParams") return read_parameters(group, draft);
    for (const auto& child : group.children) {
        if (child.name != "GROUP" && child.name != "PARAM") continue;
        if (name == "Used") read_input(child, draft);
        if (name == "Generated") read_result(child, draft);
    }
    if (name != "Used" && name != "Generated")
        draft.note("the GROUP " + shown(name) + " is not read");
}

void read_param(const XmlNode& param, Draft& draft) {
    const auto name = param.attribute("name");
    const auto value = param.attribute("value");
    if (name == "script") {
        draft.script = value;
        return;
    }
    for (const auto& row : text_rows())
        if (row.param == name) {
            draft.kind.*row.member = line_of(value);
            return;
        }
    for (const auto& row : number_rows())
        if (equal_fold(row.param, name))
            return set_number(draft, std::string(row.key), value, row.member);
    // What we write ourselves and what says nothing is no loss.
    if (name == "annotation" && draft.kind.description.empty())
        draft.kind.description = line_of(value);
    constexpr std::array<std::string_view, 3> kNoLoss{"annotation", "quote", "url"};
    if (!trim(value).empty() && std::find(kNoLoss.begin(), kNoLoss.end(), name) == kNoLoss.end())
        draft.note("the PARAM " + shown(name) + " is not kept");
}

// An upload that is described as a parameter is an input.
void move_files(Draft& draft) {
    for (std::size_t i = 0; i < draft.kind.parameters.size();) {
        const auto& parameter = draft.kind.parameters[i];
        if (parameter.xtype != "application/octet-stream") {
            ++i;
            continue;
        }
        Input input;
        input.name = parameter.name;
        input.description = parameter.description;
        input.multiplicity = parameter.multiplicity;
        set_origins(input, "");
        draft.kind.inputs.push_back(std::move(input));
        draft.kind.parameters.erase(draft.kind.parameters.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

}  // namespace

Draft draft_votable(const XmlNode& root) {
    const auto is_activity = [](const XmlNode& node) {
        return node.name == "RESOURCE" && node.attribute("utype").ends_with("ActivityDescription");
    };
    const auto* resource = root.find(is_activity);
    if (resource == nullptr)
        resource = root.find([](const XmlNode& node) { return node.name == "RESOURCE"; });
    if (resource == nullptr)
        throw Error(
            Code::BadRequest,
            "the VOTable has no RESOURCE; a job's has the utype voprov:ActivityDescription");
    Draft draft;
    draft.kind.name = resource->attribute("name").empty() ? resource->attribute("ID")
                                                          : resource->attribute("name");
    draft.kind.description = description_of(*resource);
    if (const auto* link = resource->child("LINK"))
        draft.kind.documentation = line_of(link->attribute("href"));
    for (const auto& child : resource->children)
        if (child.name == "PARAM") read_param(child, draft);
    // Parameters first: the other groups refer to them.
    for (const bool parameters : {true, false})
        for (const auto& child : resource->children)
            if (child.name == "GROUP" && (child.attribute("name") == "InputParams") == parameters)
                read_group(child, draft);
    move_files(draft);
    return draft;
}

}  // namespace vo::jdl
