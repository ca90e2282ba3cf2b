// SPDX-License-Identifier: Apache-2.0
// Descriptions of kinds as others read them: the VOTable of OPUS, JSON, WADL; and from the first
// and the last of them back to a description file.
//
// Nothing served tells how a kind is run: command, environment, folder and script stay on the site.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sink.h"
#include "jdl/kind.h"

namespace vo::jdl {

enum class Form { VOTable, Json, Wadl };

// `kind_url` is the absolute address of the kind's job list.
void write_jdl(Sink& sink, Form form, const Kind& kind, const std::string& kind_url);
[[nodiscard]] std::string_view content_type(Form form);

// What an administrator says about a document that is imported; all may be empty.
struct ImportWishes {
    std::string name;     // of the kind; else the document's, made legal
    std::string command;  // instead of the script, or where there is none
};

struct Imported {
    std::string name;
    std::string text;  // of NAME.job
    // Of a file beside it, where the document has a script and nobody wished for a command.
    std::string script_name;
    std::string script;
    std::vector<std::string> notes;  // what could not be kept, and what to look at
};

// From OPUS's VOTable or from WADL. BadRequest for what is neither, or describes no job. The
// outcome is to be read by parse_kind, which alone says whether it is right.
[[nodiscard]] Imported import_jdl(std::string_view document, const ImportWishes& wishes);

}  // namespace vo::jdl
