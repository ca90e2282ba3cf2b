// SPDX-License-Identifier: Apache-2.0
// WADL: the parameters of the request that makes a job, the options of result-id.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "jdl/draft.h"
#include "jdl/sheet.h"
#include "jdl/write.h"

namespace vo::jdl {

namespace {

std::string doc_of(const XmlNode& node) {
    const auto* doc = node.child("doc");
    return doc == nullptr ? "" : line_of(doc->text);
}

bool is_post(const XmlNode& node) {
    return node.name == "method" && node.attribute("name") == "POST" &&
           node.child("request") != nullptr;
}

const XmlNode* post_of(const XmlNode& resource) {
    for (const auto& child : resource.children)
        if (is_post(child)) return &child;
    return nullptr;
}

// Attributes of ours have a prefix, those of OPUS none.
std::string_view said(const XmlNode& node, std::string_view name) {
    const auto own = node.prefixed(name);
    return own.empty() ? node.attribute(name) : own;
}

// Of XML Schema, besides those that we write.
struct SchemaType {
    std::string_view name;
    Type type;
    std::string_view min;
    std::string_view max;
    std::string_view xtype;
};

constexpr std::array kSchemaTypes{
    SchemaType{"byte", Type::Short, "-128", "127", ""},
    SchemaType{"unsignedByte", Type::Short, "0", "255", ""},
    SchemaType{"integer", Type::Int, "", "", ""},
    SchemaType{"unsignedShort", Type::Int, "0", "65535", ""},
    SchemaType{"unsignedInt", Type::Long, "0", "4294967295", ""},
    SchemaType{"nonNegativeInteger", Type::Long, "0", "", ""},
    SchemaType{"positiveInteger", Type::Long, "1", "", ""},
    SchemaType{"decimal", Type::Double, "", "", ""},
    SchemaType{"dateTime", Type::Char, "", "", "timestamp"},
    SchemaType{"date", Type::Char, "", "", "timestamp"},
    SchemaType{"token", Type::Char, "", "", ""},
};

void set_type(Parameter& parameter, std::string_view type, Draft& draft) {
    const auto local =
        type.substr(type.find(':') == std::string_view::npos ? 0 : type.find(':') + 1);
    if (local.empty()) return;
    for (const auto& row : type_rows())
        if (row.xsd.substr(3) == local) {
            parameter.type = row.type;
            return;
        }
    for (const auto& row : kSchemaTypes)
        if (row.name == local) {
            parameter.type = row.type;
            parameter.min = row.min;
            parameter.max = row.max;
            parameter.xtype = row.xtype;
            return;
        }
    draft.note("parameter " + parameter.name + ": the type " + shown(type) + " becomes char");
}

Multiplicity multiplicity_of(const XmlNode& param, const std::string& what, Draft& draft) {
    Multiplicity plain;
    if (param.attribute("required") != "true" && param.attribute("required") != "True")
        plain.least = 0;
    if (param.attribute("repeating") == "true") plain.most = std::nullopt;
    return read_multiplicity(said(param, "multiplicity"), plain, what, draft);
}

void add_options(const XmlNode& param, Parameter& parameter, Draft& draft) {
    std::vector<std::string> options;
    for (const auto& child : param.children)
        if (child.name == "option") options.push_back(line_of(child.attribute("value")));
    if (const auto choices = param.attribute("choices"); !choices.empty())
        for (const auto choice : split(choices, ','))
            options.push_back(line_of(choice));
    for (auto& option : options) {
        if (option.empty() || option.find('|') != std::string::npos)
            draft.note("parameter " + parameter.name + ": the option " + shown(option) +
                       " cannot be written");
        else
            parameter.options.push_back(std::move(option));
    }
}

void read_parameter(const XmlNode& param, Draft& draft) {
    Parameter parameter;
    parameter.name = param.attribute("name");
    set_type(parameter, param.attribute("type"), draft);
    if (parameter.type == Type::Char) set_arraysize(parameter, param.prefixed("arraysize"));
    for (const auto& [name, member] :
         {std::pair("xtype", &Parameter::xtype), std::pair("unit", &Parameter::unit),
          std::pair("ucd", &Parameter::ucd), std::pair("utype", &Parameter::utype),
          std::pair("min", &Parameter::min), std::pair("max", &Parameter::max)})
        if (const auto text = said(param, name); !text.empty()) parameter.*member = line_of(text);
    parameter.default_value = param.attribute("default");
    parameter.description = doc_of(param);
    parameter.multiplicity = multiplicity_of(param, "parameter " + parameter.name, draft);
    add_options(param, parameter, draft);
    draft.kind.parameters.push_back(std::move(parameter));
}

void read_input(const XmlNode& param, Draft& draft) {
    Input input;
    input.name = param.attribute("name");
    input.description = doc_of(param);
    input.multiplicity = multiplicity_of(param, "input " + input.name, draft);
    for (const auto word : split(said(param, "content_type"), ' '))
        if (!trim(word).empty()) input.content_types.emplace_back(trim(word));
    set_origins(input, param.prefixed("origin"));
    input.max_mb = parse_integer(param.prefixed("max_mb")).value_or(0);
    if (!param.attribute("default").empty())
        draft.note("input " + input.name + ": the default " + shown(param.attribute("default")) +
                   " is not kept; an input is always given");
    draft.kind.inputs.push_back(std::move(input));
}

void read_request(const XmlNode& request, Draft& draft) {
    // Of UWS, and no parameters of the kind.
    constexpr std::array<std::string_view, 6> kControls{
        "ACTION", "DESTRUCTION", "EXECUTIONDURATION", "PHASE", "RUNID", "WAIT"};
    for (const auto& child : request.children) {
        if (child.name == "representation") read_request(child, draft);
        if (child.name != "param" || child.attribute("name").empty()) continue;
        const auto name = child.attribute("name");
        const auto type = child.attribute("type");
        if (std::any_of(kControls.begin(), kControls.end(),
                        [&](std::string_view one) { return equal_fold(one, name); }))
            continue;
        if (type == "file" || type.ends_with("anyURI"))
            read_input(child, draft);
        else
            read_parameter(child, draft);
    }
}

void read_result(const XmlNode& option, Draft& draft) {
    Result result;
    result.id = option.attribute("value");
    result.description = doc_of(option);
    result.content_type =
        line_of(option.attribute("mediaType").empty() ? option.attribute("content_type")
                                                      : option.attribute("mediaType"));
    result.file = line_of(option.prefixed("file").empty() ? option.attribute("default")
                                                          : option.prefixed("file"));
    const bool glob = result.file.find_first_of("*?[") != std::string::npos;
    result.multiplicity = read_multiplicity(option.prefixed("multiplicity"),
                                            glob ? Multiplicity{1, std::nullopt} : Multiplicity{},
                                            "result " + result.id, draft);
    draft.kind.results.push_back(std::move(result));
}

}  // namespace

Draft draft_wadl(const XmlNode& root) {
    const auto* resource = root.find([](const XmlNode& node) {
        return node.name == "resource" && node.attribute("id") == "joblist";
    });
    if (resource == nullptr)
        resource = root.find([](const XmlNode& node) {
            return node.name == "resource" && post_of(node) != nullptr;
        });
    const auto* request = root.find([](const XmlNode& node) {
        return node.name == "request" && node.attribute("id") == "create_job_parameters";
    });
    if (resource != nullptr && request == nullptr)
        if (const auto* post = post_of(*resource)) request = post->child("request");
    if (resource == nullptr || request == nullptr)
        throw Error(Code::BadRequest,
                    "the WADL has no resource with a method POST whose request makes a job");
    Draft draft;
    const auto path = trim(resource->attribute("path"));
    draft.kind.name = path.substr(
        path.find_last_of('/') == std::string_view::npos ? 0 : path.find_last_of('/') + 1);
    const auto* description = root.find([](const XmlNode& node) {
        return node.name == "doc" && node.attribute("title") == "description";
    });
    draft.kind.description =
        description == nullptr ? doc_of(*resource) : line_of(description->text);
    for (const auto& row : text_rows())
        draft.kind.*row.member = line_of(resource->prefixed(row.key));
    for (const auto& [name, member] : {std::pair("doculink", &Kind::documentation),
                                       std::pair("contact_name", &Kind::contact_name),
                                       std::pair("contact_email", &Kind::contact_email)})
        if ((draft.kind.*member).empty()) draft.kind.*member = line_of(resource->attribute(name));
    if (const auto* duration = root.find([](const XmlNode& node) {
            return node.name == "param" && node.attribute("name") == "EXECUTIONDURATION";
        }))
        set_number(draft, "time_s", duration->attribute("default"), &Kind::time_s);
    for (const auto& row : number_rows())
        set_number(draft, std::string(row.key), resource->prefixed(row.key), row.member);
    read_request(*request, draft);
    if (const auto* results = root.find([](const XmlNode& node) {
            return node.name == "param" && node.attribute("name") == "result-id";
        }))
        for (const auto& child : results->children)
            if (child.name == "option") read_result(child, draft);
    return draft;
}

}  // namespace vo::jdl
