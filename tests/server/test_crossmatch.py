#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Crossmatches in all ways that astronomers write them: the pairs that unit vectors give, found by an
index. 1000 detections and 100,000 stars; with --long ten times as many of each."""
from clients import sync
from harness import LONG, main, stack
from star_tables import star_tables

EDGE = 1.1e-9
SIZES = (10_000, 1_000_000) if LONG else (1000, 100_000)

# {r} is the radius. Below, the condition stands after WHERE and after ON.
CONDITIONS = [
    "DISTANCE(POINT(f.ra, f.dec), POINT(s.ra, s.dec)) <= {r}",
    "DISTANCE(POINT('ICRS', s.ra, s.dec), POINT('ICRS', f.ra, f.dec)) < {r}",
    "DISTANCE(f.ra, f.dec, s.ra, s.dec) < {r}",
    "{r} > DISTANCE(s.ra, s.dec, f.ra, f.dec)",
    "1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(f.ra, f.dec, {r}))",
    "CONTAINS(POINT('ICRS', s.ra, s.dec), CIRCLE('ICRS', f.ra, f.dec, {r})) = 1",
    "1 = INTERSECTS(CIRCLE(POINT(f.ra, f.dec), {r}), POINT(s.ra, s.dec))",
]
# The radius is a column of the detection.
BY_ROW = [
    "DISTANCE(POINT(f.ra, f.dec), POINT(s.ra, s.dec)) <= f.err",
    "DISTANCE(f.ra, f.dec, s.ra, s.dec) < f.err",
    "1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(f.ra, f.dec, f.err))",
]
SELECT = "SELECT f.id AS detection, s.id AS star "
SHAPES = [
    SELECT + "FROM field.detections AS f JOIN field.stars AS s ON {on}",
    SELECT + "FROM field.stars AS s, field.detections AS f WHERE {on}",
    # What has no stored position, as an uploaded table.
    SELECT + "FROM field.loose AS f JOIN field.stars AS s ON {on}",
    SELECT + "FROM (SELECT id, ra, dec, err FROM field.loose) AS f, field.stars AS s WHERE {on}",
    SELECT + "FROM field.detections AS f JOIN (SELECT ra, dec, id FROM field.stars) AS s ON {on}",
    "WITH f AS (SELECT * FROM field.detections) " + SELECT + "FROM f JOIN field.stars AS s ON {on}",
]


def questions():
    """Each condition in some of the shapes, and each shape with some of the conditions."""
    for kind, conditions in (("radius", CONDITIONS), ("err", BY_ROW)):
        for i, condition in enumerate(conditions):
            for j, shape in enumerate(SHAPES):
                if LONG or i == 0 or j == 0 or (i + j) % 3 == 0:
                    yield kind, condition, shape


def plan_of(here, query):
    sql = here.vogate("adql", input=query, stdin=None).stdout
    return "\n".join(row[0] for row in here.psql("EXPLAIN " + sql, role="query"))


def test_crossmatch(tap):
    """The same pairs, by index."""
    here = stack()
    with star_tables(here, *SIZES) as sky:
        # At least these, and at most those. What is no DISTANCE is pgSphere's, which knows no edge
        # finer than this.
        pairs = {(kind, exact): [sky.pairs(radii, 0 if exact else sign * EDGE) for sign in (-1, 1)]
                 for kind, radii in (("radius", sky.radius), ("err", sky.errors)) for exact in (True, False)}
        tap.ok(len(pairs["radius", True][0]) > SIZES[0] / 3, f"{SIZES[0]} x {SIZES[1]} positions have pairs",
               len(pairs["radius", True][0]))
        for kind, condition, shape in questions():
            query = shape.format(on=condition.format(r=repr(sky.radius)))
            reply = sync(here.url, query, FORMAT="csv", MAXREC="1000000")
            found = {tuple(map(int, row)) for row in reply.rows()[1:]} if reply.status == 200 else reply.text
            least, most = pairs[kind, "DISTANCE" in condition]
            tap.ok(reply.status == 200 and least <= found <= most, query, len(least), str(found)[:300])
            plan = plan_of(here, query)
            tap.ok("Index Cond: (pos <@" in plan and "Seq Scan on stars" not in plan, "by index: " + query,
                   plan)


if __name__ == "__main__":
    main(test_crossmatch)
