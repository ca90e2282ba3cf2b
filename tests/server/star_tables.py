# SPDX-License-Identifier: Apache-2.0
"""Two tables of a site that have stars in common: a large one with a stored, indexed position, and a
small one of detections beside some of these stars, with and without such a position.

    with star_tables(here, 1000, 100_000) as sky:
        pairs = sky.pairs(sky.radius)
"""
import contextlib

import numpy

from site_tables import SiteTable, copy_rows, site_tables
from sphere import angle, positions, unit, vectors

NUMBERS = [("id", "int", None, None, None), ("ra", "double", None, None, "deg"),
           ("dec", "double", None, None, "deg")]
PLAIN = 'id int4, ra float8, "dec" float8'
STORED = ', pos spoint GENERATED ALWAYS AS (spoint(radians(ra), radians("dec"))) STORED'

STARS = SiteTable("field.stars", PLAIN + STORED, NUMBERS, positions=[("ra", "dec", "pos")],
                  indexes=["gist (pos)"])
FOUND = SiteTable("field.detections", PLAIN + ", err float8" + STORED,
                  [*NUMBERS, ("err", "double", None, None, "deg")],
                  positions=[("ra", "dec", "pos")], indexes=["gist (pos)"])
LOOSE = SiteTable("field.loose", PLAIN + ", err float8", [*NUMBERS, ("err", "double", None, None, "deg")])


class Stars:
    def __init__(self, few, many):
        random = numpy.random.default_rng(41)
        self.radius = 5 / 3600
        self.stars = unit(random.normal(size=(many, 3)))
        near = self.stars[random.choice(many, few)]
        aside = unit(numpy.cross(near, random.normal(size=(few, 3))))
        far = numpy.radians(self.radius * random.uniform(0, 2, few))[:, None]
        self.found = numpy.cos(far) * near + numpy.sin(far) * aside
        self.errors = self.radius * random.uniform(0.1, 2, few)
        # What the database has: degrees, rounded as any number.
        self.sky_stars, self.sky_found = positions(self.stars), positions(self.found)

    def load(self, here):
        copy_rows(here, "field.stars", 'id, ra, "dec"', zip(range(len(self.stars)), *map(list, self.sky_stars)))
        for table in ("field.detections", "field.loose"):
            copy_rows(here, table, 'id, ra, "dec", err',
                      zip(range(len(self.found)), *map(list, self.sky_found), list(self.errors)))

    def pairs(self, radii, more=0):
        """(detection, star) where the star is nearer than the radius, one in degrees or one for each,
        and so many radians; stars by declination, so that few are looked at."""
        points, others = vectors(*self.sky_found), vectors(*self.sky_stars)
        order = numpy.argsort(self.sky_stars[1])
        sorted_dec = self.sky_stars[1][order]
        radii = numpy.broadcast_to(radii, len(points)) + numpy.degrees(more)
        pairs = set()
        for i, (point, dec, radius) in enumerate(zip(points, self.sky_found[1], radii)):
            first, last = numpy.searchsorted(sorted_dec, [dec - radius, dec + radius])
            near = order[first:last]
            pairs |= {(i, int(j)) for j in near[angle(point, others[near]) <= numpy.radians(radius)]}
        return pairs


@contextlib.contextmanager
def star_tables(here, few, many):
    sky = Stars(few, many)
    with site_tables(here, [STARS, FOUND, LOOSE]):
        sky.load(here)
        yield sky
