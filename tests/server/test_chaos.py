#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Jobs while everything dies: workers, services and PostgreSQL are killed, workers are stopped beyond
their lease. Whatever was acknowledged with 303 ends as it should, once. Two minutes; twenty with --long."""
import collections
import contextlib
import hashlib
import http.client
import os
import pathlib
import random
import signal
import subprocess
import threading
import time
import urllib.error

from clients import sync
from harness import LONG, Stack, is_alive, main, processes_of, run, shared_data, wait_until
from jobs import LONG_QUERY, SHORT, WRONG, Jobs, pairs
from web import WEB_USER

SECONDS = 1200 if LONG else 110
JOBS = 2000 if LONG else 250
CLIENTS = 8
PAUSE = 11 if LONG else 4  # seconds from one blow to the next, on average
WORKERS = 4
LEASE_S = 3

ROWS = "SELECT TOP 3000 event_id, ra, energy FROM dl3.events ORDER BY obs, event_id OFFSET {}"
# Kind, weight, query, what else is asked; then how it has to end.
KINDS = [
    ("short", 8, SHORT, {}), ("rows", 6, ROWS, {}), ("a second", 3, pairs(8), {}), ("seconds", 2, pairs(25), {}),
    ("wrong", 2, WRONG, {}), ("limit", 1, LONG_QUERY, {"EXECUTIONDURATION": "2"}), ("abort", 2, LONG_QUERY, {}),
    ("deleted", 1, SHORT, {}),
]
TROUBLES = (OSError, RuntimeError, urllib.error.URLError, http.client.HTTPException)


def edit_config(here):
    lines = here.config.read_text().splitlines()
    options = {"lease_s": LEASE_S, "async_slots": 2, "async_per_owner": 100, "async_queue_per_owner": 5000}
    here.config.write_text("\n".join([*lines, *(f"{k} = {v}" for k, v in options.items())]) + "\n")


class Workers:
    """Those beside the one of `vogate run`, started again whenever they are gone."""

    def __init__(self, here, count):
        self.here, self.processes, self.going = here, [None] * count, True
        self.log = open(here.var / "log/workers.log", "ab")
        self.thread = threading.Thread(target=self.keep)
        self.thread.start()

    def keep(self):
        command = [self.here.var / "app/libexec/vogate/vogate-worker", "--config", self.here.config]
        if os.geteuid() == 0:
            command = WEB_USER + command
        while self.going:
            for i, process in enumerate(self.processes):
                if process is None or process.poll() is not None:
                    self.processes[i] = subprocess.Popen([str(w) for w in command], stdin=subprocess.DEVNULL,
                                                         cwd="/", stdout=self.log, stderr=self.log)
            time.sleep(0.2)

    def close(self):
        self.going = False
        self.thread.join()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(40)
        self.log.close()


def pids_of(here, executable):
    path = f"{here.var}/app/libexec/vogate/{executable}".encode()
    found = []
    for pid in processes_of(here.var / "app"):
        with contextlib.suppress(OSError):
            if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0] == path:
                found.append(pid)
    return found


class Blows:
    """What happens to the processes meanwhile."""

    def __init__(self, here, dice):
        self.here, self.dice, self.count = here, dice, collections.Counter()

    def kill(self, executable):
        pids = pids_of(self.here, executable)
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.dice.choice(pids), signal.SIGKILL)

    def stop_worker(self):
        pids = pids_of(self.here, "vogate-worker")
        if not pids:
            return
        pid = self.dice.choice(pids)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(LEASE_S * 2 + 1, self.go_on, [pid]).start()

    @staticmethod
    def go_on(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def kill_backend(self):
        with contextlib.suppress(RuntimeError, ValueError, IndexError, ProcessLookupError):
            rows = self.here.psql("SELECT pid FROM pg_stat_activity WHERE usename LIKE 'vogate_%'")
            os.kill(int(self.dice.choice(rows)[0]), signal.SIGKILL)

    def kill_database(self):
        pid = self.here.pid_of("postgres")
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), 10)
        # What a service manager does: one of its processes may compute on for minutes, and hold the memory.
        time.sleep(self.dice.uniform(0, 3))
        for left in processes_of(self.here.var / "pg"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        time.sleep(self.dice.uniform(0.2, 2))
        self.raise_database()

    def raise_database(self):
        """Its own processes hold on to their memory for a moment."""
        for _ in range(40):
            with contextlib.suppress(RuntimeError):
                return self.here.start_database()
            time.sleep(0.5)
        raise RuntimeError("PostgreSQL does not come back")

    def strike(self):
        blows = [("worker", 8, lambda: self.kill("vogate-worker")), ("stopped worker", 3, self.stop_worker),
                 ("tap-async", 3, lambda: self.kill("tap-async.fcgi")), ("tap-sync", 1, lambda: self.kill("tap-sync.fcgi")),
                 ("backend", 2, self.kill_backend), ("database", 2, self.kill_database)]
        name, _, blow = self.dice.choices(blows, [weight for _, weight, _ in blows])[0]
        self.count[name] += 1
        blow()


class Client(threading.Thread):
    """Asks for jobs; keeps what was acknowledged, with its kind."""

    def __init__(self, here, number, seed, until):
        super().__init__()
        self.jobs, self.number, self.dice, self.until = Jobs(here), number, random.Random(seed), until
        self.made, self.refused, self.failure = [], 0, None

    def insist(self, function, *expected):
        """Until it is answered with one of those, however often the service is away."""
        for _ in range(200):
            with contextlib.suppress(*TROUBLES):
                reply = function()
                if reply.status in expected:
                    return reply
            time.sleep(0.3)
        raise RuntimeError("no answer for a minute")

    def one(self):
        kind, _, query, more = self.dice.choices(KINDS, [weight for _, weight, _, _ in KINDS])[0]
        offset = self.dice.randrange(4)
        try:
            job = self.jobs.query(query.format(offset), FORMAT="csv", **more)
        except TROUBLES:
            self.refused += 1
            return time.sleep(0.3)
        if kind == "abort":
            time.sleep(self.dice.uniform(0, 2))
            self.insist(job.abort, 303, 403)
        if kind == "deleted":
            self.insist(job.delete, 303, 404)
        self.made.append((kind, offset, job))

    def run(self):
        try:
            while time.monotonic() < self.until and len(self.made) < JOBS // CLIENTS:
                self.one()
                time.sleep(self.dice.uniform(0, 2 * SECONDS / JOBS * CLIENTS * 0.7))
        except Exception as error:
            self.failure = error


def judge(kind, offset, job, expected):
    """What is wrong with a job that was acknowledged; empty when nothing is."""
    reply = job.get()
    if kind == "deleted":
        return "" if reply.status == 404 else f"{kind}: {reply.status}"
    if reply.status != 200:
        return f"{kind} {job.url}: {reply.status}"
    phase, message = job.phase, job.message()
    if kind == "wrong":
        return "" if phase == "ERROR" and "nothing" in message else f"{kind} {job.url}: {phase} {message}"
    if kind == "limit":
        right = phase == "ABORTED" and "executionDuration of 2 s" in (message or "")
        return "" if right else f"{kind} {job.url}: {phase} {message}"
    if kind == "abort":
        return "" if phase == "ABORTED" and message is None else f"{kind} {job.url}: {phase} {message}"
    found = hashlib.sha256(job.result().body).hexdigest() if phase == "COMPLETED" else ""
    return "" if found == expected[kind, offset] else f"{kind} {job.url}: {phase} {message} {found[:8]}"


def check_settings(tap, here):
    """What is acknowledged is on disk."""
    for name, value in (("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")):
        tap.equal(here.psql(f"SHOW {name}", "service")[0][0], value, f"{name} for the role of the jobs")


def check_left(tap, here):
    """No file without a job, no result without a file, no connection that nobody uses."""
    store = here.var / "store"

    def files():
        return {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()} - {"vogate-store"}

    def named():
        return {row[0] for row in here.psql("SELECT file FROM uws.result UNION SELECT file FROM uws.parameter "
                                            "WHERE file IS NOT NULL")}
    time.sleep(4 * LEASE_S + 1)
    done = run(*(WEB_USER if os.geteuid() == 0 else []), here.var / "app/bin/vogate", "--config", here.config, "jobs",
               "purge", cwd="/")
    tap.equal(done.returncode, 0, "vogate jobs purge", done.stdout)
    wait_until(lambda: files() == named(), 10)
    tap.equal(files() - named(), set(), "no orphan file")
    tap.equal(named() - files(), set(), "no result without its file")
    tap.equal(here.psql("SELECT count(*) FROM (SELECT job_id FROM uws.result GROUP BY job_id HAVING count(*) > 1) d")[0][0],
              "0", "no job has two results")
    tap.equal(here.psql("SELECT count(*) FROM uws.job WHERE phase IN ('QUEUED', 'EXECUTING', 'UNKNOWN')")[0][0], "0",
              "nothing is left in the queue")
    tap.equal(here.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'vogate_query' AND state <> 'idle'")[0][0],
              "0", "no query is left")
    # tap-sync: 4 + 1, tap-async: 8 + 1, each worker: 2 * 2 + 2.
    count = int(here.psql("SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'vogate_%'")[0][0])
    tap.ok(count <= 14 + 6 * WORKERS, "no connection is leaked", count)


def test_chaos(tap):
    """Everything is killed at random, and nothing is lost."""
    seed = int(os.environ.get("VOGATE_SEED", time.time()))
    print(f"# VOGATE_SEED={seed}")
    with Stack(data=shared_data()) as here:
        edit_config(here)
        os.kill(here.pid_of("vogate"), signal.SIGHUP)
        # The number of slots is read at the start.
        for pid in pids_of(here, "vogate-worker"):
            os.kill(pid, signal.SIGTERM)
        check_settings(tap, here)
        expected = {}
        for kind, _, query, _ in KINDS[:4]:
            for offset in range(4):
                body = sync(here.url, query.format(offset), FORMAT="csv").body
                expected[kind, offset] = hashlib.sha256(body).hexdigest()
        workers = Workers(here, WORKERS - 1)
        blows = Blows(here, random.Random(seed))
        end = time.monotonic() + SECONDS
        clients = [Client(here, n, seed + n + 1, end - 5) for n in range(CLIENTS)]
        try:
            for client in clients:
                client.start()
            while time.monotonic() < end and any(client.is_alive() for client in clients):
                time.sleep(blows.dice.uniform(0.5, 2 * PAUSE - 0.5))
                blows.strike()
            for client in clients:
                client.join()
            failures = [repr(client.failure) for client in clients if client.failure]
            tap.ok(not failures, "every client came to its end", *failures)
            # Those that were stopped go on; then all has a quiet time to end.
            time.sleep(LEASE_S * 2 + 2)
            made = [entry for client in clients for entry in client.made]
            quiet = wait_until(lambda: here.psql("SELECT count(*) FROM uws.job WHERE phase IN ('QUEUED', 'EXECUTING')")
                               [0][0] == "0", 120, 0.5)
            tap.ok(quiet, "all jobs come to their end")
            wrong = [words for kind, offset, job in made if (words := judge(kind, offset, job, expected))]
            tap.ok(not wrong, f"{len(made)} acknowledged jobs ended as they should, {sum(blows.count.values())} blows",
                   *wrong[:20], dict(blows.count))
            most = 60 if LONG else 15
            tap.ok(sum(blows.count.values()) >= most and len(made) >= JOBS * 0.5, "enough happened", dict(blows.count),
                   len(made))
            print(f"# {len(made)} jobs, {sum(client.refused for client in clients)} not acknowledged; {dict(blows.count)}; "
                  "attempts: " + str(here.psql("SELECT attempt, count(*) FROM uws.job GROUP BY 1 ORDER BY 1")))
            check_left(tap, here)
        finally:
            workers.close()


if __name__ == "__main__":
    main(test_chaos)
