// SPDX-License-Identifier: Apache-2.0
// A tool for those who write cases: one query a line on standard input, its SQL or its error out.
#include <iostream>
#include <string>

#include "adql/adql.h"
#include "base/error.h"
#include "sample_catalog.h"

int main() {
    for (std::string query; std::getline(std::cin, query);) {
        std::cout << "> " << query << '\n';
        try {
            const auto translation = vo::adql::translate(query, vo::test::sample_catalog());
            std::cout << "= " << translation.sql << '\n';
        } catch (const vo::Error& error) {
            std::cout << "! " << error.what() << '\n';
        }
        std::cout << '\n';
    }
}
