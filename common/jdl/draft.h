// SPDX-License-Identifier: Apache-2.0
// What an imported document says, before it is made legal: the parts of a kind with its own names,
// and its script.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jdl/kind.h"
#include "jdl/xml_tree.h"

namespace vo::jdl {

struct Draft {
    Kind kind;
    std::string script;
    std::vector<std::string> notes;

    // For the administrator's terminal: no control characters.
    void note(const std::string& text);
};

[[nodiscard]] Draft draft_votable(const XmlNode& root);
[[nodiscard]] Draft draft_wadl(const XmlNode& root);

// In one line, with single blanks and no control characters.
[[nodiscard]] std::string one_line(std::string_view text);

// The same, but blanks between words stay where there was one line already.
[[nodiscard]] std::string line_of(std::string_view text);

// "", "*" and "0..1" as others write them; `otherwise`, with a note, for what cannot be read.
[[nodiscard]] Multiplicity read_multiplicity(std::string_view text,
                                             const Multiplicity& otherwise,
                                             const std::string& of,
                                             Draft& draft);

void set_number(Draft& draft,
                const std::string& key,
                std::string_view text,
                std::int64_t Kind::*member);
void set_arraysize(Parameter& parameter, std::string_view text);
void set_origins(Input& input, std::string_view text);

// A parameter that a result or an input is named after is no parameter here; its default, if it was
// one.
[[nodiscard]] std::optional<Parameter> take_parameter(Kind& kind, std::string_view name);

// The script with what sets its variables before it; `names` are those of values, `files` those of
// results with their files. BadRequest when a name is one that the shell has for itself.
[[nodiscard]] std::string make_script(const std::vector<std::string>& names,
                                      const std::vector<std::pair<std::string, std::string>>& files,
                                      std::string_view script);

// What an administrator should look at in it; empty when nothing.
[[nodiscard]] std::vector<std::string> find_script_notes(std::string_view script);

}  // namespace vo::jdl
