// SPDX-License-Identifier: Apache-2.0
// Keywords of GADF with the fallbacks that real files need.
#include "gadf_header.h"

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate::ingest {

std::string_view kind_of(const fits::Hdu& hdu) {
    return hdu.is_table ? obscore::kind_of(hdu.header) : std::string_view();
}

std::string class_of(const fits::Hdu& hdu, std::string_view type) {
    if (const auto clas4 = hdu.header.find_text("HDUCLAS4")) return to_lower(*clas4);
    return type == "events" || type == "gti" ? std::string(type) : std::string();
}

std::optional<std::string> find_obs_id(const fits::Header& header) {
    const auto text = header.find_text("OBS_ID");
    if (!text || parse_integer(*text)) return text;
    if (const auto number = header.find_integer("OBS_ID")) return std::to_string(*number);
    return text;
}

bool is_same_obs_id(const std::string& a, const std::string& b) {
    const auto number = parse_integer(a);
    return a == b || (number && number == parse_integer(b));
}

double column_factor(const fits::Table& table,
                     const fits::Column& column,
                     fits::Quantity quantity) {
    return obscore::column_factor(table.hdu().header, column.unit, quantity,
                                  table.label() + ": the column " + column.name);
}

void check_scalar(const fits::Table& table, const fits::Column& column) {
    if (column.kind != fits::Column::Kind::Number || column.repeat != 1)
        throw Error(Code::BadRequest,
                    table.label() + ": the column " + column.name + " is not one number per row");
}

}  // namespace vo::vogate::ingest
