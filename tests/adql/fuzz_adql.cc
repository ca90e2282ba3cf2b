// SPDX-License-Identifier: Apache-2.0
// libFuzzer entry point: any text is translated or refused with words, and the SQL of what is
// translated holds no name but those of the catalogue, of this list, and of our own making.
//     clang++ -fsanitize=fuzzer,address,undefined -Icommon -Itests/adql tests/adql/fuzz_adql.cc ...
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adql/adql.h"
#include "base/error.h"
#include "sample_catalog.h"

namespace {

// Words of SQL that the emitter writes: keywords, types, functions.
constexpr auto kWords = std::to_array<std::string_view>({
    "ALL",
    "AND",
    "ARRAY",
    "AS",
    "BETWEEN",
    "BY",
    "COALESCE",
    "DESC",
    "DISTINCT",
    "ESCAPE",
    "EXCEPT",
    "EXISTS",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INTERSECT",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "RIGHT",
    "SELECT",
    "UNION",
    "WHERE",
    "WITH",
    "abs",
    "acos",
    "area",
    "asin",
    "atan",
    "atan2",
    "avg",
    "bool",
    "ceil",
    "center",
    "circle",
    "circle_array",
    "cos",
    "cot",
    "count",
    "degrees",
    "exp",
    "false",
    "float4",
    "float8",
    "floor",
    "int2",
    "int4",
    "int8",
    "lat",
    "left",
    "ln",
    "log10",
    "long",
    "lower",
    "max",
    "min",
    "mod",
    "numeric",
    "pi",
    "point",
    "point_array",
    "polygon_array",
    "polygon_of",
    "power",
    "radians",
    "random",
    "region_text",
    "replace",
    "round",
    "rpad",
    "scircle",
    "sin",
    "spoint",
    "spoly",
    "sqrt",
    "strans",
    "sum",
    "tan",
    "text",
    "timestamp",
    "true",
    "trunc",
    "u",
    "upper",
    "vogate",
});

[[noreturn]] void stop(std::string_view sql, std::string_view word) {
    std::fprintf(stderr, "unknown \"%.*s\" in: %.*s\n", static_cast<int>(word.size()), word.data(),
                 static_cast<int>(sql.size()), sql.data());
    std::abort();
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// t1, w2, c3, c3_circle, c3_poly
bool is_made_here(std::string_view word) {
    if (word.size() < 2 || (word[0] != 't' && word[0] != 'w' && word[0] != 'c')) return false;
    const auto rest = std::find_if_not(word.begin() + 1, word.end(), is_digit);
    const std::string_view suffix(rest, word.end());
    return rest != word.begin() + 1 &&
           (suffix.empty() || (word[0] == 'c' && (suffix == "_circle" || suffix == "_poly")));
}

bool is_published(std::string_view name) {
    for (const auto& table : vo::test::sample_catalog().tables) {
        if (name == table.schema_name || name == table.base_name) return true;
        for (const auto& column : table.columns)
            if (name == column.sql_name || name == column.sql_name + "_circle" ||
                name == column.sql_name + "_poly")
                return true;
        for (const auto& position : table.positions)
            if (name == position.sql_name) return true;
    }
    return false;
}

// After the opening quote at `i`: the end of the quoted text, doubled quotes skipped.
std::size_t find_end(std::string_view sql, std::size_t i) {
    const char quote = sql[i];
    for (++i; i < sql.size(); ++i) {
        if (sql[i] != quote) continue;
        if (i + 1 < sql.size() && sql[i + 1] == quote)
            ++i;
        else
            return i;
    }
    stop(sql, "quote that is not closed");
}

void check(std::string_view sql) {
    for (std::size_t i = 0; i < sql.size();) {
        const char c = sql[i];
        if (c == '\'' || c == '"') {
            const auto end = find_end(sql, i);
            const auto name = sql.substr(i + 1, end - i - 1);
            if (c == '"' && !is_published(name)) stop(sql, name);
            i = end + 1;
        } else if (is_digit(c)) {
            while (i < sql.size() && (is_digit(sql[i]) || sql[i] == '.'))
                ++i;
            if (i < sql.size() && sql[i] == 'e')
                for (i += 2; i < sql.size() && is_digit(sql[i]);)
                    ++i;
        } else if (is_letter(c)) {
            auto end = i;
            while (end < sql.size() && (is_letter(sql[end]) || is_digit(sql[end])))
                ++end;
            const auto word = sql.substr(i, end - i);
            if (!is_made_here(word) &&
                std::find(kWords.begin(), kWords.end(), word) == kWords.end())
                stop(sql, word);
            i = end;
        } else {
            if (std::string_view(" ()[],.*+-/|&<>=@:").find(c) == std::string_view::npos ||
                sql.substr(i).starts_with("--") || sql.substr(i).starts_with("/*"))
                stop(sql, sql.substr(i, 2));
            ++i;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto translation = vo::adql::translate({reinterpret_cast<const char*>(data), size},
                                                     vo::test::sample_catalog());
        check(translation.sql);
        if (translation.columns.empty()) stop(translation.sql, "result without columns");
    } catch (const vo::Error& error) {
        if (error.code() != vo::Code::BadQuery) stop("", error.what());
    }
    return 0;
}
