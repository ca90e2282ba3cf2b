// SPDX-License-Identifier: Apache-2.0
// One function for each form of document.h, and what they have in common with the readers of these
// forms.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/sink.h"
#include "jdl/kind.h"

namespace vo::jdl {

void write_json(Sink& sink, const Kind& kind, const std::string& kind_url);
void write_votable(Sink& sink, const Kind& kind, const std::string& kind_url);
void write_wadl(Sink& sink, const Kind& kind, const std::string& kind_url);

// The numbers of a kind: as a description calls them, as a PARAM of the VOTable.
struct NumberRow {
    std::string_view key;
    std::string_view param;
    std::string_view unit;
    std::string_view utype;
    std::int64_t Kind::*member;
};

[[nodiscard]] std::span<const NumberRow> number_rows();

// Its texts likewise, `name` and `description` left out: they are attribute and DESCRIPTION.
struct TextRow {
    std::string_view key;
    std::string_view param;
    std::string_view utype;
    std::string Kind::*member;
    // A reader of OPUS expects it, empty or not.
    bool always;
};

[[nodiscard]] std::span<const TextRow> text_rows();

// Of VOTable and of XML Schema.
struct TypeRow {
    Type type;
    std::string_view xsd;
};

[[nodiscard]] std::span<const TypeRow> type_rows();

// Words with blanks between.
[[nodiscard]] std::string origin_text(const Input& input);

// WADL has no place for what VOTable's PARAM has; attributes in this namespace say it.
inline constexpr std::string_view kAttributes = "urn:vogate:jdl";

}  // namespace vo::jdl
