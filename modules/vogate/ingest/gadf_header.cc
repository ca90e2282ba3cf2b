// SPDX-License-Identifier: Apache-2.0
// Keywords of GADF with the fallbacks that real files need.
#include "gadf_header.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace vo::vogate::ingest {

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

std::string_view kind_of(const fits::Hdu& hdu) {
    if (!hdu.is_table) return {};
    const auto clas1 = hdu.header.find_text("HDUCLAS1");
    const auto clas2 = hdu.header.find_text("HDUCLAS2").value_or("");
    for (const auto& row : kKinds) {
        if (clas1 ? equal_fold(row.hduclas1, *clas1) &&
                        (row.hduclas2.empty() || equal_fold(row.hduclas2, clas2))
                  : equal_fold(row.extname, hdu.name) || equal_fold(row.type, hdu.name))
            return row.type;
    }
    return {};
}

std::string class_of(const fits::Hdu& hdu, std::string_view type) {
    if (const auto clas4 = hdu.header.find_text("HDUCLAS4")) return to_lower(*clas4);
    return type == "events" || type == "gti" ? std::string(type) : std::string();
}

std::optional<std::string> find_obs_id(const fits::Header& header) {
    const auto text = header.find_text("OBS_ID");
    if (!text || parse_integer(*text)) return text;
    if (const auto number = header.find_integer("OBS_ID")) return std::to_string(*number);
    return text;
}

bool is_same_obs_id(const std::string& a, const std::string& b) {
    const auto number = parse_integer(a);
    return a == b || (number && number == parse_integer(b));
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

double get_factor(fits::Quantity quantity, const std::string& unit, const std::string& what) {
    if (const auto factor = fits::find_factor(quantity, unit)) return *factor;
    throw Error(Code::BadRequest, what + " has the unknown unit \"" + unit + "\"");
}

double column_factor(const fits::Table& table,
                     const fits::Column& column,
                     fits::Quantity quantity) {
    std::string unit = column.unit;
    if (unit.empty() && quantity == fits::Quantity::Time)
        unit = table.hdu().header.find_text("TIMEUNIT").value_or("");
    if (unit.empty() && quantity == fits::Quantity::Energy)
        unit = table.hdu().header.find_text("EUNIT").value_or("");
    return get_factor(quantity, unit, table.label() + ": the column " + column.name);
}

void check_scalar(const fits::Table& table, const fits::Column& column) {
    if (column.kind != fits::Column::Kind::Number || column.repeat != 1)
        throw Error(Code::BadRequest,
                    table.label() + ": the column " + column.name + " is not one number per row");
}

obscore::Frame read_frame(const fits::Header& header, const std::string& label) {
    auto word = header.find_text("RADECSYS");
    if (!word) word = header.find_text("RADESYS");
    try {
        return obscore::Frame::from_words(word.value_or(""), header.find_number("EQUINOX"));
    } catch (const Error& error) {
        // Caught to say which file and table it is.
        throw Error(Code::BadRequest, label + ": " + error.what());
    }
}

obscore::MissionClock make_clock(const Reference& reference, const std::string& label) {
    try {
        return {reference.mjdrefi, reference.mjdreff, reference.timesys};
    } catch (const Error& error) {
        // Caught to say which file and table it is.
        throw Error(Code::BadRequest, label + ": " + error.what());
    }
}

}  // namespace vo::vogate::ingest
