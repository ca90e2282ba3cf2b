#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tap-sync.fcgi by itself, without a web server: one CGI request a process, as in a terminal.
tests/run does this with the sanitized build, too: what it complains about is a failure here."""
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ET

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
from clients import Reply  # noqa: E402
from harness import BUILD, main, stack  # noqa: E402

COUNT = "SELECT COUNT(*) AS n FROM tap_schema.schemas"


def form(**fields):
    return urllib.parse.urlencode({"LANG": "ADQL", "RESPONSEFORMAT": "csv", **fields})


def cgi(path, query="", body=b"", method=None, kind="application/x-www-form-urlencoded", **extra):
    """One request; Reply, standard error and exit status."""
    environment = {"PATH": os.environ["PATH"], "VOGATE_CONFIG": str(stack().config),
                   "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                   "SCRIPT_NAME": "/tap", "PATH_INFO": path, "QUERY_STRING": query,
                   "REQUEST_URI": "/tap" + path + ("?" + query if query else ""),
                   "REQUEST_METHOD": method or ("POST" if body else "GET"),
                   "REMOTE_ADDR": "127.0.0.1"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    if body:
        environment |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": kind}
    environment |= extra
    done = subprocess.run([BUILD / "tap-sync.fcgi"], input=body, env=environment,
                          capture_output=True, timeout=120, check=False)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = [line.partition(": ")[::2] for line in head.decode("utf-8", "replace").split("\r\n")]
    status = dict((name.lower(), value) for name, value in headers).get("status", "0")
    return Reply(int(status.split()[0]), headers, content), done.stderr.decode(), done.returncode


def answered(tap, name, status, *arguments, words=(), **options):
    """A request that must be answered with this status; clean exit, one line in the log."""
    reply, log, code = cgi(*arguments, **options)
    tap.ok(reply.status == status and all(word in reply.text for word in words), name,
           reply.status, reply.text[:400], log[-2000:])
    clean = code == 0 and "Sanitizer" not in log and "runtime error" not in log
    tap.ok(clean and f"status={status}" in log, name + ": a clean end and a line in the log",
           code, log[-3000:])
    return reply


def test_metadata(tap):
    """The VOSI resources."""
    for path, root in (("/capabilities", "capabilities"), ("/tables", "tableset"),
                       ("/availability", "availability")):
        reply = answered(tap, path, 200, path)
        tap.ok(ET.fromstring(reply.body).tag.endswith(root), path + " is a " + root,
               reply.text[:200])
        tap.ok(reply.content_type.startswith("text/xml"), path + " is text/xml", reply.content_type)
    answered(tap, "one table", 200, "/tables/ivoa.obscore", words=["obs_publisher_did"])
    answered(tap, "no such table", 404, "/tables/no.such", words=["QUERY_STATUS", "no.such"])
    answered(tap, "tables without columns", 200, "/tables", "detail=min")
    answered(tap, "unknown path", 404, "/nothing", words=["QUERY_STATUS"])


def test_query(tap):
    """The same query in each way that a client may send it."""
    answered(tap, "GET", 200, "/sync", form(QUERY=COUNT), words=["n\r\n"])
    answered(tap, "POST", 200, "/sync", body=form(QUERY=COUNT).encode(), words=["n\r\n"])
    answered(tap, "names in any case", 200, "/sync",
             form(QUERY=COUNT).replace("QUERY=", "query=").replace("LANG", "lang"), words=["n\r\n"])
    part = 'Content-Disposition: form-data; name="{}"\r\nContent-Type: text/plain\r\n\r\n{}\r\n'
    fields = {"LANG": "ADQL", "RESPONSEFORMAT": "csv", "QUERY": COUNT}
    body = "\r\n" + "".join("--<-x->\r\n" + part.format(*field) for field in fields.items())
    answered(tap, "multipart as STILTS sends it", 200, "/sync", body=(body + "--<-x->--\r\n").encode(),
             kind='multipart/form-data; boundary="<-x->"', words=["n\r\n"])
    answered(tap, "multipart without an end", 400, "/sync", body=body.encode(),
             kind='multipart/form-data; boundary="<-x->"', words=["ERROR"])
    head = answered(tap, "HEAD", 200, "/sync", form(QUERY=COUNT), method="HEAD")
    tap.equal(head.body, b"", "HEAD has no body")
    for name in ("votable", "votable/td", "csv", "tsv"):
        reply = answered(tap, "format " + name, 200, "/sync", form(QUERY=COUNT, RESPONSEFORMAT=name))
        if name.startswith("votable"):
            tap.equal(reply.votable_status()[0], "OK", name + " says OK")
            ET.fromstring(reply.body)
    reply = answered(tap, "MAXREC=0", 200, "/sync",
                     form(QUERY="SELECT table_name FROM tap_schema.tables", MAXREC="0",
                          RESPONSEFORMAT="votable"))
    tap.equal(reply.votable_status()[0], "OVERFLOW", "MAXREC=0 overflows")


def test_refusals(tap):
    """What is wrong with a request is said in a VOTable."""
    def votable(**fields):
        return form(**fields, RESPONSEFORMAT="votable")

    cases = [
        ("no QUERY", 400, {"query": "LANG=ADQL"}, "QUERY"),
        ("two QUERYs", 400, {"query": votable(QUERY=COUNT) + "&query=x"}, "QUERY"),
        ("unknown column", 400, {"query": votable(QUERY="SELECT tabel_name FROM tap_schema.tables")},
         "table_name"),
        ("invalid UTF-8", 400, {"query": "LANG=ADQL&QUERY=SELECT+%FF"}, "UTF-8"),
        ("NUL", 400, {"query": "LANG=ADQL&QUERY=SELECT+%00"}, "ERROR"),
        ("bad escape", 400, {"query": "LANG=ADQL&QUERY=%ZZ"}, "ERROR"),
        ("MAXREC=-1", 400, {"query": votable(QUERY=COUNT, MAXREC="-1")}, "MAXREC"),
        ("nesting", 400, {"body": votable(QUERY="SELECT " + "(" * 100_000).encode()}, "ERROR"),
        ("a long query", 400, {"body": votable(QUERY="SELECT '" + "x" * 300_000 + "'").encode()},
         "262144"),
        ("a large body", 413, {"body": b"x" * 4_200_000}, "ERROR"),
        ("an unknown media type", 415, {"body": b"<x/>", "kind": "application/json"}, "ERROR"),
        ("a wrong method", 405, {"query": votable(QUERY=COUNT), "method": "DELETE"}, "ERROR"),
    ]
    for name, status, options, word in cases:
        reply = answered(tap, name, status, "/sync", words=[], **options)
        tap.ok(reply.is_votable_error() and word in reply.text, name + ": said in a VOTable",
               reply.text[:400])
        ET.fromstring(reply.body)
    reply, log, code = cgi("/sync", body=votable(QUERY=COUNT).encode(), CONTENT_LENGTH="9999")
    tap.ok(reply.status == 400 and code == 0, "a body shorter than announced", reply.status, log[-500:])


def test_command_line(tap):
    """A configuration that cannot be read ends in one line that names it."""
    done = subprocess.run([BUILD / "tap-sync.fcgi", "--config", "/nonexistent/vogate.conf"],
                          capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=60,
                          check=False)
    tap.ok(done.returncode != 0 and "/nonexistent/vogate.conf" in done.stderr,
           "a missing configuration", done.returncode, done.stderr, done.stdout[:200])



def test_examples(tap):
    """A bad example is named in the log and left out; none at all is a 404."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "01-good.adql").write_text("-- All tables\nSELECT * FROM TAP_SCHEMA.tables\n")
        (folder / "02-bad.adql").write_text("SELECT 1 FROM TAP_SCHEMA.tables\n")
        (folder / "03-good.adql").write_text("-- The same id\nSELECT * FROM TAP_SCHEMA.columns\n")
        (folder / "other.txt").write_text("no example")
        config = folder / "vogate.conf"
        lines = [line for line in stack().config.read_text().splitlines()
                 if not line.startswith("examples_dir")]
        config.write_text("\n".join([*lines, f"examples_dir = {folder}"]) + "\n")
        reply, log, _ = cgi("/examples", VOGATE_CONFIG=str(config))
        tap.ok(reply.status == 200 and reply.text.count('typeof="example"') == 1
               and "All tables" in reply.text and "02-bad.adql" in log and "03-good.adql" in log,
               "one of three", reply.text[:300], log)
        config.write_text("\n".join([*lines, f"examples_dir = {folder}/none"]) + "\n")
        reply, _, _ = cgi("/examples", VOGATE_CONFIG=str(config))
        tap.ok(reply.status == 404, "none", reply.status)


def test_fits_without_room(tap):
    """A limit on file sizes is a 503 for who wants FITS, and nothing else."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    query = " UNION ALL ".join(["SELECT description FROM TAP_SCHEMA.columns"] * 40)
    try:
        refused, log, _ = cgi("/sync", body=form(QUERY=query, RESPONSEFORMAT="fits").encode())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    tap.ok(refused.status == 503 and "disk space" in refused.text, "no room", refused.status,
           refused.text[:300], log)
    tap.ok(cgi("/sync", body=form(QUERY=query, RESPONSEFORMAT="fits").encode())[0].status == 200, "room")


def test_log(tap):
    """The line of a request has all that an administrator asks for, however the query ended."""
    fields = ("id", "method", "path", "status", "bytes", "ms", "user", "remote", "end", "runid", "rows",
              "adql_ms", "wait_ms", "db_ms")
    for name, query in (("a query that ends", COUNT),
                        ("one that fails", "SELECT 1 / (schema_index - schema_index) AS x "
                                           "FROM tap_schema.schemas")):
        _, log, _ = cgi("/sync", body=form(QUERY=query, RUNID="campaign-7").encode(), REMOTE_USER="maria")
        lines = [line for line in log.splitlines() if "event=request" in line or " request " in line]
        found = [field for field in fields if f" {field}=" in (lines or [""])[0]]
        tap.ok(len(lines) == 1 and found == list(fields) and "user=maria" in lines[0]
               and "runid=campaign-7" in lines[0], name, sorted(set(fields) - set(found)), log)


if __name__ == "__main__":
    main(test_metadata, test_query, test_refusals, test_command_line, test_examples,
         test_fits_without_room, test_log)
