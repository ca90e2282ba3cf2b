#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tap-async.fcgi and vogate-worker by themselves, without a web server; tests/run does this with the
sanitized build, too: what it complains about is a failure here."""
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
from clients import Reply  # noqa: E402
from harness import BUILD, Stack, main, shared_data, wait_until  # noqa: E402
from jobs import LONG_QUERY, SHORT, UWS, WRONG, multipart  # noqa: E402

COMPLAINTS = ("Sanitizer", "runtime error")


class Alone:
    """The two executables of the build on a stack whose own services are stopped."""

    def __init__(self, base):
        self.base = base
        self.environment = {"PATH": os.environ["PATH"], "VOGATE_CONFIG": str(base.config)}
        self.environment |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        os.kill(base.pid_of("vogate"), signal.SIGTERM)
        wait_until(lambda: base.pid_of("vogate") is None, 40)
        self.log = base.var / "log/alone.log"
        with open(self.log, "wb") as log:
            self.worker = subprocess.Popen([BUILD / "vogate-worker"], env=self.environment, stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log)
        self.complaints = []

    def ask(self, method, path="", query="", body=b"", kind="application/x-www-form-urlencoded", **extra):
        """One CGI request."""
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body, doseq=True).encode()
        environment = {**self.environment, "GATEWAY_INTERFACE": "CGI/1.1", "SCRIPT_NAME": "/tap/async", "PATH_INFO": path,
                       "QUERY_STRING": query, "REQUEST_URI": "/tap/async" + urllib.parse.quote(path), "REQUEST_METHOD": method,
                       "REMOTE_ADDR": "127.0.0.1", **extra}
        if body:
            environment |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": kind}
        done = subprocess.run([BUILD / "tap-async.fcgi"], input=body, env=environment, capture_output=True, timeout=120,
                              check=False)
        text = done.stderr.decode("utf-8", "replace")
        if any(word in text for word in COMPLAINTS):
            self.complaints.append(text[-3000:])
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [line.partition(": ")[::2] for line in head.decode("utf-8", "replace").split("\r\n")]
        status = dict((name.lower(), value) for name, value in headers).get("status", "0")
        return Reply(int(status.split()[0]), headers, content)

    def create(self, **data):
        reply = self.ask("POST", body=data or b"")
        return "/" + reply.headers["location"].rpartition("/")[2] if reply.status == 303 else None

    def phase(self, job):
        return self.ask("GET", job + "/phase").text

    def end(self, job):
        return wait_until(lambda: (phase := self.phase(job)) in ("COMPLETED", "ERROR", "ABORTED") and phase, 60, 0.1)


def check_jobs(tap, here):
    """A job in each of its ways."""
    job = here.create(LANG="ADQL", QUERY=SHORT, PHASE="RUN", FORMAT="csv")
    tap.equal(here.end(job), "COMPLETED", "a query")
    whole = here.ask("GET", job + "/results/result")
    part = here.ask("GET", job + "/results/result", HTTP_RANGE="bytes=3-9")
    tap.ok(part.status == 206 and part.body == whole.body[3:10], "a range of the result", part.status)
    wrong = here.create(LANG="ADQL", QUERY=WRONG, PHASE="RUN")
    tap.equal((here.end(wrong), here.ask("GET", wrong + "/error").status), ("ERROR", 200), "a wrong one")
    slow = here.create(LANG="ADQL", QUERY=LONG_QUERY, PHASE="RUN")
    wait_until(lambda: here.phase(slow) == "EXECUTING", 20)
    tap.equal(here.ask("POST", slow + "/phase", body={"PHASE": "ABORT"}).status, 303, "a long one is stopped")
    limited = here.create(LANG="ADQL", QUERY=LONG_QUERY, PHASE="RUN", EXECUTIONDURATION="1")
    tap.equal(here.end(limited), "ABORTED", "one beyond its limit")
    body, kind = multipart([("LANG", "ADQL"), ("PHASE", "RUN"), ("UPLOAD", "t,param:x"),
                            ("QUERY", "SELECT COUNT(*) AS n FROM TAP_UPLOAD.t")], [("x", "x.csv", "text/csv", b"a\n1\n2\n")])
    job = "/" + here.ask("POST", body=body, kind=kind).headers["location"].rpartition("/")[2]
    tap.equal(here.end(job), "COMPLETED", "one with an upload")
    for form in ("application/json", "text/html,application/xhtml+xml", "*/*"):
        tap.equal(here.ask("GET", job, HTTP_ACCEPT=form).status, 200, f"its document as {form}")
    tap.equal(here.ask("GET", job, "WAIT=1").status, 200, "WAIT")
    tap.equal(here.ask("DELETE", job).status, 303, "DELETE")
    tap.equal(here.ask("GET", job).status, 404, "and it is gone")


def check_users(tap, here):
    """What the web server says of a user."""
    mine = "/" + here.ask("POST", body={"QUERY": "x"}, REMOTE_USER="al'ice\"; --").headers["location"].rpartition("/")[2]
    tap.equal(here.ask("GET", mine).status, 403, "of a user with an odd name: not for others")
    listed = here.ask("GET", REMOTE_USER="al'ice\"; --")
    tap.equal(len(ET.fromstring(listed.body).findall(UWS + "jobref")), 1, "but for that user", listed.text)
    tap.equal(here.ask("GET", REMOTE_USER="x" * 300).status, 403, "a name that is too long")
    tap.equal(here.ask("GET", REMOTE_USER="\udcff").status, 403, "a name that is not UTF-8")


def check_hostile(tap, here):
    """Whatever is sent, an answer in words."""
    job = here.create()
    put = {"method": "PUT", "kind": "text/plain"}
    for name, status, words in (
            ("a value of bytes", 400, {**put, "path": job + "/parameters/QUERY", "body": b"\xff\xfe"}),
            ("a value with NUL", 400, {**put, "path": job + "/parameters/QUERY", "body": b"a\0b"}),
            ("quotes and backslashes", 303, {**put, "path": job + "/parameters/Q\"'\\{},", "body": b"\\\"',{}NULL\n\r\t;--"}),
            ("a value of 5 MB", 413, {**put, "path": job + "/parameters/QUERY", "body": b"x" * 5_000_000}),
            ("a path that goes up", 404, {"method": "GET", "path": job + "/results/../../etc/passwd"}),
            ("an id that is SQL", 404, {"method": "GET", "path": "/' OR 1=1 --"}),
            ("an id of 10 kB", 404, {"method": "GET", "path": "/" + "a" * 10_000}),
            ("a method of its own", 405, {"method": "PATCH", "path": job}),
            ("a header in a file's type", 303, {"method": "POST", "path": job + "/parameters"})):
        if status == 303 and words["method"] == "POST":
            words["body"], words["kind"] = multipart([], [("f", "a\"b.html", "text/html; x=<script>", b"<script>")])
        reply = here.ask(**words)
        tap.equal(reply.status, status, name, reply.text[:300])
    back = here.ask("GET", job + "/parameters/Q\"'\\{},")
    tap.equal(back.text, "\\\"',{}NULL\n\r\t;--", "an odd value comes back as it was")
    stored = here.ask("GET", job + "/parameters/f")
    tap.ok(stored.headers.get("content-disposition") == "attachment" and stored.headers.get("x-content-type-options") == "nosniff",
           "an uploaded page is no page of this site", stored.headers)


def test_async(tap):
    """On a stack of its own."""
    with Stack(data=shared_data()) as base:
        here = Alone(base)
        try:
            for check in (check_jobs, check_users, check_hostile):
                check(tap, here)
        finally:
            here.worker.terminate()
            status = here.worker.wait(60)
            time.sleep(0.1)
        text = here.log.read_text(errors="replace")
        tap.ok(status == 0 and not any(word in text for word in COMPLAINTS), "the worker came to a clean end", status, text[-3000:])
        tap.ok(not here.complaints, "no complaint of any request", *here.complaints[:2])


if __name__ == "__main__":
    main(test_async, needs_shared=True)
