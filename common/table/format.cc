// SPDX-License-Identifier: Apache-2.0
// The table of output formats and the choice among them.
#include "table/format.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace vo::table {

namespace {

using Names = std::string_view;

constexpr std::array<Names, 2> kBinary2Types{"application/x-votable+xml",
                                             "application/x-votable+xml;serialization=BINARY2"};
constexpr std::array<Names, 2> kBinary2Aliases{"votable", "votable/b2"};
constexpr std::array<Names, 1> kBinaryTypes{"application/x-votable+xml;serialization=BINARY"};
constexpr std::array<Names, 1> kBinaryAliases{"votable/b"};
// A browser that asks for text/xml shows TABLEDATA; BINARY2 would be noise there.
constexpr std::array<Names, 3> kTabledataTypes{"application/x-votable+xml;serialization=TABLEDATA",
                                               "text/xml", "application/xml"};
constexpr std::array<Names, 1> kTabledataAliases{"votable/td"};
constexpr std::array<Names, 2> kCsvTypes{"text/csv;header=present", "text/csv"};
constexpr std::array<Names, 1> kCsvAliases{"csv"};
constexpr std::array<Names, 1> kTsvTypes{"text/tab-separated-values"};
constexpr std::array<Names, 1> kTsvAliases{"tsv"};
constexpr std::array<Names, 2> kFitsTypes{"application/fits", "image/fits"};
constexpr std::array<Names, 1> kFitsAliases{"fits"};
constexpr std::array<Names, 1> kJsonTypes{"application/json"};
constexpr std::array<Names, 1> kJsonAliases{"json"};
constexpr std::array<Names, 1> kHtmlTypes{"text/html"};
constexpr std::array<Names, 1> kHtmlAliases{"html"};
// Where no charset is said, a browser takes text for that of its own language.
constexpr std::array<Names, 2> kTextTypes{"text/plain;charset=utf-8", "text/plain"};
constexpr std::array<Names, 2> kTextAliases{"text", "txt"};

constexpr auto kHtmlKey = "html";

constexpr std::array kFormats{
    Format{"votable", kBinary2Types, kBinary2Aliases, "vot", "VOTable, BINARY2",
           "ivo://ivoa.net/std/TAPRegExt#output-votable-binary2", ErrorForm::Votable, true,
           open_votable_binary2},
    Format{"votable/td", kTabledataTypes, kTabledataAliases, "vot", "VOTable, TABLEDATA",
           "ivo://ivoa.net/std/TAPRegExt#output-votable-td", ErrorForm::Votable, true,
           open_votable_tabledata},
    Format{"votable/b", kBinaryTypes, kBinaryAliases, "vot", "VOTable, BINARY",
           "ivo://ivoa.net/std/TAPRegExt#output-votable-binary", ErrorForm::Votable, true,
           open_votable_binary},
    Format{"fits", kFitsTypes, kFitsAliases, "fits", "FITS binary table", "", ErrorForm::Votable,
           false, open_fits},
    Format{"csv", kCsvTypes, kCsvAliases, "csv", "CSV", "", ErrorForm::Text, false, open_csv},
    Format{"tsv", kTsvTypes, kTsvAliases, "tsv", "TSV", "", ErrorForm::Text, false, open_tsv},
    Format{"json", kJsonTypes, kJsonAliases, "json", "JSON", "", ErrorForm::Json, false, open_json},
    Format{kHtmlKey, kHtmlTypes, kHtmlAliases, "html", "HTML page", "", ErrorForm::Html, true,
           open_html},
    Format{"text", kTextTypes, kTextAliases, "txt", "plain text, aligned", "", ErrorForm::Text,
           true, open_text},
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

// One element of an Accept header (RFC 9110 §12.5.1).
struct Wish {
    std::string type;  // in its normal form, parameters other than q included
    double quality = 1;
};

std::vector<Wish> read_accept(std::string_view accept) {
    constexpr std::size_t kMost = 50;
    std::vector<Wish> wishes;
    for (const auto element : split(accept, ',')) {
        if (wishes.size() == kMost) break;
        Wish wish;
        for (const auto part : split(element, ';')) {
            const auto word = normal_form(part);
            if (word.starts_with("q="))
                wish.quality = parse_double(word.substr(2)).value_or(0);
            else if (!word.empty())
                wish.type += (wish.type.empty() ? "" : ";") + word;
        }
        if (!wish.type.empty()) wishes.push_back(std::move(wish));
    }
    return wishes;
}

}  // namespace

std::span<const Format> formats() {
    return kFormats;
}

std::optional<Choice> find_format(std::string_view wanted) {
    constexpr std::string_view kCharset = ";charset=utf-8";
    const auto name = normal_form(trim(wanted));
    if (name.empty()) return Choice{&kFormats[0], std::string(kFormats[0].media_types[0])};
    for (const auto& format : kFormats) {
        for (const auto type : format.media_types)
            if (normal_form(type) == name) return Choice{&format, std::string(type)};
        for (const auto alias : format.aliases)
            if (alias == name) return Choice{&format, std::string(format.media_types[0])};
    }
    // All that we write is in UTF-8, whether the type says so or not.
    if (const auto at = name.find(kCharset); at != std::string::npos)
        return find_format(name.substr(0, at) + name.substr(at + kCharset.size()));
    return {};
}

Choice negotiate(std::string_view accept) {
    const auto wishes = read_accept(accept);
    // Java's own header asks for text/html first, whatever the program wants: only a browser, which
    // takes XHTML, too, is meant to see a page.
    const bool browser = std::any_of(wishes.begin(), wishes.end(), [](const Wish& wish) {
        return wish.type == "application/xhtml+xml";
    });
    Choice best = choose_format("");
    double quality = 0;
    for (const auto& wish : wishes) {
        // Written so that a NaN counts for nothing.
        if (!(wish.quality > quality)) continue;
        const bool any = wish.type == "*/*" || wish.type == "*" || wish.type == "application/*";
        // Short names are for RESPONSEFORMAT.
        if (!any && wish.type.find('/') == std::string::npos) continue;
        auto found = find_format(any ? "" : wish.type);
        if (!found || (found->format->key == kHtmlKey && !browser)) continue;
        best = *std::move(found);
        quality = wish.quality;
    }
    return best;
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
