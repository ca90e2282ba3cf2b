// SPDX-License-Identifier: Apache-2.0
// VOTable 1.4: the frame, and the two writers that fill it with rows.
#include "table/votable.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "base/text.h"
#include "table/frame.h"
#include "table/votable_cells.h"

namespace vo::table {

namespace {

constexpr std::size_t kFlushBytes = 65536;

void write_field(doc::XmlWriter& xml, const Column& column, Nulls nulls) {
    const auto type = with_null(column.type, nulls);
    xml.open("FIELD").attr("name", column.name).attr("datatype", datatype(type));
    const auto optional = [&xml](std::string_view name, std::string_view value) {
        if (!value.empty()) xml.attr(name, value);
    };
    // VOTable 1.3 Erratum 3: one is what there is without it.
    if (const auto size = arraysize(column); size != "1") optional("arraysize", size);
    optional("xtype", column.xtype);
    optional("unit", column.unit);
    optional("ucd", column.ucd);
    optional("utype", column.utype);
    if (find_frame(column.frame) != nullptr) optional("ref", column.frame);
    if (!column.description.empty()) xml.leaf("DESCRIPTION", column.description);
    // Elements of an array have no other null in any serialisation.
    const bool declared = nulls == Nulls::Declared || element_type(type);
    if (const auto value = null_value(type); declared && value)
        xml.open("VALUES").attr("null", *value).close();
    xml.close();
}

// The systems that the FIELDs refer to, each once; they have to stand before them.
void write_frames(doc::XmlWriter& xml, const Table& table) {
    for (const auto& frame : frames()) {
        const auto is_used = [&frame](const Column& column) { return column.frame == frame.key; };
        if (std::none_of(table.columns.begin(), table.columns.end(), is_used)) continue;
        xml.open(frame.system.empty() ? "TIMESYS" : "COOSYS").attr("ID", frame.key);
        if (!frame.system.empty()) xml.attr("system", frame.system);
        if (!frame.timescale.empty()) xml.attr("timescale", frame.timescale);
        if (!frame.refposition.empty()) xml.attr("refposition", frame.refposition);
        if (!frame.timeorigin.empty()) xml.attr("timeorigin", frame.timeorigin);
        xml.close();
    }
}

std::string_view word(Status status) {
    switch (status) {
        case Status::Ok: return "OK";
        case Status::Overflow: return "OVERFLOW";
        case Status::Failed: break;
    }
    return "ERROR";
}

// What both serialisations share: head, rows by way of one buffer, tail with the true outcome.
class VotableWriter : public Writer {
  public:
    VotableWriter(Sink& sink, const Table& table, Nulls nulls = Nulls::Elsewhere)
        : sink_(sink), xml_(sink, doc::XmlWriter::Layout::Indented) {
        open_resource(xml_);
        write_status(xml_, {});
        open_table(xml_, table, nulls);
        xml_.open("DATA");
    }

    void end(const Outcome& outcome) override {
        end_data();
        flush();
        while (xml_.depth() > kResourceDepth)
            xml_.close();
        // DALI 1.1 §5.4.3: the outcome after the table overrules the OK before it.
        if (outcome.status != Status::Ok) write_status(xml_, outcome);
        xml_.end();
    }

  protected:
    virtual void end_data() = 0;

    void flush() {
        sink_.write(buffer_);
        buffer_.clear();
    }

    void flush_if_full() {
        if (buffer_.size() >= kFlushBytes) flush();
    }

    static constexpr std::size_t kResourceDepth = 2;

    Sink& sink_;
    doc::XmlWriter xml_;
    std::string buffer_;
};

class TabledataWriter final : public VotableWriter {
  public:
    TabledataWriter(Sink& sink, const Table& table)
        : VotableWriter(sink, table), cells_(table.columns) {
        xml_.open("TABLEDATA");
        xml_.hand_over();
        buffer_ += '\n';
    }

    void row(Row row) override {
        cells_.append(buffer_, row);
        flush_if_full();
    }

  protected:
    void end_data() override {}

  private:
    TabledataCells cells_;
};

// BINARY (VOTable 1.4 §5.3) and BINARY2 differ in how nulls are told.
class BinaryWriter final : public VotableWriter {
  public:
    BinaryWriter(Sink& sink, const Table& table, Nulls nulls)
        : VotableWriter(sink, table, nulls), cells_(table.columns, nulls) {
        xml_.open(nulls == Nulls::Declared ? "BINARY" : "BINARY2");
        xml_.open("STREAM").attr("encoding", "base64");
        xml_.hand_over();
        buffer_ += '\n';
    }

    void row(Row row) override {
        cells_.append(raw_, row);
        if (raw_.size() >= kRawBytes) encode();
    }

  protected:
    void end_data() override {
        encode();
        base64_.finish(buffer_);
        buffer_ += '\n';
    }

  private:
    // A multiple of a base64 line, so that the encoder keeps nothing over.
    static constexpr std::size_t kRawBytes = 48 * 1024;

    void encode() {
        base64_.encode(raw_, buffer_);
        raw_.clear();
        flush_if_full();
    }

    BinaryCells cells_;
    Base64 base64_;
    std::string raw_;
};

}  // namespace

void open_resource(doc::XmlWriter& xml) {
    xml.open("VOTABLE")
        .attr("version", kVotableVersion)
        .attr("xmlns", "http://www.ivoa.net/xml/VOTable/v1.3")
        .attr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .attr(
            "xsi:schemaLocation",
            "http://www.ivoa.net/xml/VOTable/v1.3 http://www.ivoa.net/xml/VOTable/VOTable-1.4.xsd");
    xml.open("RESOURCE").attr("type", "results");
}

void write_info(doc::XmlWriter& xml, const Info& info) {
    xml.open("INFO").attr("name", info.name).attr("value", info.value);
    if (!info.text.empty()) xml.text(info.text);
    xml.close();
}

void write_status(doc::XmlWriter& xml, const Outcome& outcome) {
    write_info(xml, {"QUERY_STATUS", std::string(word(outcome.status)), outcome.message});
}

void open_table(doc::XmlWriter& xml, const Table& table, Nulls nulls) {
    for (const auto& info : table.infos)
        write_info(xml, info);
    write_frames(xml, table);
    xml.open("TABLE");
    if (!table.description.empty()) xml.leaf("DESCRIPTION", table.description);
    for (const auto& column : table.columns)
        write_field(xml, column, nulls);
}

std::unique_ptr<Writer> open_votable_binary(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<BinaryWriter>(sink, table, Nulls::Declared);
}

std::unique_ptr<Writer> open_votable_binary2(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<BinaryWriter>(sink, table, Nulls::Elsewhere);
}

std::unique_ptr<Writer> open_votable_tabledata(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<TabledataWriter>(sink, table);
}

}  // namespace vo::table
