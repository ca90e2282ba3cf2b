// SPDX-License-Identifier: Apache-2.0
// Terms are numbered from 1; NDSKEYS counts them.
#include "subspace.h"

#include "base/text.h"
#include "config.h"

namespace vo::kinds {

namespace {

constexpr int kMostTerms = 99;
constexpr const char* kProgram = "event-select " PACKAGE_VERSION " (Vogate): ";

std::string number(double value) {
    std::string text;
    append_number(text, value);
    return text;
}

struct Term {
    std::string type;
    std::string unit;
    std::string value;
    std::string reference;
};

class Terms {
  public:
    Terms(fits::Cards& cards, const fits::Header& header) : cards_(cards), header_(header) {
        while (count_ < kMostTerms && header_.find_text("DSTYP" + std::to_string(count_ + 1)))
            ++count_;
    }

    void add(const Term& term) {
        if (count_ == kMostTerms || has(term)) return;
        const auto n = std::to_string(++count_);
        cards_.set("DSTYP" + n, term.type, "data subspace: what is limited");
        cards_.set("DSUNI" + n, term.unit, {});
        cards_.set("DSVAL" + n, term.value, {});
        if (!term.reference.empty()) cards_.set("DSREF" + n, term.reference, {});
    }

    // Behind the last.
    void finish() {
        if (count_ > 0)
            cards_.set("NDSKEYS", std::int64_t{count_}, "number of data subspace terms");
    }

  private:
    // The same once more; good times are always those of the one table.
    [[nodiscard]] bool has(const Term& term) const {
        for (int i = 1; i <= count_; ++i) {
            const auto n = std::to_string(i);
            if (equal_fold(header_.find_text("DSTYP" + n).value_or(""), term.type) &&
                equal_fold(header_.find_text("DSVAL" + n).value_or(""), term.value))
                return true;
        }
        return false;
    }

    fits::Cards& cards_;
    const fits::Header& header_;
    int count_ = 0;
};

// "from 1 up to, but not including, 10 TeV"
std::string in_words(const Interval& interval, const std::string& unit) {
    std::string words;
    if (interval.min) words += " from " + number(*interval.min);
    if (interval.max) words += " to below " + number(*interval.max);
    return words + ' ' + unit;
}

}  // namespace

void add_subspace(fits::Cards& cards,
                  const fits::Header& header,
                  const Arguments& arguments,
                  const Selection& selection,
                  const std::string& gti_name) {
    Terms terms(cards, header);
    if (!arguments.time_mjd.is_open() && !gti_name.empty())
        terms.add({"TIME", "s", "TABLE", ':' + gti_name});
    const auto& energy = arguments.energy_tev;
    if (!energy.is_open())
        // A missing upper end is one; energies begin at 0.
        terms.add({selection.energy_name(),
                   "TeV",
                   number(energy.min.value_or(0)) + ':' + (energy.max ? number(*energy.max) : ""),
                   {}});
    if (const auto& centre = selection.centre())
        terms.add({"POS(" + selection.longitude_name() + ',' + selection.latitude_name() + ')',
                   "deg",
                   "CIRCLE(" + number(centre->lon_deg) + ',' + number(centre->lat_deg) + ',' +
                       number(arguments.cone->radius_deg) + ')',
                   {}});
    terms.finish();
}

void add_history(fits::Cards& cards, const Arguments& arguments) {
    if (const auto& cone = arguments.cone)
        cards.add_history(kProgram + ("cone about RA " + number(cone->ra_deg)) + " Dec " +
                          number(cone->dec_deg) + " deg (ICRS) of radius " +
                          number(cone->radius_deg) + " deg");
    if (!arguments.energy_tev.is_open())
        cards.add_history(kProgram + ("energy" + in_words(arguments.energy_tev, "TeV")));
    add_time_history(cards, arguments);
}

void add_time_history(fits::Cards& cards, const Arguments& arguments) {
    if (!arguments.time_mjd.is_open())
        cards.add_history(kProgram + ("MJD" + in_words(arguments.time_mjd, "(TT)")));
}

void add_count_history(fits::Cards& cards, const Tally& tally) {
    cards.add_history("event-select: " + std::to_string(tally.kept) + " of " +
                      std::to_string(tally.read) + " photons kept");
}

}  // namespace vo::kinds
