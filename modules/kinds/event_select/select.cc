// SPDX-License-Identifier: Apache-2.0
// HDU by HDU in the order of the file: what a cut changes is written anew, all else is copied.
#include "select.h"

#include <utility>

#include "event_file.h"
#include "fits/cards.h"
#include "fits/table_header.h"
#include "good_time.h"
#include "output.h"
#include "subspace.h"
#include "times.h"

namespace vo::kinds {

namespace {

class Selecting {
  public:
    Selecting(const Arguments& arguments, const EventFile& file, Progress& progress)
        : arguments_(arguments),
          file_(file),
          progress_(progress),
          label_(file.label(file.events())),
          events_(file.read_header(file.events())),
          layout_(file.read_layout(file.events(), events_)),
          good_time_(file, events_.header, arguments.time_mjd),
          selection_(layout_, events_.header, arguments, label_) {
        cut_ = {.mjd_tt = arguments.time_mjd,
                .first_mjd = good_time_.first_mjd(),
                .last_mjd = good_time_.last_mjd(),
                .ontime_before_s = good_time_.before_s(),
                .ontime_after_s = good_time_.after_s(),
                .is_cut = good_time_.is_cut(),
                .deadc = events_.header.find_number("DEADC")};
    }

    // Of the events first, so that what is wrong with it is said before anything is written.
    void prepare() {
        event_cards_ = fits::Cards::read(file_.descriptor(), events_);
        if (!arguments_.time_mjd.is_open())
            update_times(event_cards_, events_.header, events_.header, cut_, label_);
        add_subspace(event_cards_, events_.header, arguments_, selection_, file_.gti().name);
        add_history(event_cards_, arguments_);
    }

    void write(OutputFile& out) {
        const bool cuts_time = !arguments_.time_mjd.is_open();
        for (const auto& place : file_.places()) {
            if (&place == &file_.events() && arguments_.cuts())
                write_events(out);
            else if (&place == &file_.gti() && cuts_time)
                write_gti(out, place);
            else if (place.number == 1 && cuts_time && file_.lists() == 1)
                write_primary(out, place);
            else
                copy(out, place);
        }
    }

    [[nodiscard]] Summary summary() const {
        Summary summary{.events = label_, .lists = file_.lists(), .tally = selection_.tally()};
        if (!arguments_.cuts()) summary.tally.read = summary.tally.kept = layout_.rows;
        const double deadc = cut_.deadc.value_or(1);
        const double share =
            cut_.ontime_before_s > 0 ? cut_.ontime_after_s / cut_.ontime_before_s : 0;
        summary.live_before_s =
            events_.header.find_number("LIVETIME").value_or(cut_.ontime_before_s * deadc);
        summary.live_after_s = summary.live_before_s;
        if (cut_.is_cut)
            summary.live_after_s =
                cut_.deadc ? cut_.ontime_after_s * deadc : summary.live_before_s * share;
        return summary;
    }

  private:
    void tell(std::int64_t position, const std::string& words) {
        progress_.tell(static_cast<double>(position) / static_cast<double>(file_.size()), words);
    }

    static void set_rows(fits::Cards& cards, const fits::RowLayout& layout, std::int64_t rows) {
        cards.set("NAXIS2", rows);
        if (cards.has("THEAP"))
            cards.set("THEAP",
                      rows * static_cast<std::int64_t>(layout.row_bytes) + layout.heap_gap);
    }

    void write_events(OutputFile& out) {
        // As many cards as there will be.
        auto draft = event_cards_;
        add_count_history(draft, selection_.tally());
        HduWriter hdu(out, draft);
        std::int64_t position = events_.data_start;
        file_.for_each_rows(events_, layout_, [&](char* rows, std::size_t count) {
            const auto kept = selection_.choose(rows, count);
            hdu.write({rows, kept * layout_.row_bytes});
            position += static_cast<std::int64_t>(count * layout_.row_bytes);
            tell(position, "selecting photons");
        });
        // The heap stays whole, so that descriptors hold as they are.
        file_.for_each_bytes(events_.data_end - layout_.heap_bytes, events_.data_end,
                             [&](std::string_view bytes) { hdu.write(bytes); });
        set_rows(event_cards_, layout_, selection_.tally().kept);
        add_count_history(event_cards_, selection_.tally());
        hdu.finish(event_cards_);
    }

    void write_gti(OutputFile& out, const Place& place) {
        const auto& header = good_time_.hdu().header;
        const auto old = fits::Cards::read(file_.descriptor(), good_time_.hdu());
        auto cards = old;
        update_times(cards, header, events_.header, cut_, file_.label(place));
        if (!cut_.is_cut && cards == old) {
            copy(out, place);
            return;
        }
        add_time_history(cards, arguments_);
        HduWriter hdu(out, cards);
        set_rows(cards, good_time_.layout(), good_time_.write(hdu));
        hdu.finish(std::move(cards));
    }

    // Some files have the times of the run there, too.
    void write_primary(OutputFile& out, const Place& place) {
        const auto primary = file_.read_header(place);
        const auto old = fits::Cards::read(file_.descriptor(), primary);
        auto cards = old;
        update_times(cards, primary.header, events_.header, cut_, file_.label(place));
        if (cards == old) {
            copy(out, place);
            return;
        }
        add_time_history(cards, arguments_);
        HduWriter hdu(out, cards);
        file_.for_each_bytes(primary.data_start, primary.data_end,
                             [&](std::string_view bytes) { hdu.write(bytes); });
        hdu.finish(std::move(cards));
    }

    // To the end of its last block, which the file may lack.
    void copy(OutputFile& out, const Place& place) {
        const auto start = out.size();
        auto position = place.header_start;
        file_.for_each_bytes(position, place.end, [&](std::string_view bytes) {
            out.write(bytes);
            position += std::ssize(bytes);
            tell(position, "copying " + place.name);
        });
        const auto over = static_cast<std::size_t>(out.size() - start) % fits::kBlock;
        if (over > 0) out.write(std::string(fits::kBlock - over, '\0'));
    }

    const Arguments& arguments_;
    const EventFile& file_;
    Progress& progress_;
    std::string label_;
    fits::RawHdu events_;
    fits::RowLayout layout_;
    GoodTime good_time_;
    Selection selection_;
    TimeCut cut_;
    fits::Cards event_cards_;
};

}  // namespace

Summary select_events(const Arguments& arguments, Progress& progress) {
    progress.tell(0, "reading the event list");
    const EventFile file(arguments.input, OutputFile::folder_of(arguments.output));
    Selecting selecting(arguments, file, progress);
    selecting.prepare();
    OutputFile out(arguments.output);
    selecting.write(out);
    out.keep();
    return selecting.summary();
}

}  // namespace vo::kinds
