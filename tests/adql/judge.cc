// SPDX-License-Identifier: Apache-2.0
// The judge of the fuzz targets for queries.
#include "judge.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <unordered_set>

#include "adql/adql.h"
#include "adql/functions.h"
#include "base/error.h"
#include "base/text.h"
#include "fuzz/cost.h"
#include "sample_catalog.h"

namespace vo::test {

namespace {

using Words = std::unordered_set<std::string_view>;

// What the emitter writes itself: keywords, types, functions. What the rows of the function table
// write is added to it.
constexpr std::string_view kEmitted =
    "ALL AND ARRAY AS BETWEEN BY COALESCE DESC DISTINCT ESCAPE EXCEPT EXISTS FILTER FROM FULL "
    "GROUP HAVING ILIKE IN INTERSECT IS JOIN LEFT LIKE LIMIT NOT NULL NULLIF OFFSET ON OR "
    "ORDER RIGHT SELECT UNION WHERE WITH area bool box center centroid circle circle_array "
    "circle_of_text count degrees false far_hemisphere float4 float8 int2 int4 int8 lat left long "
    "near_hemisphere point point_array point_of_text polygon_array polygon_of polygon_of_text "
    "radians region_text replace rpad scircle spoint spoly strans text timestamp true u vogate";

[[noreturn]] void stop(std::string_view what, std::string_view detail, std::string_view sql = {}) {
    std::fprintf(stderr, "%.*s: \"%.*s\"\n%.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(detail.size()), detail.data(), static_cast<int>(sql.size()),
                 sql.data());
    std::abort();
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t end_of_word(std::string_view sql, std::size_t at) {
    while (at < sql.size() && (is_letter(sql[at]) || is_digit(sql[at])))
        ++at;
    return at;
}

// After the opening quote at `i`: the end of the quoted text, doubled quotes skipped.
std::size_t end_of_quoted(std::string_view sql, std::size_t i) {
    const char quote = sql[i];
    for (++i; i < sql.size(); ++i) {
        if (sql[i] != quote) continue;
        if (i + 1 < sql.size() && sql[i + 1] == quote)
            ++i;
        else
            return i;
    }
    stop("the SQL ends inside quotes", {}, sql);
}

void add_words(Words& words, std::string_view sql) {
    for (std::size_t i = 0; i < sql.size();) {
        if (sql[i] == '\'') {
            i = end_of_quoted(sql, i) + 1;
        } else if (is_letter(sql[i])) {
            const auto end = end_of_word(sql, i);
            words.insert(sql.substr(i, end - i));
            i = end;
        } else {
            ++i;
        }
    }
}

Words make_words() {
    Words words;
    add_words(words, kEmitted);
    for (const auto& function : adql::functions()) {
        add_words(words, function.sql);
        add_words(words, function.whole_sql);
    }
    return words;
}

bool is_known(std::string_view word) {
    static const auto words = make_words();
    return words.contains(word);
}

// t1, w2, c3, c3_circle, c3_poly, p4
bool is_made_here(std::string_view word) {
    if (word.size() < 2 || std::string_view("twcp").find(word[0]) == std::string_view::npos)
        return false;
    const auto* const rest = std::find_if_not(word.begin() + 1, word.end(), is_digit);
    const std::string_view suffix(rest, word.end());
    return rest != word.begin() + 1 &&
           (suffix.empty() || (word[0] == 'c' && (suffix == "_circle" || suffix == "_poly")));
}

std::unordered_set<std::string> make_published() {
    std::unordered_set<std::string> names;
    for (const auto& table : sample_catalog().tables) {
        names.insert(table.schema_name);
        names.insert(table.base_name);
        for (const auto& column : table.columns)
            for (const auto* suffix : {"", "_circle", "_poly"})
                names.insert(column.sql_name + suffix);
        for (const auto& position : table.positions)
            names.insert(position.sql_name);
    }
    return names;
}

bool is_published(std::string_view name) {
    static const auto names = make_published();
    return names.contains(std::string(name));
}

void judge_sql(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos || find_bad_utf8(sql) != std::string_view::npos)
        stop("the SQL is no UTF-8", {}, sql);
    int depth = 0;
    for (std::size_t i = 0; i < sql.size();) {
        const char c = sql[i];
        if (c == '\'' || c == '"') {
            const auto end = end_of_quoted(sql, i);
            const auto name = sql.substr(i + 1, end - i - 1);
            if (c == '"' && !is_published(name)) stop("the SQL has an unknown name", name, sql);
            i = end + 1;
        } else if (is_digit(c)) {
            while (i < sql.size() && (is_digit(sql[i]) || sql[i] == '.'))
                ++i;
            if (i < sql.size() && sql[i] == 'e')
                for (i += 2; i < sql.size() && is_digit(sql[i]);)
                    ++i;
        } else if (is_letter(c)) {
            const auto end = end_of_word(sql, i);
            const auto word = sql.substr(i, end - i);
            if (!is_made_here(word) && !is_known(word))
                stop("the SQL has an unknown word", word, sql);
            i = end;
        } else {
            if (std::string_view(" ()[],.*+-/|&<>=@:").find(c) == std::string_view::npos ||
                sql.substr(i).starts_with("--") || sql.substr(i).starts_with("/*"))
                stop("the SQL has a symbol that is not ours", sql.substr(i, 2), sql);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (depth < 0) stop("the SQL closes a parenthesis too many", sql.substr(0, i), sql);
            ++i;
        }
    }
    if (depth != 0) stop("the SQL does not close a parenthesis", {}, sql);
}

std::optional<adql::Translation> translate_or_refuse(std::string_view query) {
    try {
        return adql::translate(query, sample_catalog());
    } catch (const Error& error) {
        const std::string_view words = error.what();
        if (error.code() != Code::BadQuery && error.code() != Code::UnknownName)
            stop("no error for a query", words);
        if (find_bad_utf8(words) != std::string_view::npos) stop("the words are no UTF-8", words);
        return {};
    }
}

}  // namespace

void judge_query(std::string_view query) {
    const auto translation = within_limit(query.size(), [&] { return translate_or_refuse(query); });
    if (!translation) return;
    judge_sql(translation->sql);
    if (translation->columns.empty()) stop("a result without columns", {}, translation->sql);
    for (const auto& column : translation->columns)
        if (column.name.empty() || find_bad_utf8(column.name) != std::string::npos)
            stop("a column has no good name", column.name, translation->sql);
}

void require_accepted(std::string_view query) {
    try {
        static_cast<void>(adql::translate(query, sample_catalog()));
    } catch (const Error& error) {
        stop(error.what(), query);
    }
}

}  // namespace vo::test
