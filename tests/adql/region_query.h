// SPDX-License-Identifier: Apache-2.0
// A query around the text of a REGION: what the fuzz target and the search for slow inputs ask.
//
//     translate(vo::test::region_query("Circle ICRS 83.6 22 1"), ...)
//
// The text may hold anything; its quotes are doubled, so that all of it stays in the character
// string.
#pragma once

#include <string>
#include <string_view>

namespace vo::test {

[[nodiscard]] inline std::string region_query(std::string_view text) {
    std::string query = "SELECT s_region FROM ivoa.obscore WHERE 1 = INTERSECTS(s_region, REGION('";
    for (const char c : text) {
        if (c == '\'') query += c;
        query += c;
    }
    return query + "'))";
}

}  // namespace vo::test
