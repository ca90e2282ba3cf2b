#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Acceptance 3: the same photons by curl, STILTS and pyvo, through the spatial index, also under
row-level security."""
import csv
import io
import os
import tempfile

from clients import curl, stilts, sync
from harness import main, stack

QUERY = ("SELECT TOP 10 event_id, ra, dec, energy FROM dl3.events "
         "WHERE 1=CONTAINS(POINT(ra,dec), CIRCLE(83.633,22.014,0.2)) AND energy > 1 "
         "ORDER BY energy DESC")
CONE = ("SELECT event_id FROM dl3.events "
        "WHERE 1=CONTAINS(POINT(ra,dec), CIRCLE(83.633,22.014,0.01))")


def as_numbers(rows):
    return [(int(row[0]), *(float(value) for value in row[1:])) for row in rows]


def test_same_rows(tap):
    """The acceptance query by curl, STILTS tapquery and pyvo."""
    here = stack()
    import pyvo

    status, out = curl(here.url + "/tap/sync", "-d", "LANG=ADQL", "-d", "FORMAT=csv",
                       "--data-urlencode", "QUERY=" + QUERY)
    by_curl = as_numbers(list(csv.reader(io.StringIO(out.decode(), newline="")))[1:])
    tap.ok(status == 0 and len(by_curl) == 10, "curl gets ten rows", out.decode()[:300])
    tap.ok([row[3] for row in by_curl] == sorted((row[3] for row in by_curl), reverse=True)
           and all(row[3] > 1 for row in by_curl), "ordered by energy, all above 1 TeV")

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.csv")
        status, out, err = stilts("tapquery", "tapurl=" + here.url + "/tap", "sync=true",
                                  "adql=" + QUERY, "out=" + path, "ofmt=csv")
        rows = list(csv.reader(open(path, newline="")))[1:] if status == 0 else []
    tap.ok(status == 0 and as_numbers(rows) == by_curl, "stilts tapquery gets the same", err)

    table = pyvo.dal.TAPService(here.url + "/tap").search(QUERY).to_table()
    by_pyvo = [(int(row["event_id"]), float(row["ra"]), float(row["dec"]), float(row["energy"]))
               for row in table]
    tap.ok(by_pyvo == by_curl, "pyvo gets the same", f"{by_pyvo[:2]} {by_curl[:2]}")
    tap.ok(str(table["ra"].unit) == "deg" and str(table["energy"].unit) == "TeV",
           "units reach the client")


def test_index(tap):
    """EXPLAIN of the emitted SQL, with and without a trial policy."""
    here = stack()
    here.psql("ANALYZE dl3.events")
    sql = here.emitted_sql(CONE)
    plan = explain(here, sql)
    tap.ok(uses_index(plan), "the cone uses the spatial index", plan)
    rows = sync(here.url, CONE, FORMAT="csv").rows()
    try:
        here.psql("ALTER TABLE dl3.events ENABLE ROW LEVEL SECURITY")
        here.psql("CREATE POLICY trial ON dl3.events FOR SELECT USING (obs > 0)")
        plan = explain(here, sql)
        tap.ok(uses_index(plan), "it does under row-level security", plan)
        tap.ok("obs > 0" in plan, "the policy was in force", plan)
        tap.ok(len(rows) > 1 and sorted(sync(here.url, CONE, FORMAT="csv").rows()) == sorted(rows),
               "the policy lets the same rows through")
    finally:
        here.psql("DROP POLICY IF EXISTS trial ON dl3.events")
        here.psql("ALTER TABLE dl3.events DISABLE ROW LEVEL SECURITY")


def explain(here, sql):
    """The plan for the role that asks."""
    return "\n".join(row[0] for row in here.psql("EXPLAIN " + sql, role="query"))


def uses_index(plan):
    return "Index Cond: (pos <@" in plan and "Seq Scan" not in plan


if __name__ == "__main__":
    main(test_same_rows, test_index, needs_shared=True)
