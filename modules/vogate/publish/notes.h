// SPDX-License-Identifier: Apache-2.0
// What is told of a site's table that PostgreSQL does not know: units, UCDs and the like. From a
// VOTable's header or a small text file, kept in vogate.site_table and vogate.site_column.
//
//     description = Stars of the field, from plate 7
//     [ra]
//     unit = deg
//     ucd = pos.eq.ra;meta.main
//     [remark]
//     publish = no
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "site_table.h"
#include "table/table.h"

namespace vo::vogate::publish {

struct ColumnNotes {
    std::string name;  // in the case that people write it in
    std::string datatype;
    std::string arraysize;
    std::string xtype;
    std::string unit;
    std::string ucd;
    std::string utype;
    std::string description;
    std::string frame;
    bool principal = false;
    bool hidden = false;
};

struct Notes {
    std::string description;
    std::string utype;
    std::map<std::string, ColumnNotes> columns;  // by PostgreSQL's name
};

[[nodiscard]] Notes read_notes(pg::Connection& db, const TableName& name);
// In the caller's transaction.
void store_notes(pg::Connection& db, const TableName& name, const Notes& notes);

// As a table's FIELD tells it; units and UCDs that are none become warnings.
[[nodiscard]] ColumnNotes make_notes(const table::Column& column,
                                     std::vector<std::string>& warnings);

// The file's words replace what the notes say of the same columns. A mistake in a text file is
// BadRequest with its line; one in a VOTable, which others wrote, is a warning.
void read_notes_file(Notes& notes,
                     const std::string& path,
                     const SiteTable& table,
                     std::vector<std::string>& warnings);

}  // namespace vo::vogate::publish
