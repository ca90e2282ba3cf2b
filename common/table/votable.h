// SPDX-License-Identifier: Apache-2.0
// The VOTable frame around the rows; private to this folder.
#pragma once

#include "doc/xml_writer.h"
#include "table/format.h"
#include "table/table.h"
#include "table/votable_cells.h"

namespace vo::table {

// 1.4 in the namespace of 1.3: the newest label that STILTS 3.4.7's votlint knows.
inline constexpr std::string_view kVotableVersion = "1.4";

// VOTABLE and RESOURCE start tags.
void open_resource(doc::XmlWriter& xml);
void write_info(doc::XmlWriter& xml, const Info& info);
// QUERY_STATUS, DALI 1.1 §5.4.3.
void write_status(doc::XmlWriter& xml, const Outcome& outcome);
// The table's INFOs, COOSYS and TIMESYS, then TABLE with DESCRIPTION and FIELDs; TABLE stays open.
void open_table(doc::XmlWriter& xml, const Table& table, Nulls nulls);

}  // namespace vo::table
