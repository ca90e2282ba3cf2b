# SPDX-License-Identifier: Apache-2.0
"""What tests of SQL functions share: values as SQL, their answers as numbers and positions, and one
line of TAP for a list of expressions and what they should give.

    compare(tap, "to_mjd", [("vogate.to_mjd('2000-01-02T12:00:00')", 51545.5)], 1e-16, ask_numbers)
"""
import itertools
import math
import re

import numpy

from harness import stack


def literal(value):
    """A Python value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "E'" + "".join(f"\\U{ord(c):08x}" if c in "\\'" or c < " " else c for c in value) + "'"
    if isinstance(value, int):
        return str(value)
    return f"'{value!r}'::float8"


def call(name, *values):
    return f"vogate.{name}({', '.join(map(literal, values))})"


def ask(*expressions):
    """The values of SQL expressions as texts, None for NULL, as the role of all queries sees them."""
    found = []
    columns = [f"COALESCE(({one})::text, '<NULL>')" for one in expressions]
    while columns:
        # Neither the columns of a row nor the length of an argument is without limit.
        count = max(1, sum(size < 100000 for size in itertools.accumulate(map(len, columns[:500]))))
        found += stack().psql("SELECT " + ",".join(columns[:count]), role="query")[0]
        del columns[:count]
    return [None if text == "<NULL>" else text for text in found]


def ask_numbers(*expressions):
    return [None if text is None else float(text) for text in ask(*expressions)]


def ask_points(*expressions):
    """Positions in degrees."""
    return [None if text is None else numpy.array([float(word) for word in text[1:-1].split(",")])
            for text in ask(*(f"vogate.point_array({one})" for one in expressions))]


def refusal(expression):
    """SQLSTATE and words of the error that an expression raises."""
    try:
        stack().psql(f"DO $$BEGIN PERFORM {expression}; RAISE EXCEPTION 'none was raised'; "
                     "EXCEPTION WHEN OTHERS THEN RAISE EXCEPTION '<%> %', SQLSTATE, SQLERRM; END$$",
                     role="query")
    except RuntimeError as error:
        return re.search(r"<(\w+)> (.*)", str(error)).groups()


def vector(position):
    lon, lat = numpy.radians(position)
    return numpy.array([numpy.cos(lat) * numpy.cos(lon), numpy.cos(lat) * numpy.sin(lon), numpy.sin(lat)])


def apart(one, other):
    """In degrees."""
    return math.degrees(numpy.linalg.norm(vector(one) - vector(other)))


def compare(tap, name, cases, tolerance=None, read=ask):
    """Rows of SQL expression and expected value: one line of TAP for all of them."""
    found = read(*(expression for expression, _ in cases))
    wrong = []
    for (expression, expected), value in zip(cases, found, strict=True):
        if expected is None or value is None:
            good = expected is value
        elif tolerance is None:
            good = value == str(expected)
        elif numpy.ndim(expected):
            good = apart(value, expected) <= tolerance
        else:
            good = math.isclose(value, expected, rel_tol=tolerance, abs_tol=tolerance) or (
                math.isnan(value) and math.isnan(expected))
        if not good:
            wrong.append(f"{expression[:200]}: {value}, expected {expected}")
    return tap.ok(cases and not wrong, f"{name} ({len(cases)} values)", "\n".join(wrong[:20]))


def check_refusals(tap, cases):
    """Rows of SQL expression, SQLSTATE, part of the words."""
    for expression, state, words in cases:
        found = refusal(expression)
        tap.ok(found[0] == state and words in found[1], f"{expression[:60]} is refused: {words}", found)
