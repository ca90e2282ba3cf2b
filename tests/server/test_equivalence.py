#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""All ways to ask which positions lie in a shape, and which regions overlap it, give the rows that
unit vectors give: 200 random cones, polygons and boxes, each in every form of ADQL."""
import concurrent.futures
import dataclasses

import erfa
import numpy

from clients import sync
from harness import LONG, main, stack
from site_tables import SiteTable, copy_rows, site_tables
from sky_shapes import around, random_polygon, random_shapes
from sphere import EDGE, Circles, Polygons, angle, overlap, positions, room, unit, vectors

RANDOM = numpy.random.default_rng(20250704)
SHAPES = random_shapes(RANDOM, 200)
# What rounding may do to a distance in pgSphere, in radians.
DISTANCE_ERROR = 1e-11

NUMBERS = [("id", "int", None, None, None), ("code", "int", None, None, None),
           ("ra", "double", None, None, "deg"), ("dec", "double", None, None, "deg")]
DEFINITION = ('id int4, code int4, ra float8, "dec" float8, '
              'pos spoint GENERATED ALWAYS AS (spoint(radians(ra), radians("dec"))) STORED')
# Each form is asked of one of them: pgSphere takes long for many corners.
POINTS, FEW = (
    SiteTable(name, DEFINITION, [*NUMBERS, ("pos", "double", "2", "point", "deg")],
              positions=[("ra", "dec", "pos")], geometries=[("pos", "point")], indexes=["gist (pos)"])
    for name in ("equiv.points", "equiv.few"))
REGIONS = SiteTable(
    "equiv.regions", DEFINITION + ", fov float8, s_region_circle scircle, s_region_poly spoly",
    [*NUMBERS, ("fov", "double", None, None, "deg"), ("s_region", "char", "*", "adql:REGION", None)],
    positions=[("ra", "dec", "pos")], geometries=[("s_region", "region")],
    indexes=["gist (pos)", "gist (s_region_circle)", "gist (s_region_poly)",
             "gist (scircle(pos, radians(fov / 2)))"])

# Forms of the question -----------------------------------------------------------------------------

# A row that holds the numbers of a shape, its centre as a0 and a1.
ONE_ROW = "(SELECT {columns} FROM tap_schema.schemas WHERE schema_name = 'equiv') AS o"
WITH = "WITH c AS (SELECT * FROM {table}) "

POINT_SOURCES = {
    "table": "equiv.points",
    "derived table": "(SELECT id, code, ra, dec FROM equiv.points) AS d",
    "renamed": "(SELECT dec AS y, code, ra AS x, id FROM equiv.points) AS d",
    "nested": "(SELECT * FROM (SELECT * FROM equiv.points) AS e) AS d",
    "WITH": "c",
    "union": "(SELECT id, code, ra, dec FROM equiv.points WHERE id < 5000 UNION ALL "
             "SELECT id, code, ra, dec FROM equiv.points WHERE id >= 5000) AS d",
    "row": "equiv.points, " + ONE_ROW,
    "join": "equiv.points AS p JOIN " + ONE_ROW + " ON {condition}",
    "inside": "(SELECT id, code, CONTAINS(POINT(ra, dec), {shape}) AS inside FROM equiv.points) AS d",
    "intersecting": "(SELECT id, code, INTERSECTS({shape}, pos) AS inside FROM equiv.points) AS d",
    "distance": "(SELECT id, code, DISTANCE(ra, dec, {at}) AS far FROM equiv.points) AS d",
}
# Of each shape: source, condition, whether it holds inside; {shape} is its first text.
PREDICATES = [
    ("table", "CONTAINS(POINT(ra, dec), {shape}) = 1", True),
    ("table", "CONTAINS(POINT(ra, dec), {shape}) <> 0", True),
    ("table", "0 != CONTAINS(POINT(ra, dec), {shape})", True),
    ("table", "NOT (0 = CONTAINS(POINT(ra, dec), {shape}))", True),
    ("table", "CONTAINS(POINT(ra, dec), {shape}) > 0", True),
    ("table", "1 = CONTAINS(POINT('ICRS', ra, dec), {shape})", True),
    ("table", "1 = CONTAINS(POINT(ra * 1, dec + 0), {shape})", True),
    ("table", "1 = CONTAINS(POINT(ra - 360, dec), {shape})", True),
    ("table", "1 = CONTAINS(pos, {shape})", True),
    ("table", "1 = INTERSECTS(POINT(ra, dec), {shape})", True),
    ("table", "1 = INTERSECTS({shape}, POINT(ra, dec))", True),
    ("table", "INTERSECTS({shape}, pos) = 1", True),
    ("table", "id IN (SELECT id FROM equiv.points WHERE 1 = CONTAINS(POINT(ra, dec), {shape}))", True),
    ("table", "0 = CONTAINS(POINT(ra, dec), {shape})", False),
    ("table", "CONTAINS(POINT(ra, dec), {shape}) <> 1", False),
    ("table", "NOT (1 = CONTAINS(pos, {shape}))", False),
    ("table", "INTERSECTS({shape}, POINT(ra, dec)) = 0", False),
    ("derived table", "1 = CONTAINS(POINT(ra, dec), {shape})", True),
    ("renamed", "1 = CONTAINS(POINT(x, y), {shape})", True),
    ("nested", "0 = CONTAINS(POINT(ra, dec), {shape})", False),
    ("nested", "1 = INTERSECTS(pos, {shape})", True),
    ("WITH", "1 = CONTAINS(POINT(ra, dec), {shape})", True),
    ("union", "1 = CONTAINS(POINT(ra, dec), {shape})", True),
    ("inside", "inside = 1", True),
    ("intersecting", "inside = 0", False),
]
# The shape from the columns of a row.
FROM_COLUMNS = [("row", "1 = CONTAINS(POINT(ra, dec), {from_columns})", True),
                ("row", "0 = CONTAINS(POINT(ra, dec), {from_columns})", False),
                ("join", "1 = INTERSECTS(POINT(p.ra, p.dec), {from_columns})", True)]
# Of each circle.
DISTANCES = [
    ("table", "DISTANCE(POINT(ra, dec), POINT({at})) <= {radius}", True),
    ("table", "DISTANCE(POINT({at}), POINT(ra, dec)) < {radius}", True),
    ("table", "DISTANCE(ra, dec, {at}) <= {radius}", True),
    ("table", "DISTANCE({at}, ra, dec) < {radius}", True),
    ("table", "{radius} >= DISTANCE(POINT(ra, dec), POINT({at}))", True),
    ("table", "{radius} > DISTANCE({at}, ra, dec)", True),
    ("table", "DISTANCE(pos, POINT({at})) <= {radius}", True),
    ("table", "DISTANCE(POINT('ICRS', ra, dec), POINT('ICRS', {at})) < {radius}", True),
    ("table", "DISTANCE(pos, CAST('{stc}' AS POINT)) <= {radius}", True),
    ("table", "DISTANCE(POINT(ra, dec), CENTROID(CIRCLE({at}, 1))) <= {radius}", True),
    ("table", "DISTANCE(ra, dec, {at}) BETWEEN 0 AND {radius}", True),
    ("table", "DISTANCE(ra, dec, {at}) - {radius} <= 0", True),
    ("table", "NOT (DISTANCE(ra, dec, {at}) >= {radius})", True),
    ("table", "DISTANCE(POINT(ra, dec), POINT({at})) > {radius}", False),
    ("table", "{radius} <= DISTANCE(ra, dec, {at})", False),
    ("table", "NOT (DISTANCE(pos, POINT({at})) <= {radius})", False),
    ("derived table", "DISTANCE(ra, dec, {at}) <= {radius}", True),
    ("renamed", "DISTANCE({at}, x, y) < {radius}", True),
    ("nested", "DISTANCE(pos, POINT({at})) < {radius}", True),
    ("WITH", "DISTANCE(POINT(ra, dec), POINT({at})) <= {radius}", True),
    ("union", "DISTANCE(ra, dec, {at}) < {radius}", True),
    ("distance", "far <= {radius}", True),
    ("row", "DISTANCE(ra, dec, c0, c1) <= c2", True),
    ("row", "c2 > DISTANCE(POINT(c0, c1), pos)", True),
    ("row", "NOT (DISTANCE(ra, dec, c0, c1) <= c2)", False),
    ("join", "DISTANCE(POINT(p.ra, p.dec), POINT(c0, c1)) < c2", True),
]

REGION_SOURCES = {
    "table": "equiv.regions",
    "renamed": "(SELECT s_region AS r, code, id FROM equiv.regions) AS d",
    "WITH": "c",
    "row": "equiv.regions, " + ONE_ROW,
    "join": "equiv.regions AS p JOIN " + ONE_ROW + " ON {condition}",
    "meeting": "(SELECT id, code, INTERSECTS(s_region, {shape}) AS meets FROM equiv.regions) AS d",
    "holding": "(SELECT id, code, CONTAINS(s_region, {shape}) AS meets FROM equiv.regions) AS d",
}
# The regions that a shape overlaps.
OVERLAPS = [
    ("table", "INTERSECTS({shape}, s_region) = 1", True),
    ("table", "INTERSECTS(s_region, {shape}) <> 0", True),
    ("table", "NOT (0 = INTERSECTS(s_region, {shape}))", True),
    ("table", "INTERSECTS(s_region, {shape}) > 0", True),
    ("table", "0 = INTERSECTS(s_region, {shape})", False),
    ("table", "NOT (1 = INTERSECTS({shape}, s_region))", False),
    ("renamed", "1 = INTERSECTS(r, {shape})", True),
    ("WITH", "1 = INTERSECTS(s_region, {shape})", True),
    ("meeting", "meets = 1", True),
    ("row", "1 = INTERSECTS(s_region, {from_columns})", True),
    ("join", "0 = INTERSECTS({from_columns}, s_region)", False),
]
# Those that lie in it, and those that it lies in.
WITHIN = [
    ("table", "1 = CONTAINS(s_region, {shape})", True),
    ("table", "0 = CONTAINS(s_region, {shape})", False),
    ("holding", "meets = 1", True),
    ("row", "1 = CONTAINS(s_region, {from_columns})", True),
]
AROUND = [
    ("table", "1 = CONTAINS({shape}, s_region)", True),
    ("table", "CONTAINS({shape}, s_region) <> 1", False),
    ("renamed", "1 = CONTAINS({shape}, r)", True),
    ("row", "1 = CONTAINS({from_columns}, s_region)", True),
]
# Those that its centre lies in, as regions and as fields of view.
AROUND_CENTRE = [
    ("table", "1 = CONTAINS(POINT({at}), s_region)", True),
    ("table", "CONTAINS(POINT('ICRS', {at}), s_region) = 1", True),
    ("table", "1 = INTERSECTS(s_region, POINT({at}))", True),
    ("table", "1 = CONTAINS(REGION('Position ICRS {stc}'), s_region)", True),
    ("table", "1 = CONTAINS(CAST('{stc}' AS POINT), s_region)", True),
    ("table", "0 = CONTAINS(POINT({at}), s_region)", False),
    ("renamed", "NOT (1 = INTERSECTS(POINT({at}), r))", False),
    ("row", "1 = CONTAINS(POINT(a0, a1), s_region)", True),
]
FIELDS = [
    ("table", "1 = CONTAINS(POINT({at}), CIRCLE(ra, dec, fov / 2))", True),
    ("table", "1 = CONTAINS(POINT({at}), CIRCLE(POINT(ra, dec), fov / 2))", True),
    ("table", "1 = CONTAINS(POINT({at}), CIRCLE(ra, dec, fov * 0.5))", True),
    ("table", "0 = CONTAINS(POINT({at}), CIRCLE('ICRS', ra, dec, fov / 2))", False),
    ("WITH", "1 = CONTAINS(POINT({at}), CIRCLE(ra, dec, fov / 2))", True),
    ("table", "DISTANCE(ra, dec, {at}) <= fov / 2", True),
]


@dataclasses.dataclass
class Form:
    source: str
    condition: str
    kind: str  # of the answer that is expected
    positive: bool

    @property
    def rows(self):
        """FROM and WHERE."""
        return "FROM " + self.source + (f" WHERE {self.condition}" if self.condition else "")


def make_forms(shape, kind, rows, sources, text=None):
    ra, dec = shape.centre
    words = {"shape": text or shape.texts[0], "from_columns": shape.from_columns, "columns": shape.columns + f", {ra!r} AS a0, {dec!r} AS a1",
             "at": f"{ra!r}, {dec!r}", "stc": f"{ra!r} {dec!r}", "radius": repr(shape.radius)}
    forms = []
    for source, template, positive in rows:
        condition = template.format(**words)
        table = sources[source].format(condition=condition, **words)
        forms.append(Form(table, "" if source == "join" else condition, kind, positive))
    return forms


def point_forms(shape):
    forms = []
    for text in shape.texts:
        row = ("table", "1 = CONTAINS(POINT(ra, dec), {shape})", True)
        forms += make_forms(shape, "shape", [row], POINT_SOURCES, text)
    forms += make_forms(shape, "shape", PREDICATES, POINT_SOURCES)
    # A circle from columns has 90 degrees at most.
    if not shape.is_wide:
        forms += make_forms(shape, "shape", FROM_COLUMNS, POINT_SOURCES)
    if shape.radius is not None:
        forms += make_forms(shape, "distance", DISTANCES, POINT_SOURCES)
    return forms


def region_forms(shape):
    forms = []
    for text in shape.texts:
        row = ("table", "1 = INTERSECTS(s_region, {shape})", True)
        forms += make_forms(shape, "overlap", [row], REGION_SOURCES, text)
    for kind, rows in (("overlap", OVERLAPS), ("within", WITHIN), ("around", AROUND),
                       ("centre", AROUND_CENTRE), ("field", FIELDS)):
        forms += make_forms(shape, kind, rows, REGION_SOURCES)
    return forms


# Answers -------------------------------------------------------------------------------------------

class Expected:
    """The rows where something holds by a margin; what is nearer to 0 than the edge is left out.
    Where nothing is known of a row the margin is NaN."""

    def __init__(self, margin, codes, edge=EDGE):
        self.rows = {True: margin > 0, False: margin <= 0}
        self.left_out = numpy.abs(margin) < edge
        self.sums = {positive: (str(chosen.sum()), str(codes[chosen].sum()) if chosen.any() else "")
                     for positive, chosen in self.rows.items()}

    def wrong_rows(self, ids, positive):
        chosen = numpy.zeros_like(self.left_out)
        chosen[ids] = True
        return numpy.flatnonzero((chosen != self.rows[positive]) & ~self.left_out)


def ask(here, query, table):
    # Only forms over points are asked of another table.
    query = (WITH.format(table=table) + query).replace("equiv.points", table)
    reply = sync(here.url, query, FORMAT="csv", MAXREC=100000)
    if reply.status != 200:
        raise RuntimeError(f"{reply.text[:1000]}\n{query[:1000]}")
    return reply.rows()[1:]


def check_forms(here, forms, expected, table):
    """Complaints about the forms, all asked in one query. Number of rows and sum of random codes tell
    whether they are the right ones; where they do not, the rows are looked at."""
    parts = [f"SELECT {i} AS form, COUNT(*) AS n, SUM(code) AS codes {form.rows}"
             for i, form in enumerate(forms)]
    try:
        answers = {int(row[0]): tuple(row[1:]) for row in ask(here, " UNION ALL ".join(parts), table)}
    except RuntimeError:
        answers = {}  # each for itself, to see which one it is
    complaints = []
    for i, form in enumerate(forms):
        truth = expected[form.kind]
        if answers.get(i) == truth.sums[form.positive]:
            continue
        try:
            ids = numpy.array([int(row[0]) for row in ask(here, f"SELECT id {form.rows}", table)], int)
        except RuntimeError as error:
            complaints.append(f"{form.rows}: {error}")
            continue
        wrong = truth.wrong_rows(ids, form.positive)
        if len(wrong) or len(ids) != len(set(ids)):
            complaints.append(f"{len(ids)} rows, {truth.rows[form.positive].sum()} expected, wrong: "
                              f"{wrong[:5]} of {table}: {form.rows}")
    return complaints


def check_shapes(tap, check):
    """check(number, shape) gives a name and complaints; two at a time, for the database has time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, complaints in pool.map(check, range(len(SHAPES)), SHAPES):
            tap.ok(not complaints, name, *complaints)


# Positions -----------------------------------------------------------------------------------------

def near_edge(shape, random):
    """Positions on both sides of the edge, from undecidable to as far as the shape reaches."""
    far = numpy.concatenate([numpy.outer([3e-9, 1e-8, 1e-6, 1e-4, 1e-2], [1, -1, 1, -1]).ravel(),
                             [5e-10, -5e-10], random.uniform(-0.5, 0.5, 6)])[:, None]
    points, across = shape.edge(random, len(far))
    return unit(points + far * across)


def within(shape, random):
    """Positions around the centre, most of them inside, some opposite."""
    size = 1.2 * max(numpy.degrees(numpy.arccos(shape.edge(random, 20)[0] @ vectors(*shape.centre))))
    far = numpy.concatenate([[0], random.uniform(0, min(size, 180), 16)])
    near = around(shape.centre, random.uniform(0, 2 * numpy.pi, len(far)), far)
    return numpy.concatenate([-near[:3], near])


def sample_positions(random):
    """Right ascension and declination: the sky, the poles, RA 0; around each shape."""
    pole = 90 - 10 ** random.uniform(-9, 1, 800)
    wrapped = random.choice([-1, 1], 800) * 10 ** random.uniform(-12, 1, 800)
    ra = numpy.concatenate([random.uniform(0, 360, 1600), wrapped % 360, [0, 0, 0, 90, 180, 270, 360]])
    dec = numpy.concatenate([pole, -pole, random.uniform(-80, 80, 800), [90, -90, 0, 0, 0, 0, 0]])
    found = [unit(random.normal(size=(8000, 3)))]
    for shape in SHAPES:
        found += [near_edge(shape, random), within(shape, random)]
    sky = positions(numpy.concatenate(found))
    return numpy.concatenate([ra, sky[0]]), numpy.concatenate([dec, sky[1]])


def test_positions(tap):
    """Which positions lie in a shape."""
    here = stack()
    ra, dec = sample_positions(RANDOM)
    codes = RANDOM.integers(1, 2**31, len(ra))
    points = vectors(ra, dec)
    few = RANDOM.random(len(ra)) < 0.1

    def check(number, shape):
        expected = {"shape": shape.sky.depth(points)}
        edges = {"shape": EDGE, "distance": DISTANCE_ERROR}
        if shape.radius is not None:
            far = erfa.seps(*numpy.radians(shape.centre), numpy.radians(ra), numpy.radians(dec))
            expected["distance"] = numpy.radians(shape.radius) - far
        forms = point_forms(shape)
        # All of them with --long; else some, and each first.
        count = 1 if LONG else 20 if shape.radius is None else 8
        of_all = [form for i, form in enumerate(forms) if i == 0 or (i + number) % count == 0]
        of_few = [form for form in forms if form not in of_all]
        complaints = []
        for table, chosen, known in (("equiv.points", of_all, True), ("equiv.few", of_few, few)):
            if chosen:
                truth = {kind: Expected(numpy.where(known, margin, numpy.nan), codes, edges[kind])
                         for kind, margin in expected.items()}
                complaints += check_forms(here, chosen, truth, table)
        depth = expected["shape"]
        return (f"{(depth > 0).sum()} of {len(ra)} positions lie in the {shape.name}: {len(of_all)} forms, "
                f"{len(of_few)} of {few.sum()} positions; {(abs(depth) < EDGE).sum()} on the edge left out",
                complaints)

    with site_tables(here, [POINTS, FEW]):
        rows = list(zip(range(len(ra)), codes.tolist(), ra.tolist(), dec.tolist(), few))
        for table, chosen in ((POINTS, rows), (FEW, [row for row in rows if row[4]])):
            copy_rows(here, table.name, 'id, code, ra, "dec"', [row[:4] for row in chosen])
        check_shapes(tap, check)


# Regions -------------------------------------------------------------------------------------------

def sample_regions(random):
    """Circles (centre, radius) and polygons (corners, centre) around the edges of all shapes; the
    circles touch them from within and without, nearly."""
    circles, polygons = [], []
    for shape in SHAPES:
        points, across = shape.edge(random, 8 if LONG else 4)
        reach = numpy.degrees(angle(points, vectors(*shape.centre))).max()
        sizes = numpy.clip(reach * 10 ** random.uniform(-1.5, 0.3, len(points)), 1e-4, 80)
        to_touch = numpy.radians(sizes) + 10 ** random.uniform(-8, -1, len(points)) * random.choice([-1, 1])
        for i, (point, direction) in enumerate(zip(points, across * random.choice([-1, 1]))):
            if i % 2 == 0:
                circles.append((numpy.cos(to_touch[i]) * point + numpy.sin(to_touch[i]) * direction, sizes[i]))
            else:
                name = random.choice(["convex polygon", "star", "L", "comb", "arrow"])
                near = point + random.uniform(0, 1.5) * numpy.radians(sizes[i]) * direction
                centre = tuple(float(value) for value in positions(unit(near)))
                polygons.append((random_polygon(random, name, centre, sizes[i]), centre))
    return circles, polygons


def as_spoly(corners):
    return "{" + ",".join(f"({ra:.13f}d,{dec:.13f}d)" for ra, dec in zip(*positions(corners))) + "}"


def region_rows(circles, polygons):
    """What is stored: a circle, a polygon or nothing."""
    for centre, radius in circles:
        ra, dec = positions(centre)
        yield ra, dec, 2 * radius, f"<({ra:.13f}d,{dec:.13f}d),{radius:.13f}d>", None
    for corners, centre in polygons:
        yield *centre, None, None, as_spoly(corners)
    for _ in range(10):
        yield None, None, None, None, None


class Regions:
    """The same in unit vectors, nothing last."""

    def __init__(self, circles, polygons, nothing):
        most = max(len(corners) for corners, _ in polygons)
        padded = [numpy.concatenate([corners, numpy.repeat(corners[-1:], most - len(corners), axis=0)])
                  for corners, _ in polygons]
        self.circles = Circles(numpy.stack([centre for centre, _ in circles]),
                               numpy.radians([radius for _, radius in circles]))
        self.polygons = Polygons(numpy.stack(padded), vectors(*numpy.transpose([at for _, at in polygons])))
        self.nothing = numpy.full(nothing, numpy.nan)

    def margins(self, measure, polygons=True):
        """measure() of all; where there is no region, and for fields of view of polygons, NaN."""
        second = measure(self.polygons) if polygons else numpy.full(len(self.polygons.corners), numpy.nan)
        return numpy.concatenate([measure(self.circles), second, self.nothing])


def test_regions(tap):
    """Which regions overlap a shape, lie in it, contain it, contain its centre."""
    here = stack()
    circles, polygons = sample_regions(RANDOM)
    rows = list(region_rows(circles, polygons))
    regions = Regions(circles, polygons, len(rows) - len(circles) - len(polygons))
    codes = RANDOM.integers(1, 2**31, len(rows))

    def check(number, shape):
        if shape.is_wide:
            return f"the {shape.name} overlaps nothing that could be asked for", []
        sky, centre = shape.sky, vectors(*shape.centre)
        margins = {
            "overlap": regions.margins(lambda each: overlap(sky, each)),
            "within": regions.margins(lambda each: room(sky, each)),
            "around": regions.margins(lambda each: room(each, sky)),
            "centre": regions.margins(lambda each: each.depth(centre)),
            "field": regions.margins(lambda each: each.depth(centre), polygons=False)}
        expected = {kind: Expected(margin, codes) for kind, margin in margins.items()}
        # All of them with --long; else each sixth.
        forms = [form for i, form in enumerate(region_forms(shape)) if LONG or (i + number) % 6 == 0]
        found = ", ".join(f"{(margin > 0).sum()} {kind}" for kind, margin in margins.items())
        left_out = sum(truth.left_out.sum() for truth in expected.values())
        return (f"of {len(rows)} regions around the {shape.name} {found}: {len(forms)} forms; {left_out} on "
                "the edge left out", check_forms(here, forms, expected, REGIONS.name))

    with site_tables(here, [REGIONS]):
        copy_rows(here, REGIONS.name, 'id, code, ra, "dec", fov, s_region_circle, s_region_poly',
                  ((i, code, *row) for i, (code, row) in enumerate(zip(codes.tolist(), rows))))
        check_shapes(tap, check)


if __name__ == "__main__":
    main(test_positions, test_regions)
