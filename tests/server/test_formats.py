#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same answer in every format: value by value, nulls included, read by astropy."""
import csv
import io
import warnings

import numpy
from astropy.io.votable import parse

from clients import curl, request, sync
from harness import main, stack

QUERIES = {
    "everything in ObsCore": "SELECT * FROM ivoa.obscore ORDER BY obs_id",
    "nulls of every type": "SELECT s_resolution, t_xel, o_ucd, obs_creation_date, NULL AS n, "
                           "em_res_power FROM ivoa.obscore ORDER BY obs_id",
    "kinds of numbers": "SELECT TOP 500 event_id, energy, -energy AS m, obs, ra / 3 AS third, 1 AS one, "
                        "energy * 1e-30 AS tiny FROM dl3.events ORDER BY event_id",
    "geometries": "SELECT TOP 5 POINT(ra, dec) AS p, CIRCLE(ra, dec, 0.5) AS c, "
                  "POLYGON(1, 2, 3, 4, 5, 7) AS g FROM dl3.events ORDER BY event_id",
    "no rows": "SELECT * FROM dl3.gti WHERE obs < 0",
    "texts": "SELECT column_name, description, unit, utype, 'a,\"b\"' AS odd FROM TAP_SCHEMA.columns "
             "ORDER BY table_name, column_name",
}


def as_text(value):
    """A value as our text formats print it: numbers by their value, nothing for null."""
    if value is numpy.ma.masked:
        return ""
    if isinstance(value, (numpy.ndarray, numpy.ma.MaskedArray)):
        return " ".join(as_text(one) for one in value)
    if isinstance(value, (float, numpy.floating)):
        return "" if numpy.isnan(value) else repr(float(value))
    return str(value)


def read_votable(body):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = parse(io.BytesIO(body)).get_first_table().to_table(use_names_over_ids=True)
    return table.colnames, [[as_text(table[name][i]) for name in table.colnames]
                            for i in range(len(table))]


def read_text(text, **dialect):
    rows = list(csv.reader(io.StringIO(text, newline=""), **dialect))
    return rows[0], [[normal(word) for word in row] for row in rows[1:]]


def normal(word):
    """Numbers in one spelling, so that 294 is 294.0 and 1e-05 is 1e-5; arrays word by word."""
    try:
        return " ".join(normal_number(part) for part in word.split(" "))
    except ValueError:
        return word


def normal_number(text):
    if text.lstrip("-").isdigit():
        return str(int(text))
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def test_same_values(tap):
    """BINARY2, TABLEDATA, CSV and TSV of the same query."""
    here = stack()
    for name, query in QUERIES.items():
        text = sync(here.url, query, FORMAT="csv")
        header, rows = read_text(text.text)
        by_tsv = read_text(sync(here.url, query, FORMAT="tsv").text, delimiter="\t",
                           quoting=csv.QUOTE_NONE)
        by_binary2 = read_votable(sync(here.url, query, FORMAT="votable/b2").body)
        by_tabledata = read_votable(sync(here.url, query, FORMAT="votable/td").body)
        tap.ok(text.status == 200 and by_binary2 == by_tabledata, name + ": both serialisations agree",
               first_difference(by_binary2, by_tabledata))
        votable = (by_binary2[0], [[normal(word) for word in row] for row in by_binary2[1]])
        tap.ok(votable == (header, rows), name + ": CSV and VOTable agree",
               first_difference(votable, (header, rows)))
        tap.ok(by_tsv == (header, rows), name + ": CSV and TSV agree",
               first_difference(by_tsv, (header, rows)))


def first_difference(a, b):
    if a[0] != b[0]:
        return f"{a[0]}\n{b[0]}"
    for x, y in zip(a[1], b[1]):
        if x != y:
            return "\n".join(f"{n}: {p!r} {q!r}" for n, p, q in zip(a[0], x, y) if p != q)
    return f"{len(a[1])} rows, {len(b[1])} rows"


def test_few_and_many_rows(tap):
    """The two ways in which rows come from PostgreSQL give the same rows."""
    here = stack()
    query = "SELECT TOP {} event_id, energy, obs, ra, dec FROM dl3.events ORDER BY event_id"
    few = sync(here.url, query.format(400), FORMAT="csv").rows()
    many = sync(here.url, query.format(5000), FORMAT="csv").rows()
    tap.ok(len(few) == 401 and len(many) == 5001 and many[:401] == few, "400 rows begin 5000",
           few[:2], many[:2])
    none = sync(here.url, "SELECT * FROM dl3.events WHERE obs < 0", FORMAT="csv")
    tap.ok(none.status == 200 and len(none.rows()) == 1, "no row among many possible", none.text)


def test_failure_in_the_midst(tap):
    """A failure after thousands of rows: VOTable says it, a text table does not end."""
    here = stack()
    last = here.psql("SELECT event_id FROM dl3.events OFFSET 20000 LIMIT 1")[0][0]
    query = f"SELECT event_id, ra, dec, energy, 1 / (event_id - {last}) AS x FROM dl3.events"
    for form in ("votable", "votable/td"):
        reply = sync(here.url, query, FORMAT=form)
        status, words = reply.votable_status()
        tap.ok(reply.status == 200 and status == "ERROR" and "division by zero" in words
               and reply.text.rstrip().endswith("</VOTABLE>"), form + " tells the failure at its end",
               reply.text[-400:])
    for form in ("csv", "tsv"):
        code, _ = curl(here.url + "/tap/sync", "-d", "LANG=ADQL", "-d", "FORMAT=" + form,
                       "--data-urlencode", "QUERY=" + query)
        tap.ok(code != 0, form + " breaks off")
    early = sync(here.url, query.replace("SELECT", "SELECT TOP 3", 1).replace(last, "event_id"))
    tap.ok(early.status == 400 and early.is_votable_error(), "before the first byte it is a 400",
           early.text)
    tap.ok(sync(here.url, "SELECT TOP 1 event_id FROM dl3.events").status == 200,
           "the connection serves the next query")


def test_gzip(tap):
    """A client that takes gzip gets it, with the same bytes inside."""
    import gzip

    here = stack()
    url = here.url + "/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+*+FROM+ivoa.obscore+ORDER+BY+obs_id"
    plain = request(url)
    packed = request(url, headers={"Accept-Encoding": "gzip"})
    tap.ok(packed.headers.get("content-encoding") == "gzip" and gzip.decompress(packed.body) == plain.body,
           "gzip by the web server", str(packed.headers))


def test_head_and_options(tap):
    """HEAD has headers and no body, OPTIONS says what is possible."""
    here = stack()
    head = request(here.url + "/tap/capabilities", method="HEAD")
    tap.ok(head.status == 200 and not head.body and head.content_type.startswith("text/xml"), "HEAD")
    options = request(here.url + "/tap/sync", method="OPTIONS")
    tap.ok(options.status in (200, 204) and "POST" in str(options.headers), "OPTIONS",
           str(options.headers))
    tap.ok(head.headers.get("access-control-allow-origin") == "*", "pages of other sites may ask")


if __name__ == "__main__":
    main(test_same_values, test_few_and_many_rows, test_failure_in_the_midst, test_gzip,
         test_head_and_options, needs_shared=True)
