#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A site's own tables: vogate publish, unpublish and load, and queries that run meanwhile."""
import contextlib
import os
import random
import tempfile
import threading
import time

from clients import request, stilts, sync
from harness import LONG, main, stack, wait_until
from upload_tables import differences, read_votable, write_votable

OWNER = "vogate_owner"


@contextlib.contextmanager
def schema(here, name, *statements):
    """A schema that its own role made, with what the statements make in it."""
    here.psql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
    here.psql(f"CREATE SCHEMA {name} AUTHORIZATION {OWNER}")
    try:
        for statement in statements:
            here.psql(statement, role="owner")
        yield
    finally:
        here.psql(f"DROP SCHEMA IF EXISTS {name} CASCADE; "
                  f"DELETE FROM tap_schema.schemas WHERE schema_name = '{name}'; "
                  f"DELETE FROM vogate.site_table WHERE schema_name = '{name}'; "
                  f"DELETE FROM vogate.site_column WHERE schema_name = '{name}'; "
                  "UPDATE vogate.catalog_version SET version = version + 1")


def seen(here, name, status=200):
    return wait_until(lambda: request(f"{here.url}/tap/tables/{name}").status == status, 2.5)


def rows_of(here, query, **more):
    reply = sync(here.url, query, FORMAT="csv", **more)
    return reply.rows()[1:] if reply.status == 200 else reply.text[:400]


def test_publish(tap):
    """Types, comments, notes, keys, rights."""
    here = stack()
    with schema(here, "sky",
                "CREATE TABLE sky.fields (id int PRIMARY KEY, title varchar(20) NOT NULL)",
                "CREATE TABLE sky.stars (id bigint PRIMARY KEY, field int REFERENCES sky.fields, ra float8, "
                "dec float8, mag numeric(9,3), name varchar(30), code char(4), seen timestamptz, night date, "
                "flags bool[], secret text, odd uuid, \"Weird Name\" int, \"Upper\" float4)",
                "COMMENT ON SCHEMA sky IS 'The sky of this site'",
                "COMMENT ON TABLE sky.stars IS 'Stars & more'",
                "COMMENT ON COLUMN sky.stars.mag IS 'Brightness <V>'",
                "INSERT INTO sky.fields VALUES (1, 'north'), (2, 'south')",
                "INSERT INTO sky.stars SELECT i, 1 + i % 2, i % 360, i % 180 - 90, i / 8.0, 'star ' || i, 'ab', "
                "'2026-01-01 12:00:00+02', '2026-01-02', '{t,f,null}', 'x', gen_random_uuid(), i, i / 2.0 "
                "FROM generate_series(1, 20000) i",
                "CREATE VIEW sky.bright AS SELECT * FROM sky.stars WHERE mag < 10"):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as notes:
            notes.write("# notes\ndescription = Stars of the plate\n[ra]\nunit = deg\nucd = pos.eq.ra;meta.main\n"
                        "frame = ICRS\n[DEC]\nunit=deg\nucd = pos.eq.dec;meta.main\n[mag]\nunit = mag\n"
                        "ucd = phot.mag;em.opt.V\nprincipal = yes\n[secret]\npublish = no\n")
            notes.flush()
            dry = here.vogate("publish", "--dry-run", "--metadata", notes.name, "sky.stars")
            tap.ok(dry.returncode == 0 and "proposed: a stored position" in dry.stdout
                   and "nothing was changed" in dry.stdout and "uuid has no form" in dry.stdout,
                   "a dry run says what it would do", dry.stdout)
            tap.ok(request(here.url + "/tap/tables/sky.stars").status == 404, "and does nothing")
            done = here.vogate("publish", "--metadata", notes.name, "sky.stars")
            tap.ok(done.returncode == 0 and "not made: say --yes" in done.stdout, "published", done.stdout)
        tap.ok(seen(here, "sky.stars"), "the services know it within two seconds")
        text = request(here.url + "/tap/tables/sky.stars").text
        for part in ("Stars of the plate", "Brightness &lt;V&gt;", "<unit>mag</unit>", "pos.eq.ra;meta.main",
                     'extendedType="timestamp"', "principal", "&quot;Weird Name&quot;", "&quot;Upper&quot;"):
            tap.ok(part in text or part.replace("&quot;", '"') in text, f"/tap/tables has {part}", text[:3000])
        tap.ok("secret" not in text and "odd" not in text, "what is not published is not there")
        tap.ok("The sky of this site" in request(here.url + "/tap/tables").text, "nor is the schema nameless")
        rows = rows_of(here, 'SELECT id, mag, name, code, seen, night, flags, "Weird Name", "Upper", ra '
                             "FROM sky.stars WHERE id = 12")
        tap.equal(rows, [["12", "1.5", "star 12", "ab", "2026-01-01T10:00:00", "2026-01-02T00:00:00", "T F ?",
                          "12", "6", "12"]], "each type as it is")
        reply = sync(here.url, "SELECT secret FROM sky.stars")
        tap.ok(reply.status == 400 and "secret" in reply.text, "a hidden column is unknown")
        refused = here.psql_fails("SELECT secret FROM sky.stars", "query")
        tap.ok("permission denied" in refused, "and the query role may not read it", refused)
        tap.equal(rows_of(here, "SELECT COUNT(*) FROM sky.stars"), [["20000"]], "but may count rows")

        done = here.vogate("publish", "--yes", "sky.stars")
        tap.ok(done.returncode == 0 and "POINT(ra, dec) is stored in vogate_pos" in done.stdout,
               "a stored position on consent", done.stdout)
        tap.ok("Stars of the plate" in request(here.url + "/tap/tables/sky.stars").text,
               "what was told before is kept")
        cone = "SELECT id FROM sky.stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(100, 10, 0.5))"
        wait_until(lambda: "vogate_pos" in here.emitted_sql(cone), 3)
        here.psql("ANALYZE sky.stars")
        plan = "\n".join(row[0] for row in here.psql("EXPLAIN " + here.emitted_sql(cone), role="query"))
        tap.ok("vogate_pos" in plan and "Index" in plan, "a cone uses its index", plan)
        again = here.vogate("publish", "--yes", "sky.stars")
        tap.ok(again.returncode == 0 and "proposed" not in again.stdout, "nothing is proposed twice",
               again.stdout)
        here.psql("SET search_path = pg_catalog; INSERT INTO sky.stars (id, ra, dec) VALUES (-1, 100, 10)")
        tap.ok(["-1"] in rows_of(here, cone), "rows that come later are found, whoever wrote them")

        done = here.vogate("publish", "sky.fields")
        done = here.vogate("publish", "sky.fields")
        tap.ok(seen(here, "sky.fields"), "a second table, twice", done.stdout)
        keys = rows_of(here, "SELECT from_table, target_table, from_column, target_column FROM tap_schema.keys "
                             "NATURAL JOIN tap_schema.key_columns WHERE from_table = 'sky.stars'")
        tap.equal(keys, [["sky.stars", "sky.fields", "field", "id"]], "foreign keys are keys")
        joined = rows_of(here, "SELECT f.title, COUNT(*) AS n FROM sky.stars AS s JOIN sky.fields AS f "
                               "ON s.field = f.id GROUP BY f.title ORDER BY f.title")
        tap.equal(joined, [["north", "10000"], ["south", "10000"]], "and join")
        done = here.vogate("publish", "sky.bright")
        tap.ok(done.returncode == 0 and seen(here, "sky.bright") and "sky.bright (view)" in done.stdout,
               "a view", done.stdout)
        tap.ok(rows_of(here, "SELECT COUNT(*) FROM sky.bright") == [["79"]], "can be queried",
               rows_of(here, "SELECT COUNT(*) FROM sky.bright"))

        begin = time.monotonic()
        done = here.vogate("unpublish", "sky.stars")
        tap.ok(done.returncode == 0 and seen(here, "sky.stars", 404), "unpublished", done.stdout,
               time.monotonic() - begin)
        reply = sync(here.url, "SELECT id FROM sky.stars")
        tap.ok(reply.status == 400 and "not found" in reply.text, "and unknown", reply.text[:300])
        tap.ok("permission denied" in here.psql_fails("SELECT id FROM sky.stars", "query"),
               "and not readable")
        tap.ok(rows_of(here, "SELECT COUNT(*) FROM sky.bright") == [["79"]], "the view stays")
        done = here.vogate("unpublish", "sky.stars")
        tap.ok(done.returncode == 2 and "is not published" in done.stdout, "twice is told", done.stdout)


def test_refusals(tap):
    here = stack()
    with schema(here, "sky", "CREATE TABLE sky.t (ra float8, dec float8, u uuid)"), \
            tempfile.TemporaryDirectory() as folder:
        here.psql("CREATE TABLE sky.others (a int)")
        for words, part in ((["sky.none"], "no table or view"), (["t"], "with its schema"),
                            (["sky.t.x"], "no name of a table"), (["dl3.events"], "not a site's"),
                            (["pg_catalog.pg_class"], "not a site's"), ([], "wants SCHEMA.TABLE"),
                            (["--what", "sky.t"], "no option --what"),
                            (["--position", "ra", "sky.t"], "two columns"),
                            (["--position", "ra,decl", "sky.t"], 'no column "decl"'),
                            (["sky.others"], "WITH GRANT OPTION")):
            done = here.vogate("publish", *words)
            tap.ok(done.returncode == 2 and part in done.stdout, f"publish {' '.join(words)}: {part}",
                   done.stdout)
        for text, part in (("[ra]\nunit = parsecs per fortnight\n", ":2: \"parsecs per fortnight\" is no unit"),
                           ("[ra]\nucd = pos.eq.rra\n", ":2: \"pos.eq.rra\" is no word of UCD1+; did you mean "
                            "pos.eq.ra?"),
                           ("[ra]\nucd = meta.main\n", "may not be the first"),
                           ("[ra]\nucd = pos.eq.ra;phot.mag;meta.main;arith.factor\n", "first word of a UCD only"),
                           ("[raa]\nunit = deg\n", ":1: the table has no column \"raa\"; did you mean ra?"),
                           ("[ra]\ncolour = red\n", ":2: of a column there are"),
                           ("[ra]\nframe = B1950\n", "is none of"), ("unit = deg\n", "belongs below a [column]"),
                           ("[ra]\npublish = maybe\n", "yes or no"), ("nonsense\n", ":1: neither"),
                           ("<VOTABLE/>", "has no TABLE")):
            path = os.path.join(folder, "notes")
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            done = here.vogate("publish", "--metadata", path, "sky.t")
            tap.ok(done.returncode == 2 and part in done.stdout and path in done.stdout, f"notes: {part}",
                   done.stdout)
        tap.ok(request(here.url + "/tap/tables/sky.t").status == 404, "nothing was published")
        votable = os.path.join(folder, "notes.vot")
        with open(votable, "w", encoding="utf-8") as out:
            out.write("<VOTABLE><RESOURCE><TABLE><DESCRIPTION>From a VOTable</DESCRIPTION>"
                      "<FIELD name='RA' datatype='double' unit='deg' ucd='POS_EQ_RA_MAIN'/>"
                      "<FIELD name='gone' datatype='int'/></TABLE></RESOURCE></VOTABLE>")
        done = here.vogate("publish", "--metadata", votable, "sky.t")
        tap.ok(done.returncode == 0 and "POS_EQ_RA_MAIN" in done.stdout and "gone" in done.stdout
               and "RA  double  deg" in done.stdout, "a VOTable's faults are notes", done.stdout)


def test_load(tap):
    """Files to tables and back."""
    here = stack()
    rows = 2000
    with schema(here, "sky"), tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "all.vot")
        write_votable(path, rows)
        done = here.vogate("load", "--publish", "--yes", path, "sky.everything")
        tap.ok(done.returncode == 0 and f"{rows} rows" in done.stdout and seen(here, "sky.everything"),
               "a VOTable of every type is loaded", done.stdout)
        reply = sync(here.url, "SELECT * FROM sky.everything ORDER BY id", FORMAT="votable/td",
                     MAXREC=str(rows))
        wanted = read_votable(path)
        if tap.ok(reply.status == 200, "and queried", reply.text[:500]):
            import io
            found = read_votable(io.BytesIO(reply.body))
            # Names that PostgreSQL or this program cannot have twice are others; utypes stay.
            wanted = ([("", *field[1:]) for field in wanted[0]], wanted[1])
            names = [field[0] for field in found[0]]
            found = ([("", *field[1:]) for field in found[0]], found[1])
            told = differences(wanted, found)
            tap.ok(not told, "all of it comes back", *told)
            tap.ok("dup" in names and "dup_2" in names, "names are told apart", names)
        near = rows_of(here, "SELECT COUNT(*) FROM sky.everything WHERE 1 = CONTAINS(\"point\", CIRCLE(10, -80, 5))")
        tap.ok(isinstance(near, list) and int(near[0][0]) > 0, "its points are geometry", near)
        done = here.vogate("load", path, "sky.everything")
        tap.ok(done.returncode == 2 and "is there already" in done.stdout, "not over another", done.stdout)

        fits = os.path.join(folder, "cat.fits")
        status, _, err = stilts("tpipe", "in=:loop:5000", "cmd=addcol -units deg -ucd pos.eq.ra RA i*0.01",
                                "cmd=addcol -units deg -ucd pos.eq.dec DEC i*0.01-25",
                                'cmd=addcol "Name (alt)" "(\\"s\\"+i)"', "out=" + fits, "ofmt=fits")
        done = here.vogate("load", "--replace", fits, "sky.cat")
        tap.ok(done.returncode == 0 and "5000 rows" in done.stdout, "a FITS table", err, done.stdout)
        done = here.vogate("publish", "--yes", "sky.cat")
        tap.ok(done.returncode == 0 and seen(here, "sky.cat") and "pos.eq.ra" in done.stdout
               and "POINT(ra, dec)" in done.stdout, "is published with its metadata", done.stdout)
        tap.equal(rows_of(here, 'SELECT "Name (alt)" FROM sky.cat WHERE DISTANCE(POINT(RA, DEC), POINT(1, -24)) < 0.005'),
                  [["s100"]], "and found by position")
        csv = os.path.join(folder, "cat.csv")
        with open(csv, "w", encoding="utf-8") as out:
            out.write("ra,dec,name\n1.5,2.5,x\n,,\n")
        done = here.vogate("load", "--replace", csv, "sky.cat")
        tap.ok(done.returncode == 0 and wait_until(
            lambda: rows_of(here, "SELECT ra, name FROM sky.cat ORDER BY ra") == [["1.5", "x"], ["", ""]], 4),
            "CSV in its place, published as it was", done.stdout,
            rows_of(here, "SELECT ra, name FROM sky.cat ORDER BY ra"))
        bad = os.path.join(folder, "bad.csv")
        with open(bad, "w", encoding="utf-8") as out:
            out.write("a,b\n1,2\n3\n")
        for file, part in ((bad, "Line 3"), (os.path.join(folder, "none"), "No such file"), (folder, "not a file")):
            done = here.vogate("load", file, "sky.bad")
            tap.ok(done.returncode == 2 and part in done.stdout, f"refused: {part}", done.stdout)
        left = here.psql("SELECT count(*) FROM pg_class WHERE relname LIKE 'vogate_load%' OR relname = 'bad'")
        tap.equal(left, [["0"]], "and nothing is left of it")


def test_while_queried(tap):
    """Publish and unpublish in a loop under eight clients: right answers, or an unknown table."""
    here = stack()
    answers = {"ok": 0, "unknown": 0}
    wrong = []
    end = time.monotonic() + (60 if LONG else 15)
    with schema(here, "sky", "CREATE TABLE sky.t (id int, ra float8, dec float8)",
                "INSERT INTO sky.t SELECT i, i % 360, 0 FROM generate_series(1, 3000) i"):
        queries = [("SELECT COUNT(*) FROM sky.t", [["3000"]]),
                   ("SELECT id FROM sky.t WHERE id < 3 ORDER BY id", [["1"], ["2"]]),
                   ("SELECT COUNT(*) FROM sky.t WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10, 0, 0.5))", [["9"]]),
                   ("SELECT COUNT(*) FROM (SELECT TOP 2000 * FROM sky.t) AS x", [["2000"]])]

        def client(number):
            pick = random.Random(number)
            while time.monotonic() < end:
                query, expected = pick.choice(queries)
                reply = sync(here.url, query, FORMAT="csv")
                if reply.status == 200 and reply.rows()[1:] == expected:
                    answers["ok"] += 1
                elif reply.status == 400 and ("not found" in reply.text or "not published any more" in reply.text):
                    answers["unknown"] += 1
                else:
                    wrong.append((query, reply.status, reply.text[:300]))

        clients = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        for one in clients:
            one.start()
        rounds = 0
        while time.monotonic() < end:
            done = here.vogate("publish", "--yes" if rounds % 2 else "--no-position", "sky.t")
            if done.returncode != 0:
                wrong.append(("publish", done.stdout))
            time.sleep(1.5)
            done = here.vogate("unpublish", "sky.t")
            if done.returncode != 0:
                wrong.append(("unpublish", done.stdout))
            rounds += 1
        for one in clients:
            one.join()
    tap.ok(not wrong, f"{rounds} rounds: nothing but right answers and unknown tables", *wrong[:5])
    tap.ok(answers["ok"] > 50 and answers["unknown"] > 50, "both were seen", answers)


if __name__ == "__main__":
    main(test_publish, test_refusals, test_load, test_while_queried)
