// SPDX-License-Identifier: Apache-2.0
// The functions of ADQL: one table that the parser, the checker, the emitter and VOSI capabilities
// read. To add a function of numbers or text is to add a row in functions.cc; how the geometry of a
// row is checked and written stands in geometry.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vo::adql {

enum class Family : std::uint8_t { Scalar, Aggregate, Geometry };

enum class Result : std::uint8_t {
    Argument,  // kind, unit and UCD of the first argument
    Common,    // the widest kind of all arguments; unit and UCD of the first
    Double,
    DoubleOf,  // Double with the unit and UCD of the first argument
    Long,
    Sum,  // Long for whole numbers, else Double; unit and UCD of the first argument
    Text,
    Geometry,  // geometry.cc knows
};

struct Function {
    std::string_view name;
    Family family;
    // A letter for each argument; '?' makes those after it optional, '*' repeats the last one.
    //   d  a number, taken as double precision     i  a whole number
    //   t  a text                                  o  what has an order: number, text, time
    //   v  any value, all of one kind              a  anything
    std::string_view arguments;
    Result result;
    // $1, $2 are the arguments, 0 for one left out; $* is all of them with commas between.
    // whole_sql, where there is one, is for whole numbers, which it takes as they are.
    std::string_view sql;
    std::string_view whole_sql;
    std::string_view unit;
    std::string_view ucd;
    // The TAPRegExt feature type that announces it; empty for what every ADQL service has, and for
    // what is not complete enough to be announced.
    std::string_view feature;
    std::string_view usage;
    std::string_view description;
    bool takes_frame = false;  // a coordinate system may stand before the arguments
};

[[nodiscard]] std::span<const Function> functions();

// nullptr when there is none; case does not matter.
[[nodiscard]] const Function* find_function(std::string_view name);

struct LanguageFeature {
    std::string_view type;
    std::string_view form;
    std::string_view description;
};

// The optional parts of ADQL 2.1 §4 that this service has, those of one type side by side.
[[nodiscard]] std::span<const LanguageFeature> language_features();

}  // namespace vo::adql
