// SPDX-License-Identifier: Apache-2.0
// The functions of ADQL, those of the IVOA's catalogue of user defined functions 1.2 among them:
// one table that the parser, the checker, the emitter and VOSI capabilities read. To add a function
// of numbers, texts or points is to add a row in functions.cc, and its body in
// sql/define/012_udf.sql if PostgreSQL lacks it; how other geometries are checked and written
// stands in geometry.cc, and what converts units in convert.cc.
//
// Rows of one name stand side by side and are told apart by the number of their arguments.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vo::adql {

enum class Family : std::uint8_t { Scalar, Aggregate, Geometry, Units };

enum class Result : std::uint8_t {
    Argument,  // kind, unit and UCD of the first argument
    Common,    // the widest kind of all arguments; unit and UCD of the first
    Double,    // a number without unit, if the row has none
    DoubleOf,  // Double with the unit and UCD of the first argument
    Power,     // Double with a power of the unit of the first argument
    Int,
    Long,
    Ints,  // an array of whole numbers
    Sum,   // Long for whole numbers, else Double; unit and UCD of the first argument
    Text,
    Point,
    Special,  // geometry.cc or convert.cc knows
};

struct Function {
    std::string_view name;
    Family family;
    // A letter for each argument; '?' makes those after it optional, '*' repeats the last one.
    //   d  a number, taken as double precision     i  a whole number of 32 bits, b of 64
    //   n  a number as it is
    //   t  a text                                  l  a text that is a constant
    //   p  a point                                 m  a time
    //   o  what has an order: number, text, time   v  any value, all of one kind
    //   a  anything
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
    // How it is called; of a user defined function its signature, ADQL 2.1 §4.3.2.
    std::string_view usage;
    std::string_view description;
    bool takes_frame = false;  // a coordinate system may stand before the arguments
    bool takes_angle = false;  // in radians
};

[[nodiscard]] std::span<const Function> functions();

// The first row of that name, nullptr when there is none; case does not matter.
[[nodiscard]] const Function* find_function(std::string_view name);

// Of the rows of one name that which takes so many arguments, else the first.
[[nodiscard]] const Function& choose_overload(const Function& first, std::size_t count);

// The least and the most arguments that the row takes; kNoLimit where the last one repeats.
inline constexpr std::size_t kNoLimit = SIZE_MAX;

struct ArgumentCount {
    std::size_t least;
    std::size_t most;
};

[[nodiscard]] ArgumentCount argument_count(const Function& function);

// Functions that somebody says a service has, by their signatures: name(arg TYPE, ...) -> TYPE.
class Declarations {
  public:
    // BadRequest, with what is wrong and where, when it is no signature.
    void add(std::string_view signature);

    // nullptr when there is none of that name.
    [[nodiscard]] const Function* find(std::string_view name) const;

  private:
    std::deque<std::string> texts_;
    std::deque<Function> functions_;
};

struct LanguageFeature {
    std::string_view type;
    std::string_view form;
    std::string_view description;
};

// The optional parts of ADQL 2.1 §4 that this service has, those of one type side by side.
[[nodiscard]] std::span<const LanguageFeature> language_features();

}  // namespace vo::adql
