#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Programs of the job server with a worker of their own: what stops them, descriptions that lie or change,
quotas."""
import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

from harness import ROOT, Stack, is_alive, main, processes_of, wait_until
from jobs import Jobs, alone, call, each_alone
from kinds import ECHO, JSON, kinds, made, message, said, upload
from test_upload import files


def program_of(here, job):
    """The process of a job that loops."""
    def look():
        for path in pathlib.Path(here.var).glob(f"work/{job.url[-32:]}-*/job/here"):
            with contextlib.suppress(ValueError, OSError):
                return int(path.read_text())
        return None
    return wait_until(look, 20)


def check_stops(tap, base):
    """What stops a program: its owner, its limits, the end of its worker."""
    options = {"lease_s": 2, "local_slots": 2, "fetch_loopback": 1}
    with kinds(base) as folder, alone(base, {"kinds_dir": folder, **options}) as here, \
            files({"/data": (200, {}, b"far away")}) as server:
        echo = Jobs(here, "alice", "/uws/echo")
        for what, stop in (("ABORT", lambda job: job.abort()), ("DELETE", lambda job: job.delete())):
            job = echo.create(keep="loop", PHASE="RUN")
            pid = program_of(here, job)
            tap.ok(pid and is_alive(pid), f"{what}: it runs")
            stop(job)
            tap.ok(wait_until(lambda: not is_alive(pid), 2), f"{what}: the program is gone within two seconds")
        job = echo.create(keep="loop", PHASE="RUN", EXECUTIONDURATION="8")
        tap.ok(job.wait_end() == "ABORTED" and "8 s" in job.message(), f"its time: {job.message()}")
        tap.equal(job.get("/results/stderr").text, "what it warns of\n", "with what it had to say")
        url = f"http://127.0.0.1:{server.server_port}/data"
        job = echo.create(keep="loop", PHASE="RUN", EXECUTIONDURATION="60", file=url)
        program_of(here, job)
        info = wait_until(lambda: "half way" in job.get().text and job.get().text, 10)
        tap.ok("<progress>50</progress>" in (info or ""), "its progress is seen", info)
        pid = program_of(here, job)
        worker = here.psql("SELECT worker FROM uws.job WHERE phase = 'EXECUTING'")[0][0]
        os.kill(int(worker.split(":")[1]), signal.SIGKILL)
        tap.ok(wait_until(lambda: not is_alive(pid), 2), "a worker that is killed: its program goes with it")
        tap.ok(wait_until(lambda: here.psql(f"SELECT attempt FROM uws.job WHERE job_id = '{job.url[-32:]}' "
                                            "AND phase = 'EXECUTING'") == [["2"]], 20), "and the job begins anew")
        second = wait_until(lambda: (new := program_of(here, job)) != pid and new, 10)
        left = list((here.var / "work").iterdir())
        tap.equal(len(left), 1, "the folder of the first is removed", left)
        tap.equal(here.psql(f"SELECT count(*) FROM uws.used WHERE job_id = '{job.url[-32:]}'"), [["1"]],
                  "what was fetched is not fetched again")
        worker = here.psql("SELECT worker FROM uws.job WHERE phase = 'EXECUTING'")[0][0]
        os.kill(int(worker.split(":")[1]), signal.SIGTERM)
        tap.ok(wait_until(lambda: not is_alive(second), 40), "a worker that is told to end stops it, too")
        job.abort()
        tap.ok(wait_until(lambda: not list((here.var / "work").iterdir()), 10), "no folder is left")


LIARS = {
    "no-program": "version = 1\ndescription = x\nexecutor = local\ncommand = nothing-there\n",
    "bad-pattern": "version = 1\ndescription = x\nexecutor = local\ncommand = /bin/true\n[result r]\nfile = ../x\n"
                   "content_type = text/plain\n",
    "loop": "version = 1\ndescription = x\nexecutor = local\ncommand = /bin/cat {in}\n[input in]\n[result r]\n"
            "file = inputs/*\ncontent_type = text/plain\n",
    "no-executor": "version = 1\ndescription = x\nexecutor = moon\ncommand = /bin/true\n",
    "no-use": "version = 1\ndescription = x\nexecutor = local\ncommand = /bin/true\n[parameter p]\ntype = int\n",
}


def check_faults(tap, base):
    """What goes wrong with a program: the phase, the reason in words, nothing left of it."""
    with kinds(base) as folder, alone(base, {"kinds_dir": folder}) as here:
        echo = Jobs(here, "alice", "/uws/echo")
        for keep, words in (("signal", "SIGSEGV"), ("status", "status 7"), ("memory", "memory"), ("disk", "disk"),
                            ("nothing", "said")):
            job = echo.create(keep=keep, PHASE="RUN")
            end = job.wait_end()
            tap.ok(end == "ERROR" and words in job.message(), f"{keep}: {job.message()}", end)
            tap.ok("what it warns of" in job.get("/results/stderr").text, f"{keep}: with its standard error")
        job = echo.create(keep="spawn", PHASE="RUN")
        end = job.wait_end()
        pid = int(job.get("/results/copies-1").text) if end == "COMPLETED" else None
        tap.ok(pid and not is_alive(pid), "what a program leaves behind ends with it", end, job.message())
        job = echo.create(keep="name", PHASE="RUN")
        end = job.wait_end()
        tap.ok(end == "COMPLETED" and job.get("/results/copies-1").text == "of no name",
               "a file whose name is no UTF-8 is a result like others", end, job.message())
        tap.ok(wait_until(lambda: not processes_of(here.var / "work"), 5), "no process is left")
        tap.ok(wait_until(lambda: not list((here.var / "work").iterdir()), 5), "no folder is left")
        known = {name for name, in here.psql("SELECT file FROM uws.content")}
        store = here.var / "store"
        left = wait_until(lambda: not (files_of(store) - known), 5)
        tap.ok(left, "no file of no job is left", files_of(store) - known)


def check_full_disk(tap, base):
    """A store without room: words, and no part of a file."""
    with kinds(base) as folder, alone(base, {"kinds_dir": folder}, script='ulimit -f 40; exec "$WORKER" "$@"') as here:
        echo = Jobs(here, "alice", "/uws/echo")
        content = os.urandom(300_000)
        job = made(echo, upload(echo, [("PHASE", "RUN")], [("file", "f", "text/plain", content)]))
        tap.ok(job.wait_end() == "ERROR" and "disk" in job.message(), f"no room for its input: {job.message()}")
        small = made(echo, upload(echo, [("PHASE", "RUN")], [("file", "f", "text/plain", b"x")]))
        tap.equal(small.wait_end(), "COMPLETED", "what has room goes on", small.message())
        tap.ok(wait_until(lambda: not [name for name in files_of(here.var / "store") if name.endswith(".part")], 5),
               "no part of a file is left")


def check_root(tap, base):
    """A worker that is root runs programs as somebody else, and none where nobody is named."""
    if os.geteuid() != 0:
        return tap.skip("programs of a worker that is root", "the tests do not run as root")
    # The front's own worker stays away.
    with kinds(base) as folder, alone(base, {"kinds_dir": folder}, script="exec sleep 1000") as here:
        folder.chmod(0o755)
        places = pathlib.Path(tempfile.mkdtemp(prefix="vogate-root-", dir="/var/tmp"))
        places.chmod(0o711)
        text = here.config.read_text() + "\njob_user = nobody\n"
        text = re.sub(r"(?m)^work_dir = .*", f"work_dir = {places}/work", text)
        config = places / "vogate.conf"
        config.write_text(re.sub(r"(?m)^libexec_dir = .*", f"libexec_dir = {base.var}/app/libexec/vogate", text))
        try:
            for job_user, expected in (("nobody", "COMPLETED"), ("", "QUEUED")):
                config.write_text(re.sub(r"(?m)^job_user = .*", f"job_user = {job_user}", config.read_text()))
                with open(places / "log", "wb") as log, subprocess.Popen(
                        [base.var / "app/libexec/vogate/vogate-worker", "--config", config], stderr=log,
                        stdin=subprocess.DEVNULL) as worker:
                    try:
                        echo = Jobs(here, "alice", "/uws/echo")
                        job = made(echo, upload(echo, [("PHASE", "RUN")], [("file", "f", "text/plain", b"x" * 1000)]))
                        phase = job.wait_phase(expected, seconds=20) if job_user else (time.sleep(3), job.phase)[1]
                        words = (places / "log").read_text()[-1500:]
                        tap.equal(phase, expected, f"a job of a root worker with job_user = {job_user!r}", job.message(), words)
                        if job_user:
                            tap.equal(said(job)["uid"], pwd.getpwnam("nobody").pw_uid, "its program is that user")
                            tap.ok(wait_until(lambda: not list((places / "work").iterdir()), 5), "no folder is left")
                        else:
                            tap.ok("job_user" in words, "the log says why", words)
                        job.delete()
                    finally:
                        worker.terminate()
        finally:
            shutil.rmtree(places)


def files_of(store):
    return {str(path.relative_to(store)) for path in (store / "entities").rglob("*") if path.is_file()}


def check_descriptions(tap, base):
    """Bad ones are refused with line and reason while the others stay; a change is seen; versions are kept."""
    with kinds(base, {f"{name}.job": text for name, text in LIARS.items()}) as folder, \
            alone(base, {"kinds_dir": folder}) as here:
        def names():
            return sorted(kind["name"] for kind in json.loads(call(here.url + "/uws", headers=JSON).text)["kinds"])
        good = names()
        tap.ok("echo" in good and not set(LIARS) & set(good), "the good ones are there", good)
        log = here.log("vogate")
        for name in LIARS:
            told = [line for line in log.splitlines() if f"{name}.job:" in line]
            tap.ok(told and "refused" in told[0], f"{name}: {told[0].split('message=')[-1] if told else None}")
        program = here.var / "comes-and-goes"
        program.unlink(missing_ok=True)
        (folder / "late.job").write_text(f"version = 1\ndescription = x\ncommand = {program}\n")
        time.sleep(1.5)
        tap.ok("late" not in names(), "one without its program is none")
        for _ in range(2):
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            tap.ok(wait_until(lambda: "late" in names(), 10, 0.2), "it is one when its program comes")
            program.unlink()
            tap.ok(wait_until(lambda: "late" not in names(), 10, 0.2), "and none when that has gone")
        first = Jobs(here, "alice", "/uws/echo").create(keep="many")
        (folder / "echo.job").write_text(ECHO.replace("version = 2.1", "version = 2.2").replace(
            "[parameter word]", "[parameter extra]\ntype = int\nmultiplicity = 0..1\n\n[parameter word]"))
        tap.ok(wait_until(lambda: call(here.url + "/uws/echo/jdl?RESPONSEFORMAT=json").text.find('"2.2"') > 0, 3),
               "a change is seen within seconds")
        tap.equal(call(here.url + "/uws/echo/jdl?RESPONSEFORMAT=json&VERSION=2.1").text.count('"2.1"'), 1,
                  "the old version can still be read")
        tap.equal(call(here.url + "/uws/echo/jdl?VERSION=1.9").status, 404, "one that never was cannot")
        tap.ok("<kindVersion>2.1</kindVersion>" in first.get().text, "a job knows the version that it was made by")
        tap.equal(Jobs(here, "alice", "/uws/echo").post(extra="x").status, 400, "new jobs go by the new one")
        time.sleep(1.1)
        first.run()
        tap.ok(first.wait_end() == "COMPLETED" and "<kindVersion>2.2</kindVersion>" in first.get().text,
               "and by the one that ran it")
        waiting = Jobs(here, "alice", "/uws/echo").create(keep="many")
        (folder / "echo.job").write_text("version = 1\n")
        tap.ok(wait_until(lambda: "echo" not in names(), 3), "a description that goes bad is no longer offered")
        echo = Jobs(here, "alice", "/uws/echo")
        tap.equal((call(first.url, user="alice").status, echo.list().status), (200, 200), "its jobs can be seen")
        reply = echo.post(keep="many")
        tap.ok(reply.status == 503 and "not offered" in message(reply), f"none can be made: {message(reply)}")
        tap.equal((waiting.run().status, waiting.post("/parameters", keep="many").status), (503, 503), "started or changed")
        tap.equal((waiting.post("/destruction", DESTRUCTION="2030-01-01").status,
                   waiting.post("/executionduration", EXECUTIONDURATION="5").status, waiting.phase), (503, 503, "PENDING"),
                  "and their times stay as they are")
        tap.equal((waiting.abort().status, waiting.phase, waiting.delete().status), (303, "ABORTED", 303), "but ended")
        tap.equal(call(here.url + "/uws/never").status, 404, "what never was is not there")
        (folder / "echo.job").write_text(ECHO)
        tap.ok(wait_until(lambda: "echo" in names(), 3), "and comes back")
        tap.equal(call(first.url, user="alice").status, 200, "with its jobs")


def check_quota(tap, base):
    """What one owner may keep, and for how long."""
    with kinds(base) as folder, alone(base, {"kinds_dir": folder, "entity_bytes_per_owner": 100_000}) as here:
        echo = Jobs(here, "bob", "/uws/echo")
        here.psql("DELETE FROM uws.job", "owner")
        here.psql("UPDATE uws.entity SET destruction = now()", "owner")
        here.vogate("jobs", "purge")
        reply = upload(echo, [], [("file", "f", "text/plain", b"x" * 100_001)])
        tap.ok(reply.status == 413 and "together" in message(reply), f"an upload beyond it: {message(reply)}")
        job = made(echo, upload(echo, [("PHASE", "RUN")], [("file", "f", "text/plain", b"x" * 60_000)]))
        tap.ok(job.wait_end() == "ERROR" and "together" in job.message(), f"results beyond it: {job.message()}")
        job.delete()
        here.psql("UPDATE uws.entity SET destruction = now()", "owner")
        here.vogate("jobs", "purge")
        job = made(echo, upload(echo, [("keep", "status"), ("PHASE", "RUN")], [("file", "f", "text/plain", b"x" * 99_999)]))
        tap.ok(job.wait_end() == "ERROR" and "status 7" in job.message(),
               f"no room for its words: why it failed is told all the same: {job.message()}")
        job.delete()
        here.psql("UPDATE uws.entity SET destruction = now()", "owner")
        here.vogate("jobs", "purge")
        replies = [upload(echo, [], [("more", "f", "text/plain", b"%d" % n)] * 1) for n in range(30)]
        tap.ok(413 in [reply.status for reply in replies], "many small files count as what they take on disk")
        for reply in replies:
            if reply.status == 303:
                made(echo, reply).delete()
        here.psql("UPDATE uws.entity SET destruction = now()", "owner")
        here.vogate("jobs", "purge")
        tap.equal(here.psql("SELECT count(*) FROM uws.entity"), [["0"]], "those whose time is over go")
        left = [path for path in (here.var / "store/entities").rglob("*") if path.is_file()]
        tap.equal(left, [], "with their files", *[path.read_bytes()[:200] for path in left],
                  here.psql("SELECT file FROM uws.content"))


COUNT_PY = """\
import json, sys
job = json.load(open(sys.argv[1]))
lines = open(job["inputs"]["list"]).read().splitlines()
open("count", "w").write(str(len(lines)))
open("lines-1.txt", "w").write("\\n".join(lines))
"""


def check_imports(tap, base):
    """Descriptions of OPUS and of WADL, imported by the command, run like any other."""
    with kinds(base, {"count.py": COUNT_PY}) as folder, alone(base, {"kinds_dir": folder}) as here:
        # All but a result that its script does not make.
        document = here.var / "opus.vot"
        document.write_text(re.sub(r'(?s)<GROUP name="log".*?</GROUP>', "", (ROOT / "tests/jdl/opus.vot").read_text()))
        done = here.vogate("job-kind", "import", document)
        tap.ok(done.returncode == 0 and (folder / "sky-cut.job").exists(), "a VOTable of OPUS is imported", done.stdout[-500:])
        done = here.vogate("job-kind", "import", ROOT / "tests/jdl/opus.wadl", "--command",
                           "/usr/bin/python3 {kind_dir}/count.py {job}")
        tap.ok(done.returncode == 0 and (folder / "count-lines.job").exists(), "and a WADL", done.stdout[-500:])
        url = here.url + "/uws/"
        tap.ok(wait_until(lambda: call(url + "count-lines/jdl").status == call(url + "sky-cut/jdl").status == 200, 3),
               "both are kinds within seconds")
        sky = Jobs(here, "alice", "/uws/sky-cut")
        job = made(sky, upload(sky, [("title", "$(id) `id`"), ("ra", "1.5"), ("mode", "good"), ("PHASE", "RUN")],
                               [("list", "l.txt", "text/plain", b"1\n2\n3\n"), ("map_of_sky", "m", "application/fits", b"x")]))
        end = job.wait_end()
        note = job.get("/results/note").text if end == "COMPLETED" else ""
        tap.ok(note.startswith("$(id) `id`\n1.5 good"), "the script of OPUS has its values as they were", end, job.message(),
               note, job.get("/results/stderr").text)
        count = Jobs(here, "alice", "/uws/count-lines")
        job = made(count, upload(count, [("pace", "2.5"), ("tags", "a"), ("odd", "2000"), ("PHASE", "RUN")],
                                 [("list", "l.txt", "text/plain", b"1\n2\n3\n")]))
        tap.ok(job.wait_end() == "COMPLETED" and job.get("/results/count").text == "3", "the one of WADL counts lines",
               job.message())


def test_programs(tap):
    """One stack, whose own services make place for those of each check."""
    with Stack() as base:
        each_alone(tap, base, check_stops, check_faults, check_full_disk, check_root, check_descriptions, check_quota,
                   check_imports)


if __name__ == "__main__":
    main(test_programs)
