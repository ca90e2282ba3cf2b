// SPDX-License-Identifier: Apache-2.0
// The reserved words of ADQL 2.1, numbered at compile time, so that the parser compares numbers;
// private to this folder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace vo::adql {

// ADQL 2.1 appendix A: <SQL_reserved_word> and <ADQL_reserved_word>, sorted.
inline constexpr auto kReserved = std::to_array<std::string_view>({
    "ABS",
    "ABSOLUTE",
    "ACOS",
    "ACTION",
    "ADD",
    "ALL",
    "ALLOCATE",
    "ALTER",
    "AND",
    "ANY",
    "ARE",
    "AREA",
    "AS",
    "ASC",
    "ASIN",
    "ASSERTION",
    "AT",
    "ATAN",
    "ATAN2",
    "AUTHORIZATION",
    "AVG",
    "BEGIN",
    "BETWEEN",
    "BIGINT",
    "BIT",
    "BIT_LENGTH",
    "BOTH",
    "BOX",
    "BY",
    "CASCADE",
    "CASCADED",
    "CASE",
    "CAST",
    "CATALOG",
    "CEILING",
    "CENTROID",
    "CHAR",
    "CHARACTER",
    "CHARACTER_LENGTH",
    "CHAR_LENGTH",
    "CHECK",
    "CIRCLE",
    "CLOSE",
    "COALESCE",
    "COLLATE",
    "COLLATION",
    "COLUMN",
    "COMMIT",
    "CONNECT",
    "CONNECTION",
    "CONSTRAINT",
    "CONSTRAINTS",
    "CONTAINS",
    "CONTINUE",
    "CONVERT",
    "COORD1",
    "COORD2",
    "COORDSYS",
    "CORRESPONDING",
    "COS",
    "COT",
    "COUNT",
    "CREATE",
    "CROSS",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "CURSOR",
    "DATE",
    "DAY",
    "DEALLOCATE",
    "DECIMAL",
    "DECLARE",
    "DEFAULT",
    "DEFERRABLE",
    "DEFERRED",
    "DEGREES",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DESCRIPTOR",
    "DIAGNOSTICS",
    "DISCONNECT",
    "DISTANCE",
    "DISTINCT",
    "DOMAIN",
    "DOUBLE",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXCEPTION",
    "EXEC",
    "EXECUTE",
    "EXISTS",
    "EXP",
    "EXTERNAL",
    "EXTRACT",
    "FALSE",
    "FETCH",
    "FIRST",
    "FLOAT",
    "FLOOR",
    "FOR",
    "FOREIGN",
    "FOUND",
    "FROM",
    "FULL",
    "GET",
    "GLOBAL",
    "GO",
    "GOTO",
    "GRANT",
    "GROUP",
    "HAVING",
    "HOUR",
    "IDENTITY",
    "ILIKE",
    "IMMEDIATE",
    "IN",
    "INDICATOR",
    "INITIALLY",
    "INNER",
    "INPUT",
    "INSENSITIVE",
    "INSERT",
    "INT",
    "INTEGER",
    "INTERSECT",
    "INTERSECTS",
    "INTERVAL",
    "INTO",
    "IN_UNIT",
    "IS",
    "ISOLATION",
    "JOIN",
    "KEY",
    "LANGUAGE",
    "LAST",
    "LEADING",
    "LEFT",
    "LEVEL",
    "LIKE",
    "LOCAL",
    "LOG",
    "LOG10",
    "LOWER",
    "MATCH",
    "MAX",
    "MIN",
    "MINUTE",
    "MOD",
    "MODULE",
    "MONTH",
    "NAMES",
    "NATIONAL",
    "NATURAL",
    "NCHAR",
    "NEXT",
    "NO",
    "NOT",
    "NULL",
    "NULLIF",
    "NUMERIC",
    "OCTET_LENGTH",
    "OF",
    "OFFSET",
    "ON",
    "ONLY",
    "OPEN",
    "OPTION",
    "OR",
    "ORDER",
    "OUTER",
    "OUTPUT",
    "OVERLAPS",
    "PAD",
    "PARTIAL",
    "PI",
    "POINT",
    "POLYGON",
    "POSITION",
    "POWER",
    "PRECISION",
    "PREPARE",
    "PRESERVE",
    "PRIMARY",
    "PRIOR",
    "PRIVILEGES",
    "PROCEDURE",
    "PUBLIC",
    "RADIANS",
    "RAND",
    "READ",
    "REAL",
    "REFERENCES",
    "REGION",
    "RELATIVE",
    "RESTRICT",
    "REVOKE",
    "RIGHT",
    "ROLLBACK",
    "ROUND",
    "ROWS",
    "SCHEMA",
    "SCROLL",
    "SECOND",
    "SECTION",
    "SELECT",
    "SESSION",
    "SESSION_USER",
    "SET",
    "SIN",
    "SIZE",
    "SMALLINT",
    "SOME",
    "SPACE",
    "SQL",
    "SQLCODE",
    "SQLERROR",
    "SQLSTATE",
    "SQRT",
    "SUBSTRING",
    "SUM",
    "SYSTEM_USER",
    "TABLE",
    "TAN",
    "TEMPORARY",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TIMEZONE_HOUR",
    "TIMEZONE_MINUTE",
    "TO",
    "TOP",
    "TRAILING",
    "TRANSACTION",
    "TRANSLATE",
    "TRANSLATION",
    "TRIM",
    "TRUE",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UNKNOWN",
    "UPDATE",
    "UPPER",
    "USAGE",
    "USER",
    "USING",
    "VALUE",
    "VALUES",
    "VARCHAR",
    "VARYING",
    "VIEW",
    "WHEN",
    "WHENEVER",
    "WHERE",
    "WITH",
    "WORK",
    "WRITE",
    "YEAR",
    "ZONE",
});
static_assert(std::is_sorted(kReserved.begin(), kReserved.end()));

inline constexpr std::size_t kLongestReserved = 17;

// Not a reserved word.
inline constexpr int kNoWord = -1;

constexpr std::size_t word_hash(std::string_view text) {
    std::size_t hash = text.size();
    for (const char c : text)
        hash = hash * 31 + static_cast<unsigned char>(c);
    return (hash ^ hash >> 9U) % 1024;
}

// Open addressing: kReserved's indices where their hashes lead.
inline constexpr auto kWordSlots = [] {
    std::array<std::int16_t, 1024> slots{};
    slots.fill(kNoWord);
    for (std::size_t i = 0; i < kReserved.size(); ++i) {
        auto at = word_hash(kReserved[i]);
        while (slots[at] != kNoWord)
            at = (at + 1) % slots.size();
        slots[at] = static_cast<std::int16_t>(i);
    }
    return slots;
}();

// What the words that begin with a letter have in common: a bit for each length, and one for each
// last letter's lower five bits.
struct WordEnds {
    std::uint32_t lengths = 0;
    std::uint32_t letters = 0;
};

inline constexpr auto kWordEnds = [] {
    std::array<WordEnds, 26> all{};
    for (const auto text : kReserved) {
        auto& ends = all[static_cast<std::size_t>(text[0] - 'A')];
        ends.lengths |= 1U << text.size();
        ends.letters |= 1U << (static_cast<unsigned char>(text.back()) & 31U);
    }
    return all;
}();

// The number of a reserved word written in upper case; kNoWord for any other text.
constexpr int find_word(std::string_view upper) {
    for (auto at = word_hash(upper); kWordSlots[at] != kNoWord; at = (at + 1) % kWordSlots.size())
        if (kReserved[static_cast<std::size_t>(kWordSlots[at])] == upper) return kWordSlots[at];
    return kNoWord;
}

// The same for words in our own source: a misspelt one does not compile.
consteval int word(std::string_view upper) {
    const int found = find_word(upper);
    if (found == kNoWord) throw "this is no reserved word";
    return found;
}

}  // namespace vo::adql
