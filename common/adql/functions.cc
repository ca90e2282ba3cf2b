// SPDX-License-Identifier: Apache-2.0
// The table of functions, and what VOSI capabilities announce.
#include "adql/functions.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace vo::adql {

namespace {

// ADQL 2.1 writes these in lower case and compares without it; clients that compare with case know
// the spelling of TAPRegExt 1.0, and STILTS 3.4.7 does not know the conditional functions in it.
constexpr std::string_view kGeo = "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo";
constexpr std::string_view kString = "ivo://ivoa.net/std/TAPRegExt#features-adql-string";
constexpr std::string_view kConditional = "ivo://ivoa.net/std/tapregext#features-adql-conditional";
constexpr std::string_view kUnit = "ivo://ivoa.net/std/TAPRegExt#features-adql-unit";
constexpr std::string_view kUdf = "ivo://ivoa.net/std/TAPRegExt#features-udf";

constexpr auto S = Family::Scalar;
constexpr auto A = Family::Aggregate;
constexpr auto G = Family::Geometry;
constexpr auto U = Family::Units;

// Sorted by name. ADQL 2.1 table 1 gives DOUBLE for all mathematical functions. PostgreSQL rounds
// and divides exactly in numeric only, and a number becomes numeric through its shortest text, for
// the direct cast keeps 15 digits of a double and 6 of a REAL.
constexpr auto kFunctions = std::to_array<Function>({
    // name, family, arguments, result, sql, whole_sql, unit, ucd, feature, usage, description
    {"ABS", S, "d", Result::DoubleOf, "abs($1)", "", "", "", "", "ABS(x)", ""},
    {"ACOS", S, "d", Result::Double, "acos($1)", "", "rad", "", "", "ACOS(x)", ""},
    {"AREA", G, "a", Result::Special, "", "", "deg2", "phys.angArea", kGeo, "AREA(shape)",
     "area of a shape in square degrees"},
    {"ASIN", S, "d", Result::Double, "asin($1)", "", "rad", "", "", "ASIN(x)", ""},
    {"ATAN", S, "d", Result::Double, "atan($1)", "", "rad", "", "", "ATAN(x)", ""},
    {"ATAN2", S, "dd", Result::Double, "atan2($1, $2)", "", "rad", "", "", "ATAN2(y, x)", ""},
    {"AVG", A, "d", Result::DoubleOf, "avg($1)", "", "", "", "", "AVG([DISTINCT] x)", ""},
    {"BOX", G, "aaa?a", Result::Special, "", "", "deg", "pos.outline", kGeo,
     "BOX(ra, dec, width, height) or BOX(point, width, height)",
     "a box on the sky between the great circles through the ends of a cross", true},
    {"CEILING", S, "d", Result::DoubleOf, "ceil($1)", "", "", "", "", "CEILING(x)", ""},
    {"CENTROID", G, "a", Result::Special, "", "", "deg", "pos.eq", kGeo, "CENTROID(shape)",
     "the centre of a shape: of a polygon its centre of mass on the sphere"},
    {"CIRCLE", G, "aa?a", Result::Special, "", "", "deg", "pos.outline", kGeo,
     "CIRCLE(ra, dec, radius) or CIRCLE(point, radius)", "a circle on the sky", true},
    {"COALESCE", S, "v*", Result::Common, "COALESCE($*)", "", "", "", kConditional,
     "COALESCE(x, y, ...)", "the first argument that is not NULL"},
    {"CONTAINS", G, "aa", Result::Special, "", "", "", "", kGeo, "CONTAINS(inner, outer)",
     "1 when the first geometry lies within the second, else 0"},
    {"COORD1", G, "a", Result::Special, "", "", "deg", "pos.eq.ra", kGeo, "COORD1(point)",
     "right ascension of a point in degrees"},
    {"COORD2", G, "a", Result::Special, "", "", "deg", "pos.eq.dec", kGeo, "COORD2(point)",
     "declination of a point in degrees"},
    {"COORDSYS", G, "a", Result::Special, "", "", "", "", kGeo, "COORDSYS(shape)",
     "the coordinate system of a geometry: always ICRS"},
    {"COS", S, "d", Result::Double, "cos($1)", "", "", "", "", "COS(x)", "", false, true},
    {"COT", S, "d", Result::Double, "cot($1)", "", "", "", "", "COT(x)", "", false, true},
    {"COUNT", A, "a", Result::Long, "count($1)", "", "", "meta.number", "",
     "COUNT(*) or COUNT([DISTINCT] x)", ""},
    {"DEGREES", S, "d", Result::Double, "degrees($1)", "", "deg", "", "", "DEGREES(x)", ""},
    {"DISTANCE", G, "aa?aa", Result::Special, "", "", "deg", "pos.angDistance", kGeo,
     "DISTANCE(point, point) or DISTANCE(ra1, dec1, ra2, dec2)",
     "angular distance of two points in degrees; compared with an upper limit it uses the index"},
    {"EXP", S, "d", Result::Double, "vogate.exp($1)", "", "", "", "", "EXP(x)", ""},
    {"FLOOR", S, "d", Result::DoubleOf, "floor($1)", "", "", "", "", "FLOOR(x)", ""},
    {"gavo_specconv", U, "dl", Result::Special, "", "", "", "", kUdf,
     "gavo_specconv(expr DOUBLE PRECISION, dest_unit TEXT) -> DOUBLE PRECISION",
     "an energy, wavelength or frequency told as any of them, such as gavo_specconv(em_min, "
     "'TeV'); "
     "the unit of expr comes from its column"},
    {"gavo_specconv", U, "dll", Result::Special, "", "", "", "", kUdf,
     "gavo_specconv(expr DOUBLE PRECISION, expr_unit TEXT, dest_unit TEXT) -> DOUBLE PRECISION",
     "an energy, wavelength or frequency in expr_unit told as any of them in dest_unit"},
    {"INTERSECTS", G, "aa", Result::Special, "", "", "", "", kGeo, "INTERSECTS(shape, shape)",
     "1 when two geometries overlap, else 0"},
    {"IN_UNIT", U, "dl", Result::Special, "", "", "", "", kUnit, "IN_UNIT(x, 'unit')",
     "x in another unit, written as VOUnits has it; the unit of x comes from its column"},
    {"ivo_dms_to_degrees", S, "t", Result::Double, "vogate.dms_to_degrees($1)", "", "deg", "", kUdf,
     "ivo_dms_to_degrees(dms TEXT) -> DOUBLE PRECISION",
     "degrees of an angle written d:m:s, ddmmss or dDmMsS; NULL where it cannot be read"},
    {"ivo_epoch_prop_pos", S, "dddddddd", Result::Point,
     "vogate.epoch_prop_pos($1, $2, $3, $4, $5, $6, $7, $8)", "", "deg", "pos", kUdf,
     "ivo_epoch_prop_pos(ra DOUBLE PRECISION, dec DOUBLE PRECISION, parallax DOUBLE PRECISION, "
     "pmra DOUBLE PRECISION, pmdec DOUBLE PRECISION, radial_velocity DOUBLE PRECISION, "
     "ref_epoch DOUBLE PRECISION, out_epoch DOUBLE PRECISION) -> POINT",
     "the position at out_epoch of what moves in a straight line: deg, mas, mas/yr, km/s, Julian "
     "years; NULL stands for no motion"},
    {"ivo_geom_transform", G, "lla", Result::Special, "", "", "deg", "", kUdf,
     "ivo_geom_transform(from_sys TEXT, to_sys TEXT, geo GEOMETRY) -> GEOMETRY",
     "a point, circle or polygon rotated from one frame to another: ECLIPTIC, FK4, FK5, GALACTIC, "
     "ICRS, SUPER_GALACTIC"},
    {"ivo_hashlist_has", S, "tt", Result::Int, "vogate.hashlist_has($1, $2)", "", "", "", kUdf,
     "ivo_hashlist_has(hashlist TEXT, item TEXT) -> INTEGER",
     "1 when item is one of the words that # separates in hashlist, whatever their case, else 0"},
    {"ivo_hasword", S, "tt", Result::Int, "vogate.hasword($1, $2)", "", "", "", kUdf,
     "ivo_hasword(haystack TEXT, needle TEXT) -> INTEGER",
     "1 when haystack has all words of needle, in any of their English forms, else 0"},
    {"ivo_healpix_center", S, "ib", Result::Point, "vogate.healpix_center($1, $2)", "", "deg",
     "pos", kUdf, "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT",
     "the centre of a HEALPix cell in NESTED numbering"},
    {"ivo_healpix_index", S, "idd", Result::Long, "", "", "", "", kUdf,
     "ivo_healpix_index(hpxOrder INTEGER, long DOUBLE PRECISION, lat DOUBLE PRECISION) -> BIGINT",
     "the HEALPix cell of order hpxOrder that has the position, in NESTED numbering"},
    {"ivo_healpix_index", S, "ip", Result::Long, "vogate.healpix_index($1, $2)", "", "", "", kUdf,
     "ivo_healpix_index(hpxOrder INTEGER, point POINT) -> BIGINT",
     "the HEALPix cell of order hpxOrder that has the point, in NESTED numbering"},
    {"ivo_histogram", A, "dddi", Result::Ints, "vogate.histogram($1, $2, $3, $4)", "", "",
     "meta.number", kUdf,
     "ivo_histogram(val DOUBLE PRECISION, lower DOUBLE PRECISION, upper DOUBLE PRECISION, "
     "nbins INTEGER) -> INTEGER[]",
     "an aggregate: how many values lie in each of nbins equal bins, and before and after them "
     "those below lower and above upper"},
    {"ivo_hms_to_degrees", S, "t", Result::Double, "vogate.hms_to_degrees($1)", "", "deg", "", kUdf,
     "ivo_hms_to_degrees(hms TEXT) -> DOUBLE PRECISION",
     "degrees of an hour angle written h:m:s, hhmmss or hHmMsS; NULL where it cannot be read"},
    {"ivo_interval_overlaps", S, "dddd", Result::Int, "vogate.interval_overlaps($1, $2, $3, $4)",
     "", "", "", kUdf,
     "ivo_interval_overlaps(a1 DOUBLE PRECISION, b1 DOUBLE PRECISION, a2 DOUBLE PRECISION, "
     "b2 DOUBLE PRECISION) -> INTEGER",
     "1 when the intervals a1 to b1 and a2 to b2 have a value in common, else 0"},
    {"ivo_nocasematch", S, "tt", Result::Int, "vogate.nocasematch($1, $2)", "", "", "", kUdf,
     "ivo_nocasematch(value TEXT, pattern TEXT) -> INTEGER",
     "1 when the text matches the pattern of LIKE, whatever the case, else 0"},
    {"ivo_normal_random", S, "dd", Result::DoubleOf, "vogate.normal_random($1, $2)", "", "", "",
     kUdf, "ivo_normal_random(mu DOUBLE PRECISION, sigma DOUBLE PRECISION) -> DOUBLE PRECISION",
     "a random number of the normal distribution around mu"},
    {"ivo_string_agg", A, "tt", Result::Text, "string_agg($1, $2)", "", "", "", kUdf,
     "ivo_string_agg(expression TEXT, delimiter TEXT) -> TEXT",
     "an aggregate: all texts with the delimiter between them"},
    {"ivo_to_jd", S, "m", Result::Double, "vogate.to_jd($1)", "", "d", "time.epoch", kUdf,
     "ivo_to_jd(d TIMESTAMP) -> DOUBLE PRECISION", "the Julian Date of a timestamp"},
    {"ivo_to_mjd", S, "m", Result::Double, "vogate.to_mjd($1)", "", "d", "time.epoch", kUdf,
     "ivo_to_mjd(d TIMESTAMP) -> DOUBLE PRECISION", "the Modified Julian Date of a timestamp"},
    {"LOG", S, "d", Result::Double, "ln($1)", "", "", "", "", "LOG(x)", ""},
    {"LOG10", S, "d", Result::Double, "log10($1)", "", "", "", "", "LOG10(x)", ""},
    {"LOWER", S, "t", Result::Text, "lower($1)", "", "", "", kString, "LOWER(text)",
     "the text in lower case"},
    {"MAX", A, "o", Result::Argument, "max($1)", "", "", "", "", "MAX(x)", ""},
    {"MIN", A, "o", Result::Argument, "min($1)", "", "", "", "", "MIN(x)", ""},
    {"MOD", S, "nn", Result::DoubleOf, "mod($1::text::numeric, $2::text::numeric)::float8",
     "mod($1::int8, $2::int8)::float8", "", "", "", "MOD(x, y)", ""},
    {"PI", S, "", Result::Double, "pi()", "", "", "", "", "PI()", ""},
    {"POINT", G, "aa", Result::Special, "", "", "deg", "pos.eq", kGeo, "POINT(ra, dec)",
     "a position on the sky", true},
    {"POLYGON", G, "aaa*", Result::Special, "", "", "deg", "pos.outline", kGeo,
     "POLYGON(ra1, dec1, ra2, dec2, ra3, dec3, ...) or POLYGON(point, point, point, ...)",
     "a polygon on the sky with great circles between three or more corners", true},
    {"POWER", S, "dd", Result::Power, "power($1, $2)", "", "", "", "", "POWER(x, y)", ""},
    {"RADIANS", S, "d", Result::Double, "radians($1)", "", "rad", "", "", "RADIANS(x)", ""},
    // The seed has undefined semantics, ADQL 2.1 table 1; PostgreSQL's generator takes none.
    {"RAND", S, "?i", Result::Double, "random()", "", "", "", "", "RAND() or RAND(seed)", ""},
    {"REGION", G, "l", Result::Special, "", "", "deg", "pos.outline", kGeo,
     "REGION('Circle ICRS ra dec radius')",
     "a region in STC-S: Position, Circle, Box, Polygon, and Union, Intersection and Not of them"},
    {"ROUND", S, "n?i", Result::DoubleOf, "round($1::text::numeric, $2)::float8", "", "", "", "",
     "ROUND(x) or ROUND(x, digits)", ""},
    {"SIN", S, "d", Result::Double, "sin($1)", "", "", "", "", "SIN(x)", "", false, true},
    {"SQRT", S, "d", Result::Power, "sqrt($1)", "", "", "", "", "SQRT(x)", ""},
    {"SUM", A, "d", Result::Sum, "sum($1)", "sum($1)::int8", "", "", "", "SUM([DISTINCT] x)", ""},
    {"TAN", S, "d", Result::Double, "tan($1)", "", "", "", "", "TAN(x)", "", false, true},
    {"TRUNCATE", S, "n?i", Result::DoubleOf, "trunc($1::text::numeric, $2)::float8", "", "", "", "",
     "TRUNCATE(x) or TRUNCATE(x, digits)", ""},
    {"UPPER", S, "t", Result::Text, "upper($1)", "", "", "", kString, "UPPER(text)",
     "the text in upper case"},
});

constexpr int compare_fold(std::string_view a, std::string_view b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (const int d = ascii_upper(a[i]) - ascii_upper(b[i]); d != 0) return d;
    return a.size() < b.size() ? -1 : static_cast<int>(a.size() > b.size());
}

// The first row whose name begins with the letter or one after it; one more for the end.
constexpr auto kFirstRows = [] {
    std::array<std::uint16_t, 27> rows{};
    for (std::size_t letter = 0, row = 0; letter < rows.size(); ++letter) {
        while (row < kFunctions.size() &&
               static_cast<std::size_t>(ascii_upper(kFunctions[row].name[0]) - 'A') < letter)
            ++row;
        rows[letter] = static_cast<std::uint16_t>(row);
    }
    return rows;
}();

constexpr bool by_name(const Function& a, const Function& b) {
    return compare_fold(a.name, b.name) < 0;
}

static_assert(std::is_sorted(kFunctions.begin(), kFunctions.end(), by_name));

// What is grammar, not a function.
constexpr auto kSyntax = std::to_array<LanguageFeature>({
    {kString, "ILIKE", "LIKE that ignores case"},
    {"ivo://ivoa.net/std/TAPRegExt#features-adql-common-table", "WITH",
     "named queries before the main one; not recursive"},
    {"ivo://ivoa.net/std/TAPRegExt#features-adql-offset", "OFFSET",
     "OFFSET n skips the first n rows"},
    {"ivo://ivoa.net/std/TAPRegExt#features-adql-sets", "EXCEPT",
     "rows of one query not in another"},
    {"ivo://ivoa.net/std/TAPRegExt#features-adql-sets", "INTERSECT", "rows that two queries share"},
    {"ivo://ivoa.net/std/TAPRegExt#features-adql-sets", "UNION", "rows of two queries"},
    {"ivo://ivoa.net/std/TAPRegExt#features-adql-type", "CAST",
     "CAST(x AS type): SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, CHAR, VARCHAR, "
     "TIMESTAMP; and of a DALI text: POINT, CIRCLE, POLYGON"},
});

std::vector<LanguageFeature> make_features() {
    std::vector<LanguageFeature> features;
    for (const auto& function : kFunctions)
        if (!function.feature.empty())
            features.push_back({function.feature,
                                function.feature == kUdf ? function.usage : function.name,
                                function.description});
    features.insert(features.end(), kSyntax.begin(), kSyntax.end());
    std::stable_sort(features.begin(), features.end(),
                     [](const auto& a, const auto& b) { return a.type < b.type; });
    return features;
}

}  // namespace

std::span<const Function> functions() {
    return kFunctions;
}

const Function* find_function(std::string_view name) {
    if (name.empty()) return nullptr;
    const auto letter = static_cast<std::size_t>(ascii_upper(name[0]) - 'A');
    if (letter >= 26) return nullptr;
    for (std::size_t row = kFirstRows[letter]; row < kFirstRows[letter + 1]; ++row)
        if (kFunctions[row].name.size() == name.size() && equal_fold(kFunctions[row].name, name))
            return &kFunctions[row];
    return nullptr;
}

ArgumentCount argument_count(const Function& function) {
    ArgumentCount count{0, 0};
    bool optional = false;
    for (const char c : function.arguments) {
        if (c == '?') {
            optional = true;
        } else if (c == '*') {
            count.most = kNoLimit;
        } else {
            ++count.most;
            if (!optional) ++count.least;
        }
    }
    return count;
}

const Function& choose_overload(const Function& first, std::size_t count) {
    // A declared function stands alone, outside of the table.
    const auto* const end = kFunctions.data() + kFunctions.size();
    const auto* row = &first;
    if (row < kFunctions.data() || row >= end) return first;
    for (; row != end && row->name == first.name; ++row)
        if (const auto takes = argument_count(*row); takes.least <= count && count <= takes.most)
            return *row;
    return first;
}

std::span<const LanguageFeature> language_features() {
    static const auto features = make_features();
    return features;
}

}  // namespace vo::adql
