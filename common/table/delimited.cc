// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180) and TSV (IANA text/tab-separated-values), each with a header line.
#include "base/error.h"
#include "base/text.h"
#include "table/cell.h"
#include "table/format.h"

namespace vo::table {

namespace {

constexpr std::size_t kFlushBytes = 65536;

struct Dialect {
    char separator;
    std::string_view line_end;
    Escape escape;
    std::string_view lonely_null;  // in a table of one column
};

// Readers skip empty lines: a null that is alone in its row would take the row with it. TSV has no
// other way to write it.
constexpr Dialect kCsv{',', "\r\n", append_csv_escaped, "\"\""};
constexpr Dialect kTsv{'\t', "\n", append_tsv_escaped, ""};

class Delimited final : public Writer {
  public:
    Delimited(Sink& sink, const Table& table, const Dialect& dialect)
        : sink_(sink), dialect_(dialect) {
        for (const auto& column : table.columns) {
            if (!types_.empty()) buffer_ += dialect_.separator;
            dialect_.escape(buffer_, column.name);
            types_.push_back(column.type);
        }
        buffer_ += dialect_.line_end;
    }

    void row(Row row) override {
        const auto start = buffer_.size();
        for (std::size_t i = 0; i < types_.size(); ++i) {
            if (i > 0) buffer_ += dialect_.separator;
            append_text(buffer_, types_[i], row[i], dialect_.escape);
        }
        if (buffer_.size() == start) buffer_ += dialect_.lonely_null;
        buffer_ += dialect_.line_end;
        if (buffer_.size() >= kFlushBytes) flush();
    }

    void end(const Outcome& outcome) override {
        if (outcome.status == Status::Failed)
            throw Error(Code::Internal, "a text table has no place for an error after its header");
        flush();
    }

  private:
    void flush() {
        sink_.write(buffer_);
        buffer_.clear();
    }

    Sink& sink_;
    Dialect dialect_;
    std::vector<Type> types_;
    std::string buffer_;
};

}  // namespace

std::unique_ptr<Writer> open_csv(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<Delimited>(sink, table, kCsv);
}

std::unique_ptr<Writer> open_tsv(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<Delimited>(sink, table, kTsv);
}

}  // namespace vo::table
