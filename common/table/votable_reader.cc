// SPDX-License-Identifier: Apache-2.0
// Rows of a VOTable. TABLEDATA is read as it stands; the base64 of the others goes through an
// unnamed file, for Xerces-C hands over all of a text at once and FITS is read from any place.
#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/scratch.h"
#include "base/text.h"
#include "doc/xml_reader.h"
#include "table/reader.h"
#include "table/votable_header.h"

namespace vo::table {

namespace {

constexpr std::string_view kPurpose = "a table that is read";

[[noreturn]] void fail_row(Code code, std::int64_t row, const std::string& words) {
    throw Error(code, "Row " + std::to_string(row) + ": " + words + ".");
}

void check_rows(std::int64_t rows, const ReadLimits& limits) {
    if (rows > limits.max_rows)
        throw Error(Code::TooLarge, "The table has more than " + std::to_string(limits.max_rows) +
                                        " rows, which is the most that is taken.");
}

// Runs what reads a value; its words get their place.
template <typename Read>
void read_value(const VotableField& field, std::int64_t row, Read&& read) {
    try {
        std::forward<Read>(read)();
    } catch (const Error& error) {
        fail_row(error.code(), row, field.title() + ": " + error.what());
    }
}

class TabledataReader final : public Reader {
  public:
    TabledataReader(std::unique_ptr<doc::XmlReader> xml,
                    VotableHeader header,
                    const ReadLimits& limits)
        : xml_(std::move(xml)), header_(std::move(header)), limits_(limits) {}

    [[nodiscard]] const Table& table() const override { return header_.table; }

    [[nodiscard]] const Row* next() override {
        if (header_.data == VotableHeader::Data::None) return nullptr;
        while (const auto* event = xml_->next()) {
            if (event->is_end("TABLEDATA")) {
                header_.data = VotableHeader::Data::None;
                return nullptr;
            }
            if (event->kind == doc::XmlEvent::Kind::Text) {
                if (!trim(event->text).empty())
                    throw Error(Code::BadRequest, "Text between the rows of the table.",
                                event->place);
                continue;
            }
            if (!event->is_start("TR"))
                throw Error(Code::BadRequest, "<" + event->name + "> where a TR has to be.",
                            event->place);
            check_rows(++rows_, limits_);
            read_row();
            return builder_.row();
        }
        throw Error(Code::BadRequest, "The VOTable ends within its rows.");
    }

  private:
    void read_row() {
        builder_.clear();
        std::size_t cells = 0;
        while (const auto* event = xml_->next()) {
            if (event->kind == doc::XmlEvent::Kind::Text) continue;
            if (event->is_end("TR")) break;
            if (!event->is_start("TD"))
                throw Error(Code::BadRequest, "<" + event->name + "> where a TD has to be.",
                            event->place);
            if (!event->attribute("encoding").empty())
                throw Error(Code::BadRequest, "A TD with an encoding of its own is not read.",
                            event->place);
            if (cells == header_.fields.size())
                fail_row(Code::BadRequest, rows_,
                         "more values than the " + std::to_string(cells) + " FIELDs");
            read_cell(header_.fields[cells++]);
        }
        if (cells != header_.fields.size())
            fail_row(Code::BadRequest, rows_,
                     std::to_string(cells) + " values, and there are " +
                         std::to_string(header_.fields.size()) + " FIELDs");
    }

    void read_cell(const VotableField& field) {
        text_.clear();
        while (const auto* event = xml_->next()) {
            if (event->kind == doc::XmlEvent::Kind::End) break;
            if (event->kind == doc::XmlEvent::Kind::Start)
                throw Error(Code::BadRequest, "<" + event->name + "> in a TD.", event->place);
            text_ += event->text;
            if (text_.size() > limits_.max_cell_bytes)
                fail_row(Code::TooLarge, rows_,
                         field.title() + ": a value may have " +
                             std::to_string(limits_.max_cell_bytes) + " bytes");
        }
        read_value(field, rows_, [&] { field.add_text(builder_, text_, limits_.max_cell_bytes); });
        if (builder_.bytes() > limits_.max_row_bytes)
            fail_row(Code::TooLarge, rows_,
                     "a row may have " + std::to_string(limits_.max_row_bytes) + " bytes");
    }

    std::unique_ptr<doc::XmlReader> xml_;
    VotableHeader header_;
    ReadLimits limits_;
    RowBuilder builder_;
    std::string text_;
    std::int64_t rows_ = 0;
};

// RFC 4648 §4, with white space anywhere; what comes after the padding is not looked at.
class Base64Sink final : public Sink {
  public:
    explicit Base64Sink(Sink& out) : out_(out) {}

    void write(std::string_view text) override {
        bytes_.clear();
        for (const char c : text) {
            const auto value = kValues[static_cast<unsigned char>(c)];
            if (value == kSkip) continue;
            if (value == kPad) {
                ended_ = true;
                continue;
            }
            if (value == kBad || ended_)
                throw Error(Code::BadRequest, "The STREAM is not in base64.");
            word_ = word_ << 6U | value;
            if (++digits_ % 4 != 0) continue;
            bytes_ += static_cast<char>(word_ >> 16U);
            bytes_ += static_cast<char>(word_ >> 8U);
            bytes_ += static_cast<char>(word_);
            word_ = 0;
        }
        out_.write(bytes_);
    }

    void finish() {
        bytes_.clear();
        switch (digits_ % 4) {
            case 1: throw Error(Code::BadRequest, "The base64 of the STREAM lacks its end.");
            case 2: bytes_ += static_cast<char>(word_ >> 4U); break;
            case 3:
                bytes_ += static_cast<char>(word_ >> 10U);
                bytes_ += static_cast<char>(word_ >> 2U);
                break;
            default: break;
        }
        out_.write(bytes_);
    }

  private:
    static constexpr std::uint8_t kBad = 255;
    static constexpr std::uint8_t kSkip = 254;
    static constexpr std::uint8_t kPad = 253;

    static constexpr std::array<std::uint8_t, 256> kValues = [] {
        std::array<std::uint8_t, 256> values{};
        values.fill(kBad);
        std::uint8_t next = 0;
        for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789+/"))
            values[static_cast<unsigned char>(c)] = next++;
        for (const char c : {' ', '\t', '\n', '\r'})
            values[static_cast<unsigned char>(c)] = kSkip;
        values['='] = kPad;
        return values;
    }();

    Sink& out_;
    std::string bytes_;
    std::uint32_t word_ = 0;
    std::size_t digits_ = 0;
    bool ended_ = false;
};

class BinaryReader final : public Reader {
  public:
    BinaryReader(VotableHeader header, ScratchFile stream, const ReadLimits& limits)
        : header_(std::move(header)),
          stream_(std::move(stream)),
          limits_(limits),
          take_([this](std::size_t bytes) { return take(bytes); }) {}

    [[nodiscard]] const Table& table() const override { return header_.table; }

    [[nodiscard]] const Row* next() override {
        if (position_ == stream_.size()) return nullptr;
        check_rows(++rows_, limits_);
        builder_.clear();
        const auto& fields = header_.fields;
        const bool flags = header_.data == VotableHeader::Data::Binary2;
        if (flags) flags_ = take((fields.size() + 7) / 8);
        for (std::size_t i = 0; i < fields.size(); ++i) {
            std::optional<bool> null;
            if (flags) null = (static_cast<unsigned char>(flags_[i / 8]) << (i % 8) & 0x80U) != 0;
            read_value(fields[i], rows_, [&] {
                fields[i].add_binary(builder_, take_, null, limits_.max_cell_bytes);
            });
            if (builder_.bytes() > limits_.max_row_bytes)
                fail_row(Code::TooLarge, rows_,
                         "a row may have " + std::to_string(limits_.max_row_bytes) + " bytes");
        }
        return builder_.row();
    }

  private:
    // Valid until the next call.
    std::string_view take(std::size_t bytes) {
        if (static_cast<std::int64_t>(bytes) > stream_.size() - position_)
            throw Error(Code::BadRequest, "the STREAM ends before it");
        if (start_ + bytes > buffered_.size()) fill(bytes);
        const auto piece = buffered_.substr(start_, bytes);
        start_ += bytes;
        position_ += static_cast<std::int64_t>(bytes);
        return piece;
    }

    void fill(std::size_t bytes) {
        constexpr std::size_t kBlock = 262'144;
        buffer_.resize(std::max(bytes, kBlock));
        buffered_ = stream_.read(position_, buffer_);
        start_ = 0;
    }

    VotableHeader header_;
    ScratchFile stream_;
    ReadLimits limits_;
    VotableField::Take take_;
    RowBuilder builder_;
    std::string flags_;
    std::vector<char> buffer_;
    std::string_view buffered_;
    std::size_t start_ = 0;
    std::int64_t position_ = 0;
    std::int64_t rows_ = 0;
};

// The rows are those of the FITS table; what the FIELDs tell of them counts where they fit it.
class FitsStreamReader final : public Reader {
  public:
    FitsStreamReader(VotableHeader header, ScratchFile stream, const ReadLimits& limits)
        : stream_(std::move(stream)), inner_(open_fits_reader(stream_.descriptor(), limits)) {
        table_ = inner_->table();
        if (table_.columns.size() != header.fields.size())
            throw Error(Code::BadRequest, "The FITS of the VOTable has " +
                                              std::to_string(table_.columns.size()) +
                                              " columns, and there are " +
                                              std::to_string(header.fields.size()) + " FIELDs.");
        table_.description = header.table.description;
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            auto column = header.table.columns[i];
            column.type = table_.columns[i].type;
            column.arraysize = table_.columns[i].arraysize;
            table_.columns[i] = std::move(column);
        }
    }

    [[nodiscard]] const Table& table() const override { return table_; }

    [[nodiscard]] const Row* next() override { return inner_->next(); }

  private:
    ScratchFile stream_;
    std::unique_ptr<Reader> inner_;
    Table table_;
};

}  // namespace

std::unique_ptr<Reader> open_votable_reader(int file, const ReadLimits& limits) {
    auto xml = std::make_unique<doc::XmlReader>(file);
    auto header = read_votable_header(*xml, limits.max_columns);
    if (header.data == VotableHeader::Data::None || header.data == VotableHeader::Data::Tabledata)
        return std::make_unique<TabledataReader>(std::move(xml), std::move(header), limits);
    ScratchFile stream(limits.scratch_folder, std::string(kPurpose));
    Base64Sink decoder(stream);
    xml->pour(decoder);
    decoder.finish();
    if (header.data == VotableHeader::Data::Fits)
        return std::make_unique<FitsStreamReader>(std::move(header), std::move(stream), limits);
    return std::make_unique<BinaryReader>(std::move(header), std::move(stream), limits);
}

}  // namespace vo::table
