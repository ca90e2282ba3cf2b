// SPDX-License-Identifier: Apache-2.0
// What a table is: columns with their VOTable metadata. Everything that is published, queried or
// written is described by these structs; its rows are spans of cells (base/cell.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vo::table {

// The types that leave the house; each has one PostgreSQL wire form and one VOTable datatype.
//     type         PostgreSQL    VOTable datatype
//     Bool         bool          boolean
//     Short        int2          short
//     Int          int4          int
//     Long         int8          long
//     Float        float4        float
//     Double       float8        double
//     Text         text          char, arraysize "*" (or as declared)
//     Timestamp    timestamp     char, arraysize "*", xtype "timestamp" (DALI 1.1 §3.3.3)
//     DoubleArray  float8[]      double, arraysize "2", "3" or "*"; xtype point, circle, polygon
//     FloatArray   float4[]      float, arraysize "*" or a number
//     IntArray     int4[]        int, likewise
//     LongArray    int8[]        long, likewise
//     Bit          bool          bit
//     Byte         int2          unsignedByte
//     Unicode      text          unicodeChar, arraysize "*" (or as declared, in characters)
//     BoolArray    bool[]        boolean, arraysize "*" or a number
//     BitArray     bool[]        bit, likewise
//     ByteArray    int2[]        unsignedByte, likewise
//     ShortArray   int2[]        short, likewise
//     FloatComplex   float4[]    floatComplex; the wire has two numbers for each
//     DoubleComplex  float8[]    doubleComplex, likewise
// Arrays have one dimension on the wire, whatever the arraysize says. What is NULL in them: cell.h.
enum class Type {
    Bool,
    Short,
    Int,
    Long,
    Float,
    Double,
    Text,
    Timestamp,
    DoubleArray,
    FloatArray,
    IntArray,
    LongArray,
    Bit,
    Byte,
    Unicode,
    BoolArray,
    BitArray,
    ByteArray,
    ShortArray,
    FloatComplex,
    DoubleComplex
};

// One FIELD. Empty strings mean "not given". Units are VOUnits, UCDs are UCD1+.
struct Column {
    std::string name;
    Type type = Type::Text;
    std::string arraysize;
    std::string xtype;
    std::string unit;
    std::string ucd;
    std::string utype;
    std::string description;
    // The coordinate or time system of the values: a key of frame.h; empty where none is known.
    std::string frame;
};

// An INFO of the result: DALI 1.1 §5.4.3.
struct Info {
    std::string name;
    std::string value;
    std::string text;
};

struct Table {
    std::vector<Column> columns;
    std::vector<Info> infos;
    std::string description;
};

// VOTable's word for the type: "double", "char"...
[[nodiscard]] std::string_view datatype(Type type);

// The column's own, or "*" where a text or an array has none: without one it would be a single
// character or number, as complex numbers may be.
[[nodiscard]] std::string_view arraysize(const Column& column);

// The type of an array's elements on the wire; none for a type that is no array.
[[nodiscard]] std::optional<Type> element_type(Type type);

// Elements on the wire for one of those that arraysize counts: 2 for complex numbers.
[[nodiscard]] std::size_t parts(Type type);

}  // namespace vo::table
