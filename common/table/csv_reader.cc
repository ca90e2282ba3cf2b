// SPDX-License-Identifier: Apache-2.0
// Comma-separated values, read twice: once for the types, once for the rows.
//
// A column has the first of these types that all its values fit: int, long, double, timestamp,
// boolean, text. A whole number that begins with a zero, as names and dates do, is text; so is one
// of more digits than long and double have, for it must come back as it came. Nothing between two
// commas is NULL; an empty text is written "".
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
#include "base/text.h"
#include "base/time.h"
#include "table/reader.h"

namespace vo::table {

namespace {

constexpr Micros kWireEpoch = 946'684'800'000'000;  // 2000-01-01, where PostgreSQL counts from
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

[[noreturn]] void fail_line(Code code, std::int64_t line, const std::string& words) {
    throw Error(code, "Line " + std::to_string(line) + ": " + words + ".");
}

// Records of one file, each as fields in one buffer.
class Records {
  public:
    Records(int file, const ReadLimits& limits) : file_(file), limits_(limits) {}

    // That of which the first line with anything on it has most, quoted texts apart.
    void find_separator() {
        constexpr std::string_view kSeparators = ",\t;";
        std::array<std::size_t, kSeparators.size()> counts{};
        rewind();
        bool quoted = false;
        bool blank = true;
        std::size_t bytes = 0;
        for (int c = get(); c != kEnd && (quoted || blank || c != kLineEnd); c = get()) {
            if (c == '"') quoted = !quoted;
            blank = blank && (c == ' ' || c == kLineEnd);
            const auto found = kSeparators.find(static_cast<char>(c));
            if (!quoted && found != std::string_view::npos) ++counts[found];
            if (++bytes > limits_.max_row_bytes)
                fail_line(Code::TooLarge, 1, "longer than any names of columns");
        }
        const auto most = std::max_element(counts.begin(), counts.end());
        separator_ = kSeparators[static_cast<std::size_t>(most - counts.begin())];
    }

    // From the first record on.
    void rewind() {
        offset_ = 0;
        start_ = end_ = 0;
        line_ = 1;
        skip_mark();
    }

    // False at the end of the file.
    bool next() {
        text_.clear();
        fields_.clear();
        first_line_ = line_;
        int c = get();
        if (c == kEnd) return false;
        while (true) {
            c = read_field(c);
            if (c != separator_) break;
            if (fields_.size() == limits_.max_columns)
                fail_line(Code::TooLarge, first_line_,
                          "more than " + std::to_string(limits_.max_columns) +
                              " columns, which is the most that is taken");
            c = get();
        }
        // Each for itself: half a character here and half there is none.
        for (std::size_t i = 0; i < size(); ++i)
            if (find_bad_utf8(field(i)) != std::string_view::npos)
                fail_line(Code::BadRequest, first_line_,
                          "the text is not UTF-8, in which tables are read; save it as UTF-8");
        return true;
    }

    [[nodiscard]] std::size_t size() const { return fields_.size(); }

    // A line with nothing on it.
    [[nodiscard]] bool is_blank() const {
        return fields_.size() == 1 && !fields_[0].quoted && trim(field(0)).empty();
    }

    [[nodiscard]] std::string_view field(std::size_t i) const {
        return std::string_view(text_).substr(fields_[i].start, fields_[i].size);
    }

    [[nodiscard]] bool is_quoted(std::size_t i) const { return fields_[i].quoted; }

    // Where the record begins.
    [[nodiscard]] std::int64_t line() const { return first_line_; }

  private:
    static constexpr int kEnd = -1;
    static constexpr int kLineEnd = '\n';

    struct Field {
        std::size_t start;
        std::size_t size;
        bool quoted;
    };

    int peek() {
        if (start_ == end_ && !fill()) return kEnd;
        return static_cast<unsigned char>(buffer_[start_]);
    }

    // Any end of a line is one '\n'.
    int get() {
        const int c = peek();
        if (c == kEnd) return c;
        ++start_;
        if (c == '\r') {
            if (peek() == '\n') ++start_;
            ++line_;
            return kLineEnd;
        }
        if (c == '\n') ++line_;
        if (c == '\0')
            fail_line(Code::BadRequest, line_, "a NUL byte, which no text has; is this a table?");
        return c;
    }

    bool fill() {
        ssize_t got = 0;
        do
            got = ::pread(file_, buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
        while (got < 0 && errno == EINTR);
        if (got < 0)
            throw Error(Code::Internal, "A table could not be read.")
                .with_detail(std::generic_category().message(errno));
        offset_ += got;
        start_ = 0;
        end_ = static_cast<std::size_t>(got);
        return got > 0;
    }

    void skip_mark() {
        if (peek() != 0xef || end_ < kByteOrderMark.size()) return;
        if (std::string_view(buffer_.data(), end_).starts_with(kByteOrderMark))
            start_ = kByteOrderMark.size();
    }

    void add(int c, std::size_t field_start) {
        text_ += static_cast<char>(c);
        if (text_.size() - field_start > limits_.max_cell_bytes)
            fail_line(Code::TooLarge, first_line_,
                      "a value may have " + std::to_string(limits_.max_cell_bytes) + " bytes");
        if (text_.size() > limits_.max_row_bytes)
            fail_line(Code::TooLarge, first_line_,
                      "a row may have " + std::to_string(limits_.max_row_bytes) + " bytes");
    }

    // From its first character on; what follows it: the separator, '\n' or kEnd.
    int read_field(int c) {
        const auto start = text_.size();
        // Tabs come without quotes (IANA text/tab-separated-values).
        const bool quoted = c == '"' && separator_ != '\t';
        if (quoted) {
            const auto opened = line_;
            for (c = get(); c != '"' || peek() == '"'; c = get()) {
                if (c == kEnd)
                    fail_line(Code::BadRequest, opened, "a quotation mark that is never closed");
                if (c == '"') get();
                add(c, start);
            }
            for (c = get(); c == ' '; c = get())
                continue;
            if (c != separator_ && c != kLineEnd && c != kEnd)
                fail_line(Code::BadRequest, line_,
                          "text after a closing quotation mark; a quotation mark within a text is "
                          "written twice");
        } else {
            for (; c != separator_ && c != kLineEnd && c != kEnd; c = get())
                add(c, start);
        }
        fields_.push_back({start, text_.size() - start, quoted});
        return c;
    }

    int file_;
    const ReadLimits& limits_;
    char separator_ = ',';
    std::string text_;
    std::vector<Field> fields_;
    std::array<char, 65'536> buffer_{};
    std::size_t start_ = 0;
    std::size_t end_ = 0;
    std::int64_t offset_ = 0;
    std::int64_t line_ = 1;
    std::int64_t first_line_ = 1;
};

std::string_view without_plus(std::string_view text) {
    return text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
}

bool has_leading_zero(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

// More than a double keeps, for sure.
bool has_many_digits(std::string_view whole) {
    if (whole.starts_with('-') || whole.starts_with('+')) whole.remove_prefix(1);
    const auto last = whole.find_last_not_of('0');
    return last != std::string_view::npos && last >= std::numeric_limits<double>::digits10;
}

std::optional<std::int64_t> find_long(std::string_view text) {
    if (has_leading_zero(text)) return {};
    return parse_integer(without_plus(text));
}

std::optional<double> find_double(std::string_view text) {
    if (equal_fold(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
    // "00123" is a name, and so are more digits than a double keeps; "00.5" is odd, but a number.
    const bool whole = text.find_first_not_of("+-0123456789") == std::string_view::npos;
    if (whole && (has_leading_zero(text) || has_many_digits(text))) return {};
    return parse_double(without_plus(text));
}

std::optional<bool> find_boolean(std::string_view text) {
    if (equal_fold(text, "t") || equal_fold(text, "true")) return true;
    if (equal_fold(text, "f") || equal_fold(text, "false")) return false;
    return {};
}

// The types that all values of a column seen so far have fit.
class Candidates {
  public:
    void look(std::string_view text) {
        seen_ = true;
        if ((left_ & (kInt | kLong)) != 0) {
            const auto value = find_long(text);
            if (!value)
                left_ &= ~(kInt | kLong);
            else if (*value != static_cast<std::int32_t>(*value))
                left_ &= ~kInt;
            // Else what is a long is a double too.
            if (value && has_many_digits(text)) left_ &= ~kDouble;
        }
        if ((left_ & kLong) == 0 && (left_ & kDouble) != 0 && !find_double(text)) left_ &= ~kDouble;
        if ((left_ & kTimestamp) != 0 && !parse_timestamp(text)) left_ &= ~kTimestamp;
        if ((left_ & kBoolean) != 0 && !find_boolean(text)) left_ &= ~kBoolean;
    }

    [[nodiscard]] Type type() const {
        if (!seen_) return Type::Text;
        if ((left_ & kInt) != 0) return Type::Int;
        if ((left_ & kLong) != 0) return Type::Long;
        if ((left_ & kDouble) != 0) return Type::Double;
        if ((left_ & kTimestamp) != 0) return Type::Timestamp;
        if ((left_ & kBoolean) != 0) return Type::Bool;
        return Type::Text;
    }

  private:
    static constexpr unsigned kInt = 1;
    static constexpr unsigned kLong = 2;
    static constexpr unsigned kDouble = 4;
    static constexpr unsigned kTimestamp = 8;
    static constexpr unsigned kBoolean = 16;

    unsigned left_ = kInt | kLong | kDouble | kTimestamp | kBoolean;
    bool seen_ = false;
};

class CsvReader final : public Reader {
  public:
    CsvReader(int file, const ReadLimits& limits) : limits_(limits), records_(file, limits_) {
        records_.find_separator();
        read_names();
        find_types();
        records_.rewind();
        static_cast<void>(next_record());
    }

    [[nodiscard]] const Table& table() const override { return table_; }

    [[nodiscard]] const Row* next() override {
        if (!next_record()) return nullptr;
        builder_.clear();
        for (std::size_t i = 0; i < table_.columns.size(); ++i)
            add_value(i);
        return builder_.row();
    }

  private:
    void read_names() {
        records_.rewind();
        if (!next_record())
            throw Error(Code::BadRequest, "The table is empty: not even the names of columns.");
        bool all_numbers = true;
        for (std::size_t i = 0; i < records_.size(); ++i) {
            Column column;
            column.name = trim(records_.field(i));
            all_numbers = all_numbers && parse_double(column.name).has_value();
            table_.columns.push_back(std::move(column));
        }
        if (all_numbers)
            fail_line(Code::BadRequest, records_.line(),
                      "numbers, where the names of the columns have to stand");
        if (table_.columns[0].name.starts_with("# %ECSV"))
            fail_line(Code::BadRequest, records_.line(),
                      "this is ECSV, which is not read; write a VOTable, or CSV without comments");
    }

    // Past lines of nothing, which stand for a NULL only where there is one column.
    bool next_record() {
        while (records_.next())
            if (table_.columns.size() == 1 || !records_.is_blank()) return true;
        return false;
    }

    void find_types() {
        std::vector<Candidates> candidates(table_.columns.size());
        for (std::int64_t rows = 1; next_record(); ++rows) {
            if (rows > limits_.max_rows)
                throw Error(Code::TooLarge, "The table has more than " +
                                                std::to_string(limits_.max_rows) +
                                                " rows, which is the most that is taken.");
            if (records_.size() != candidates.size())
                fail_line(Code::BadRequest, records_.line(),
                          std::to_string(records_.size()) + " values, and the first line names " +
                              std::to_string(candidates.size()) + " columns");
            for (std::size_t i = 0; i < candidates.size(); ++i)
                if (const auto text = trim(records_.field(i)); !text.empty())
                    candidates[i].look(text);
        }
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            auto& column = table_.columns[i];
            column.type = candidates[i].type();
            if (column.type == Type::Text || column.type == Type::Timestamp) column.arraysize = "*";
            if (column.type == Type::Timestamp) column.xtype = "timestamp";
        }
    }

    void add_value(std::size_t i) {
        const auto type = table_.columns[i].type;
        const auto raw = records_.field(i);
        if (type == Type::Text) {
            if (raw.empty() && !records_.is_quoted(i))
                builder_.add_null();
            else
                builder_.add(raw);
            return;
        }
        const auto text = trim(raw);
        if (text.empty()) {
            builder_.add_null();
            return;
        }
        bytes_.clear();
        // The first reading has seen that each of them has its value.
        switch (type) {
            case Type::Int:
                append_big(bytes_, static_cast<std::int32_t>(find_long(text).value_or(0)));
                break;
            case Type::Long: append_big(bytes_, find_long(text).value_or(0)); break;
            case Type::Timestamp:
                append_big(bytes_, parse_timestamp(text).value_or(kWireEpoch) - kWireEpoch);
                break;
            case Type::Bool: bytes_ += find_boolean(text).value_or(false) ? '\1' : '\0'; break;
            default: {
                const auto value = find_double(text).value_or(0);
                if (std::isnan(value)) {
                    builder_.add_null();
                    return;
                }
                append_big(bytes_, value);
            }
        }
        builder_.add(bytes_);
    }

    ReadLimits limits_;
    Records records_;
    Table table_;
    RowBuilder builder_;
    std::string bytes_;
};

}  // namespace

std::unique_ptr<Reader> open_csv_reader(int file, const ReadLimits& limits) {
    return std::make_unique<CsvReader>(file, limits);
}

}  // namespace vo::table
