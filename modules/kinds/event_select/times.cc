// SPDX-License-Identifier: Apache-2.0
// TSTART and TSTOP become the part of the run that was chosen; its good time is in ONTIME. Source:
// GADF 0.2 and 0.3, EVENTS; FITS 4.0 §9.
#include "times.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "clock.h"
#include "obscore/gadf.h"

namespace vo::kinds {

namespace {

using Calendar = obscore::MissionClock::Calendar;

enum class End { Start, Stop };

struct DateRow {
    std::string_view date;
    std::string_view time;  // where the date is without one
    End end;
};

constexpr std::array kDates{
    DateRow{"DATE-OBS", "TIME-OBS", End::Start},
    DateRow{"DATE-BEG", "TIME-BEG", End::Start},
    DateRow{"DATE-END", "TIME-END", End::Stop},
};

struct MjdRow {
    std::string_view keyword;
    End end;
};

constexpr std::array kMjds{
    MjdRow{"MJD-OBS", End::Start},
    MjdRow{"MJD-BEG", End::Start},
    MjdRow{"MJD-END", End::Stop},
};

constexpr std::array<std::string_view, 2> kLiveTimes{"LIVETIME", "EXPOSURE"};

// Dates that may be rounded to seconds; UTC and the other scales differ by more.
constexpr double kSame_s = 2;
constexpr double kMicros = 1e6;
constexpr double kSecondsPerDay = 86400;

class Updater {
  public:
    Updater(fits::Cards& cards,
            const fits::Header& header,
            const fits::Header& events,
            const TimeCut& cut,
            const std::string& label)
        : cards_(cards),
          header_(header),
          cut_(cut),
          label_(label),
          clock_(read_clock(header, events, cut.mjd_tt, label)) {
        auto unit = header.find_text("TIMEUNIT");
        if (!unit) unit = events.find_text("TIMEUNIT");
        factor_ =
            obscore::get_factor(fits::Quantity::Time, unit.value_or(""), label + ": TIMEUNIT");
    }

    void run() {
        update_good_time();
        const auto start = find_end("TSTART", cut_.first_mjd);
        const auto stop = find_end("TSTOP", cut_.last_mjd);
        if (!start || !stop) return;
        if (*stop < *start) throw Error(Code::BadRequest, label_ + ": TSTOP is before TSTART");
        const auto inside = [&](const std::optional<double>& mjd, double open) {
            return std::clamp(mjd ? clock_.to_seconds(*mjd) : open, *start, *stop);
        };
        // Of a run outside the cut one end is left, and no time.
        ends_[0] = {*start, inside(cut_.mjd_tt.min, *start)};
        ends_[1] = {*stop, inside(cut_.mjd_tt.max, *stop)};
        if (!ends_[0].is_moved() && !ends_[1].is_moved()) return;
        set_seconds("TSTART", ends_[0].after, ends_[0].is_moved());
        set_seconds("TSTOP", ends_[1].after, ends_[1].is_moved());
        set_seconds("TELAPSE", ends_[1].after - ends_[0].after, true);
        for (const auto& row : kDates)
            update_date(row);
        for (const auto& row : kMjds)
            update_mjd(row);
    }

  private:
    struct Moved {
        double before = 0;
        double after = 0;

        [[nodiscard]] bool is_moved() const { return before != after; }
    };

    [[nodiscard]] std::optional<double> find_end(std::string_view keyword,
                                                 const std::optional<double>& mjd) const {
        if (const auto value = header_.find_number(keyword)) return *value * factor_;
        if (mjd) return clock_.to_seconds(*mjd);
        return std::nullopt;
    }

    void set_seconds(std::string_view keyword, double seconds, bool changes) {
        if (changes && cards_.has(keyword)) cards_.set(keyword, seconds / factor_);
    }

    void update_good_time() {
        if (!cut_.is_cut) return;
        set_seconds("ONTIME", cut_.ontime_after_s, true);
        const auto deadc = header_.find_number("DEADC");
        const double share =
            cut_.ontime_before_s > 0 ? cut_.ontime_after_s / cut_.ontime_before_s : 0;
        for (const auto keyword : kLiveTimes) {
            const auto old = header_.find_number(keyword);
            if (!old) continue;
            if (deadc || cut_.deadc)
                set_seconds(keyword, cut_.ontime_after_s * (deadc ? *deadc : *cut_.deadc), true);
            else
                cards_.set(keyword, *old * share);
        }
    }

    [[nodiscard]] const Moved& of(End end) const { return ends_[end == End::Start ? 0 : 1]; }

    // GADF has dates in UTC, FITS in the scale of TIMESYS, and files follow either.
    void update_date(const DateRow& row) {
        const auto& end = of(row.end);
        const auto date = header_.find_text(row.date);
        if (!end.is_moved() || !date) return;
        const auto time = header_.find_text(row.time);
        const bool has_time = date->find('T') != std::string::npos;
        const auto old = parse_timestamp(has_time || !time ? *date : *date + 'T' + *time);
        const auto meant = parse_timestamp(clock_.to_date(end.before, Calendar::Utc));
        const bool utc =
            old && meant && static_cast<double>(std::abs(*old - *meant)) < kSame_s * kMicros;
        const auto calendar = utc ? Calendar::Utc : Calendar::Own;
        const auto text = clock_.to_date(end.after, calendar);
        const auto split = text.find('T');
        cards_.set(row.date, has_time ? text : text.substr(0, split), {});
        if (time) cards_.set(row.time, text.substr(split + 1), {});
    }

    void update_mjd(const MjdRow& row) {
        const auto& end = of(row.end);
        const auto old = header_.find_number(row.keyword);
        if (!end.is_moved() || !old) return;
        const double away = std::fabs(*old - clock_.to_mjd(end.before, Calendar::Utc));
        const auto calendar = away * kSecondsPerDay < kSame_s ? Calendar::Utc : Calendar::Own;
        cards_.set(row.keyword, clock_.to_mjd(end.after, calendar));
    }

    fits::Cards& cards_;
    const fits::Header& header_;
    const TimeCut& cut_;
    const std::string& label_;
    obscore::MissionClock clock_;
    double factor_ = 1;
    std::array<Moved, 2> ends_{};
};

}  // namespace

void update_times(fits::Cards& cards,
                  const fits::Header& header,
                  const fits::Header& events,
                  const TimeCut& cut,
                  const std::string& label) {
    Updater(cards, header, events, cut, label).run();
}

}  // namespace vo::kinds
