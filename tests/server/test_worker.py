#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vogate-worker: what it writes in which order, whom it serves first, what it does when it is stopped,
when the disk is full or the database away; `vogate jobs`; W14 and W15 of the walk-throughs."""
import concurrent.futures
import os
import re
import shutil
import signal
import socket
import time

from clients import request
from harness import Stack, main, processes_of, run, shared_data, wait_until
from jobs import LONG_QUERY, SHORT, Job, Jobs, alone, each_alone, multipart, pairs
from web import WEB_USER, Process

QUERY_BACKENDS = ("SELECT count(*) FROM pg_stat_activity WHERE usename = 'vogate_query' "
                  "AND application_name = 'vogate-worker' AND state = 'active'")


def stored(here):
    return sorted(path.name for path in (here.var / "store/results").rglob("*") if path.is_file())


def vogate_jobs(here, *words):
    return run(*(WEB_USER if os.geteuid() == 0 else []), here.var / "app/bin/vogate", "--config", here.config, "jobs",
               *words, cwd="/")


def check_order(tap, base):
    """write, fsync, rename, fsync of the folder; then the database."""
    if not shutil.which("strace"):
        return tap.skip("the order of what a result is made of", "the package strace is not installed")
    trace = base.var / "run/trace"
    script = f'exec strace -D -f -y -s 300 -o {trace} -e trace=write,fsync,rename,sendto "$WORKER" "$@"'
    with alone(base, script=script) as here:
        job = Jobs(here).query(SHORT, FORMAT="csv")
        name = job.url.rpartition("/")[2]
        tap.equal(job.wait_end(), "COMPLETED", "a job under strace")
        # Its lines come late.
        text = wait_until(lambda: (lines := trace.read_text(errors="replace")) and "end job" in lines and lines)
        steps = [("write", rf"write\(\d+<[^>]*{name}-1-\w+\.part>"), ("fsync", rf"fsync\(\d+<[^>]*{name}-1-\w+\.part>"),
                 ("rename", rf'rename\("[^"]*{name}-1-(\w+)\.part", "[^"]*{name}-1-\1"'),
                 ("fsync of the folder", rf"fsync\(\d+<[^>]*/results/{name[:2]}>"),
                 ("the database", r"sendto\(\d+<[^>]*>, .*end job")]
        places = [found.start() if (found := re.search(pattern, text or "")) else -1 for _, pattern in steps]
        tap.ok(-1 not in places and places == sorted(places), "write, fsync, rename, fsync(folder), then the database",
               dict(zip([step for step, _ in steps], places)), (text or "")[-3000:])


def check_fairness(tap, base):
    """Who has nothing running goes first; no owner has more than the limit; short before long."""
    with alone(base, {"async_slots": 3, "async_per_owner": 2}) as here:
        alice, bob = Jobs(here, "alice"), Jobs(here, "bob")
        many = [alice.query(LONG_QUERY) for _ in range(5)]
        wait_until(lambda: [job.phase for job in many].count("EXECUTING") == 2, 10)
        time.sleep(1.2)
        tap.equal([job.phase for job in many], ["EXECUTING"] * 2 + ["QUEUED"] * 3, "two of alice's run, the oldest")
        other = bob.query(pairs(1))
        tap.equal(other.wait_end(20), "COMPLETED", "bob does not wait for her")
        short = alice.query(SHORT, EXECUTIONDURATION="5")
        many[0].abort()
        tap.equal(short.wait_end(20), "COMPLETED", "a short one goes ahead of the long ones before it")
        for job in many[1:]:
            job.abort()
        tap.ok(wait_until(lambda: here.psql(QUERY_BACKENDS)[0][0] == "0", 5), "no query is left")


def check_lease(tap, base):
    """A worker that sleeps beyond its lease publishes nothing."""
    with alone(base, {"lease_s": 2, "async_slots": 1}) as here:
        second = Process([base.var / "app/libexec/vogate/vogate-worker", "--config", here.config], here.home, "second.log")
        try:
            job = Jobs(here).query(pairs(20), FORMAT="csv")
            job.wait_phase("EXECUTING")
            first = here.psql("SELECT worker FROM uws.job WHERE phase = 'EXECUTING'")[0][0]
            pid = int(first.split(":")[1])
            os.kill(pid, signal.SIGSTOP)
            try:
                done = wait_until(lambda: job.phase == "COMPLETED", 30)
                row = here.psql(f"SELECT attempt, worker, losses FROM uws.job WHERE job_id = '{job.url[-32:]}'")[0]
                tap.ok(done and row[0] == "2" and row[1] != first and row[2] == "1", "another worker does it", row)
            finally:
                os.kill(pid, signal.SIGCONT)
            tag = job.result().headers["etag"]
            # It finds out within a renewal, or when it wants to write the end.
            wait_until(lambda: "how=lost" in (here.log("vogate") + (here.home / "log/second.log").read_text()), 15)
            time.sleep(0.5)
            left = [name for name in stored(here) if name.startswith(job.url[-32:])]
            tap.ok(len(left) == 1 and left[0].split("-")[1] == "2" and job.result().headers["etag"] == tag,
                   "the first changes nothing when it wakes up", left)
        finally:
            second.close()


def check_full_disk(tap, base):
    """No room: ERROR with words, and no part of a file."""
    with alone(base, script='ulimit -f 40; exec "$WORKER" "$@"') as here:
        jobs = Jobs(here)
        for name in ("csv", "fits", "votable"):
            job = jobs.query("SELECT TOP 20000 * FROM dl3.events", FORMAT=name, MAXREC="20000")
            end = job.wait_end()
            kind = re.search(r'errorSummary type="(\w+)"', job.get().text)
            tap.ok(end == "ERROR" and "disk" in job.message() and kind and kind[1] == "transient",
                   f"{name} on a full disk: {job.message()}", end)
        tap.equal([name for name in stored(here) if name.endswith(".part")], [], "no part of a file is left")
        tap.equal(jobs.query(SHORT).wait_end(), "COMPLETED", "what has room goes on")
        body, kind = multipart([("LANG", "ADQL")], [("x", "x.csv", "text/csv", b"a\n" + b"1\n" * 10)])
        tap.equal(jobs.call(jobs.url, body, headers={"Content-Type": kind}).status, 303, "uploads are another process's")


def check_store_away(tap, base):
    """The file system of the store is not mounted: refused, in words, and it goes on when it is back."""
    with alone(base) as here:
        jobs = Jobs(here)
        jobs.query(SHORT).wait_end()
        store, away = base.var / "store", base.var / "store.away"
        store.rename(away)
        store.mkdir()
        if os.geteuid() == 0:
            shutil.chown(store, "www-data", "www-data")
        try:
            mark = here.log_size("vogate")
            job = jobs.query(SHORT)
            told = here.wait_for_log("vogate", mark, "is its file system mounted", 10)
            tap.ok("is its file system mounted" in told and job.phase == "QUEUED", "a store that is away", told, job.message())
            tap.equal(list(store.iterdir()), [], "nothing is written in its place")
        finally:
            store.rmdir()
            away.rename(store)
        tap.equal(job.wait_end(30), "COMPLETED", "and the job runs when it is back")


def check_database_away(tap, base):
    """503 and Retry-After meanwhile; the job runs again, and none is told wrongly."""
    with alone(base, {"async_slots": 2}) as here:
        jobs = Jobs(here, "alice")
        waiting, running = jobs.create(), jobs.query(pairs(20))
        running.wait_phase("EXECUTING")
        here.stop_database()
        replies = [jobs.list(), jobs.post(QUERY="x"), waiting.get(), waiting.run(), waiting.get("?WAIT=5"), waiting.delete()]
        tap.ok(all(r.status == 503 and "retry-after" in r.headers and r.is_votable_error() for r in replies),
               "W14 without the database: 503, Retry-After, a VOTable", [(r.status, r.text[:100]) for r in replies])
        tap.equal(request(here.url + "/tap/capabilities").status, 200, "W14 capabilities go on")
        # Looked at once a second.
        tap.ok(wait_until(lambda: "false" in request(here.url + "/tap/availability").text, 10), "W14 availability tells")
        here.start_database()
        tap.equal(wait_until(lambda: jobs.list().status == 200, 20), True, "it is back")
        tap.equal((running.wait_end(40), waiting.phase), ("COMPLETED", "PENDING"), "the job ran again, the other waits")


def check_drain(tap, base):
    """`vogate jobs`, and W14: draining."""
    with alone(base, {"async_slots": 1}) as here:
        jobs = Jobs(here)
        pending, running, queued = jobs.create(LANG="ADQL", QUERY=SHORT), jobs.query(pairs(15)), jobs.query(SHORT)
        running.wait_phase("EXECUTING")
        tap.equal(vogate_jobs(here, "drain").returncode, 0, "vogate jobs drain")
        for words, reply in (("no new job", jobs.post(QUERY="x")), ("nor a start", pending.run())):
            tap.ok(reply.status == 503 and reply.headers.get("retry-after") == "300" and "maintenance" in reply.text,
                   f"W14 while draining {words}: 503", reply.status, reply.text)
        listed = vogate_jobs(here, "list").stdout
        tap.ok("draining" in listed and "1 EXECUTING" in listed and "(1 slots)" in listed, "vogate jobs list", listed)
        tap.equal((running.wait_end(), queued.wait_end()), ("COMPLETED", "COMPLETED"), "what ran or waited went on")
        tap.equal(vogate_jobs(here, "drain", "--off").returncode, 0, "vogate jobs drain --off")
        tap.equal(pending.run().status, 303, "then it can start")
        pending.wait_end()
        shown = vogate_jobs(here, "show", pending.url[-32:]).stdout
        tap.ok("COMPLETED" in shown and SHORT in shown, "vogate jobs show", shown)
        victim = jobs.query(LONG_QUERY)
        victim.wait_phase("EXECUTING")
        tap.ok(vogate_jobs(here, "abort", victim.url[-32:]).returncode == 0 and victim.phase == "ABORTED", "vogate jobs abort")
        tap.ok(wait_until(lambda: here.psql(QUERY_BACKENDS)[0][0] == "0", 3), "and its query is gone")
        listed = vogate_jobs(here, "list", "--phase", "aborted", "--last", "1").stdout
        tap.ok(victim.url[-32:] in listed and pending.url[-32:] not in listed, "vogate jobs list --phase", listed)
        for words in (["show"], ["show", "nothing"], ["list", "x"], ["fly"], ["list", "--phase", "x"], ["list", "--last", "0"]):
            done = vogate_jobs(here, *words)
            tap.ok(done.returncode in (1, 2) and done.stdout.startswith("vogate: "), "vogate jobs " + " ".join(words), done.stdout)
        # A file that no job names, and a job whose time is over.
        orphan = here.var / "store/results/00/00000000000000000000000000000000-1-x"
        orphan.parent.mkdir(exist_ok=True)
        orphan.write_text("left by a crash")
        if os.geteuid() == 0:
            shutil.chown(orphan.parent, "www-data")
        os.utime(orphan, (1, 1))
        here.psql(f"UPDATE uws.job SET destruction = now() WHERE job_id = '{pending.url[-32:]}'", "owner")
        tap.ok(pending.get().status == 404, "beyond its destruction a job is not there")
        done = vogate_jobs(here, "purge").stdout
        tap.ok("1 files of jobs" in done and "1 files of no job" in done and not orphan.exists()
               and not [n for n in stored(here) if n.startswith(pending.url[-32:])], "vogate jobs purge", done)


def check_limits(tap, base):
    """The queue, waits, rows and bytes have their limits."""
    with alone(base, {"async_slots": 1, "async_queue_length": 4, "async_queue_per_owner": 2, "wait_max_total": 3,
                      "wait_max_per_client": 2, "async_max_bytes": 20_000, "async_maxrec_hard": 50_000,
                      "async_pending_per_owner": 3, "max_body_bytes": 100_000, "max_upload_bytes": 200_000, "capabilities_modes": 1,
                      "async_maxrec_default": 5000}) as here:
        alice, bob, nobody = Jobs(here, "alice"), Jobs(here, "bob"), Jobs(here)
        declared = request(here.url + "/tap/capabilities").text
        found = re.findall(r'<outputLimit forMode="(\w+)">\s*<default unit="row">(\d+)</default>\s*<hard unit="row">(\d+)<', declared)
        tap.equal(found, [("sync", "100000", "20000000"), ("async", "5000", "50000")], "limits of both, with capabilities_modes")
        first = alice.query(LONG_QUERY)
        first.wait_phase("EXECUTING")
        made = [alice.query(SHORT), alice.query(SHORT)]
        reply = alice.post(LANG="ADQL", QUERY=SHORT, PHASE="RUN")
        tap.ok(reply.status == 503 and "of your jobs" in reply.text, "too many of one owner wait: 503", reply.text)
        tap.equal(alice.post(QUERY=SHORT).status, 303, "but may be made")
        made += [bob.query(SHORT), bob.query(SHORT)]
        reply = nobody.post(LANG="ADQL", QUERY=SHORT, PHASE="RUN")
        tap.ok(reply.status == 503 and "queue of jobs is full" in reply.text, "the queue is full: 503", reply.text)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            def wait(jobs):
                start = time.monotonic()
                jobs.document("?WAIT=3")
                return time.monotonic() - start
            taken = list(pool.map(wait, [first, first, first, made[2], made[3]]))
            long = sum(seconds > 2.5 for seconds in taken)
            tap.ok(long == 3 and sum(seconds > 2.5 for seconds in taken[:3]) <= 2, "WAITs beyond the limits answer at once", taken)
        first.abort()
        for job in made:
            job.wait_end()
        changed = alice.query(LONG_QUERY)
        changed.wait_phase("EXECUTING")
        changed.post("/executionduration", EXECUTIONDURATION="1")
        tap.ok(changed.wait_end(15) == "ABORTED" and "executionDuration of 1 s" in changed.message(),
               "the limit may change while the job runs", changed.message())
        more = [bob.post().status for _ in range(4)]
        tap.equal(more, [303, 303, 303, 503], "jobs that are not started have a limit, too")
        big = nobody.create()
        sizes = [nobody.call(f"{big.url}/parameters/P{n}", b"x" * 30_000, "PUT", {"Content-Type": "text/plain"}).status
                 for n in range(4)]
        tap.equal(sizes, [303, 303, 303, 413], "all parameters of a job together")
        for _ in range(2):
            body, kind = multipart([], [("f" + str(len(sizes)), "f", "text/csv", b"y" * 150_000)])
            sizes.append(nobody.call(big.url + "/parameters", body, headers={"Content-Type": kind}).status)
        tap.equal(sizes[4:], [303, 413], "and all its files")
        uploads = list((here.var / "store/uploads").rglob(big.url[-32:] + "*"))
        tap.equal(len(uploads), 1, "what was refused is not kept")
        big.post("/parameters", RUNID="named \x1b[31mlater")
        tap.equal(big.text("runId"), "named \ufffd[31mlater", "RUNID may come later")
        shown = vogate_jobs(here, "show", big.url[-32:]).stdout
        tap.ok("\x1b" not in shown and "\\x1b[31m" in shown, "and says nothing to a terminal", shown[-300:])
        job = alice.query("SELECT TOP 40000 event_id, ra FROM dl3.events", FORMAT="csv", MAXREC="40000")
        tap.ok(job.wait_end() == "COMPLETED" and 20_000 <= len(job.result().body) < 400_000, "a result is cut at its bytes",
               len(job.result().body))
        job = alice.query("SELECT event_id, ra FROM dl3.events", MAXREC="40000")
        job.wait_end()
        status, words = job.result().votable_status()
        tap.ok(status == "OVERFLOW" and "20000 bytes" in words, "and says so where it can", status, words)


def check_tarpit(tap, base):
    """A table by URL that never comes holds nothing for longer than its job."""
    with alone(base, {"async_slots": 1, "fetch_loopback": 1}) as here, socket.create_server(("127.0.0.1", 0)) as tarpit:
        jobs = Jobs(here)
        url = f"http://127.0.0.1:{tarpit.getsockname()[1]}/"
        for words, job in (("ABORT", jobs.query("SELECT * FROM TAP_UPLOAD.t", UPLOAD="t," + url)),
                           ("its limit", jobs.query("SELECT * FROM TAP_UPLOAD.t", UPLOAD="t," + url, EXECUTIONDURATION="2"))):
            job.wait_phase("EXECUTING")
            time.sleep(0.5)
            if words == "ABORT":
                job.abort()
            tap.equal(job.wait_end(20), "ABORTED", f"a fetch ends with {words}")
            tap.equal(jobs.query(SHORT).wait_end(10), "COMPLETED", "and the slot is free")


def memory_of(here, executable):
    """Resident MiB of the executable of this front."""
    path = f"{here.var}/app/libexec/vogate/{executable}"
    for pid in processes_of(here.var / "app"):
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            words = file.read().split("\0")
        if words[0] == path and any(str(here.home) in word for word in words):
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024
    raise RuntimeError(f"no {executable}")


def check_abuse(tap, base):
    """W15, asynchronous: what is too much ends in words, and memory stays flat."""
    with alone(base, {"max_query_bytes": 2_000_000}) as here:
        jobs = Jobs(here)
        jobs.query(SHORT).wait_end()
        before = {name: memory_of(here, name) for name in ("tap-async.fcgi", "vogate-worker")}
        cases = [("a query of a million characters", {"QUERY": "SELECT " + "1+" * 500_000 + "1 FROM ivoa.obscore"}),
                 ("10^5 parentheses", {"QUERY": "SELECT " + "(" * 100_000 + "1" + ")" * 100_000 + " FROM ivoa.obscore"}),
                 ("10^4 uploads", {"QUERY": SHORT, "UPLOAD": [f"t{i},param:x" for i in range(9000)]}),
                 ("an address of the host", {"QUERY": "SELECT * FROM TAP_UPLOAD.t", "UPLOAD": "t,http://169.254.169.254/"}),
                 ("a file", {"QUERY": "SELECT * FROM TAP_UPLOAD.t", "UPLOAD": "t,file:///etc/passwd"})]
        for words, data in cases:
            for _ in range(3):
                job = jobs.create(LANG="ADQL", PHASE="RUN", **data)
                end = job.wait_end()
            tap.ok(end == "ERROR" and job.message() and "internal" not in job.message(), f"{words}: {(job.message() or '')[:120]}", end)
        bomb = (b'<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
                b"<VOTABLE>&b;</VOTABLE>")
        body, kind = multipart([("LANG", "ADQL"), ("PHASE", "RUN"), ("UPLOAD", "t,param:x"),
                                ("QUERY", "SELECT * FROM TAP_UPLOAD.t")], [("x", "x", "text/xml", bomb)])
        job = Job(jobs, jobs.call(jobs.url, body, headers={"Content-Type": kind}).headers["location"])
        tap.ok(job.wait_end() == "ERROR" and job.message(), f"an XML bomb: {job.message()}")
        reply = jobs.post(**{f"P{i}": "x" for i in range(11_000)})
        tap.equal(reply.status, 400, "more parameters than a request may have", reply.text[:200])
        for name, mib in before.items():
            now = memory_of(here, name)
            tap.ok(now - mib < 50, f"{name} has not grown: {mib:.0f} to {now:.0f} MiB")


def test_worker(tap):
    """One stack, whose own services make place for those of each check."""
    with Stack(data=shared_data()) as base:
        each_alone(tap, base, check_order, check_fairness, check_lease, check_full_disk, check_store_away,
                   check_database_away, check_drain, check_limits, check_tarpit, check_abuse)


if __name__ == "__main__":
    main(test_worker)
