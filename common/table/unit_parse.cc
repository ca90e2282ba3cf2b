// SPDX-License-Identifier: Apache-2.0
// Reading the text of a unit: the grammar of VOUnits 1.1, and what FITS, OGIP and CDS write.
//
//     text    = [number] [product]                     a bare number only if it is 1
//     product = ["/"] factor { ("." | "*" | blanks) factor } { "/" factor }
//     factor  = (symbol | "sqrt(" text ")" | "(" text ")" | "1") [power]
//     power   = ("**" | "^") exponent | integer | "(" exponent ")"
//
// After a division only divisions may follow: FITS reads "J/m s" as J/(m s), OGIP as (J/m) s, and
// VOUnits forbids it. Logarithms and quoted, that is, private symbols are no unit that converts.
#include "table/unit.h"
#include "table/unit_symbols.h"

namespace vo::table {

namespace {

constexpr std::size_t kMaxLength = 100;
constexpr int kMaxNumber = 9999;  // of an exponent's parts: more than any result may have

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

class Unit::Parser {
  public:
    explicit Parser(std::string_view given) : text_(given) {}

    std::optional<Unit> parse() {
        Unit unit;
        if (!read_text(unit) || at_ != text_.size()) return {};
        unit.check_range();
        if (!unit.known_) return {};
        return unit;
    }

  private:
    // The character so far ahead; NUL, which no unit has, past the end.
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    [[nodiscard]] bool at_end() const { return at_ == text_.size() || peek() == ')'; }

    bool take(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    bool skip_blanks() {
        const auto start = at_;
        while (peek() == ' ')
            ++at_;
        return at_ != start;
    }

    // Digits and at most one sign, as FITS writes an exponent.
    [[nodiscard]] bool at_integer(std::size_t ahead = 0) const {
        const char c = peek(ahead);
        return is_digit(c) || ((c == '-' || c == '+') && is_digit(peek(ahead + 1)));
    }

    bool read_text(Unit& unit) {
        skip_blanks();
        if (is_digit(peek())) {
            if (!read_number(unit)) return false;
            skip_blanks();
            if (at_end()) return unit.number_ == 1;
            take_product_sign();
        }
        bool divided = false;
        if (peek() != '/' && !read_factor(unit, 1)) return false;
        for (;;) {
            const bool blanks = skip_blanks();
            if (at_end()) return true;
            if (take("/")) {
                divided = true;
                skip_blanks();
                if (!read_factor(unit, -1)) return false;
                continue;
            }
            if (divided) return false;
            if (!take_product_sign() && !blanks) return false;
            if (!read_factor(unit, 1)) return false;
        }
    }

    bool take_product_sign() {
        if (!take(".") && !take("*")) return false;
        skip_blanks();
        return true;
    }

    bool read_factor(Unit& unit, int sign) {
        if (is_letter(peek()) || peek() == '%') {
            const auto start = at_++;
            while (is_letter(text_[start]) && is_letter(peek()))
                ++at_;
            const auto word = text_.substr(start, at_ - start);
            if (word == "sqrt" && take("(")) return read_group(unit, sign, kWhole / 2);
            const auto found = find_symbol(word);
            auto exponent = kWhole;
            if (!found || !read_power(exponent)) return false;
            unit.multiply(Term{found->symbol, found->prefix, exponent * sign});
            return true;
        }
        if (take("(")) return read_group(unit, sign, kWhole);
        return take("1") && !is_digit(peek()) && !is_letter(peek());
    }

    bool read_group(Unit& unit, int sign, std::int32_t root) {
        Unit group;
        auto exponent = kWhole;
        if (!read_text(group) || !take(")") || !read_power(exponent)) return false;
        group.raise(root, kWhole);
        group.raise(exponent, kWhole);
        unit.multiply(group, sign);
        return true;
    }

    // What may stand behind a symbol or a group; leaves `exponent` alone when there is none.
    bool read_power(std::int32_t& exponent) {
        const auto start = at_;
        skip_blanks();
        if (take("**") || take("^")) {
            skip_blanks();
            return read_exponent(exponent);
        }
        at_ = start;
        if (peek() == '(') return read_exponent(exponent);
        if (!at_integer()) return true;
        int integer = 0;
        const bool negative = take_sign();
        if (!read_integer(integer)) return false;
        return set_exponent(exponent, negative, integer, 1);
    }

    // 2, -2, 0.5, (-3/2), (1.5)
    bool read_exponent(std::int32_t& exponent) {
        const bool open = take("(");
        const bool negative = take_sign();
        int numerator = 0;
        int denominator = 1;
        if (!read_integer(numerator)) return false;
        if (peek() == '.' && is_digit(peek(1))) {
            for (++at_; is_digit(peek()); ++at_) {
                if (numerator > kMaxNumber || denominator > kMaxNumber) return false;
                numerator = 10 * numerator + (peek() - '0');
                denominator *= 10;
            }
        } else if (open && take("/") && !read_integer(denominator)) {
            return false;
        }
        if (open && !take(")")) return false;
        return set_exponent(exponent, negative, numerator, denominator);
    }

    static bool set_exponent(std::int32_t& exponent,
                             bool negative,
                             int numerator,
                             int denominator) {
        if (denominator == 0) return false;
        const auto parts = std::int64_t{numerator} * kWhole;
        if (parts % denominator != 0 || parts / denominator > kMaxExponent) return false;
        exponent = static_cast<std::int32_t>(parts / denominator);
        if (negative) exponent = -exponent;
        return true;
    }

    bool take_sign() {
        if (take("-")) return true;
        take("+");
        return false;
    }

    bool read_integer(int& integer) {
        if (!is_digit(peek())) return false;
        integer = 0;
        for (; is_digit(peek()); ++at_) {
            integer = 10 * integer + (peek() - '0');
            if (integer > kMaxNumber) return false;
        }
        return true;
    }

    // 10**3, 10+3, 0.1, 1.5e11, 1.5x10+11
    bool read_number(Unit& unit) {
        if (take_ten()) return read_tens(unit);
        long double digits = 0;
        int tens = 0;
        for (; is_digit(peek()); ++at_)
            digits = 10 * digits + (peek() - '0');
        if (peek() == '.' && is_digit(peek(1)))
            for (++at_; is_digit(peek()); ++at_, --tens)
                digits = 10 * digits + (peek() - '0');
        unit.multiply(digits);
        if (take("x")) {
            if (!take_ten() || !read_tens(unit)) return false;
        } else if ((peek() == 'e' || peek() == 'E') && at_integer(1)) {
            ++at_;
            const bool negative = take_sign();
            int integer = 0;
            if (!read_integer(integer)) return false;
            tens += negative ? -integer : integer;
        }
        multiply_tens(unit, std::int64_t{tens} * kWhole);
        return true;
    }

    // Only where 10 is raised, not where it is the number: 10m, 10.5m.
    bool take_ten() {
        if (!text_.substr(at_).starts_with("10")) return false;
        const char next = peek(2);
        const bool raised =
            next == '^' || next == '+' || next == '-' || (next == '*' && peek(3) == '*');
        if (raised) at_ += 2;
        return raised;
    }

    bool read_tens(Unit& unit) {
        auto exponent = kWhole;
        if (!read_power(exponent)) return false;
        multiply_tens(unit, exponent);
        return true;
    }

    static void multiply_tens(Unit& unit, std::int64_t exponent) {
        Unit ten;
        ten.multiply(10.0L);
        ten.raise(exponent, kWhole);
        unit.multiply(ten, 1);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::optional<Unit> Unit::parse(std::string_view text) {
    if (text.size() > kMaxLength) return {};
    return Parser(text).parse();
}

}  // namespace vo::table
