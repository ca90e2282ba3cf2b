// SPDX-License-Identifier: Apache-2.0
// The elements before the rows: VOTable 1.4 §3 and §4; those of other versions differ in what is
// not read here.
#include "table/votable_header.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "table/frame.h"

namespace vo::table {

namespace {

constexpr std::size_t kTextBytes = 100'000;
// Names, descriptions and the like of all FIELDs and systems: they are held while the rows come.
constexpr std::size_t kHeldBytes = 4'000'000;

// COOSYS of versions before 1.4 say eq_FK5 where newer ones say FK5.
std::string frame_of_coosys(const doc::XmlEvent& event) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSystems{{
        {"ICRS", "ICRS"},
        {"FK5", "FK5"},
        {"eq_FK5", "FK5"},
        {"GALACTIC", "GALACTIC"},
        {"galactic", "GALACTIC"},
    }};
    const auto& equinox = event.attribute("equinox");
    for (const auto& [system, key] : kSystems)
        if (system == event.attribute("system") &&
            (key != "FK5" || equinox.empty() || equinox == "J2000" || equinox == "2000"))
            return std::string(key);
    return {};
}

std::string frame_of_timesys(const doc::XmlEvent& event) {
    for (const auto& frame : frames())
        if (!frame.timescale.empty() && frame.timescale == event.attribute("timescale") &&
            frame.refposition == event.attribute("refposition") &&
            (frame.timeorigin == event.attribute("timeorigin") ||
             (frame.timeorigin == "MJD-origin" && event.attribute("timeorigin") == "2400000.5")))
            return std::string(frame.key);
    return {};
}

class HeaderReader {
  public:
    HeaderReader(doc::XmlReader& xml, std::size_t max_columns)
        : xml_(xml), max_columns_(max_columns) {}

    VotableHeader read() {
        const auto* root = xml_.next();
        if (root == nullptr || !root->is_start("VOTABLE"))
            throw Error(Code::BadRequest, "The document is no VOTable: it begins with <" +
                                              (root == nullptr ? "" : root->name) +
                                              "> and not with <VOTABLE>.");
        while (const auto* event = xml_.next()) {
            if (event->is_start("TABLE")) {
                read_table();
                return std::move(header_);
            }
            read_outside(*event);
        }
        throw Error(Code::BadRequest, "The VOTable has no TABLE in it.");
    }

  private:
    // The text, counted as one of those that are held.
    const std::string& hold(const std::string& text) {
        constexpr std::size_t kEach = 32;
        held_ += text.size() + kEach;
        if (held_ > kHeldBytes)
            throw Error(Code::TooLarge, "The header of the VOTable has more than " +
                                            std::to_string(kHeldBytes) +
                                            " bytes of names and descriptions.");
        return text;
    }

    void read_outside(const doc::XmlEvent& event) {
        if (event.is_start("COOSYS")) frames_[hold(event.attribute("ID"))] = frame_of_coosys(event);
        if (event.is_start("TIMESYS"))
            frames_[hold(event.attribute("ID"))] = frame_of_timesys(event);
        if (event.is_start("INFO") && event.attribute("name") == "QUERY_STATUS" &&
            event.attribute("value") == "ERROR")
            throw Error(Code::BadRequest,
                        "The VOTable is no table but an error of the service it came from: " +
                            std::string(trim(xml_.text(kTextBytes))));
    }

    void read_table() {
        while (const auto* event = xml_.next()) {
            if (event->is_end("TABLE")) break;
            read_outside(*event);
            if (event->is_start("DESCRIPTION")) {
                header_.table.description = std::string(trim(xml_.text(kTextBytes)));
            } else if (event->is_start("FIELD")) {
                read_field(*event);
            } else if (event->is_start("DATA")) {
                if (header_.fields.empty())
                    throw Error(Code::BadRequest, "The TABLE has no FIELD.", event->place);
                read_data();
                break;
            } else if (event->is_start("GROUP") || event->is_start("PARAM")) {
                xml_.skip();
            }
        }
        if (header_.fields.empty())
            throw Error(Code::BadRequest, "The TABLE of the VOTable has no FIELD.");
    }

    void read_field(const doc::XmlEvent& event) {
        Column column;
        column.name = hold(event.attribute("name"));
        if (column.name.empty()) column.name = hold(event.attribute("ID"));
        column.arraysize = hold(event.attribute("arraysize"));
        column.xtype = hold(event.attribute("xtype"));
        column.unit = trim(hold(event.attribute("unit")));
        column.ucd = trim(hold(event.attribute("ucd")));
        column.utype = trim(hold(event.attribute("utype")));
        if (const auto found = frames_.find(event.attribute("ref")); found != frames_.end())
            column.frame = found->second;
        const auto place = event.place;
        const auto datatype = event.attribute("datatype");
        std::string null;
        while (const auto* inner = xml_.next()) {
            if (inner->is_end("FIELD")) break;
            if (inner->is_start("DESCRIPTION")) {
                column.description = std::string(trim(hold(xml_.text(kTextBytes))));
            } else if (inner->is_start("VALUES")) {
                // VALUES of type "actual" tell of the rows; the null is the same.
                if (null.empty()) null = inner->attribute("null");
                xml_.skip();
            } else if (inner->kind == doc::XmlEvent::Kind::Start) {
                xml_.skip();
            }
        }
        if (header_.fields.size() == max_columns_)
            throw Error(Code::TooLarge, "The table has more than " + std::to_string(max_columns_) +
                                            " columns, which is the most that is taken.");
        try {
            header_.fields.emplace_back(column, datatype, null,
                                        static_cast<int>(header_.fields.size()) + 1);
        } catch (const Error& error) {
            throw Error(error.code(), error.what(), place);
        }
        header_.table.columns.push_back(header_.fields.back().column());
    }

    void read_data() {
        constexpr std::array<std::pair<std::string_view, VotableHeader::Data>, 4> kForms{{
            {"TABLEDATA", VotableHeader::Data::Tabledata},
            {"BINARY", VotableHeader::Data::Binary},
            {"BINARY2", VotableHeader::Data::Binary2},
            {"FITS", VotableHeader::Data::Fits},
        }};
        while (const auto* event = xml_.next()) {
            if (event->is_end("DATA")) return;
            if (event->kind != doc::XmlEvent::Kind::Start) continue;
            const auto found = std::find_if(kForms.begin(), kForms.end(), [&](const auto& form) {
                return form.first == event->name;
            });
            if (found == kForms.end())
                throw Error(Code::BadRequest,
                            "<" + event->name +
                                "> in DATA, where TABLEDATA, BINARY, BINARY2 or FITS can be.",
                            event->place);
            header_.data = found->second;
            if (header_.data == VotableHeader::Data::Tabledata) return;
            const auto extension = event->attribute("extnum");
            if (header_.data == VotableHeader::Data::Fits && !extension.empty() && extension != "1")
                throw Error(Code::BadRequest,
                            "The FITS of the VOTable has its table in extension " + extension +
                                "; the first one is read.",
                            event->place);
            find_stream();
            return;
        }
    }

    void find_stream() {
        while (const auto* event = xml_.next()) {
            if (event->kind == doc::XmlEvent::Kind::Text) continue;
            if (!event->is_start("STREAM"))
                throw Error(Code::BadRequest, "There is no STREAM in the DATA.", event->place);
            if (!event->attribute("href").empty())
                throw Error(
                    Code::BadRequest,
                    "The rows are in another file, which the STREAM names by its href. It is "
                    "not fetched: write the table with its rows inside.",
                    event->place);
            const auto& encoding = event->attribute("encoding");
            if (!encoding.empty() && encoding != "base64" && encoding != "none")
                throw Error(Code::BadRequest,
                            "The encoding of the STREAM, \"" + encoding + "\", is not base64.",
                            event->place);
            return;
        }
    }

    doc::XmlReader& xml_;
    std::size_t max_columns_;
    VotableHeader header_;
    std::map<std::string, std::string> frames_;
    std::size_t held_ = 0;
};

}  // namespace

VotableHeader read_votable_header(doc::XmlReader& xml, std::size_t max_columns) {
    return HeaderReader(xml, max_columns).read();
}

}  // namespace vo::table
