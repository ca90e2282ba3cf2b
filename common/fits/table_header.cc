// SPDX-License-Identifier: Apache-2.0
// Headers made by CFITSIO in memory, taken out as text.
#include "fits/table_header.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <fitsio.h>

#include "base/error.h"

namespace vo::fits {

namespace {

constexpr std::size_t kCard = 80;

void check(int status) {
    if (status == 0) return;
    std::array<char, FLEN_STATUS> words{};
    fits_get_errstatus(status, words.data());
    throw Error(Code::Internal, "CFITSIO cannot make a header").with_detail(words.data());
}

struct Close {
    void operator()(fitsfile* file) const {
        int status = 0;
        fits_close_file(file, &status);
    }
};

using FilePtr = std::unique_ptr<fitsfile, Close>;

FilePtr make_file() {
    int status = 0;
    fitsfile* file = nullptr;
    fits_create_file(&file, "mem://", &status);
    check(status);
    return FilePtr(file);
}

// All cards, END included, filled up to whole blocks.
std::string take_header(fitsfile* file) {
    int status = 0;
    int cards = 0;
    char* text = nullptr;
    fits_hdr2str(file, 0, nullptr, 0, &text, &cards, &status);
    const std::unique_ptr<char, void (*)(void*)> owner(text, std::free);
    check(status);
    std::string header(text, static_cast<std::size_t>(cards) * kCard);
    if (header.rfind("END     ") == std::string::npos || header.size() % kCard != 0)
        throw Error(Code::Internal, "CFITSIO cannot make a header");
    header.resize((header.size() + kBlock - 1) / kBlock * kBlock, ' ');
    return header;
}

// Sizes go into the finished text: told of them, CFITSIO would make room for the data.
void set_number(std::string& header, std::string_view keyword, std::int64_t value) {
    constexpr std::size_t kValueEnd = 30;
    const auto number = std::to_string(value);
    for (std::size_t at = 0; at < header.size(); at += kCard) {
        if (header.compare(at, keyword.size(), keyword) != 0 || header[at + 8] != '=') continue;
        if (header.compare(at + keyword.size(), 8 - keyword.size(),
                           std::string(8 - keyword.size(), ' ')) != 0)
            continue;
        header.replace(at + 10, kValueEnd - 10, std::string(kValueEnd - 10 - number.size(), ' '));
        header.insert(at + kValueEnd - number.size(), number);
        return;
    }
    throw Error(Code::Internal, "CFITSIO made a header without " + std::string(keyword));
}

std::string to_ascii(std::string_view text) {
    std::string out;
    append_ascii(out, text);
    return out;
}

void write_text(fitsfile* file, const std::string& keyword, const std::string& value) {
    if (value.empty()) return;
    int status = 0;
    fits_update_key_longstr(file, keyword.c_str(), to_ascii(value).c_str(), nullptr, &status);
    check(status);
}

void write_column(fitsfile* file, int number, const ColumnCards& column) {
    const auto n = std::to_string(number);
    write_text(file, "TUCD" + n, column.ucd);
    // One letter less than "TUTYPE" for three digits to fit.
    write_text(file, "TUTYP" + n, column.utype);
    write_text(file, "TCOMM" + n, column.description);
    if (column.null.empty()) return;
    int status = 0;
    fits_update_key(file, TLONGLONG, ("TNULL" + n).c_str(),
                    std::array{static_cast<LONGLONG>(std::strtoll(column.null.c_str(), nullptr, 10))}
                        .data(),
                    nullptr, &status);
    check(status);
}

}  // namespace

void append_ascii(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= ' ' && byte < 0x7F)
            out += c;
        else if (byte < ' ' || byte == 0x7F)
            out += ' ';
        else if ((byte & 0xC0U) != 0x80U)  // no later byte of a character
            out += '?';
    }
}

std::string make_primary_hdu(std::string_view votable) {
    const auto file = make_file();
    int status = 0;
    std::array<long, 1> size{static_cast<long>(votable.size())};
    // STIL looks for these five cards in this order.
    fits_write_imghdr(file.get(), BYTE_IMG, 1, size.data(), &status);
    check(status);
    auto header = take_header(file.get());
    const auto card = [](std::string_view text) {
        std::string padded(text);
        padded.resize(kCard, ' ');
        return padded;
    };
    constexpr std::size_t kMandatory = 4;
    header.insert(kMandatory * kCard,
                  card("VOTMETA =                    T / Table metadata in VOTable format"));
    // The blanks that make room for it, unless the block is full.
    header.resize((header.find_last_not_of(' ') / kBlock + 1) * kBlock, ' ');
    header += votable;
    header.resize((header.size() + kBlock - 1) / kBlock * kBlock, '\0');
    return header;
}

std::string make_table_header(const TableCards& cards) {
    const auto file = make_file();
    std::vector<std::string> texts;
    std::vector<char*> names;
    std::vector<char*> forms;
    std::vector<char*> units;
    texts.reserve(3 * cards.columns.size());
    const auto keep = [&texts](const std::string& text) {
        texts.push_back(to_ascii(text).substr(0, FLEN_VALUE - 3));
        return texts.back().data();
    };
    for (const auto& column : cards.columns) {
        names.push_back(keep(column.name));
        forms.push_back(keep(column.form));
        units.push_back(keep(column.unit));
    }
    int status = 0;
    fits_create_tbl(file.get(), BINARY_TBL, 0, static_cast<int>(cards.columns.size()), names.data(),
                    forms.data(), units.data(), cards.name.c_str(), &status);
    check(status);
    for (std::size_t i = 0; i < cards.columns.size(); ++i)
        write_column(file.get(), static_cast<int>(i) + 1, cards.columns[i]);
    for (const auto& comment : cards.comments)
        fits_write_comment(file.get(), to_ascii(comment).c_str(), &status);
    check(status);
    auto header = take_header(file.get());
    set_number(header, "NAXIS1", cards.row_bytes);
    set_number(header, "NAXIS2", cards.rows);
    set_number(header, "PCOUNT", cards.heap_bytes);
    return header;
}

}  // namespace vo::fits
