// SPDX-License-Identifier: Apache-2.0
// TFORMn, TSCALn, TZEROn and TNULLn.
#include "fits/row_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

namespace vo::fits {

namespace {

constexpr std::int64_t kMostRepeat = std::int64_t{1} << 40U;

// Table 18; bits are apart, for eight of them are one byte.
struct Form {
    char code;
    std::int64_t bytes;
};

constexpr std::array kForms{Form{'L', 1}, Form{'B', 1},  Form{'I', 2}, Form{'J', 4},
                            Form{'K', 8}, Form{'A', 1},  Form{'E', 4}, Form{'D', 8},
                            Form{'C', 8}, Form{'M', 16}, Form{'P', 8}, Form{'Q', 16}};

std::int64_t bytes_of(char code, std::int64_t repeat) {
    if (code == 'X') return (repeat + 7) / 8;
    for (const auto& form : kForms)
        if (form.code == code) return form.bytes * repeat;
    return -1;
}

// "20A", "1PE(30)". False for what is no form.
bool take_form(std::string_view form, RowField& field) {
    const auto digits = std::min(form.find_first_not_of("0123456789"), form.size());
    field.repeat = digits == 0 ? 1 : parse_integer(form.substr(0, digits)).value_or(-1);
    if (digits == form.size() || field.repeat < 0 || field.repeat > kMostRepeat) return false;
    field.code = ascii_upper(form[digits]);
    const bool in_heap = field.code == 'P' || field.code == 'Q';
    if (in_heap && (field.repeat > 1 || form.size() < digits + 2 ||
                    bytes_of(ascii_upper(form[digits + 1]), 1) < 0))
        return false;
    const auto bytes = bytes_of(field.code, field.repeat);
    field.bytes = static_cast<std::size_t>(bytes);
    return bytes >= 0;
}

template <typename T>
void read_all(const RowField& field,
              const char* rows,
              std::size_t row_bytes,
              std::span<double> out) {
    const auto* at = rows + field.start;
    for (auto& value : out) {
        const auto stored = load_big<T>(at);
        value = static_cast<double>(stored);
        if constexpr (std::is_integral_v<T>)
            if (field.null && stored == *field.null)
                value = std::numeric_limits<double>::quiet_NaN();
        at += row_bytes;
    }
    if (field.scale == 1 && field.zero == 0) return;
    for (auto& value : out)
        value = value * field.scale + field.zero;
}

// Steps from the nearest number that can be held until it is on the right side.
template <typename T>
void store(const RowField& field, char* row, double value, bool below_is_wrong) {
    const auto meant = [&](T stored) {
        return static_cast<double>(stored) * field.scale + field.zero;
    };
    const double raw = (value - field.zero) / field.scale;
    const bool ascends = below_is_wrong == (field.scale > 0);
    T stored{};
    if constexpr (std::is_integral_v<T>) {
        // Of 64 bits the greatest is no double.
        const double least = static_cast<double>(std::numeric_limits<T>::min());
        const double most =
            std::nextafter(static_cast<double>(std::numeric_limits<T>::max()) + 1, 0.0);
        stored = static_cast<T>(std::clamp(std::nearbyint(raw), least, most));
    } else {
        stored = static_cast<T>(raw);
    }
    const auto step = [&] {
        if constexpr (std::is_integral_v<T>)
            stored = static_cast<T>(ascends ? stored + 1 : stored - 1);
        else
            stored = std::nextafter(
                stored, ascends ? std::numeric_limits<T>::max() : std::numeric_limits<T>::lowest());
    };
    const auto is_wrong = [&] {
        if constexpr (std::is_integral_v<T>)
            if (field.null && stored == *field.null) return true;
        return below_is_wrong ? meant(stored) < value : meant(stored) > value;
    };
    // Rounding is off by one at most, and by one more for a null.
    for (int steps = 0; steps < 3 && is_wrong(); ++steps)
        step();
    store_big(row + field.start, stored);
}

// Calls with a value of the type that is stored.
template <typename Do>
void with_type(const RowField& field, Do what) {
    switch (field.code) {
        case 'B': what(std::uint8_t{}); break;
        case 'I': what(std::int16_t{}); break;
        case 'J': what(std::int32_t{}); break;
        case 'K': what(std::int64_t{}); break;
        case 'E': what(float{}); break;
        case 'D': what(double{}); break;
        default: throw Error(Code::Internal, "a field that is no number was read as one");
    }
}

}  // namespace

bool RowField::is_number() const {
    return repeat == 1 && std::string_view("BIJKED").find(code) != std::string_view::npos;
}

const RowField* RowLayout::find(std::string_view name) const {
    for (const auto& field : fields)
        if (equal_fold(field.name, name)) return &field;
    return nullptr;
}

RowLayout read_row_layout(const RawHdu& hdu, const std::string& label, std::size_t most_row_bytes) {
    const auto fail = [&](const std::string& words) {
        throw Error(Code::BadRequest, label + ' ' + words);
    };
    const auto& header = hdu.header;
    if (header.find_text("ZTABLE").value_or("F") == "T")
        fail("is a tile-compressed table; unpack it (funpack) first");
    if (hdu.extension != "BINTABLE")
        fail("is " + (hdu.is_table() ? std::string("an ASCII table") : std::string("no table")) +
             "; a binary table (XTENSION = 'BINTABLE') is needed");
    if (header.find_integer("GCOUNT").value_or(1) != 1)
        fail("has a GCOUNT that is not 1, as it is of every table");
    RowLayout layout;
    layout.rows = header.find_integer("NAXIS2").value_or(0);
    const auto row_bytes = header.find_integer("NAXIS1").value_or(0);
    if (row_bytes > static_cast<std::int64_t>(most_row_bytes))
        throw Error(Code::TooLarge, label + " has rows of " + std::to_string(row_bytes) +
                                        " bytes; they may have " + std::to_string(most_row_bytes));
    layout.row_bytes = static_cast<std::size_t>(row_bytes);
    layout.heap_bytes = header.find_integer("PCOUNT").value_or(0);
    const auto heap = header.find_integer("THEAP").value_or(row_bytes * layout.rows);
    layout.heap_gap = heap - row_bytes * layout.rows;
    if (layout.heap_gap < 0 || layout.heap_gap > layout.heap_bytes)
        fail("has a THEAP of " + std::to_string(heap) +
             ", which is not behind its rows and within its data");
    std::size_t start = 0;
    const auto fields = header.find_integer("TFIELDS").value_or(0);
    for (int n = 1; n <= fields; ++n) {
        const auto number = std::to_string(n);
        RowField field;
        field.number = n;
        field.name = header.find_text("TTYPE" + number).value_or("");
        field.unit = header.find_text("TUNIT" + number).value_or("");
        const auto form = header.find_text("TFORM" + number);
        if (!form) fail("lacks TFORM" + number + ", so that its rows cannot be read");
        if (!take_form(*form, field))
            fail("has a TFORM" + number + " that FITS does not know: \"" +
                 std::string(cut_text(*form, 40)) + '"');
        field.start = start;
        field.scale = header.find_number("TSCAL" + number).value_or(1);
        field.zero = header.find_number("TZERO" + number).value_or(0);
        field.null = header.find_integer("TNULL" + number);
        if (field.scale == 0)
            fail("has a TSCAL" + number + " of 0, which leaves nothing of the values");
        start += field.bytes;
        layout.fields.push_back(std::move(field));
    }
    if (start != layout.row_bytes)
        fail("has rows of " + std::to_string(row_bytes) + " bytes (NAXIS1), and its TFORMs need " +
             std::to_string(start));
    return layout;
}

void read_numbers(const RowField& field,
                  const char* rows,
                  std::size_t row_bytes,
                  std::span<double> out) {
    with_type(field, [&](auto type) { read_all<decltype(type)>(field, rows, row_bytes, out); });
}

void store_not_below(const RowField& field, char* row, double value) {
    with_type(field, [&](auto type) { store<decltype(type)>(field, row, value, true); });
}

void store_not_above(const RowField& field, char* row, double value) {
    with_type(field, [&](auto type) { store<decltype(type)>(field, row, value, false); });
}

}  // namespace vo::fits
