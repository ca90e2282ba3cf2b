// SPDX-License-Identifier: Apache-2.0
// From PostgreSQL's wire form to numbers and text.
#include "table/cell.h"

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vo::table {

namespace {

struct TypeRow {
    Type type;
    std::string_view datatype;
    unsigned oid;  // pg_type.dat: fixed for ever
    std::string_view sql;
    std::optional<Type> element = {};
};

constexpr std::array kTypes{
    TypeRow{Type::Bool, "boolean", 16, "boolean"},
    TypeRow{Type::Short, "short", 21, "int2"},
    TypeRow{Type::Int, "int", 23, "int4"},
    TypeRow{Type::Long, "long", 20, "int8"},
    TypeRow{Type::Float, "float", 700, "float4"},
    TypeRow{Type::Double, "double", 701, "float8"},
    TypeRow{Type::Text, "char", 25, "text"},
    TypeRow{Type::Timestamp, "char", 1114, "timestamp"},
    TypeRow{Type::DoubleArray, "double", 1022, "float8[]", Type::Double},
    TypeRow{Type::FloatArray, "float", 1021, "float4[]", Type::Float},
    TypeRow{Type::IntArray, "int", 1007, "int4[]", Type::Int},
    TypeRow{Type::LongArray, "long", 1016, "int8[]", Type::Long},
    TypeRow{Type::Bit, "bit", 16, "boolean"},
    TypeRow{Type::Byte, "unsignedByte", 21, "int2"},
    TypeRow{Type::Unicode, "unicodeChar", 25, "text"},
    TypeRow{Type::BoolArray, "boolean", 1000, "boolean[]", Type::Bool},
    TypeRow{Type::BitArray, "bit", 1000, "boolean[]", Type::Bit},
    TypeRow{Type::ByteArray, "unsignedByte", 1005, "int2[]", Type::Byte},
    TypeRow{Type::ShortArray, "short", 1005, "int2[]", Type::Short},
    TypeRow{Type::FloatComplex, "floatComplex", 1021, "float4[]", Type::Float},
    TypeRow{Type::DoubleComplex, "doubleComplex", 1022, "float8[]", Type::Double},
};

static_assert(
    [] {
        for (std::size_t i = 0; i < kTypes.size(); ++i)
            if (static_cast<std::size_t>(kTypes[i].type) != i) return false;
        return true;
    }(),
    "rows stand in the order of enum Type");

// PostgreSQL counts from 2000-01-01.
constexpr Micros kPostgresEpoch = 946'684'800'000'000;
// 0001-01-01 and 10000-01-01, as PostgreSQL counts.
constexpr std::int64_t kFirstYear = -63'082'281'600'000'000;
constexpr std::int64_t kNoYear = 252'455'616'000'000'000;

constexpr std::string_view kNoNumber = "NaN";

}  // namespace

std::string_view datatype(Type type) {
    return kTypes[static_cast<std::size_t>(type)].datatype;
}

std::string_view arraysize(const Column& column) {
    const bool any = column.type == Type::Text || column.type == Type::Unicode ||
                     column.type == Type::Timestamp ||
                     (element_type(column.type) && parts(column.type) == 1);
    return any && column.arraysize.empty() ? "*" : std::string_view(column.arraysize);
}

std::optional<Type> element_type(Type type) {
    return kTypes[static_cast<std::size_t>(type)].element;
}

std::size_t parts(Type type) {
    return type == Type::FloatComplex || type == Type::DoubleComplex ? 2 : 1;
}

unsigned wire_oid(Type type) {
    return kTypes[static_cast<std::size_t>(type)].oid;
}

std::string_view sql_type(Type type) {
    return kTypes[static_cast<std::size_t>(type)].sql;
}

std::optional<Micros> timestamp(Cell cell) {
    const auto value = load_big<std::int64_t>(cell.data);
    if (value < kFirstYear || value >= kNoYear) return {};
    return value + kPostgresEpoch;
}

ArrayView::ArrayView(Cell cell, std::size_t length) : size_(length) {
    // int32 dimensions, int32 has-null, int32 element type, then length and lower bound of each
    // dimension, then the elements.
    constexpr std::size_t kHeader = 12;
    constexpr std::size_t kDimension = 8;
    const auto bytes = cell.bytes();
    if (bytes.size() < kHeader) return;
    const auto dimensions = load_big<std::int32_t>(bytes.data());
    if (dimensions == 0) return;
    if (dimensions != 1 || bytes.size() < kHeader + kDimension)
        throw Error(Code::Internal, "an array of more than one dimension has no VOTable form here");
    const auto size = static_cast<std::size_t>(load_big<std::int32_t>(bytes.data() + kHeader));
    if (length != 0 && size > length)
        throw Error(Code::Internal, "an array is longer than the arraysize of its column")
            .with_detail(std::to_string(size) + " elements, declared " + std::to_string(length));
    if (length == 0) size_ = size;
    elements_ = bytes.substr(kHeader + kDimension);
}

void append_text(std::string& out, Type type, Cell cell, Escape escape) {
    if (cell.is_null()) return;
    switch (type) {
        case Type::Bool: out += *cell.data != 0 ? 'T' : 'F'; return;
        case Type::Bit: out += *cell.data != 0 ? '1' : '0'; return;
        case Type::Byte:
        case Type::Short:
            append_number(out, std::int64_t{load_big<std::int16_t>(cell.data)});
            return;
        case Type::Int: append_number(out, std::int64_t{load_big<std::int32_t>(cell.data)}); return;
        case Type::Long: append_number(out, load_big<std::int64_t>(cell.data)); return;
        case Type::Float: append_number(out, load_big<float>(cell.data)); return;
        case Type::Double: append_number(out, load_big<double>(cell.data)); return;
        case Type::Text:
        case Type::Unicode: escape(out, cell.bytes()); return;
        case Type::Timestamp:
            if (const auto t = timestamp(cell)) append_timestamp(out, *t);
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
        case Type::DoubleComplex:
            append_array_text(out, type, cell, type == Type::BoolArray ? "?" : kNoNumber, 0);
            return;
    }
}

// Not inlined: the registers of its loop would be saved for each number, too.
[[gnu::noinline]] void append_array_text(
    std::string& out, Type type, Cell cell, std::string_view null, std::size_t length) {
    const auto element = *element_type(type);
    bool first = true;
    for (const auto value : ArrayView(cell, length)) {
        if (!first) out += ' ';
        first = false;
        if (value.is_null())
            out += null;
        else
            append_text(out, element, value, append_xml_escaped);
    }
}

}  // namespace vo::table
