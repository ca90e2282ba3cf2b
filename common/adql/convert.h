// SPDX-License-Identifier: Apache-2.0
// Units in ADQL; private to this folder: the functions that convert them, IN_UNIT (ADQL 2.1 §4.9)
// and gavo_specconv, and what unit, UCD and description a calculated value has. A unit that is not
// sure is left out: none is better than a wrong one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adql/ast.h"

namespace vo::adql {

class Emitter;

// BadQuery when the text is no unit, told with units that are.
void check_unit(const Token& text);

// Kind and metadata of a call of the Units family, and Call::conversion.
void check_conversion(Tree& tree, Expr& expr, Call& call);
void write_conversion(Emitter& emitter, const Call& call);

// Metadata of sums, products and calls of functions, when their operands have theirs. A warning is
// for what runs, but hardly as it was meant: degrees in SIN, TeV compared with eV.
void describe_sum(Expr& expr, const Chain& chain, std::vector<std::string>& warnings);
void describe_product(Tree& tree, Expr& expr, const Chain& chain);
void describe_result(Tree& tree, Expr& expr, const Call& call, std::vector<std::string>& warnings);
// One column holds the values of both: what each says of its size holds no longer.
void mix(Value& value, const Value& other);

// Of a column of a FULL join: no unit where the two differ.
void mix_joined(Value& value, const Value& other);

// The same columns of two operands of a set operator.
void compare_units(const Output& left, const Output& right, std::vector<std::string>& warnings);

void compare_units(const Expr& left, const Expr& right, std::vector<std::string>& warnings);

// "1 TeV" where a number in eV is needed: how that is written; empty when the text is no quantity.
[[nodiscard]] std::string quantity_hint(std::string_view text, const Expr& number);

}  // namespace vo::adql
