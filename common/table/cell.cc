// SPDX-License-Identifier: Apache-2.0
// From PostgreSQL's wire form to numbers and text.
#include "table/cell.h"

#include <array>
#include <cstdint>
#include <limits>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vo::table {

namespace {

struct TypeRow {
    Type type;
    std::string_view datatype;
    unsigned oid;  // pg_type.dat: fixed for ever
};

constexpr std::array kTypes{
    TypeRow{Type::Bool, "boolean", 16},
    TypeRow{Type::Short, "short", 21},
    TypeRow{Type::Int, "int", 23},
    TypeRow{Type::Long, "long", 20},
    TypeRow{Type::Float, "float", 700},
    TypeRow{Type::Double, "double", 701},
    TypeRow{Type::Text, "char", 25},
    TypeRow{Type::Timestamp, "char", 1114},
    TypeRow{Type::DoubleArray, "double", 1022},
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

}  // namespace

std::string_view datatype(Type type) {
    return kTypes[static_cast<std::size_t>(type)].datatype;
}

unsigned wire_oid(Type type) {
    return kTypes[static_cast<std::size_t>(type)].oid;
}

std::optional<Micros> timestamp(Cell cell) {
    const auto value = load_big<std::int64_t>(cell.data);
    if (value == std::numeric_limits<std::int64_t>::max() ||
        value == std::numeric_limits<std::int64_t>::min())
        return {};
    return value + kPostgresEpoch;
}

DoubleArrayView::DoubleArrayView(Cell cell) {
    // int32 dimensions, int32 has-null, int32 element type, then length and lower bound of each
    // dimension, then int32 length and bytes of each element.
    constexpr std::size_t kHeader = 12;
    constexpr std::size_t kDimension = 8;
    const auto bytes = cell.bytes();
    if (bytes.size() < kHeader) return;
    const auto dimensions = load_big<std::int32_t>(bytes.data());
    uniform_ = load_big<std::int32_t>(bytes.data() + 4) == 0;
    if (dimensions == 0) return;
    if (dimensions != 1 || bytes.size() < kHeader + kDimension)
        throw Error(Code::Internal, "an array of more than one dimension has no VOTable form here");
    size_ = static_cast<std::size_t>(load_big<std::int32_t>(bytes.data() + kHeader));
    elements_ = bytes.substr(kHeader + kDimension);
}

double DoubleArrayView::operator[](std::size_t index) const {
    constexpr std::size_t kElement = 12;
    if (uniform_) return load_big<double>(elements_.data() + index * kElement + 4);
    std::size_t at = 0;
    for (std::size_t i = 0; i < index; ++i)
        at += load_big<std::int32_t>(elements_.data() + at) < 0 ? 4 : kElement;
    if (load_big<std::int32_t>(elements_.data() + at) < 0)
        return std::numeric_limits<double>::quiet_NaN();
    return load_big<double>(elements_.data() + at + 4);
}

void append_text(std::string& out, Type type, Cell cell, Escape escape) {
    if (cell.is_null()) return;
    switch (type) {
        case Type::Bool: out += *cell.data != 0 ? 'T' : 'F'; return;
        case Type::Short:
            append_number(out, std::int64_t{load_big<std::int16_t>(cell.data)});
            return;
        case Type::Int: append_number(out, std::int64_t{load_big<std::int32_t>(cell.data)}); return;
        case Type::Long: append_number(out, load_big<std::int64_t>(cell.data)); return;
        case Type::Float: append_number(out, load_big<float>(cell.data)); return;
        case Type::Double: append_number(out, load_big<double>(cell.data)); return;
        case Type::Text: escape(out, cell.bytes()); return;
        case Type::Timestamp:
            if (const auto t = timestamp(cell)) append_timestamp(out, *t);
            return;
        case Type::DoubleArray: {
            const DoubleArrayView array(cell);
            for (std::size_t i = 0; i < array.size(); ++i) {
                if (i > 0) out += ' ';
                append_number(out, array[i]);
            }
        }
    }
}

}  // namespace vo::table
