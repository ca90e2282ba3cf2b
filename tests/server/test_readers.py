#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Slow, stalled and vanished readers behind every front."""
import os
import pathlib
import socket
import struct
import threading
import time
import urllib.parse

from clients import StalledReader, sync
from harness import LONG, main, stack, wait_until
from web import Front, front_name

WIDE = ("SELECT a.ra, a.dec, a.energy, b.ra AS ra2, b.dec AS dec2, b.energy AS energy2 "
        "FROM dl3.events AS a, dl3.events AS b")
SILENT = ("SELECT COUNT(*) FROM dl3.events AS a, dl3.events AS b, dl3.events AS c "
          "WHERE a.energy + b.energy + c.energy < 0")
COUNT = "SELECT COUNT(*) AS n FROM ivoa.obscore"
RUNNING = ("SELECT count(*) FROM pg_stat_activity WHERE usename = 'vogate_query' AND state = 'active' "
           "AND application_name LIKE '%tap-sync' AND backend_start >= '{}'")
ROW_BYTES = 95  # about, of WIDE as CSV


class Download:
    """One query on a plain socket, so that we decide when to read and how to leave."""

    def __init__(self, base, query, maxrec):
        url = urllib.parse.urlparse(base)
        self.socket = socket.create_connection((url.hostname, url.port), timeout=60)
        form = urllib.parse.urlencode({"LANG": "ADQL", "FORMAT": "csv", "MAXREC": maxrec,
                                       "QUERY": query})
        # 1.0: the end of the answer is the end of the connection, without chunks in between.
        self.socket.sendall(f"POST {url.path}/tap/sync HTTP/1.0\r\nHost: {url.netloc}\r\n"
                            "Content-Type: application/x-www-form-urlencoded\r\n"
                            f"Content-Length: {len(form)}\r\n\r\n{form}".encode())

    def read_at(self, bytes_per_s):
        """All of the body, at this rate at most; (bytes, line ends, seconds)."""
        begin = time.monotonic()
        size = lines = 0
        while piece := self.socket.recv(65536):
            size += len(piece)
            lines += piece.count(b"\n")
            time.sleep(max(0.0, size / bytes_per_s - (time.monotonic() - begin)))
        return size, lines, time.monotonic() - begin

    def vanish(self):
        """As the kernel does for a client that was killed: unread bytes make it a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def sockets_of(pid):
    """How many sockets a process has open."""
    count = 0
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += os.readlink(entry).startswith("socket:")
        except OSError:
            pass
    return count


def test_slow_reader(tap):
    """Time on a slow line is not counted against sync_limit_s."""
    megabytes, limit_s = (200, 5) if LONG else (10, 2)
    rows = megabytes * 1_000_000 // ROW_BYTES
    with Front(stack(), front_name(), options={"sync_limit_s": limit_s}) as here:
        size, lines, took = Download(here.url, WIDE, rows).read_at(1_000_000)
        # The header of HTTP and that of CSV have lines, too.
        tap.ok(rows + 1 < lines < rows + 30, f"{megabytes} MB at 1 MB/s arrive whole", lines, rows)
        tap.ok(took > 2 * limit_s, "in far more than sync_limit_s", took, size)
        tap.contains(here.wait_for_log("vogate", 0, "rows="), "end=whole", "the log says so")


def test_stalled_reader(tap):
    """A reader that takes nothing loses its slot to the next (min_rate over 30 s)."""
    since = stack().psql("SELECT now()")[0][0]
    with Front(stack(), front_name(), options={"query_slots": 1, "queue_wait_s": 0}) as here:
        reader = StalledReader(here.url, WIDE)
        begin = time.monotonic()
        # Else our own first question might take the slot from the reader.
        wait_until(lambda: here.psql(RUNNING.format(since)) != [["0"]])
        tap.ok(wait_until(lambda: sync(here.url, COUNT).status == 503), "it holds the only slot")
        free = wait_until(lambda: sync(here.url, COUNT).status == 200, 45, 0.5)
        took = time.monotonic() - begin
        tap.ok(free and took < 35, "the slot is free within 35 s", took)
        tap.contains(here.wait_for_log("vogate", 0, "end=client-slow"), "end=client-slow",
                     "the log says why")
        reader.close()


def test_vanished_reader(tap):
    """Clients killed in the middle: the query ends, nothing is left of them."""
    here = stack()
    since = here.psql("SELECT now()")[0][0]
    with Front(here, front_name()) as here:
        def running():
            return int(here.psql(RUNNING.format(since))[0][0])

        def vanish(query, read):
            client = Download(here.url, query, 20_000_000)
            if read:
                for _ in range(20):
                    client.socket.recv(65536)
            else:
                wait_until(lambda: running() > 0)
            client.vanish()

        tap.equal(sync(here.url, COUNT).status, 200, "it is served")
        pid = here.pid_of("tap-sync.fcgi")
        vanish(WIDE, read=True)
        begin = time.monotonic()
        gone = wait_until(lambda: running() == 0, 10)
        took = time.monotonic() - begin
        tap.ok(gone and took < 2, "killed in mid-download: its query is gone within 2 s", took)

        if front_name() == "nginx":
            # Apache notices only when it writes to the client: see doc/install.md.
            vanish(SILENT, read=False)
            begin = time.monotonic()
            gone = wait_until(lambda: running() == 0, 10)
            took = time.monotonic() - begin
            tap.ok(gone and took < 2, "killed before the first row: gone within 2 s, too", took)

        before = sockets_of(pid)
        threads = [threading.Thread(target=lambda: [vanish(WIDE, read=True) for _ in range(50)])
                   for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tap.ok(wait_until(lambda: running() == 0, 5), "100 more: no query is left", running())
        slots = 2 * os.cpu_count() + 1
        connections = int(here.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = "
                                    "'vogate_query' AND application_name LIKE 'tap-sync%%' AND backend_start >= '%s'" % since)[0][0])
        tap.ok(connections <= slots, "no connection to PostgreSQL beyond the slots", connections)
        tap.ok(wait_until(lambda: sockets_of(pid) <= before + slots, 5), "no socket is left open",
               before, sockets_of(pid))
        tap.equal((here.pid_of("tap-sync.fcgi"), sync(here.url, COUNT).status), (pid, 200),
                  "the same process goes on serving")


if __name__ == "__main__":
    main(test_slow_reader, test_vanished_reader, *([test_stalled_reader] if LONG else []),
         needs_shared=True)
