// SPDX-License-Identifier: Apache-2.0
// Arithmetic with units and their canonical text.
#include "table/unit.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "table/unit_symbols.h"

namespace vo::table {

namespace {

// Two ways to one unit may differ by rounding; no two units differ by so little.
constexpr long double kSameSize = 1e-12L;

// A little less than a double holds: the text of a number writes it as percent.
bool is_in_range(long double value) {
    return value >= 1e-300L && value <= 1e300L;
}

bool is_one(long double value) {
    return std::abs(value - 1) < kSameSize;
}

long double power_of(long double base, std::int64_t numerator, std::int64_t denominator) {
    const auto common = std::gcd(numerator, denominator);
    numerator /= common;
    denominator /= common;
    if (base == 1) return 1;
    if (denominator > 2)
        return std::pow(
            base, static_cast<long double>(numerator) / static_cast<long double>(denominator));
    if (denominator == 2) base = std::sqrt(base);
    // Unlike pow this is quick, and exact for what is exact.
    long double result = 1;
    for (auto rest = std::abs(numerator); rest != 0; rest /= 2) {
        if (rest % 2 != 0) result *= base;
        base *= base;
    }
    if (numerator > 0) return result;
    return 1 / std::max(result, std::numeric_limits<long double>::min());
}

// A power of ten as FITS would have it, else a decimal number.
void append_number(std::string& out, long double number) {
    const auto tens = std::lround(std::log10(number));
    if (is_one(number / power_of(10, tens, 1))) {
        if (tens == 0) return;
        out += "10";
        if (tens == 1) return;
        out += "**";
        out += std::to_string(tens);
        return;
    }
    std::array<char, 32> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<double>(number));
    out.append(digits.data(), end.ptr);
}

}  // namespace

// At the end of an operation: what leaves the range on the way, as in u**12.Ps**3, may come back.
void Unit::check_range() {
    if (!is_in_range(scale_) || !is_in_range(number_)) known_ = false;
}

void Unit::multiply(long double factor) {
    scale_ *= factor;
    number_ *= factor;
}

void Unit::multiply(const Term& term) {
    if (!known_ || term.exponent == 0) return;
    scale_ *= power_of(symbol_at(term.symbol).scale * prefix_at(term.prefix).factor, term.exponent,
                       kWhole);
    auto* const end = terms_.data() + count_;
    auto* const found = std::find_if(terms_.data(), end, [&](const Term& other) {
        return other.prefix == term.prefix && is_same_symbol(other.symbol, term.symbol);
    });
    if (found == end) {
        if (count_ == kMaxTerms)
            known_ = false;
        else
            terms_[count_++] = term;
        return;
    }
    found->exponent += term.exponent;
    if (std::abs(found->exponent) > kMaxExponent) known_ = false;
    if (!known_) return;
    if (found->exponent == 0) {
        std::copy(found + 1, end, found);
        --count_;
    }
}

void Unit::multiply(const Unit& other, int sign) {
    known_ = known_ && other.known_;
    if (!known_) return;
    multiply(power_of(other.number_, sign, 1));
    for (std::size_t i = 0; i < other.count_ && known_; ++i) {
        auto term = other.terms_[i];
        term.exponent *= sign;
        multiply(term);
    }
}

void Unit::raise(std::int64_t numerator, std::int64_t denominator) {
    for (std::size_t i = 0; i < count_; ++i) {
        const auto exponent = terms_[i].exponent * numerator;
        if (exponent % denominator != 0 || std::abs(exponent / denominator) > kMaxExponent) {
            known_ = false;
            return;
        }
        terms_[i].exponent = static_cast<std::int32_t>(exponent / denominator);
    }
    if (numerator == 0) count_ = 0;
    scale_ = power_of(scale_, numerator, denominator);
    number_ = power_of(number_, numerator, denominator);
}

Unit::Dimensions Unit::dimensions() const {
    static_assert(std::tuple_size_v<Dimensions> == kBases);
    Dimensions sum{};
    for (std::size_t i = 0; i < count_; ++i) {
        const auto& exponents = symbol_at(terms_[i].symbol).exponents;
        for (std::size_t base = 0; base < kBases; ++base)
            sum[base] += std::int64_t{terms_[i].exponent} * exponents[base];
    }
    return sum;
}

std::optional<double> Unit::factor_to(const Unit& other) const {
    if (!known_ || !other.known_ || dimensions() != other.dimensions()) return {};
    const auto factor = scale_ / other.scale_;
    if (!is_in_range(factor)) return {};
    return static_cast<double>(factor);
}

Unit Unit::operator*(const Unit& other) const {
    auto product = *this;
    product.multiply(other, 1);
    product.check_range();
    return product;
}

Unit Unit::operator/(const Unit& other) const {
    auto quotient = *this;
    quotient.multiply(other, -1);
    quotient.check_range();
    return quotient;
}

std::optional<Unit> Unit::power(int numerator, int denominator) const {
    if (!known_ || denominator == 0) return {};
    const auto sign = denominator < 0 ? -1 : 1;
    auto power = *this;
    power.raise(std::int64_t{numerator} * sign, std::int64_t{denominator} * sign);
    power.check_range();
    if (!power.known_) return {};
    return power;
}

bool Unit::is_plain_number() const {
    return known_ && dimensions() == Dimensions{};
}

std::string Unit::text() const {
    if (!known_) return "unknown";
    if (is_one(scale_) && is_plain_number()) return {};
    std::string out;
    if (count_ == 0) {
        // VOUnits knows no number that stands alone, but the percent.
        append_number(out, number_ * 100);
        return out + '%';
    }
    append_number(out, number_);
    for (std::size_t i = 0; i < count_; ++i) {
        const auto& term = terms_[i];
        if (i != 0) out += '.';
        out += prefix_at(term.prefix).text;
        out += symbol_at(term.symbol).text;
        if (term.exponent == kWhole) continue;
        const auto common = std::gcd(term.exponent, kWhole);
        out += common == kWhole ? "**" : "**(";
        out += std::to_string(term.exponent / common);
        if (common == kWhole) continue;
        out += '/';
        out += std::to_string(kWhole / common);
        out += ')';
    }
    return out;
}

bool Unit::operator==(const Unit& other) const {
    return known_ && other.known_ && dimensions() == other.dimensions() &&
           is_one(scale_ / other.scale_);
}

}  // namespace vo::table
