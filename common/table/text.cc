// SPDX-License-Identifier: Apache-2.0
// Plain text in columns, for a terminal. The first rows decide how wide they are; what is longer
// later stands out.
#include <algorithm>

#include "base/text.h"
#include "table/cell.h"
#include "table/format.h"

namespace vo::table {

namespace {

constexpr std::size_t kFlushBytes = 65536;
constexpr std::size_t kMeasuredRows = 200;
constexpr std::size_t kWidest = 60;

// Line ends and tabs would break the columns, and a terminal obeys other control characters, those
// from U+0080 to U+009F included: each becomes a blank.
void append_one_line(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool high = byte == 0xC2 && next >= 0x80 && next < 0xA0;
        out += byte < 0x20 || byte == 0x7F || high ? ' ' : text[i];
        if (high) ++i;
    }
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

class TextTable final : public Writer {
  public:
    TextTable(Sink& sink, const Table& table) : sink_(sink), columns_(table.columns) {
        for (const auto& column : columns_)
            widths_.push_back(characters(title(column)));
    }

    void row(Row row) override {
        ++rows_;
        if (begun_)
            return append_line([&](std::size_t i) {
                append_text(buffer_, columns_[i].type, row[i], append_one_line);
            });
        std::vector<std::string> cells(columns_.size());
        for (std::size_t i = 0; i < columns_.size(); ++i)
            append_text(cells[i], columns_[i].type, row[i], append_one_line);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths_[i] = std::max(widths_[i], std::min(kWidest, characters(cells[i])));
            measured_bytes_ += cells[i].size();
        }
        measured_.push_back(std::move(cells));
        if (measured_.size() == kMeasuredRows || measured_bytes_ > kFlushBytes) begin();
    }

    void end(const Outcome& outcome) override {
        begin();
        buffer_ += "\n" + std::to_string(rows_) + (rows_ == 1 ? " row" : " rows") + "\n";
        if (outcome.status == Status::Overflow) buffer_ += "OVERFLOW " + outcome.message + "\n";
        if (outcome.status == Status::Failed) buffer_ += "ERROR " + outcome.message + "\n";
        flush();
    }

  private:
    static std::string title(const Column& column) {
        std::string line;
        append_one_line(line,
                        column.unit.empty() ? column.name : column.name + " [" + column.unit + "]");
        return line;
    }

    void begin() {
        if (begun_) return;
        begun_ = true;
        append_line([this](std::size_t i) { buffer_ += title(columns_[i]); });
        append_line([this](std::size_t i) { buffer_.append(widths_[i], '-'); });
        for (const auto& cells : measured_)
            append_line([&](std::size_t i) { buffer_ += cells[i]; });
        measured_.clear();
    }

    // append(i) writes the cell; numbers go to the right, all else to the left.
    template <typename Append>
    void append_line(const Append& append) {
        const auto line = buffer_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0) buffer_ += "  ";
            const auto start = buffer_.size();
            append(i);
            const auto width = characters(std::string_view(buffer_).substr(start));
            if (width >= widths_[i]) continue;
            const auto type = columns_[i].type;
            const bool right = type >= Type::Short && type <= Type::Double;
            buffer_.insert(right ? start : buffer_.size(), widths_[i] - width, ' ');
        }
        while (buffer_.size() > line && buffer_.back() == ' ')
            buffer_.pop_back();
        buffer_ += '\n';
        if (buffer_.size() >= kFlushBytes) flush();
    }

    void flush() {
        sink_.write(buffer_);
        buffer_.clear();
    }

    Sink& sink_;
    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    std::vector<std::vector<std::string>> measured_;
    std::size_t measured_bytes_ = 0;
    std::string buffer_;
    std::int64_t rows_ = 0;
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<Writer> open_text(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<TextTable>(sink, table);
}

}  // namespace vo::table
