// SPDX-License-Identifier: Apache-2.0
// START and STOP, twice: to know the sums before the first byte is written, and to write.
#include "good_time.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fits/unit.h"
#include "obscore/gadf.h"

namespace vo::kinds {

namespace {

using fits::Quantity;

}  // namespace

GoodTime::GoodTime(const EventFile& file, const fits::Header& events, const Interval& cut)
    : file_(file),
      label_(file.label(file.gti())),
      hdu_(file.read_header(file.gti())),
      layout_(file.read_layout(file.gti(), hdu_)),
      clock_(read_clock(hdu_.header, events, cut, label_)),
      range_(to_seconds(cut, clock_)) {
    const auto factor = [&](const fits::RowField& field) {
        return obscore::column_factor(hdu_.header, field.unit, Quantity::Time,
                                      label_ + ": the column " + field.name);
    };
    const auto& start = find("START");
    const auto& stop = find("STOP");
    ends_ = {&start, &stop, factor(start), factor(stop)};
    add_up();
}

const fits::RowField& GoodTime::find(const char* name) const {
    const auto* field = layout_.find(name);
    if (field == nullptr)
        throw Error(Code::BadRequest,
                    label_ + " lacks the column " + name + "; GADF has START and STOP in seconds");
    if (!field->is_number())
        throw Error(Code::BadRequest, label_ + ": the column " + name +
                                          " is not one number per row (TFORM" +
                                          std::to_string(field->number) + "); GADF has '1D'");
    return *field;
}

GoodTime::Span GoodTime::read(const char* row) const {
    double start = 0;
    double stop = 0;
    fits::read_numbers(*ends_.start, row, layout_.row_bytes, {&start, 1});
    fits::read_numbers(*ends_.stop, row, layout_.row_bytes, {&stop, 1});
    return {start * ends_.start_factor, stop * ends_.stop_factor};
}

// In the row, too; what its columns cannot hold is rounded inwards.
GoodTime::Span GoodTime::clip(char* row) const {
    const auto span = read(row);
    if (std::max(span.start, range_.from) >= std::min(span.stop, range_.to))
        return {span.start, span.start};
    if (span.start < range_.from)
        fits::store_not_below(*ends_.start, row, range_.from / ends_.start_factor);
    if (span.stop > range_.to)
        fits::store_not_above(*ends_.stop, row, range_.to / ends_.stop_factor);
    return read(row);
}

void GoodTime::add_up() {
    std::int64_t number = 0;
    file_.for_each_rows(hdu_, layout_, [&](char* rows, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            ++number;
            char* row = rows + i * layout_.row_bytes;
            const auto [start, stop] = read(row);
            if (!std::isfinite(start) || !std::isfinite(stop) || stop < start)
                throw Error(Code::BadRequest, label_ + ": interval " + std::to_string(number) +
                                                  " does not end after it starts");
            before_s_ += stop - start;
            first_s_ = std::min(first_s_, start);
            last_s_ = std::max(last_s_, stop);
            is_cut_ = is_cut_ || start < range_.from || stop > range_.to;
            const auto left = clip(row);
            after_s_ += std::max(0.0, left.stop - left.start);
        }
    });
}

std::optional<double> GoodTime::first_mjd() const {
    if (first_s_ > last_s_) return std::nullopt;
    return clock_.to_mjd_tt(first_s_);
}

std::optional<double> GoodTime::last_mjd() const {
    if (first_s_ > last_s_) return std::nullopt;
    return clock_.to_mjd_tt(last_s_);
}

std::int64_t GoodTime::write(HduWriter& out) const {
    std::int64_t kept = 0;
    file_.for_each_rows(hdu_, layout_, [&](char* rows, std::size_t count) {
        std::size_t filled = 0;
        for (std::size_t i = 0; i < count; ++i) {
            char* row = rows + i * layout_.row_bytes;
            const auto left = clip(row);
            if (left.start >= left.stop) continue;
            std::copy_n(row, layout_.row_bytes, rows + filled * layout_.row_bytes);
            ++filled;
        }
        out.write({rows, filled * layout_.row_bytes});
        kept += static_cast<std::int64_t>(filled);
    });
    file_.for_each_bytes(hdu_.data_end - layout_.heap_bytes, hdu_.data_end,
                         [&](std::string_view bytes) { out.write(bytes); });
    return kept;
}

}  // namespace vo::kinds
