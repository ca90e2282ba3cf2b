#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reloads, restarts and upgrades under load lose no request, behind every front."""
import collections
import os
import shutil
import signal
import threading
import time

from clients import sync
from harness import LONG, main, stack, wait_until
from web import Front, front_name

# Small, but with a query in it: what is in hand takes its time.
QUERY = "SELECT TOP 100 event_id, ra, dec, energy FROM dl3.events"
CLIENTS = 8
TIMES = 4
REQUESTS = 10_000 if LONG else 2_000


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


def replace_executable(here):
    """What an upgrade does: a new file in the old one's place, then TERM to the executable."""
    path = here.var / "app/libexec/vogate/tap-sync.fcgi"
    new = path.with_name("tap-sync.fcgi.new")
    shutil.copy2(path, new)
    os.rename(new, path)
    return terminate(here)


def terminate(here):
    """TERM to the executable; its pid. `vogate run` starts the next one."""
    pid = wait_until(lambda: here.pid_of("tap-sync.fcgi"))
    os.kill(pid, signal.SIGTERM)
    return wait_until(lambda: here.pid_of("tap-sync.fcgi") not in (None, pid), 40)


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


def test_no_request_is_lost(tap):
    """Each event several times while the clients ask."""
    for name, event in EVENTS.items():
        # As many slots as clients, so that no 503 is the answer to mere load. A front for each: the
        # supervisor waits longer with each death of a young executable.
        with Front(stack(), front_name(),
                   options={"query_slots": CLIENTS, "queue_wait_s": 30}) as here:
            load = Load(here.url, REQUESTS // len(EVENTS))
            count = 0
            while not load.is_done():
                time.sleep(0.1)
                if count < TIMES or event not in (terminate, replace_executable):
                    count += bool(event(here))
                if count >= TIMES:
                    load.enough.set()
            load.join()
            tap.ok(set(load.outcomes) == {200}, f"{name}, {TIMES} times at least: none of "
                   f"{REQUESTS // len(EVENTS)} requests and more failed", load.outcomes, load.words,
                   here.log("vogate")[-1500:])


if __name__ == "__main__":
    main(test_no_request_is_lost, needs_shared=True)
