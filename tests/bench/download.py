#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Downloads of a million rows through Apache, each beside psql's own COPY of the same rows.

usage: tests/bench/download.py [--runs N]

Starts a stack of its own with ./quickstart, loads bench.events (../shared/bench/bench_events.sql
where it is, else the same shape made here), and prints medians with their ratio to a floor that
alternates with them in the same run. It judges nothing.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
from harness import Stack, shared_dir  # noqa: E402

ROWS = 1_000_000
QUERY = "SELECT * FROM bench.events"
FORMATS = {"votable": "binary", "votable/td": "csv", "csv": "csv"}

MAKE = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.events AS
SELECT i::bigint AS event_id, 1 + (i * 7919 % 5000)::int AS obs_id,
       (i * 0.6180339887 % 1) * 360 AS ra, degrees(asin(2 * (i * 0.7548776662 % 1) - 1)) AS dec,
       (10 ^ ((i * 0.5698402910 % 1) * 4 - 1))::real AS energy,
       (58000 + (i * 0.3247179572 % 1) * 3000)::float8 AS time,
       CASE WHEN i % 10 >= 3 THEN 'SRC J' || lpad((i * 31 % 1000000)::text, 6, '0') END AS source_name
FROM generate_series(1, 1000000) AS i;
ALTER TABLE bench.events ALTER ra TYPE float8, ALTER dec TYPE float8;
"""

PUBLISH = """
INSERT INTO tap_schema.schemas (schema_name) VALUES ('bench');
INSERT INTO tap_schema.tables (schema_name, table_name, table_type)
VALUES ('bench', 'bench.events', 'table');
INSERT INTO tap_schema.columns (table_name, column_name, datatype, arraysize, column_index) VALUES
    ('bench.events', 'event_id', 'long', NULL, 1), ('bench.events', 'obs_id', 'int', NULL, 2),
    ('bench.events', 'ra', 'double', NULL, 3), ('bench.events', 'dec', 'double', NULL, 4),
    ('bench.events', 'energy', 'float', NULL, 5), ('bench.events', '"time"', 'double', NULL, 6),
    ('bench.events', 'source_name', 'char', '*', 7);
GRANT USAGE ON SCHEMA bench TO vogate_query;
GRANT SELECT ON bench.events TO vogate_query;
UPDATE vogate.catalog_version SET version = version + 1;
"""


def load(here):
    shared = shared_dir()
    script = shared / "bench" / "bench_events.sql" if shared else None
    made = pathlib.Path(here.folder, "make.sql")
    made.write_text(MAKE)
    for path in (script or made, None):
        words = ["psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", here.conninfo()]
        words += ["-f", str(path)] if path else ["-c", PUBLISH]
        subprocess.run(words, stdin=subprocess.DEVNULL, check=True)
    time.sleep(2.5)


def floor(here, how):
    copy = f"\\copy (select * from bench.events) to '/dev/null' (format {how})"
    start = time.perf_counter()
    subprocess.run(["psql", "-X", "-q", here.conninfo(), "-c", copy], check=True,
                   stdin=subprocess.DEVNULL)
    return time.perf_counter() - start


def download(here, name, sink="/dev/null"):
    """(seconds to the first byte, seconds in all, bytes)"""
    done = subprocess.run(
        ["curl", "-sS", "-f", "-o", sink, "-w", "%{time_starttransfer} %{time_total} %{size_download}",
         here.url + "/tap/sync", "-d", "LANG=ADQL", "-d", f"MAXREC={2 * ROWS}", "-d",
         "FORMAT=" + name, "--data-urlencode", "QUERY=" + QUERY],
        capture_output=True, check=True, text=True)
    first, total, size = done.stdout.split()
    return float(first), float(total), int(size)


def count_rows(here, name):
    """Reads the answer back, once for each format."""
    path = pathlib.Path(here.folder, "answer")
    download(here, name, str(path))
    if name == "csv":
        with open(path, newline="") as lines:
            return sum(1 for _ in lines) - 1
    table = subprocess.run(["stilts", "tpipe", "ifmt=votable", f"in={path}", "omode=count"],
                           capture_output=True, check=True, text=True).stdout
    return int(re.search(r"rows: ([\d,]+)", table).group(1).replace(",", ""))


def peak_memory(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    with Stack() as here:
        load(here)
        for name, how in FORMATS.items():
            rows = count_rows(here, name)
            floors, firsts, totals = [], [], []
            for _ in range(runs):
                floors.append(floor(here, how))
                first, total, size = download(here, name)
                firsts.append(first)
                totals.append(total)
            ratio = statistics.median(a / b for a, b in zip(floors, totals))
            print(f"{name:11} {statistics.median(totals):6.3f} s  {size / 1e6:6.1f} MB  {rows} rows  "
                  f"first byte {statistics.median(firsts) * 1000:5.1f} ms  rate {ratio:.2f} of "
                  f"psql \\copy {how} ({statistics.median(floors):.3f} s)", flush=True)
        pid = here.pid_of("tap-sync.fcgi")
        # As many slots as downloads: the default, two for each core, would answer some with 503.
        here.config.write_text(here.config.read_text() + "query_slots = 8\n")
        os.kill(pid, signal.SIGHUP)
        time.sleep(0.5)
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: download(here, "votable"), range(8)))
        print(f"8 parallel votable downloads {time.perf_counter() - start:.2f} s, peak resident memory "
              f"of tap-sync {peak_memory(pid):.1f} MiB")


if __name__ == "__main__":
    main()
