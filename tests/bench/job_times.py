# SPDX-License-Identifier: Apache-2.0
"""Asynchronous jobs: from creation to COMPLETED, how many in a second, documents of a full table.

The floor is what a job cannot do without: an INSERT, an UPDATE, and a file that is on disk."""
import base64
import concurrent.futures
import contextlib
import http.client
import os
import pathlib
import re
import selectors
import signal
import socket
import statistics
import struct
import subprocess
import tempfile
import time
import urllib.parse

from harness import PG_BIN, Stack, wait_until
from jobs import PASSWORDS, Jobs, LoginFront
from web import Process

TRIVIAL = "SELECT TOP 1 table_name FROM TAP_SCHEMA.tables"


class Client:
    """A connection that is kept, for jobs of one user."""

    def __init__(self, here, user=None):
        url = urllib.parse.urlsplit(here.url)
        self.path = url.path + "/tap/async"
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
        self.headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if user:
            word = base64.b64encode(f"{user}:{PASSWORDS[user]}".encode()).decode()
            self.headers["Authorization"] = "Basic " + word

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read()

    def create(self):
        body = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": TRIVIAL, "PHASE": "RUN", "FORMAT": "csv"})
        status, location, text = self.ask("POST", self.path, body)
        if status != 303:
            raise RuntimeError(f"{status} {text[:300]}")
        return urllib.parse.urlsplit(location).path

    def wait(self, path):
        """Until the job is COMPLETED."""
        for phase in ("QUEUED", "EXECUTING"):
            text = self.ask("GET", f"{path}?WAIT=20&PHASE={phase}")[2]
        if b"<uws:phase>COMPLETED</uws:phase>" not in text:
            raise RuntimeError(text[:800])


def timed(function):
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1e3


def write_file(folder):
    """As a result is written: its own sync, and that of its folder."""
    path = pathlib.Path(folder, "part")
    with open(path, "wb") as file:
        file.write(b"x" * 100)
        file.flush()
        os.fsync(file.fileno())
    path.rename(path.with_name("result"))
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def floor_ms(here, count):
    """Milliseconds of one job's INSERT, UPDATE and file, one after the other."""
    here.psql("CREATE TABLE IF NOT EXISTS ivoa.floor (id text PRIMARY KEY, phase text)", "owner")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("\\set n random(1, 1000000000000)\nINSERT INTO ivoa.floor VALUES (:n, 'QUEUED');\n"
                     "UPDATE ivoa.floor SET phase = 'COMPLETED' WHERE id = ':n';\n")
        script.flush()
        out = subprocess.run([f"{PG_BIN}/pgbench", "-n", "-f", script.name, "-c", "1", "-T", "2", "-h", f"{here.var}/run",
                              "-U", "vogate_owner", "vogate"], capture_output=True, check=True, text=True).stdout
    rate = float(re.search(r"tps = ([\d.]+) \(without", out)[1])
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        files = [timed(lambda: write_file(folder)) for _ in range(count)]
    here.psql("DROP TABLE ivoa.floor", "owner")
    return 1e3 / rate + statistics.median(files)


def jobs(_fronts, options, report):
    with Stack() as base:
        # Its own services would work along.
        os.kill(base.pid_of("vogate"), signal.SIGTERM)
        wait_until(lambda: base.pid_of("vogate") is None, 40)
        measure(base, options, report)


def measure(base, options, report):
    for name in ("apache", "nginx"):
        with LoginFront(base, name, {"async_slots": 8, "async_per_owner": 64, "query_slots": 8,
                                     "async_queue_length": 100_000, "async_queue_per_owner": 100_000}) as here, \
                contextlib.closing(Process([base.var / "app/libexec/vogate/vogate-worker", "--config", here.config],
                                           here.home, "worker2.log")):
            client = Client(here)
            for _ in range(20):
                client.wait(client.create())
            taken = sorted(timed(lambda: client.wait(client.create())) for _ in range(100 * options.runs))
            floor = floor_ms(here, 50)
            middle = statistics.median(taken)
            report(f"job, made to COMPLETED, {name}", f"{middle:6.2f} ms, 95 % within {taken[int(.95 * len(taken))]:6.2f} ms"
                   f"  {middle / floor:.2f} of INSERT + UPDATE + file ({floor:.2f} ms)", ms=middle, floor_ms=floor)
            count, clients = 400 * options.runs, 16
            here.psql("DELETE FROM uws.job", "owner")

            def many(number):
                one = Client(here)
                for _ in range(number):
                    one.create()
            start = time.perf_counter()
            with concurrent.futures.ThreadPoolExecutor(clients) as pool:
                list(pool.map(many, [count // clients] * clients))
            made = time.perf_counter() - start
            while here.psql("SELECT count(*) FROM uws.job WHERE phase IN ('QUEUED', 'EXECUTING')")[0][0] != "0":
                time.sleep(0.02)
            whole = time.perf_counter() - start
            done = here.psql("SELECT count(*) FROM uws.job WHERE phase = 'COMPLETED'")[0][0]
            report(f"jobs a second, {name}", f"{count / whole:6.0f} COMPLETED/s with 2 workers, {count / made:6.0f} made/s; "
                   f"{done} of {count} COMPLETED; one after the other the floor makes {1e3 / floor:.0f}/s",
                   rate=count / whole, made=count / made)
    full_table(base, options, report)


WRK_POST = """wrk.method = "POST"
wrk.body = "seconds=1"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
"""


def wrk_rate(*words):
    """Requests a second with 8 connections, none of them refused."""
    out = subprocess.run(["wrk", "-t", "1", "-c", "8", "-d", "3s", *words], capture_output=True, check=True, text=True).stdout
    if "Non-2xx" in out:
        raise RuntimeError(out)
    return float(re.search(r"Requests/sec: +([\d.]+)", out)[1])


def pgbench_rate(here, script):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        out = subprocess.run([f"{PG_BIN}/pgbench", "-n", "-f", file.name, "-c", "8", "-T", "3", "-h", f"{here.var}/run",
                              "-U", "vogate_owner", "vogate"], capture_output=True, check=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+) \(without", out)[1])


def kinds(_fronts, options, report):
    """The job server: making a job and reading its document; one INSERT and one SELECT by key are the floors."""
    most = {"async_pending_per_owner": 1_000_000, "async_queue_length": 1_000_000}
    with Stack() as base:
        for name in ("apache", "nginx"):
            with LoginFront(base, name, most) as here:
                client = Client(here)
                client.path = client.path.replace("/tap/async", "/uws/sleep")
                form = "seconds=1"

                def create():
                    return urllib.parse.urlsplit(client.ask("POST", client.path, form)[1]).path
                jobs_ = [create() for _ in range(20)]
                made = sorted(timed(create) for _ in range(100 * options.runs))
                got = sorted(timed(lambda: client.ask("GET", jobs_[0])) for _ in range(100 * options.runs))
                for what, taken in (("creation", made), ("GET", got)):
                    report(f"/uws/sleep, {what}, {name}", f"{statistics.median(taken):6.2f} ms, 95 % within "
                           f"{taken[int(.95 * len(taken))]:6.2f} ms", ms=statistics.median(taken))
                with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
                    script.write(WRK_POST)
                    script.flush()
                    create_rate = statistics.median(wrk_rate("-s", script.name, here.url + "/uws/sleep")
                                                    for _ in range(options.runs))
                # Of wrk's own request on; redirects are not followed.
                get_rate = statistics.median(wrk_rate(f"{here.url}{jobs_[0][jobs_[0].index('/uws/'):]}")
                                             for _ in range(options.runs))
                here.psql("CREATE TABLE IF NOT EXISTS ivoa.floor (id text PRIMARY KEY, phase text)", "owner")
                insert = pgbench_rate(here, "\\set n random(1, 1000000000000)\nINSERT INTO ivoa.floor VALUES (:n, 'PENDING');\n")
                select = pgbench_rate(here, f"SELECT * FROM uws.job WHERE job_id = '{jobs_[0][-32:]}';\n")
                here.psql("DROP TABLE ivoa.floor", "owner")
                report(f"/uws/sleep, a second, {name}", f"{create_rate:6.0f} creations, {create_rate / insert:.2f} of INSERTs; "
                       f"{get_rate:6.0f} GETs, {get_rate / select:.2f} of SELECTs", creations=create_rate, gets=get_rate,
                       inserts=insert, selects=select)
                here.psql("DELETE FROM uws.job", "owner")


def full_table(base, options, report):
    with LoginFront(base, "apache") as here:
        Jobs(here, "alice").create().delete()
        here.psql(
            "INSERT INTO uws.job (job_id, job_list, queue, owner, client, phase, creation_time, start_time, end_time, "
            "execution_duration, destruction) SELECT md5(n::text), 'tap', 'tap', principal, 'user ' || principal, 'COMPLETED', "
            "now() - n * interval '1 ms', now(), now(), 60, now() + interval '1 day' "
            "FROM generate_series(1, 1000000) n, auth.principal WHERE subject = 'alice'", "owner")
        here.psql("VACUUM ANALYZE uws.job", "owner")
        client = Client(here, "alice")
        for name, path in (("job GET", client.path + "/" + "c4ca4238a0b923820dcc509a6f75849b"),
                           ("?LAST=20", client.path + "?LAST=20"),
                           ("?PHASE=PENDING&LAST=20", client.path + "?PHASE=PENDING&LAST=20")):
            client.ask("GET", path)
            taken = sorted(timed(lambda: client.ask("GET", path)) for _ in range(200))
            report(f"{name}, 1,000,000 jobs", f"{statistics.median(taken):6.2f} ms, 95 % within {taken[190]:6.2f} ms",
                   ms=statistics.median(taken))
        here.psql("DELETE FROM uws.job", "owner")


def waits(_fronts, _options, report):
    """WAITs beside other requests, and many of them at once."""
    with Stack() as base:
        os.kill(base.pid_of("vogate"), signal.SIGTERM)
        wait_until(lambda: base.pid_of("vogate") is None, 40)
        with LoginFront(base, "apache", {"wait_max_total": 50, "wait_max_per_client": 50}) as here:
            beside_apache(here, report)
        with LoginFront(base, "nginx", {"wait_max_total": 1000, "wait_max_per_client": 1000}) as here:
            thousand(here, report)


def percentile(times, part=0.95):
    return sorted(times)[int(part * len(times))]


def beside_apache(here, report):
    """300 clients that wait, again and again, behind an Apache with MaxRequestWorkers 150."""
    url = urllib.parse.urlsplit(here.url)

    def ask(path):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return (time.perf_counter() - start) * 1e3
    paths = {"static page": "/index.html", "/tap/sync": "/tap/sync?" + urllib.parse.urlencode({"LANG": "ADQL", "QUERY": TRIVIAL})}
    usual = {name: percentile([ask(path) for _ in range(300)]) for name, path in paths.items()}
    job = urllib.parse.urlsplit(Jobs(here).create().url).path
    with concurrent.futures.ThreadPoolExecutor(300) as pool:
        waiting = [pool.submit(ask, job + "?WAIT=8") for _ in range(300)]
        time.sleep(1)
        for name, path in paths.items():
            late = percentile([ask(path) for _ in range(300)])
            report(f"{name} beside 300 WAITs", f"95 % within {late:6.2f} ms, {late / usual[name]:.2f} of the usual {usual[name]:.2f} ms",
                   p95=late, usual=usual[name])
        held = sum(future.result() > 7000 for future in waiting)
    report("of 300 WAITs", f"{held} were held, the others answered at once", held=held)


def thousand(here, report):
    """1,000 requests that wait for one job: memory, and how soon the last of them knows."""
    pid = next(int(p) for p in os.listdir("/proc") if p.isdigit() and is_async(p, here))
    job = Jobs(here).create()
    path = urllib.parse.urlsplit(job.url).path
    url = urllib.parse.urlsplit(here.url)

    def resident():
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024

    def fcgi_get():
        script, info = path[:path.index("/async/") + 6], path[path.index("/async/") + 6:]
        names = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": script, "PATH_INFO": info, "QUERY_STRING": "WAIT=40",
                 "REQUEST_URI": path, "REMOTE_ADDR": "127.0.0.1"}
        return fastcgi_request(here.home / "run/tap-async.sock", names)

    def web_get():
        plain = socket.create_connection((url.hostname, url.port))
        plain.sendall(f"GET {path}?WAIT=40 HTTP/1.0\r\n\r\n".encode())
        return plain

    for name, ask in (("at the socket", fcgi_get), ("through nginx", web_get)):
        before = resident()
        # nginx of quickstart has 1024 connections in each of its two processes, two for each request.
        count = 1000 if ask is fcgi_get else 900
        sockets = [ask() for _ in range(count)]
        time.sleep(3)
        during = resident()
        with selectors.DefaultSelector() as selector:
            for one in sockets:
                selector.register(one, selectors.EVENT_READ)
            early = len(selector.select(0))
            start = time.perf_counter()
            job.abort()
            left, last = count, 0.0
            first = None
            while left > 0 and time.perf_counter() - start < 20:
                for key, _ in selector.select(1):
                    selector.unregister(key.fileobj)
                    left -= 1
                    last = time.perf_counter() - start
                    first = first or last
        for one in sockets:
            one.close()
        report(f"{count} WAITs {name}", f"+{during - before:.0f} MiB ({before:.0f} before); {early} answered early, {left} late; "
               f"the first woke after {first * 1e3:.0f} ms, the last after {last * 1e3:.0f} ms", mib=during - before,
               first=first, last=last)
        job = Jobs(here).create()
        path = urllib.parse.urlsplit(job.url).path


def is_async(pid, here):
    with contextlib.suppress(OSError):
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        return words[0].endswith("/tap-async.fcgi") and str(here.config) in words
    return False


def fastcgi_request(path, names):
    """A socket on which a FastCGI request without body was sent."""
    def record(kind, content):
        return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content
    pairs = b"".join(struct.pack(">BB", len(n), len(v)) + n.encode() + v.encode() if len(v) < 128 else
                     struct.pack(">BI", len(n), len(v) | 1 << 31) + n.encode() + v.encode() for n, v in names.items())
    one = socket.socket(socket.AF_UNIX)
    one.connect(str(path))
    one.sendall(record(1, struct.pack(">HB5x", 1, 0)) + record(4, pairs) + record(4, b"") + record(5, b""))
    return one
