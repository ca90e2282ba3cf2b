// SPDX-License-Identifier: Apache-2.0
// A small XML document as a whole: descriptions refer to parts of themselves before and behind.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vo::jdl {

struct XmlNode {
    std::string name;  // without prefix
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string text;  // of its own
    std::vector<XmlNode> children;
    int line = 0;

    // Empty where there is none.
    [[nodiscard]] std::string_view attribute(std::string_view wanted) const;
    // One with a prefix, whichever.
    [[nodiscard]] std::string_view prefixed(std::string_view wanted) const;
    // nullptr where there is none.
    [[nodiscard]] const XmlNode* child(std::string_view element) const;

    // The first in document order for which it holds, this one included; nullptr where there is
    // none.
    template <typename Test>
    [[nodiscard]] const XmlNode* find(const Test& test) const {
        if (test(*this)) return this;
        for (const auto& one : children)
            if (const auto* found = one.find(test)) return found;
        return nullptr;
    }
};

// BadRequest for what is no XML, or more than a description has.
[[nodiscard]] XmlNode read_xml_tree(std::string_view document);

}  // namespace vo::jdl
