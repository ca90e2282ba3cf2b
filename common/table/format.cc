// SPDX-License-Identifier: Apache-2.0
// The table of output formats and the choice among them.
#include "table/format.h"

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace vo::table {

namespace {

using Names = std::string_view;

constexpr std::array<Names, 2> kBinary2Types{"application/x-votable+xml",
                                             "application/x-votable+xml;serialization=BINARY2"};
constexpr std::array<Names, 2> kBinary2Aliases{"votable", "votable/b2"};
// A browser that asks for text/xml shows TABLEDATA; BINARY2 would be noise there.
constexpr std::array<Names, 3> kTabledataTypes{"application/x-votable+xml;serialization=TABLEDATA",
                                               "text/xml", "application/xml"};
constexpr std::array<Names, 1> kTabledataAliases{"votable/td"};
constexpr std::array<Names, 2> kCsvTypes{"text/csv;header=present", "text/csv"};
constexpr std::array<Names, 1> kCsvAliases{"csv"};
constexpr std::array<Names, 1> kTsvTypes{"text/tab-separated-values"};
constexpr std::array<Names, 1> kTsvAliases{"tsv"};

constexpr std::array kFormats{
    Format{"votable", kBinary2Types, kBinary2Aliases, "vot", "VOTable, BINARY2",
           "ivo://ivoa.net/std/TAPRegExt#output-votable-binary2", true, open_votable_binary2},
    Format{"votable/td", kTabledataTypes, kTabledataAliases, "vot", "VOTable, TABLEDATA",
           "ivo://ivoa.net/std/TAPRegExt#output-votable-td", true, open_votable_tabledata},
    Format{"csv", kCsvTypes, kCsvAliases, "csv", "CSV", "", false, open_csv},
    Format{"tsv", kTsvTypes, kTsvAliases, "tsv", "TSV", "", false, open_tsv},
};

// Case, blanks and quotes do not matter in a media type; a '+' that the client forgot to encode
// arrives as a blank.
std::string normal_form(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ' ' && text.substr(i + 1).starts_with("xml"))
            out += '+';
        else if (c != ' ' && c != '"' && c != '\t')
            out += ascii_lower(c);
    }
    return out;
}

}  // namespace

std::span<const Format> formats() {
    return kFormats;
}

std::optional<Choice> find_format(std::string_view wanted) {
    const auto name = normal_form(trim(wanted));
    if (name.empty()) return Choice{&kFormats[0], std::string(kFormats[0].media_types[0])};
    for (const auto& format : kFormats) {
        for (const auto type : format.media_types)
            if (normal_form(type) == name) return Choice{&format, std::string(type)};
        for (const auto alias : format.aliases)
            if (alias == name) return Choice{&format, std::string(format.media_types[0])};
    }
    return {};
}

Choice choose_format(std::string_view wanted) {
    if (auto found = find_format(wanted)) return *std::move(found);
    std::string known;
    for (const auto& format : kFormats) {
        if (!known.empty()) known += ", ";
        known += format.key;
    }
    throw Error(Code::BadRequest, "unknown RESPONSEFORMAT \"" + std::string(wanted) +
                                      "\"; this service writes " + known +
                                      " and their media types");
}

}  // namespace vo::table
