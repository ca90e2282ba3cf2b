#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reloads, restarts and upgrades under load lose no request and no job, behind every front."""
import collections
import functools
import os
import re
import shutil
import signal
import threading
import time
import urllib.parse

from clients import request, sync
from harness import LONG, main, stack, wait_until
from web import Front, front_name

# Small, but with a query in it: what is in hand takes its time.
QUERY = "SELECT TOP 100 event_id, ra, dec, energy FROM dl3.events"
CLIENTS = 8
TIMES = 4
REQUESTS = 10_000 if LONG else 2_000
JOBS = 3_000 if LONG else 600


class Load:
    """Clients that ask again and again, each time on a new connection: `count` times in all, and on
    until `enough` is set."""

    def __init__(self, base, count):
        self.base = base
        self.left = count
        self.enough = threading.Event()
        self.outcomes = collections.Counter()
        self.words = {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        try:
            reply = sync(self.base, QUERY, timeout=60, FORMAT="csv")
        except Exception as error:  # a broken connection, a cut-off answer: each is a loss
            return type(error).__name__, str(error)
        if reply.status == 200 and len(reply.rows()) != 101:
            return "truncated", reply.text[-200:]
        return reply.status, reply.text[:300]

    def run(self):
        while True:
            with self.lock:
                if self.left <= 0 and self.enough.is_set():
                    return
                self.left -= 1
            outcome, words = self.ask()
            with self.lock:
                self.outcomes[outcome] += 1
                self.words[outcome] = words

    def is_done(self):
        return not any(thread.is_alive() for thread in self.threads)

    def join(self):
        for thread in self.threads:
            thread.join()


class JobLoad(Load):
    """The same with jobs: each is made, waited for, and its result fetched."""

    def ask(self):
        form = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": QUERY, "FORMAT": "csv", "PHASE": "RUN"})
        try:
            reply = request(self.base + "/tap/async", form.encode())
            if reply.status != 200:
                return reply.status, reply.text[:300]
            job = self.base + "/tap/async/" + re.search(r"<uws:jobId>(\w+)<", reply.text)[1]
            phase, end = "", time.monotonic() + 60
            while phase in ("", "PENDING", "QUEUED", "EXECUTING") and time.monotonic() < end:
                reply = request(job + "?WAIT=10")
                if reply.status != 200:
                    return reply.status, reply.text[:300]
                phase = re.search(r"<uws:phase>(\w+)<", reply.text)[1]
            if phase != "COMPLETED":
                return phase, reply.text
            reply = request(job + "/results/result")
        except Exception as error:
            return type(error).__name__, str(error)
        if reply.status == 200 and len(reply.rows()) != 101:
            return "truncated", reply.text[-200:]
        return reply.status, reply.text[:300]


def replace_executable(here, name="tap-sync.fcgi"):
    """What an upgrade does: a new file in the old one's place, then TERM to the executable."""
    path = here.var / "app/libexec/vogate" / name
    new = path.with_name(name + ".new")
    shutil.copy2(path, new)
    os.rename(new, path)
    return terminate(here, name)


def terminate(here, name="tap-sync.fcgi", number=signal.SIGTERM):
    """TERM to the executable; its pid. `vogate run` starts the next one."""
    pid = wait_until(lambda: here.pid_of(name))
    os.kill(pid, number)
    return wait_until(lambda: here.pid_of(name) not in (None, pid), 40)


def hang_up(here):
    os.kill(here.pid_of("vogate"), signal.SIGHUP)
    return True


def reload_web_server(here):
    here.web.reload()
    return True


EVENTS = {
    "TERM of tap-sync.fcgi": terminate,
    "HUP of vogate run": hang_up,
    "a reload of the web server": reload_web_server,
    "a new executable": replace_executable,
}


# A worker may even die: its jobs begin anew.
JOB_EVENTS = {
    "TERM of tap-async.fcgi": functools.partial(terminate, name="tap-async.fcgi"),
    "a new tap-async.fcgi": functools.partial(replace_executable, name="tap-async.fcgi"),
    "TERM of vogate-worker": functools.partial(terminate, name="vogate-worker"),
    "kill -9 of vogate-worker": functools.partial(terminate, name="vogate-worker", number=signal.SIGKILL),
    "a new vogate-worker": functools.partial(replace_executable, name="vogate-worker"),
    "HUP of vogate run": hang_up,
    "a reload of the web server": reload_web_server,
}


def lose_nothing(tap, events, load_of, number, what, options):
    """Each event several times while the clients ask."""
    for name, event in events.items():
        # A front for each: the supervisor waits longer with each death of a young executable.
        with Front(stack(), front_name(), options=options) as here:
            load = load_of(here.url, number // len(events))
            count = 0
            while not load.is_done():
                time.sleep(0.1)
                if count < TIMES or event in (hang_up, reload_web_server):
                    count += bool(event(here))
                if count >= TIMES:
                    load.enough.set()
            load.join()
            tap.ok(set(load.outcomes) == {200}, f"{name}, {TIMES} times at least: none of "
                   f"{number // len(events)} {what} and more failed", load.outcomes, load.words,
                   here.log("vogate")[-1500:])


def test_no_request_is_lost(tap):
    """Synchronous queries; as many slots as clients, so that no 503 is the answer to mere load."""
    lose_nothing(tap, EVENTS, Load, REQUESTS, "requests", {"query_slots": CLIENTS, "queue_wait_s": 30})


def test_no_job_is_lost(tap):
    """Jobs, whoever of those that make and run them is replaced."""
    lose_nothing(tap, JOB_EVENTS, JobLoad, JOBS, "jobs",
                 {"async_slots": 3, "async_per_owner": CLIENTS, "lease_s": 3})


if __name__ == "__main__":
    main(test_no_request_is_lost, test_no_job_is_lost, needs_shared=True)
