// SPDX-License-Identifier: Apache-2.0
// Prints a dictionary for fuzzers of queries, one word a line in double quotes (the form of
// libFuzzer and AFL++): reserved words, functions, the names of the tests' catalogue, symbols.
#include "adql/words.h"

#include <iostream>
#include <set>
#include <string>

#include "adql/functions.h"
#include "adql/sample_catalog.h"

int main() {
    // Symbols have no table of their own that others could read.
    std::set<std::string> words{"||", "<>", "!=", "<=", ">=", "--", "''", "(*)", "1e9", ".*"};
    for (const auto word : vo::adql::kReserved)
        words.emplace(word);
    for (const auto& function : vo::adql::functions())
        words.emplace(function.name);
    for (const auto& table : vo::test::sample_catalog().tables) {
        words.insert(table.name);
        for (const auto& column : table.columns)
            words.insert(column.delimited ? '"' + column.name + '"' : column.name);
    }
    for (const auto& word : words) {
        std::cout << '"';
        for (const char c : word) {
            if (c == '"' || c == '\\') std::cout << '\\';
            std::cout << c;
        }
        std::cout << "\"\n";
    }
    return std::cout.good() ? 0 : 1;
}
