// SPDX-License-Identifier: Apache-2.0
// Values of VOTable's datatypes, from text and from bytes, to PostgreSQL's wire.
#include "table/votable_field.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"
#include "table/cell.h"

namespace vo::table {

namespace {

// VOTable 1.4 §6. `bytes` as BINARY has them; a bit alone has a byte for itself.
struct Datatype {
    std::string_view name;
    Type scalar;
    Type array;
    std::size_t bytes;
};

constexpr std::array kDatatypes{
    Datatype{"boolean", Type::Bool, Type::BoolArray, 1},
    Datatype{"bit", Type::Bit, Type::BitArray, 1},
    Datatype{"unsignedByte", Type::Byte, Type::ByteArray, 1},
    Datatype{"short", Type::Short, Type::ShortArray, 2},
    Datatype{"int", Type::Int, Type::IntArray, 4},
    Datatype{"long", Type::Long, Type::LongArray, 8},
    Datatype{"char", Type::Text, Type::Text, 1},
    Datatype{"unicodeChar", Type::Unicode, Type::Unicode, 2},
    Datatype{"float", Type::Float, Type::FloatArray, 4},
    Datatype{"double", Type::Double, Type::DoubleArray, 8},
    Datatype{"floatComplex", Type::FloatComplex, Type::FloatComplex, 4},
    Datatype{"doubleComplex", Type::DoubleComplex, Type::DoubleComplex, 8},
};

constexpr std::size_t kMostElements = 100'000'000;
constexpr Micros kWireEpoch = 946'684'800'000'000;  // 2000-01-01, where PostgreSQL counts from

std::size_t bytes_of(Type type) {
    for (const auto& row : kDatatypes)
        if (row.scalar == type) return row.bytes;
    return 1;
}

[[noreturn]] void fail(const std::string& words) {
    throw Error(Code::BadRequest, words);
}

std::string quoted(std::string_view text) {
    std::string out(1, '"');
    for (auto rest = cut_text(text, 60); !rest.empty();) {
        const auto c = take_utf8(rest);
        append_utf8(out, c < U' ' ? U' ' : c);
    }
    return out + (text.size() > 60 ? "...\"" : "\"");
}

// Blanks of XML.
bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view take_word(std::string_view& text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    std::size_t end = 0;
    while (end < text.size() && !is_blank(text[end]))
        ++end;
    const auto word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

// §6: decimal, or 0x and the bits of the type.
template <typename T>
bool append_integer(std::string& out, std::string_view word) {
    if (word.size() > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        UintOf<sizeof(T)> bits = 0;
        const auto* end = word.data() + word.size();
        const auto [rest, error] = std::from_chars(word.data() + 2, end, bits, 16);
        if (error != std::errc{} || rest != end) return false;
        append_big(out, static_cast<T>(bits));
        return true;
    }
    const auto value = parse_integer(word.starts_with('+') ? word.substr(1) : word);
    if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max())
        return false;
    append_big(out, static_cast<T>(*value));
    return true;
}

bool append_byte(std::string& out, std::string_view word) {
    std::string two;
    if (!append_integer<std::int16_t>(two, word)) return false;
    const auto value = load_big<std::int16_t>(two.data());
    if (value < 0 || value > 255) return false;
    out += two;
    return true;
}

template <typename T>
bool append_real(std::string& out, std::string_view word) {
    if (word.starts_with('+')) word.remove_prefix(1);
    T value = 0;
    const auto* end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, value);
    if (error == std::errc::result_out_of_range && rest == end) {
        // 1e-400 is nothing, 1e400 no number.
        const double wide = std::strtod(std::string(word).c_str(), nullptr);
        if (std::fabs(wide) > 1) return false;
        value = static_cast<T>(wide);
    } else if (error != std::errc{} || rest != end || word.empty()) {
        return false;
    }
    append_big(out, value);
    return true;
}

// '?' is known to the callers.
bool append_boolean(std::string& out, std::string_view word) {
    const bool yes = word == "1" || equal_fold(word, "t") || equal_fold(word, "true");
    const bool no = word == "0" || equal_fold(word, "f") || equal_fold(word, "false");
    if (yes || no) out += yes ? '\1' : '\0';
    return yes || no;
}

bool append_bit(std::string& out, std::string_view word) {
    if (word != "0" && word != "1") return false;
    out += word == "1" ? '\1' : '\0';
    return true;
}

// False for what is none.
bool append_element(std::string& out, Type type, std::string_view word) {
    switch (type) {
        case Type::Bool: return append_boolean(out, word);
        case Type::Bit: return append_bit(out, word);
        case Type::Byte: return append_byte(out, word);
        case Type::Short: return append_integer<std::int16_t>(out, word);
        case Type::Int: return append_integer<std::int32_t>(out, word);
        case Type::Long: return append_integer<std::int64_t>(out, word);
        case Type::Float: return append_real<float>(out, word);
        default: return append_real<double>(out, word);
    }
}

// The wire form of one value of a stream; nothing for a boolean that is null.
void append_from_stream(std::string& out, Type type, const char* from) {
    switch (type) {
        case Type::Bool:
            if (*from != '?' && *from != ' ' && *from != '\0' && !append_boolean(out, {from, 1}))
                fail("a byte that is no boolean");
            return;
        case Type::Bit:
            // The first bit by the standard, the fifth as astropy writes it.
            out += *from != 0 ? '\1' : '\0';
            return;
        case Type::Byte:
            append_big(out, static_cast<std::int16_t>(static_cast<unsigned char>(*from)));
            return;
        default: out.append(from, bytes_of(type)); return;
    }
}

bool is_nan(Type type, std::string_view bytes) {
    return (type == Type::Float && std::isnan(load_big<float>(bytes.data()))) ||
           (type == Type::Double && std::isnan(load_big<double>(bytes.data())));
}

// UTF-16, big-endian; ends at a NUL.
void append_from_utf16(std::string& out, std::string_view bytes) {
    std::u16string units;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        units += static_cast<char16_t>(load_big<std::uint16_t>(bytes.data() + i));
    append_utf8(out, units);
}

// Bytes that are not UTF-8 are those of Latin-1, of which char was made in older tables.
void append_from_chars(std::string& out, std::string_view bytes) {
    if (find_bad_utf8(bytes) == std::string_view::npos) {
        out += bytes;
        return;
    }
    for (const char c : bytes)
        append_utf8(out, static_cast<char32_t>(static_cast<unsigned char>(c)));
}

}  // namespace

VotableField::VotableField(Column column,
                           const std::string& datatype,
                           const std::string& null,
                           int number)
    : column_(std::move(column)) {
    title_ = column_.name.empty() ? "column " + std::to_string(number)
                                  : "column " + quoted(column_.name);
    const auto row = std::find_if(kDatatypes.begin(), kDatatypes.end(),
                                  [&](const Datatype& d) { return d.name == datatype; });
    if (row == kDatatypes.end()) {
        std::string known;
        for (const auto& d : kDatatypes)
            known += (known.empty() ? "" : ", ") + std::string(d.name);
        fail("The datatype of " + title_ + ", " + quoted(datatype) +
             ", is none of VOTable's: " + known + ".");
    }
    read_arraysize();
    column_.type = column_.arraysize.empty() ? row->scalar : row->array;
    text_ = row->scalar == Type::Text || row->scalar == Type::Unicode;
    unicode_ = row->scalar == Type::Unicode;
    array_ = element_type(column_.type).has_value();
    element_ = element_type(column_.type).value_or(column_.type);
    if (text_ && column_.arraysize.empty()) column_.arraysize = "1";
    if (text_ && (column_.xtype == "timestamp" || column_.xtype == "adql:TIMESTAMP")) {
        column_.type = element_ = Type::Timestamp;
        column_.xtype = "timestamp";
        column_.arraysize = "*";
    }
    constexpr std::array<std::string_view, 5> kShapes{"point", "circle", "polygon", "range",
                                                      "interval"};
    shape_ = (element_ == Type::Float || element_ == Type::Double) &&
             std::find(kShapes.begin(), kShapes.end(), column_.xtype) != kShapes.end();
    if (null.empty() || text_) return;
    std::string wire;
    if (append_element(wire, element_, trim(null))) null_ = wire;
}

// VOTable 1.4 §2.2: "", "3", "*", "8*", "2x3", "2x*", "2x8*".
void VotableField::read_arraysize() {
    column_.arraysize = std::string(trim(column_.arraysize));
    fixed_ = 1;
    if (column_.arraysize.empty()) return;
    const auto words = split(column_.arraysize, 'x');
    std::size_t elements = 1;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto word = words[i];
        const bool last = i + 1 == words.size();
        const bool varies = last && word.ends_with('*');
        if (varies) {
            word.remove_suffix(1);
            multiple_ = elements;
            fixed_ = 0;
            if (word.empty()) break;
        }
        const auto length = parse_integer(word);
        if (!length || *length < 1 || *length > static_cast<std::int64_t>(kMostElements) ||
            static_cast<std::size_t>(*length) > kMostElements / elements)
            fail("The arraysize of " + title_ + ", " + quoted(column_.arraysize) +
                 ", is not like \"3\", \"*\", \"8*\", \"2x3\" or \"2x*\".");
        elements *= static_cast<std::size_t>(*length);
        if (varies) most_ = elements;
    }
    if (fixed_ != 0) fixed_ = elements;
    folded_ = words.size() > 1;
}

void VotableField::check_length(std::size_t elements) const {
    const auto wrong = fixed_ != 0 ? elements != fixed_
                                   : elements % multiple_ != 0 || (most_ != 0 && elements > most_);
    if (wrong)
        fail("has " + std::to_string(elements) + " elements, and its arraysize is \"" +
             column_.arraysize + "\"");
}

void VotableField::add_scalar(RowBuilder& row, std::string_view bytes) const {
    if (bytes.empty() || is_nan(element_, bytes) || (null_ && *null_ == bytes))
        row.add_null();
    else
        row.add(bytes);
}

void VotableField::add_string(RowBuilder& row, std::string_view text, bool empty_is_null) const {
    if (text.empty() && empty_is_null) {
        row.add_null();
        return;
    }
    if (column_.type == Type::Timestamp) {
        const auto trimmed = trim(text);
        if (trimmed.empty()) {
            row.add_null();
            return;
        }
        const auto micros = parse_timestamp(trimmed);
        if (!micros)
            fail(quoted(trimmed) +
                 " is no timestamp such as 2026-11-23T10:08:32.5, which its xtype asks for");
        char bytes[sizeof(Micros)];
        store_big(bytes, *micros - kWireEpoch);
        row.add({bytes, sizeof bytes});
        return;
    }
    row.add(text);
}

void VotableField::add_text(RowBuilder& row, std::string_view text, std::size_t max_bytes) const {
    if (text_) {
        std::size_t units = text.size();
        if (unicode_) {
            std::string wide;
            for (auto rest = text; !rest.empty();)
                append_utf16(wide, take_utf8(rest));
            units = wide.size() / 2;
        }
        const auto most = fixed_ != 0 ? fixed_ : most_;
        if (column_.type != Type::Timestamp && most != 0 && units > most)
            fail(quoted(text) + " has " + std::to_string(units) +
                 (unicode_ ? " characters" : " bytes") + ", and its arraysize is \"" +
                 column_.arraysize + "\"");
        // PostgreSQL has no NUL, and XML neither.
        add_string(row, text, true);
        return;
    }
    if (array_) {
        add_array_text(row, text, max_bytes);
        return;
    }
    const auto word = trim(text);
    if (word.empty() || (element_ == Type::Bool && word == "?")) {
        row.add_null();
        return;
    }
    std::string bytes;
    if (!append_element(bytes, element_, word))
        fail(quoted(word) + " is no value of datatype " + std::string(datatype(column_.type)));
    add_scalar(row, bytes);
}

void VotableField::add_array_text(RowBuilder& row,
                                  std::string_view text,
                                  std::size_t max_bytes) const {
    const bool bits = element_ == Type::Bit;
    const auto take = [bits](std::string_view& rest) {
        if (!bits) return take_word(rest);
        // They may stand side by side, and be millions.
        while (!rest.empty() && is_blank(rest.front()))
            rest.remove_prefix(1);
        const auto bit = rest.substr(0, 1);
        rest.remove_prefix(bit.size());
        return bit;
    };
    std::size_t count = 0;
    for (auto rest = text; !take(rest).empty();)
        ++count;
    if (count == 0) {
        row.add_null();
        return;
    }
    const auto part = parts(column_.type);
    if (count % part != 0) fail("a complex number without its second part");
    check_length(count / part);
    check_growth(count / part, max_bytes);
    std::string bytes;
    if (!shape_) row.begin_array(wire_oid(element_), count);
    for (auto rest = text; count > 0; --count) {
        const auto word = take(rest);
        if (!shape_) bytes.clear();
        if (element_ == Type::Bool && word == "?") {
            row.add_null_element();
            continue;
        }
        if (!append_element(bytes, element_, word))
            fail(quoted(word) + " is no value of datatype " + std::string(datatype(column_.type)));
        if (shape_) continue;
        if (null_ && *null_ == bytes)
            row.add_null_element();
        else
            row.add_element(bytes);
    }
    if (shape_)
        add_array_bytes(row, bytes, bytes.size() / bytes_of(element_));
    else
        row.end_array();
}

std::size_t VotableField::stream_bytes(std::size_t elements) const {
    if (text_) return elements * (unicode_ ? 2 : 1);
    if (element_ == Type::Bit) return (elements + 7) / 8;
    return elements * bytes_of(element_) * parts(column_.type);
}

// Elements grow on PostgreSQL's wire, a bit to five bytes.
void VotableField::check_growth(std::size_t elements, std::size_t max_bytes) const {
    constexpr std::size_t kMostGrowth = 3;
    constexpr std::size_t kLength = 4;
    const std::size_t bytes = element_ == Type::Byte ? 2 : bytes_of(element_);
    const auto most = kMostGrowth * max_bytes / (kLength + bytes) / parts(column_.type);
    if (elements > most)
        throw Error(Code::TooLarge, "has " + std::to_string(elements) +
                                        " elements; a value may have " + std::to_string(most));
}

void VotableField::add_binary(RowBuilder& row,
                              const Take& take,
                              std::optional<bool> null,
                              std::size_t max_bytes) const {
    auto elements = fixed_;
    if (elements == 0) {
        const auto length = load_big<std::int32_t>(take(sizeof(std::int32_t)).data());
        if (length < 0) fail("its length is " + std::to_string(length));
        elements = static_cast<std::size_t>(length);
    }
    if (stream_bytes(elements) > max_bytes)
        throw Error(Code::TooLarge, "has " + std::to_string(stream_bytes(elements)) +
                                        " bytes; a value may have " + std::to_string(max_bytes));
    if (array_) check_growth(elements, max_bytes);
    const auto bytes = take(stream_bytes(elements));
    if (null.value_or(false)) {
        row.add_null();
        return;
    }
    if (text_) {
        std::string text;
        if (unicode_)
            append_from_utf16(text, bytes);
        else
            append_from_chars(text, bytes);
        // In strings one after the other each is filled up; else the first one ends the text.
        if (folded_) {
            std::replace(text.begin(), text.end(), '\0', ' ');
            text.erase(text.find_last_not_of(' ') + 1);
        } else {
            text = text.substr(0, text.find('\0'));
        }
        add_string(row, text, !null);
    } else if (!array_) {
        std::string value;
        append_from_stream(value, element_, bytes.data());
        add_scalar(row, value);
    } else if (elements == 0 && !null) {
        row.add_null();
    } else {
        if (fixed_ == 0) check_length(elements);
        add_array_bytes(row, bytes, elements * parts(column_.type));
    }
}

void VotableField::add_array_bytes(RowBuilder& row,
                                   std::string_view bytes,
                                   std::size_t elements) const {
    const auto size = bytes_of(element_);
    for (std::size_t i = 0; shape_ && i < elements; ++i)
        if (is_nan(element_, bytes.substr(i * size, size))) {
            row.add_null();
            return;
        }
    row.begin_array(wire_oid(element_), elements);
    std::string value;
    for (std::size_t i = 0; i < elements; ++i) {
        value.clear();
        if (element_ == Type::Bit) {
            const auto bit = static_cast<unsigned char>(bytes[i / 8]) << (i % 8) & 0x80U;
            value += bit != 0 ? '\1' : '\0';
        } else {
            append_from_stream(value, element_, bytes.data() + i * size);
        }
        if (value.empty() || (null_ && *null_ == value))
            row.add_null_element();
        else
            row.add_element(value);
    }
    row.end_array();
}

}  // namespace vo::table
