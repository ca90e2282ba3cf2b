// SPDX-License-Identifier: Apache-2.0
// CFITSIO behind values: the only file that includes fitsio.h.
#include "fits/fits_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include <fitsio.h>

#include "base/error.h"
#include "base/text.h"
#include "fits/inflate.h"

namespace vo::fits {

namespace {

// Bounds against files made to hurt; real event lists are far below all of them.
constexpr std::size_t kMostInflatedBytes = std::size_t{4} << 30U;
constexpr int kMostHdus = 10'000;
constexpr int kMostKeywords = 100'000;
constexpr std::int64_t kMostValuesInRow = std::int64_t{1} << 27U;
constexpr std::int64_t kBlock = 2880;

// CFITSIO keeps one stack of messages for the whole process; taking them empties it.
std::string take_cfitsio_words(int status) {
    std::array<char, FLEN_STATUS> short_text{};
    fits_get_errstatus(status, short_text.data());
    std::string words = "CFITSIO " + std::to_string(status) + ": " + short_text.data();
    std::array<char, FLEN_ERRMSG> line{};
    for (int lines = 0; fits_read_errmsg(line.data()) != 0; ++lines)
        if (lines < 4) words += "; " + clean_text(line.data());
    return words;
}

[[noreturn]] void fail(const std::string& what, int status) {
    throw Error(Code::BadRequest, what).with_detail(take_cfitsio_words(status));
}

struct Start {
    bool is_gzip = false;
    std::int64_t size = 0;
};

// Only plain and gzipped FITS: CFITSIO would also run its readers of other formats.
Start look_at_start(const std::string& path, const std::string& name) {
    std::error_code failed;
    const auto status = std::filesystem::status(path, failed);
    if (failed || !std::filesystem::exists(status))
        throw Error(Code::BadRequest, name + " cannot be opened: no such file");
    if (!std::filesystem::is_regular_file(status))
        throw Error(Code::BadRequest, name + " is not a file");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               std::fclose);
    if (!file) throw Error(Code::BadRequest, name + " cannot be opened: " + std::strerror(errno));
    std::array<char, 9> magic{};
    const auto got = std::fread(magic.data(), 1, magic.size(), file.get());
    const std::string_view start(magic.data(), got);
    if (start.starts_with("\x1f\x8b")) return {.is_gzip = true};
    if (got == 0) throw Error(Code::BadRequest, name + " is empty");
    if (!start.starts_with("SIMPLE  ="))
        throw Error(Code::BadRequest, name + " is not a FITS file: it does not begin with SIMPLE");
    return {.size = static_cast<std::int64_t>(std::filesystem::file_size(path))};
}

Column::Kind kind_of(int type) {
    switch (type) {
        case TSTRING: return Column::Kind::Text;
        case TBYTE:
        case TSBYTE:
        case TSHORT:
        case TUSHORT:
        case TINT:
        case TUINT:
        case TLONG:
        case TULONG:
        case TLONGLONG:
        case TULONGLONG:
        case TFLOAT:
        case TDOUBLE: return Column::Kind::Number;
        // Negative types are variable-length arrays; bits, logicals and complex numbers have no
        // use here.
        default: return Column::Kind::Other;
    }
}

}  // namespace

struct File::Handle {
    Memory memory;
    void* bytes = nullptr;
    std::size_t size = 0;
    fitsfile* fits = nullptr;

    Handle() = default;

    ~Handle() {
        int status = 0;
        if (fits != nullptr) fits_close_file(fits, &status);
        fits_clear_errmsg();
    }

    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
};

File::File(const std::string& path)
    : name_(std::filesystem::path(path).filename().string()), handle_(std::make_unique<Handle>()) {
    const auto start = look_at_start(path, name_);
    int status = 0;
    std::int64_t size = start.size;
    if (start.is_gzip) {
        handle_->memory = inflate_file(path, kMostInflatedBytes);
        handle_->bytes = handle_->memory.bytes.get();
        handle_->size = handle_->memory.size;
        size = static_cast<std::int64_t>(handle_->size);
        if (size < kBlock || std::memcmp(handle_->bytes, "SIMPLE  =", 9) != 0)
            throw Error(Code::BadRequest, name_ + " is not a gzipped FITS file");
        fits_open_memfile(&handle_->fits, "memory", READONLY, &handle_->bytes, &handle_->size, 0,
                          nullptr, &status);
    } else {
        fits_open_diskfile(&handle_->fits, path.c_str(), READONLY, &status);
    }
    if (status != 0) fail(name_ + " cannot be read as FITS", status);
    read_hdus(path, size);
}

File::~File() = default;

// After the last HDU only padding may follow: anything else is an HDU that was cut off or damaged,
// which CFITSIO reports in the same way as a proper end.
void File::check_tail(const std::string& path, std::int64_t data_end, std::int64_t size) const {
    std::string rest(static_cast<std::size_t>(std::clamp<std::int64_t>(size - data_end, 0, kBlock)),
                     '\0');
    if (handle_->bytes != nullptr) {
        std::memcpy(rest.data(), static_cast<const char*>(handle_->bytes) + data_end, rest.size());
    } else {
        std::ifstream in(path, std::ios::binary);
        in.seekg(data_end);
        in.read(rest.data(), static_cast<std::streamsize>(rest.size()));
    }
    if (rest.find_first_not_of(std::string_view("\0 ", 2)) != std::string::npos)
        throw Error(Code::BadRequest, name_ + " is truncated or corrupt: what follows HDU " +
                                          std::to_string(hdus_.size()) + " is no HDU");
}

void File::read_hdus(const std::string& path, std::int64_t size) {
    LONGLONG data_end = 0;
    for (int number = 1; number <= kMostHdus; ++number) {
        int status = 0;
        fits_movabs_hdu(handle_->fits, number, nullptr, &status);
        if (status != 0) {
            if (number == 1) fail(name_ + " is truncated or corrupt: no HDU can be read", status);
            fits_clear_errmsg();
            check_tail(path, data_end, size);
            return;
        }
        LONGLONG header_start = 0;
        LONGLONG data_start = 0;
        fits_get_hduaddrll(handle_->fits, &header_start, &data_start, &data_end, &status);
        if (status != 0) fail(name_ + " cannot be read as FITS", status);
        if (data_end > size)
            throw Error(Code::BadRequest, name_ + " is truncated: HDU " + std::to_string(number) +
                                              " ends at byte " + std::to_string(data_end) +
                                              ", the file at " + std::to_string(size));
        hdus_.push_back(read_hdu(number));
    }
    throw Error(Code::TooLarge, name_ + " has more than " + std::to_string(kMostHdus) + " HDUs");
}

Hdu File::read_hdu(int number) {
    Hdu hdu;
    hdu.number = number;
    int status = 0;
    int type = IMAGE_HDU;
    int keywords = 0;
    fits_get_hdu_type(handle_->fits, &type, &status);
    fits_get_hdrspace(handle_->fits, &keywords, nullptr, &status);
    const std::string label = name_ + ", HDU " + std::to_string(number);
    if (status != 0) fail(label + " has a broken header", status);
    if (keywords > kMostKeywords) throw Error(Code::TooLarge, label + " has too many keywords");
    for (int i = 1; i <= keywords; ++i) {
        std::array<char, FLEN_KEYWORD> keyword{};
        std::array<char, FLEN_VALUE> value{};
        fits_read_keyn(handle_->fits, i, keyword.data(), value.data(), nullptr, &status);
        if (status != 0) {
            // One unreadable card (a comment with forbidden bytes, say) does not spoil the rest.
            status = 0;
            fits_clear_errmsg();
            continue;
        }
        std::string_view raw = value.data();
        char* whole = nullptr;
        std::string quoted;
        if (raw.ends_with("&'")) {
            fits_read_key_longstr(handle_->fits, keyword.data(), &whole, nullptr, &status);
            if (status == 0 && whole != nullptr) {
                quoted = "'";
                for (const char* c = whole; *c != '\0'; ++c)
                    quoted += *c == '\'' ? "''" : std::string(1, *c);
                quoted += '\'';
                raw = quoted;
            }
            status = 0;
            fits_free_memory(whole, &status);
            status = 0;
            fits_clear_errmsg();
        }
        if (!raw.empty()) hdu.header.add(keyword.data(), raw);
    }
    hdu.name = hdu.header.find_text("EXTNAME").value_or("");
    hdu.is_table = type == BINARY_TBL || type == ASCII_TBL;
    if (hdu.is_table) {
        LONGLONG rows = 0;
        fits_get_num_rowsll(handle_->fits, &rows, &status);
        if (status != 0 || rows < 0) fail(label + " has a broken header", status);
        hdu.rows = rows;
    }
    return hdu;
}

const Hdu* File::find_hdu(std::string_view name) const {
    for (const auto& hdu : hdus_)
        if (equal_fold(hdu.name, trim(name))) return &hdu;
    return nullptr;
}

Table::Table(File& file, const Hdu& hdu) : file_(file), hdu_(hdu) {
    if (!hdu.is_table) throw Error(Code::BadRequest, label() + " is not a table");
    if (hdu.header.find_text("ZTABLE").value_or("F") == "T")
        throw Error(Code::BadRequest,
                    label() + " is a tile-compressed table; unpack it (funpack) first");
    go_there();
    auto* fits = file_.handle_->fits;
    int status = 0;
    int count = 0;
    fits_get_num_cols(fits, &count, &status);
    if (status != 0) fail(label() + " has a broken header", status);
    for (int i = 1; i <= count; ++i) {
        Column column;
        column.number = i;
        const std::string n = std::to_string(i);
        column.name = hdu.header.find_text("TTYPE" + n).value_or("");
        column.unit = hdu.header.find_text("TUNIT" + n).value_or("");
        int type = 0;
        LONGLONG repeat = 0;
        LONGLONG width = 0;
        fits_get_eqcoltypell(fits, i, &type, &repeat, &width, &status);
        if (status != 0) fail(label() + " has a bad format in column " + n, status);
        column.kind = kind_of(type);
        column.repeat = column.kind == Column::Kind::Text ? 1 : repeat;
        constexpr int kMostAxes = 16;
        std::array<LONGLONG, kMostAxes> axes{};
        int dimensions = 0;
        fits_read_tdimll(fits, i, kMostAxes, &dimensions, axes.data(), &status);
        if (status != 0) {
            // A TDIM that does not fit TFORM is to be ignored (FITS 4.0 section 7.3.2).
            status = 0;
            fits_clear_errmsg();
            dimensions = 0;
        }
        std::int64_t product = 1;
        for (int d = 0; d < std::min(dimensions, kMostAxes); ++d) {
            column.shape.push_back(axes[static_cast<std::size_t>(d)]);
            product = column.shape.back() > 0 && product <= kMostValuesInRow
                          ? product * column.shape.back()
                          : 0;
        }
        if (column.shape.empty() || product != column.repeat) column.shape = {column.repeat};
        columns_.push_back(std::move(column));
    }
}

std::string Table::label() const {
    return file_.name_ + ", " +
           (hdu_.name.empty() ? "HDU " + std::to_string(hdu_.number) : hdu_.name);
}

void Table::go_there() {
    int status = 0;
    fits_movabs_hdu(file_.handle_->fits, hdu_.number, nullptr, &status);
    if (status != 0) fail(label() + " cannot be read", status);
}

const Column* Table::find_column(std::string_view name) const {
    for (const auto& column : columns_)
        if (equal_fold(column.name, name)) return &column;
    return nullptr;
}

const Column& Table::get_column(std::string_view name) const {
    if (const auto* column = find_column(name)) return *column;
    throw Error(Code::BadRequest, label() + " lacks the column " + std::string(name));
}

std::int64_t Table::chunk_rows() const {
    int status = 0;
    long rows = 0;
    fits_get_rowsize(file_.handle_->fits, &rows, &status);
    return status == 0 ? std::clamp<std::int64_t>(rows, 1, 65536) : 1024;
}

void Table::check_numeric(const Column& column) const {
    if (column.kind != Column::Kind::Number)
        throw Error(Code::BadRequest, label() + ": the column " + column.name + " is not numeric");
    if (column.repeat < 1 || column.repeat > kMostValuesInRow)
        throw Error(Code::BadRequest, label() + ": the column " + column.name + " has " +
                                          std::to_string(column.repeat) + " values in a row");
}

void Table::read(const Column& column, std::int64_t first_row, std::span<double> out) {
    check_numeric(column);
    if (out.empty()) return;
    go_there();
    int status = 0;
    // CFITSIO writes here without asking whether there is a place, so there must be one.
    int any_null = 0;
    double null = std::numeric_limits<double>::quiet_NaN();
    fits_read_col(file_.handle_->fits, TDOUBLE, column.number, first_row + 1, 1,
                  static_cast<LONGLONG>(out.size()), &null, out.data(), &any_null, &status);
    if (status != 0) fail(label() + ": the column " + column.name + " cannot be read", status);
}

void Table::read(const Column& column, std::int64_t first_row, std::span<std::int64_t> out) {
    static_assert(sizeof(LONGLONG) == sizeof(std::int64_t));
    check_numeric(column);
    if (out.empty()) return;
    go_there();
    int status = 0;
    int any_null = 0;
    fits_read_col(file_.handle_->fits, TLONGLONG, column.number, first_row + 1, 1,
                  static_cast<LONGLONG>(out.size()), nullptr, out.data(), &any_null, &status);
    if (status != 0) fail(label() + ": the column " + column.name + " cannot be read", status);
}

std::vector<double> Table::read_row(const Column& column, std::int64_t row) {
    check_numeric(column);
    std::vector<double> out(static_cast<std::size_t>(column.repeat));
    read(column, row, out);
    return out;
}

std::vector<std::string> Table::read_text(const Column& column) {
    go_there();
    int status = 0;
    int any_null = 0;
    int width = 0;
    fits_get_col_display_width(file_.handle_->fits, column.number, &width, &status);
    if (status != 0 || column.repeat < 1 || column.kind == Column::Kind::Other)
        fail(label() + ": the column " + column.name + " cannot be read as text", status);
    std::vector<std::string> out;
    std::string cell(static_cast<std::size_t>(std::max(width, 1)) + 1, '\0');
    std::string null;
    for (std::int64_t row = 1; row <= hdu_.rows; ++row) {
        char* target = cell.data();
        fits_read_col(file_.handle_->fits, TSTRING, column.number, row, 1, 1, null.data(), &target,
                      &any_null, &status);
        if (status != 0)
            fail(label() + ": the column " + column.name + " cannot be read as text", status);
        out.push_back(clean_text(cell.c_str()));
    }
    return out;
}

}  // namespace vo::fits
