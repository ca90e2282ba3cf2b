// SPDX-License-Identifier: Apache-2.0
// Which of the formats a file has, from its first bytes.
#include "table/reader.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

namespace vo::table {

namespace {

using Open = std::unique_ptr<Reader> (*)(int file, const ReadLimits& limits);

struct Start {
    std::string_view bytes;
    Open open;                // or nullptr
    std::string_view format;  // which is not read
};

constexpr std::array kStarts{
    Start{"SIMPLE  =", open_fits_reader, ""},
    Start{"<", open_votable_reader, ""},
    Start{"\xef\xbb\xbf<", open_votable_reader, ""},
    Start{std::string_view("\xff\xfe<\0", 4), open_votable_reader, ""},
    Start{std::string_view("\xfe\xff\0<", 4), open_votable_reader, ""},
    Start{"\xff\xfe", nullptr, "a text in UTF-16; save it as UTF-8"},
    Start{"\xfe\xff", nullptr, "a text in UTF-16; save it as UTF-8"},
    Start{"\x1f\x8b", nullptr, "compressed by gzip; unpack it"},
    Start{"BZh", nullptr, "compressed by bzip2; unpack it"},
    Start{"PK\x03\x04", nullptr, "a ZIP archive or a spreadsheet"},
    Start{"PAR1", nullptr, "Parquet"},
    Start{"\x89HDF", nullptr, "HDF5"},
    Start{"%PDF", nullptr, "a PDF document"},
    Start{"{", nullptr, "JSON"},
};

}  // namespace

std::unique_ptr<Reader> open_reader(int file, const ReadLimits& limits) {
    std::array<char, 512> buffer{};
    ssize_t got = 0;
    do
        got = ::pread(file, buffer.data(), buffer.size(), 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        throw Error(Code::Internal, "A table could not be read.")
            .with_detail(std::generic_category().message(errno));
    std::string_view start(buffer.data(), static_cast<std::size_t>(got));
    if (trim(start).empty() && got < static_cast<ssize_t>(buffer.size()))
        throw Error(Code::BadRequest, "The table is empty.");
    // XML may not, but does, begin with line ends.
    const auto first = start.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && start[first] == '<')
        return open_votable_reader(file, limits);
    for (const auto& row : kStarts) {
        if (!start.starts_with(row.bytes)) continue;
        if (row.open != nullptr) return row.open(file, limits);
        throw Error(Code::BadRequest, "The table is " + std::string(row.format) +
                                          ". What is read: VOTable, FITS and CSV.");
    }
    return open_csv_reader(file, limits);
}

}  // namespace vo::table
