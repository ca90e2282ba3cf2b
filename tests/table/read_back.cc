// SPDX-License-Identifier: Apache-2.0
// Reads tables from memory.
#include "read_back.h"

#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "table/cell.h"

namespace vo::test {

TempFile::TempFile(std::string_view bytes) : file_(::memfd_create("table", MFD_CLOEXEC)) {
    if (file_ < 0 || ::write(file_, bytes.data(), bytes.size()) < 0)
        throw std::runtime_error("no file in memory");
}

TempFile::~TempFile() {
    ::close(file_);
}

std::string tell(const table::Column& column) {
    std::string out = column.name + ":" + std::string(table::datatype(column.type));
    if (!column.arraysize.empty()) out += "[" + column.arraysize + "]";
    if (!column.xtype.empty()) out += "/" + column.xtype;
    for (const auto& word : {column.unit, column.ucd, column.utype, column.frame})
        if (!word.empty()) out += " " + word;
    if (!column.description.empty()) out += " '" + column.description + "'";
    return out;
}

std::string tell(const table::Table& table, const Row& row) {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += '|';
        if (row[i].is_null())
            out += "NULL";
        else
            table::append_text(out, table.columns[i].type, row[i],
                               [](std::string& to, std::string_view text) { to += text; });
    }
    return out;
}

std::string read_back(std::string_view bytes, const table::ReadLimits& limits) {
    std::string out;
    try {
        const TempFile file(bytes);
        const auto reader = table::open_reader(file.descriptor(), limits);
        for (const auto& column : reader->table().columns)
            out += tell(column) + "\n";
        while (const auto* row = reader->next())
            out += tell(reader->table(), *row) + "\n";
    } catch (const Error& error) {
        out += "! ";
        out += error.what();
        out += '\n';
    }
    return out;
}

}  // namespace vo::test
