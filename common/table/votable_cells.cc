// SPDX-License-Identifier: Apache-2.0
// Rows as TABLEDATA, BINARY and BINARY2. PostgreSQL's wire is big-endian as they are, so numbers
// are copied, not decoded.
#include "table/votable_cells.h"

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "base/text.h"
#include "table/cell.h"

namespace vo::table {

namespace {

void append_double_array(std::string& out, Cell cell, std::size_t length) {
    const auto array = cell.is_null() ? DoubleArrayView(Cell{"", 0}) : DoubleArrayView(cell);
    if (length == 0) append_big(out, static_cast<std::int32_t>(array.size()));
    const auto elements = length == 0 ? array.size() : length;
    for (std::size_t i = 0; i < elements; ++i)
        append_big(out, i < array.size() ? array[i] : std::numeric_limits<double>::quiet_NaN());
}

void append_chars(std::string& out, std::string_view text, std::size_t length) {
    if (length == 0) {
        append_big(out, static_cast<std::int32_t>(text.size()));
        out += text;
        return;
    }
    text = text.substr(0, length);
    // No character is cut in two.
    text = text.substr(0, std::min(text.size(), find_bad_utf8(text)));
    out += text;
    out.append(length - text.size(), '\0');
}

// The least number of the type, as null_value() says it.
void append_null(std::string& out, Type type) {
    switch (type) {
        case Type::Short: append_big(out, std::numeric_limits<std::int16_t>::min()); return;
        case Type::Int: append_big(out, std::numeric_limits<std::int32_t>::min()); return;
        default: append_big(out, std::numeric_limits<std::int64_t>::min()); return;
    }
}

}  // namespace

std::optional<std::string_view> null_value(Type type) {
    switch (type) {
        case Type::Short: return "-32768";
        case Type::Int: return "-2147483648";
        case Type::Long: return "-9223372036854775808";
        default: return {};
    }
}

void append_value(std::string& out, Type type, Cell cell, std::size_t length) {
    switch (type) {
        case Type::Bool: out += cell.is_null() ? '?' : (*cell.data != 0 ? 'T' : 'F'); return;
        case Type::Short:
        case Type::Int:
        case Type::Long:
            if (cell.is_null())
                append_null(out, type);
            else
                out += cell.bytes();
            return;
        case Type::Float:
            if (cell.is_null())
                append_big(out, std::numeric_limits<float>::quiet_NaN());
            else
                out += cell.bytes();
            return;
        case Type::Double:
            if (cell.is_null())
                append_big(out, std::numeric_limits<double>::quiet_NaN());
            else
                out += cell.bytes();
            return;
        case Type::Text: append_chars(out, cell.bytes(), length); return;
        case Type::Timestamp: {
            std::string text;
            append_text(text, type, cell, append_xml_escaped);
            append_chars(out, text, length);
            return;
        }
        case Type::DoubleArray: append_double_array(out, cell, length); return;
    }
}

bool is_null(Type type, Cell cell) {
    return cell.is_null() || (type == Type::Timestamp && !timestamp(cell));
}

std::size_t fixed_length(const Column& column) {
    if (column.arraysize.empty())
        return column.type == Type::Text || column.type == Type::Timestamp ? 0 : 1;
    if (column.arraysize.ends_with('*')) return 0;
    const auto length = parse_integer(column.arraysize);
    return length && *length > 0 ? static_cast<std::size_t>(*length) : 0;
}

TabledataCells::TabledataCells(const std::vector<Column>& columns) {
    for (const auto& column : columns) {
        types_.push_back(column.type);
        // Readers want all elements of an array of fixed length, also where it is null.
        nulls_.emplace_back();
        const auto length = column.type == Type::DoubleArray ? fixed_length(column) : 0;
        for (std::size_t i = 0; i < length; ++i)
            nulls_.back() += i == 0 ? "NaN" : " NaN";
    }
}

void TabledataCells::append(std::string& out, Row row) const {
    out += "<TR>";
    for (std::size_t i = 0; i < types_.size(); ++i) {
        out += "<TD>";
        if (row[i].is_null())
            out += nulls_[i];
        else
            append_text(out, types_[i], row[i], append_xml_escaped);
        out += "</TD>";
    }
    out += "</TR>\n";
}

BinaryCells::BinaryCells(const std::vector<Column>& columns, Nulls nulls) : nulls_(nulls) {
    for (const auto& column : columns)
        shapes_.push_back({column.type, fixed_length(column)});
}

void BinaryCells::append(std::string& out, Row row) const {
    const auto mask = out.size();
    const bool flags = nulls_ == Nulls::Elsewhere;
    if (flags) out.append((shapes_.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
        const auto [type, length] = shapes_[i];
        // Most significant bit first, set for null.
        if (flags && is_null(type, row[i])) out[mask + i / 8] |= static_cast<char>(0x80U >> (i % 8));
        append_value(out, type, row[i], length);
    }
}

}  // namespace vo::table
