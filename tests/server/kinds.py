# SPDX-License-Identifier: Apache-2.0
"""A kind of job for tests, `echo`, and how tests speak to the job server."""
import contextlib
import json
import pathlib
import shutil
import time
import xml.etree.ElementTree as ET

from jobs import UWS, Job, multipart

JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

# Reads its inputs and says what they were; what it is told to do comes as arguments.
ECHO = """\
version = 2.1
title = Echo
description = Copies its inputs and says what it was given.
executor = local
command = /usr/bin/python3 {kind_dir}/echo.py --job={job} --word={word} --keep={keep} --file={file} --more={more}
environment = COLOUR=blue
time_s = 20
time_hard_s = 60
memory_mb = 200
disk_mb = 20

[parameter word]
type = char
arraysize = 65536*
multiplicity = 0..*

[parameter keep]
type = char
options = copies | nothing | many | name | loop | signal | status | memory | disk | spawn
default = copies

[input file]
multiplicity = 0..1

[input more]
origin = upload result
max_mb = 1
multiplicity = 0..*

[result said]
content_type = application/json
file = said.json

[result copies]
content_type = application/octet-stream
file = copies/*.bin
multiplicity = 0..*
"""

ECHO_PY = """\
import json, os, pathlib, shutil, sys, time
given = [word.partition("=")[::2] for word in sys.argv[1:]]
said = {"arguments": sys.argv[1:], "environment": dict(os.environ), "cwd": os.getcwd(), "uid": os.getuid(),
        "job": json.load(open(dict(given)["--job"]))}
os.mkdir("copies")
keep = dict(given).get("--keep")
progress = os.fdopen(int(os.environ["VOGATE_PROGRESS_FD"]), "w")
progress.write("50 half way\\n"); progress.flush()
for number, (name, path) in enumerate(pair for pair in given if pair[0] in ("--file", "--more")):
    said.setdefault("files", []).append([name, path, pathlib.Path(path).stat().st_size])
    if keep == "copies":
        shutil.copy(path, f"copies/{number}.bin")
if keep == "many":
    for number in range(3):
        pathlib.Path(f"copies/{number}.bin").write_text(str(number))
    os.symlink("/etc/passwd", "copies/9.bin")
if keep == "name":
    pathlib.Path(os.fsdecode(b"copies/\\xff\\xfe.bin")).write_text("of no name")
print("what it says")
print("what it warns of", file=sys.stderr)
if keep == "loop":
    pathlib.Path("here").write_text(str(os.getpid()))
    time.sleep(1000)
if keep == "signal":
    os.kill(os.getpid(), 11)
if keep == "status":
    sys.exit(7)
if keep == "memory":
    held = bytearray(os.urandom(1 << 20)) * 400
    time.sleep(100)
if keep == "disk":
    for number in range(60):
        pathlib.Path(f"large-{number}").write_bytes(os.urandom(1 << 20))
        time.sleep(0.05)
    time.sleep(100)
if keep == "spawn":
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            pathlib.Path("here").write_text(str(os.getpid()))
            time.sleep(1000)
        os._exit(0)
    while not os.path.exists("here"):
        time.sleep(0.01)
    shutil.copy("here", "copies/here.bin")
if keep != "nothing":
    json.dump(said, open("said.json", "w"))
"""


@contextlib.contextmanager
def kinds(base, extra=None):
    """A folder of kinds: those that ship, `echo`, and `extra` as name -> text."""
    folder = pathlib.Path(base.var) / f"kinds-{time.monotonic_ns()}"
    shutil.copytree(base.var / "app/share/vogate/conf/jobs", folder)
    (folder / "echo.py").write_text(ECHO_PY)
    for name, text in {"echo.job": ECHO, **(extra or {})}.items():
        (folder / name).write_text(text)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def upload(jobs, fields, parts):
    body, kind = multipart(fields, parts)
    return jobs.call(jobs.url, body, headers={"Content-Type": kind})


def made(jobs, reply):
    if reply.status != 303:
        raise RuntimeError(f"{jobs.url}: {reply.status} {reply.text[:500]}")
    return Job(jobs, reply.headers["location"])


def results(job):
    """id -> (type, size, extension of the address)."""
    found = job.document().findall(f"{UWS}results/{UWS}result")
    return {one.get("id"): (one.get("mime-type"), int(one.get("size"))) for one in found}


def said(job):
    return json.loads(job.get("/results/said").text)


def message(reply):
    root = ET.fromstring(reply.body)
    return "".join(info.text or "" for info in root.iter() if info.tag.endswith("INFO"))
