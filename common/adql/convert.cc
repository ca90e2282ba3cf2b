// SPDX-License-Identifier: Apache-2.0
// Conversion of units, and units of what is calculated.
#include "adql/convert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "adql/check.h"
#include "adql/emit.h"
#include "adql/functions.h"
#include "adql/geometry.h"
#include "adql/parser.h"
#include "adql/polygon.h"
#include "base/text.h"
#include "table/unit.h"

namespace vo::adql {

namespace {

using table::Unit;

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string name_of(const Expr& expr) {
    const auto* column = expr.as<ColumnRef>();
    if (column == nullptr) return "this value";
    const auto& id = column->binding.id;
    return quoted(column_name(*id.source, static_cast<std::size_t>(id.column)));
}

// SQL with $ for the value. A quotient by a whole number is exact where the product is not.
std::string times(double factor) {
    if (factor == 1) return "$";
    const double inverse = std::round(1 / factor);
    if (factor < 1 && inverse < 9e15 && std::abs(inverse * factor - 1) < 1e-15)
        return "($ / " + sql_number(inverse) + "::float8)";
    return "($ * " + sql_number(factor) + "::float8)";
}

// What light has: three quantities that tell each other. SI 2019.
constexpr double kPlanck = 6.62607015e-34;
constexpr double kLight = 299792458;

struct Spectral {
    std::string_view unit;
    std::string_view ucd;
};

constexpr std::array kSpectral{Spectral{"J", "em.energy"}, Spectral{"m", "em.wl"},
                               Spectral{"Hz", "em.freq"}};
constexpr std::size_t kEnergy = 0;
constexpr std::size_t kWavelength = 1;

struct SpectralUnit {
    std::size_t quantity;
    double factor;  // to SI
};

std::optional<SpectralUnit> find_spectral(const Unit& unit) {
    for (std::size_t i = 0; i < kSpectral.size(); ++i)
        if (const auto factor = unit.factor_to(*Unit::parse(kSpectral[i].unit)))
            return SpectralUnit{i, *factor};
    return {};
}

std::string convert_spectral(const SpectralUnit& from, const SpectralUnit& to) {
    if (from.quantity == to.quantity) return times(from.factor / to.factor);
    if (from.quantity != kWavelength && to.quantity != kWavelength)
        return times((from.quantity == kEnergy ? 1 / kPlanck : kPlanck) * from.factor / to.factor);
    const bool energy = from.quantity == kEnergy || to.quantity == kEnergy;
    const double product = (energy ? kPlanck * kLight : kLight) / (from.factor * to.factor);
    return '(' + sql_number(product) + "::float8 / NULLIF($, 0))";
}

Unit unit_of(const Expr& value, const Call& call) {
    if (value.value.unit.empty())
        refuse(std::string(call.function->name) + " cannot convert " + name_of(value) +
                   ", which has no unit",
               value.place);
    const auto unit = Unit::parse(value.value.unit);
    if (!unit)
        refuse(std::string(call.function->name) + " cannot convert " + name_of(value) +
                   ": its unit " + quoted(value.value.unit) + " is not one that VOUnits has",
               value.place);
    return *unit;
}

void take_over(Value& value, const Value& from) {
    value.ucd = from.ucd;
    value.frame = from.frame;
    value.origin = from.column != nullptr ? from.column : from.origin;
    value.mixed = from.mixed;
}

void check_in_unit(Tree& tree, Expr& expr, Call& call) {
    const auto& value = *call.args[0];
    const auto from = unit_of(value, call);
    const auto& token = *call.args[1]->as<Literal>()->token;
    const auto factor = from.factor_to(*Unit::parse(token.value));
    if (!factor)
        refuse(
            "IN_UNIT cannot convert " + name_of(value) + " from " + quoted(value.value.unit) +
                " to " + quoted(token.value) + ", which measures something else" +
                [&] {
                    const auto others = table::commensurable_units(value.value.unit);
                    return others.empty() ? others : "; it can be told in " + others;
                }(),
            call.args[1]->place);
    take_over(expr.value, value.value);
    expr.value.unit = trim(token.value);
    call.conversion = tree.keep(times(*factor));
}

void check_specconv(Tree& tree, Expr& expr, Call& call) {
    const auto& value = *call.args[0];
    const auto& target = *call.args.back()->as<Literal>()->token;
    const bool told = call.args.size() == 3;
    const auto source =
        told ? *Unit::parse(call.args[1]->as<Literal>()->token->value) : unit_of(value, call);
    const auto from = find_spectral(source);
    const auto to = find_spectral(*Unit::parse(target.value));
    const auto refuse_unit = [&](std::string_view unit, Place place) {
        refuse("gavo_specconv converts energies, wavelengths and frequencies, and " + quoted(unit) +
                   " is none of them",
               place);
    };
    if (!from)
        refuse_unit(
            told ? std::string_view(call.args[1]->as<Literal>()->token->value) : value.value.unit,
            told ? call.args[1]->place : value.place);
    if (!to) refuse_unit(target.value, call.args.back()->place);
    if (from->quantity == to->quantity)
        take_over(expr.value, value.value);
    else
        expr.value.ucd = kSpectral[to->quantity].ucd;
    expr.value.unit = trim(target.value);
    call.conversion = tree.keep(convert_spectral(*from, *to));
}

// The only operand that is no plain number, if there is just one.
const Expr* only_quantity(const Chain& chain) {
    const Expr* found = nullptr;
    for (const auto* operand : chain.operands) {
        if (operand->value.plain) continue;
        if (found != nullptr) return nullptr;
        found = operand;
    }
    return found;
}

bool all_plain(const Chain& chain) {
    return std::all_of(chain.operands.begin(), chain.operands.end(),
                       [](const Expr* operand) { return operand->value.plain; });
}

bool same_unit(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto left = Unit::parse(a);
    const auto right = Unit::parse(b);
    return left && right && *left == *right;
}

// Both can be told in one unit, but are not.
bool differ(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty() || a == b) return false;
    const auto from = Unit::parse(a);
    const auto to = Unit::parse(b);
    return from && to && *from != *to && from->factor_to(*to);
}

std::string mismatch(const Expr& left, const Expr& right) {
    const auto a = left.value.unit;
    const auto b = right.value.unit;
    if (!differ(a, b)) return {};
    return name_of(left) + " in " + std::string(a) + " with " + name_of(right) + " in " +
           std::string(b) + "; IN_UNIT(..., '" + std::string(a) + "') converts";
}

// The column whose arraysize and xtype the value has.
const table::Column* shape_of(const Value& value) {
    if (value.column != nullptr) return value.column;
    return value.shaped ? value.origin : nullptr;
}

bool same_shape(const Value& a, const Value& b) {
    const auto* left = shape_of(a);
    const auto* right = shape_of(b);
    if (a.fixed != b.fixed || a.length != b.length) return false;
    if (left == nullptr || right == nullptr) return left == right;
    return left->type == right->type && left->arraysize == right->arraysize &&
           left->xtype == right->xtype;
}

void describe_power(Tree& tree, Expr& expr, const Call& call) {
    const auto& base = call.args[0]->value;
    expr.value.plain = base.plain && (call.args.size() == 1 || call.args[1]->value.plain);
    if (base.unit.empty()) return;
    const auto unit = Unit::parse(base.unit);
    if (!unit) return;
    // SQRT, or POWER with an exponent that is a whole number or a half of one.
    const auto exponent = call.args.size() == 1 ? 0.5 : constant(*call.args[1]).value_or(NAN);
    const double twice = exponent * 2;
    if (!(std::abs(twice) <= 20) || twice != std::floor(twice)) return;
    if (const auto power = unit->power(static_cast<int>(twice), 2)) {
        const auto text = power->text();
        expr.value.plain = text.empty();
        expr.value.unit = tree.keep(text);
    }
}

void describe_common(Expr& expr, const Call& call) {
    const Value* first = nullptr;
    bool same = true;
    for (const auto* arg : call.args) {
        if (arg->value.plain) continue;  // a constant to fall back on has no unit of its own
        if (first == nullptr) first = &arg->value;
        same = same && same_unit(first->unit, arg->value.unit);
    }
    expr.value.plain = first == nullptr;
    if (first == nullptr) return;
    take_over(expr.value, *first);
    for (const auto* arg : call.args)
        if (!arg->value.plain && !same_shape(*first, arg->value)) expr.value.mixed = true;
    expr.value.shaped = expr.value.origin != nullptr && expr.value.kind == first->kind;
    if (same) expr.value.unit = first->unit;
}

}  // namespace

// FUNCTIONS -------------------------------------------------------------------------------------

void check_unit(const Token& text) {
    const auto unit = trim(text.value);
    if (unit.empty()) refuse("an empty unit converts nothing", text.place);
    if (const auto known = Unit::parse(unit); !known || known->is_plain_number())
        refuse(describe(text) +
                   " is not a unit that VOUnits has; units are written such as 'TeV', 'arcsec', "
                   "'cm**-2.s**-1'",
               text.place);
}

void check_conversion(Tree& tree, Expr& expr, Call& call) {
    auto& value = *call.args[0];
    adopt(value, ValueKind::Double);
    if (!is_number(value.value.kind))
        refuse(std::string(call.function->name) + " needs a number, but " + describe(value) +
                   " stands here",
               value.place);
    expr.value.kind = ValueKind::Double;
    if (call.function->name == "IN_UNIT")
        check_in_unit(tree, expr, call);
    else
        check_specconv(tree, expr, call);
}

void write_conversion(Emitter& emitter, const Call& call) {
    auto value = emitter.text(*call.args[0]);
    if (call.args[0]->value.kind != ValueKind::Double) value += "::float8";
    for (const char c : call.conversion) {
        if (c == '$')
            emitter.out() += value;
        else
            emitter.out() += c;
    }
}

// METADATA --------------------------------------------------------------------------------------

void describe_sum(Expr& expr, const Chain& chain, std::vector<std::string>& warnings) {
    auto& value = expr.value;
    value.plain = all_plain(chain);
    if (const auto* only = only_quantity(chain)) {
        value.unit = only->value.unit;
        const auto i = static_cast<std::size_t>(
            std::find(chain.operands.begin(), chain.operands.end(), only) - chain.operands.begin());
        if (i == 0 || chain.signs[i - 1] == '+') take_over(value, only->value);
        return;
    }
    const Expr* first = nullptr;
    for (const auto* operand : chain.operands) {
        if (operand->value.plain) continue;
        if (first == nullptr) {
            first = operand;
            value.unit = operand->value.unit;
        } else if (!same_unit(first->value.unit, operand->value.unit)) {
            value.unit = {};
            if (const auto words = mismatch(*first, *operand); !words.empty())
                warnings.push_back("this query adds " + words);
        }
    }
}

void describe_product(Tree& tree, Expr& expr, const Chain& chain) {
    auto& value = expr.value;
    value.plain = all_plain(chain);
    if (value.plain) return;
    const auto* only = only_quantity(chain);
    if (only != nullptr && (only == chain.operands[0] ||
                            chain.signs[static_cast<std::size_t>(
                                std::find(chain.operands.begin(), chain.operands.end(), only) -
                                chain.operands.begin() - 1)] == '*')) {
        take_over(value, only->value);
        value.unit = only->value.unit;
        value.frame = {};  // twice a date is none
        return;
    }
    std::optional<Unit> product;
    bool inverse = false;  // a plain number stands before the first unit: 1 / s
    for (std::size_t i = 0; i < chain.operands.size(); ++i) {
        const auto& operand = chain.operands[i]->value;
        if (operand.plain) continue;
        const auto unit = Unit::parse(operand.unit);
        if (!unit) return;
        const bool divides = i > 0 && chain.signs[i - 1] == '/';
        if (!product) {
            inverse = divides;
            product = inverse ? unit->power(-1, 1) : unit;
        } else {
            product = divides ? *product / *unit : *product * *unit;
        }
        if (!product) return;
    }
    const auto text = product->text();
    if (text == "unknown") return;  // beyond reason
    value.plain = text.empty();
    value.unit = tree.keep(text);
}

void describe_result(Tree& tree, Expr& expr, const Call& call, std::vector<std::string>& warnings) {
    const auto& function = *call.function;
    auto& value = expr.value;
    value.unit = function.unit;
    value.ucd = function.ucd;
    const Value none;
    const auto& first = call.args.empty() ? none : call.args[0]->value;
    switch (function.result) {
        case Result::Int:
        case Result::Long: value.plain = true; return;
        case Result::Double:
            value.plain = value.unit.empty();
            if (value.plain && function.takes_angle && same_unit(first.unit, "deg"))
                warnings.push_back(std::string(function.name) + " takes radians, and " +
                                   name_of(*call.args[0]) + " is in degrees; write " +
                                   std::string(function.name) + "(RADIANS(...))");
            return;
        case Result::Power: describe_power(tree, expr, call); return;
        case Result::Common: describe_common(expr, call); return;
        case Result::Argument:
            take_over(value, first);
            value.shaped = value.origin != nullptr && (first.column != nullptr || first.shaped);
            break;
        case Result::DoubleOf:
        case Result::Sum: value.ucd = first.ucd; break;
        default: return;
    }
    value.plain = first.plain;
    value.unit = first.unit;
}

void mix(Value& value, const Value& other) {
    value.mixed = value.mixed || other.mixed || !same_shape(value, other);
    value.fixed = value.fixed && !value.mixed;
    value.plain = value.plain && other.plain;
}

void mix_joined(Value& value, const Value& other) {
    mix(value, other);
    if (!same_unit(value.unit, other.unit)) value.unit = {};
}

void compare_units(const Output& left, const Output& right, std::vector<std::string>& warnings) {
    const std::string a(left.value.unit);
    const std::string b(right.value.unit);
    if (differ(a, b))
        warnings.push_back("the column " + quoted(left.name) + " holds values in " + a +
                           " and, from after the set operator, values in " + b +
                           "; IN_UNIT(..., '" + a + "') converts");
}

void compare_units(const Expr& left, const Expr& right, std::vector<std::string>& warnings) {
    if (const auto words = mismatch(left, right); !words.empty())
        warnings.push_back("this query compares " + words);
}

std::string quantity_hint(std::string_view text, const Expr& number) {
    text = trim(text);
    std::size_t end = 0;
    while (end < text.size() && std::string_view("0123456789.eE+-").find(text[end]) != text.npos)
        ++end;
    // "1e3 eV", "1eV": the exponent's letter may be the unit's.
    for (; end > 0; --end) {
        const auto value = parse_double(text.substr(0, end));
        const auto unit = Unit::parse(trim(text.substr(end)));
        if (!value || !unit || unit->is_plain_number()) continue;
        if (number.value.unit.empty()) return {};
        const auto own = Unit::parse(number.value.unit);
        const auto factor = own ? unit->factor_to(*own) : std::nullopt;
        if (!factor)
            return "; " + name_of(number) + " is in " + std::string(number.value.unit) +
                   ", not in " + std::string(trim(text.substr(end)));
        return "; " + name_of(number) + " is in " + std::string(number.value.unit) + ", so write " +
               number_text(*value * *factor);
    }
    return {};
}

}  // namespace vo::adql
