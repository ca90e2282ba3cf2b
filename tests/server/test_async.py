#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""/tap/async: the tree of a job, its parameters, its result; owners; W2, W3, and what pyvo does."""
import concurrent.futures
import datetime
import hashlib
import json
import re
import time
import xml.etree.ElementTree as ET

import pyvo
import requests

from clients import stilts, sync
from harness import main, stack, wait_until
from jobs import LONG_QUERY, NIL, PASSWORDS, SHORT, UWS, WRONG, XLINK, Job, Jobs, LoginFront, call, multipart
from web import front_name

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TABLE = b"id,ra,dec\n1,83.6,22.0\n2,10.5,-3.0\n"


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)


def check_document(tap, jobs):
    """Order and form of what a job says of itself."""
    job = jobs.query(SHORT, run=False, RUNID="my run", FORMAT="csv")
    root = job.document()
    names = [child.tag.removeprefix(UWS) for child in root]
    tap.equal(names, ["jobId", "runId", "ownerId", "phase", "quote", "creationTime", "startTime", "endTime",
                      "executionDuration", "destruction", "parameters", "results"], "elements in UWS.xsd's order")
    tap.equal([root.find(UWS + name).get(NIL) for name in ("ownerId", "quote", "startTime", "endTime")],
              [None if jobs.user else "true", "true", "true", "true"], "what is not known is nil")
    given = {p.get("id"): p.text for p in root.iter(UWS + "parameter")}
    tap.equal(given, {"LANG": "ADQL", "QUERY": SHORT, "RUNID": "my run", "FORMAT": "csv"}, "parameters as they came")
    created = instant(job.text("creationTime"))
    tap.ok(abs((datetime.datetime.now(datetime.timezone.utc) - created).total_seconds()) < 60, "times are UTC")
    for name, text in (("phase", "PENDING"), ("executionduration", job.text("executionDuration")),
                       ("destruction", job.text("destruction")), ("quote", ""), ("owner", jobs.user or "")):
        reply = job.get("/" + name)
        tap.ok(reply.text == text and reply.content_type.startswith("text/plain"), f"/{name}", reply.text)
    for name in ("parameters", "results"):
        tap.equal(ET.fromstring(job.get("/" + name).body).tag, UWS + name, f"/{name}")
    for path in ("/error", "/results/result", "/results/other", "/parameters/NOPE", "/nope"):
        tap.equal(job.get(path).status, 404, f"{path} of a PENDING job is not there")
    job.run()
    job.wait_end()
    found = json.loads(job.get(headers={"Accept": "application/json"}).text)
    tap.ok(found["phase"] == "COMPLETED" and found["results"][0]["href"] == job.url + "/results/result"
           and found["runId"] == "my run", "the same as JSON", found)
    page = job.get(headers=BROWSER)
    tap.ok(page.content_type.startswith("text/html") and "/results/result" in page.text, "a page for people",
           page.content_type)
    ET.fromstring(page.body.replace(b"<!DOCTYPE html>", b""))
    tap.equal(job.get(headers={"Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}).content_type,
              "text/xml;charset=utf-8", "Java gets XML")
    pending = jobs.create()
    tap.ok("Refresh" not in str(pending.get(headers=BROWSER).headers), "a PENDING job's page stays as it is")
    tap.ok(jobs.list().content_type.startswith("text/xml")
           and "<table>" in jobs.call(jobs.url, headers=BROWSER).text, "the list as XML and as a page")


def check_result(tap, jobs):
    """A stored file: length, date, ranges, the same bytes as sync."""
    job = jobs.query(SHORT, FORMAT="csv")
    tap.equal(job.wait_end(), "COMPLETED", "a query of a moment")
    whole = job.result()
    tap.equal(whole.body, sync(jobs.here.url, SHORT, FORMAT="csv").body, "the result is what sync answers")
    reference = next(job.document().iter(UWS + "result"))
    tap.equal((reference.get("id"), reference.get(XLINK), reference.get("size"), reference.get("mime-type")),
              ("result", job.url + "/results/result", str(len(whole.body)), "text/csv;header=present"), "its reference")
    tap.equal((whole.content_type, whole.headers.get("content-length")),
              ("text/csv;header=present", str(len(whole.body))), "type and length")
    tag, date = whole.headers["etag"], whole.headers["last-modified"]
    for header, expected in (("bytes=0-4", whole.body[:5]), ("bytes=5-", whole.body[5:]),
                             ("bytes=-7", whole.body[-7:]), ("bytes=3-100000", whole.body[3:])):
        part = job.result({"Range": header})
        tap.ok(part.status == 206 and part.body == expected, f"Range: {header}", part.status, part.body)
    tap.equal(part.headers["content-range"], f"bytes 3-{len(whole.body) - 1}/{len(whole.body)}", "Content-Range")
    tap.equal(job.result({"Range": "bytes=999999-"}).status, 416, "a range beyond the end")
    tap.equal(job.result({"Range": "bytes=0-1,3-4"}).status, 200, "several ranges: the whole")
    tap.equal(job.result({"Range": "bytes=0-1", "If-Range": tag}).status, 206, "If-Range of this content")
    tap.equal(job.result({"Range": "bytes=0-1", "If-Range": '"other"'}).status, 200, "If-Range of another")
    tap.equal(job.result({"If-None-Match": tag}).status, 304, "If-None-Match")
    tap.equal(job.result({"If-Modified-Since": date}).status, 304, "If-Modified-Since")
    head = jobs.call(job.url + "/results/result", method="HEAD")
    tap.ok(head.status == 200 and head.headers.get("content-length") == str(len(whole.body)) and not head.body,
           "HEAD", head.headers)
    for name in ("votable", "votable/td", "fits", "json"):
        job = jobs.query(SHORT, RESPONSEFORMAT=name)
        tap.ok(job.wait_end() == "COMPLETED" and job.result().status == 200, f"a job with {name}", job.message())
        if name == "votable":
            status, out, err = stilts("votlint", "votable=-", data=job.result().body)
            tap.ok(status == 0 and not out.strip() and not err.strip(), "votlint of a job's VOTable", out + err)
    job = jobs.query("SELECT TOP 20 event_id FROM dl3.events", MAXREC="5")
    job.wait_end()
    tap.equal(job.result().votable_status()[0], "OVERFLOW", "MAXREC cuts, and says so")
    job = jobs.query("SELECT event_id FROM dl3.events WHERE energy < 0")
    tap.ok(job.wait_end() == "COMPLETED" and job.result().votable_status()[0] == "OK", "no rows is a result")


def check_parameters(tap, jobs):
    """By POST and PUT, while PENDING; files."""
    job = jobs.create()
    tap.equal(job.document().find(UWS + "parameters").findall("*"), [], "a job of nothing")
    tap.equal(job.post("", QUERY=SHORT).status, 400, "parameters are no business of the job's own address")
    reply = job.post("/parameters", LANG="ADQL", QUERY=WRONG)
    tap.ok(reply.status == 303 and reply.headers["location"] == job.url, "POST to parameters")
    job.post("/parameters", query=SHORT)
    tap.equal([p.text for p in job.document().iter(UWS + "parameter")], ["ADQL", SHORT],
              "the same again replaces, whatever its case")
    reply = jobs.call(job.url + "/parameters/FORMAT", b"csv", "PUT", {"Content-Type": "text/plain"})
    tap.ok(reply.status == 303 and job.get("/parameters/format").text == "csv", "PUT of one", reply.text)
    for name in ("wrong", "t0"):
        jobs.call(job.url + "/parameters/UPLOAD", f"{name},param:x".encode(), "PUT", {"Content-Type": "text/plain"})
    tap.equal([p.text for p in job.document().iter(UWS + "parameter") if p.get("id") == "UPLOAD"], ["t0,param:x"],
              "PUT replaces even what POST adds to")
    job = jobs.create(LANG="ADQL", QUERY=SHORT, FORMAT="csv")
    body, kind = multipart([("UPLOAD", "t1,param:one")], [("one", "stars.csv", "text/csv", TABLE)])
    tap.equal(jobs.call(job.url + "/parameters", body, headers={"Content-Type": kind}).status, 303, "a file by POST")
    body, kind = multipart([("UPLOAD", "t2,param:two"),
                            ("QUERY", "SELECT a.id, b.ra FROM TAP_UPLOAD.t1 AS a JOIN TAP_UPLOAD.t2 AS b ON a.id = b.id")],
                           [("two", "more.csv", "text/csv", TABLE)])
    jobs.call(job.url + "/parameters", body, headers={"Content-Type": kind})
    given = [(p.get("id"), p.get("byReference")) for p in job.document().iter(UWS + "parameter")]
    tap.ok(given.count(("UPLOAD", None)) == 2 and ("one", "true") in given and ("two", "true") in given,
           "uploads accumulate, files are by reference", given)
    stored = job.get("/parameters/one")
    tap.ok(stored.body == TABLE and stored.headers["content-disposition"] == "attachment",
           "an uploaded file comes back", stored.headers)
    job.run()
    tap.equal((job.wait_end(), job.result().rows()), ("COMPLETED", [["id", "ra"], ["1", "83.6"], ["2", "10.5"]]),
              "both tables came with the query", job.message())
    for reply in (job.post("/parameters", QUERY="x"),
                  jobs.call(job.url + "/parameters/QUERY", b"x", "PUT", {"Content-Type": "text/plain"})):
        tap.ok(reply.status == 403 and "PENDING" in reply.text, "not after the start", reply.status)
    body, kind = multipart([("LANG", "ADQL"), ("PHASE", "RUN"), ("FORMAT", "csv"), ("UPLOAD", "t,param:x"),
                            ("QUERY", "SELECT COUNT(*) AS n FROM TAP_UPLOAD.t")], [("x", "x", "text/csv", TABLE)])
    reply = jobs.call(jobs.url, body, headers={"Content-Type": kind})
    job = Job(jobs, reply.headers["location"])
    tap.ok(job.wait_end() == "COMPLETED" and job.result().rows()[1] == ["2"], "made, uploaded and run in one request",
           job.message())


def check_moves(tap, jobs):
    """PHASE, limits of time, destruction."""
    job = jobs.query(SHORT)
    job.wait_end()
    for word, reply in (("RUN", job.run()), ("ABORT", job.abort())):
        tap.ok(reply.status == 403 and "COMPLETED" in reply.text, f"{word} of a COMPLETED job: 403 with the reason", reply.text)
    tap.equal(job.post("/phase", PHASE="STOP").status, 400, "an unknown PHASE")
    tap.equal(jobs.post(PHASE="ABORT").status, 400, "no job is made to be aborted")
    for words in ({"QUERY": WRONG, "LANG": "ADQL"}, {"LANG": "SQL", "QUERY": SHORT}, {"LANG": "ADQL"},
                  {"LANG": "ADQL", "QUERY": [SHORT, SHORT]}, {"LANG": "ADQL", "QUERY": SHORT, "FORMAT": "klingon"},
                  {"LANG": "ADQL", "QUERY": SHORT, "UPLOAD": "t,param:nothing"}):
        job = jobs.create(PHASE="RUN", **words)
        tap.ok(job.wait_end() == "ERROR" and job.message(), f"a bad parameter makes an ERROR: {job.message()}")
        error = job.get("/error")
        tap.ok(error.status == 200 and error.is_votable_error() and error.votable_status()[1].replace("&quot;", '"')
               == job.message(), "/error says the same", error.text)
        tap.equal(job.result().status, 404, "there is no result")
    job = jobs.query(LONG_QUERY, EXECUTIONDURATION="1")
    tap.ok(job.wait_end() == "ABORTED" and "executionDuration of 1 s" in job.message(),
           "beyond its limit: ABORTED, and the summary names it", job.message())
    job = jobs.query(SHORT, run=False)
    job.post("/executionduration", EXECUTIONDURATION="17")
    tap.equal(job.get("/executionduration").text, "17", "the limit as it was asked")
    job.post("/executionduration", EXECUTIONDURATION="999999999")
    tap.equal(job.get("/executionduration").text, "86400", "and as it may be at most")
    tap.equal(job.post("/executionduration", EXECUTIONDURATION="soon").status, 400, "no number")
    created = instant(job.text("creationTime"))
    job.post("/destruction", DESTRUCTION=(created + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    tap.ok(abs((instant(job.text("destruction")) - created).total_seconds() - 2 * 86400) < 2, "destruction as asked")
    job.post("/destruction", DESTRUCTION="2999-01-01")
    tap.equal(round((instant(job.text("destruction")) - created).total_seconds()), 31 * 86400, "and clamped")
    tap.equal(job.post("/destruction", DESTRUCTION="never").status, 400, "no time")
    job.post("/destruction", DESTRUCTION="2001-01-01T00:00:00")
    tap.equal(job.get().status, 404, "beyond its destruction a job is gone")
    job = jobs.query(SHORT)
    job.wait_end()
    reply = job.delete()
    tap.ok(reply.status == 303 and "LAST=" in reply.headers["location"], "DELETE leads to a short list", reply.headers)
    tap.ok(job.get().status == job.result().status == job.get("/phase").status == 404, "then all of it is 404")
    job = jobs.create()
    tap.ok(job.post("", ACTION="DELETE").status == 303 and job.get().status == 404, "ACTION=DELETE is the same")


def check_progress(tap, jobs):
    """jobInfo and quote."""
    running = [jobs.query(LONG_QUERY) for _ in range(2)]
    for job in running:
        job.wait_phase("EXECUTING")
    waiting = [jobs.query(SHORT, EXECUTIONDURATION=limit) for limit in ("3600", "60")]
    try:
        positions = [job.document().findtext(f"{UWS}jobInfo/queuePosition") for job in waiting]
        tap.equal(positions, ["2", "1"], "its place in the queue: short before long")
        quote = waiting[0].text("quote")
        tap.ok(quote and instant(quote) > instant(waiting[0].text("creationTime")), "a quote from the history", quote)
        tap.ok(waiting[0].get("/quote").text.endswith("Z"), "/quote")
        page = waiting[0].get(headers=BROWSER)
        tap.ok("in the queue" in page.text and page.headers.get("refresh"), "the page says it, and looks again")
    finally:
        for job in running:
            job.abort()
    tap.equal([job.wait_end() for job in waiting], ["COMPLETED", "COMPLETED"], "both run when there is room")
    job = jobs.query("SELECT a.event_id FROM dl3.events AS a, dl3.events AS b", MAXREC="60000000")

    def progress():
        """Of one look at the job."""
        root = job.document()
        return [int(root.findtext(f"{UWS}jobInfo/{name}") or 0) for name in ("rows", "bytes")]
    job.wait_phase("EXECUTING")
    wait_until(lambda: all(progress()), 30, 0.1)
    seen = progress()
    tap.ok(all(seen) and job.phase == "EXECUTING", "rows and bytes so far", seen, job.phase)
    job.delete()


def check_owners(tap, here):
    """W3: a user's jobs are that user's; nobody's are who knows the address's."""
    alice, bob, nobody = Jobs(here, "alice"), Jobs(here, "bob"), Jobs(here)
    alice.clear()
    bob.clear()
    mine = [alice.create(), alice.query(SHORT), alice.create()]
    mine[1].wait_end()
    others = bob.create()
    tap.equal(len(alice.refs()), 3, "W3 alice sees her jobs")
    tap.equal(len(alice.refs("?PHASE=PENDING&PHASE=COMPLETED")), 3, "W3 the union of phases")
    newest = alice.refs("?LAST=1")
    tap.equal([ref.get(XLINK) for ref in newest], [mine[2].url], "W3 the newest")
    later = alice.refs("?AFTER=" + mine[1].text("creationTime"))
    tap.equal([ref.get(XLINK) for ref in later], [mine[2].url], "W3 those after the second")
    for query in ("LAST=0", "AFTER=xx", "PHASE=FOO"):
        tap.equal(alice.list("?" + query).status, 400, f"W3 {query}")
    tap.equal(len(nobody.refs()), 0, "W3 the anonymous list is empty")
    for user, words in ((alice, "alice"), (nobody, "nobody")):
        for method, path, data in (("GET", "", None), ("GET", "/phase", None), ("GET", "/results/result", None),
                                   ("GET", "/parameters", None), ("POST", "/phase", {"PHASE": "RUN"}),
                                   ("POST", "/parameters", {"QUERY": "x"}), ("DELETE", "", None),
                                   ("POST", "", {"ACTION": "DELETE"}), ("GET", "?WAIT=5", None)):
            reply = user.call(others.url + path, data, method)
            tap.ok(reply.status == 403 and "belongs to" in reply.text, f"{method} {path} of bob's job by {words}: 403",
                   reply.status, reply.text)
    tap.equal(others.phase, "PENDING", "and nothing happened to it")
    free = nobody.create()
    tap.ok(re.fullmatch(r"[0-9a-f]{32}", free.url.rpartition("/")[2]) is not None, "ids have 128 bits", free.url)
    tap.equal(Job(alice, free.url).get().status, 200, "an anonymous job is who knows its address's")
    tap.equal(call(here.url + "/tap/async", user=None, headers={"Authorization": "Basic YWxpY2U6d3Jvbmc="}).status, 401,
              "a wrong password is refused by the web server")
    tap.equal(call(mine[0].url, headers={"Remote-User": "alice", "X-Remote-User": "alice"}).status, 403,
              "a header of the client's own is nobody's name")


def check_w2(tap, jobs):
    """W2: a job's life by hand."""
    job = jobs.create()
    job.post("/parameters", LANG="ADQL", QUERY=SHORT, FORMAT="csv")
    tap.equal(job.run().status, 303, "W2.3 run")
    tap.equal(job.text("phase", "?WAIT=60&PHASE=QUEUED") in ("EXECUTING", "COMPLETED"), True, "W2.3 WAIT")
    job.wait_end()
    tap.ok(job.result().status == 200 and job.get("/error").status == 404, "W2.4 result, and no error")
    slow = jobs.query(LONG_QUERY)
    slow.wait_phase("EXECUTING")
    slow.abort()
    backends = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vogate-worker' "
                "AND usename = 'vogate_query' AND state = 'active'")
    begin = time.monotonic()
    gone = wait_until(lambda: stack().psql(backends)[0][0] == "0", 5)
    tap.ok(slow.phase == "ABORTED" and gone and time.monotonic() - begin < 1.5, "W2.5 no backend is left after an abort")
    slow = jobs.query(LONG_QUERY)
    slow.wait_phase("EXECUTING")
    slow.delete()
    begin = time.monotonic()
    gone = wait_until(lambda: stack().psql(backends)[0][0] == "0", 5)
    tap.ok(slow.get().status == 404 and gone and time.monotonic() - begin < 1.5, "nor after a DELETE")
    job.delete()
    name = job.url.rpartition("/")[2]
    tap.ok(not list((stack().var / "store").rglob(name + "*")), "W2.6 the file is gone")


def check_pyvo(tap, here):
    """pyvo: run_async, submit_job, the list, delete."""
    service = pyvo.dal.TAPService(here.url + "/tap")
    table = service.run_async(SHORT).to_table()
    tap.equal(len(table), 3, "pyvo run_async")
    job = service.submit_job(SHORT)
    job.run().wait(timeout=30)
    job.raise_if_error()
    tap.equal(len(job.fetch_result()), 3, "pyvo submit_job")
    job.delete()
    try:
        service.run_async(WRONG)
        tap.ok(False, "pyvo raises an error")
    except pyvo.dal.DALQueryError as error:
        # Of what went wrong, pyvo 1.2 says nothing.
        tap.equal(error.reason, "Query Error", "pyvo raises an error")
    with requests.Session() as session:
        session.auth = ("alice", PASSWORDS["alice"])
        mine = pyvo.dal.TAPService(here.url + "/tap", session=session)
        made = [mine.submit_job(SHORT) for _ in range(3)]
        made[2].run().wait(timeout=30)
        listed = mine.get_job_list(phases=["COMPLETED"], last=5)
        tap.ok(made[2].job_id in [job.jobid for job in listed] and len(listed) >= 1, "pyvo lists jobs of a user", listed)
        tap.equal([job.jobid for job in mine.get_job_list(last=1)], [made[2].job_id], "pyvo lists the last")
        made[0].destruction = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=999)
        tap.ok(made[0].destruction < datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=32),
               "W7.5 a destruction that is too late is visibly clamped", made[0].destruction)
        for job in made:
            job.delete()
    job = service.submit_job(SHORT, uploads=None)
    tap.equal(job.phase, "PENDING", "pyvo sees the phase")
    job.abort()
    tap.equal(job.phase, "ABORTED", "pyvo aborts")
    job.delete()


def check_stilts(tap, here):
    """W4.4: STILTS, as TOPCAT does, asks asynchronously and deletes the job."""
    before = stack().psql("SELECT count(*) FROM uws.job")[0][0]
    status, out, err = stilts("tapquery", "tapurl=" + here.url + "/tap", "adql=" + SHORT, "sync=false", "poll=200",
                              "delete=finished", "ofmt=csv")
    tap.ok(status == 0 and len(out.splitlines()) == 4, "stilts tapquery, asynchronous", out, err)
    tap.equal(stack().psql("SELECT count(*) FROM uws.job")[0][0], before, "and the job is deleted")


def check_waiting_crowd(tap, jobs):
    """W7.2: while fifty clients wait, a job can be looked at."""
    job = jobs.create()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        waiting = [pool.submit(job.text, "phase", "?WAIT=30") for _ in range(50)]
        time.sleep(1)
        held = sum(not future.done() for future in waiting)
        tap.ok(held == 50 and job.get(timeout=5).status == 200, "fifty wait, and another is answered", held)
        job.abort()
        tap.equal({future.result() for future in waiting}, {"ABORTED"}, "all of them are told")


def check_many(tap, jobs):
    """Jobs of two thousand rows, compared by their sums."""
    query = "SELECT TOP 2000 event_id, ra, energy FROM dl3.events ORDER BY obs, event_id OFFSET {}"
    expected = {n: hashlib.sha256(sync(jobs.here.url, query.format(n), FORMAT="csv").body).hexdigest() for n in range(5)}
    made = [(n % 5, jobs.query(query.format(n % 5), FORMAT="csv")) for n in range(40)]
    right = [job.wait_end() == "COMPLETED" and hashlib.sha256(job.result().body).hexdigest() == expected[n]
             for n, job in made]
    tap.ok(all(right), "forty jobs, each with its own rows", right)


def test_async(tap):
    """Through the web server of this front, as a user and as nobody."""
    with LoginFront(stack(), front_name()) as here:
        alice, nobody = Jobs(here, "alice"), Jobs(here)
        for check in (check_document, check_result, check_parameters, check_moves):
            check(tap, alice)
            check(tap, nobody)
        check_progress(tap, nobody)
        check_owners(tap, here)
        check_w2(tap, nobody)
        check_pyvo(tap, here)
        check_stilts(tap, here)
        check_waiting_crowd(tap, nobody)
        check_many(tap, alice)


if __name__ == "__main__":
    main(test_async)
