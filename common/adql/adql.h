// SPDX-License-Identifier: Apache-2.0
// ADQL 2.1 to PostgreSQL: the one door of this folder.
//
//     const Translation t = adql::translate(text, catalog, {.max_depth = 100});
//     // t.sql selects exactly t.columns, in order, each in the wire form of its table::Type
//
// The text is hostile: nothing that the grammar does not know becomes SQL, every identifier comes
// from the catalogue or is made here, literals pass sql_literal and sql_number only. A query that
// is refused throws Error(BadQuery), or UnknownName when its only fault is a name that leads
// nowhere, with line and column, what was expected, and the likely name. Cost is linear in the
// text; depth is bounded. Pure: no I/O, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adql/functions.h"
#include "schema/catalog.h"
#include "table/table.h"

namespace vo::adql {

struct Limits {
    std::size_t max_depth = 200;  // levels of the parser: about two for each parenthesis
    std::size_t max_tokens = 100'000;
};

struct Translation {
    // One SELECT without semicolon and without LIMIT, which the caller appends: TOP is in `top`.
    // Types without binary output are already turned into those of table::Type.
    std::string sql;
    std::vector<table::Column> columns;
    // Published names of the tables that the query reads, each once.
    std::vector<std::string> tables;
    // TOP of the outermost query, or -1.
    std::int64_t top = -1;
    // What runs, but hardly as it was meant, in words for the one who wrote it.
    std::vector<std::string> warnings;
};

// Whether the text is ADQL, whatever tables and columns there are.
void check(std::string_view query, const Declarations& declared, const Limits& limits = {});

// `uploads` are the tables of this request alone, in the schema TAP_UPLOAD.
[[nodiscard]] Translation translate(std::string_view query,
                                    const schema::Catalog& catalog,
                                    const Limits& limits = {},
                                    const schema::Catalog& uploads = {});

}  // namespace vo::adql
