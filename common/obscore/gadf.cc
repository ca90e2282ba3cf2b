// SPDX-License-Identifier: Apache-2.0
// Keywords of GADF with the fallbacks that real files need.
#include "obscore/gadf.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace vo::obscore {

namespace {

// Which keywords say what an HDU is: HDUCLASn where it is there, else the name by which files
// without them call it.
struct KindRow {
    std::string_view type;
    std::string_view hduclas1;
    std::string_view hduclas2;  // empty: any
    std::string_view extname;
};

constexpr std::array kKinds{
    KindRow{"aeff", "RESPONSE", "EFF_AREA", "EFFECTIVE AREA"},
    KindRow{"bkg", "RESPONSE", "BKG", "BACKGROUND"},
    KindRow{"edisp", "RESPONSE", "EDISP", "ENERGY DISPERSION"},
    KindRow{"events", "EVENTS", "", "EVENTS"},
    KindRow{"gti", "GTI", "", "GTI"},
    KindRow{"psf", "RESPONSE", "PSF", "POINT SPREAD FUNCTION"},
    KindRow{"psf", "RESPONSE", "RPSF", "PSF"},
    KindRow{"rad_max", "RESPONSE", "RAD_MAX", "RAD_MAX"},
};

}  // namespace

std::string_view kind_of(const fits::Header& header) {
    const auto clas1 = header.find_text("HDUCLAS1");
    const auto clas2 = header.find_text("HDUCLAS2").value_or("");
    const auto name = header.find_text("EXTNAME").value_or("");
    for (const auto& row : kKinds) {
        if (clas1 ? equal_fold(row.hduclas1, *clas1) &&
                        (row.hduclas2.empty() || equal_fold(row.hduclas2, clas2))
                  : equal_fold(row.extname, name) || equal_fold(row.type, name))
            return row.type;
    }
    return {};
}

// GADF knows no default for these three; MJDREF is the older way to write the first two.
Reference read_reference(const fits::Header& own,
                         const fits::Header* other,
                         const std::string& label) {
    const auto number = [&](std::string_view name) {
        auto value = own.find_number(name);
        if (!value && other != nullptr) value = other->find_number(name);
        return value;
    };
    auto whole = number("MJDREFI");
    auto fraction = number("MJDREFF");
    if (!whole) {
        whole = number("MJDREF");
        fraction = 0;
    }
    auto timesys = own.find_text("TIMESYS");
    if (!timesys && other != nullptr) timesys = other->find_text("TIMESYS");
    if (!whole || !fraction)
        throw Error(Code::BadRequest,
                    label + " lacks MJDREFI and MJDREFF, so its times mean nothing");
    if (!timesys)
        throw Error(Code::BadRequest, label + " lacks TIMESYS, so its times mean nothing");
    // One number with a fraction is taken apart, so that both parts keep their digits.
    return {std::floor(*whole), *fraction + (*whole - std::floor(*whole)), *timesys};
}

MissionClock make_clock(const Reference& reference, const std::string& label) {
    try {
        return {reference.mjdrefi, reference.mjdreff, reference.timesys};
    } catch (const Error& error) {
        // Caught to say which file and table it is.
        throw Error(Code::BadRequest, label + ": " + error.what());
    }
}

Frame read_frame(const fits::Header& header, const std::string& label) {
    auto word = header.find_text("RADECSYS");
    if (!word) word = header.find_text("RADESYS");
    try {
        return Frame::from_words(word.value_or(""), header.find_number("EQUINOX"));
    } catch (const Error& error) {
        // Caught to say which file and table it is.
        throw Error(Code::BadRequest, label + ": " + error.what());
    }
}

double get_factor(fits::Quantity quantity, const std::string& unit, const std::string& what) {
    if (const auto factor = fits::find_factor(quantity, unit)) return *factor;
    throw Error(Code::BadRequest, what + " has the unknown unit \"" + unit + "\"; known are " +
                                      fits::known_units(quantity));
}

double column_factor(const fits::Header& header,
                     std::string unit,
                     fits::Quantity quantity,
                     const std::string& what) {
    if (unit.empty() && quantity == fits::Quantity::Time)
        unit = header.find_text("TIMEUNIT").value_or("");
    if (unit.empty() && quantity == fits::Quantity::Energy)
        unit = header.find_text("EUNIT").value_or("");
    return get_factor(quantity, unit, what);
}

}  // namespace vo::obscore
