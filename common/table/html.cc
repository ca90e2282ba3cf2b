// SPDX-License-Identifier: Apache-2.0
// A page with the table, for people: units and descriptions in the head, addresses as links.
#include <algorithm>

#include "base/text.h"
#include "doc/page.h"
#include "table/cell.h"
#include "table/format.h"

namespace vo::table {

namespace {

constexpr std::size_t kFlushBytes = 65536;

bool is_number(Type type) {
    return type == Type::Short || type == Type::Int || type == Type::Long || type == Type::Float ||
           type == Type::Double;
}

bool is_address(std::string_view text) {
    const auto is_plain = [](char c) { return c > ' ' && c < '\x7f'; };
    return (text.starts_with("https://") || text.starts_with("http://")) &&
           std::all_of(text.begin(), text.end(), is_plain);
}

void append_link(std::string& out, std::string_view address) {
    out += "<a rel=\"noopener noreferrer\" href=\"";
    append_xml_escaped(out, address);
    out += "\">";
    append_xml_escaped(out, address);
    out += "</a>";
}

// Numbers to the right: said once for each column, not in each cell.
std::string number_style(const Table& table) {
    std::string style;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (!is_number(table.columns[i].type)) continue;
        style += style.empty() ? "" : ",";
        style += "td:nth-child(" + std::to_string(i + 1) + ")";
    }
    return style.empty() ? style : style + "{text-align:right;font-variant-numeric:tabular-nums}";
}

class HtmlTable final : public Writer {
  public:
    HtmlTable(Sink& sink, const Table& table)
        : sink_(sink), xml_(sink, doc::XmlWriter::Layout::Html) {
        doc::open_page(xml_, "Query result", number_style(table));
        for (const auto& info : table.infos)
            if (info.name == "QUERY") xml_.leaf("pre", info.value);
        xml_.open("table");
        xml_.open("thead").open("tr");
        for (const auto& column : table.columns) {
            types_.push_back(column.type);
            xml_.open("th").attr("scope", "col");
            if (!column.description.empty()) xml_.attr("title", column.description);
            xml_.text(std::string_view(column.name));
            if (!column.unit.empty()) xml_.leaf("small", column.unit);
            xml_.close();
        }
        xml_.close().close().open("tbody");
        xml_.hand_over();
    }

    void row(Row row) override {
        buffer_ += "\n<tr>";
        for (std::size_t i = 0; i < types_.size(); ++i) {
            buffer_ += "<td>";
            if (types_[i] == Type::Text && is_address(row[i].bytes()))
                append_link(buffer_, row[i].bytes());
            else
                append_text(buffer_, types_[i], row[i], append_xml_escaped);
            buffer_ += "</td>";
        }
        buffer_ += "</tr>";
        ++rows_;
        if (buffer_.size() >= kFlushBytes) flush();
    }

    void end(const Outcome& outcome) override {
        buffer_ += '\n';
        flush();
        xml_.close().close();
        const bool failed = outcome.status == Status::Failed;
        std::string words = std::to_string(rows_) + (rows_ == 1 ? " row" : " rows");
        if (failed) words += ", then an error: " + outcome.message;
        if (outcome.status == Status::Overflow) words += " of more: " + outcome.message;
        xml_.open("p").attr("class", failed ? "error" : "note").text(std::string_view(words));
        xml_.end();
    }

  private:
    void flush() {
        sink_.write(buffer_);
        buffer_.clear();
    }

    Sink& sink_;
    doc::XmlWriter xml_;
    std::vector<Type> types_;
    std::string buffer_;
    std::int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<Writer> open_html(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<HtmlTable>(sink, table);
}

}  // namespace vo::table
