#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The upgrade as doc/install.md describes it, command by command, while clients ask and jobs run; and the
archive of a release that had no jobs."""
import os
import pathlib
import re
import signal
import threading
import time

from clients import request
from harness import BUILD, PG_BIN, ROOT, Stack, main, run, wait_until

# What stands for the commands that need a site: the rest runs as it is written.
PRELUDE = """set -euo pipefail
sudo() { [ "$1" != -u ] || shift 2; "$@"; }
vogate() { "%(app)s/bin/vogate" --config "%(config)s" "$@"; }
systemctl() { [ "$*" = "restart vogate-tap-sync vogate-tap-async vogate-uws vogate-worker" ] && echo "unit restarted"; }
make() { command make -s -C "%(build)s" prefix="%(app)s" sysconfdir="%(app)s/etc" "$@"; }
export PATH="$PATH:%(bin)s" PGHOST="%(var)s/run" PGUSER=vogate_owner
cd "%(folder)s"
"""


def read_blocks():
    """The commands of the section, one text for each block."""
    text = (ROOT / "doc/install.md").read_text(encoding="utf-8")
    section = re.search(r"^## Upgrade\n(.*?)^## ", text, re.M | re.S)[1]
    return re.findall(r"```sh\n(.*?)```", section, re.S)


EXECUTABLES = ("tap-async.fcgi", "tap-sync.fcgi", "uws.fcgi", "vogate-worker")
QUERY = "LANG=ADQL&FORMAT=csv&QUERY=SELECT+COUNT(*)+AS+n+FROM+tap_schema.tables"
# Some seconds of work.
LONG_QUERY = ("LANG=ADQL&FORMAT=csv&PHASE=RUN&QUERY=SELECT+COUNT(*)+AS+n+FROM+tap_schema.columns+AS+a,"
              "tap_schema.columns+AS+b,tap_schema.columns+AS+c,tap_schema.tables+AS+d")


def make_job(url, form):
    """Its address."""
    reply = request(url + "/tap/async", form.encode())
    return url + "/tap/async/" + re.search(r"<uws:jobId>(\w+)<", reply.text)[1]


def end_of(job, seconds=60):
    """The phase in which it ends, and its result."""
    phase = wait_until(lambda: (word := request(job + "/phase").text) in ("COMPLETED", "ERROR", "ABORTED") and word,
                       seconds, pause=0.1)
    return phase, request(job + "/results/result").text if phase == "COMPLETED" else request(job).text


class Client(threading.Thread):
    """Asks until it is told to stop; notes what was no good answer."""

    def __init__(self, url):
        super().__init__()
        self.url, self.enough, self.count, self.bad = url, threading.Event(), 0, []
        self.start()

    def run(self):
        while not self.enough.is_set():
            reply = request(self.url + "/tap/sync?" + QUERY)
            self.count += 1
            if reply.status != 200 or not reply.text.startswith("n\r\n"):
                self.bad.append((reply.status, reply.text[:200]))
            time.sleep(0.01)


class JobClient(Client):
    """The same with jobs."""

    def run(self):
        while not self.enough.is_set():
            phase, text = end_of(make_job(self.url, QUERY + "&PHASE=RUN"))
            self.count += 1
            if phase != "COMPLETED" or not text.startswith("n\r\n"):
                self.bad.append((phase, text[:200]))


def test_upgrade(tap):
    """Backup, installation over what runs, init, restart, doctor."""
    with Stack() as here:
        names = {"app": here.var / "app", "config": here.config, "build": BUILD, "bin": PG_BIN,
                 "var": here.var, "folder": here.folder}
        before = [here.pid_of(name) for name in EXECUTABLES]
        paths = [here.var / "app/libexec/vogate" / name for name in EXECUTABLES]
        inodes = [path.stat().st_ino for path in paths]
        install, database, restart = read_blocks()
        # What they do is done already, by whoever runs this test.
        install = install.replace("./configure && make && make check", "make all")
        restart = restart.replace("/run/vogate/", f"{here.var}/run/")
        pending, waiting = make_job(here.url, QUERY), None
        client, jobs = Client(here.url), JobClient(here.url)
        try:
            for name, block in (("programs", install), ("database", database), ("services", restart)):
                if name == "services":
                    waiting = make_job(here.url, LONG_QUERY)
                done = run("/bin/bash", "-c", PRELUDE % names + block)
                tap.ok(done.returncode == 0, f"the commands for the {name} work", done.stdout[-2000:])
                if name == "programs":
                    new = [path.stat().st_ino for path in paths]
                    tap.ok(not set(new) & set(inodes) and [here.pid_of(one) for one in EXECUTABLES] == before,
                           "the new files are there, and the old ones run on")
                    dump = pathlib.Path(here.folder / "before-upgrade.dump")
                    tap.ok(dump.exists() and dump.read_bytes()[:5] == b"PGDMP", "there is a backup")
                if name == "database":
                    tap.ok("no migration is due" in done.stdout and "unit restarted" in done.stdout
                           and " 0 FAIL" in done.stdout, "init and doctor find all in order", done.stdout)
            for name, path, pid in zip(EXECUTABLES, paths, before):
                tap.ok(wait_until(lambda name=name, pid=pid: here.pid_of(name) not in (None, pid), 40),
                       f"the new {name} runs")
                tap.equal(os.readlink(f"/proc/{here.pid_of(name)}/exe"), str(path), "from the new file")
            asked = client.count, jobs.count
            wait_until(lambda: client.count > asked[0] + 10 and jobs.count > asked[1] + 2)
        finally:
            client.enough.set()
            jobs.enough.set()
            client.join()
            jobs.join()
        tap.ok(client.count > 50 and not client.bad, "no request was lost meanwhile", client.count,
               *client.bad[:5])
        tap.ok(jobs.count > 5 and not jobs.bad, "no job was, either", jobs.count, *jobs.bad[:5])
        phase, text = end_of(waiting, 120)
        tap.ok(phase == "COMPLETED" and text.startswith("n\r\n"), "one that ran at the restart ends well", phase, text)
        request(pending + "/phase", b"PHASE=RUN")
        phase, text = end_of(pending)
        tap.ok(phase == "COMPLETED" and text.startswith("n\r\n"), "one that was made before can be started", phase, text)


def test_archive_without_jobs(tap):
    """A database as the release before jobs left it, under the executables of this one."""
    with Stack() as here:
        here.psql("DROP SCHEMA uws CASCADE; DROP SCHEMA auth CASCADE; "
                  "DELETE FROM vogate.migration WHERE number >= 4", "owner")
        (here.var / "store/vogate-store").unlink(missing_ok=True)
        start = here.log_size("vogate")
        for name in EXECUTABLES:
            pid = here.pid_of(name)
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda name=name, pid=pid: here.pid_of(name) not in (None, pid), 40)
        reply = request(here.url + "/tap/async", QUERY.encode())
        tap.ok(reply.status == 503 and "upgraded" in reply.text and "Retry-After".lower() in reply.headers,
               "jobs: 503 until the database is upgraded", reply.status, reply.text)
        log = here.wait_for_log("vogate", start, "slot ")
        for program in ("tap-async", "vogate-worker"):
            tap.ok(re.search(rf"{program}\[.*the database is at migration 3, this program knows \d+: run `vogate init`",
                             log), f"the log of {program} says what to do", log[-2000:])
        done = here.vogate("init")
        tap.ok(done.returncode == 0 and "0004_jobs" in done.stdout, "init brings the migration", done.stdout)
        phase = wait_until(lambda: request(here.url + "/tap/async", QUERY.encode()).status == 200)
        tap.ok(phase, "jobs are taken then, without a restart")
        phase, text = end_of(make_job(here.url, QUERY + "&PHASE=RUN"))
        tap.ok(phase == "COMPLETED" and text.startswith("n\r\n"), "and run", phase, text)
        tap.ok((here.var / "store/vogate-store").exists(), "the store has its marker")
        done = here.vogate("doctor")
        tap.ok(done.returncode == 0, "the doctor finds all in order", done.stdout)


if __name__ == "__main__":
    main(test_upgrade, test_archive_without_jobs)
