// SPDX-License-Identifier: Apache-2.0
// Rows as TABLEDATA, BINARY and BINARY2. PostgreSQL's wire is big-endian as they are, so numbers
// are copied, not decoded.
#include "table/votable_cells.h"

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "base/text.h"
#include "base/unicode.h"
#include "table/cell.h"

namespace vo::table {

namespace {

// VOTable 1.4 §6: eight in a byte, the first one highest.
void append_bits(std::string& out, const ArrayView& array) {
    std::size_t i = 0;
    for (const auto bit : array) {
        if (i % 8 == 0) out += '\0';
        if (!bit.is_null() && *bit.data != 0) out.back() |= static_cast<char>(0x80U >> (i % 8));
        ++i;
    }
}

// Not inlined: the registers of its loop would be saved for each number, too.
[[gnu::noinline]] void append_array(std::string& out, Type type, Cell cell, std::size_t length) {
    const auto element = *element_type(type);
    const ArrayView array(cell, length);
    if (length == 0) append_big(out, static_cast<std::int32_t>(array.size() / parts(type)));
    if (type == Type::BitArray) {
        append_bits(out, array);
        return;
    }
    for (const auto value : array)
        append_value(out, element, value, 1);
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

// UTF-16; nothing is cut between the halves of a pair.
void append_unicode(std::string& out, std::string_view text, std::size_t length) {
    const auto start = out.size();
    if (length == 0) append_big(out, std::int32_t{0});
    const auto first = out.size();
    const auto end = length == 0 ? std::string::npos : first + 2 * length;
    while (!text.empty()) {
        const auto before = out.size();
        append_utf16(out, take_utf8(text));
        if (out.size() <= end) continue;
        out.resize(before);
        break;
    }
    if (length == 0)
        store_big(out.data() + start, static_cast<std::int32_t>((out.size() - first) / 2));
    else
        out.resize(end);
}

// The least number of the type, as null_value() says it.
void append_null(std::string& out, Type type) {
    switch (type) {
        case Type::Short: append_big(out, std::numeric_limits<std::int16_t>::min()); return;
        case Type::Int: append_big(out, std::numeric_limits<std::int32_t>::min()); return;
        default: append_big(out, std::numeric_limits<std::int64_t>::min()); return;
    }
}

// What is written for an element that is NULL.
std::string_view element_null(Type type) {
    switch (type) {
        case Type::BoolArray: return "?";
        case Type::BitArray:
        case Type::ByteArray: return "0";
        default: return null_value(type).value_or("NaN");
    }
}

}  // namespace

std::optional<std::string_view> null_value(Type type) {
    switch (element_type(type).value_or(type)) {
        case Type::Short: return "-32768";
        case Type::Int: return "-2147483648";
        case Type::Long: return "-9223372036854775808";
        default: return {};
    }
}

Type with_null(Type type, Nulls nulls) {
    return type == Type::Byte && nulls == Nulls::Declared ? Type::Short : type;
}

void append_value(std::string& out, Type type, Cell cell, std::size_t length) {
    switch (type) {
        case Type::Bool: out += cell.is_null() ? '?' : (*cell.data != 0 ? 'T' : 'F'); return;
        case Type::Bit: out += !cell.is_null() && *cell.data != 0 ? '\x80' : '\0'; return;
        // The lower byte of an int2.
        case Type::Byte: out += cell.is_null() ? '\0' : cell.data[1]; return;
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
        case Type::Unicode: append_unicode(out, cell.bytes(), length); return;
        case Type::Timestamp: {
            std::string text;
            append_text(text, type, cell, append_xml_escaped);
            append_chars(out, text, length);
            return;
        }
        case Type::DoubleArray:
        case Type::FloatArray:
        case Type::IntArray:
        case Type::LongArray:
        case Type::BoolArray:
        case Type::BitArray:
        case Type::ByteArray:
        case Type::ShortArray:
        case Type::FloatComplex:
        case Type::DoubleComplex: append_array(out, type, cell, length); return;
    }
}

bool is_null(Type type, Cell cell) {
    return cell.is_null() || (type == Type::Timestamp && !timestamp(cell));
}

std::size_t fixed_length(const Column& column) {
    const auto size = arraysize(column);
    if (size.empty()) return parts(column.type);
    std::size_t elements = parts(column.type);
    for (const auto word : split(size, 'x')) {
        const auto length = parse_integer(word);
        if (!length || *length <= 0) return 0;
        elements *= static_cast<std::size_t>(*length);
    }
    return elements;
}

TabledataCells::TabledataCells(const std::vector<Column>& columns) {
    for (const auto& column : columns)
        fields_.push_back({column.type, element_type(column.type).has_value(),
                           element_null(column.type), fixed_length(column)});
}

void TabledataCells::append(std::string& out, Row row) const {
    out += "<TR>";
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        const auto& field = fields_[i];
        out += "<TD>";
        // Readers want all elements of an array of fixed length, also where it is null.
        if (field.array)
            append_array_text(out, field.type, row[i], field.null, field.length);
        else
            append_text(out, field.type, row[i], append_xml_escaped);
        out += "</TD>";
    }
    out += "</TR>\n";
}

BinaryCells::BinaryCells(const std::vector<Column>& columns, Nulls nulls) : nulls_(nulls) {
    for (const auto& column : columns)
        shapes_.push_back({with_null(column.type, nulls), fixed_length(column)});
}

void BinaryCells::append(std::string& out, Row row) const {
    const auto mask = out.size();
    const bool flags = nulls_ == Nulls::Elsewhere;
    if (flags) out.append((shapes_.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
        const auto [type, length] = shapes_[i];
        // Most significant bit first, set for null.
        if (flags && is_null(type, row[i]))
            out[mask + i / 8] |= static_cast<char>(0x80U >> (i % 8));
        append_value(out, type, row[i], length);
    }
}

}  // namespace vo::table
