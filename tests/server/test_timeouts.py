#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Queries that take too long, services that do not answer: a VOTable says so behind every front."""
import os
import signal
import threading
import time

from clients import request, sync
from harness import LONG, is_alive, main, stack, wait_until
from web import Front, front_name, shorten_timeouts

# Keeps the database busy for hours and says nothing meanwhile.
SILENT = ("SELECT COUNT(*) FROM dl3.events AS a, dl3.events AS b, dl3.events AS c "
          "WHERE a.energy + b.energy + c.energy < 0")
COUNT = "SELECT COUNT(*) AS n FROM ivoa.obscore"


def check_too_long(tap, here, limit_s, slack_s):
    begin = time.monotonic()
    reply = sync(here.url, SILENT, timeout=limit_s + 60)
    took = time.monotonic() - begin
    tap.ok(reply.status in (400, 503) and reply.is_votable_error()
           and f"{limit_s} s" in reply.votable_status()[1],
           f"a query beyond {limit_s} s hears so in a VOTable", reply.status, reply.text[:400])
    tap.ok(limit_s <= took < limit_s + slack_s, "and not later", took)


def test_sync_limit(tap):
    """sync_limit_s is the service's own affair: the web server waits longer."""
    with Front(stack(), front_name(), options={"sync_limit_s": 2}) as here:
        check_too_long(tap, here, 2, 4)
        tap.equal(sync(here.url, COUNT).status, 200, "the next query is answered")
    if LONG:
        check_too_long(tap, stack(), 60, 10)


def check_error(tap, reply, statuses, name):
    tap.ok(reply.status in statuses and reply.is_votable_error()
           and reply.headers.get("retry-after") == "10",
           f"{name}: {' or '.join(map(str, statuses))} as a VOTable with Retry-After",
           reply.status, reply.headers, reply.text[:300])


def test_stopped(tap):
    """A process that hangs: the web server's time-out, shortened here to 3 s."""
    with Front(stack(), front_name(), edit=lambda text: shorten_timeouts(text, 3)) as here:
        pid = here.pid_of("tap-sync.fcgi")
        os.kill(pid, signal.SIGSTOP)
        try:
            begin = time.monotonic()
            reply = sync(here.url, COUNT, timeout=30)
            took = time.monotonic() - begin
        finally:
            os.kill(pid, signal.SIGCONT)
        check_error(tap, reply, [504], "a stopped process")
        tap.ok(2.5 < took < 8, "after the time-out", took)
        tap.ok(wait_until(lambda: sync(here.url, COUNT).status == 200), "SIGCONT: it answers again")


def test_killed(tap):
    """A process killed with a query in its hands."""
    with Front(stack(), front_name()) as here:
        replies = []
        client = threading.Thread(
            target=lambda: replies.append(sync(here.url, SILENT, timeout=30)))
        client.start()
        busy = wait_until(lambda: here.psql(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND usename = 'vogate_query' "
            "AND query LIKE '%count%'"))
        pid = here.pid_of("tap-sync.fcgi")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
        client.join()
        tap.ok(busy, "a query was running")
        if tap.ok(len(replies) == 1, "its client hears of it"):
            check_error(tap, replies[0], [502, 503], "a killed process")
        begin = time.monotonic()
        tap.equal(sync(here.url, COUNT, timeout=30).status, 200, "the next query is answered")
        tap.ok(time.monotonic() - begin < 2, "soon", time.monotonic() - begin)
        # Nobody is there to cancel the query; PostgreSQL notices by itself, or is told here.
        here.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' "
                  "AND usename = 'vogate_query'")


def test_supervisor_gone(tap):
    """No process at all."""
    with Front(stack(), front_name()) as here:
        os.kill(here.pid_of("vogate"), signal.SIGTERM)
        here.services.process.wait(40)
        check_error(tap, request(here.url + "/tap/availability"), [502, 503], "no process")
        check_error(tap, sync(here.url, COUNT), [502, 503], "no process, by POST")
        reply = request(here.url + "/tap/sync", data=b"x" * 104_300_000)
        tap.ok(reply.status == 413 and reply.is_votable_error(), "a body that is too long: 413",
               reply.status, reply.text[:300])


if __name__ == "__main__":
    main(test_sync_limit, test_stopped, test_killed, test_supervisor_gone, needs_shared=True)
