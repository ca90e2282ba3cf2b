// SPDX-License-Identifier: Apache-2.0
// What of a site's table will be published, and what would make it faster: decided before anything
// is changed.
#pragma once

#include <string>
#include <vector>

#include "notes.h"
#include "site_table.h"
#include "table/table.h"

namespace vo::vogate::publish {

struct PlannedColumn {
    std::string sql_name;
    std::string tap_name;  // with its quotes
    table::Column column;
    bool indexed = false;
    bool principal = false;
    // Of vogate.geometry; empty for a column of its own type.
    std::string storage;
    std::string geometry;  // the column that has the pgSphere form of an array
};

// POINT(ra, dec) is the spoint column `sql_name`.
struct PlannedPosition {
    std::string ra;
    std::string dec;
    std::string sql_name;
};

// A column of pgSphere that could be added, or an index that it lacks.
struct Proposal {
    std::string words;  // "a stored position of ra and dec"
    std::vector<std::string> statements;
    std::string sql_name;
    // Of a position; else of the array column `ra`.
    std::string ra;
    std::string dec;
};

struct Plan {
    std::string description;
    std::string utype;
    std::vector<PlannedColumn> columns;
    std::vector<PlannedPosition> positions;
    std::vector<Proposal> proposals;
    std::vector<std::string> remarks;  // what is left out, and why
};

struct PositionWish {
    bool none = false;
    std::string ra;  // or found by UCD and name
    std::string dec;
};

// BadRequest when nothing is left to publish.
[[nodiscard]] Plan make_plan(pg::Connection& db,
                             const SiteTable& table,
                             const Notes& notes,
                             const PositionWish& wish);

}  // namespace vo::vogate::publish
