#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""IN_UNIT, gavo_specconv and ivo_geom_transform through ADQL, against astropy."""
import random
import warnings

import astropy.units as u
import erfa
import numpy as np
from astropy.coordinates import SkyCoord

from clients import sync
from harness import main, stack

RANDOM = random.Random(4)
# A column of events in each of these units.
COLUMNS = {"energy": "TeV", "ra": "deg", "time_mjd": "d"}
CONVERSIONS = [
    ("energy", "eV"), ("energy", "keV"), ("energy", "GeV"), ("energy", "PeV"), ("energy", "J"),
    ("energy", "erg"), ("energy", "Ry"), ("ra", "rad"), ("ra", "arcmin"), ("ra", "arcsec"),
    ("ra", "mas"), ("ra", "mrad"), ("time_mjd", "s"), ("time_mjd", "h"), ("time_mjd", "min"),
    ("time_mjd", "yr"), ("time_mjd", "ms"), ("energy/time_mjd", "W"), ("energy*energy", "J**2"),
    ("energy/time_mjd", "erg.s**-1"), ("ra*ra", "sr"), ("ra/time_mjd", "arcsec/h"), ("1/time_mjd", "Hz"),
    ("energy*2", "GeV"), ("energy+1", "GeV"), ("SQRT(energy*energy)", "eV"),
    ("POWER(energy,-2)", "GeV**-2"), ("MAX(energy)", "GeV"), ("CAST(energy AS REAL)", "GeV")]
# dl3.events has energies only: other spectral units are told as the second argument.
SPECTRAL = ["eV", "keV", "MeV", "GeV", "TeV", "J", "erg", "m", "cm", "um", "nm", "Angstrom", "Hz", "GHz",
            "PHz"]
FRAMES = {"ICRS": "icrs", "FK5": "fk5", "GALACTIC": "galactic", "SUPER_GALACTIC": "supergalactic",
          "ECLIPTIC": "barycentricmeanecliptic"}


def rows(tap, query, name):
    reply = sync(stack().url, query, RESPONSEFORMAT="csv")
    if not tap.ok(reply.status == 200, name, reply.text[:500]):
        return []
    return [[float(word) for cell in row for word in cell.strip("[]()").replace(",", " ").split()]
            for row in reply.rows()[1:]]


def value_of(expression, event):
    """The value in the unit of the expression, by astropy's own arithmetic."""
    names = {name: event[name] * u.Unit(unit) for name, unit in COLUMNS.items()}
    plain = {"SQRT": np.sqrt, "POWER": lambda x, n: x**n, "MAX": lambda x: x}
    if expression.startswith("CAST"):
        return np.float32(event["energy"]) * u.TeV
    if expression == "energy+1":
        return names["energy"] + 1 * u.TeV
    return eval(expression, {"__builtins__": {}}, {**names, **plain})  # of the table above


def test_in_unit(tap):
    """Every conversion, for one event."""
    event = dict(zip(COLUMNS, rows(tap, f"SELECT TOP 1 {', '.join(COLUMNS)} FROM dl3.events ORDER BY event_id, obs",
                                   "an event to convert")[0]))
    for expression, unit in CONVERSIONS:
        where = (f"time_mjd BETWEEN {event['time_mjd']!r} - 1e-9 AND {event['time_mjd']!r} + 1e-9 "
                 f"AND energy = {event['energy']!r}")
        found = rows(tap, f"SELECT TOP 1 IN_UNIT({expression}, '{unit}') AS x FROM dl3.events WHERE {where}",
                     f"IN_UNIT({expression}, '{unit}') is answered")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = value_of(expression, event).to_value(u.Unit(unit))
        tap.ok(found and abs(found[0][0] / expected - 1) < 1e-12, f"IN_UNIT({expression}, '{unit}')",
               f"{found}, not {expected}")


def test_specconv(tap):
    """Each spectral unit to each other."""
    for source in SPECTRAL:
        value = 10**RANDOM.uniform(-3, 3)
        items = ", ".join(f"gavo_specconv({value!r}, '{source}', '{target}') AS to_{i}"
                          for i, target in enumerate(SPECTRAL))
        found = rows(tap, f"SELECT TOP 1 {items} FROM tap_schema.tables", f"{source} is converted")
        expected = [(value * u.Unit(source)).to_value(u.Unit(target), equivalencies=u.spectral())
                    for target in SPECTRAL]
        tap.ok(found and np.allclose(found[0], expected, rtol=1e-12, atol=0), f"gavo_specconv from {source}",
               f"{found}, not {expected}")
    found = rows(tap, "SELECT TOP 5 gavo_specconv(energy, 'm') AS x, energy FROM dl3.events", "with the column's unit")
    tap.ok(found and all(abs(x / (e * u.TeV).to_value(u.m, u.spectral()) - 1) < 1e-12 for x, e in found),
           "gavo_specconv(energy, 'm')", found)
    reply = sync(stack().url, "SELECT TOP 1 gavo_specconv(0, 'eV', 'm') AS x, gavo_specconv(NULL, 'eV', 'm') AS y "
                 "FROM tap_schema.tables", RESPONSEFORMAT="csv")
    tap.equal(reply.text.split(), ["x,y", ","], "nothing has no wavelength")
    strange = {"'NaN'": ("NaN", "NaN"), "'Infinity'": ("Inf", "0"), "'-1'": ("-1e+12", "-1.2398419843320025e-18")}
    for text, expected in strange.items():
        value = f"CAST({text} AS DOUBLE PRECISION)"
        reply = sync(stack().url, f"SELECT TOP 1 gavo_specconv({value}, 'TeV', 'eV') AS x, gavo_specconv({value}, 'TeV', "
                     "'m') AS y FROM tap_schema.tables", RESPONSEFORMAT="csv")
        found = reply.text.replace("+Inf", "Inf").replace("Infinity", "Inf").split()[1:]
        tap.ok(found and np.allclose([float(x) for x in found[0].split(",")], [float(x) for x in expected],
                                     rtol=1e-12, atol=0, equal_nan=True), f"gavo_specconv of {text}", reply.text[:300])


def separation(a, b):
    return np.degrees(erfa.seps(*np.radians(a), *np.radians(b)))


def test_frames(tap):
    """Points, circles and polygons from each frame to each other; all but FK4, which astropy moves by
    more than a rotation. Catalogue examples of FK4 stand in test_functions.py."""
    worst = 0.0
    count = 0
    for source, source_name in FRAMES.items():
        for target, target_name in FRAMES.items():
            points = [(RANDOM.uniform(0, 360), np.degrees(np.arcsin(RANDOM.uniform(-1, 1)))) for _ in range(5)]
            points += [(0, 90), (359.9999, 0), (12.5, -90)]
            items = ", ".join(f"ivo_geom_transform('{source}', '{target}', POINT({ra!r}, {dec!r})) AS p{i}"
                              for i, (ra, dec) in enumerate(points))
            found = rows(tap, f"SELECT TOP 1 {items} FROM tap_schema.tables", f"{source} to {target}")
            if not found:
                continue
            flat = list(zip(found[0][0::2], found[0][1::2]))
            moved = SkyCoord([p[0] for p in points], [p[1] for p in points], unit="deg",
                             frame=source_name).transform_to(target_name).spherical
            for got, lon, lat in zip(flat, moved.lon.deg, moved.lat.deg):
                worst = max(worst, separation(got, (lon, lat)))
                count += 1
    # astropy's galactic pole is rounded to 1e-5 s of right ascension; its own FK5 is exact.
    tap.ok(count == 200 and worst < 2e-5, f"{count} points agree with astropy to {worst:.0e} deg")
    # The same of rows, which the database turns, as of constants, which are turned before.
    for target in FRAMES:
        found = rows(tap, f"SELECT TOP 40 ra, dec, ivo_geom_transform('ICRS', '{target}', POINT(ra, dec)) AS p "
                     "FROM dl3.events ORDER BY energy", f"rows to {target}")
        items = ", ".join(f"ivo_geom_transform('ICRS', '{target}', POINT({ra!r}, {dec!r})) AS p{i}"
                          for i, (ra, dec, _, _) in enumerate(found))
        constants = rows(tap, f"SELECT TOP 1 {items} FROM tap_schema.tables", f"constants to {target}")[0]
        apart = [separation(row[2:], (lon, lat))
                 for row, lon, lat in zip(found, constants[0::2], constants[1::2])]
        tap.ok(len(apart) == 40 and max(apart) < 1e-7, f"rows and constants agree in {target}", max(apart))
    shapes = rows(tap, "SELECT TOP 1 ivo_geom_transform('GALACTIC', 'ICRS', CIRCLE(184.5, -5.8, 2)) AS c, "
                  "AREA(ivo_geom_transform('ICRS', 'GALACTIC', POLYGON(80, 20, 85, 20, 85, 25))) - "
                  "AREA(POLYGON(80, 20, 85, 20, 85, 25)) AS a FROM tap_schema.tables", "circles and polygons")
    crab = SkyCoord(184.5, -5.8, unit="deg", frame="galactic").icrs
    tap.ok(shapes and separation(shapes[0][:2], (crab.ra.deg, crab.dec.deg)) < 2e-5
           and abs(shapes[0][2] - 2) < 1e-12 and abs(shapes[0][3]) < 1e-9, "they keep their size", shapes)
    found = rows(tap, "SELECT COUNT(*) AS n FROM dl3.events WHERE "
                 "1 = CONTAINS(POINT(ra, dec), CIRCLE('GALACTIC', 184.5575, -5.7843, 0.5))", "a galactic cone")
    icrs = SkyCoord(184.5575, -5.7843, unit="deg", frame="galactic").icrs
    same = rows(tap, f"SELECT COUNT(*) AS n FROM dl3.events WHERE DISTANCE(ra, dec, {icrs.ra.deg!r}, {icrs.dec.deg!r}) "
                "<= 0.5", "the same in ICRS")
    tap.ok(found == same and found[0][0] > 0, "the two find the same events", found, same)


main(test_in_unit, test_specconv, test_frames)
