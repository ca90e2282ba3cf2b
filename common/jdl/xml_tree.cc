// SPDX-License-Identifier: Apache-2.0
// Events to nodes.
#include "jdl/xml_tree.h"

#include "base/scratch.h"
#include "base/text.h"
#include "doc/xml_reader.h"
#include "jdl/sheet.h"

namespace vo::jdl {

std::string_view XmlNode::attribute(std::string_view wanted) const {
    for (const auto& [key, value] : attributes)
        if (key == wanted) return value;
    return {};
}

std::string_view XmlNode::prefixed(std::string_view wanted) const {
    for (const auto& [key, value] : attributes) {
        const auto colon = key.find(':');
        if (colon != std::string::npos && std::string_view(key).substr(colon + 1) == wanted)
            return value;
    }
    return {};
}

const XmlNode* XmlNode::child(std::string_view element) const {
    for (const auto& one : children)
        if (one.name == element) return &one;
    return nullptr;
}

XmlNode read_xml_tree(std::string_view document) {
    constexpr std::size_t kMostNodes = 50'000;
    if (document.size() > kMostBytes)
        throw Error(Code::BadRequest,
                    "the document has more than " + std::to_string(kMostBytes) + " bytes");
    ScratchFile file("/var/tmp", "a description to import");
    file.append(document);
    doc::XmlReader xml(file.descriptor());
    XmlNode top;
    // Children of a node grow only while it is the last of the path, so that the others stay where
    // they are.
    std::vector<XmlNode*> path{&top};
    std::size_t count = 0;
    while (const auto* event = xml.next()) {
        auto& node = *path.back();
        switch (event->kind) {
            case doc::XmlEvent::Kind::Text: node.text += event->text; break;
            case doc::XmlEvent::Kind::End: path.pop_back(); break;
            case doc::XmlEvent::Kind::Start:
                if (++count > kMostNodes)
                    throw Error(Code::BadRequest,
                                "the document has more elements than any description",
                                event->place);
                auto& child = node.children.emplace_back();
                child.name = event->name;
                child.line = event->place.line;
                for (const auto& attribute : event->attributes)
                    child.attributes.emplace_back(attribute.name, attribute.value);
                path.push_back(&child);
        }
    }
    if (top.children.empty()) throw Error(Code::BadRequest, "the document has no element");
    XmlNode root = std::move(top.children.front());
    return root;
}

}  // namespace vo::jdl
