#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Acceptance 5: bad input, stalled readers, a database that goes away, a killed executable."""
import os
import signal
import threading
import time

from clients import StalledReader, request, sync
from harness import main, stack, wait_until

COUNT = "SELECT COUNT(*) FROM ivoa.obscore"
LARGE = "SELECT a.ra, a.dec, a.energy, b.ra, b.dec, b.energy FROM dl3.events AS a, dl3.events AS b"

# name, query, parameters, words that the answer must hold
BAD = [
    ("unknown table", "SELECT * FROM dl3.event", {}, ["dl3.events"]),
    ("unknown column", "SELECT enrgy FROM dl3.events", {}, ["energy", "line 1, column 8"]),
    ("syntax error", "SELECT ra\nFROM dl3.events WHERE", {}, ["line 2, column"]),
    ("misspelt SELECT", "SELEC ra FROM dl3.events", {}, ["line 1, column 1"]),
    ("1 MB query", "SELECT '" + "x" * 1_000_000 + "' FROM dl3.events", {}, ["262144"]),
    ("100,000 parentheses", "SELECT " + "(" * 100_000 + "1" + ")" * 100_000 + " FROM dl3.events", {},
     ["too long"]),
    ("1,000 parentheses", "SELECT " + "(" * 1000 + "1" + ")" * 1000 + " FROM dl3.events", {},
     ["nested too deeply"]),
    ("pg_sleep", "SELECT pg_sleep(9) FROM dl3.events", {}, ["pg_sleep"]),
    ("second statement", "SELECT 1 FROM dl3.events; DROP TABLE dl3.events", {}, ["line 1, column 25"]),
    ("pg_catalog", "SELECT * FROM pg_catalog.pg_authid", {}, ["pg_authid"]),
    ("hidden column", "SELECT path FROM dl3.files", {}, ["path"]),
    ("negative MAXREC", COUNT, {"MAXREC": "-1"}, ["MAXREC"]),
    ("MAXREC in words", COUNT, {"MAXREC": "many"}, ["MAXREC"]),
    ("unknown format", COUNT, {"RESPONSEFORMAT": "klingon"}, ["klingon", "votable"]),
    ("unknown language", COUNT, {"LANG": ["ADQL", "SQL"]}, ["LANG"]),
    ("repeated QUERY", COUNT, {"Query": COUNT}, ["QUERY"]),
    ("upload", COUNT, {"UPLOAD": "t,param:x"}, ["UPLOAD"]),
    ("NUL", "SELECT 1\0 FROM dl3.events", {}, [""]),
]


def test_bad_input(tap):
    """Each is a 4xx VOTable with words that help, and a line in the log."""
    here = stack()
    for name, query, parameters, words in BAD:
        before = here.log_size("vogate")
        reply = sync(here.url, query, **parameters)
        status, message = reply.votable_status()
        good = (400 <= reply.status < 500 and reply.is_votable_error()
                and all(word in message for word in words))
        tap.ok(good, name, f"{reply.status} {reply.content_type} {message[:300]!r}")
        tap.ok(here.wait_for_log("vogate", before, "] error "), name + " is logged")
    raw = b"LANG=ADQL&QUERY=SELECT+%FF%FE+FROM+dl3.events"
    reply = request(here.url + "/tap/sync", data=raw)
    tap.ok(reply.status == 400 and reply.is_votable_error(), "invalid UTF-8", reply.text[:300])
    reply = request(here.url + "/tap/sync", data=b"x" * 9_000_000)
    tap.ok(reply.status == 413 and reply.is_votable_error(), "9 MB body", f"{reply.status} {reply.text[:300]}")
    reply = request(here.url + "/tap/nonsense")
    tap.ok(reply.status == 404 and reply.is_votable_error(), "unknown resource", reply.text[:200])
    reply = request(here.url + "/tap/tables/no.such")
    tap.ok(reply.status == 404 and reply.is_votable_error(), "unknown table's page", reply.text[:200])
    reply = request(here.url + "/tap/sync", method="DELETE")
    tap.ok(reply.status == 405 and "GET" in reply.headers.get("allow", ""), "wrong method")
    for leak in ("/home", "/work", "/tmp", "/usr", "SELECT cast", "libpq"):
        replies = [sync(here.url, query, **parameters).text for name, query, parameters, _ in BAD[:3]]
        tap.ok(not any(leak in text for text in replies), f"no {leak} in an answer")


def median_ms(url, n=15):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        status = request(url, timeout=20).status
        times.append(((time.perf_counter() - start) * 1000, status))
    times.sort()
    return times[n // 2][0], all(status == 200 for _, status in times)


def test_stalled_readers(tap):
    """All slots held: the metadata still answer, a query hears 503 and when to come back."""
    here = stack()
    slots = 2 * os.cpu_count()
    readers = [StalledReader(here.url, LARGE) for _ in range(slots)]
    try:
        time.sleep(2)
        for path in ("capabilities", "availability"):
            ms, well = median_ms(f"{here.url}/tap/{path}")
            tap.ok(well and ms < 50, f"/tap/{path} answers under 50 ms meanwhile", f"{ms:.1f} ms")
        reply = sync(here.url, COUNT)
        tap.ok(reply.status == 503 and reply.is_votable_error() and "retry-after" in reply.headers,
               "a query hears 503 with Retry-After", f"{reply.status} {reply.text[:300]}")
    finally:
        for reader in readers:
            reader.close()
    tap.ok(wait_until(lambda: sync(here.url, COUNT).status == 200, 40), "the slots come back")


class Load:
    """Eight clients that ask again and again; keeps every reply's status and time."""

    def __init__(self, base, clients=8):
        self.base = base
        self.seen = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]

    def run(self):
        while not self.stop.is_set():
            try:
                reply = sync(self.base, COUNT, timeout=30, FORMAT="csv")
                whole = reply.status != 200 or reply.rows()[1:] != []
                self.seen.append((time.monotonic(), reply.status if whole else "truncated", reply))
            except OSError as error:
                self.seen.append((time.monotonic(), "broken", error))
            if self.seen[-1][1] != 200:
                time.sleep(0.02)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_database_restart(tap):
    """PostgreSQL stopped and started under load: 503, then service again."""
    here = stack()
    with Load(here.url) as load:
        time.sleep(0.5)
        here.stop_database()
        down = time.monotonic()
        time.sleep(1.5)
        reply = request(here.url + "/tap/capabilities")
        tap.ok(reply.status == 200, "capabilities are served without a database")
        tap.ok(request(here.url + "/tap/tables").status == 200, "tables are, too")
        unwell = wait_until(lambda: "<vosi:available>false<" in
                            request(here.url + "/tap/availability").text, 5)
        tap.ok(unwell, "availability says so")
        middle = [status for when, status, _ in load.seen if when > down + 0.5]
        tap.ok(middle and set(middle) == {503}, "queries hear 503", str(set(middle)))
        here.start_database()
        back = wait_until(lambda: sync(here.url, COUNT).status == 200, 10)
        tap.ok(back, "service again")
        time.sleep(1)
        started = time.monotonic()
        time.sleep(1)
    late = [status for when, status, _ in load.seen if when > started]
    tap.ok(late and set(late) == {200}, "every client is served again", str(set(late)))
    statuses = {status for _, status, _ in load.seen}
    tap.ok(statuses <= {200, 503}, "nothing but 200 and 503 was seen", str(statuses))
    well = wait_until(lambda: "<vosi:available>true<" in
                      request(here.url + "/tap/availability").text, 5)
    tap.ok(well, "availability is well again")


def test_kill_executable(tap):
    """kill -9 of tap-sync under eight clients: only its running requests fail."""
    here = stack()
    with Load(here.url) as load:
        time.sleep(1)
        pid = here.pid_of("tap-sync.fcgi")
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        time.sleep(3)
    after = [(when - killed, status) for when, status, _ in load.seen if when > killed]
    bad = [(when, status) for when, status in after if status != 200]
    first = min((when for when, status in after if status == 200), default=99)
    tap.ok(here.pid_of("tap-sync.fcgi") != pid, "a new process serves")
    tap.ok(len(bad) <= 8, "at most the running requests failed", str(bad))
    tap.ok(first < 1, "service again within 1 s", f"{first:.2f} s")
    tap.ok(all("truncated" != status for _, status in after), "no truncated answer looked whole")


if __name__ == "__main__":
    main(test_bad_input, test_stalled_readers, test_database_restart, test_kill_executable, needs_shared=True)
