// SPDX-License-Identifier: Apache-2.0
// JSON: {"metadata": [...], "data": [[...], ...], "query_status": "OK"}, the shape that Gaia's and
// ESA's archives have made common.
//
// NULL, NaN and the infinities, which JSON has no numbers for, are null. Arrays are arrays. A
// document that ends before its last brace is broken; nothing else can tell a failure.
#include <array>
#include <cmath>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "doc/json_writer.h"
#include "table/cell.h"
#include "table/format.h"

namespace vo::table {

namespace {

constexpr std::size_t kFlushBytes = 65536;

void write_column(doc::JsonWriter& json, const Column& column) {
    json.open_object();
    json.key("name").value(column.name);
    json.key("datatype").value(datatype(column.type));
    const std::array<std::pair<std::string_view, std::string_view>, 7> optional{{
        {"arraysize", arraysize(column)},
        {"xtype", column.xtype},
        {"unit", column.unit},
        {"ucd", column.ucd},
        {"utype", column.utype},
        {"ref", column.frame},
        {"description", column.description},
    }};
    for (const auto& [key, value] : optional)
        if (!value.empty()) json.key(key).value(value);
    json.close();
}

void append_finite(std::string& out, double value) {
    if (std::isfinite(value))
        append_number(out, value);
    else
        out += "null";
}

// Not inlined: the registers of its loop would be saved for each number, too.
[[gnu::noinline]] void append_array(std::string& out, Type type, Cell cell);

void append_value(std::string& out, Type type, Cell cell) {
    if (cell.is_null()) {
        out += "null";
        return;
    }
    switch (type) {
        case Type::Bool: out += *cell.data != 0 ? "true" : "false"; return;
        case Type::Bit:
        case Type::Byte:
        case Type::Short:
        case Type::Int:
        case Type::Long: append_text(out, type, cell, append_json_escaped); return;
        case Type::Float:
            // As a float, for as a double it would show digits that it does not have.
            if (const auto value = load_big<float>(cell.data); std::isfinite(value))
                append_number(out, value);
            else
                out += "null";
            return;
        case Type::Double: append_finite(out, load_big<double>(cell.data)); return;
        case Type::Timestamp:
            if (!timestamp(cell)) {
                out += "null";
                return;
            }
            [[fallthrough]];
        case Type::Text:
        case Type::Unicode:
            out += '"';
            append_text(out, type, cell, append_json_escaped);
            out += '"';
            return;
        case Type::DoubleArray:
        case Type::FloatArray:
        case Type::IntArray:
        case Type::LongArray:
        case Type::BoolArray:
        case Type::BitArray:
        case Type::ByteArray:
        case Type::ShortArray:
        case Type::FloatComplex:
        case Type::DoubleComplex: append_array(out, type, cell); return;
    }
}

void append_array(std::string& out, Type type, Cell cell) {
    const auto element = *element_type(type);
    bool first = true;
    out += '[';
    for (const auto value : ArrayView(cell)) {
        if (!first) out += ',';
        first = false;
        append_value(out, element, value);
    }
    out += ']';
}

class JsonTable final : public Writer {
  public:
    JsonTable(Sink& sink, const Table& table) : sink_(sink), json_(sink) {
        json_.open_object().key("metadata").open_array();
        for (const auto& column : table.columns) {
            write_column(json_, column);
            types_.push_back(column.type);
        }
        json_.close().key("data").open_array();
        json_.hand_over();
    }

    void row(Row row) override {
        buffer_ += first_ ? "\n[" : ",\n[";
        first_ = false;
        for (std::size_t i = 0; i < types_.size(); ++i) {
            if (i > 0) buffer_ += ',';
            append_value(buffer_, types_[i], row[i]);
        }
        buffer_ += ']';
        if (buffer_.size() >= kFlushBytes) flush();
    }

    void end(const Outcome& outcome) override {
        if (outcome.status == Status::Failed)
            throw Error(Code::Internal, "JSON has no place for an error after its first byte");
        flush();
        json_.close();
        json_.key("query_status").value(outcome.status == Status::Ok ? "OK" : "OVERFLOW");
        if (!outcome.message.empty()) json_.key("message").value(outcome.message);
        json_.end();
    }

  private:
    void flush() {
        sink_.write(buffer_);
        buffer_.clear();
    }

    Sink& sink_;
    doc::JsonWriter json_;
    std::vector<Type> types_;
    std::string buffer_;
    bool first_ = true;
};

}  // namespace

std::unique_ptr<Writer> open_json(Sink& sink, const Table& table, const Scratch&) {
    return std::make_unique<JsonTable>(sink, table);
}

}  // namespace vo::table
