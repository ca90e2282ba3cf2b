// SPDX-License-Identifier: Apache-2.0
// The parser's words for what it did not expect: frequent mistakes, and what would be right.
#include <algorithm>
#include <array>

#include "adql/parser.h"
#include "base/text.h"
#include "table/unit.h"

namespace vo::adql {

namespace {

// Words of SQL and of its dialects that ADQL does not have.
struct Dialect {
    std::string_view word;
    std::string_view hint;
};

constexpr auto kDialects = std::to_array<Dialect>({
    {"CASE", "ADQL has no CASE; COALESCE(x, y) gives y where x is NULL"},
    {"CROSS", "ADQL has no CROSS JOIN; a comma between the tables means the same"},
    {"DELETE", "ADQL only reads: a query begins with SELECT"},
    {"DROP", "ADQL only reads: a query begins with SELECT"},
    {"FETCH", "ADQL has no FETCH; write SELECT TOP n ..."},
    {"FOR", "ADQL has no FOR"},
    {"INSERT", "ADQL only reads: a query begins with SELECT"},
    {"INTERVAL", "ADQL has no intervals of time; MJD columns take plain numbers"},
    {"INTO", "ADQL has no INTO: results are not stored here"},
    {"LIMIT", "ADQL has no LIMIT; write SELECT TOP n ..."},
    {"OVER", "ADQL has no window functions"},
    {"RECURSIVE", "queries of WITH cannot be recursive in ADQL"},
    {"REGEXP", "ADQL has no regular expressions; LIKE and ILIKE know % and _"},
    {"UPDATE", "ADQL only reads: a query begins with SELECT"},
});

// Functions of other dialects of SQL, and what does their work here.
constexpr auto kForeignFunctions = std::to_array<Dialect>({
    {"CEIL", "CEILING rounds up"},
    {"CONCAT", "texts are joined by ||"},
    {"CONVERT", "CAST(x AS type) converts types, IN_UNIT(x, 'unit') units"},
    {"GETDATE", "times are constants, such as '2026-11-23T00:00:00'"},
    {"IF", "COALESCE(x, y) gives y where x is NULL"},
    {"IFNULL", "COALESCE(x, y) gives y where x is NULL"},
    {"IIF", "COALESCE(x, y) gives y where x is NULL"},
    {"ISNULL", "write x IS NULL, or COALESCE(x, y) for a value instead of NULL"},
    {"LCASE", "LOWER(x) is a text in lower case"},
    {"LEN", "LIKE compares a text with a pattern"},
    {"LENGTH", "LIKE compares a text with a pattern"},
    {"LN", "LOG(x) is the natural logarithm, LOG10(x) that of base 10"},
    {"MEDIAN", "AVG, MIN and MAX look at all values of a group"},
    {"NOW", "times are constants, such as '2026-11-23T00:00:00'"},
    {"NVL", "COALESCE(x, y) gives y where x is NULL"},
    {"POW", "POWER(x, y) is x to the power of y"},
    {"Q3C_RADIAL_QUERY", "write DISTANCE(ra, dec, ra0, dec0) < radius"},
    {"RANDOM", "RAND() is a random number from 0 to 1"},
    {"RANK", "SELECT TOP n with ORDER BY gives the first rows"},
    {"ROW_NUMBER", "SELECT TOP n with ORDER BY gives the first rows"},
    {"STDDEV", "it is SQRT(AVG(x*x) - AVG(x)*AVG(x))"},
    {"STRING_AGG", "ivo_string_agg(x, delimiter) joins texts"},
    {"SUBSTR", "LIKE compares a text with a pattern"},
    {"TRUNC", "TRUNCATE(x, digits) cuts digits off"},
    {"UCASE", "UPPER(x) is a text in upper case"},
});

// In the order in which they stand.
constexpr std::array kClauses{word("WHERE"), word("GROUP"), word("HAVING"), word("ORDER"),
                              word("OFFSET")};

std::string_view find_hint(const Token& token) {
    if (token.kind != Kind::Word) return {};
    for (const auto& dialect : kDialects)
        if (equal_fold(dialect.word, token.text)) return dialect.hint;
    return {};
}

bool is_number(const Token& token) {
    return token.kind == Kind::Integer || token.kind == Kind::Real;
}

// What may follow a complete condition or value, but was meant to be part of it.
std::string hint_after_value(const Token& last, const Token& found, const Token* before) {
    const std::string text(found.text);
    if (is_number(last) && found.kind == Kind::Word && table::Unit::parse(found.text)) {
        const std::string value =
            before != nullptr && before->is_identifier() ? std::string(before->text) : "x";
        return "a number has no unit in ADQL: write it in that of the column, or compare IN_UNIT(" +
               value + ", '" + text + "')";
    }
    if (last.kind == Kind::Integer && found.symbol == symbol_code(","))
        return "if this is a number with a decimal comma: ADQL has a point there";
    if (last.is_identifier() && is_number(found))
        return "if this is a text: it stands in single quotes, '" + std::string(last.text) + ' ' +
               text + '\'';
    if (std::find(kClauses.begin(), kClauses.end(), found.word) != kClauses.end())
        return "clauses stand in the order WHERE, GROUP BY, HAVING, ORDER BY, "
               "OFFSET";
    if (found.is_identifier() || found.symbol == symbol_code("("))
        return "conditions are joined by AND or OR";
    return {};
}

}  // namespace

void refuse_unknown(std::string words, Place place) {
    throw Error(Code::UnknownName, std::move(words), place);
}

void refuse(std::string words, Place place) {
    throw Error(Code::BadQuery, std::move(words), place);
}

std::string describe(const Token& token) {
    constexpr std::size_t kLongest = 40;
    if (token.kind == Kind::End) return "the end of the query";
    if (token.kind == Kind::String && token.text.size() > kLongest) return "a character string";
    if (token.text.size() > kLongest) return std::string(cut_text(token.text, kLongest)) + "...";
    if (token.kind == Kind::String || token.kind == Kind::Delimited) return std::string(token.text);
    return '"' + std::string(token.text) + '"';
}

void Parser::unexpected(const Expected& what) const {
    const auto expected = what.text();
    const auto& token = peek();
    if (const auto hint = find_hint(token); !hint.empty()) refuse(std::string(hint), token.place);
    // A foreign word that is not reserved was taken for the alias of a table or column.
    if (at_ > 0)
        if (const auto hint = find_hint(tokens_[at_ - 1]); !hint.empty())
            refuse(std::string(hint), tokens_[at_ - 1].place);
    if (at(";")) refuse("one query at a time: nothing may follow the semicolon", token.place);
    std::string words = "expected " + expected + ", but found " + describe(token);
    if (token.word != kNoWord && expected.find("name") != std::string::npos)
        words += ", which is a reserved word of ADQL; as a name it must be quoted: \"" +
                 to_lower(token.text) + '"';
    refuse(std::move(words), token.place);
}

void Parser::refuse_rest() const {
    const auto& token = peek();
    if (at(")")) refuse("this \")\" closes nothing: its \"(\" is missing", token.place);
    if (!find_hint(token).empty() || at_ == 0) unexpected("the end of the query");
    // value > 1 TeV: what stands before the comparison.
    const auto* before =
        at_ >= 3 && tokens_[at_ - 2].kind == Kind::Symbol ? &tokens_[at_ - 3] : nullptr;
    const auto hint = hint_after_value(tokens_[at_ - 1], token, before);
    if (hint.empty() || !find_hint(tokens_[at_ - 1]).empty())
        unexpected(
            "the end of the query or its next clause (WHERE, GROUP BY, HAVING, ORDER BY, "
            "OFFSET)");
    refuse("the query could end before " + describe(token) + "; " + hint, token.place);
}

void Parser::refuse_predicate(const Expr& expr, std::string_view where) {
    const auto* call = expr.as<Call>();
    if (call != nullptr &&
        (call->function->name == "CONTAINS" || call->function->name == "INTERSECTS")) {
        const std::string name(call->function->name);
        refuse(name + " gives 1 or 0 and must be compared: write 1 = " + name + "(...)",
               expr.place);
    }
    if (!where.empty()) refuse(std::string(where) + " needs a condition", expr.place);
}

void Parser::refuse_unknown_function(const Token& name) const {
    for (const auto& foreign : kForeignFunctions)
        if (equal_fold(foreign.word, name.text))
            refuse_unknown(
                "ADQL has no function " + to_upper(name.text) + "; " + std::string(foreign.hint),
                name.place);
    std::vector<std::string_view> known;
    for (const auto& row : functions())
        known.push_back(row.name);
    const auto near = nearest(name.text, known);
    refuse_unknown("unknown function \"" + std::string(name.text) + '"' +
                       (near ? "; did you mean " + *near + '?' : std::string()),
                   name.place);
}

}  // namespace vo::adql
