// SPDX-License-Identifier: Apache-2.0
// FITS: one BINTABLE (FITS 4.0 §7.3), with all metadata as a VOTable in the primary HDU
// (FITS-plus).
//
// The header tells the number of rows and the width of texts, so the rows wait in a spool: numbers
// as FITS has them, which is as PostgreSQL sends them; texts and arrays of any length behind their
// length. They are sent, at the end, as columns as wide as the longest needs, or, where that
// would be mostly padding, as an array descriptor with the bytes in the heap.
//
// FITS has no null but NaN, TNULL and the text that begins with NUL (§7.3.3.1); it has ASCII only.
#include <algorithm>
#include <array>
#include <limits>

#include "base/bytes.h"
#include "base/error.h"
#include "fits/table_header.h"
#include "table/cell.h"
#include "table/format.h"
#include "table/spool.h"
#include "table/votable.h"
#include "table/votable_cells.h"

namespace vo::table {

namespace {

constexpr std::size_t kFlushBytes = 65536;
constexpr std::int64_t kMostPadding = 1 << 20;
constexpr std::int64_t kNarrow = 32;

// How a column is laid out: what is fixed is known at the start, the rest after the last row.
struct Layout {
    Column column;
    bool varies = false;        // in the spool behind its length
    std::int64_t elements = 1;  // in each row; 0: in the heap
    std::int64_t element_bytes = 1;
    char letter = 'A';
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t most = 0;
    std::int64_t total = 0;

    [[nodiscard]] bool in_heap() const { return varies && elements == 0; }
};

struct TypeRow {
    Type type;
    char letter;
    std::int64_t bytes;
};

constexpr std::array kTypes{
    TypeRow{Type::Bool, 'L', 1},         TypeRow{Type::Short, 'I', 2},
    TypeRow{Type::Int, 'J', 4},          TypeRow{Type::Long, 'K', 8},
    TypeRow{Type::Float, 'E', 4},        TypeRow{Type::Double, 'D', 8},
    TypeRow{Type::Text, 'A', 1},         TypeRow{Type::Timestamp, 'A', 1},
    TypeRow{Type::Unicode, 'A', 1},      TypeRow{Type::Byte, 'B', 1},
    TypeRow{Type::FloatComplex, 'C', 8}, TypeRow{Type::DoubleComplex, 'M', 16},
};

// Bits are told as logical values: few readers know those of FITS, fewer in the heap.
Column as_in_fits(Column column) {
    if (column.type == Type::Bit) column.type = Type::Bool;
    if (column.type == Type::BitArray) column.type = Type::BoolArray;
    column.type = with_null(column.type, Nulls::Declared);
    return column;
}

Layout make_layout(const Column& column) {
    Layout layout{.column = as_in_fits(column)};
    const auto type = layout.column.type;
    const auto element = parts(type) > 1 ? type : element_type(type).value_or(type);
    for (const auto& row : kTypes) {
        if (row.type != element) continue;
        layout.letter = row.letter;
        layout.element_bytes = row.bytes;
    }
    const auto length = fixed_length(column);
    layout.varies = length == 0 || layout.letter == 'A';
    layout.elements = layout.varies ? 0 : static_cast<std::int64_t>(length / parts(type));
    return layout;
}

class FitsTable final : public Writer {
  public:
    FitsTable(Sink& sink, const Table& table, const Scratch& scratch)
        : sink_(sink), table_(table), spool_(scratch) {
        if (table.columns.size() > fits::kMostColumns)
            throw Error(Code::BadRequest, "a FITS table has " + std::to_string(fits::kMostColumns) +
                                              " columns at most; select fewer");
        for (const auto& column : table.columns)
            layouts_.push_back(make_layout(column));
    }

    void row(Row row) override {
        for (std::size_t i = 0; i < layouts_.size(); ++i) {
            auto& layout = layouts_[i];
            if (layout.varies)
                append_varying(layout, row[i]);
            else
                append_fixed(layout, row[i]);
        }
        ++rows_;
        if (buffer_.size() >= kFlushBytes) flush_to_spool();
    }

    void end(const Outcome& outcome) override {
        if (outcome.status == Status::Failed)
            throw Error(Code::Internal, "FITS has no place for an error after its header");
        flush_to_spool();
        for (auto& layout : layouts_)
            if (layout.varies) settle(layout);
        const auto primary = fits::make_primary_hdu(make_votable(outcome));
        const auto header = fits::make_table_header(make_cards(outcome));
        const auto data = rows_ * row_bytes() + heap_bytes_;
        const auto padding = (static_cast<std::int64_t>(fits::kBlock) -
                              data % static_cast<std::int64_t>(fits::kBlock)) %
                             static_cast<std::int64_t>(fits::kBlock);
        sink_.announce(static_cast<std::int64_t>(primary.size() + header.size()) + data + padding);
        sink_.write(primary);
        sink_.write(header);
        send_rows();
        if (heap_bytes_ > 0) send_heap();
        sink_.write(std::string(static_cast<std::size_t>(padding), '\0'));
    }

  private:
    void flush_to_spool() {
        spool_.write(buffer_);
        buffer_.clear();
    }

    void append_fixed(const Layout& layout, Cell cell) {
        const auto start = buffer_.size();
        const auto type = layout.column.type;
        append_value(buffer_, type, cell, static_cast<std::size_t>(layout.elements) * parts(type));
        if (layout.letter == 'L') mark_nulls(start);
    }

    // FITS 4.0 §7.3.3.1: a logical value that is not known is a zero byte.
    void mark_nulls(std::size_t start) {
        std::replace(buffer_.begin() + static_cast<std::ptrdiff_t>(start), buffer_.end(), '?',
                     '\0');
    }

    // Behind the number of elements; -1 for a null.
    void append_varying(Layout& layout, Cell cell) {
        const auto start = buffer_.size();
        append_big(buffer_, std::int32_t{-1});
        if (const auto element = element_type(layout.column.type)) {
            for (const auto value : ArrayView(cell))
                append_value(buffer_, *element, value, 1);
            if (layout.letter == 'L') mark_nulls(start + 4);
        } else {
            append_text(buffer_, layout.column.type, cell, fits::append_ascii);
        }
        const auto bytes = static_cast<std::int64_t>(buffer_.size() - start) - 4;
        const auto count = bytes / layout.element_bytes;
        if (!is_null(layout.column.type, cell)) {
            std::string length;
            append_big(length, static_cast<std::int32_t>(count));
            buffer_.replace(start, 4, length);
        }
        layout.least = std::min(layout.least, count);
        layout.most = std::max(layout.most, count);
        layout.total += count;
    }

    void settle(Layout& layout) {
        const bool text = layout.letter == 'A';
        const auto padding = layout.most * rows_ - layout.total;
        const bool fits =
            text ? layout.most <= kNarrow || padding <= kMostPadding || padding <= 3 * layout.total
                 : rows_ > 0 && layout.least == layout.most;
        // A column without any characters has one NUL.
        if (fits) layout.elements = text ? std::max<std::int64_t>(1, layout.most) : layout.most;
        if (layout.elements == 0) heap_bytes_ += layout.total * layout.element_bytes;
    }

    // 64-bit descriptors where 32 bits cannot point to the heap's end.
    [[nodiscard]] bool is_large_heap() const {
        return heap_bytes_ > std::numeric_limits<std::int32_t>::max();
    }

    [[nodiscard]] std::int64_t row_bytes() const {
        std::int64_t bytes = 0;
        for (const auto& layout : layouts_)
            bytes += layout.in_heap() ? (is_large_heap() ? 16 : 8)
                                      : layout.elements * layout.element_bytes;
        return bytes;
    }

    [[nodiscard]] std::string form(const Layout& layout) const {
        if (layout.in_heap())
            return std::string(is_large_heap() ? "1Q" : "1P") + layout.letter + "(" +
                   std::to_string(layout.most) + ")";
        return std::to_string(layout.elements) + layout.letter;
    }

    [[nodiscard]] fits::TableCards make_cards(const Outcome& outcome) const {
        fits::TableCards cards{
            .name = "RESULT", .row_bytes = row_bytes(), .rows = rows_, .heap_bytes = heap_bytes_};
        for (const auto& layout : layouts_) {
            const auto& column = layout.column;
            cards.columns.push_back({.name = column.name,
                                     .form = form(layout),
                                     .unit = column.unit,
                                     .ucd = column.ucd,
                                     .utype = column.utype,
                                     .description = column.description,
                                     .null = std::string(null_value(column.type).value_or(""))});
        }
        if (outcome.status == Status::Overflow)
            cards.comments.push_back("OVERFLOW: " + outcome.message);
        return cards;
    }

    // The metadata as VOTable: a TABLE without DATA.
    [[nodiscard]] std::string make_votable(const Outcome& outcome) const {
        std::string document;
        StringSink sink(document);
        doc::XmlWriter xml(sink, doc::XmlWriter::Layout::Indented);
        open_resource(xml);
        write_status(xml, outcome);
        open_table(xml, table_, Nulls::Declared);
        xml.end();
        return document;
    }

    void append_descriptor(std::int64_t count, std::int64_t& offset, std::int64_t bytes) {
        if (is_large_heap()) {
            append_big(buffer_, count);
            append_big(buffer_, offset);
        } else {
            append_big(buffer_, static_cast<std::int32_t>(count));
            append_big(buffer_, static_cast<std::int32_t>(offset));
        }
        offset += bytes;
    }

    // What stands together in each row of the spool: columns of fixed width, or one that varies.
    struct Segment {
        const Layout* varies = nullptr;
        std::size_t bytes = 0;  // of the fixed ones
    };

    [[nodiscard]] std::vector<Segment> make_segments() const {
        std::vector<Segment> segments;
        for (const auto& layout : layouts_) {
            if (layout.varies) {
                segments.push_back({&layout, 0});
                continue;
            }
            if (segments.empty() || segments.back().varies != nullptr) segments.push_back({});
            segments.back().bytes +=
                static_cast<std::size_t>(layout.elements * layout.element_bytes);
        }
        return segments;
    }

    // Calls visit(layout, count, bytes) for each segment of the spool, row by row. For columns of
    // fixed width the layout is nullptr; for a null the count is -1.
    template <typename Visit>
    void read_spool(const Visit& visit) {
        const auto segments = make_segments();
        spool_.rewind();
        std::string rest;  // a value that the last piece cut
        std::string_view bytes;
        const auto have = [&](std::size_t size) {
            while (bytes.size() < size) {
                const auto piece = spool_.read();
                if (piece.empty()) throw Error(Code::Internal, "the scratch file is too short");
                rest.assign(bytes);
                rest += piece;
                bytes = rest;
            }
        };
        for (std::int64_t r = 0; r < rows_; ++r) {
            for (const auto& segment : segments) {
                std::int64_t count = 0;
                std::size_t size = segment.bytes;
                if (segment.varies != nullptr) {
                    have(4);
                    count = load_big<std::int32_t>(bytes.data());
                    bytes.remove_prefix(4);
                    size = static_cast<std::size_t>(std::max<std::int64_t>(0, count) *
                                                    segment.varies->element_bytes);
                }
                have(size);
                visit(segment.varies, count, bytes.substr(0, size));
                bytes.remove_prefix(size);
            }
        }
    }

    void send_rows() {
        std::int64_t offset = 0;
        read_spool([&](const Layout* layout, std::int64_t count, std::string_view bytes) {
            if (layout != nullptr && layout->in_heap()) {
                append_descriptor(std::max<std::int64_t>(0, count), offset,
                                  static_cast<std::int64_t>(bytes.size()));
            } else {
                buffer_ += bytes;
                // A NUL ends a text that is shorter; astropy would keep blanks.
                if (layout != nullptr)
                    buffer_.append(
                        static_cast<std::size_t>(layout->elements * layout->element_bytes) -
                            bytes.size(),
                        '\0');
            }
            if (buffer_.size() >= kFlushBytes) flush_to_sink();
        });
        flush_to_sink();
    }

    void send_heap() {
        read_spool([&](const Layout* layout, std::int64_t, std::string_view bytes) {
            if (layout != nullptr && layout->in_heap()) buffer_ += bytes;
            if (buffer_.size() >= kFlushBytes) flush_to_sink();
        });
        flush_to_sink();
    }

    void flush_to_sink() {
        sink_.write(buffer_);
        buffer_.clear();
    }

    Sink& sink_;
    Table table_;
    Spool spool_;
    std::vector<Layout> layouts_;
    std::string buffer_;
    std::int64_t rows_ = 0;
    std::int64_t heap_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Writer> open_fits(Sink& sink, const Table& table, const Scratch& scratch) {
    return std::make_unique<FitsTable>(sink, table, scratch);
}

}  // namespace vo::table
