# SPDX-License-Identifier: Apache-2.0
"""Random shapes on the sky, each in all the ways that ADQL can write it: cones, polygons, convex and
not, and boxes; on the poles, across RA 0, from a third of an arcsecond to more than half the sky."""
import itertools

import numpy

from sphere import Circles, Polygons, angle, dot, east_and_north, positions, unit, vectors


class Shape:
    def __init__(self, name, centre, sky, texts, columns, from_columns, edge, radius=None):
        self.name = name
        self.centre = centre      # degrees
        self.sky = sky            # Circles or Polygons
        self.texts = texts        # the first in plain numbers
        self.columns = columns    # the same from columns of a row: a select list,
        self.from_columns = from_columns  # and the shape of these
        self.edge = edge          # edge(random, n): points on it, and directions across it
        self.radius = radius      # of a circle, in degrees

    @property
    def is_wide(self):
        """A circle that stands only around points."""
        return self.radius is not None and self.radius > 90


def numbers(values):
    return ", ".join(repr(float(value)) for value in values)


def stc(values):
    return " ".join(repr(float(value)) for value in values)


def select_list(values):
    return ", ".join(f"{float(value)!r} AS c{i}" for i, value in enumerate(values))


def circle(centre, radius):
    ra, dec = centre
    at, all_three = numbers(centre), numbers((*centre, radius))
    middle = vectors(ra, dec)
    axes = east_and_north(centre)

    def edge(random, n):
        turn = random.uniform(0, 2 * numpy.pi, n)[:, None]
        direction = numpy.cos(turn) * axes[0] + numpy.sin(turn) * axes[1]
        r = numpy.radians(radius)
        return (numpy.cos(r) * middle + numpy.sin(r) * direction,
                numpy.cos(r) * direction - numpy.sin(r) * middle)

    return Shape(
        f"circle of {radius:.6g} deg at {ra:.4f} {dec:+.4f}", centre,
        Circles(middle[None], numpy.radians([radius])),
        [f"CIRCLE({all_three})", f"CIRCLE(POINT({at}), {radius!r})", f"CIRCLE('ICRS', {all_three})",
         f"CIRCLE(POINT('ICRS', {at}), {radius!r})", f"CIRCLE({ra!r} - 360, {dec!r}, {radius!r})",
         f"REGION('Circle ICRS {stc((*centre, radius))}')", f"REGION('CIRCLE {stc((*centre, radius))}')",
         f"REGION('Union ICRS (Circle {stc((*centre, radius))} Circle {stc((*centre, radius / 2))})')",
         f"CAST('{stc((*centre, radius))}' AS CIRCLE)", f"CIRCLE(CAST('{stc(centre)}' AS POINT), {radius!r})",
         f"CIRCLE(CENTROID(CIRCLE({at}, 1)), {radius!r})"],
        select_list((*centre, radius)), "CIRCLE(c0, c1, c2)", edge, radius)


def polygon_edge(corners):
    """Points on the edges; and the normals of these."""
    following = numpy.roll(corners, -1, axis=0)
    normals = unit(numpy.cross(corners, following - corners))

    def edge(random, n):
        at = random.integers(len(corners), size=n)
        # 0 and 1 are corners.
        part = numpy.clip(random.uniform(-0.05, 1.05, n), 0, 1)[:, None]
        return unit((1 - part) * corners[at] + part * following[at]), normals[at]

    return edge


def polygon(name, corners, centre):
    ra, dec = positions(corners)
    signed = numpy.where(ra > 180, ra - 360, ra)

    def interleaved(one, other):
        return numpy.stack([one, other], axis=-1).ravel()

    pairs = interleaved(ra, dec)
    points = ", ".join(f"POINT({numbers(pair)})" for pair in zip(ra, dec))
    columns = ", ".join(f"POINT(c{i}, c{i + 1})" for i in range(0, len(pairs), 2))
    return Shape(
        f"{name} of {len(corners)} corners around {centre[0]:.4f} {centre[1]:+.4f}", centre,
        Polygons(vectors(ra, dec)[None], vectors(*centre)[None]),
        [f"POLYGON({numbers(pairs)})", f"POLYGON({points})", f"POLYGON('ICRS', {numbers(pairs)})",
         f"POLYGON({numbers(interleaved(ra[::-1], dec[::-1]))})",
         f"POLYGON({numbers(interleaved(signed, dec))})",
         f"POLYGON({numbers([*pairs, *pairs[:2]])})",
         f"REGION('Polygon ICRS {stc(pairs)}')", f"REGION('polygon {stc(pairs)}')",
         f"CAST('{stc(pairs)}' AS POLYGON)"],
        select_list(pairs), f"POLYGON({columns})", polygon_edge(corners))


class BoxSky(Polygons):
    """Between the great circles through the ends of a cross, perpendicular to its arms."""

    def __init__(self, centre, width, height):
        middle = vectors(*centre)
        east, north = east_and_north(centre)
        self.outward = numpy.stack([
            sign * numpy.cos(half) * arm - numpy.sin(half) * middle
            for arm, half in ((east, numpy.radians(width / 2)), (north, numpy.radians(height / 2)))
            for sign in (1, -1)])
        e, w, n, s = self.outward
        # Each corner lies on two of them.
        corners = unit(numpy.stack([numpy.cross(*pair) for pair in ((w, s), (s, e), (e, n), (n, w))]))
        super().__init__(corners[None], middle[None])

    def is_around(self, points):
        return numpy.all(points @ self.outward.T <= 0, axis=-1)


def box(centre, width, height):
    at, sizes = numbers(centre), numbers((width, height))
    sky = BoxSky(centre, width, height)
    corners = sky.corners[0]
    ra, dec = positions(corners)
    pairs = numpy.stack([ra, dec], axis=-1).ravel()
    return Shape(
        f"box of {width:.6g} x {height:.6g} deg at {centre[0]:.4f} {centre[1]:+.4f}", centre, sky,
        [f"BOX({at}, {sizes})", f"BOX(POINT({at}), {sizes})", f"BOX('ICRS', {at}, {sizes})",
         f"BOX(CAST('{stc(centre)}' AS POINT), {sizes})",
         f"REGION('Box ICRS {stc((*centre, width, height))}')",
         f"REGION('BOX {stc((*centre, width, height))}')",
         f"POLYGON({numbers(pairs)})", f"REGION('Polygon {stc(pairs)}')"],
        select_list(centre), f"BOX(POINT(c0, c1), {sizes})", polygon_edge(corners))


# Random ones ---------------------------------------------------------------------------------------

# Simple polygons in the plane, within the unit square.
PLANE = {
    "L": [(-1, -1), (1, -1), (1, -0.4), (-0.3, -0.4), (-0.3, 1), (-1, 1)],
    "U": [(-1, -1), (1, -1), (1, 1), (0.5, 1), (0.5, -0.2), (-0.6, -0.2), (-0.6, 1), (-1, 1)],
    "arrow": [(0, 1), (0.9, -0.9), (0, -0.4), (-0.9, -0.9)],
    "comb": [(-1, -0.9), (1, -0.9), (1, 0.9), (0.7, 0.9), (0.6, -0.4), (0.2, -0.5), (0.15, 0.8),
             (-0.15, 0.9), (-0.2, -0.5), (-0.7, -0.4), (-0.8, 0.8), (-1, 0.7)],
}


def random_centre(random, kind, size):
    """On the whole sky, near a pole, on a pole, near RA 0."""
    if kind == "sky":
        return random.uniform(0, 360), numpy.degrees(numpy.arcsin(random.uniform(-1, 1)))
    if kind == "near a pole":
        return random.uniform(0, 360), random.choice([-1, 1]) * (90 - random.uniform(0, min(size, 80)))
    if kind == "pole":
        return random.choice([0, random.uniform(0, 360)]), random.choice([-90.0, 90.0])
    wrapped = random.choice([0, random.uniform(-size, size) / 2]) % 360
    return wrapped, random.uniform(-70, 70)


def around(centre, directions, distances):
    """Unit vectors at some angles from the centre."""
    middle = vectors(*centre)
    east, north = east_and_north(centre)
    turn, far = (numpy.asarray(value)[:, None] for value in (directions, numpy.radians(distances)))
    return unit(numpy.cos(far) * middle + numpy.sin(far) * (numpy.cos(turn) * east + numpy.sin(turn) * north))


def random_corners(random, name, centre, size):
    if name in PLANE:
        middle, (east, north) = vectors(*centre), east_and_north(centre)
        spin = random.uniform(0, 2 * numpy.pi)
        u, v = numpy.array([[numpy.cos(spin), -numpy.sin(spin)], [numpy.sin(spin), numpy.cos(spin)]]) \
            @ numpy.array(PLANE[name]).T * numpy.tan(numpy.radians(size)) / numpy.sqrt(2)
        # Straight lines of the tangent plane are great circles.
        return unit(middle + u[:, None] * east + v[:, None] * north)
    n = random.integers(3, 12)
    turn = (numpy.arange(n) + random.uniform(0, 0.6, n)) * (2 * numpy.pi / n)
    far = numpy.full(n, size) if name == "convex polygon" else size * random.uniform(0.25, 1, n)
    return around(centre, turn, far)


def is_accepted(corners):
    """A polygon has to lie in the hemisphere around the middle of its extremes, and of its corners."""
    least = 1e-3 * angle(corners[0], corners[1:]).max()
    extremes = corners.min(axis=0) + corners.max(axis=0)
    return all(dot(middle, corners).min() > least for middle in (extremes, corners.sum(axis=0)))


def random_polygon(random, name, centre, size):
    """The corners of a polygon of that size, or a smaller one."""
    while True:
        corners = random_corners(random, name, centre, size)
        if is_accepted(corners):
            return corners
        size *= 0.97


SIZES = (lambda random: 10 ** random.uniform(-4, -2), lambda random: 10 ** random.uniform(-2, 0.7),
         lambda random: random.uniform(5, 60), lambda random: random.uniform(70, 89.5))
KINDS = ("circle", "convex polygon", "circle", "star", "box", "circle", "plane", "box")
CENTRES = ("sky", "near a pole", "pole", "near RA 0")


def random_shapes(random, count):
    """All kinds, centres and sizes, each with each before any comes again."""
    turns = list(itertools.product(KINDS, CENTRES, SIZES))
    planes = itertools.cycle(PLANE)
    shapes = []
    order = [place for _ in range(0, count, len(turns)) for place in random.permutation(len(turns))]
    for kind, where, any_size in (turns[place] for place in order[:count]):
        size = any_size(random)
        centre = tuple(float(value) for value in random_centre(random, where, size))
        if kind == "circle":
            # Half the sky, and up to all of it.
            if size > 70:
                size = random.choice([90, random.uniform(80, 90), random.uniform(90, 179)])
            shapes.append(circle(centre, float(size)))
        elif kind == "box":
            width, height = (float(min(178, 2 * size * random.uniform(0.2, 1))) for _ in range(2))
            shapes.append(box(centre, width, height))
        else:
            name = next(planes) if kind == "plane" else kind
            shapes.append(polygon(name, random_polygon(random, name, centre, size), centre))
    return shapes
