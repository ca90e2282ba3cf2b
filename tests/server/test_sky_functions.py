#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The functions of the sky behind ADQL: HEALPix against chealpix, moving stars against the rigorous
treatment in vectors and ERFA, centroids against an integral done in numbers, geometry from texts."""
import ctypes
import functools
import math
import random
import warnings

import erfa
import numpy

from harness import main, stack
from sql_values import (
    ask_numbers, ask_points, apart, call, check_refusals, compare, literal, vector)

RANDOM = random.Random(1054)
NAN, INFINITY = math.nan, math.inf

# HEALPix -----------------------------------------------------------------------------------------


@functools.cache
def chealpix():
    library = ctypes.CDLL("libchealpix.so.0")
    integer, real, out = ctypes.c_int64, ctypes.c_double, ctypes.POINTER
    library.ang2pix_nest64.argtypes = [integer, real, real, out(integer)]
    library.pix2ang_nest64.argtypes = [integer, integer, out(real), out(real)]
    return library


def healpix_index(order, ra, dec):
    npix = ctypes.c_int64()
    chealpix().ang2pix_nest64(1 << order, math.radians(90 - dec), math.radians(ra % 360), npix)
    return npix.value


def healpix_center(order, npix):
    theta, phi = ctypes.c_double(), ctypes.c_double()
    chealpix().pix2ang_nest64(1 << order, npix, theta, phi)
    return math.degrees(phi.value), 90 - math.degrees(theta.value)


def on_the_sky():
    return RANDOM.uniform(0, 360), math.degrees(math.asin(RANDOM.uniform(-1, 1)))


def test_healpix(tap):
    """Cells and their centres, against chealpix."""
    try:
        chealpix()
    except OSError as error:
        tap.skip("HEALPix", str(error))
        return

    def index(order, ra, dec):
        point = f"vogate.point({literal(ra)}, {literal(dec)})"
        return f"vogate.healpix_index({literal(order)}, {point})"
    places = [on_the_sky() for _ in range(10)]
    places += [(0.1, 89.999), (200, -89.999), (359.9999, 0.01), (-0.01, 3), (725, 40), (45.1, 41.9)]
    compare(tap, "healpix_index", [(index(order, *place), healpix_index(order, *place))
                                   for order in range(30) for place in places])
    cells = [(order, RANDOM.randrange(12 << 2 * order)) for order in range(30) for _ in range(8)]
    cells += [(order, npix) for order in (0, 1, 13, 29) for npix in (0, (12 << 2 * order) - 1)]
    compare(tap, "healpix_center", [(call("healpix_center", *cell), healpix_center(*cell))
                                    for cell in cells], 1e-12, ask_points)
    compare(tap, "the centre of a cell lies in it",
            [(f"vogate.healpix_index({order}, {call('healpix_center', order, npix)})", npix)
             for order, npix in cells])
    none = [index(order, 1, 1) for order in (-1, 30, 2**31 - 1, -2**31, None)]
    none += [index(5, *place) for place in ((NAN, 1), (1, NAN), (INFINITY, 1), (None, 1))]
    none += ["vogate.healpix_index(5, spoint(1, 'NaN'))", "vogate.healpix_index(5, NULL)"]
    none += [call("healpix_center", *cell) for cell in (
        (0, 12), (0, -1), (29, 12 << 58), (30, 0), (-1, 0), (2**31 - 1, 2**63 - 1), (-2**31, 5),
        (None, 5), (5, None), (29, 2**63 - 1))]
    compare(tap, "no order or cell: NULL", [(expression, None) for expression in none])


# Astrometry --------------------------------------------------------------------------------------


def move_star(ra, dec, parallax, pmra, pmdec, rv, ref_epoch, out_epoch):
    """Lindegren's rigorous treatment (ESA SP-1200, volume 1, 1.5.5) with vectors."""
    alpha, delta = math.radians(ra), math.radians(dec)
    p = numpy.array([-math.sin(alpha), math.cos(alpha), 0])
    q = numpy.array([-math.sin(delta) * math.cos(alpha), -math.sin(delta) * math.sin(alpha), math.cos(delta)])
    mas = math.radians(1 / 3600e3)
    au_km_s = 149597870.7 / (365.25 * 86400)
    t = out_epoch - ref_epoch
    mu = (p * (pmra or 0) + q * (pmdec or 0)) * mas
    zeta = (rv or 0) * (parallax or 0) * mas / au_km_s
    f = (1 + 2 * zeta * t + (mu @ mu + zeta ** 2) * t ** 2) ** -0.5
    x, y, z = (vector((ra, dec)) * (1 + zeta * t) + mu * t) * f
    return math.degrees(math.atan2(y, x)) % 360, math.degrees(math.atan2(z, math.hypot(x, y)))


STAR = (7.606083572, 11.79044105, 125, 300, -428.8, 52.51, 2016.0, 1992.25)
# The catalogue's own values; it leaves open how small an unknown parallax is.
CATALOGUE_STARS = (
    (STAR, (7.604061404627978, 11.7932703828279), 1e-12),
    ((*STAR[:7], 1875.0), (7.594068213694308, 11.807251375203935), 1e-12),
    ((*STAR[:5], None, 2016.0, 1875.0), (7.594079587029898, 11.807235464326332), 1e-12),
    ((*STAR[:4], None, None, 2016.0, 1875.0), (7.594080321498365, 11.790440798509207), 1e-12),
    ((*STAR[:2], None, 300, -428.8, 52.51, 2016.0, 1875.0), (7.594079587020846, 11.807235464339055), 1e-9))


def test_epoch_prop_pos(tap):
    """Stars against the vectors of the rigorous treatment; ERFA, which goes on to relativity, is near."""
    stars = [(*on_the_sky(), 10 ** RANDOM.uniform(-1, 2.9), RANDOM.gauss(0, 2000), RANDOM.gauss(0, 2000),
              RANDOM.gauss(0, 200), RANDOM.choice([1991.25, 2000, 2016]), RANDOM.uniform(1700, 2300))
             for _ in range(60)]
    stars += [(*star[:place], None, *star[place + 1:]) for star in stars[:5] for place in (2, 3, 4, 5)]
    stars += [(10, 89.9999, 5, 1000, 1000, 20, 2000, 2100), (10, -90, 5, 1000, 1000, 20, 2000, 2100),
              (359.99999, 0, 5, 1000, 1000, 20, 2000, 2100), (-5, 3, 5, 1, 1, 2, 2000, 2100),
              (10, 20, -3, 100, -200, 50, 2000, 2100), (10, 20, 3, 100, -200, 50, 2000, 2000)]
    compare(tap, "epoch_prop_pos", [(call("epoch_prop_pos", *star), move_star(*star)) for star in stars],
            1e-12, ask_points)
    tap.ok(all(apart(move_star(*star), found) <= tolerance for star, found, tolerance in CATALOGUE_STARS),
           "the vectors give the catalogue's values")
    compare(tap, "the catalogue's stars",
            [(call("epoch_prop_pos", *star), expected) for star, expected, _ in CATALOGUE_STARS],
            1e-9, ask_points)

    moved = []
    for star in stars[:60]:
        ra, dec, parallax, pmra, pmdec, rv, before, after = star
        slope = math.cos(math.radians(dec))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it took a parallax of nearly 0 for 0
            found = erfa.pmsafe(math.radians(ra), math.radians(dec), math.radians(pmra / 3600e3) / slope,
                                math.radians(pmdec / 3600e3), parallax / 1000, rv,
                                *(erfa.epj2jd(before)), *(erfa.epj2jd(after)))
        moved.append((star, (math.degrees(found[0]), math.degrees(found[1]))))
    found = ask_points(*(call("epoch_prop_pos", *star) for star, _ in moved))
    off = [apart(one, other) / apart(one, star[:2])
           for one, (star, other) in zip(found, moved, strict=True)]
    tap.ok(max(off) < 5e-3, "ERFA gives the motion to the order of v/c", f"relative difference {max(off)}")

    for place, name in ((0, "ra"), (1, "dec"), (6, "ref_epoch"), (7, "out_epoch")):
        star = (*STAR[:place], None, *STAR[place + 1:])
        check_refusals(tap, [(call("epoch_prop_pos", *star), "22004", name)])
    strange = [(*STAR[:place], value, *STAR[place + 1:])
               for place in range(8) for value in (NAN, INFINITY, -INFINITY, 1e300)]
    compare(tap, "NaN and infinity: NULL", [(call("epoch_prop_pos", *star), None) for star in strange])
    small = [(*STAR[:place], value, *STAR[place + 1:]) for place in range(8) for value in (5e-324, 1e-200)]
    compare(tap, "next to nothing is nothing",
            [(call("epoch_prop_pos", *star), move_star(*star)) for star in small], 1e-12, ask_points)
    rows = stack().psql(
        "SELECT count(vogate.epoch_prop_pos(ra, 1, 1, 1, 1, 1, 2000, 2016)) "
        "FROM (VALUES (1.0::float8), (NULL), (2)) AS star (ra) WHERE ra IS NOT NULL", role="query")
    none = stack().psql("SELECT vogate.epoch_prop_pos(NULL, 1, 1, 1, 1, 1, 2000, 2016) WHERE random() < 0",
                        role="query")
    tap.ok(rows == [["2"]] and none == [], "rows that are left out raise no error", rows, none)


# Geometry ----------------------------------------------------------------------------------------


def polygon_sql(corners):
    points = ", ".join(f"vogate.point({literal(float(ra))}, {literal(float(dec))})" for ra, dec in corners)
    return f"vogate.polygon_of(ARRAY[{points}])"


def integral(corners):
    """The direction of the integral of the unit vector, by quadrature over triangles that each edge
    has with the first corner; signed, so that it is right for any polygon on a hemisphere."""
    nodes, weights = numpy.polynomial.legendre.leggauss(48)
    nodes, weights = (nodes + 1) / 2, weights / 2
    vectors = [vector(corner) for corner in corners]
    total = numpy.zeros(3)
    for b, c in zip(vectors[1:], vectors[2:]):
        a = vectors[0]
        s, t = numpy.meshgrid(nodes, nodes)
        area = numpy.outer(weights, weights) * s  # the square folded to a triangle
        p = a + s[..., None] * ((b - a) + t[..., None] * (c - b))
        norm = numpy.linalg.norm(p, axis=-1)
        total += numpy.linalg.det([a, b, c]) * (area[..., None] * p / norm[..., None] ** 4).sum(axis=(0, 1))
    x, y, z = total * numpy.sign(total @ sum(vectors))
    return math.degrees(math.atan2(y, x)) % 360, math.degrees(math.atan2(z, math.hypot(x, y)))


def around(center, offsets):
    """Positions at (distance, angle) from a centre, all in degrees."""
    place, east = vector(center), vector((center[0] + 90, 0))
    north = numpy.cross(place, east)
    for distance, angle in offsets:
        r, phi = math.radians(distance), math.radians(angle)
        x, y, z = place * math.cos(r) + (east * math.cos(phi) + north * math.sin(phi)) * math.sin(r)
        yield math.degrees(math.atan2(y, x)) % 360, math.degrees(math.atan2(z, math.hypot(x, y)))


def test_centroid(tap):
    """The centroid of polygons, against the integral done in numbers; of tiny ones, against the plane."""
    shapes = [[(0, 0), (90, 0), (0, 90)], [(0, 0), (10, 0), (10, 10), (0, 10)], [(359, -1), (1, -1), (1, 1), (359, 1)],
              [(0, 80), (90, 80), (180, 80), (270, 80)], [(10, -89), (130, -89), (250, -89)], [(0, 30), (120, 30), (240, 30)],
              [(83, 21), (84, 21), (84, 22)], [(0, 0), (20, 0), (20, 20), (10, 1), (0, 20)]]
    for _ in range(40):
        angles = sorted(RANDOM.uniform(0, 360) for _ in range(RANDOM.randint(5, 9)))
        if max(b - a for a, b in zip(angles, angles[1:] + [angles[0] + 360])) < 170:
            size = RANDOM.choice([0.5, 3, 20, 45])
            shapes.append(list(around(on_the_sky(), [(size * RANDOM.uniform(0.5, 1), angle) for angle in angles])))
    shapes += [shape[::-1] for shape in shapes[:20]]
    compare(tap, "centroid", [(f"vogate.centroid({polygon_sql(shape)})", integral(shape)) for shape in shapes],
            1e-9, ask_points)
    tiny = []
    for size in (1e-2, 1e-3, 1e-5):
        for _ in range(7):
            ra, dec = RANDOM.uniform(0, 360), RANDOM.uniform(-80, 80)
            corners = [(ra, dec), (ra + size, dec), (ra, dec + size)]
            tiny.append((f"vogate.centroid({polygon_sql(corners)})", (ra + size / 3, dec + size / 3), size))
    found = ask_points(*(case[0] for case in tiny))
    # The curvature of the sky bends a parallel by a part `size` (in radians) of the size.
    wrong = [f"{sql}: {point}, expected {expected}" for point, (sql, expected, size) in zip(found, tiny, strict=True)
             if apart(point, expected) > size * max(size / 5, 1e-5)]
    tap.ok(not wrong, f"centroid of tiny triangles ({len(tiny)} values)", "\n".join(wrong))
    flat = polygon_sql([(0, 0), (57, 0), (114, 0)])
    compare(tap, "no area, no centroid", [("vogate.centroid(NULL)", None), (f"vogate.centroid({flat})", None)])


def test_geometry_of_text(tap):
    """Geometries from DALI's strings, and what is none."""
    numbers = [(round(RANDOM.uniform(0, 360), 6), round(RANDOM.uniform(-90, 90), 6), round(RANDOM.uniform(0, 90), 6))
               for _ in range(20)]
    numbers += [(0.0, 90.0, 0.0), (0.0, -90.0, 90.0), (1e-7, -1e-7, 1e-7), (359.5, 0.0, 1.5)]
    compare(tap, "point_of_text", [(f"vogate.point_of_text('{ra!r} {dec!r}')", (ra, dec)) for ra, dec, _ in numbers],
            1e-12, ask_points)
    compare(tap, "blanks and exponents", [(f"vogate.point_of_text({literal(text)})", place) for text, place in (
        (" 12.3\t45.6\r\n", (12.3, 45.6)), ("+1e1   -.5", (10, -0.5)), ("1.E+1 2.", (10, 2)), ("-10 5", (350, 5)),
        ("1e-300 1", (0, 1)))], 1e-12, ask_points)
    circles = [f"vogate.circle_of_text('{ra!r} {dec!r} {radius!r}')" for ra, dec, radius in numbers]
    compare(tap, "circle_of_text: centre", [(f"center({sql})", row[:2]) for sql, row in zip(circles, numbers)],
            1e-12, ask_points)
    compare(tap, "circle_of_text: radius", [(f"degrees(radius({sql}))", row[2]) for sql, row in zip(circles, numbers)],
            1e-13, ask_numbers)
    shapes = [list(around(on_the_sky(), [(RANDOM.uniform(1, 40), i * 360 / n) for i in range(n)]))
              for n in (3, 4, 5, 8, 30, 300) for _ in range(4)]
    compare(tap, "polygon_of_text", [
        ("vogate.polygon_of_text('" + " ".join(f"{ra!r} {dec!r}" for ra, dec in shape) + f"') = {polygon_sql(shape)}",
         "true") for shape in shapes])
    compare(tap, "no text", [(f"vogate.{kind}_of_text(NULL)", None) for kind in ("point", "circle", "polygon")])

    garbage = ("", " ", "abc", "1,2", "1", "1 2 3 4", "1 x", "NaN 1", "1 Infinity", "0x10 1", "1e999 1", "1 91",
               "1 -90.0001", "1 2 3 4 5", "- -", "1 2 3 4 5 6 7", "1_0 2", "(1,2)", "1d 2d", "1e70 0", "1e70 0 1",
               "1 0 1e70 0 1 1", "Circle ICRS 1 2 3")
    for kind in ("point", "circle", "polygon"):
        check_refusals(tap, [(f"vogate.{kind}_of_text({literal(text)})", "22P02", f"'{text}' is no {kind}; expected")
                             for text in garbage])
    check_refusals(tap, [
        ("vogate.circle_of_text('1 2 -1')", "22P02", "a radius from 0 to 90"),
        ("vogate.circle_of_text('1 2 90.01')", "22P02", "a radius from 0 to 90"),
        ("vogate.circle_of_text('1 95 1')", "22P02", "a radius from 0 to 90"),
        ("vogate.point_of_text(repeat('1', 1000000))", "22P02", f"'{'1' * 40}...' is no point"),
        ("vogate.polygon_of_text(repeat('1 2 ', 250000))", "22P02", "' is no polygon"),
        ("vogate.polygon_of_text(repeat('1 2 ', 1001))", "22P02", "at most 1000 corners"),
        ("vogate.polygon_of_text('0 0 1 0 2 95')", "22P02", "three or more corners"),
        ("vogate.polygon_of_text('0 0 1 0 1 1 0')", "22P02", "three or more corners"),
        ("vogate.polygon_of_text('0 0 0 0 0 0')", "22P02", "not the same"),
        ("vogate.polygon_of_text('0 0 1 0 1 1 0 0')", "22P02", "nor the last one the first"),
        ("vogate.polygon_of_text('0 0 1 1 1 0 0 1')", "22P02", "neither cross"),
        ("vogate.polygon_of_text('0 0 180 0 180 40 90 10')", "22P02", "neither cross"),
        ("vogate.polygon_of_text('0 -1 120 -1 240 1')", "22P02", "half of the sky"),
        ("vogate.point_of_text(E'1\\x01 2')", "22P02", "'1  2' is no point")])
    tap.ok("was terminated by signal" not in stack().log("postgresql"), "no backend crashed")


if __name__ == "__main__":
    main(test_healpix, test_epoch_prop_pos, test_centroid, test_geometry_of_text)
