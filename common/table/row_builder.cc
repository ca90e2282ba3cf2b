// SPDX-License-Identifier: Apache-2.0
// Cells one after the other in one buffer, pointed to once the row is whole.
#include "base/bytes.h"
#include "table/reader.h"

namespace vo::table {

void RowBuilder::clear() {
    buffer_.clear();
    extents_.clear();
}

void RowBuilder::add_null() {
    extents_.push_back({buffer_.size(), -1});
}

void RowBuilder::add(std::string_view bytes) {
    extents_.push_back({buffer_.size(), static_cast<std::int32_t>(bytes.size())});
    buffer_ += bytes;
}

void RowBuilder::begin_array(unsigned oid, std::size_t elements) {
    array_start_ = buffer_.size();
    // Dimensions, has-null, element type; length and lower bound of the only dimension.
    append_big(buffer_, std::int32_t{elements == 0 ? 0 : 1});
    append_big(buffer_, std::int32_t{0});
    append_big(buffer_, static_cast<std::int32_t>(oid));
    if (elements == 0) return;
    append_big(buffer_, static_cast<std::int32_t>(elements));
    append_big(buffer_, std::int32_t{1});
}

void RowBuilder::add_element(std::string_view bytes) {
    append_big(buffer_, static_cast<std::int32_t>(bytes.size()));
    buffer_ += bytes;
}

void RowBuilder::add_null_element() {
    append_big(buffer_, std::int32_t{-1});
    constexpr std::size_t kHasNull = 4;
    store_big(buffer_.data() + array_start_ + kHasNull, std::int32_t{1});
}

void RowBuilder::end_array() {
    extents_.push_back({array_start_, static_cast<std::int32_t>(buffer_.size() - array_start_)});
}

const Row* RowBuilder::row() {
    cells_.clear();
    for (const auto& extent : extents_)
        cells_.push_back({extent.size < 0 ? nullptr : buffer_.data() + extent.start, extent.size});
    row_ = cells_;
    return &row_;
}

}  // namespace vo::table
