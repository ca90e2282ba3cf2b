// SPDX-License-Identifier: Apache-2.0
// The lexer: one pass, positions counted in characters, mistakes named where they stand.
#include "adql/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adql/words.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// What people paste or carry over from other languages.
struct Mistake {
    std::string_view text;
    std::string_view words;
};

constexpr std::array kMistakes{
    Mistake{"\xE2\x80\x98",
            "a typographic quote; character strings stand in straight quotes: 'text'"},
    Mistake{"\xE2\x80\x99",
            "a typographic quote; character strings stand in straight quotes: 'text'"},
    Mistake{"\xE2\x80\x9C", "a typographic quote; names stand in straight double quotes: \"name\""},
    Mistake{"\xE2\x80\x9D", "a typographic quote; names stand in straight double quotes: \"name\""},
    Mistake{"\xC2\xA0", "a no-break space; please type a plain space"},
    Mistake{"\xE2\x88\x92", "a typographic minus; please type a plain -"},
    Mistake{"\xE2\x80\x93", "a dash; please type a plain -"},
    Mistake{"==", "==; ADQL compares with a single ="},
    Mistake{"::", "::; ADQL converts with CAST(x AS type)"},
    Mistake{"~", "~; ADQL has no regular expressions; LIKE and ILIKE know % and _"},
    Mistake{"|", "|; ADQL says OR, and joins texts by ||"},
    Mistake{"&", "&; ADQL says AND"},
    Mistake{"{", "{; ADQL has no braces"},
    Mistake{"&&", "&&; ADQL says AND"},
    Mistake{"[", "[; ADQL has no arrays, and names that need it stand in double quotes"},
    Mistake{"`", "`; names that need it stand in double quotes: \"name\""},
    Mistake{"%", "%; the remainder of a division is MOD(x, y)"},
    Mistake{"^", "^; a power is POWER(x, y)"},
};

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr auto kContinuesWord = [] {
    std::array<bool, 256> table{};
    for (int c = 0; c < 256; ++c)
        table[static_cast<std::size_t>(c)] =
            is_letter(static_cast<char>(c)) || is_digit(static_cast<char>(c)) || c == '_';
    return table;
}();

constexpr bool continues_word(char c) {
    return kContinuesWord[static_cast<unsigned char>(c)];
}

// Few names begin and end as a reserved word of their length does.
bool may_be_reserved(std::string_view word) {
    const auto& ends = kWordEnds[static_cast<std::size_t>(ascii_upper(word[0]) - 'A')];
    return (ends.lengths >> word.size() & 1U) != 0 &&
           (ends.letters >> (ascii_upper(word.back()) & 31U) & 1U) != 0;
}

int find_reserved(std::string_view word) {
    if (word.size() > kLongestReserved || !is_letter(word[0]) || !may_be_reserved(word))
        return kNoWord;
    char upper[kLongestReserved];
    for (std::size_t i = 0; i < word.size(); ++i)
        upper[i] = ascii_upper(word[i]);
    return find_word({upper, word.size()});
}

class Lexer {
  public:
    Lexer(std::string_view query, std::size_t max_tokens, std::pmr::memory_resource* memory)
        : query_(query), max_tokens_(max_tokens), tokens_{std::pmr::vector<Token>(memory), {}} {
        tokens_.list.reserve(query.size() / 4 + 2);
    }

    Tokens run() {
        if (const auto bad = find_bad_utf8(query_); bad != std::string_view::npos) {
            advance(bad);
            fail("the query is not valid UTF-8 here");
        }
        for (;;) {
            skip_blank();
            if (tokens_.list.size() >= max_tokens_)
                fail("the query is too long: more than " + std::to_string(max_tokens_) + " words");
            auto& token = tokens_.list.emplace_back();
            token.place = place_;
            if (at_ == query_.size()) return std::move(tokens_);
            read(token);
        }
    }

  private:
    [[noreturn]] void fail(const std::string& words) const {
        throw Error(Code::BadQuery, words, place_);
    }

    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0';
    }

    void advance(std::size_t bytes) {
        for (const auto end = at_ + bytes; at_ < end; ++at_) {
            if (query_[at_] == '\n') {
                ++place_.line;
                place_.column = 1;
            } else if ((static_cast<unsigned char>(query_[at_]) & 0xC0U) != 0x80U) {
                ++place_.column;
            }
        }
    }

    void skip_blank() {
        for (;;) {
            const char c = peek();
            if (c == ' ' || c == '\t' || c == '\r') {
                ++at_;
                ++place_.column;
            } else if (c == '\n') {
                ++at_;
                ++place_.line;
                place_.column = 1;
            } else if (c == '-' && peek(1) == '-') {
                advance(std::min(query_.find('\n', at_), query_.size()) - at_);
            } else if (c == '/' && peek(1) == '*') {
                fail("ADQL has no /* comments */; a comment goes from -- to the end of the line");
            } else {
                return;
            }
        }
    }

    // Of what is ASCII and on one line.
    void take(Token& token, Kind kind, std::size_t bytes) {
        token.kind = kind;
        token.text = query_.substr(at_, bytes);
        at_ += bytes;
        place_.column += static_cast<int>(bytes);
    }

    void read(Token& token) {
        const char c = peek();
        if (is_letter(c))
            read_word(token);
        else if (is_digit(c) || (c == '.' && is_digit(peek(1))))
            read_number(token);
        else if (c == '\'')
            read_quoted(token, Kind::String, "character string", '\'');
        else if (c == '"')
            read_quoted(token, Kind::Delimited, "name in double quotes", '"');
        else
            read_symbol(token);
    }

    void read_word(Token& token) {
        auto end = at_ + 1;
        while (end < query_.size() && continues_word(query_[end]))
            ++end;
        take(token, Kind::Word, end - at_);
        token.word = find_reserved(token.text);
    }

    void read_number(Token& token) {
        std::size_t n = 0;
        bool real = false;
        while (is_digit(peek(n)))
            ++n;
        if (peek(n) == '.') {
            real = true;
            ++n;
            while (is_digit(peek(n)))
                ++n;
        }
        if (peek(n) == 'e' || peek(n) == 'E') {
            const std::size_t sign = peek(n + 1) == '+' || peek(n + 1) == '-' ? 2 : 1;
            if (is_digit(peek(n + sign))) {
                real = true;
                n += sign;
                while (is_digit(peek(n)))
                    ++n;
            }
        }
        take(token, real ? Kind::Real : Kind::Integer, n);
        if (is_letter(peek()) || peek() == '_')
            fail(
                "a name must not begin with a digit, and a number needs a blank after it and has "
                "no "
                "unit in ADQL; a name such as \"2mass\" stands in double quotes");
        // So few digits always fit.
        if ((real || n > 300) && !parse_double(token.text))
            throw Error(Code::BadQuery, "this number is too large or too small for a double",
                        token.place);
    }

    void read_quoted(Token& token, Kind kind, std::string_view what, char quote) {
        std::size_t end = at_ + 1;
        bool doubled = false;
        for (;; ++end) {
            end = query_.find(quote, end);
            if (end == std::string_view::npos) return fail_unclosed(what, quote);
            if (end + 1 >= query_.size() || query_[end + 1] != quote) break;
            doubled = true;
            ++end;
        }
        token.kind = kind;
        token.text = query_.substr(at_, end + 1 - at_);
        token.value = token.text.substr(1, token.text.size() - 2);
        if (token.value.find('\0') != std::string_view::npos)
            fail("a " + std::string(what) + " must not hold the character NUL");
        if (kind == Kind::Delimited && token.value.empty())
            fail("a name in double quotes must not be empty");
        if (doubled) token.value = undouble(token.value, quote);
        advance(token.text.size());
    }

    [[noreturn]] void fail_unclosed(std::string_view what, char quote) const {
        fail("this " + std::string(what) + " is not closed: its final " + quote +
             " is missing; inside of one, " + quote + " is written twice");
    }

    std::string_view undouble(std::string_view text, char quote) {
        auto& value = tokens_.values.emplace_front();
        for (std::size_t i = 0; i < text.size(); ++i) {
            value += text[i];
            if (text[i] == quote) ++i;
        }
        return value;
    }

    // Its size in bytes, 0 for none.
    [[nodiscard]] std::size_t symbol_size() const {
        switch (peek()) {
            case '(':
            case ')':
            case ',':
            case '.':
            case '*':
            case '+':
            case '-':
            case '/':
            case ';': return 1;
            case '|': return peek(1) == '|' ? 2 : 0;
            case '!': return peek(1) == '=' ? 2 : 0;
            case '=':
                if (peek(1) == '>' || peek(1) == '<')
                    fail(std::string("found =") + peek(1) + "; ADQL writes " + peek(1) + '=');
                return peek(1) == '=' ? 0 : 1;
            case '<': return peek(1) == '=' || peek(1) == '>' ? 2 : 1;
            case '>': return peek(1) == '=' ? 2 : 1;
            default: return 0;
        }
    }

    void read_symbol(Token& token) {
        if (const auto size = symbol_size(); size > 0) {
            take(token, Kind::Symbol, size);
            if (token.text == "<>") token.text = "!=";
            token.symbol = symbol_code(token.text);
            return;
        }
        if (peek() == '%' && tokens_.list.size() > 1 &&
            (tokens_.list[tokens_.list.size() - 2].word == word("LIKE") ||
             tokens_.list[tokens_.list.size() - 2].word == word("ILIKE")))
            fail("a pattern stands in single quotes, such as 'Crab%'");
        const auto rest = query_.substr(at_);
        for (const auto& mistake : kMistakes)
            if (rest.starts_with(mistake.text)) fail("found " + std::string(mistake.words));
        if (peek() == '_')
            fail(
                "a name must begin with a letter; names such as \"_raj2000\" stand in double "
                "quotes");
        if (static_cast<unsigned char>(peek()) >= 0x80)
            fail(
                "outside of quotes ADQL knows ASCII characters only; names with others stand in "
                "double quotes");
        fail(peek() > ' ' ? "unexpected character " + std::string(1, peek())
                          : std::string("unexpected control character"));
    }

    std::string_view query_;
    std::size_t max_tokens_;
    std::size_t at_ = 0;
    Place place_{1, 1};
    Tokens tokens_;
};

}  // namespace

Tokens read_tokens(std::string_view query,
                   std::size_t max_tokens,
                   std::pmr::memory_resource* memory) {
    return Lexer(query, max_tokens, memory).run();
}

bool is_regular_identifier(std::string_view word) {
    return !word.empty() && is_letter(word[0]) && find_reserved(word) == kNoWord &&
           std::all_of(word.begin(), word.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

}  // namespace vo::adql
