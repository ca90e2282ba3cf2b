#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same answer in every format: value by value, nulls included, read by astropy."""
import csv
import io
import json
import pathlib
import tempfile
import warnings
import xml.etree.ElementTree

import numpy
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

from clients import curl, request, stilts, sync
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


def read_json(text):
    """JSON's own types, in the spelling of CSV."""
    document = json.loads(text)

    def word(value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return "T" if value else "F"
        if isinstance(value, list):
            return " ".join(normal(repr(one)) for one in value)
        return normal(value if isinstance(value, str) else repr(value))

    return ([column["name"] for column in document["metadata"]],
            [[word(value) for value in row] for row in document["data"]])


def read_fits(body):
    """By astropy, which has no null for texts: neither has CSV, for our reader."""
    with fits.open(io.BytesIO(body), checksum=True) as file:
        file.verify("exception")
        names = file[1].columns.names
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = Table.read(file[1], astropy_native=False)
        rows = [[normal(fits_word(table[name][i])) for name in table.colnames]
                for i in range(len(table))]
    return names, rows


def fits_word(value):
    if isinstance(value, bytes):
        return value.decode("ascii")
    if isinstance(value, (numpy.ndarray, numpy.ma.MaskedArray)):
        if value.dtype.kind in "SU":
            return "".join(one.decode() if isinstance(one, bytes) else str(one) for one in value.flat)
        # A null array of fixed length is all NaN.
        if value.size and numpy.isnan(numpy.ma.filled(value, numpy.nan)).all():
            return ""
        return " ".join(repr(float(one)) for one in value)
    return as_text(value)


def read_with_stilts(body, header):
    """STILTS's CSV of the file; its own spellings of null, truth and arrays made ours."""
    with tempfile.NamedTemporaryFile(suffix=".fits") as file:
        file.write(body)
        file.flush()
        code, text, complaint = stilts("tpipe", "in=" + file.name, "ifmt=fits", "ofmt=csv")
    if code != 0:
        return [complaint], []
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return rows[0], [[normal(stilts_word(word)) for word in row] for row in rows[1:]]


def stilts_word(word):
    if word.startswith("(") and word.endswith(")"):
        parts = [part.strip() for part in word[1:-1].split(",")]
        return "" if set(parts) == {"NaN"} else " ".join(parts)
    return {"true": "T", "false": "F"}.get(word, word)


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
    """BINARY, BINARY2, TABLEDATA, FITS, JSON, CSV and TSV of the same query."""
    here = stack()
    for name, query in QUERIES.items():
        text = sync(here.url, query, FORMAT="csv")
        header, rows = read_text(text.text)
        by_tsv = read_text(sync(here.url, query, FORMAT="tsv").text, delimiter="\t",
                           quoting=csv.QUOTE_NONE)
        by_binary2 = read_votable(sync(here.url, query, FORMAT="votable/b2").body)
        by_tabledata = read_votable(sync(here.url, query, FORMAT="votable/td").body)
        by_binary = read_votable(sync(here.url, query, FORMAT="votable/b").body)
        tap.ok(text.status == 200 and by_binary2 == by_tabledata, name + ": TABLEDATA and BINARY2 agree",
               first_difference(by_binary2, by_tabledata))
        tap.ok(by_binary == by_binary2, name + ": BINARY and BINARY2 agree",
               first_difference(by_binary, by_binary2))
        votable = (by_binary2[0], [[normal(word) for word in row] for row in by_binary2[1]])
        tap.ok(votable == (header, rows), name + ": CSV and VOTable agree",
               first_difference(votable, (header, rows)))
        tap.ok(by_tsv == (header, rows), name + ": CSV and TSV agree",
               first_difference(by_tsv, (header, rows)))
        by_json = read_json(sync(here.url, query, FORMAT="json").text)
        tap.ok(by_json == (header, rows), name + ": CSV and JSON agree",
               first_difference(by_json, (header, rows)))
        reply = sync(here.url, query, FORMAT="fits")
        by_fits = read_fits(reply.body)
        tap.ok(reply.content_type == "application/fits" and by_fits == (header, rows),
               name + ": CSV and FITS agree, read by astropy", reply.headers,
               first_difference(by_fits, (header, rows)))
        by_stilts = read_with_stilts(reply.body, header)
        tap.ok(by_stilts == (header, rows), name + ": CSV and FITS agree, read by STILTS",
               first_difference(by_stilts, (header, rows)))
        page = sync(here.url, query, FORMAT="html")
        cells = [[normal("".join(cell.itertext())) for cell in row] for row in
                 xml.etree.ElementTree.fromstring(page.text).iter("{http://www.w3.org/1999/xhtml}tr")]
        tap.ok(page.content_type.startswith("text/html") and cells[1:] == rows,
               name + ": CSV and the page agree", first_difference((header, cells[1:]), (header, rows)))
        plain = sync(here.url, query, FORMAT="text").text.splitlines()
        tap.ok(plain[-1] == f"{len(rows)} row{'s' if len(rows) != 1 else ''}"
               and len(plain) == len(rows) + 4, name + ": the text has as many lines", *plain[-3:])


def first_difference(a, b):
    if a[0] != b[0]:
        return f"{a[0]}\n{b[0]}"
    for x, y in zip(a[1], b[1]):
        if x != y:
            return "\n".join(f"{n}: {p!r} {q!r}" for n, p, q in zip(a[0], x, y) if p != q)
    return f"{len(a[1])} rows, {len(b[1])} rows"


def test_fits_metadata(tap):
    """Units, UCDs, descriptions and an overflow survive in FITS; TOPCAT's reader finds them all."""
    here = stack()
    reply = sync(here.url, "SELECT * FROM dl3.events", FORMAT="fits", MAXREC="2500")
    length = reply.headers.get("content-length")
    tap.ok(length is None or int(length) == len(reply.body), "Content-Length is true", length)
    with fits.open(io.BytesIO(reply.body)) as file:
        head = file[1].header
        tap.ok(head["TUNIT7"] == "TeV" and head["TUCD5"] == "pos.eq.ra;meta.main"
               and "Arrival time" in head["TCOMM3"], "cards of the columns", repr(head))
        tap.ok(head["NAXIS2"] == 2500 and "OVERFLOW" in str(head["COMMENT"]), "an overflow is said")
        primary = bytes(file[0].data)
    tap.ok(b'value="OVERFLOW"' in primary and b"<TIMESYS" in primary and b"dl3.events" in primary,
           "the primary HDU holds the VOTable metadata")
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "t.fits").write_bytes(reply.body)
    code, text, words = stilts("tpipe", f"in={folder}/t.fits", "cmd=meta name ucd utype units",
                               "ofmt=csv")
    tap.ok(code == 0 and "time_mjd,time.epoch;meta.main,,d" in text, "STILTS reads FITS-plus", text, words)


def test_fits_of_any_shape(tap):
    """What makes the layout hard: nothing, texts of very different lengths, arrays, no rows, a file."""
    here = stack()
    queries = {
        "a long text among short ones": "SELECT '" + "-long" * 600 + "' AS t, 0 AS n FROM dl3.gti "
        "WHERE gti_index = 1 UNION SELECT 'short', event_id FROM dl3.events",
        "polygons of different sizes": "SELECT POLYGON(1, 2, 3, 4, 5, 7) AS g, obs FROM dl3.gti UNION ALL "
        "SELECT POLYGON(1, 2, 3, 4, 5, 7, 3, 9) AS g, obs FROM dl3.gti",
        "only nulls": "SELECT NULL AS a, NULL AS b FROM dl3.gti",
    }
    for name, query in queries.items():
        header, rows = read_text(sync(here.url, query, FORMAT="csv").text)
        reply = sync(here.url, query, FORMAT="fits")
        tap.ok(reply.status == 200 and read_fits(reply.body) == (header, rows),
               name + ": astropy", reply.text[:300])
        tap.ok(read_with_stilts(reply.body, header) == (header, rows), name + ": STILTS")
    wide = "SELECT " + ", ".join(f"{i} AS c{i}" for i in range(1000)) + " FROM dl3.gti"
    refused = sync(here.url, wide, FORMAT="fits")
    tap.ok(refused.status == 400 and "999" in refused.text, "1000 columns are too many for FITS",
           refused.text[:300])
    failed = sync(here.url, "SELECT event_id, 1 / (obs - obs) AS x FROM dl3.events", FORMAT="fits")
    tap.ok(failed.status == 400 and failed.is_votable_error(), "a failure is told with a status", failed.status,
           failed.text[:500])
    large = sync(here.url, "SELECT e.*, e.ra AS r, 'a text of some length to fill it' AS t "
                 "FROM dl3.events AS e",
                 FORMAT="fits", MAXREC="200000")
    with fits.open(io.BytesIO(large.body)) as file:
        count = file[1].header["NAXIS2"]
        same = numpy.array_equal(file[1].data["ra"], file[1].data["r"])
    tap.ok(count > 20000 and same, "more than the memory of the spool", count)


def test_frames(tap):
    """COOSYS and TIMESYS of the columns, also through aliases, subqueries and MIN."""
    here = stack()
    query = ("SELECT q.a, MIN(q.t) AS earliest, MIN(q.t) + 1 AS later, MAX(q.t) - MIN(q.t) AS lasted, "
             "MIN(q.t) * 2 AS doubled, COUNT(*) AS n FROM (SELECT s_ra AS a, t_min AS t FROM ivoa.obscore) "
             "AS q GROUP BY q.a")
    text = sync(here.url, query, FORMAT="votable/td").text
    tap.ok('<COOSYS ID="ICRS" system="ICRS"/>' in text and '<TIMESYS ID="MJD_TT" timescale="TT" '
           'refposition="TOPOCENTER" timeorigin="MJD-origin"/>' in text, "both systems are declared", text)
    fields = {field.get("name"): field.get("ref") for field in xml.etree.ElementTree.fromstring(text).iter(
        "{http://www.ivoa.net/xml/VOTable/v1.3}FIELD")}
    tap.equal(fields, {"a": "ICRS", "earliest": "MJD_TT", "later": "MJD_TT", "lasted": None, "doubled": None,
                       "n": None}, "who refers to them")
    other = sync(here.url, "SELECT obs_id FROM ivoa.obscore", FORMAT="votable/td").text
    tap.ok("COOSYS" not in other and "TIMESYS" not in other, "nothing is declared without need", other[:900])


def test_negotiation(tap):
    """Accept decides where there is no RESPONSEFORMAT."""
    url = stack().url + "/tap/sync?LANG=ADQL&QUERY=SELECT+TOP+1+obs_id+FROM+ivoa.obscore"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
    for accept, expected in ((browser, "text/html"), (java, "application/x-votable+xml"),
                             ("application/json", "application/json"),
                             ("text/csv", "text/csv"), ("application/fits", "application/fits")):
        reply = request(url, headers={"Accept": accept})
        tap.ok(reply.status == 200 and reply.content_type.split(";")[0] == expected
               and "accept" in reply.headers.get("vary", "").lower(), accept, reply.headers)
    over = request(url + "&RESPONSEFORMAT=csv", headers={"Accept": browser})
    tap.ok('filename="result.csv"' in over.headers.get("content-disposition", ""),
           "a browser knows how to call the file", over.headers)
    tap.ok(over.content_type.startswith("text/csv"), "RESPONSEFORMAT overrules it")
    wrong = request(url.replace("SELECT", "SELCT"), headers={"Accept": browser})
    tap.ok(wrong.status == 400 and wrong.content_type.startswith("text/html")
           and "default-src 'none'" in wrong.headers.get("content-security-policy", ""),
           "a person reads the error as a page", wrong.headers)


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
    main(test_same_values, test_fits_metadata, test_fits_of_any_shape, test_frames, test_negotiation,
         test_few_and_many_rows,
         test_failure_in_the_midst, test_gzip, test_head_and_options, needs_shared=True)
