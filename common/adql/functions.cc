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

constexpr auto S = Family::Scalar;
constexpr auto A = Family::Aggregate;
constexpr auto G = Family::Geometry;

// Sorted by name. ADQL 2.1 table 1 gives DOUBLE for all mathematical functions. PostgreSQL rounds
// and divides exactly in numeric only, and a double becomes numeric through its shortest text, for
// the direct cast keeps 15 digits.
constexpr auto kFunctions = std::to_array<Function>({
    // name, family, arguments, result, sql, whole_sql, unit, ucd, feature, usage, description
    {"ABS", S, "d", Result::DoubleOf, "abs($1)", "", "", "", "", "ABS(x)", ""},
    {"ACOS", S, "d", Result::Double, "acos($1)", "", "rad", "", "", "ACOS(x)", ""},
    {"AREA", G, "a", Result::Geometry, "", "", "deg2", "phys.angArea", kGeo, "AREA(shape)",
     "area of a shape in square degrees"},
    {"ASIN", S, "d", Result::Double, "asin($1)", "", "rad", "", "", "ASIN(x)", ""},
    {"ATAN", S, "d", Result::Double, "atan($1)", "", "rad", "", "", "ATAN(x)", ""},
    {"ATAN2", S, "dd", Result::Double, "atan2($1, $2)", "", "rad", "", "", "ATAN2(y, x)", ""},
    {"AVG", A, "d", Result::DoubleOf, "avg($1)", "", "", "", "", "AVG([DISTINCT] x)", ""},
    {"BOX", G, "aaa?a", Result::Geometry, "", "", "deg", "pos.outline", kGeo,
     "BOX(ra, dec, width, height) or BOX(point, width, height)",
     "a box on the sky; width and height must be constants", true},
    {"CEILING", S, "d", Result::DoubleOf, "ceil($1)", "", "", "", "", "CEILING(x)", ""},
    {"CENTROID", G, "a", Result::Geometry, "", "", "deg", "pos.eq", "", "CENTROID(shape)", ""},
    {"CIRCLE", G, "aa?a", Result::Geometry, "", "", "deg", "pos.outline", kGeo,
     "CIRCLE(ra, dec, radius) or CIRCLE(point, radius)", "a circle on the sky", true},
    {"COALESCE", S, "v*", Result::Common, "COALESCE($*)", "", "", "", kConditional,
     "COALESCE(x, y, ...)", "the first argument that is not NULL"},
    {"CONTAINS", G, "aa", Result::Geometry, "", "", "", "", kGeo, "CONTAINS(inner, outer)",
     "1 when the first geometry lies within the second, else 0"},
    {"COORD1", G, "a", Result::Geometry, "", "", "deg", "pos.eq.ra", kGeo, "COORD1(point)",
     "right ascension of a point in degrees"},
    {"COORD2", G, "a", Result::Geometry, "", "", "deg", "pos.eq.dec", kGeo, "COORD2(point)",
     "declination of a point in degrees"},
    {"COORDSYS", G, "a", Result::Geometry, "", "", "", "", kGeo, "COORDSYS(shape)",
     "the coordinate system of a geometry: always ICRS"},
    {"COS", S, "d", Result::Double, "cos($1)", "", "", "", "", "COS(x)", ""},
    {"COT", S, "d", Result::Double, "cot($1)", "", "", "", "", "COT(x)", ""},
    {"COUNT", A, "a", Result::Long, "count($1)", "", "", "meta.number", "",
     "COUNT(*) or COUNT([DISTINCT] x)", ""},
    {"DEGREES", S, "d", Result::Double, "degrees($1)", "", "deg", "", "", "DEGREES(x)", ""},
    {"DISTANCE", G, "aa?aa", Result::Geometry, "", "", "deg", "pos.angDistance", kGeo,
     "DISTANCE(point, point) or DISTANCE(ra1, dec1, ra2, dec2)",
     "angular distance of two points in degrees; compared with an upper limit it uses the index"},
    {"EXP", S, "d", Result::Double, "exp($1)", "", "", "", "", "EXP(x)", ""},
    {"FLOOR", S, "d", Result::DoubleOf, "floor($1)", "", "", "", "", "FLOOR(x)", ""},
    {"INTERSECTS", G, "aa", Result::Geometry, "", "", "", "", kGeo, "INTERSECTS(shape, shape)",
     "1 when two geometries overlap, else 0"},
    {"LOG", S, "d", Result::Double, "ln($1)", "", "", "", "", "LOG(x)", ""},
    {"LOG10", S, "d", Result::Double, "log10($1)", "", "", "", "", "LOG10(x)", ""},
    {"LOWER", S, "t", Result::Text, "lower($1)", "", "", "", kString, "LOWER(text)",
     "the text in lower case"},
    {"MAX", A, "o", Result::Argument, "max($1)", "", "", "", "", "MAX(x)", ""},
    {"MIN", A, "o", Result::Argument, "min($1)", "", "", "", "", "MIN(x)", ""},
    {"MOD", S, "dd", Result::DoubleOf, "mod($1::text::numeric, $2::text::numeric)::float8",
     "mod($1::int8, $2::int8)::float8", "", "", "", "MOD(x, y)", ""},
    {"PI", S, "", Result::Double, "pi()", "", "", "", "", "PI()", ""},
    {"POINT", G, "aa", Result::Geometry, "", "", "deg", "pos.eq", kGeo, "POINT(ra, dec)",
     "a position on the sky", true},
    {"POLYGON", G, "aaa*", Result::Geometry, "", "", "deg", "pos.outline", kGeo,
     "POLYGON(ra1, dec1, ra2, dec2, ra3, dec3, ...) or POLYGON(point, point, point, ...)",
     "a polygon on the sky with great circles between three or more corners", true},
    {"POWER", S, "dd", Result::Double, "power($1, $2)", "", "", "", "", "POWER(x, y)", ""},
    {"RADIANS", S, "d", Result::Double, "radians($1)", "", "rad", "", "", "RADIANS(x)", ""},
    // The seed has undefined semantics, ADQL 2.1 table 1; PostgreSQL's generator takes none.
    {"RAND", S, "?i", Result::Double, "random()", "", "", "", "", "RAND() or RAND(seed)", ""},
    {"ROUND", S, "d?i", Result::DoubleOf, "round($1::text::numeric, $2)::float8", "", "", "", "",
     "ROUND(x) or ROUND(x, digits)", ""},
    {"SIN", S, "d", Result::Double, "sin($1)", "", "", "", "", "SIN(x)", ""},
    {"SQRT", S, "d", Result::Double, "sqrt($1)", "", "", "", "", "SQRT(x)", ""},
    {"SUM", A, "d", Result::Sum, "sum($1)", "sum($1)::int8", "", "", "", "SUM([DISTINCT] x)", ""},
    {"TAN", S, "d", Result::Double, "tan($1)", "", "", "", "", "TAN(x)", ""},
    {"TRUNCATE", S, "d?i", Result::DoubleOf, "trunc($1::text::numeric, $2)::float8", "", "", "", "",
     "TRUNCATE(x) or TRUNCATE(x, digits)", ""},
    {"UPPER", S, "t", Result::Text, "upper($1)", "", "", "", kString, "UPPER(text)",
     "the text in upper case"},
});

constexpr bool by_name(const Function& a, const Function& b) {
    return a.name < b.name;
}

static_assert(std::is_sorted(kFunctions.begin(), kFunctions.end(), by_name));

constexpr std::size_t kLongestName = 10;

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
     "TIMESTAMP"},
});

std::vector<LanguageFeature> make_features() {
    std::vector<LanguageFeature> features;
    for (const auto& function : kFunctions)
        if (!function.feature.empty())
            features.push_back({function.feature, function.name, function.description});
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
    if (name.size() > kLongestName) return nullptr;
    char upper[kLongestName];
    std::transform(name.begin(), name.end(), upper, ascii_upper);
    const std::string_view wanted(upper, name.size());
    const auto found = std::lower_bound(
        kFunctions.begin(), kFunctions.end(), wanted,
        [](const Function& function, std::string_view text) { return function.name < text; });
    return found != kFunctions.end() && found->name == wanted ? &*found : nullptr;
}

std::span<const LanguageFeature> language_features() {
    static const auto features = make_features();
    return features;
}

}  // namespace vo::adql
