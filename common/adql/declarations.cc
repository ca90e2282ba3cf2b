// SPDX-License-Identifier: Apache-2.0
// Signatures of functions that others have: ADQL 2.1 §4.3.2.
#include <algorithm>

#include "adql/functions.h"
#include "adql/lexer.h"
#include "base/error.h"
#include "base/text.h"

namespace vo::adql {

namespace {

// As an identifier, but any word: "long REAL" is an argument of the IVOA's own catalogue.
bool is_word(std::string_view text) {
    const auto is_letter = [](char c) { return ascii_upper(c) >= 'A' && ascii_upper(c) <= 'Z'; };
    return !text.empty() && is_letter(text[0]) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// INTEGER, DOUBLE PRECISION, VARCHAR(*), CHAR(8), INTEGER[].
bool is_type(std::string_view text) {
    const auto end = text.find_first_of("([");
    auto words = trim(text.substr(0, end));
    if (end != std::string_view::npos && text.back() != (text[end] == '(' ? ')' : ']'))
        return false;
    const auto blank = words.find(' ');
    if (blank != std::string_view::npos && !is_word(trim(words.substr(blank)))) return false;
    return is_word(words.substr(0, blank));
}

bool is_argument(std::string_view text) {
    const auto blank = text.find(' ');
    return blank != std::string_view::npos && is_word(text.substr(0, blank)) &&
           is_type(trim(text.substr(blank)));
}

}  // namespace

void Declarations::add(std::string_view signature) {
    const auto refuse = [&](std::string_view what) {
        throw Error(Code::BadRequest, "\"" + std::string(signature) +
                                          "\" is no signature: " + std::string(what) +
                                          "; it is written name(arg TYPE, arg TYPE) -> TYPE");
    };
    const auto open = signature.find('(');
    const auto arrow = signature.rfind("->");
    if (open == std::string_view::npos) refuse("its \"(\" is missing");
    if (arrow == std::string_view::npos) refuse("its \"->\" is missing");
    const auto close = signature.substr(0, arrow).rfind(')');
    if (close == std::string_view::npos || close < open ||
        !trim(signature.substr(close + 1, arrow - close - 1)).empty())
        refuse("its \")\" is missing before \"->\"");
    const auto name = trim(signature.substr(0, open));
    if (!is_regular_identifier(name)) refuse("a name of letters, digits and _ stands in front");
    if (!is_type(trim(signature.substr(arrow + 2)))) refuse("a type stands after \"->\"");

    auto rest = trim(signature.substr(open + 1, close - open - 1));
    std::string letters;
    while (!rest.empty()) {
        // A comma inside of a type's parentheses is none between arguments.
        std::size_t end = 0;
        for (int depth = 0; end < rest.size() && (depth > 0 || rest[end] != ','); ++end)
            depth += (rest[end] == '(') - (rest[end] == ')');
        if (!is_argument(trim(rest.substr(0, end)))) refuse("an argument is a name and a type");
        letters += 'a';
        if (end == rest.size()) break;
        rest = trim(rest.substr(end + 1));
        if (rest.empty()) refuse("an argument is missing after the comma");
    }
    Function function{};
    function.name = texts_.emplace_back(name);
    function.family = Family::Scalar;
    function.arguments = texts_.emplace_back(std::move(letters));
    function.result = Result::Double;
    function.usage = texts_.emplace_back(signature);
    functions_.push_back(function);
}

const Function* Declarations::find(std::string_view name) const {
    const auto found =
        std::find_if(functions_.begin(), functions_.end(),
                     [&](const auto& function) { return equal_fold(function.name, name); });
    return found == functions_.end() ? nullptr : &*found;
}

}  // namespace vo::adql
