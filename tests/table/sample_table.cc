// SPDX-License-Identifier: Apache-2.0
// The sample table of the format tests.
#include "sample_table.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/bytes.h"
#include "table/cell.h"

namespace vo::test {

using table::Type;

namespace {

template <typename T>
constexpr Type kTypeOf = std::is_same_v<T, double>         ? Type::Double
                         : std::is_same_v<T, float>        ? Type::Float
                         : std::is_same_v<T, std::int32_t> ? Type::Int
                                                           : Type::Long;

}  // namespace

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

template <typename T>
SampleRow& SampleRow::add_array(const std::vector<std::optional<T>>& values) {
    const bool nulls = std::any_of(values.begin(), values.end(), [](auto v) { return !v; });
    std::string bytes;
    append_big(bytes, std::int32_t{values.empty() ? 0 : 1});
    append_big(bytes, std::int32_t{nulls ? 1 : 0});
    append_big(bytes, static_cast<std::int32_t>(table::wire_oid(kTypeOf<T>)));
    if (!values.empty()) {
        append_big(bytes, static_cast<std::int32_t>(values.size()));
        append_big(bytes, std::int32_t{1});
    }
    for (const auto& value : values) {
        append_big(bytes, value ? static_cast<std::int32_t>(sizeof(T)) : std::int32_t{-1});
        if (value) append_big(bytes, *value);
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
        {.name = "created",
         .type = Type::Timestamp,
         .arraysize = "*",
         .xtype = "timestamp",
         .frame = "UTC"},
        {.name = "pos",
         .type = Type::DoubleArray,
         .arraysize = "2",
         .xtype = "point",
         .frame = "ICRS"},
        {.name = "outline", .type = Type::DoubleArray, .arraysize = "*", .xtype = "polygon"},
        {.name = "counts", .type = Type::IntArray, .unit = "ct"},
        {.name = "three", .type = Type::IntArray, .arraysize = "3"},
        {.name = "ids", .type = Type::LongArray, .arraysize = "*"},
        {.name = "pair", .type = Type::FloatArray, .arraysize = "2"},
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
        .add_array<double>({83.633, 22.014})
        .add_array<double>({1, 2, 3, 4, 5, 6})
        .add_array<std::int32_t>({12, 0, -7, 2147483647})
        .add_array<std::int32_t>({4, 5, 6})
        .add_array<std::int64_t>({20131103103})
        .add_array<float>({0.1F, -1e30F});
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
        .add_array<double>({0.1, -0.1})
        .add_array<double>({})
        .add_array<std::int32_t>({})
        .add_array<std::int32_t>({7, {}})
        .add_array<std::int64_t>({{}, std::numeric_limits<std::int64_t>::max()})
        .add_array<float>({{}, std::numeric_limits<float>::infinity()});
    for (int i = 0; i < 15; ++i)
        rows[2].add_null();
    return rows;
}

}  // namespace vo::test
