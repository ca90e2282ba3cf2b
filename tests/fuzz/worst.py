# SPDX-License-Identifier: Apache-2.0
"""Queries of at most 10 kB, each as dear to translate as one can make it in its own way.

    for name, query in worst.queries(): ...

They are seeds of `make fuzz`, whose limit on the time of a translation they put to the test, and
what `make slowest` measures. The tables are those of tests/adql/sample_catalog.cc.
"""
MOST = 10_000


# A little below the limits of the parser: tables in a FROM, set operators and operators in a row.
TABLES, SETS, OPERATORS = 100, 98, 1190


def fill(head, part, tail="", between="", most=MOST, parts=MOST):
    """As many parts as fit; {n} in a part is its number."""
    text = head
    for n in range(parts):
        piece = (between if n else "") + part.replace("{n}", str(n))
        if len(text) + len(piece) + len(tail) > most:
            break
        text += piece
    return text + tail


def every_from(head, first, part, tail="", between=""):
    """As many subqueries as fit, each with as many tables as are allowed; {k} is the subquery's number."""
    one = "SELECT 1 FROM " + fill(first, part, parts=TABLES - 1)
    return fill(f"{head}SELECT 1 FROM dl3.events WHERE ", f"EXISTS({one})", tail, " OR ")


def repeat(text, most):
    return text * (most // len(text))


def nest(opening, inside, closing, levels):
    return opening * levels + inside + closing * levels


def stars(columns, most=1600):
    """`*, *, ...` of a table with so many columns, up to the widest result that is allowed."""
    return ", ".join(["*"] * (most // columns))


def comb(count):
    """Corners of a polygon without crossings: teeth upwards, closed below."""
    teeth = ",".join(f"{n / 12:.2f},{n % 2}" for n in range(count - 2))
    return f"{teeth},{count / 12:.2f},-1,0,-1"


OBSCORE = 12  # columns of ivoa.obscore
WIDE = f"SELECT {stars(OBSCORE)} FROM ivoa.obscore"


def nested():
    """Depth: as much as the parser takes, and what each level may repeat."""
    for levels in (20, 45, 60, 95, 190):
        yield f"parentheses-{levels}", f"SELECT {nest('(', '1', ')', levels)} FROM dl3.events"
        yield f"signs-{levels}", f"SELECT {nest('-(', 'ra', ')', levels)} FROM dl3.events"
        yield f"sums-{levels}", f"SELECT {nest('1+(', 'ra', '+2)', levels)} FROM dl3.events"
        yield f"products-{levels}", f"SELECT {nest('1.5*(', '2', '*ra)', levels)} FROM dl3.events"
        yield f"not-{levels}", f"SELECT ra FROM dl3.events WHERE {nest('NOT (', 'ra>1', ')', levels)}"
        yield f"subqueries-{levels}", nest("SELECT * FROM (", "SELECT * FROM dl3.events", ") AS t",
                                           levels)
        yield f"scalars-{levels}", nest("SELECT (", "SELECT 1 FROM dl3.events",
                                        ") FROM dl3.events", levels)
        yield f"exists-{levels}", nest("SELECT ra FROM dl3.events WHERE EXISTS (",
                                       "SELECT ra FROM dl3.events", ")", levels)
        yield f"coalesce-{levels}", ("SELECT " + nest("COALESCE(NULL, ra, ", "dec", ")", levels) +
                                     " FROM dl3.events")
        yield f"abs-{levels}", f"SELECT {nest('ABS(', 'ra', ')', levels)} FROM dl3.events"
        yield f"cast-{levels}", ("SELECT " + nest("CAST(", "ra", " AS INTEGER)", levels) +
                                 " FROM dl3.events")
        yield f"joins-{levels}", "SELECT 1 FROM " + fill("(" * levels + "obscore", " JOIN obscore t{n} "
                                                         "ON 1=1)", parts=levels)
        yield f"unions-{levels}", nest("(", "SELECT ra FROM dl3.events",
                                       " UNION SELECT dec FROM dl3.events)", levels)
        yield f"boxes-{levels}", ("SELECT " + nest("AREA(BOX(POINT(", "ra", ", 0), 1, 1))", levels) +
                                  " FROM dl3.events")
        yield f"regions-{levels}", ("SELECT " + nest("CONTAINS(POINT(", "ra",
                                                     ", 0), s_region)", levels) +
                                    " FROM dl3.events, ivoa.obscore")
        yield f"centroids-{levels}", ("SELECT " + nest("CENTROID(CIRCLE(", "POINT(ra, dec)",
                                                       ", 1))", levels) + " FROM dl3.events")


def long_lists():
    """Breadth: as many as 10 kB hold."""
    yield "in-numbers", fill("SELECT ra FROM dl3.events WHERE obs IN (", "{n}", ")", ",")
    yield "in-short", fill("SELECT ra FROM dl3.events WHERE obs IN (", "1", ")", ",")
    yield "in-texts", fill("SELECT obs FROM ivoa.obscore WHERE obs_id IN (", "''", ")", ",")
    yield "in-columns", fill("SELECT ra FROM dl3.events WHERE ra IN (", "ra", ")", ",")
    yield "in-nulls", fill("SELECT ra FROM dl3.events WHERE NULL IN (", "NULL", ")", ",")
    yield "sum", fill("SELECT ", "1", " FROM dl3.events", "+", parts=OPERATORS)
    yield "sum-columns", fill("SELECT ", "ra", " FROM dl3.events", "+", parts=OPERATORS)
    yield "texts-joined", fill("SELECT ", "''", " FROM dl3.events", "||", parts=OPERATORS)
    yield "columns-too-many", fill("SELECT ", "ra", " FROM dl3.events", ",")
    yield "columns-1500", fill("SELECT ", "ra", " FROM dl3.events", ",", 4500)
    yield "constants", fill("SELECT ", "1", " FROM dl3.events", ",", 3100)
    yield "aliases-alike", fill("SELECT ", "1 A", " FROM dl3.events", ",", 6300)
    yield "and", fill("SELECT ra FROM dl3.events WHERE ", "ra=1", "", " AND ")
    yield "or-regions", fill("SELECT obs FROM ivoa.obscore WHERE ",
                             "1=INTERSECTS(s_region,s_region)", "", " OR ")
    yield "regions-chain", fill("SELECT obs FROM ivoa.obscore WHERE ",
                                "0=CONTAINS(s_region,s_region)", "", " AND ")
    yield "cones", fill("SELECT obs FROM ivoa.obscore WHERE ",
                        "1=CONTAINS(POINT(s_ra,s_dec),CIRCLE(1,2,3))", "", " OR ")
    yield "boxes", fill("SELECT obs FROM ivoa.obscore WHERE ",
                        "1=CONTAINS(POINT(s_ra,s_dec),BOX(1,2,3,4))", "", " OR ")
    yield "distances", fill("SELECT obs FROM ivoa.obscore WHERE ",
                            "DISTANCE(POINT(s_ra,s_dec),POINT(1,2))<3", "", " OR ")
    yield "coalesce", fill("SELECT COALESCE(", "ra", ") FROM dl3.events", ",")
    yield "coalesce-nulls", fill("SELECT COALESCE(", "NULL", ",ra) FROM dl3.events", ",")
    yield "like", fill("SELECT obs FROM ivoa.obscore WHERE ", "obs_id LIKE ''", "", " OR ")
    yield "exists", fill("SELECT ra FROM dl3.events WHERE ",
                         "EXISTS(SELECT*FROM dl3.events)", "", " OR ")
    yield "scalars", fill("SELECT ", "(SELECT 1 FROM dl3.events)", " FROM dl3.events", ",")
    yield "group-by", fill("SELECT ra FROM dl3.events GROUP BY ", "ra", "", ",")
    yield "group-by-different", fill("SELECT 1 FROM dl3.events GROUP BY ", "ra+{n}", "", ",")
    yield "group-by-and-output", (fill("SELECT ", "ra+{n}", " FROM dl3.events", ",", 4500) +
                                  fill(" GROUP BY ", "ra+{n}", "", ",", 5400))
    # A name of the result stands for all of its expression.
    for n in (30, 300, OPERATORS - 1):
        yield f"group-by-alias-{n}", (f"SELECT 1{'+ra' * n} AS x FROM dl3.events GROUP BY " +
                                      repeat("x,", 9000 - 3 * n) + "x")
    yield "order-by", fill("SELECT ra FROM dl3.events ORDER BY ", "ra", "", ",")
    yield "order-by-different", fill("SELECT ra FROM dl3.events ORDER BY ", "ra+{n}", "", ",")
    yield "order-by-numbers", fill("SELECT ra FROM dl3.events ORDER BY ", "1", "", ",")


def polygons():
    """Every side is compared with every other."""
    for count in (250, 500, 1000):
        yield f"polygon-{count}", f"SELECT POLYGON({comb(count)}) FROM dl3.events"
    yield "polygon-twice", (f"SELECT POLYGON({comb(500)}) FROM dl3.events "
                            f"WHERE 1 = CONTAINS(POINT(ra, dec), POLYGON({comb(500)}))")
    yield "polygons", fill("SELECT ", "POLYGON(1,2,3,4,5,9)", " FROM dl3.events", ",")
    yield "polygon-columns", fill("SELECT POLYGON(", "ra,dec", ") FROM dl3.events", ",")
    points = fill("", "POINT({n},1)", ",POINT(1,-1)", ",", most=1800)
    yield "polygon-points", f"SELECT POLYGON({points}) FROM dl3.events"


def wide():
    """Stars, whose columns cost what their two bytes do not show."""
    head = f"WITH w AS ({WIDE})"
    named = head.replace("SELECT", "SELECT 1 AS x,", 1)
    tables = ",".join(f"w t{n}" for n in range(TABLES - 1))
    yield "star-most", WIDE
    yield "star-too-many", fill("SELECT ", "*", " FROM ivoa.obscore", ",")
    yield "star-of-many", f"{head} SELECT 1 FROM {tables}"
    yield "star-unions", fill(f"{head} SELECT * FROM w", " UNION ALL SELECT * FROM w", parts=SETS)
    one = fill("SELECT * FROM w", " UNION SELECT*FROM w", parts=SETS)
    yield "star-unions-nested", fill(f"{head} SELECT 1 FROM dl3.events WHERE ", f"EXISTS({one})", "",
                                     " OR ")
    yield "star-subqueries", fill(f"{head} SELECT 1 FROM (SELECT*FROM w) AS t",
                                  ",(SELECT*FROM w)t{n}", parts=TABLES - 1)
    yield "star-exists", fill(f"{head} SELECT 1 FROM dl3.events WHERE ",
                              "EXISTS(SELECT*FROM w)", "", " OR ")
    yield "star-in-with", fill(head, ",w{n} AS(SELECT*FROM w)", " SELECT 1 FROM w")
    # Fewer than refuse the query for the size of its SQL.
    yield "star-in-with-fewer", fill(head, ",w{n} AS(SELECT*FROM w)", " SELECT 1 FROM w", parts=60)
    yield "star-doubling", fill("WITH w AS (SELECT * FROM ivoa.obscore)",
                                ", w{n} AS (SELECT *,* FROM w)", " SELECT * FROM w")
    chain = "WITH w0 AS (SELECT * FROM ivoa.obscore)"
    for n in range(1, 250):
        chain += f",w{n} AS(SELECT{'*,' if n < 8 else ''}* FROM w{n - 1})"
    yield "star-doubling-chain", chain + " SELECT * FROM w249"
    chain = "WITH w0 AS (SELECT 1 AS x FROM dl3.events)"
    for n in range(1, 200):
        chain += f",w{n} AS(SELECT a.x FROM w{n - 1} AS a,w{n - 1} AS b)"
    yield "with-twice", chain + " SELECT * FROM w199"
    yield "star-nested", nest("SELECT*FROM(", WIDE, ")t", 90)
    yield "names-in-wide", f"{named} SELECT 1 FROM w WHERE {repeat('x=x OR ', 9000)}1=1"
    yield "names-behind-wide", (f"{head} SELECT 1 FROM {tables[:1000].rpartition(',')[0]}"
                                f",(SELECT 1 x FROM w)q WHERE {repeat('x=x OR ', 8000)}1=1")
    yield "names-outside-wide", (f"{head} SELECT 1 FROM dl3.events WHERE EXISTS(SELECT 1 FROM {tables}"
                                 f" WHERE {repeat('ra=ra OR ', 8000)}1=1)")
    yield "names-listed-wide", (f"{head} SELECT 1 FROM {tables},(SELECT 1 x FROM w)q WHERE x IN("
                                f"{repeat('x,', 8000)}x)")
    yield "names-unknown-wide", f"{head} SELECT obs_publisher_dix FROM w"
    yield "names-unknown-many", f"{head} SELECT obs_publisher_dix FROM {tables}"
    yield "order-by-columns", f"{named[11:-1]} ORDER BY {repeat('x,', 9000)}x"
    yield "order-by-expressions", f"{WIDE} ORDER BY {repeat('-1.+obs,', 9000)}1+obs"


def joins():
    """Merged columns are looked for, one side in the other."""
    def named(letter, count):
        return ",".join(f"1 {letter}{n}" for n in range(count))

    wide = f"WITH w AS (SELECT {named('a', 1400)} FROM dl3.events)"
    two = (f"WITH v AS (SELECT {named('a', 600)} FROM dl3.events),"
           f"w AS (SELECT {named('b', 600)} FROM dl3.events)")
    yield "natural", fill("SELECT 1 FROM dl3.events", " NATURAL JOIN dl3.observations AS t{n}",
                          parts=TABLES - 1)
    yield "natural-same", fill("SELECT 1 FROM dl3.events", " NATURAL JOIN dl3.events AS t{n}",
                               parts=TABLES - 1)
    yield "natural-full", fill("SELECT * FROM dl3.events", " NATURAL FULL JOIN dl3.events AS t{n}",
                               parts=TABLES - 1)
    yield "natural-wide", f"{wide} SELECT 1 FROM w NATURAL JOIN w AS v"
    yield "natural-wide-full", f"{wide} SELECT * FROM w NATURAL FULL JOIN w AS v"
    some = f"WITH w AS (SELECT {named('a', 1000)} FROM dl3.events)"
    for kind in ("", "LEFT ", "RIGHT ", "FULL "):
        yield f"natural-many-{kind.strip().lower() or 'inner'}", fill(
            f"{some} SELECT 1 FROM w t", f" NATURAL {kind}JOIN w t{{n}}", parts=TABLES - 1)
    yield "natural-apart", fill(f"{two} SELECT 1 FROM v t", " NATURAL JOIN w t{n}", parts=1)
    # The left side grows by a table with each join, and the right side is not like any of it.
    yield "natural-growing", fill(
        f"WITH w AS (SELECT {named('a', 600)} FROM dl3.events),x AS (SELECT 1 x FROM w) SELECT 1 FROM x",
        " JOIN w t{n} ON 1=1", " NATURAL JOIN x y", most=9000, parts=TABLES - 2)
    yield "natural-growing-stars", fill(
        f"WITH w AS ({WIDE}),x AS (SELECT 1 x FROM w) SELECT 1 FROM x",
        " JOIN w t{n} ON 1=1", " NATURAL JOIN x y", parts=TABLES - 2)
    yield "natural-wide-between", fill(
        f"WITH w AS ({WIDE}),x AS (SELECT 1 x FROM w) SELECT 1 FROM x,w",
        " NATURAL JOIN x y{n}", parts=TABLES - 2)
    yield "using", fill("SELECT 1 FROM dl3.events", " JOIN dl3.observations t{n} USING(obs)",
                        parts=TABLES - 1)
    yield "using-full", fill("SELECT obs FROM dl3.events",
                             " FULL JOIN dl3.observations t{n} USING(obs)", parts=TABLES - 1)
    yield "using-full-names", fill(
        "SELECT obs FROM dl3.events", " FULL JOIN dl3.observations t{n} USING(obs)", parts=TABLES - 1
    ) + " WHERE " + repeat("obs=obs OR ", 5000) + "1=1"
    yield "using-full-stars", fill("SELECT " + "obs," * 500 + "1 FROM dl3.events",
                                   " FULL JOIN dl3.events t{n} USING(obs)", parts=TABLES - 1)
    yield "using-names", (f"WITH w AS (SELECT {named('a', 700)} FROM dl3.events) SELECT 1 FROM w JOIN "
                          f"w AS v USING ({','.join(f'a{n}' for n in range(700))})")
    yield "on", fill("SELECT 1 FROM dl3.events", " JOIN dl3.events t{n} ON 1=1", parts=TABLES - 1)
    yield "on-full", fill("SELECT 1 FROM dl3.events e", " FULL JOIN dl3.events t{n} ON e.obs=t{n}.obs",
                          parts=TABLES - 1)
    yield "on-full-last", (fill("SELECT 1 FROM obscore e", " JOIN obscore t{n} ON 1=1",
                                parts=TABLES - 2) +
                           " FULL JOIN obscore f ON " + repeat("t9.obs=t8.obs AND ", 7000) +
                           "t97.obs=f.obs")
    yield "on-names", (fill("SELECT 1 FROM dl3.events e", ",dl3.observations t{n}", parts=TABLES - 1) +
                       " WHERE " + repeat("ra=ra OR ", 7000) + "1=1")
    yield "sources", fill("SELECT 1 FROM dl3.events", ",dl3.events t{n}", parts=TABLES - 1)
    yield "sources-often", every_from("", "obscore", ",obscore a{n}")
    yield "sources-often-natural", every_from("", "dl3.events", " NATURAL JOIN dl3.events a{n}")
    yield "sources-unknown", fill("SELECT 1 FROM dl3.events", ",dl3.events t{n}", ",dl3.evemts",
                                  parts=TABLES - 2)
    yield "with", fill("WITH w AS (SELECT 1 AS x FROM dl3.events)", ",w{n} AS(SELECT x FROM w)",
                       " SELECT 1 FROM w")
    yield "with-used", every_from(fill("WITH w AS (SELECT 1 AS x FROM dl3.events)",
                                       ",w{n} AS(SELECT x FROM w)", most=5000) + " ", "w", ",w a{n}")


def sets():
    for word in ("UNION", "UNION ALL", "EXCEPT", "INTERSECT"):
        name = word.lower().replace(" ", "-")
        yield name, fill("SELECT 1 FROM obscore", f" {word} SELECT 1 FROM obscore", parts=SETS)
        yield f"{name}-null", fill("SELECT NULL FROM obscore", f" {word} SELECT NULL FROM obscore",
                                   f" {word} SELECT 1 FROM obscore", parts=SETS - 1)
    yield "union-intersect", fill("SELECT 1 FROM obscore", " UNION SELECT 1 FROM obscore INTERSECT "
                                  "SELECT 1 FROM obscore", parts=SETS // 2)
    nulls = ",".join(["NULL"] * 900)
    yield "union-nulls", f"SELECT {nulls} FROM obscore UNION ALL SELECT {nulls} FROM obscore"
    # Each operand may give all of those before it their kind.
    yield "union-nulls-many", fill("SELECT " + ",".join(["NULL"] * 15) + " FROM obscore",
                                   " UNION SELECT " + ",".join(["NULL"] * 15) + " FROM obscore",
                                   " UNION SELECT " + ",".join(["1"] * 15) + " FROM obscore",
                                   parts=SETS - 1)
    yield "union-nested", nest("(", "SELECT NULL FROM obscore",
                               " UNION SELECT NULL FROM obscore)", 60)


def values():
    """Units, conversions, regions as constants, frames."""
    yield "units-product", fill("SELECT ", "energy*em_min*t_min*ra*s_fov",
                                " FROM dl3.events, obscore", "*", parts=OPERATORS // 5)
    yield "units-quotient", fill("SELECT ", "energy/em_min/t_min", " FROM dl3.events, obscore", "/",
                                 parts=OPERATORS // 3)
    yield "units-sum", fill("SELECT ", "energy+energy_max", " FROM dl3.events, obscore_hea", "+",
                            parts=OPERATORS // 2)
    yield "units-compared", fill("SELECT 1 FROM dl3.events, obscore_hea WHERE ",
                                 "energy>energy_max", "", " OR ")
    yield "units-in", fill("SELECT 1 FROM dl3.events, obscore_hea WHERE energy IN (", "energy_max",
                           ")", ",")
    yield "units-between", fill("SELECT 1 FROM dl3.events, obscore_hea WHERE ",
                                "energy BETWEEN energy_max AND s_ref_energy", "", " OR ")
    yield "units-columns", fill("SELECT ", "ra*dec*energy", " FROM dl3.events", ",")
    yield "in-unit", fill("SELECT ", "IN_UNIT(energy,'keV')", " FROM dl3.events", ",")
    yield "in-unit-long", f"SELECT IN_UNIT(energy, '{repeat('m.', 9000)}m') FROM dl3.events"
    yield "in-unit-powers", f"SELECT IN_UNIT(energy, '{nest('(', 'm', ')**2', 1200)}') FROM dl3.events"
    for levels in (20, 60):
        yield f"in-unit-{levels}", (f"SELECT {nest('IN_UNIT(', 'energy', ',{!r})', levels)} "
                                    "FROM dl3.events").replace("{!r}", "'TeV'")
        yield f"transforms-{levels}", ("SELECT " + nest("ivo_geom_transform('ICRS','GALACTIC',",
                                                       "POINT(ra, dec)", ")", levels) +
                                       " FROM dl3.events")
        yield f"boxes-moved-{levels}", ("SELECT " + nest(
            "CENTROID(BOX(", "POINT(ra, dec)", ",1,1))", levels) + " FROM dl3.events")
        yield f"specconv-{levels}", ("SELECT " + nest("gavo_specconv(", "energy",
                                                     ",'m','Hz')", levels) + " FROM dl3.events")
    yield "cast-polygon", (f"SELECT CAST('{comb(1000).replace(',', ' ')}' AS POLYGON) "
                           "FROM dl3.events")
    yield "cast-texts", fill("SELECT ", "CAST('1 2' AS POINT)", " FROM dl3.events", ",")
    yield "regions-constant", fill("SELECT 1 FROM obscore WHERE ",
                                   "1=CONTAINS(POINT(s_ra,s_dec),REGION('Box 1 2 3 4'))", "", " OR ")
    parts = fill("", "Circle {n} 2 3", "", " ", parts=195, most=3000)
    for outer in ("Union", "Intersection", "Not (Union"):
        text = f"{outer} ({parts}){')' * outer.count('(')}"
        for n, other in enumerate(("POINT(s_ra,s_dec)", "s_region", f"REGION('{text}')")):
            for function in ("CONTAINS", "INTERSECTS"):
                yield (f"region-{outer.lower().split()[0]}-{function.lower()}-{n}",
                       f"SELECT obs FROM obscore WHERE 1={function}({other},REGION('{text}'))")
    text = nest("Union(Circle 1 2 3 Not(", "Circle 1 2 3", "))", 9)
    yield "region-deep", fill("SELECT 1 FROM obscore WHERE ",
                              f"1=INTERSECTS(s_region,REGION('{text}'))", "", " OR ")


def words():
    """Long tokens, and errors that look for something near."""
    yield "name-long", f"SELECT {'a' * 9000} FROM dl3.events"
    yield "name-quoted", 'SELECT "' + '""' * 4500 + '" FROM dl3.events'
    yield "alias-long", f"SELECT ra AS {'a' * 9000} FROM dl3.events"
    yield "alias-used", (f"SELECT ra AS {'a' * 300} FROM dl3.events ORDER BY " +
                         ",".join(["a" * 300] * 30))
    yield "table-long", f"SELECT 1 FROM {'a' * 9000}"
    yield "text-long", f"SELECT '{chr(39) * 2 * 4500}' FROM dl3.events"
    yield "number-long", f"SELECT {'9' * 9000} FROM dl3.events"
    yield "fraction-long", f"SELECT 0.{'9' * 9000} FROM dl3.events"
    yield "exponents", fill("SELECT ", "1e300", " FROM dl3.events", "+", parts=OPERATORS)
    yield "fractions", fill("SELECT ", "1.7976931348623157e308", " FROM dl3.events", "+")
    yield "comment", "SELECT ra --" + "x" * 9000 + "\nFROM dl3.events"
    yield "comments", fill("SELECT ra ", "--\n", "FROM dl3.events")
    yield "blanks", f"SELECT{' ' * 9000}ra FROM dl3.events"
    yield "semicolons", f"SELECT ra FROM dl3.events{';' * 9000}"
    # A message that shows the beginning of a text must not cut a letter in two.
    for n in range(2):
        yield f"text-shown-{n}", "SELECT -'" + "x" * n + "\u00e9" * 60 + "' FROM dl3.events"
    yield "letters", "\u00e9" * 5000
    yield "nothing", ""


def queries():
    for group in (nested, long_lists, polygons, wide, joins, sets, values, words):
        for name, query in group():
            if len(query.encode()) <= 10_240:
                yield name, query


def regions():
    """The same for texts of REGION."""
    def polygon(count):
        return "Polygon ICRS " + comb(count).replace(",", " ")

    for count in (250, 500, 1000):
        yield f"polygon-{count}", polygon(count)
    yield "polygon-alike", fill("Polygon ICRS ", "1 2", "", " ")
    yield "circles", fill("Union ICRS (", "Circle 1 2 3", ")", " ")
    yield "polygons", fill("Union ICRS (", "Polygon 1 2 3 4 5 9", ")", " ")
    yield "polygons-large", f"Union ICRS ({polygon(500)} {polygon(500)})".replace(" ICRS", "")
    for levels in (50, 150, 1000):
        yield f"unions-{levels}", nest("Union (", "Circle 1 2 3", ")", levels)
        yield f"nots-{levels}", nest("Not (", "Circle 1 2 3", ")", levels)
        yield f"opened-{levels}", "(" * levels
    yield "blanks", "Circle" + " " * 9000 + "1 2 3"
    yield "number-long", f"Circle {'9' * 9000} 2 3"
    yield "fraction-long", f"Circle 0.{'9' * 9000} 2 3"
    yield "word-long", "x" * 9000
    yield "quotes", "'" * 4500
    yield "nothing", ""
