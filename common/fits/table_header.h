// SPDX-License-Identifier: Apache-2.0
// The headers of a FITS file with one binary table, whose data somebody else writes: composed by
// CFITSIO, so that quoting, long strings and card formats are its business. Source: FITS 4.0 §7.3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vo::fits {

inline constexpr std::size_t kBlock = 2880;
// TFIELDS, FITS 4.0 §7.3.1.
inline constexpr std::size_t kMostColumns = 999;

struct ColumnCards {
    std::string name;         // TTYPEn
    std::string form;         // TFORMn: "1D", "20A", "1PD(12)"
    std::string unit;         // TUNITn
    std::string ucd;          // TUCDn
    std::string utype;        // TUTYPn
    std::string description;  // TCOMMn
    std::string null;         // TNULLn: a whole number
};

struct TableCards {
    std::string name;  // EXTNAME
    std::int64_t row_bytes = 0;
    std::int64_t rows = 0;
    std::int64_t heap_bytes = 0;
    std::vector<ColumnCards> columns;
    std::vector<std::string> comments;
};

// The primary HDU with a VOTable document that says of the table what FITS has no words for: the
// "FITS-plus" convention, by which STIL (TOPCAT, STILTS) reads all metadata. Whole blocks.
[[nodiscard]] std::string make_primary_hdu(std::string_view votable);

// The header of the BINTABLE extension. Whole blocks.
[[nodiscard]] std::string make_table_header(const TableCards& cards);

// FITS 4.0 §4.2.1, §7.3.3.1: headers and texts hold printable ASCII only. Each other character
// becomes one '?', each control character a blank.
void append_ascii(std::string& out, std::string_view text);

}  // namespace vo::fits
