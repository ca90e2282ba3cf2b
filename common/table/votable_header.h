// SPDX-License-Identifier: Apache-2.0
// A VOTable up to its first row: the FIELDs of its first TABLE and how its DATA are written.
#pragma once

#include <string>
#include <vector>

#include "doc/xml_reader.h"
#include "table/table.h"
#include "table/votable_field.h"

namespace vo::table {

struct VotableHeader {
    // None: a TABLE without DATA, which has no rows.
    enum class Data { None, Tabledata, Binary, Binary2, Fits };

    Table table;
    std::vector<VotableField> fields;
    Data data = Data::None;
};

// Reads to where the rows begin: within TABLEDATA, or within the STREAM of the others. An error
// document (DALI 1.1 §4.2) is refused in its own words.
[[nodiscard]] VotableHeader read_votable_header(doc::XmlReader& xml, std::size_t max_columns);

}  // namespace vo::table
