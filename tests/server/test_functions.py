#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The user defined functions of ADQL give the values that independent sources give: astropy, numpy,
and what is written again here, in another way. First what the database computes, for values that
ADQL cannot write, too; then the names of the IVOA's catalogue, through HTTP. For those of the sky
see test_sky_functions.py."""
import itertools
import math
import random
import re
import warnings

import astropy.units as u
import numpy
from astropy.coordinates import Angle
from astropy.time import Time

from clients import sync
from harness import main, shared_dir, stack
from sql_values import apart, ask_numbers, call, check_refusals, compare, literal
from test_sky_functions import CATALOGUE_STARS

RANDOM = random.Random(1054)
NUMPY = numpy.random.default_rng(1054)
NAN, INFINITY = math.nan, math.inf

# Dates and times ---------------------------------------------------------------------------------


def test_dates(tap):
    """Julian dates, against astropy."""
    texts = ["2000-01-02T12:00:00", "1910-12-31T06:00:00", "1858-11-17T00:00:00", "1970-01-01T00:00:00",
             "2016-12-31T23:59:59.999999", "2000-02-29T00:00:00.000001", "0001-01-01T00:00:00",
             "9999-12-31T23:59:59", "1582-10-15T00:00:00", "1900-03-01T12:34:56.789"]
    texts += [f"{RANDOM.randint(1600, 2400)}-{RANDOM.randint(1, 12):02}-{RANDOM.randint(1, 28):02}T"
              f"{RANDOM.randint(0, 23):02}:{RANDOM.randint(0, 59):02}:{RANDOM.uniform(0, 59):09.6f}"
              for _ in range(30)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = [Time(text, format="isot", scale="tt") for text in texts]
    for name in ("jd", "mjd"):
        compare(tap, f"to_{name}", [(f"vogate.to_{name}('{text}')", float(getattr(time, name)))
                                    for text, time in zip(texts, times, strict=True)], 2e-16, ask_numbers)
        compare(tap, f"to_{name} beyond", [
            (f"vogate.to_{name}(NULL)", None), (f"vogate.to_{name}('infinity')", INFINITY),
            (f"vogate.to_{name}('-infinity')", -INFINITY)], 1e-15, ask_numbers)
    compare(tap, "the catalogue's dates", [
        ("vogate.to_jd('2000-01-02T12:00:00')", 2451546), ("vogate.to_jd('1910-12-31T06:00:00')", 2419036.75),
        ("vogate.to_mjd('2000-01-02T12:00:00')", 51545.5), ("vogate.to_mjd('1910-12-31T06:00:00')", 19036.25),
    ], 1e-16, ask_numbers)


# Text --------------------------------------------------------------------------------------------


def has_word(haystack, needle):
    """Without stems, so for words that are their own."""
    return int(set(re.findall("[a-z0-9]+", needle.lower())) <= set(re.findall("[a-z0-9]+", haystack.lower())))


HASWORDS = (
    # For the second of the catalogue's examples it has 1 or 0; Snowball leaves "shown" as it is.
    ("Miller and Urey have", "miller", 1), ("shown that a primordial", "show", 0),
    ("shown that a primordial", "soup", 0), ("shown that a primordial", "shown primordial", 1),
    ("shown that a primordial", "shown soup", 0), ("The Crab", "the", 1), ("Crab", "the", 0),
    ("Observations of galaxies", "galaxy observation", 1), ("Galaxy", "galaxies", 1), ("pulsars", "pulsar", 1),
    ("H.E.S.S. high-energy data (2004)", "energy 2004", 1), ("high energy", "high-energy", 1),
    ("M31/M33 in crab.fits", "m33 fits", 1), ("PSR B0531+21", "b0531", 1), ("PSR B0531+21", "B0531+2", 0),
    ("z=1.5", "1.5", 1), ("Crab", "", 1), ("Crab", " \t\n", 1), ("Crab", "?!", 1), ("", "crab", 0), ("", "", 1),
    ("crab's", "crab", 1), ("v", "v\u000bv", 1), ("\u00c9toile", "\u00e9toile", 1), ("crab & nebula | x", "nebula & x", 1),
    ("crab", "!crab", 1), ("crab", "crab:*", 1), ("crabs", "cra", 0), ("a\\b", "b", 1), ("x", "\u2013", 0))

NOCASES = (("abcabc", "ab%", 1), ("ABcabc", "ab__bc", 1), ("abcabc", "%BC", 1), ("abcabc", "ABCABC", 1),
           ("abcabc", "abcab", 0))

HASHES = (("red#green#blue", "red", 1), ("Red#green#blue", "red", 1), ("red#green#blue", "re", 0),
          ("red#green#blue", "red#green", 0))


def like(value, pattern):
    letters = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern.lower())
    return int(re.fullmatch("".join(letters), value.lower(), re.S) is not None)


def test_texts(tap):
    """Words, hash lists and patterns, against the same written in Python."""
    compare(tap, "hasword", [(call("hasword", text, word), found) for text, word, found in HASWORDS])
    words = ["crab", "Vela", "M87", "HESS", "b0531", "21", "moon", "2004", "the", "IT"]
    texts = [(RANDOM.choice(" -/,.;'\"()[]{}_+#@").join(RANDOM.choices(words, k=RANDOM.randint(1, 6))),
              " ".join(RANDOM.choices(words, k=RANDOM.randint(1, 2)))) for _ in range(100)]
    compare(tap, "hasword of many texts", [(call("hasword", *pair), has_word(*pair)) for pair in texts])
    long = "(SELECT string_agg(md5(i::text), ' ') || ' crab''s' FROM generate_series(1, 60000) AS i)"
    compare(tap, "hasword of 2 MB", [
        (f"vogate.hasword({long}, 'CRAB')", 1), (f"vogate.hasword({long}, 'crabx')", 0),
        (f"vogate.hasword({long}, 'crab ' || md5('59999'))", 1), (f"vogate.hasword('crab', {long})", 0),
        (f"vogate.hasword({long}, {long})", 1), ("vogate.hasword(repeat('x', 1000000), 'x')", 0),
        ("vogate.hasword(repeat('x ', 1000000), 'x')", 1), ("vogate.hasword(repeat('-', 1000000), 'x')", 0),
        ("vogate.hasword('x', repeat('x ', 500000))", 1), ("vogate.hasword(repeat('a.', 500000) || 'b', 'b')", 1)])

    compare(tap, "hashlist_has", [(call("hashlist_has", *case[:2]), case[2]) for case in HASHES])
    items = ["red", "Red", "green", "re", "", "%", "_", "\\", "dark red", "'", "\u00c9", "\u00e9"]
    lists = [("#".join(RANDOM.choices(items, k=RANDOM.randint(1, 4))), RANDOM.choice(items)) for _ in range(100)]
    compare(tap, "hashlist_has of many lists", [
        (call("hashlist_has", *pair), int(pair[0] != "" and pair[1].lower() in pair[0].lower().split("#")))
        for pair in lists])
    compare(tap, "hashlist_has of 1 MB", [
        ("vogate.hashlist_has(repeat('a#', 500000) || 'b', 'B')", 1),
        ("vogate.hashlist_has(repeat('a', 1000000), 'b' || repeat('a', 500000))", 0)])
    compare(tap, "a hash in the item", [(call("hashlist_has", "a#b", item), 0) for item in ("#", "a#b", "a#", "#b")])

    compare(tap, "nocasematch", [(call("nocasematch", *case[:2]), case[2]) for case in NOCASES])
    letters = ["a", "B", "%", "_", "\\", "'", "\n", "\u00c9", "\u00e9", "."]
    pairs = [tuple("".join(RANDOM.choices(letters, k=RANDOM.randint(0, 4))) for _ in range(2)) for _ in range(200)]
    pairs += [("a\\b", "A\\B"), ("a\\", "a\\"), ("a\\%", "a\\%"), ("a%", "a\\%"), ("", ""), ("", "%"), ("a", "")]
    compare(tap, "nocasematch of many", [(call("nocasematch", *pair), like(*pair)) for pair in pairs])
    compare(tap, "a text that is not known", [
        (call(name, *pair), None) for name in ("hasword", "hashlist_has", "nocasematch")
        for pair in ((None, "a"), ("a", None), (None, None))])


# Statistics and intervals ------------------------------------------------------------------------


def histogram(values, lower, upper, nbins):
    numbers = numpy.array([v for v in values if v is not None and not math.isnan(v)])
    inside = numpy.histogram(numbers, bins=nbins, range=(lower, upper))[0]
    under = int((numbers < lower).sum()) + len(values) - len(numbers)
    return "{" + ",".join(map(str, [under, *inside, int((numbers > upper).sum())])) + "}"


def histogram_sql(values, lower, upper, nbins):
    rows = ", ".join(f"({literal(v)})" for v in values)
    limits = ", ".join(map(literal, (lower, upper, nbins)))
    return f"SELECT vogate.histogram(x::float8, {limits}) FROM (VALUES {rows}) AS v (x)"


def test_histogram(tap):
    """ivo_histogram, against numpy.histogram, which has its upper limit in the last bin, too."""
    cases = []
    for _ in range(30):
        lower, nbins = float(RANDOM.randint(-5, 5)), RANDOM.choice([1, 2, 7, 10, 64, 300])
        upper = lower + RANDOM.choice([0.5, 1, 8, 1000])
        values = [float(v) for v in NUMPY.normal((lower + upper) / 2, (upper - lower) / 2, RANDOM.randint(1, 300))]
        cases.append((values + [lower, upper], lower, upper, nbins))
    cases += [([1.0, None, NAN, INFINITY, -INFINITY, 2.0, 3.0, 1e308, -1e308, 5e-324], 0.0, 2.0, 4),
              ([None], 0.0, 1.0, 1), ([0.25, 0.5, 0.75, 1.0, 0.0], 0.0, 1.0, 4), ([1.0], -1e300, 1e300, 2)]
    compare(tap, "histogram", [(histogram_sql(*case), histogram(*case)) for case in cases])
    near = [(lower, upper, nbins) for lower, upper in ((-5.0, 0.3), (0.1, 0.7), (-1e9, 1 / 3), (1 / 7, 1e5))
            for nbins in (1, 3, 10, 49, 1000)]
    compare(tap, "just below the upper limit is in the last bin", [
        (f"(({histogram_sql([math.nextafter(upper, lower)], lower, upper, nbins)}))[{nbins + 1}]", 1)
        for lower, upper, nbins in near])
    compare(tap, "no rows", [("SELECT vogate.histogram(1, 0, 1, 1) WHERE false", None)])

    # Enough rows for the state to be counted up many times, in one process and in three.
    series = [(i * 7919 % 100003) / 1000 for i in range(200000)]
    sql = ("SELECT vogate.histogram(x, 10, 90, 160) FROM "
           "(SELECT (i::int8 * 7919 % 100003) / 1000::float8 FROM generate_series(0, 199999) AS i) AS v (x)")
    edges = numpy.histogram(numpy.array(series) * 2 - 20, bins=numpy.arange(161))[0]
    expected = [sum(v < 10 for v in series), *edges, sum(v > 90 for v in series)]
    compare(tap, "200000 rows", [(sql, "{" + ",".join(map(str, expected)) + "}")])
    if shared_dir() is None:
        tap.skip("workers may share it", "the data of ../shared are not here")
    else:
        query = "SELECT vogate.histogram(energy, 0.1, 5, 50) FROM dl3.events"
        share = ("SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; "
                 "SET parallel_tuple_cost = 0; ")
        plan = stack().psql(share + "EXPLAIN " + query, role="query")
        tap.ok(any("Partial Aggregate" in row[0] for row in plan), "workers may share it", plan)
        alone = stack().psql("SET max_parallel_workers_per_gather = 0; " + query, role="query")
        tap.equal(stack().psql(share + query, role="query"), alone, "workers count as one process does")

    def one(*arguments):
        return f"x FROM (SELECT vogate.histogram(1, {', '.join(map(literal, arguments))}) AS x) AS v"
    check_refusals(tap, [
        (one(0, 1, 0), "22023", "1 to 100000 bins, not in 0"), (one(0, 1, -5), "22023", "not in -5"),
        (one(0, 1, 100001), "22023", "not in 100001"), (one(0, 1, 2**31 - 1), "22023", "not in 2147483647"),
        (one(0, 1, None), "22023", "not in NULL"), (one(1, 1, 5), "22023", "not 1 and 1"),
        (one(2, 1, 5), "22023", "not 2 and 1"), (one(NAN, 1, 5), "22023", "not NaN and 1"),
        (one(0, NAN, 5), "22023", "not 0 and NaN"), (one(0, INFINITY, 5), "22023", "not 0 and Infinity"),
        (one(-INFINITY, 0, 5), "22023", "not -Infinity and 0"), (one(None, 1, 5), "22023", "not NULL and 1"),
        (one(-1.7e308, 1.7e308, 5), "22023", "both within 1e300"),
        ("vogate.histogram(x, 0, x, 5) FROM (VALUES (1), (2)) AS v (x)", "22023", "same limits"),
        ("vogate.histogram(x, 0, 9, x) FROM (VALUES (1), (2)) AS v (x)", "22023", "number of bins")])
    compare(tap, "100000 bins", [("SELECT cardinality(vogate.histogram(x, 0, 9, 100000)) FROM "
                                  "generate_series(1, 9) AS x", 100002)])


def test_normal_random(tap):
    """Moments and distribution of many numbers, against the error function."""
    count = 40000
    rows = stack().psql(f"SELECT vogate.normal_random(10, 5) FROM generate_series(1, {count})", role="query")
    values = numpy.sort([float(row[0]) for row in rows])
    sigma = (values - 10) / 5
    tap.ok(abs(sigma.mean()) < 5 / math.sqrt(count), "mean", sigma.mean())
    tap.ok(abs(sigma.std() - 1) < 5 / math.sqrt(2 * count), "sigma", sigma.std())
    tap.ok(len(set(values)) > count * 0.999, "no number comes twice")
    normal = numpy.array([(1 + math.erf(s / math.sqrt(2))) / 2 for s in sigma])
    worst = numpy.abs(normal - (numpy.arange(count) + 0.5) / count).max()
    tap.ok(worst < 2.7 / math.sqrt(count), "the distribution is normal (Kolmogorov and Smirnov)", worst)
    neighbours = numpy.corrcoef([float(row[0]) for row in rows[:-1]], [float(row[0]) for row in rows[1:]])
    tap.ok(abs(neighbours[0, 1]) < 5 / math.sqrt(count), "one number does not tell the next", neighbours)
    compare(tap, "normal_random of strange values", [
        (call("normal_random", *pair), expected) for pair, expected in (
            ((3, 0), 3), ((3, -1), None), ((None, 1), None), ((1, None), None), ((INFINITY, 1), INFINITY),
            ((3, -INFINITY), None), ((NAN, 1), NAN), ((1, NAN), NAN))], 0, ask_numbers)


def overlap(a1, b1, a2, b2):
    return int(max(a1, a2) <= min(b1, b2) and a1 <= b1 and a2 <= b2)


def test_intervals(tap):
    """interval_overlaps, against maximum and minimum."""
    cases = [(-3, -2, 2, 3), (-2, 55.3, 2, 3), (2, 3, -2, 55.3), (-2, 55.3, 3, 2), (-2, 2, 2, 3)]
    tap.equal([overlap(*case) for case in cases], [0, 1, 1, 0, 1], "the catalogue's examples")
    cases += list(itertools.product([-INFINITY, 0, 1.5, INFINITY], repeat=4))
    compare(tap, "interval_overlaps", [(call("interval_overlaps", *case), overlap(*case)) for case in cases])
    strange = [tuple(NAN if i == place else v for i, v in enumerate((0, 9, 1, 8))) for place in range(4)]
    compare(tap, "NaN bounds nothing", [(call("interval_overlaps", *case), 0) for case in strange])
    compare(tap, "a bound that is not known", [
        (call("interval_overlaps", None, 1, 0, 1), None), (call("interval_overlaps", 0, None, 1, 2), None),
        (call("interval_overlaps", None, None, None, None), None), (call("interval_overlaps", None, 1, 2, 3), 0)])


# Angles as text ----------------------------------------------------------------------------------

HMS = (("3:34:45.4", 53.6891667), ("3h34m45.4s", 53.6891667), ("3H34M45.4S", 53.6891667))
DMS = (("42:9:6.768", 42.15188), ("42d9m6.768s", 42.15188), ("42D9M6.768S", 42.15188), ("-00:15:00", -0.25),
       ("+00:15:00", 0.25), ("-0d15m0s", -0.25), ("+0d15m0s", 0.25))
GARBAGE = (None, "", " ", "x", "1", "1:2", "1:2:3:4", "1:60:0", "1:2:60", "1:2:60.0", "1:2:3x", "1:-2:3", "1:2:-3",
           "1.5:2:3", "1:2.5:3", "1:2:3..4", "1:2:3e1", "NaN", "1:2:inf", "12345", "1234567", "126000", "120060",
           "12:34:56 s", "--1:2:3", "1::2", ":1:2", "1m2h3s", "9999:1:1", "1:2:3\x01", "\u0661:\u0662:\u0663",
           "1h2d3s", "1:2:" + "3" * 200, "1:2:3." + "0" * 100000)


def test_sexagesimal(tap):
    """hms and dms, against astropy's angles."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hours, degrees = [], []
        for _ in range(40):
            h, d, m, s = RANDOM.randint(0, 23), RANDOM.randint(0, 89), RANDOM.randint(0, 59), RANDOM.uniform(0, 59.9)
            sign = RANDOM.choice(["", "-", "+"])
            for first, unit, cases, sign in ((h, "h", hours, ""), (d, "d", degrees, sign)):
                angle = float(Angle(f"{sign}{first}{unit}{m}m{s:.5f}s").to_value(u.deg))
                cases += [(text, angle) for text in (
                    f"{sign}{first}:{m}:{s:.5f}", f"{sign}{first:02}{m:02}{s:08.5f}", f"{sign}{first}{unit}{m}m{s:.5f}s",
                    f"{sign}{first:02}{unit.upper()}{m:02}M{s:08.5f}S", f" {sign}{first:02} {m:02} {s:08.5f} ",
                    f"{sign}{first}{unit} {m}m\t{s:.5f}s", f"{sign}{first} : {m:02} : {s:.5f}")]
        hours += [(text, float(Angle(text + " hours").to_value(u.deg))) for text in ("0:0:0", "23:59:59.999", "1:2:3.")]
        hours += [("24:00:00", 360), ("120000", 180), ("000001", 1 / 240)]
        degrees += [(text, float(Angle(text + " degrees").to_value(u.deg)))
                    for text in ("-0:15:00", "-0:0:0.5", "+90:0:0", "-90 00 00", "359:59:59.9", "0:0:0", "-00:00:01")]
        degrees += [("- 0 15 00", -0.25), ("360:0:0", 360), ("-000001", -1 / 3600)]
    for name, cases, examples in (("hms_to_degrees", hours, HMS), ("dms_to_degrees", degrees, DMS)):
        compare(tap, name, [(call(name, text), expected) for text, expected in cases], 1e-14, ask_numbers)
        compare(tap, f"{name}: the catalogue's examples",
                [(call(name, text), expected) for text, expected in examples], 1e-8, ask_numbers)
        compare(tap, f"{name} of what is no angle", [(call(name, text), None) for text in GARBAGE])
    compare(tap, "no right ascension", [
        (call("hms_to_degrees", text), None) for text in
        ("-1:2:3", "-0:0:1", "+1:2:3", "24:00:01", "25:0:0", "1d2m3s")])
    compare(tap, "no angle", [(call("dms_to_degrees", text), None) for text in ("360:0:1", "999:0:0", "1h2m3s")])
    long = "vogate.{}_to_degrees(repeat('1', 1000000) || ':2:3')"
    compare(tap, "a text of 1 MB", [(long.format(name), None) for name in ("hms", "dms")])


# ADQL --------------------------------------------------------------------------------------------

# The catalogue wants rotations, and leaves open which.
TRANSFORM = 2e-5

# ADQL expression, expected text, number or position, tolerance: the catalogue's examples, and
# what NULL does.
EXAMPLES = [
    ("ivo_healpix_index(0, 1, 1)", "4", None), ("ivo_healpix_index(17, 1, 1)", "81609757711", None),
    ("ivo_healpix_index(17, 359, -1)", "73009064944", None), ("ivo_healpix_index(0, POINT(1, 1))", "4", None),
    ("ivo_healpix_index(17, POINT('ICRS', 1, 1))", "81609757711", None),
    ("ivo_healpix_index(17, CENTROID(CIRCLE(359, -1, 3)))", "73009064944", None),
    ("ivo_healpix_index(30, 1, 1)", "", None),
    ("ivo_healpix_center(0, 6)", (180, 0), 1e-12), ("ivo_healpix_center(0, 12)", "", None),
    ("ivo_healpix_center(17, ivo_healpix_index(17, 23.4, 56.7))", (23.399843462947466, 56.70016214363192), 1e-12),
    ("ivo_geom_transform('ICRS', 'GALACTIC', POINT(120, -23))", (241.121831182, 3.62785788087), TRANSFORM),
    ("ivo_geom_transform('FK4', 'GALACTIC', CIRCLE(189.70303055, 22.96240006, 3))", (275.00025405, 84.99996154, 3),
     TRANSFORM),
    ("ivo_geom_transform('GALACTIC', 'FK5', POLYGON(5, 3, 4, 4, 4.5, 2))",
     (266.44721, -23.107310, 264.95088, -23.434037, 267.09936, -24.051919), TRANSFORM),
    ("ivo_to_jd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 2451546.0, 0),
    ("ivo_to_jd('1910-12-31T06:00:00')", 2419036.75, 0), ("ivo_to_jd(NULL)", "", None),
    ("ivo_to_mjd(CAST('2000-01-02T12:00:00' AS TIMESTAMP))", 51545.5, 0),
    ("ivo_to_mjd('1910-12-31T06:00:00')", 19036.25, 0), ("ivo_to_mjd(NULL)", "", None),
    ("ivo_interval_overlaps(-3, -2, 2, 3)", "0", None), ("ivo_interval_overlaps(-2, 55.3, 2, 3)", "1", None),
    ("ivo_interval_overlaps(2, 3, -2, 55.3)", "1", None), ("ivo_interval_overlaps(-2, 55.3, 3, 2)", "0", None),
    ("ivo_interval_overlaps(-2, 2, 2, 3)", "1", None),
    ("ivo_normal_random(10, 0)", 10.0, 0),
]
EXAMPLES += [("ivo_epoch_prop_pos(" + ", ".join("NULL" if v is None else repr(v) for v in star) + ")", place, 1e-9)
             for star, place, _ in CATALOGUE_STARS]
EXAMPLES += [(f"ivo_hms_to_degrees('{text}')", degrees, 1e-7) for text, degrees in HMS]
EXAMPLES += [(f"ivo_dms_to_degrees('{text}')", degrees, 1e-7) for text, degrees in DMS]
EXAMPLES += [("ivo_hms_to_degrees('garbage')", "", None), ("ivo_dms_to_degrees('garbage')", "", None)]
EXAMPLES += [(f"{name}('{one}', '{other}')", str(found), None)
             for name, rows in (("ivo_hasword", HASWORDS[:5]), ("ivo_nocasematch", NOCASES), ("ivo_hashlist_has", HASHES))
             for one, other, found in rows]


def test_string_agg(tap):
    """ivo_string_agg of each group, against str.join; in no order, without what is NULL."""
    here = stack()
    rows = here.psql("SELECT COALESCE(ucd, '<none>'), COALESCE(unit, '<NULL>'), column_name FROM tap_schema.columns")
    groups = sorted({row[0] for row in rows})
    tap.ok(len(groups) >= 20, "enough groups", len(groups))
    for name, place, expression in (("names", 2, "column_name"), ("units, some NULL", 1, "unit"),
                                    ("an expression", 2, "'\u00e9' || UPPER(column_name)")):
        reply = sync(here.url, f"SELECT COALESCE(ucd, '<none>') AS g, ivo_string_agg({expression}, ' \u2013 ') AS s, "
                     f"COUNT(column_name) AS n FROM tap_schema.columns GROUP BY COALESCE(ucd, '<none>')",
                     RESPONSEFORMAT="csv", MAXREC="1000")
        found = {row[0]: sorted(filter(None, row[1].split(" \u2013 "))) for row in reply.rows()[1:]}
        expected = {group: sorted(("\u00e9" + row[place].upper() if "UPPER" in expression else row[place])
                                  for row in rows if row[0] == group and row[place] not in ("", "<NULL>"))
                    for group in groups}
        tap.ok(reply.status == 200 and found == expected, f"ivo_string_agg of {name} ({len(groups)} values)",
               [(g, found.get(g), expected[g]) for g in groups if found.get(g) != expected[g]][:3])
    for expression, condition, expected in (
            ("column_name, NULL", "column_name = 'ra' AND table_name = 'dl3.events'", "ra"),
            ("CAST(NULL AS VARCHAR), ','", "1 = 1", ""), ("column_name, ','", "1 = 0", "")):
        reply = sync(here.url, f"SELECT ivo_string_agg({expression}) AS s FROM tap_schema.columns WHERE {condition}",
                     RESPONSEFORMAT="csv")
        tap.ok(reply.status == 200 and reply.rows()[1:] == [[expected]],
               f"ivo_string_agg({expression}) where {condition}", reply.text[:300])


# Numbers at their edges, as C and IEEE 754 have them; MOD has the sign of its first argument.
NUMBERS = [
    ("MOD(-7, 3)", -1), ("MOD(7, -3)", 1), ("MOD(-7.5, 2)", -1.5), ("MOD(7, 0.1)", 0), ("MOD(1e300, 7)", 1e300 % 7),
    ("MOD(9223372036854775807, 10)", 7), ("MOD(CAST(0.7 AS REAL), 0.1)", 0),
    ("ROUND(-2.5)", -3), ("ROUND(1234567, -3)", 1235000), ("ROUND(1.005, 2)", 1.01), ("ROUND(1.5, 400)", 1.5),
    ("ROUND(1e300, -299)", 1e300), ("ROUND(9007199254740993, -1)", 9007199254740990),
    ("TRUNCATE(-1.999, 1)", -1.9), ("TRUNCATE(1999, -3)", 1000), ("TRUNCATE(CAST(0.7 AS REAL), 1)", 0.7),
    ("CEILING(-1.5)", -1), ("FLOOR(-1.5)", -2), ("POWER(-2, 3)", -8), ("POWER(0, 0)", 1), ("POWER(2, -1)", 0.5),
    ("EXP(1)", math.e), ("EXP(-700)", math.exp(-700)), ("EXP(-708.5)", 0), ("EXP(-1e300)", 0),
    ("EXP(CAST('-Infinity' AS DOUBLE PRECISION))", 0), ("EXP(CAST('NaN' AS DOUBLE PRECISION))", NAN),
    ("ATAN2(-1, -1)", math.atan2(-1, -1)), ("COT(2)", 1 / math.tan(2)), ("LOG(10)", math.log(10)), ("7 / 2", 3),
    ("-7 / 2", -3), ("7 / 2.0", 3.5)]
NO_NUMBERS = [
    ("EXP(1000)", "overflow"), ("1e200 * 1e200", "overflow"), ("2147483647 + 1", "integer out of range"),
    ("9223372036854775807 + 1", "bigint out of range"), ("CAST(40000 AS SMALLINT)", "smallint out of range"),
    ("CAST(1e300 AS REAL)", "out of range"), ("ACOS(1.1)", "input is out of range"), ("LOG(0)", "logarithm of zero"),
    ("LOG10(-1)", "logarithm of a negative"), ("SQRT(-1)", "square root of a negative"),
    ("POWER(-8, 1.0 / 3)", "non-integer power"), ("POWER(0, -1)", "zero raised to a negative power"),
    ("1 / 0", "division by zero"), ("MOD(5, 0)", "division by zero"), ("MOD(5.5, 0)", "division by zero"),
    ("SUM(9223372036854775807)", "out of range")]


def test_numbers(tap):
    """Mathematical functions, through ADQL, at the edges of what they take."""
    query = "SELECT TOP 1 {} FROM tap_schema.columns"
    names = ", ".join(expression + f" AS n{i}" for i, (expression, _) in enumerate(NUMBERS))
    reply = sync(stack().url, query.format(names), RESPONSEFORMAT="csv")
    values = reply.rows()[1] if reply.status == 200 else [reply.text[:300]] * len(NUMBERS)
    for (expression, expected), text in zip(NUMBERS, values, strict=True):
        try:
            value = float(text)
            good = math.isclose(value, expected, rel_tol=1e-15) or (math.isnan(value) and math.isnan(expected))
        except ValueError:
            good = False
        tap.ok(good, f"{expression} is {expected}", text)
    for expression, words in NO_NUMBERS:
        reply = sync(stack().url, query.format(expression), RESPONSEFORMAT="votable")
        tap.ok(reply.status == 400 and words in reply.votable_status()[1], f"{expression} is refused: {words}",
               f"{reply.status} {reply.text[:400]}")


def test_adql_names(tap):
    """The same through ADQL and HTTP, under the catalogue's names."""
    def one(expression):
        reply = sync(stack().url, f"SELECT TOP 1 {expression} AS r FROM tap_schema.tables", RESPONSEFORMAT="csv")
        rows = reply.rows()
        return reply, rows[1][0] if reply.status == 200 and len(rows) == 2 and rows[1] else reply.text[:300]

    def numbers(text):
        try:
            return [float(word) for word in re.sub(r"[\[\](),]", " ", text).split()]
        except ValueError:
            return []

    for expression, expected, tolerance in EXAMPLES:
        reply, text = one(expression)
        if tolerance is None:
            # A row whose only value is NULL is an empty line, which csv readers skip.
            text = "" if reply.status == 200 and reply.text.split() == ["r"] else text
            tap.equal(text, expected, expression)
        elif isinstance(expected, tuple):
            # Positions, one after the other, and the radius of a circle.
            found = numbers(text)
            pairs = range(0, len(expected) - 1, 2)
            tap.ok(len(found) == len(expected)
                   and all(apart(found[i:i + 2], expected[i:i + 2]) <= tolerance for i in pairs)
                   and (len(found) % 2 == 0 or abs(found[-1] - expected[-1]) <= tolerance),
                   expression, f"{text}, not {expected}")
        else:
            found = numbers(text)
            tap.ok(len(found) == 1 and abs(found[0] - expected) <= tolerance, expression, f"{text}, not {expected}")
    for expression, words in (
            ("ivo_epoch_prop_pos(NULL, 11.79, 125, 300, NULL, NULL, 2016.0, 1875.0)", "ra"),
            ("ivo_epoch_prop_pos(7.6, 11.79, 125, 300, -428.8, 52.51, NULL, 1875.0)", "ref_epoch"),
            ("ivo_histogram(table_index, 1, 0, 5)", "limit"), ("ivo_histogram(table_index, 0, 1, 0)", "bins"),
            ("CAST(table_name AS POINT)", "is no point"), ("CAST(table_name AS CIRCLE)", "is no circle"),
            ("CAST(table_name AS POLYGON)", "is no polygon")):
        reply, _ = one(expression)
        tap.ok(reply.status == 400 and words in reply.text, f"{expression} is refused", f"{reply.status} {reply.text[:400]}")
    reply = sync(stack().url, "SELECT ivo_string_agg(table_name, ' <//> ') AS r, ivo_histogram(table_index, 20, 40, 2) AS h "
                 "FROM tap_schema.tables WHERE table_name ILIKE 'tap_schema.%'", RESPONSEFORMAT="csv")
    rows = stack().psql("SELECT table_name, table_index FROM tap_schema.tables WHERE table_name LIKE 'tap\\_schema.%'")
    names, found = (reply.rows()[1] if reply.status == 200 else (reply.text[:300], ""))
    tap.equal(sorted(names.split(" <//> ")), sorted(row[0] for row in rows), "ivo_string_agg")
    expected = histogram([float(row[1]) for row in rows], 20.0, 40.0, 2)
    tap.equal(numbers(found), [float(n) for n in expected[1:-1].split(",")], "ivo_histogram")


if __name__ == "__main__":
    main(test_dates, test_texts, test_histogram, test_normal_random, test_intervals, test_sexagesimal,
         test_string_agg, test_numbers, test_adql_names)
