# SPDX-License-Identifier: Apache-2.0
"""What the bench measures on, and what it measures against: a million rows, psql, pgbench."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "data"))
from harness import PG_BIN, shared_dir  # noqa: E402

ROWS = 1_000_000
ALL = "SELECT * FROM bench.events"
ONE = "SELECT TOP 1 * FROM bench.events"

# The same shape as ../shared/bench/bench_events.sql, where that is not to be had.
MAKE = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.events AS
SELECT i::bigint AS event_id, 1 + (i * 7919 % 5000)::int AS obs_id,
       ((i * 0.6180339887 % 1) * 360)::float8 AS ra,
       degrees(asin(2 * (i * 0.7548776662 % 1) - 1))::float8 AS dec,
       (10 ^ ((i * 0.5698402910 % 1) * 4 - 1))::real AS energy,
       (58000 + (i * 0.3247179572 % 1) * 3000)::float8 AS time,
       CASE WHEN i % 10 >= 3 THEN 'SRC J' || lpad((i * 31 % 1000000)::text, 6, '0') END AS source_name
FROM generate_series(1, 1000000) AS i;
"""

# A stored and indexed position, as `vogate publish` will make it.
PUBLISH = """
ALTER TABLE bench.events ADD COLUMN pos spoint;
UPDATE bench.events SET pos = spoint(radians(ra), radians(dec));
CREATE INDEX events_pos ON bench.events USING gist (pos);
VACUUM (FULL, ANALYZE) bench.events;
INSERT INTO tap_schema.schemas (schema_name) VALUES ('bench');
INSERT INTO tap_schema.tables (schema_name, table_name, table_type)
VALUES ('bench', 'bench.events', 'table');
INSERT INTO tap_schema.columns (table_name, column_name, datatype, arraysize, column_index) VALUES
    ('bench.events', 'event_id', 'long', NULL, 1), ('bench.events', 'obs_id', 'int', NULL, 2),
    ('bench.events', 'ra', 'double', NULL, 3), ('bench.events', 'dec', 'double', NULL, 4),
    ('bench.events', 'energy', 'float', NULL, 5), ('bench.events', '"time"', 'double', NULL, 6),
    ('bench.events', 'source_name', 'char', '*', 7);
INSERT INTO vogate.position VALUES ('bench.events', 'ra', 'dec', 'pos');
GRANT USAGE ON SCHEMA bench TO vogate_query;
GRANT SELECT ON bench.events TO vogate_query;
UPDATE vogate.catalog_version SET version = version + 1;
"""

COLUMNS = 'event_id, obs_id, ra, dec, energy, "time", source_name'


def cone(i):
    """About a thousand rows, elsewhere each time."""
    return (f"SELECT * FROM bench.events WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', "
            f"{i * 37.7 % 360:.3f}, {-60 + i * 13.1 % 120:.3f}, 3.62))")


def psql(here, *words):
    return subprocess.run([f"{PG_BIN}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                           *map(str, words), here.conninfo()], stdin=subprocess.DEVNULL,
                          capture_output=True, check=True, text=True).stdout


def load(here):
    script = shared_dir() and shared_dir() / "bench" / "bench_events.sql"
    if script:
        psql(here, "-f", script)
    else:
        here.psql(MAKE)
    for statement in PUBLISH.split(";\n"):
        if statement.strip():
            here.psql(statement)
    # The services look for a new catalogue each second.
    time.sleep(2.5)
    return "bench_events.sql" if script else "a table made alike"


def copy(here, how):
    """Seconds of psql's own \\copy of all rows: the floor of a download."""
    start = time.perf_counter()
    psql(here, "-c", f"\\copy (select {COLUMNS} from bench.events) to '/dev/null' (format {how})")
    return time.perf_counter() - start


def pgbench(here, sql, connections, seconds):
    """Transactions a second of the SQL that the service itself sends."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(sql.replace("\n", " ") + ";\n")
        script.flush()
        out = subprocess.run(
            [f"{PG_BIN}/pgbench", "-n", "-M", "extended", "-f", script.name, "-c", str(connections),
             "-j", "1", "-T", str(seconds), "-h", f"{here.var}/run", "-U", "vogate_query", "vogate"],
            capture_output=True, check=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+) \(without", out)[1])


def make_stars(path, rows):
    """A FITS table as catalogues have them: whole numbers, positions, magnitudes, a name."""
    import numpy
    from astropy.io import fits

    random = numpy.random.default_rng(7)
    columns = [fits.Column("id", "K", array=numpy.arange(rows)),
               fits.Column("ra", "D", unit="deg", array=random.uniform(0, 360, rows)),
               fits.Column("dec", "D", unit="deg", array=numpy.degrees(numpy.arcsin(random.uniform(-1, 1, rows)))),
               fits.Column("mag", "E", unit="mag", array=random.normal(15, 2, rows).astype("f4")),
               fits.Column("count", "J", array=random.integers(0, 1000, rows)),
               fits.Column("name", "10A", array=numpy.char.add("S", numpy.arange(rows).astype(str)))]
    fits.BinTableHDU.from_columns(columns).writeto(path, overwrite=True)


def make_dl3(folder, runs, events):
    """A release of `runs` files with `events` photons each."""
    import make_dl3

    folder.mkdir(parents=True, exist_ok=True)
    for i in range(runs):
        make_dl3.make_run(str(folder / f"run_{i + 1:03}.fits"), obs_id=i + 1, events=events)
    if os.geteuid() == 0:
        subprocess.run(["chmod", "-R", "a+rX", str(folder)], check=True)
