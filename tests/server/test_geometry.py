#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every way to ask for a cone gives the photons that numpy finds in the same table."""
import numpy

from clients import sync
from harness import main, stack

RANDOM = numpy.random.default_rng(1054)


def column_set(here, where):
    reply = sync(here.url, "SELECT obs, event_id FROM dl3.events WHERE " + where, FORMAT="csv")
    if reply.status != 200:
        raise RuntimeError(f"{where}: {reply.text}")
    return {(int(row[0]), int(row[1])) for row in reply.rows()[1:]}


def unit_vectors(ra, dec):
    ra, dec = numpy.radians(ra), numpy.radians(dec)
    return numpy.stack([numpy.cos(dec) * numpy.cos(ra), numpy.cos(dec) * numpy.sin(ra), numpy.sin(dec)])


class Photons:
    """The whole table, once, and distances in it."""

    def __init__(self, here):
        rows = sync(here.url, "SELECT obs, event_id, ra, dec FROM dl3.events", FORMAT="csv").rows()[1:]
        self.ids = [(int(row[0]), int(row[1])) for row in rows]
        self.vectors = unit_vectors(numpy.array([float(row[2]) for row in rows]),
                                    numpy.array([float(row[3]) for row in rows]))

    def distance(self, ra, dec):
        """In degrees, by the chord, which is exact for small angles, too."""
        chord = numpy.linalg.norm(self.vectors - unit_vectors(ra, dec)[:, None], axis=0)
        return numpy.degrees(2 * numpy.arcsin(numpy.clip(chord / 2, 0, 1)))

    def chosen(self, mask):
        return {self.ids[i] for i in numpy.flatnonzero(mask)}


def test_cones(tap):
    """CONTAINS in both orders and negations, DISTANCE in both forms: one answer."""
    here = stack()
    photons = Photons(here)
    for _ in range(12):
        ra, dec = RANDOM.uniform(80, 87), RANDOM.uniform(18, 26)
        radius = 10 ** RANDOM.uniform(-1.5, 1)
        inside = photons.chosen(photons.distance(ra, dec) <= radius)
        outside = set(photons.ids) - inside
        circle = f"CIRCLE({ra}, {dec}, {radius})"
        forms = {
            f"1 = CONTAINS(POINT(ra, dec), {circle})": inside,
            f"CONTAINS(POINT('ICRS', ra, dec), {circle}) = 1": inside,
            f"1 = INTERSECTS({circle}, POINT(ra, dec))": inside,
            f"DISTANCE(POINT(ra, dec), POINT({ra}, {dec})) < {radius}": inside,
            f"{radius} >= DISTANCE({ra}, {dec}, ra, dec)": inside,
            f"NOT (1 = CONTAINS(POINT(ra, dec), {circle}))": outside,
            f"0 = CONTAINS(POINT(ra, dec), {circle})": outside,
            f"DISTANCE(POINT({ra}, {dec}), POINT(ra, dec)) > {radius}": outside,
        }
        wrong = [form for form, expected in forms.items() if column_set(here, form) != expected]
        tap.ok(not wrong, f"{len(inside)} photons within {radius:.3f} deg of {ra:.3f} {dec:+.3f}",
               "\n".join(wrong))


def test_extreme_cones(tap):
    """Half the sky, more than that, a pole, a centre beyond 360 degrees."""
    here = stack()
    photons = Photons(here)
    for ra, dec, radius in ((83, 22, 90), (263, -22, 170), (10, 90, 68), (83.6 + 360, 22, 1), (-276.4, 22, 1)):
        expected = photons.chosen(photons.distance(ra, dec) <= radius)
        found = column_set(here, f"1 = CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, {radius}))")
        tap.ok(found == expected, f"{len(expected)} photons within {radius} deg of {ra} {dec}",
               f"{len(found)} found")


def test_sizes_of_rows(tap):
    """Radii and sizes that the database computes give what constants give, beyond a hemisphere, too."""
    here = stack()
    photons = Photons(here)
    for radius in (0.3, 4, 89, 91, 120, 179):
        ra, dec = (83, 22) if radius < 90 else (263 + RANDOM.uniform(0, 180 - radius), -22)
        inside = photons.chosen(photons.distance(ra, dec) <= radius)
        for where in (f"1 = CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, COALESCE({float(radius)})))",
                      f"NOT (0 = CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, COALESCE({float(radius)}))))",
                      f"DISTANCE(ra, dec, {ra}, {dec}) <= COALESCE({float(radius)})"):
            tap.equal(column_set(here, where), inside, where)
    for limit in ("COALESCE(NULL, -1.0)", "SQRT(2) - 2"):
        tap.equal(column_set(here, f"DISTANCE(ra, dec, 83.6, 22) < {limit}"), set(), f"DISTANCE below {limit}")
    for width, height in ((0.5, 1), (3, 0.2), (100, 60)):
        constant, computed = (column_set(here, f"1 = CONTAINS(POINT(ra, dec), BOX(83.6, 22, {w}, {h}))")
                              for w, h in ((width, height), (f"COALESCE({width})", f"COALESCE({height})")))
        tap.ok(constant == computed and constant, f"BOX of {width} by {height}", len(constant), len(computed))
    tap.equal(column_set(here, "1 = CONTAINS(POINT(ra, dec), BOX(83.6, 22, COALESCE(180), 1))"), set(),
              "what is no box has no photons")


def test_polygons(tap):
    """A triangle, in either direction, against the planes of its edges."""
    here = stack()
    photons = Photons(here)
    for _ in range(8):
        corners = [(RANDOM.uniform(81, 86), RANDOM.uniform(19, 25)) for _ in range(3)]
        vectors = [unit_vectors(*corner) for corner in corners]
        sides = [numpy.cross(vectors[i], vectors[(i + 1) % 3]) @ photons.vectors for i in range(3)]
        turn = numpy.sign(numpy.linalg.det(numpy.stack(vectors)))
        expected = photons.chosen(numpy.all([side * turn >= 0 for side in sides], axis=0))
        for direction in (corners, corners[::-1]):
            text = ", ".join(f"{ra}, {dec}" for ra, dec in direction)
            found = column_set(here, f"1 = CONTAINS(POINT(ra, dec), POLYGON({text}))")
            tap.ok(found == expected, f"{len(expected)} photons in a triangle", f"{len(found)} found: {text}")


def test_regions(tap):
    """s_region as text, as containing and as overlapping, against the distance of the pointings."""
    here = stack()
    rows = sync(here.url, "SELECT obs_id, s_ra, s_dec, s_fov, s_region FROM ivoa.obscore",
                FORMAT="csv").rows()[1:]
    texts = all(row[4].split()[:2] == ["Circle", "ICRS"]
                and numpy.allclose([float(word) for word in row[4].split()[2:]],
                                   [float(row[1]), float(row[2]), float(row[3]) / 2], atol=1e-9)
                for row in rows)
    tap.ok(texts and rows, "s_region is the field of view as a circle", str(rows[0]))
    for ra, dec, radius in ((83.633, 22.014, 0.1), (86, 22, 0.4), (90, 22, 4), (200, 0, 10)):
        away = {row[0]: numpy.degrees(numpy.arccos(
            unit_vectors(float(row[1]), float(row[2])) @ unit_vectors(ra, dec))) for row in rows}
        half = {row[0]: float(row[3]) / 2 for row in rows}
        point, circle = f"POINT({ra}, {dec})", f"CIRCLE({ra}, {dec}, {radius})"
        forms = {
            f"1 = CONTAINS({point}, s_region)": {o for o in away if away[o] <= half[o]},
            f"0 = CONTAINS({point}, s_region)": {o for o in away if away[o] > half[o]},
            f"1 = CONTAINS({point}, CIRCLE(s_ra, s_dec, s_fov / 2))": {o for o in away if away[o] <= half[o]},
            f"DISTANCE(POINT(s_ra, s_dec), {point}) < s_fov / 2": {o for o in away if away[o] < half[o]},
            f"1 = INTERSECTS(s_region, {circle})": {o for o in away if away[o] <= half[o] + radius},
            f"1 = CONTAINS(s_region, {circle})": {o for o in away if away[o] + half[o] <= radius},
        }
        wrong = []
        for form, expected in forms.items():
            reply = sync(here.url, "SELECT obs_id FROM ivoa.obscore WHERE " + form, FORMAT="csv")
            if reply.status != 200 or {row[0] for row in reply.rows()[1:]} != expected:
                wrong.append(f"{form}: {len(expected)} expected: {reply.text[:200]}")
        tap.ok(not wrong, f"regions around {ra} {dec}", "\n".join(wrong))


def test_no_number(tap):
    """A coordinate that is NaN or infinite is nowhere, not everywhere."""
    here = stack()
    for value in ("NaN", "Infinity", "-Infinity"):
        point = f"POINT(CAST('{value}' AS DOUBLE PRECISION), 22)"
        for name, condition in (
                ("CONTAINS", f"1 = CONTAINS({point}, CIRCLE(83, 22, 5))"),
                ("a circle around it", f"1 = CONTAINS(POINT(ra, dec), CIRCLE({point}, 5))"),
                ("INTERSECTS", f"1 = INTERSECTS(CIRCLE({point}, 5), CIRCLE(83, 22, 5))"),
                ("DISTANCE", f"DISTANCE({point}, POINT(ra, dec)) < 400")):
            reply = sync(here.url, f"SELECT COUNT(*) AS n FROM dl3.events WHERE {condition}", FORMAT="csv")
            tap.ok(reply.status == 200 and reply.rows()[1:] == [["0"]] or reply.status == 400,
                   f"{value}: {name}", reply.text[:300])


def test_unknown_corners(tap):
    """A polygon with an unknown corner is unknown, and no answer takes the database down."""
    here = stack()
    for place in range(3):
        corners = ["ra_pnt, dec_pnt", "ra_pnt + 1, dec_pnt", "ra_pnt, dec_pnt + 1"]
        corners[place] = "COALESCE(muoneff * NULL, NULL), 1"
        query = f"SELECT obs, AREA(POLYGON({', '.join(corners)})) AS x FROM dl3.observations"
        reply = sync(here.url, query, FORMAT="csv")
        tap.ok(reply.status == 200 and all(row[1] == "" for row in reply.rows()[1:]),
               f"corner {place + 1} is unknown", f"{reply.status} {reply.text[:200]}")
    crashed = "was terminated by signal" in here.log("postgresql")
    tap.ok(not crashed and here.psql("SELECT 1") == [["1"]], "no backend crashed")


def test_groups(tap):
    """Grouped by coordinates, each place is there once, wherever the query speaks of its position."""
    here = stack()
    photons = Photons(here)
    far = photons.distance(83, 22)
    nearest = sorted(far)[:5]
    distance = "DISTANCE(POINT(ra, dec), POINT(83, 22))"
    for query in (
            f"SELECT TOP 5 ra, dec, {distance} AS d FROM dl3.events GROUP BY ra, dec ORDER BY d",
            f"SELECT TOP 5 ra, dec, MIN({distance}) AS d FROM dl3.events GROUP BY ra, dec ORDER BY {distance}",
            f"SELECT TOP 5 COUNT(*), MAX(ra), {distance} AS d FROM dl3.events WHERE {distance} < 9 "
            f"GROUP BY dec, ra HAVING {distance} < 9 ORDER BY 3",
            "SELECT TOP 5 ra, dec, (SELECT TOP 1 DISTANCE(POINT(e.ra, e.dec), POINT(83, 22)) FROM "
            f"tap_schema.schemas) AS d FROM dl3.events AS e GROUP BY ra, dec ORDER BY {distance}"):
        reply = sync(here.url, query, FORMAT="csv")
        found = [float(row[2]) for row in reply.rows()[1:]] if reply.status == 200 else []
        tap.ok(len(found) == 5 and numpy.allclose(found, nearest, rtol=0, atol=1e-9), query,
               f"{found or reply.text[:300]}, not {nearest}")
    frames = ("", "'GALACTIC', ")
    values = [[row[0] for row in sync(here.url, "SELECT TOP 5 COORD1(POINT('GALACTIC', ra, dec)) FROM dl3.events "
                                      f"ORDER BY COORD1(POINT({frame}ra, dec))", FORMAT="csv").rows()[1:]]
              for frame in frames]
    tap.ok(len(values[0]) == 5 and values[0] != values[1], "the same coordinates in two frames are two", values)


if __name__ == "__main__":
    main(test_cones, test_extreme_cones, test_sizes_of_rows, test_polygons, test_regions, test_no_number,
         test_unknown_corners, test_groups, needs_shared=True)
