// SPDX-License-Identifier: Apache-2.0
// ADQL text to tokens with positions; private to this folder. ADQL 2.1 §2.1.
#pragma once

#include <cstdint>
#include <forward_list>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "adql/words.h"
#include "base/error.h"

namespace vo::adql {

enum class Kind : std::uint8_t {
    End,
    Word,       // a regular identifier or a reserved word
    Delimited,  // "..."
    String,     // '...'
    Integer,
    Real,
    Symbol,  // ( ) , . * + - / || = <> != < > <= >= ;
};

// Of the one or two characters of a Symbol; 0 for all else.
[[nodiscard]] constexpr std::uint16_t symbol_code(std::string_view text) {
    return static_cast<std::uint16_t>(text[0] | (text.size() > 1 ? text[1] << 8 : 0));
}

struct Token {
    Kind kind = Kind::End;
    std::uint16_t symbol = 0;
    int word = kNoWord;  // of a Word that is reserved
    Place place;
    std::string_view text;   // as written; of <> it is "!="
    std::string_view value;  // of Delimited and String, without the quotes

    [[nodiscard]] bool is_identifier() const {
        return kind == Kind::Delimited || (kind == Kind::Word && word == kNoWord);
    }

    // The name that an identifier means.
    [[nodiscard]] std::string_view name() const { return kind == Kind::Delimited ? value : text; }
};

// They point into the query and into `values`, which has what was written with doubled quotes.
struct Tokens {
    std::pmr::vector<Token> list;
    std::forward_list<std::string> values;
};

// Throws BadQuery for what is no token, with the frequent mistakes named. The last token is End.
// `memory` must outlive the tokens.
[[nodiscard]] Tokens read_tokens(
    std::string_view query,
    std::size_t max_tokens,
    std::pmr::memory_resource* memory = std::pmr::get_default_resource());

// Whether the word may be written as a name without quotes.
[[nodiscard]] bool is_regular_identifier(std::string_view word);

}  // namespace vo::adql
