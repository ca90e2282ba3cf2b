// SPDX-License-Identifier: Apache-2.0
// ADQL text to tokens with positions; private to this folder. ADQL 2.1 §2.1.
#pragma once

#include <cstdint>
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

struct Token {
    Kind kind = Kind::End;
    int word = kNoWord;  // of a Word that is reserved
    Place place;
    std::string_view text;  // as written; of <> it is "!="
    std::string value;      // of Delimited and String, without the quotes

    [[nodiscard]] bool is_identifier() const {
        return kind == Kind::Delimited || (kind == Kind::Word && word == kNoWord);
    }

    // The name that an identifier means.
    [[nodiscard]] std::string_view name() const {
        return kind == Kind::Delimited ? std::string_view(value) : text;
    }
};

// Throws BadQuery for what is no token, with the frequent mistakes named. The last token is End.
// The tokens point into `query`.
[[nodiscard]] std::vector<Token> read_tokens(std::string_view query, std::size_t max_tokens);

// Whether the word may be written as a name without quotes.
[[nodiscard]] bool is_regular_identifier(std::string_view word);

}  // namespace vo::adql
