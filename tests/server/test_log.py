#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The line that a request leaves in the log, and the commands of doc/install.md that read it."""
import re
import subprocess
import time
import urllib.parse

from clients import request, sync
from harness import ROOT, main, stack, wait_until

SLOW = "SELECT COUNT(*) FROM tap_schema.columns AS a, tap_schema.columns AS b, tap_schema.columns AS c"


def fields_of(line):
    return dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line))


def lines_after(start, run_id):
    text = stack().wait_for_log("vogate", start, f"runid={run_id}")
    return [line for line in text.splitlines() if f"runid={run_id}" in line]


def asked(query, **parameters):
    """The fields of the one line that this query left."""
    run_id = f"log{time.monotonic_ns()}"
    start = stack().log_size("vogate")
    reply = sync(stack().url, query, RUNID=run_id, **parameters)
    lines = lines_after(start, run_id)
    return reply, fields_of(lines[0]) if len(lines) == 1 else {"lines": lines}


def test_fields(tap):
    """Who asked, what it was, how it ended, how much, and where the time went."""
    reply, fields = asked("SELECT table_name FROM tap_schema.tables", FORMAT="csv")
    expected = {"method": "POST", "path": "/sync", "status": "200", "end": "whole", "user": "-",
                "remote": "127.0.0.1", "rows": str(len(reply.rows()) - 1),
                "bytes": str(len(reply.body))}
    tap.equal({name: fields.get(name) for name in expected}, expected, "who, what and how much")
    tap.ok(len(fields.get("id", "")) >= 8, "a request has its id", fields)
    times = ["adql_ms", "wait_ms", "db_ms", "first_ms", "ms"]
    tap.ok(all(re.fullmatch(r"\d+(\.\d+)?", fields.get(name, "")) for name in times),
           "the times are numbers", fields)
    tap.ok(int(fields["first_ms"]) <= int(fields["ms"]), "the first byte is not after the last")

    reply, fields = asked("SELECT table_name FROM tap_schema.tables", MAXREC="1")
    tap.equal((fields.get("rows"), fields.get("overflow")), ("1", "1"), "an overflow is noted")
    reply, fields = asked("SELECT nothing FROM tap_schema.tables")
    tap.equal((reply.status, fields.get("status"), fields.get("rows"), fields.get("db_ms")),
              (400, "400", "0", "0.000000"), "a refused query has kept no database busy")


def test_failed_query(tap):
    """A query that the database ends has its database time all the same."""
    here = stack()
    killer = subprocess.Popen(
        ["/bin/sh", "-c", "sleep 1.5; exec psql -XAtqc \"SELECT pg_cancel_backend(pid) FROM "
         "pg_stat_activity WHERE query LIKE '%tap_schema%' AND usename = 'vogate_query' AND "
         f"state = 'active'\" '{here.conninfo()}'"], stdout=subprocess.DEVNULL)
    reply, fields = asked(SLOW + ", tap_schema.columns AS d")
    killer.wait(30)
    tap.ok(reply.status == 503 and float(fields.get("db_ms", 0)) > 1000, "its db_ms is told",
           reply.status, fields)


def test_documented_commands(tap):
    """The commands of doc/install.md find what was asked."""
    text = (ROOT / "doc/install.md").read_text(encoding="utf-8")
    section = text[text.index("## The log"):]
    section = section[:section.index("\n## ", 4)]
    example = re.search(r"^\d{4}-\S+ info tap-sync\[\d+\] request .*$", section, re.M)[0]
    _, fields = asked("SELECT TOP 1 table_name FROM tap_schema.tables", FORMAT="csv")
    tap.equal(list(fields_of(example)), list(fields), "the example has the fields that there are")
    table = re.findall(r"^\| `(\w+)`((?:, `\w+`)*) \|", section, re.M)
    names = [name for first, more in table for name in [first, *re.findall(r"\w+", more)]]
    tap.ok(set(fields) <= set(names), "every field is explained", set(fields) - set(names))

    commands = re.findall(r"```sh\n(.*?)```", section, re.S)
    awk = [block for block in commands if "awk" in block]
    log = stack().log_path("vogate")
    for block in awk:
        block = re.sub(r"^journalctl [^|]*\|", f"cat {log} |", block)
        # No pipefail: `head` ends before `sort` has told everything.
        done = subprocess.run(["/bin/bash", "-c", block], capture_output=True, text=True, timeout=60,
                              check=False)
        tap.ok(done.returncode == 0 and re.match(r"\s*\d", done.stdout), "awk: " + block[:60].strip(),
               done.stdout[:500], done.stderr)
    tap.ok(len(awk) >= 2, "there are such commands")


def test_job(tap):
    """A job leaves a line for the request that made it, and one of the worker, as in the example."""
    start = stack().log_size("vogate")
    mark = f"log{time.monotonic_ns()}"
    form = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": "SELECT TOP 3 table_name FROM tap_schema.tables",
                                   "RUNID": mark, "PHASE": "RUN", "FORMAT": "csv"}).encode()
    reply = request(stack().url + "/tap/async", data=form)
    job = re.search(r"<uws:jobId>(\w+)<", reply.text)[1]
    text = stack().wait_for_log("vogate", start, f" job={job}")
    made = [line for line in text.splitlines() if "tap-async" in line and f" job={job}" in line and "method=POST" in line]
    tap.ok(len(made) == 1 and fields_of(made[0])["status"] == "303", "the request names its job", text)
    # The workers of all fronts of a stack look at one queue.
    logs = [stack().var / "log/vogate.log", *stack().var.glob("fronts/*/log/vogate.log")]
    done = wait_until(lambda: [line for log in logs for line in log.read_text(errors="replace").splitlines()
                               if f" job job={job} " in line])
    fields = fields_of(done[0]) if len(done) == 1 else {}
    tap.equal({name: fields.get(name) for name in ("how", "attempt", "rows", "user", "runid")},
              {"how": "completed", "attempt": "1", "rows": "3", "user": "-", "runid": mark}, "the worker's line", *done)
    manual = (ROOT / "doc/install.md").read_text(encoding="utf-8")
    example = re.search(r"^\d{4}-\S+ info vogate-worker\[\d+\] job .*$", manual, re.M)[0]
    tap.equal(list(fields_of(example)), list(fields), "the example has the fields that there are")


def test_user(tap):
    """Who is not logged in is nobody, whatever the client's headers say."""
    start = stack().log_size("vogate")
    mark = f"log{time.monotonic_ns()}"
    form = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": "SELECT TOP 1 * FROM tap_schema.tables",
                                   "RUNID": mark}).encode()
    # admin:x
    request(stack().url + "/tap/sync", data=form, headers={"Authorization": "Basic YWRtaW46eA==",
                                                           "Remote-User": "admin"})
    lines = lines_after(start, mark)
    tap.ok(len(lines) == 1 and fields_of(lines[0])["user"] == "-", "user=-", lines)


if __name__ == "__main__":
    main(test_fields, test_failed_query, test_job, test_user, test_documented_commands)
