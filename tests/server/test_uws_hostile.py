#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile values for the job server: whatever is in a parameter, file name, header or address arrives as it
is or is refused in words, and does nothing else. A file that each tries to make tells."""
import http.client
import json
import os
import pathlib
import urllib.parse

from harness import main, stack
from jobs import Job, Jobs, LoginFront, call, multipart
from kinds import kinds, made, message, said, upload


def values(canary):
    touch = f"touch {canary}"
    return {
        "a command in dollars": f"$({touch})", "in backticks": f"`{touch}`", "after a semicolon": f"; {touch}",
        "after a pipe": f"| {touch}", "after an and": f"&& {touch}", "after an or": f"|| {touch}",
        "in the background": f"& {touch} &", "on a line of its own": f"a\n{touch}\n", "after a carriage return": f"a\r{touch}\r",
        "out of single quotes": f"'; {touch}; '", "out of double quotes": f'"; {touch}; "', "out of both": f"'\"; {touch}; \"'",
        "a redirection": f"> {canary}", "an option": "--wrap", "an option with a command": f"--wrap={touch}",
        "a short option": f"-c{touch}", "an end of options": "--", "a way up": "../../../../etc/passwd", "a path": "/etc/passwd",
        "a home": "~root/x", "a glob": "/etc/*", "a brace": "{a,b}", "our own mark": "{kind_dir}", "our mark of the job": "{job}",
        "a variable": "$HOME ${PATH} $IFS$9", "a format": "%s%n%x%p", "backslashes": "\\\\ \\n \\0 \\x00", "quotes": "'\"`",
        "a comment": "# x", "XML": "<a href=\"x\">&amp;&lt;</a>]]>", "JSON": '{"a": ["b", null]}', "SQL": "'; DROP TABLE uws.job; --",
        "an assignment": f"LD_PRELOAD={canary}", "a tab": "a\tb", "blanks": "  a  b  ", "an escape": "\x1b]0;x\x07\x1b[2J",
        "letters": "Łódź Ελλάς 漢字 😀 \u202e\u200b", "a long one": "x" * 60_000, "python": f"__import__('os').system('{touch}')",
        "an exclamation": "!!", "the world's end": "\u2028\u2029\ufeff", "a minus": "-", "nothing but a blank": " ",
    }


def check_values(tap, here, canary):
    jobs = Jobs(here, None, "/uws/echo")
    for name, value in values(canary).items():
        reply = jobs.post(word=value, RUNID=value[:60], PHASE="RUN")
        if reply.status != 303:
            tap.ok(reply.status == 400 and message(reply), f"{name} is refused: {message(reply)[:120]}", reply.text[:300])
        else:
            job = Job(jobs, reply.headers["location"])
            end = job.wait_end()
            found = said(job) if end == "COMPLETED" else {}
            tap.ok(found.get("arguments", [None])[1:2] == ["--word=" + value]
                   and found["job"]["parameters"]["word"] == [value], f"{name} is one argument, as it was", end,
                   job.message(), str(found)[:500])
        tap.ok(not canary.exists(), f"{name} does nothing else")
    for value, name in (("a\0b", "a NUL"), ("x" * 1_000_000, "a megabyte"), ("x" * 70_000, "more than is described")):
        reply = jobs.post(word=value)
        tap.ok(reply.status in (400, 413) and message(reply), f"{name} is refused: {message(reply)[:120]}", reply.status)
    reply = call(jobs.url, b"word=%ff%fe", headers={"Content-Type": "application/x-www-form-urlencoded"})
    tap.ok(reply.status == 400 and message(reply), f"bytes that are no UTF-8: {message(reply)[:120]}")
    reply = jobs.post(**{f"w{n}": "x" for n in range(20_000)})
    tap.ok(reply.status == 400 and message(reply), f"20,000 parameters: {message(reply)[:120]}")
    reply = jobs.post(word=["x"] * 9_000, PHASE="RUN")
    job = made(jobs, reply)
    tap.ok(job.wait_end() in ("COMPLETED", "ERROR") and (job.phase == "COMPLETED" or job.message()),
           f"9,000 values of one: {job.phase} {job.message()}")


def check_names(tap, here, canary):
    """In the names of parameters, files, kinds, jobs, results; in headers and addresses."""
    jobs = Jobs(here, None, "/uws/echo")
    bad = [f"$(touch {canary})", "../../x", "--wrap", "a\nb", "é", "x" * 5000, "word]", "'", "%00", "a b"]
    for name in bad:
        reply = jobs.post(**{name: "x"})
        tap.ok(reply.status == 400 and message(reply), f"a parameter {name[:20]!r}: {message(reply)[:100]}", reply.status)
        reply = upload(jobs, [("PHASE", "RUN")], [("file", name.replace("\n", " ").replace('"', "_"), "text/plain", b"x")])
        job = made(jobs, reply)
        end = job.wait_end()
        paths = [path for _, path, _ in said(job).get("files", [])] if end == "COMPLETED" else []
        tap.ok(paths and all(path.rpartition("/")[2].startswith("file") for path in paths), f"a file called {name[:20]!r}",
               end, job.message(), paths)
        quoted = urllib.parse.quote(name, safe="")
        for path in (f"/uws/{quoted}", f"/uws/{quoted}/jdl", f"/uws/echo/{quoted}", f"/uws/echo/{quoted}/phase",
                     f"/uws/entities/{quoted}", f"{urllib.parse.urlsplit(job.url).path}/results/{quoted}",
                     f"{urllib.parse.urlsplit(job.url).path}/parameters/{quoted}"):
            base = here.url if path.startswith("/uws") else here.url[:here.url.find("/", 8)] if here.url.count("/") > 2 else here.url
            reply = call(base + path)
            # Of a segment that no file could be called Apache says 403.
            tap.ok(reply.status in (400, 403, 404) and b"QUERY_STATUS" in reply.body, f"{path[:60]}", reply.status,
                   reply.text[:200])
    kind = f"text/plain; $(touch {canary}) \x7f"
    job = made(jobs, upload(jobs, [("PHASE", "RUN")], [("file", "x", kind, b"x")]))
    tap.ok(job.wait_end() == "COMPLETED", "a media type", job.message())
    host, port = urllib.parse.urlsplit(here.url).netloc.split(":")
    for header in ("Accept", "User-Agent", "Range", "If-None-Match", "Content-Type", "X-Forwarded-For", "Referer"):
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.putrequest("POST", urllib.parse.urlsplit(jobs.url).path)
        body = b"word=x"
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader(header, f"$(touch {canary}); `touch {canary}` ../../ --wrap")
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        tap.ok(answer.status in (303, 400, 415) and (answer.status == 303 or text), f"a header {header}", answer.status, text[:200])
        connection.close()
    for value in (f"http://127.0.0.1/$(touch {canary})", f"http://127.0.0.1:1/;touch%20{canary}", "http://[::1]:1/`id`",
                  "ivo://x/$(id)?1", "param:$(id)", "param:../../etc/passwd", here.url + "/uws/echo/../../etc/passwd/results/x",
                  here.url + "/uws/entities/../../../etc/passwd"):
        reply = jobs.post(file=value, PHASE="RUN")
        job = Job(jobs, reply.headers["location"]) if reply.status == 303 else None
        tap.ok(job.wait_end() == "ERROR" and job.message() if job else reply.status in (400, 404),
               f"{value[:60]}: {(job.message() if job else message(reply))[:100]}", reply.status)
    tap.ok(not canary.exists(), "nothing of all this did anything else")


def test_hostile(tap):
    """Through the real web server to real programs."""
    canary = pathlib.Path(stack().var) / "run" / "canary"
    # Whoever runs programs could make it.
    canary.parent.chmod(0o1777 if os.geteuid() == 0 else canary.parent.stat().st_mode)
    with kinds(stack()) as folder, LoginFront(stack(), "apache", {"kinds_dir": folder, "local_per_owner": 4}) as here:
        check_values(tap, here, canary)
        check_names(tap, here, canary)


if __name__ == "__main__":
    main(test_hostile)
