// SPDX-License-Identifier: Apache-2.0
// The sample table of the format tests.
#include "sample_table.h"

#include <cstdint>
#include <limits>

#include "base/bytes.h"

namespace vo::test {

using table::Type;

template <typename T>
SampleRow& SampleRow::add(T value) {
    std::string bytes;
    append_big(bytes, value);
    return add_bytes(bytes);
}

SampleRow& SampleRow::add_text(std::string text) {
    return add_bytes(std::move(text));
}

SampleRow& SampleRow::add_bytes(std::string bytes) {
    bytes_.push_back(std::move(bytes));
    nulls_.push_back(false);
    return *this;
}

SampleRow& SampleRow::add_doubles(const std::vector<double>& values) {
    std::string bytes;
    append_big(bytes, std::int32_t{values.empty() ? 0 : 1});
    append_big(bytes, std::int32_t{0});
    append_big(bytes, std::int32_t{701});
    if (!values.empty()) {
        append_big(bytes, static_cast<std::int32_t>(values.size()));
        append_big(bytes, std::int32_t{1});
    }
    for (const double value : values) {
        append_big(bytes, std::int32_t{8});
        append_big(bytes, value);
    }
    return add_bytes(bytes);
}

SampleRow& SampleRow::add_null() {
    bytes_.emplace_back();
    nulls_.push_back(true);
    return *this;
}

std::vector<Cell> SampleRow::cells() const {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < bytes_.size(); ++i)
        cells.push_back(nulls_[i]
                            ? Cell{}
                            : Cell{bytes_[i].data(), static_cast<std::int32_t>(bytes_[i].size())});
    return cells;
}

table::Table make_sample_table() {
    table::Table table;
    table.columns = {
        {.name = "flag", .type = Type::Bool},
        {.name = "small", .type = Type::Short},
        {.name = "number", .type = Type::Int, .ucd = "meta.number"},
        {.name = "event_id", .type = Type::Long, .ucd = "meta.id", .description = "id <unique>"},
        {.name = "mag", .type = Type::Float, .unit = "mag"},
        {.name = "em_min",
         .type = Type::Double,
         .unit = "m",
         .ucd = "em.wl;stat.min",
         .utype = "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit"},
        {.name = "name, odd", .type = Type::Text, .arraysize = "*"},
        {.name = "code", .type = Type::Text, .arraysize = "4"},
        {.name = "created", .type = Type::Timestamp, .arraysize = "*", .xtype = "timestamp", .frame = "UTC"},
        {.name = "pos", .type = Type::DoubleArray, .arraysize = "2", .xtype = "point", .frame = "ICRS"},
        {.name = "outline", .type = Type::DoubleArray, .arraysize = "*", .xtype = "polygon"},
    };
    table.infos = {{"standardID", "ivo://ivoa.net/std/TAP", ""}};
    return table;
}

std::vector<SampleRow> make_sample_rows() {
    constexpr std::int64_t kSecond = 1'000'000;
    std::vector<SampleRow> rows(3);
    rows[0]
        .add(std::uint8_t{1})
        .add(std::int16_t{-7})
        .add(std::int32_t{42})
        .add(std::int64_t{20131103103})
        .add(1.5F)
        .add(1.239841984332e-18)
        .add_text("Crab Nebula")
        .add_text("abcd")
        .add(std::int64_t{0})
        .add_doubles({83.633, 22.014})
        .add_doubles({1, 2, 3, 4, 5, 6});
    rows[1]
        .add(std::uint8_t{0})
        .add(std::numeric_limits<std::int16_t>::min())
        .add(std::numeric_limits<std::int32_t>::max())
        .add(std::numeric_limits<std::int64_t>::min())
        .add(std::numeric_limits<float>::infinity())
        .add(std::numeric_limits<double>::quiet_NaN())
        .add_text("<a> & \"b\"\t,\x01\xC3\xA9")
        .add_text("e")
        .add(std::int64_t{kSecond + 500'000})
        .add_doubles({0.1, -0.1})
        .add_doubles({});
    for (int i = 0; i < 11; ++i)
        rows[2].add_null();
    return rows;
}

}  // namespace vo::test
