// SPDX-License-Identifier: Apache-2.0
// The judge of the fuzz targets for queries: ends the program when a query is not treated well.
//
//     vo::test::judge_query(text);
//
// Any text is translated or refused with words, within the limit of tests/fuzz/cost.h. The SQL of
// what is translated holds no name but those of the catalogue, those that the rows of the function
// table write, those of a list, and those of our own making; every quote and parenthesis is closed;
// and there is nothing in it that begins a comment, ends the statement or is no UTF-8.
#pragma once

#include <string_view>

namespace vo::test {

void judge_query(std::string_view query);

// Ends the program when the query is refused: a target all of whose inputs are refused tests
// nothing.
void require_accepted(std::string_view query);

}  // namespace vo::test
