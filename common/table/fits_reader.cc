// SPDX-License-Identifier: Apache-2.0
// Rows of a FITS table: the values are read from their bytes, which are those of VOTable's BINARY
// but for scaling and the heap (FITS 4.0 §7).
//
// A text ends where only blanks follow it (§7.3.3.1), and none is NULL, as in VOTable. Numbers that
// TSCAL and TZERO change are double, but for the unsigned integers of §5.2.5, which get the next
// wider type. TOPCAT and we ourselves put the table's VOTable header in the primary HDU: what it
// says of the columns is taken.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/scratch.h"
#include "base/text.h"
#include "fits/hdus.h"
#include "table/reader.h"
#include "table/votable_header.h"

namespace vo::table {

namespace {

constexpr std::int64_t kMostRepeat = 1'000'000'000;

// FITS 4.0, table 18.
struct Form {
    char code;
    std::string_view datatype;
    std::size_t bytes;
};

constexpr std::array kForms{
    Form{'L', "boolean", 1},      Form{'X', "bit", 1},           Form{'B', "unsignedByte", 1},
    Form{'I', "short", 2},        Form{'J', "int", 4},           Form{'K', "long", 8},
    Form{'A', "char", 1},         Form{'E', "float", 4},         Form{'D', "double", 8},
    Form{'C', "floatComplex", 8}, Form{'M', "doubleComplex", 16}};

const Form* find_form(char code) {
    for (const auto& form : kForms)
        if (form.code == code) return &form;
    return nullptr;
}

// What TSCAL and TZERO make of a number.
enum class Scaling { None, Unsigned, Real };

struct Source {
    const Form* form = nullptr;  // none for a number of an ASCII table
    std::size_t start = 0;       // in the row
    std::size_t bytes = 0;       // in the row
    std::size_t elements = 0;    // there; in the heap as its descriptor says
    char descriptor = 0;         // 'P' or 'Q' for what is in the heap
    Scaling scaling = Scaling::None;
    double scale = 1;
    double zero = 0;
    std::int64_t offset = 0;           // of unsigned integers
    std::optional<std::int64_t> null;  // as stored
    std::string null_text;             // of an ASCII table
    std::size_t decimals = 0;          // of a number of an ASCII table, which may lack its point
};

struct Layout {
    std::vector<Source> sources;
    std::vector<VotableField> fields;
};

std::int64_t load_integer(const char* from, std::size_t bytes) {
    switch (bytes) {
        case 1: return static_cast<unsigned char>(*from);
        case 2: return load_big<std::int16_t>(from);
        case 4: return load_big<std::int32_t>(from);
        default: return load_big<std::int64_t>(from);
    }
}

// The header of a table to columns.
class LayoutReader {
  public:
    // What `told` says of the columns counts where it tells of as many.
    LayoutReader(const fits::RawHdu& hdu, const ReadLimits& limits, const Table& told)
        : hdu_(hdu), limits_(limits), told_(told) {}

    Layout read() {
        const auto columns = get("TFIELDS");
        if (columns < 1) fail("has no columns");
        if (columns > static_cast<std::int64_t>(limits_.max_columns))
            throw Error(Code::TooLarge, "The table has " + std::to_string(columns) +
                                            " columns; the most that is taken is " +
                                            std::to_string(limits_.max_columns) + ".");
        row_bytes_ = static_cast<std::size_t>(get("NAXIS1"));
        const bool ascii = hdu_.header.find_text("XTENSION").value_or("") == "TABLE";
        std::size_t start = 0;
        for (number_ = 1; number_ <= columns; ++number_) {
            Source source;
            Column column;
            column.name = text("TTYPE");
            column.unit = text("TUNIT");
            column.ucd = text("TUCD");
            column.utype = text("TUTYP");
            column.xtype = text("TXTYP");
            column.description = text("TCOMM");
            source.null = hdu_.header.find_integer("TNULL" + std::to_string(number_));
            source.start = start;
            const auto datatype = ascii ? read_ascii(source, column) : read_binary(source, column);
            if (source.start + source.bytes > row_bytes_)
                fail("says that a row has " + std::to_string(row_bytes_) +
                     " bytes, and its columns need more");
            start = source.start + source.bytes;
            if (told_.columns.size() == static_cast<std::size_t>(columns))
                take_told(told_.columns[static_cast<std::size_t>(number_ - 1)], datatype, column);
            std::string null;
            // Where the sum is no number, TNULL is none that the column could have.
            if (std::int64_t meant = 0;
                source.null && source.scaling != Scaling::Real &&
                !__builtin_add_overflow(*source.null, source.offset, &meant))
                null = std::to_string(meant);
            if (ascii) source.null_text = text("TNULL");
            layout_.fields.emplace_back(std::move(column), datatype, null,
                                        static_cast<int>(number_));
            layout_.sources.push_back(source);
        }
        return std::move(layout_);
    }

  private:
    [[noreturn]] static void fail(const std::string& words) {
        throw Error(Code::BadRequest, "The table of the FITS file " + words + ".");
    }

    [[noreturn]] void fail_form(const std::string& form) const {
        fail("has a TFORM" + std::to_string(number_) + " that FITS does not know: \"" +
             std::string(cut_text(form, 40)) + '"');
    }

    [[nodiscard]] std::int64_t get(const std::string& name) const {
        const auto value = hdu_.header.find_integer(name);
        if (!value || *value < 0) fail("lacks " + name + " in its header");
        return *value;
    }

    [[nodiscard]] std::string text(const std::string& name) const {
        return hdu_.header.find_text(name + std::to_string(number_)).value_or("");
    }

    static void take_told(const Column& told, const std::string& datatype, Column& column) {
        column.name = told.name;
        column.unit = told.unit;
        column.ucd = told.ucd;
        column.utype = told.utype;
        column.description = told.description;
        column.frame = told.frame;
        if (table::datatype(told.type) == datatype) column.xtype = told.xtype;
    }

    // "20A", "1PE(30)". Returns the datatype.
    std::string read_binary(Source& source, Column& column) {
        const auto whole = to_upper(text("TFORM"));
        std::string_view form = whole;
        const auto digits = std::min(form.find_first_not_of("0123456789"), form.size());
        const auto repeat = digits == 0 ? 1 : parse_integer(form.substr(0, digits)).value_or(-1);
        form.remove_prefix(digits);
        if (form.empty() || repeat < 0 || repeat > kMostRepeat) fail_form(whole);
        if (form[0] == 'P' || form[0] == 'Q') {
            if (repeat > 1 || form.size() < 2) fail_form(whole);
            source.descriptor = form[0];
            source.bytes = repeat == 0 ? 0 : form[0] == 'P' ? 8 : 16;
            form.remove_prefix(1);
        }
        source.form = find_form(form[0]);
        if (source.form == nullptr) fail_form(whole);
        source.elements = static_cast<std::size_t>(repeat);
        if (source.descriptor == 0)
            source.bytes = source.form->code == 'X' ? (source.elements + 7) / 8
                                                    : source.elements * source.form->bytes;
        column.arraysize = shape(source, form.substr(1));
        return scaled_datatype(source);
    }

    [[nodiscard]] std::string shape(const Source& source, std::string_view rest) const {
        if (source.descriptor != 0 || source.elements == 0) return "*";
        const auto count = static_cast<std::int64_t>(source.elements);
        std::int64_t product = 1;
        std::string shape;
        const auto dimensions = text("TDIM");
        if (dimensions.size() > 2 && dimensions.front() == '(' && dimensions.back() == ')') {
            for (const auto word :
                 split(std::string_view(dimensions).substr(1, dimensions.size() - 2), ',')) {
                const auto length = parse_integer(trim(word)).value_or(0);
                product = length < 1 || length > count ? 0 : product * length;
                if (product == 0 || product > count) break;
                shape += (shape.empty() ? "" : "x") + std::to_string(length);
            }
            // Else it is to be ignored (§7.3.2).
            if (product == count) {
                const bool one_text =
                    source.form->code == 'A' && shape.find('x') == std::string::npos;
                return one_text ? shape + '*' : shape;
            }
        }
        if (source.form->code == 'A') {
            // 20A5: texts of five characters, an old convention.
            const auto length = parse_integer(rest).value_or(0);
            if (length > 0 && length < count && count % length == 0)
                return std::to_string(length) + 'x' + std::to_string(count / length);
            return std::to_string(count) + '*';
        }
        return count == 1 ? "" : std::to_string(count);
    }

    [[nodiscard]] std::string scaled_datatype(Source& source) const {
        source.scale = hdu_.header.find_number("TSCAL" + std::to_string(number_)).value_or(1);
        source.zero = hdu_.header.find_number("TZERO" + std::to_string(number_)).value_or(0);
        const std::string datatype(source.form->datatype);
        const auto code = source.form->code;
        if ((source.scale == 1 && source.zero == 0) ||
            std::string_view("BIJKEDCM").find(code) == std::string_view::npos)
            return datatype;

        struct Wider {
            char code;
            double zero;
            std::string_view datatype;
        };

        constexpr std::array<Wider, 4> kWider{{{'B', -128.0, "short"},
                                               {'I', 32'768.0, "int"},
                                               {'J', 2'147'483'648.0, "long"},
                                               {'K', 9'223'372'036'854'775'808.0, "long"}}};
        for (const auto& wider : kWider)
            if (source.scale == 1 && wider.code == code && wider.zero == source.zero) {
                source.scaling = Scaling::Unsigned;
                // 2^63 itself is none; see scale().
                if (code != 'K') source.offset = static_cast<std::int64_t>(source.zero);
                return std::string(wider.datatype);
            }
        source.scaling = Scaling::Real;
        return code == 'C' || code == 'M' ? "doubleComplex" : "double";
    }

    // "A8", "I6", "F10.3", "E12.5", "D25.17" at TBCOL.
    std::string read_ascii(Source& source, Column& column) {
        const auto whole = to_upper(text("TFORM"));
        const auto begin = hdu_.header.find_integer("TBCOL" + std::to_string(number_)).value_or(0);
        const auto words = split(std::string_view(whole).substr(whole.empty() ? 0 : 1), '.');
        const auto width = parse_integer(words[0]).value_or(0);
        if (begin < 1 || begin > kMostRepeat || width < 1 || width > kMostRepeat) fail_form(whole);
        source.start = static_cast<std::size_t>(begin - 1);
        source.bytes = static_cast<std::size_t>(width);
        source.null.reset();
        switch (whole[0]) {
            case 'A':
                source.form = find_form('A');
                source.elements = source.bytes;
                column.arraysize = std::to_string(width) + '*';
                return "char";
            case 'I': return "long";
            case 'F':
            case 'E':
            case 'D':
                if (words.size() > 1)
                    source.decimals = static_cast<std::size_t>(
                        std::clamp<std::int64_t>(parse_integer(words[1]).value_or(0), 0, width));
                return "double";
            default: fail_form(whole);
        }
    }

    const fits::RawHdu& hdu_;
    const ReadLimits& limits_;
    const Table& told_;
    std::size_t row_bytes_ = 0;
    std::int64_t number_ = 0;
    Layout layout_;
};

class FitsReader final : public Reader {
  public:
    FitsReader(int file, const ReadLimits& limits)
        : file_(file), limits_(limits), take_([this](std::size_t bytes) { return take(bytes); }) {
        const auto hdus = fits::read_hdus_to_table(file);
        if (hdus.empty() || !hdus.back().is_table())
            throw Error(Code::BadRequest, "The FITS file has no table in it, only images.");
        const auto& found = hdus.back();
        if (found.header.find_text("ZTABLE").value_or("F") == "T")
            throw Error(Code::BadRequest,
                        "The table of the FITS file is tile-compressed; unpack it with funpack.");
        rows_ = found.header.find_integer("NAXIS2").value_or(0);
        if (rows_ > limits.max_rows)
            throw Error(Code::TooLarge, "The table has " + std::to_string(rows_) +
                                            " rows; the most that is taken is " +
                                            std::to_string(limits.max_rows) + ".");
        row_bytes_ = static_cast<std::size_t>(found.header.find_integer("NAXIS1").value_or(0));
        if (row_bytes_ > limits.max_row_bytes)
            throw Error(Code::TooLarge, "A row of the table has " + std::to_string(row_bytes_) +
                                            " bytes; it may have " +
                                            std::to_string(limits.max_row_bytes) + ".");
        const auto told = read_metadata(hdus.front());
        layout_ = LayoutReader(found, limits, told).read();
        data_ = found.data_start;
        const auto rows_end = static_cast<std::int64_t>(row_bytes_) * rows_;
        heap_end_ = found.data_end;
        const auto theap = found.header.find_integer("THEAP").value_or(rows_end);
        if (theap < 0 || theap > heap_end_ - data_)
            throw Error(Code::BadRequest,
                        "The table of the FITS file says that its heap begins beyond its data.");
        heap_ = data_ + theap;
        table_.description = told.description;
        for (const auto& field : layout_.fields)
            table_.columns.push_back(field.column());
        // The bytes tell the greatest length of a text only.
        if (told.columns.size() == table_.columns.size())
            for (std::size_t i = 0; i < table_.columns.size(); ++i)
                if (table_.columns[i].type == Type::Text && told.columns[i].type == Type::Text)
                    table_.columns[i].arraysize = told.columns[i].arraysize;
    }

    [[nodiscard]] const Table& table() const override { return table_; }

    [[nodiscard]] const Row* next() override {
        if (row_ == rows_) return nullptr;
        const auto bytes = row_text();
        ++row_;
        builder_.clear();
        for (std::size_t i = 0; i < layout_.fields.size(); ++i) {
            const auto& source = layout_.sources[i];
            const auto& field = layout_.fields[i];
            try {
                add_value(source, field, bytes.substr(source.start, source.bytes));
            } catch (const Error& error) {
                throw Error(error.code(), "Row " + std::to_string(row_) + ": " + field.title() +
                                              ": " + error.what() + ".")
                    .with_detail(error.detail());
            }
            if (builder_.bytes() > limits_.max_row_bytes)
                throw Error(Code::TooLarge, "Row " + std::to_string(row_) + ": a row may have " +
                                                std::to_string(limits_.max_row_bytes) + " bytes.");
        }
        return builder_.row();
    }

  private:
    // The VOTable header in the primary HDU; a table without columns where there is none.
    [[nodiscard]] Table read_metadata(const fits::RawHdu& primary) const {
        constexpr std::int64_t kMost = 10'000'000;
        const auto size = primary.header.find_integer("NAXIS1").value_or(0);
        if (primary.header.find_text("VOTMETA").value_or("F") != "T" || size < 1 || size > kMost ||
            size > primary.data_end - primary.data_start)
            return {};
        std::string text(static_cast<std::size_t>(size), '\0');
        pread_all(primary.data_start, text);
        ScratchFile copy(limits_.scratch_folder, "the header of a table");
        copy.append(text);
        try {
            doc::XmlReader xml(copy.descriptor());
            return read_votable_header(xml, limits_.max_columns).table;
        } catch (const Error& error) {
            // The rows are whole without it.
            if (error.code() != Code::BadRequest && error.code() != Code::TooLarge) throw;
            return {};
        }
    }

    // All of `to`, or an error.
    void pread_all(std::int64_t offset, std::span<char> to) const {
        while (!to.empty()) {
            const auto got = ::pread(file_, to.data(), to.size(), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0)
                throw Error(Code::Internal, "A table could not be read.")
                    .with_detail(got == 0 ? "it has become shorter"
                                          : std::generic_category().message(errno));
            to = to.subspan(static_cast<std::size_t>(got));
            offset += got;
        }
    }

    // The row at row_; blocks of them are read at once.
    std::string_view row_text() {
        constexpr std::size_t kBlock = 262'144;
        if (row_ == buffered_end_) {
            const auto rows = std::min<std::int64_t>(
                rows_ - row_, static_cast<std::int64_t>(std::max<std::size_t>(
                                  kBlock / std::max<std::size_t>(row_bytes_, 1), 1)));
            buffer_.resize(static_cast<std::size_t>(rows) * row_bytes_);
            pread_all(data_ + row_ * static_cast<std::int64_t>(row_bytes_), buffer_);
            buffered_start_ = row_;
            buffered_end_ = row_ + rows;
        }
        return std::string_view(buffer_).substr(
            static_cast<std::size_t>(row_ - buffered_start_) * row_bytes_, row_bytes_);
    }

    void add_value(const Source& source, const VotableField& field, std::string_view bytes) {
        // §7.2.3: the very characters, which may be "***" for a number.
        if (!source.null_text.empty() && trim(bytes) == source.null_text) {
            builder_.add_null();
            return;
        }
        if (source.form == nullptr) {
            add_ascii_number(source, field, bytes);
            return;
        }
        auto elements = source.elements;
        if (source.descriptor != 0 && !bytes.empty()) {
            bytes = find_in_heap(source, bytes, elements);
        } else if (elements == 0) {
            builder_.add_null();
            return;
        }
        if (source.scaling != Scaling::None) bytes = scale(source, bytes, elements);
        // Of texts only what is in them counts: VotableField is told their lengths.
        const bool text = source.form->code == 'A' && field.column().arraysize.ends_with('*');
        if (text) {
            bytes = bytes.substr(0, bytes.find('\0'));
            bytes = bytes.substr(0, bytes.find_last_not_of(' ') + 1);
            elements = bytes.size();
        }
        if (text || source.descriptor != 0) {
            piece_.clear();
            append_big(piece_, static_cast<std::int32_t>(elements));
            piece_ += bytes;
            rest_ = piece_;
        } else {
            rest_ = bytes;
        }
        field.add_binary(builder_, take_, {}, limits_.max_cell_bytes);
    }

    std::string_view take(std::size_t bytes) {
        if (bytes > rest_.size()) throw Error(Code::BadRequest, "has less bytes than elements");
        const auto piece = rest_.substr(0, bytes);
        rest_.remove_prefix(bytes);
        return piece;
    }

    // §7.3.5: number of elements and place of the first, from the beginning of the heap.
    std::string_view find_in_heap(const Source& source,
                                  std::string_view descriptor,
                                  std::size_t& elements) {
        const bool wide = source.descriptor == 'Q';
        const auto count = wide ? load_big<std::int64_t>(descriptor.data())
                                : load_big<std::int32_t>(descriptor.data());
        const auto place = wide ? load_big<std::int64_t>(descriptor.data() + 8)
                                : load_big<std::int32_t>(descriptor.data() + 4);
        const auto most = static_cast<std::int64_t>(limits_.max_cell_bytes);
        if (count < 0 || place < 0)
            throw Error(Code::BadRequest, "has a number of elements below zero");
        if (count > most)
            throw Error(Code::TooLarge, "has " + std::to_string(count) +
                                            " elements; a value may have " + std::to_string(most) +
                                            " bytes");
        elements = static_cast<std::size_t>(count);
        const auto bytes =
            source.form->code == 'X' ? (elements + 7) / 8 : elements * source.form->bytes;
        if (bytes > limits_.max_cell_bytes)
            throw Error(Code::TooLarge, "has " + std::to_string(bytes) +
                                            " bytes; a value may have " + std::to_string(most));
        if (heap_ > heap_end_ || place > heap_end_ - heap_ ||
            static_cast<std::int64_t>(bytes) > heap_end_ - heap_ - place)
            throw Error(Code::BadRequest, "lies beyond the end of the heap");
        heap_piece_.resize(bytes);
        pread_all(heap_ + place, heap_piece_);
        return heap_piece_;
    }

    // The numbers as they are meant: of the next wider type, or double with NaN for null.
    std::string_view scale(const Source& source, std::string_view bytes, std::size_t elements) {
        scaled_.clear();
        const auto code = source.form->code;
        const bool complex = code == 'C' || code == 'M';
        const bool real = complex || code == 'E' || code == 'D';
        const auto size = source.form->bytes / (complex ? 2 : 1);
        const auto count = elements * (complex ? 2 : 1);
        for (std::size_t i = 0; i < count; ++i) {
            const auto* from = bytes.data() + i * size;
            if (source.scaling == Scaling::Unsigned) {
                append_unsigned(source, load_integer(from, size));
                continue;
            }
            double value = std::numeric_limits<double>::quiet_NaN();
            if (real) {
                value = size == 4 ? load_big<float>(from) : load_big<double>(from);
            } else if (const auto stored = load_integer(from, size); stored != source.null) {
                value = static_cast<double>(stored);
            }
            // Zero is added to the real part alone.
            append_big(scaled_, source.scale * value + (complex && i % 2 != 0 ? 0 : source.zero));
        }
        return scaled_;
    }

    void append_unsigned(const Source& source, std::int64_t stored) {
        switch (source.form->code) {
            case 'B':
                append_big(scaled_, static_cast<std::int16_t>(stored + source.offset));
                return;
            case 'I':
                append_big(scaled_, static_cast<std::int32_t>(stored + source.offset));
                return;
            case 'J': append_big(scaled_, stored + source.offset); return;
            default: {
                // The sign turned round; its null is a number like any other then.
                if (stored >= 0 && stored != source.null)
                    throw Error(Code::BadRequest,
                                "has an unsigned number above 9223372036854775807, the greatest "
                                "that is taken");
                append_big(scaled_, stored == source.null
                                        ? *source.null
                                        : stored - std::numeric_limits<std::int64_t>::min());
            }
        }
    }

    // §7.2.5: D for E, and a number without a point has it before its last digits.
    void add_ascii_number(const Source& source, const VotableField& field, std::string_view bytes) {
        piece_ = trim(bytes);
        for (auto& c : piece_)
            if (c == 'D' || c == 'd') c = 'E';
        const auto digits = std::min(piece_.find_first_of("Ee"), piece_.size());
        if (source.decimals > 0 && !piece_.empty() && piece_.find('.') == std::string::npos &&
            piece_.find_first_not_of("+-0123456789Ee") == std::string::npos) {
            const auto sign = piece_.find_first_of("0123456789");
            if (sign != std::string::npos && sign < digits) {
                auto number = piece_.substr(sign, digits - sign);
                if (number.size() < source.decimals + 1)
                    number.insert(0, source.decimals + 1 - number.size(), '0');
                number.insert(number.size() - source.decimals, ".");
                piece_.replace(sign, digits - sign, number);
            }
        }
        field.add_text(builder_, piece_, limits_.max_cell_bytes);
    }

    int file_;
    ReadLimits limits_;
    VotableField::Take take_;
    Layout layout_;
    Table table_;
    std::int64_t rows_ = 0;
    std::int64_t row_ = 0;
    std::size_t row_bytes_ = 0;
    std::int64_t data_ = 0;
    std::int64_t heap_ = 0;
    std::int64_t heap_end_ = 0;
    std::string buffer_;
    std::int64_t buffered_start_ = 0;
    std::int64_t buffered_end_ = 0;
    std::string piece_;
    std::string_view rest_;
    std::string heap_piece_;
    std::string scaled_;
    RowBuilder builder_;
};

}  // namespace

std::unique_ptr<Reader> open_fits_reader(int file, const ReadLimits& limits) {
    return std::make_unique<FitsReader>(file, limits);
}

}  // namespace vo::table
