#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Arrays of every type in every format: NULL elements, empty, null, of fixed and of any length."""
import contextlib
import csv
import io
import json
import re
import tempfile
import warnings
import xml.etree.ElementTree

import numpy
from astropy.io import fits
from astropy.io.votable import parse

from clients import request, stilts, sync
from harness import main, stack, wait_until

# Name, datatype, arraysize, PostgreSQL's type.
COLUMNS = [("counts", "int", "*", "int4[]"), ("three", "int", "3", "int4[]"),
           ("ids", "long", "*", "int8[]"), ("pair", "float", "2", "float4[]"),
           ("waves", "double", "*", "float8[]")]
INF = float("inf")
# None is NULL.
ROWS = [
    [[1, -2, 2147483647], [4, 5, 6], [2**40, -1], [0.5, -1536.0], [1e-300]],
    [[], [7, None, 9], [None, 2**63 - 1], [None, INF], [None, 2.5]],
    [[12, 13], None, None, None, None],
    [None, [0, 0, 0], [], [-INF, 2.5], []],
]
LEAST = {"int": -2**31, "long": -2**63}


def expected(element, null=None, fixed_null=None):
    """ROWS as a reader finds them: element(datatype) for a NULL in an array, `null` for an array that
    is NULL, fixed_null(datatype) for each element of one of fixed length."""
    def cell(value, datatype, size):
        if value is None:
            return [fixed_null(datatype)] * int(size) if fixed_null and size != "*" else null
        return [element(datatype) if one is None else one for one in value]

    return [[cell(value, datatype, size) for value, (_, datatype, size, _) in zip(row, COLUMNS)]
            for row in ROWS]


def none(_):
    return None


def nan(_):
    return "nan"


def declared(datatype):
    return LEAST.get(datatype, "nan")


@contextlib.contextmanager
def site_table(here):
    """A table of arrays as a site may publish it; its name for queries."""
    def literal(value, kind):
        if value is None:
            return "NULL"
        words = ", ".join("NULL" if one is None else f"'{one}'" for one in value)
        return f"ARRAY[{words}]::{kind}"

    rows = ", ".join(f"({i}, " + ", ".join(literal(value, kind) for value, (_, _, _, kind)
                                           in zip(row, COLUMNS)) + ")" for i, row in enumerate(ROWS))
    published = ", ".join(f"('site.arrays', '{name}', '{datatype}', '{size}')"
                          for name, datatype, size, _ in COLUMNS)
    here.psql(f"""
        CREATE SCHEMA site;
        CREATE TABLE site.arrays (id int4, {', '.join(f'{name} {kind}' for name, _, _, kind in COLUMNS)});
        INSERT INTO site.arrays VALUES {rows};
        GRANT USAGE ON SCHEMA site TO PUBLIC;
        GRANT SELECT ON site.arrays TO PUBLIC;
        INSERT INTO tap_schema.schemas (schema_name) VALUES ('site');
        INSERT INTO tap_schema.tables (schema_name, table_name, table_type)
        VALUES ('site', 'site.arrays', 'table');
        INSERT INTO tap_schema.columns (table_name, column_name, datatype, arraysize)
        VALUES ('site.arrays', 'id', 'int', NULL), {published};
        UPDATE vogate.catalog_version SET version = version + 1""")
    try:
        wait_until(lambda: request(here.url + "/tap/tables/site.arrays").status == 200)
        yield "site.arrays"
    finally:
        here.psql("""
            DROP SCHEMA site CASCADE;
            DELETE FROM tap_schema.schemas WHERE schema_name = 'site';
            UPDATE vogate.catalog_version SET version = version + 1""")
        wait_until(lambda: request(here.url + "/tap/tables/site.arrays").status == 404)


def as_list(values):
    """An array of numpy as a list that compares, with None for what is masked."""
    found = [None if one is numpy.ma.masked else one.item() for one in numpy.ma.asanyarray(values)]
    return ["nan" if one is not None and one != one else one for one in found]


def from_words(text):
    """An array as text: numbers with blanks between them, or STILTS's list in parentheses."""
    def number(word):
        if re.fullmatch(r"-?\d+", word):
            return int(word)
        value = float(word.replace("Infinity", "inf"))
        return "nan" if value != value else value

    return [number(word) for word in text.strip("()").replace(",", " ").split()]


def by_astropy(body):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = parse(io.BytesIO(body)).get_first_table().array
    return [[as_list(table[name][i]) for name, *_ in COLUMNS] for i in range(len(table))]


def by_astropy_fits(body):
    with fits.open(io.BytesIO(body)) as file:
        file.verify("exception")
        return [[as_list(row[name]) for name, *_ in COLUMNS] for row in file[1].data]


def by_stilts(body, form):
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        code, text, complaint = stilts("tpipe", "in=" + file.name, "ifmt=" + form, "ofmt=csv")
    return by_words(text) if code == 0 else complaint


def by_words(text, **dialect):
    rows = list(csv.reader(io.StringIO(text, newline=""), **dialect))
    return [[from_words(word) for word in row] for row in rows[1:]]


def by_page(text):
    rows = list(xml.etree.ElementTree.fromstring(text).iter("{http://www.w3.org/1999/xhtml}tr"))
    return [[from_words("".join(cell.itertext())) for cell in row] for row in rows[1:]]


def by_json(text):
    def cell(value, datatype):
        if value is None or datatype not in ("float", "double"):
            return value
        return [None if one is None else float(one) for one in value]

    document = json.loads(text)
    kinds = [column["datatype"] for column in document["metadata"]]
    return [[cell(value, kind) for value, kind in zip(row, kinds)] for row in document["data"]]


def without_infinity(rows):
    return [[value and [None if one in (INF, -INF) else one for one in value] for value in row] for row in rows]


def test_values(tap):
    """The same arrays in every format, by every reader at hand."""
    here = stack()
    with site_table(here) as table:
        def ask(form):
            names = ", ".join(name for name, *_ in COLUMNS)
            return sync(here.url, f"SELECT {names} FROM {table} ORDER BY id", FORMAT=form)

        masked = expected(none, [], none)
        stand_ins = expected(declared, [], declared)
        words = expected(nan, [])
        for form in ("votable/td", "votable/b", "votable/b2"):
            body = ask(form).body
            tap.equal(by_astropy(body), masked, form + " by astropy")
            # STILTS knows the null flags of BINARY2, and writes null as it writes an empty array.
            told = expected(declared, []) if form == "votable/b2" else stand_ins
            tap.equal(by_stilts(body, "votable"), told, form + " by STILTS")
        body = ask("fits").body
        tap.equal(by_astropy_fits(body), stand_ins, "FITS by astropy")
        tap.equal(by_stilts(body, "fits"), stand_ins, "FITS by STILTS")
        tap.equal(by_words(ask("csv").text), words, "CSV")
        tap.equal(by_words(ask("tsv").text, delimiter="\t"), words, "TSV")
        tap.equal(by_page(ask("html").text), words, "the page")
        tap.equal(by_json(ask("json").text), without_infinity(expected(none)), "JSON")
        tap.ok("7 NaN 9" in ask("text").text, "text", ask("text").text)


def test_shapes_in_fits(tap):
    """Arrays of one length lie in the row, of several in the heap; whole numbers declare their null."""
    here = stack()
    with site_table(here) as table:
        def forms(where):
            body = sync(here.url, f"SELECT counts, three, ids FROM {table} WHERE {where}", FORMAT="fits").body
            with fits.open(io.BytesIO(body)) as file:
                head = file[1].header
                return [head[f"TFORM{i}"] for i in (1, 2, 3)], [head[f"TNULL{i}"] for i in (1, 2, 3)]

        nulls = [LEAST["int"], LEAST["int"], LEAST["long"]]
        tap.equal(forms("id >= 0"), (["1PJ(3)", "3J", "1PK(2)"], nulls), "several lengths")
        tap.equal(forms("id = 0"), (["3J", "3J", "2K"], nulls), "one length")
        tap.equal(forms("id < 0"), (["1PJ(0)", "3J", "1PK(0)"], nulls), "no rows")


def test_metadata(tap):
    """The catalogue has the types as they are published; what is said of a column follows it."""
    here = stack()
    with site_table(here) as table:
        document = request(here.url + "/tap/tables/" + table).text
        for name, datatype, size, _ in COLUMNS:
            tap.ok(re.search(rf'<name>{name}</name>\s*<dataType xsi:type="vs:VOTableType" '
                             rf'arraysize="{re.escape(size)}">{datatype}</dataType>', document),
                   f"{name} in /tables", document)
        answer = sync(here.url, f"SELECT q.c AS d FROM (SELECT t.three AS c FROM {table} AS t) AS q",
                      FORMAT="votable/td").text
        tap.contains(answer, '<FIELD name="d" datatype="int" arraysize="3">', "through a subquery")
        here.psql(f"UPDATE {table} SET three = ARRAY[1, 2, 3, 4]")
        refused = sync(here.url, f"SELECT three FROM {table}")
        tap.ok(refused.status == 500 and refused.is_votable_error(),
               "an array longer than it is published is refused, not cut", refused.text)


if __name__ == "__main__":
    main(test_values, test_shapes_in_fits, test_metadata)
