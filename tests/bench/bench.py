#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the whole chain, each figure beside a floor that is measured in turn with it.

usage: make bench [BENCH='--runs 5 --only downloads,latency']

Starts a stack of its own with ./quickstart, loads a million rows, puts Apache and nginx before the
same database, and prints medians with their ratio to the floor: psql's own \\copy for downloads and
ingest, pgbench of the same SQL for small queries. It judges nothing. Needs wrk for requests a
second. Ratios count, not seconds: the floor has the same machine and the same noise.
"""
import argparse
import concurrent.futures
import csv
import functools
import http.client
import io
import json
import multiprocessing
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import corpus  # noqa: E402
import job_times  # noqa: E402
from corpus import ALL, COLUMNS, ONE, ROWS  # noqa: E402
from clients import StalledReader, request  # noqa: E402
from harness import ROOT, Stack, run, shared_dir  # noqa: E402
from star_tables import star_tables  # noqa: E402
from test_crossmatch import BY_ROW, CONDITIONS, SELECT  # noqa: E402
from web import Front  # noqa: E402

# Each format and the psql format that is its floor.
FORMATS = {"votable": "binary", "votable/b": "binary", "fits": "binary", "votable/td": "csv",
           "csv": "csv", "tsv": "csv", "json": "csv", "html": "csv", "text": "csv"}
results = {}


def report(name, words, **figures):
    results[name] = figures
    print(f"{name:30} {words}", flush=True)


def median(values):
    return statistics.median(values)


def in_turn(runs, *functions):
    """Each function once a round, so that all meet the same noise; a list for each."""
    rounds = [[function() for function in functions] for _ in range(runs)]
    return [list(column) for column in zip(*rounds)]


def parameters(query, **more):
    return urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query, **more})


def tap_pid(here):
    """Of the tap-sync.fcgi behind a front."""
    home = str(here.home)
    for proc in pathlib.Path("/proc").iterdir():
        try:
            words = (proc / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[0].endswith("/tap-sync.fcgi") and any(w.startswith(home + "/") for w in words[1:]):
            return int(proc.name)
    raise RuntimeError(f"no tap-sync.fcgi of {home}")


def peak_of(pid, work):
    """Peak resident memory in MiB while work() runs."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    work()
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) / 1024


# Downloads -----------------------------------------------------------------------------------------

def download(here, name, sink="/dev/null", query=ALL, maxrec=2 * ROWS):
    """(seconds in all, seconds to the first byte, bytes)"""
    out = subprocess.run(
        ["curl", "-sS", "-f", "-o", str(sink), "-w",
         "%{time_total} %{time_starttransfer} %{size_download}", here.url + "/tap/sync", "-d",
         parameters(query, RESPONSEFORMAT=name, MAXREC=maxrec)],
        stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True).stdout.split()
    return float(out[0]), float(out[1]), int(out[2])


def read_sums(path, name):
    """Rows, nulls of source_name, sums of event_id and obs_id, sum of ra: of a downloaded answer."""
    if name in ("csv", "tsv"):
        with open(path, newline="", encoding="utf-8") as lines:
            rows = csv.reader(lines, delimiter="," if name == "csv" else "\t")
            next(rows)
            return sums(((int(r[0]), int(r[1]), float(r[2]), r[6]) for r in rows))
    if name == "json":
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        return sums((r[0], r[1], r[2], r[6] or "") for r in data)
    if name == "text":
        with open(path, encoding="utf-8") as lines:
            body = [line.split() for line in lines][2:-2]
        return sums((int(r[0]), int(r[1]), float(r[2]), r[6] if len(r) > 6 else "") for r in body)
    if name == "html":
        cell = re.compile(r"<td[^>]*>(.*?)</td>")
        with open(path, encoding="utf-8") as lines:
            body = [cell.findall(line) for line in lines if line.startswith("<tr><td>")]
        return sums((int(r[0]), int(r[1]), float(r[2]), r[6]) for r in body)
    text = subprocess.run(["stilts", "tpipe", f"in={path}", "ofmt=csv",
                           "ifmt=" + ("fits" if name == "fits" else "votable")],
                          capture_output=True, check=True).stdout.decode()
    rows = csv.reader(io.StringIO(text))
    next(rows)
    return sums((int(r[0]), int(r[1]), float(r[2]), r[6]) for r in rows)


def sums(rows):
    count = nulls = ids = runs = 0
    ra = 0.0
    for event_id, obs_id, alpha, source in rows:
        count += 1
        nulls += not source
        ids += event_id
        runs += obs_id
        ra += alpha
    return count, nulls, ids, runs, round(ra, 1)


def downloads(fronts, options):
    here = fronts["apache"]
    found = here.psql("SELECT count(*), count(*) - count(source_name), sum(event_id), sum(obs_id), "
                      "round(sum(ra)::numeric, 1) FROM bench.events")[0]
    truth = (*map(int, found[:4]), float(found[4]))
    path = pathlib.Path(here.folder, "answer")
    for name, how in FORMATS.items():
        download(here, name, path)
        read = read_sums(path, name)
        same = read[:4] == truth[:4] and abs(read[4] - truth[4]) < 1
        path.unlink()
        floors, *times = in_turn(options.runs, lambda: corpus.copy(here, how),
                                 *[lambda front=front: download(front, name)
                                   for front in fronts.values()])
        for front, taken in zip(fronts, times):
            ratio = median(f / t[0] for f, t in zip(floors, taken))
            report(f"download {name} {front}",
                   f"{median(t[0] for t in taken):6.3f} s {taken[0][2] / 1e6:6.1f} MB  first byte "
                   f"{median(t[1] for t in taken) * 1e3:5.1f} ms  rate {ratio:.2f} of \\copy {how} "
                   f"({median(floors):.3f} s)  {'read back: same' if same else f'READ BACK: {read}'}",
                   seconds=median(t[0] for t in taken), ratio=ratio, floor=median(floors), same=same,
                   first_byte=median(t[1] for t in taken))


# Small queries -------------------------------------------------------------------------------------

def latencies(here, queries, count, fresh):
    """Milliseconds of each of `count` requests."""
    url = urllib.parse.urlsplit(here.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    taken = []
    for i in range(count):
        target = f"{url.path}/tap/sync?" + parameters(queries[i % len(queries)])
        if fresh:
            connection.close()
        start = time.perf_counter()
        connection.request("GET", target)
        answer = connection.getresponse()
        body = answer.read()
        taken.append((time.perf_counter() - start) * 1e3)
        if answer.status != 200:
            raise RuntimeError(body[:500])
    connection.close()
    return sorted(taken)


def latency(fronts, options):
    here = fronts["apache"]
    one = here.emitted_sql(ONE)
    kinds = {"TOP 1": [ONE], "cone of 1000": [corpus.cone(i) for i in range(40)]}
    for front, there in fronts.items():
        for kind, queries in kinds.items():
            for fresh in (False, True):
                latencies(there, queries, 20, fresh)
                floors, taken = in_turn(
                    options.runs, lambda: 1e3 / corpus.pgbench(here, one, 1, 1),
                    lambda: latencies(there, queries, 200, fresh))
                middle = median(median(t) for t in taken)
                late = median(t[int(0.95 * len(t))] for t in taken)
                words = f"{middle:6.2f} ms, 95 % within {late:6.2f} ms"
                if kind == "TOP 1":
                    words += f"  {middle / median(floors):.1f} of pgbench ({median(floors):.2f} ms)"
                report(f"{kind}, {'fresh' if fresh else 'kept'} {front}", words, ms=middle, p95=late,
                       floor_ms=median(floors))


def throughput(fronts, options):
    if not shutil.which("wrk"):
        report("requests a second", "not measured: wrk is not installed")
        return
    here = fronts["apache"]
    sql = here.emitted_sql(ONE)
    for front, there in fronts.items():
        url = f"{there.url}/tap/sync?" + parameters(ONE)
        for connections in (1, 8, 32):
            def wrk():
                out = subprocess.run(["wrk", "-t", "1", "-c", str(connections), "-d", "3s", "--timeout",
                                      "30s", url], capture_output=True, check=True, text=True).stdout
                bad = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
                return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), bad and bad[0]
            floors, taken = in_turn(options.runs, lambda: corpus.pgbench(here, sql, connections, 3), wrk)
            rate = median(t[0] for t in taken)
            bad = [t[1] for t in taken if t[1]]
            report(f"{connections} connections {front}",
                   f"{rate:6.0f} requests/s  {rate / median(floors):.2f} of pgbench "
                   f"({median(floors):.0f}/s) {bad or ''}", rate=rate, floor=median(floors), bad=bad)


# Memory --------------------------------------------------------------------------------------------

def memory(fronts, _options):
    for front, there in fronts.items():
        pid = tap_pid(there)
        for kind, query in (("downloads", ALL), ("sorted queries", ALL + " ORDER BY energy, event_id")):
            for name in ("votable", "fits"):
                def work():
                    with concurrent.futures.ThreadPoolExecutor(8) as pool:
                        list(pool.map(lambda _: download(there, name, query=query), range(8)))
                peak = peak_of(pid, work)
                report(f"8 {kind}, {name}, {front}", f"{peak:5.1f} MiB resident at most", mib=peak)


# Without a web server ------------------------------------------------------------------------------

def obscore_queries(path):
    """The IVOA's queries of ObsCore, with functions that only ESO has replaced by some of ours."""
    with tempfile.NamedTemporaryFile("w", suffix=".queries", delete=False) as out:
        for text in ElementTree.parse(path).getroot().findall("query/adql"):
            query = "".join(text.itertext())
            query = re.sub(r"(?i)eso_intersection\(\s*(\S+?)\s*,\s*\S+?\s*\)", r"AREA(\1)", query)
            query = re.sub(r"(?i)eso_dateadd_sec\([^,]*,([^)]*)\)", r"\1", query)
            out.write(re.sub(r"(?i)distance\(s_region", "DISTANCE(CENTROID(s_region)", query) + "\0")
    return pathlib.Path(out.name)


def translation(_fronts, options):
    program = options.build / "tests/bench/translate"
    if not program.exists():
        report("ADQL to SQL", "not measured: make tests/bench/translate")
        return
    files = sorted((ROOT / "tests/adql/cases").glob("*.txt"))
    suite = shared_dir() and shared_dir() / "data/adql-suite/X1_obscore_eso.xml"
    obscore = obscore_queries(suite) if suite and suite.exists() else None
    try:
        for name, inputs in (("the IVOA's of ObsCore", [obscore]), ("our cases", files),
                             ("both", [obscore, *files])):
            if None in inputs:
                report(f"ADQL to SQL, {name}", "not measured: ../shared is not here")
                continue
            runs = [dict(line.split() for line in run(program, 1, *inputs).stdout.splitlines())
                    for _ in range(options.runs)]
            for kind, words in (("full", "ADQL to SQL, 300 tables"), ("parse", "ADQL parsed only")):
                rate = median(int(one[kind]) for one in runs)
                report(f"{words}, {name} ({runs[0]['queries']} queries)",
                       f"{rate:8.0f} queries/s on one core", rate=rate)
    finally:
        if obscore:
            obscore.unlink()


def crossmatch(fronts, options):
    here = fronts["apache"]
    few, many = 10_000, 1_000_000
    with star_tables(here, few, many) as sky:
        radius = repr(sky.radius)
        floor = ("SELECT d.id, s.id FROM field.detections d JOIN field.stars s "
                 f"ON s.pos <@ scircle(d.pos, radians({radius}))")
        queries = [SELECT + f"FROM field.{table} AS f JOIN field.stars AS s ON " + condition.format(r=radius)
                   for table in ("detections", "loose") for condition in (CONDITIONS[0], CONDITIONS[4])]
        queries.append(SELECT + "FROM field.detections AS f JOIN field.stars AS s ON " + BY_ROW[0])

        def seconds(sql):
            start = time.perf_counter()
            corpus.psql(here, "-c", f"\\copy ({sql}) to '/dev/null'")
            return time.perf_counter() - start
        # Comments stand before what `vogate adql` prints.
        texts = [re.sub(r"(?m)^--.*\n", "", here.vogate("adql", input=query, stdin=None).stdout)
                 .strip().rstrip(";") for query in queries]
        floors, *taken = in_turn(options.runs, *(functools.partial(seconds, sql) for sql in (floor, *texts)))
    for query, times in zip(queries, taken):
        report("crossmatch", f"{median(times):6.3f} s  {median(floors) / median(times):.2f} of pgSphere by "
               f"hand ({median(floors):.3f} s): {few} x {many} {query.partition(' FROM ')[2]}",
               s=median(times), floor=median(floors))


def ingest(fronts, options):
    here = fronts["apache"]
    runs, events = 10, 50_000
    folder = pathlib.Path(here.folder, "dl3")
    corpus.make_dl3(folder, runs, events)
    with Stack() as other:
        start = time.perf_counter()
        done = other.vogate("ingest", folder)
        taken = time.perf_counter() - start
        count = int(other.psql("SELECT count(*) FROM dl3.events")[0][0])
        if count != runs * events:
            raise RuntimeError(done.stdout)
        dump = pathlib.Path(other.folder, "events.copy")
        columns = 'obs, event_id, time_mjd, mission_time, ra, "dec", energy'
        corpus.psql(other, "-c", f"\\copy (select {columns} from dl3.events) to '{dump}' (format binary)")
        other.psql("CREATE SCHEMA floor")
        other.psql("CREATE TABLE floor.bare AS SELECT " + columns + " FROM dl3.events LIMIT 0")
        other.psql("CREATE TABLE floor.alike (LIKE dl3.events INCLUDING ALL)")

        def load(table):
            other.psql("TRUNCATE floor.bare, floor.alike")
            begin = time.perf_counter()
            corpus.psql(other, "-c", f"\\copy floor.bare ({columns}) from '{dump}' (format binary)")
            # A table with a pgSphere column takes no binary COPY.
            if table == "alike":
                other.psql(f"INSERT INTO floor.alike ({columns}) SELECT {columns} FROM floor.bare")
            return time.perf_counter() - begin
        bare, alike = in_turn(min(3, options.runs), lambda: load("bare"), lambda: load("alike"))
    for name, floor in (("a bare table", median(bare)), ("the same indexes", median(alike))):
        report(f"ingest, beside {name}", f"{count / taken:8.0f} events/s  {floor / taken:.2f} of binary "
               f"COPY ({count / floor:.0f}/s)", rate=count / taken, floor=count / floor)


def loading(fronts, options):
    """`vogate load` of a FITS file beside psql's binary \\copy of the same rows, each into a new table
    with statistics."""
    here = fronts["apache"]
    fits, dump = (pathlib.Path(here.folder, name) for name in ("stars.fits", "stars.copy"))
    corpus.make_stars(fits, options.rows)
    words = [here.var / "app/bin/vogate", "--config", here.config, "load", "--quiet", "--replace", fits,
             "site.stars"]

    def load():
        start = time.perf_counter()
        peak = 0
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            # The rusage of a child begins with the memory of its parent.
            while process.poll() is None:
                found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())
                peak = int(found[1]) / 1024 if found else peak
                time.sleep(0.005)
        if process.returncode:
            raise RuntimeError("vogate load failed")
        return time.perf_counter() - start, peak

    load()
    corpus.psql(here, "-c", f"\\copy site.stars to '{dump}' (format binary)")

    def floor():
        start = time.perf_counter()
        corpus.psql(here, "-c", "DROP TABLE IF EXISTS site.floor", "-c", "BEGIN", "-c",
                    "CREATE TABLE site.floor AS SELECT * FROM site.stars LIMIT 0", "-c",
                    f"\\copy site.floor from '{dump}' (format binary)", "-c", "ANALYZE site.floor", "-c",
                    "COMMIT")
        return time.perf_counter() - start
    floors, taken = in_turn(min(3, options.runs), floor, load)
    seconds = median([one[0] for one in taken])
    report("load of FITS", f"{options.rows / seconds:8.0f} rows/s  {median(floors) / seconds:.2f} of binary \\copy "
           f"({options.rows / median(floors):.0f}/s), {median([one[1] for one in taken]):.0f} MiB at most",
           rate=options.rows / seconds, floor=options.rows / median(floors))
    published(here, options)


def published(here, options):
    """What `vogate load` made, published with its position and asked for, each beside psql's own."""
    def timed(work, *words, **more):
        start = time.perf_counter()
        return work(*words, **more), time.perf_counter() - start

    done, seconds = timed(here.vogate, "publish", "--yes", "site.stars")
    if done.returncode:
        raise RuntimeError(done.stdout)
    report("publish with its position", f"{seconds:6.1f} s", s=seconds)
    time.sleep(2.5)
    pid, path = tap_pid(here), pathlib.Path(here.folder, "answer")
    # No index helps the arithmetic, which is thus the truth.
    away = ("2 * asin(sqrt(power(sin(radians(dec + 20) / 2), 2) + cos(radians(dec)) * cos(radians(-20)) * "
            "power(sin(radians(ra - 120) / 2), 2)))")
    for kind, query, sql in (
            ("cone of 1 degree",
             "SELECT COUNT(*) AS n, SUM(id) AS s FROM site.stars WHERE DISTANCE(ra, dec, 120, -20) < 1",
             f"SELECT count(*), sum(id) FROM site.stars WHERE {away} < radians(1)"),
            ("aggregates", "SELECT COUNT(*) AS n, SUM(id) AS s FROM site.stars",
             "SELECT count(*), sum(id) FROM site.stars")):
        (taken, *_), _ = timed(download, here, "csv", path, query)
        truth, floor = timed(here.psql, sql)
        same = path.read_text().split()[1] == ",".join(truth[0])
        report(kind, f"{taken:6.3f} s  {floor / taken:.2f} of psql without an index ({floor:.3f} s)  "
               f"{'same' if same else 'WRONG'}", s=taken, floor=floor, same=same)
    for name in ("votable/b2", "fits"):
        taken = []
        peak = peak_of(pid, lambda: taken.append(
            download(here, name, path, "SELECT * FROM site.stars", 2 * options.rows)))
        count = run("stilts", "tpipe", f"in={path}", "omode=count", "ifmt=" + name.partition("/")[0]).stdout
        found = re.search(r"rows:\s*(\d+)", count)
        same = found and int(found[1]) == options.rows
        path.unlink()
        report(f"{options.rows} rows, {name}", f"{taken[0][0]:6.1f} s {taken[0][2] / 1e6:6.1f} MB  {peak:5.1f} MiB at "
               f"most  {'read back: same' if same else f'READ BACK: {count}'}", s=taken[0][0], mib=peak, same=same)


def uploads(fronts, options):
    """A crossmatch whose smaller table comes with the query, from the first byte sent to the last read."""
    here = fronts["apache"]
    few, many = 10_000, 1_000_000
    with star_tables(here, few, many) as sky, tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("id,ra,dec\n")
        file.writelines(f"{i},{ra!r},{dec!r}\n" for i, (ra, dec) in
                        enumerate(zip(*(map(float, column) for column in sky.sky_found))))
        file.flush()
        query = ("SELECT f.id AS detection, s.id AS star FROM TAP_UPLOAD.f AS f JOIN field.stars AS s "
                 f"ON DISTANCE(f.ra, f.dec, s.ra, s.dec) < {sky.radius!r}")

        def ask():
            start = time.perf_counter()
            out = subprocess.run(["curl", "-sS", "-f", here.url + "/tap/sync", "-F", "LANG=ADQL", "-F", "FORMAT=csv",
                                  "-F", "MAXREC=1000000", "-F", "UPLOAD=f,param:x", "-F", f"x=@{file.name}",
                                  "--form-string", "QUERY=" + query], stdin=subprocess.DEVNULL,
                                 capture_output=True, check=True, text=True).stdout
            if len(out.splitlines()) - 1 != len(sky.pairs(sky.radius)):
                raise RuntimeError("wrong pairs")
            return time.perf_counter() - start
        ask()
        wanted = len(sky.pairs(sky.radius))
        sky.pairs = lambda _radius: range(wanted)
        times = [ask() for _ in range(options.runs)]
    report("crossmatch of an upload", f"{median(times):6.3f} s for {few} x {many}", s=median(times))


BOMB = ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
        "<VOTABLE>&c;</VOTABLE>")
# Of no use to anybody: each is refused.
ABUSES = (("QUERY", "SELECT '" + "x" * 1_000_000 + "' FROM bench.events"),
          ("QUERY", "SELECT " + "(" * 100_000 + "1" + ")" * 100_000 + " FROM bench.events"),
          *[(("UPLOAD", value), ("f", BOMB)) for value in
            (";".join(f"t{n},param:f" for n in range(10_000)), "t,param:f", "t,http://169.254.169.254/")])


def misuse(url, fields):
    """Until it is ended: what is refused, ten times a second."""
    fields = [fields] if isinstance(fields[0], str) else [("QUERY", ONE), *fields]
    body = urllib.parse.urlencode([("LANG", "ADQL"), *fields]).encode()
    while 400 <= request(url, data=body).status < 500:
        time.sleep(0.1)
    raise RuntimeError("was not refused")


def abuse(fronts, options):
    """What a small query takes while others ask for what is refused and two read nothing of a large
    answer."""
    for front, there in fronts.items():
        def p95():
            taken = latencies(there, [ONE], 300, True)
            return taken[int(0.95 * len(taken))]
        quiet = median(p95() for _ in range(options.runs))
        pid = tap_pid(there)
        before = peak_of(pid, lambda: None)
        readers = [StalledReader(there.url, "SELECT a.*, b.ra FROM bench.events AS a, bench.events AS b")
                   for _ in range(2)]
        # In processes of their own, for the one that measures must not wait for them.
        abusers = [multiprocessing.Process(target=misuse, args=(there.url + "/tap/sync", one), daemon=True)
                   for one in ABUSES]
        for one in abusers:
            one.start()
        times = []
        peak = peak_of(pid, lambda: times.extend(p95() for _ in range(options.runs)))
        if not all(one.is_alive() for one in abusers):
            raise RuntimeError("an abuse was not refused")
        for one in abusers:
            one.terminate()
            one.join()
        for one in readers:
            one.close()
        report(f"abuse, {front}", f"95 % within {median(times):6.2f} ms  {median(times) / quiet:.2f} of quiet "
               f"({quiet:.2f} ms), {peak - before:.1f} MiB more", p95=median(times), floor_ms=quiet, mib=peak - before)


def startup(fronts, options):
    """A process from nothing to the answer of /capabilities: configuration, catalogue and all."""
    here = fronts["apache"]
    environment = {**os.environ, "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/tap", "QUERY_STRING": "",
                   "PATH_INFO": "/tables", "REQUEST_URI": "/tap/tables", "REMOTE_ADDR": "127.0.0.1",
                   "VOGATE_CONFIG": str(here.config), "GATEWAY_INTERFACE": "CGI/1.1"}

    def answer():
        start = time.perf_counter()
        subprocess.run([here.var / "app/libexec/vogate/tap-sync.fcgi"], env=environment,
                       stdin=subprocess.DEVNULL, capture_output=True, check=True)
        return time.perf_counter() - start

    def connect():
        start = time.perf_counter()
        corpus.psql(here, "-c", "SELECT 1")
        return time.perf_counter() - start
    floors, taken = in_turn(max(5, options.runs), connect, answer)
    report("start to first answer", f"{median(taken) * 1e3:6.1f} ms  {median(taken) / median(floors):.1f} "
           f"of psql's SELECT 1 ({median(floors) * 1e3:.1f} ms)", ms=median(taken) * 1e3)


SECTIONS = {"downloads": downloads, "latency": latency, "throughput": throughput, "memory": memory,
            "translation": translation, "crossmatch": crossmatch, "uploads": uploads, "loading": loading,
            "abuse": abuse, "ingest": ingest, "startup": startup,
            "jobs": functools.partial(job_times.jobs, report=report),
            "kinds": functools.partial(job_times.kinds, report=report),
            "waits": functools.partial(job_times.waits, report=report)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the table that is loaded")
    parser.add_argument("--only", default=",".join(SECTIONS), help="some of " + ", ".join(SECTIONS))
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).parents[2])
    parser.add_argument("--json", type=pathlib.Path, help="write all figures to this file")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Stack() as here:
        print(f"a million rows: {corpus.load(here)}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        # As many slots as downloads at once: the default, two for each core, would answer some with 503.
        slots = {"query_slots": 8}
        with Front(here, "apache", options=slots) as apache, Front(here, "nginx", options=slots) as nginx:
            for name in options.only.split(","):
                SECTIONS[name]({"apache": apache, "nginx": nginx}, options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
