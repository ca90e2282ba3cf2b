#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The job server /uws: kinds, inputs of every sort, results, files that outlive their jobs, what belongs to
whom, limits, and programs that are stopped."""
import hashlib
import json
import os

from harness import main, stack
from jobs import Jobs, LoginFront, call
from kinds import BROWSER, JSON, kinds, made, message, results, said, upload
from test_upload import files
from web import front_name


def check_tree(tap, here):
    """What /uws is beside job lists."""
    reply = call(here.url + "/uws", headers=JSON)
    kinds_ = {kind["name"]: kind for kind in json.loads(reply.text)["kinds"]}
    tap.ok({"echo", "fail", "sleep"} <= set(kinds_), "the kinds in JSON", reply.text)
    tap.equal(kinds_["echo"]["url"], here.url + "/uws/echo", "with the address of the list")
    reply = call(here.url + "/uws/")
    tap.ok(reply.status == 200 and b"<TD>echo</TD>" in reply.body, "and as a VOTable", reply.text[:300])
    reply = call(here.url + "/uws", headers=BROWSER)
    tap.ok(reply.content_type.startswith("text/html") and "/uws/echo/jdl" in reply.text, "and for people",
           reply.content_type, reply.text[-900:])
    for form, part in (("json", '"name":"echo"'), ("votable", "ActivityDescription"), ("wadl", "application")):
        reply = call(f"{here.url}/uws/echo/jdl?RESPONSEFORMAT={form}")
        tap.ok(reply.status == 200 and part in reply.text and "echo.py" not in reply.text,
               f"the description in {form}, without the command", reply.text[:300])
    reply = call(here.url + "/uws/echo/jdl", headers=JSON)
    tap.ok(reply.content_type.startswith("application/json"), "Accept says so as well", reply.content_type)
    tap.equal(call(here.url + "/uws/echo/jdl?RESPONSEFORMAT=pdf").status, 400, "an unknown form is refused")
    reply = call(here.url + "/uws/nothing")
    tap.ok(reply.status == 404 and "echo" in message(reply), "an unknown kind names those that are", reply.text[:300])
    tap.equal(call(here.url + "/uws/nothing/jdl").status, 404, "its description too")
    for method in ("PUT", "DELETE"):
        tap.equal(call(here.url + "/uws/echo", method=method).status, 405, f"{method} of a list")


def check_values(tap, here):
    """A value wrong by itself is 400 at creation; a missing one waits for RUN."""
    echo, sleep, fail = (Jobs(here, "alice", f"/uws/{kind}") for kind in ("echo", "sleep", "fail"))
    for data, words in (({"seconds": "-1"}, "from 0 to 3600"), ({"seconds": "4000"}, "from 0 to 3600"),
                        ({"seconds": "a"}, "number"), ({"second": "1"}, "seconds"), ({"seconds": ""}, "number")):
        reply = sleep.post(**data)
        tap.ok(reply.status == 400 and words in message(reply), f"{data}: {message(reply)}")
    reply = echo.post(keep="everything")
    tap.ok(reply.status == 400 and "copies" in message(reply), f"an option that is none: {message(reply)}")
    job = fail.create()
    tap.equal(job.phase, "PENDING", "a missing value waits")
    tap.equal(job.post("/parameters", status="0").status, 400, "the same look at parameters that come later")
    tap.equal(call(job.url + "/parameters/status", b"999", "PUT", "alice").status, 400, "and at PUT")
    tap.equal((job.run().status, job.wait_end()), (303, "ERROR"), "RUN without it ends in ERROR")
    tap.ok("status" in job.message(), f"in words: {job.message()}")
    job = fail.create(status="7", PHASE="RUN")
    tap.ok(job.wait_end() == "ERROR" and "7" in job.message(), f"a program that fails: {job.message()}")
    job = fail.create()
    tap.equal(call(job.url + "/parameters/status", b"9", "PUT", "alice").status, 303, "PUT of a good value")
    job.run()
    tap.ok(job.wait_end() == "ERROR" and "9" in job.message(), "which the program sees", job.message())
    for phase in ("HELD", "SUSPENDED"):
        job = sleep.create(seconds="0")
        here.psql(f"UPDATE uws.job SET phase = '{phase}' WHERE job_id = '{job.url[-32:]}'", "owner")
        tap.equal((job.phase, job.text("phase", "?WAIT=5"), len(sleep.refs(f"?PHASE={phase}"))), (phase, phase, 1),
                  f"{phase} is shown as such")
        job.delete()
    reply = sleep.post(seconds="0", EXECUTIONDURATION="100000")
    job = made(sleep, reply)
    tap.equal(job.text("executionDuration"), "7200", "no longer than the description allows")
    tap.equal(sleep.create(seconds="0").text("executionDuration"), "600", "and its own by default")


def check_inputs(tap, here):
    """A file with the request, by param:, by an address; what an earlier job made, by id and by address."""
    echo = Jobs(here, "alice", "/uws/echo")
    content = os.urandom(200_000)
    digest = hashlib.sha256(content).hexdigest()
    part = ("file", "a name.fits", "application/fits", content)
    job = made(echo, upload(echo, [("word", "one"), ("word", "two"), ("PHASE", "RUN")], [part]))
    tap.equal(job.wait_end(), "COMPLETED", "an uploaded file", job.message())
    found = results(job)
    tap.equal(found.get("copies-1"), ("application/octet-stream", len(content)), "its copy has type and size", found)
    tap.equal(hashlib.sha256(job.get("/results/copies-1").body).hexdigest(), digest, "and the same bytes")
    tap.equal(sorted(found), ["copies-1", "said", "stderr", "stdout"], "all results have their names")
    tap.equal(job.get("/results/stdout").text, "what it says\n", "standard output is one of them")
    tap.equal(job.get("/results/said").headers["content-disposition"], 'inline; filename="said.json"', "a file name")
    words = said(job)
    tap.equal(words["arguments"][1:3], ["--word=one", "--word=two"], "several values come one by one")
    tap.equal((words["environment"]["COLOUR"], words["job"]["parameters"]["word"]), ("blue", ["one", "two"]),
              "environment and job.json")
    tap.ok(set(words["environment"]) <= {"COLOUR", "HOME", "LANG", "LC_CTYPE", "OMP_NUM_THREADS", "PATH", "TMPDIR", "TZ",
                                         "VOGATE_PROGRESS_FD"}, "nothing else is in the environment", words["environment"])
    tap.ok("/job/inputs/file" in words["files"][0][1] and "a name" not in words["files"][0][1],
           "the file has a name of ours", words["files"])
    again = made(echo, upload(echo, [("file", "param:x"), ("PHASE", "RUN")], [("x", "x", "text/plain", b"inline")]))
    tap.equal(again.wait_end(), "COMPLETED", "param: of UWS", again.message())
    tap.equal(again.get("/results/copies-1").body, b"inline", "the file that it names")
    lost = echo.create(file="param:y", PHASE="RUN")
    tap.ok(lost.wait_end() == "ERROR" and "param:y" in lost.message(), f"which has to be there: {lost.message()}")

    with files({"/data.fits": (200, {}, content), "/far": (302, {"Location": "/data.fits"}, b""),
                "/big": (200, {}, b"x" * 4_000_000)}) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        job2 = echo.create(file=url + "/far", PHASE="RUN")
        tap.equal(job2.wait_end(), "COMPLETED", "an address, after a redirect", job2.message())
        tap.equal(hashlib.sha256(job2.get("/results/copies-1").body).hexdigest(), digest, "with its bytes")
        for path, part_ in (("/big", "bytes"), ("/none", "404")):
            bad = echo.create(file=url + path, PHASE="RUN")
            tap.ok(bad.wait_end() == "ERROR" and part_ in bad.message(), f"{path}: {bad.message()}")
    for url in ("http://169.254.169.254/x", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"):
        bad = echo.create(file=url, PHASE="RUN")
        tap.ok(bad.wait_end() == "ERROR", f"an address of the site's own network: {bad.message()}")
    for value in ("file:///etc/passwd", "ftp://x/y", "nonsense", "../../etc/passwd", "ivo://x/y?1", "http://user:p@x/"):
        reply = echo.post(file=value)
        tap.ok(reply.status in (400, 404), f"{value} is refused at once: {message(reply)}", reply.status)
    reply = echo.post(more="https://example.org/x")
    tap.ok(reply.status == 400 and "address" in message(reply), f"an origin that the input does not take: {message(reply)}")
    reply = upload(echo, [], [("more", "x", "text/plain", b"x" * 1_100_000)])
    tap.equal(reply.status, 413, f"a file beyond the input's limit: {message(reply)}")
    reply = upload(echo, [], [("word", "x", "text/plain", b"x")])
    tap.ok(reply.status == 400 and "value" in message(reply), f"a file for a value: {message(reply)}")
    reply = upload(echo, [], [("nothing", "x", "text/plain", b"x")])
    tap.ok(reply.status == 400, f"a file for nothing: {message(reply)}")

    record = [one for one in json.loads(call(here.url + "/uws/entities", user="alice").text)["entities"]
              if one["generated_by"] == job.url[-32:] and one["role"] == "copies-1"]
    tap.equal([one["sha256"] for one in record], [digest], "the result is an entity")
    for value in (record[0]["id"], record[0]["href"], job.url + "/results/copies-1"):
        next_ = echo.create(file=value, PHASE="RUN")
        tap.equal(next_.wait_end(), "COMPLETED", f"a result of an earlier job: {value}", next_.message())
        tap.equal(hashlib.sha256(next_.get("/results/copies-1").body).hexdigest(), digest, "with its bytes")
    uses = json.loads(call(record[0]["href"] + "/record", user="alice").text)["used_by"]
    tap.equal((len(uses), {use["role"] for use in uses}), (3, {"file"}), "and who used it is known", uses)
    kept = echo.create(file=record[0]["id"])
    here.psql(f"UPDATE uws.entity SET destruction = now() WHERE entity_id = '{record[0]['id']}'", "owner")
    kept.run()
    tap.equal(kept.wait_end(), "COMPLETED", "a file whose time is over stays while a job names it", kept.message())
    kept.delete()
    here.psql(f"UPDATE uws.entity SET destruction = now() + interval '1 day' WHERE entity_id = '{record[0]['id']}'", "owner")
    four = [one["id"] for one in json.loads(call(here.url + "/uws/entities", user="alice").text)["entities"]
            if one["role"] == "copies-1"][:1] * 120
    full = echo.create(more=four, PHASE="RUN")
    tap.ok(full.wait_end() == "ERROR" and "inputs" in full.message(), f"inputs beyond the disk of the job: {full.message()}")
    wide = made(echo, upload(echo, [("file", "param:x")], [("x", "x", "text/plain", b"x" * 1_100_000)]))
    wide.post("/parameters", more="param:x")
    wide.run()
    tap.ok(wide.wait_end() == "ERROR" and "more" in wide.message() and "1 MB" in wide.message(),
           f"the limit of an input holds for each way into it: {wide.message()}")
    both = upload(echo, [("file", "param:x"), ("word", "param:x")], [("x", "x", "text/plain", b"x")])
    tap.equal(both.status, 303, "a value that looks like a file's name", message(both) if both.status != 303 else "")
    for value in (job.url + "/results/none", here.url + "/uws/echo/" + "0" * 32 + "/results/said", "0" * 32):
        tap.equal(echo.post(file=value).status, 404, f"what is not there: {value}")
    return job, record[0]


def check_results(tap, here):
    """Files to results."""
    echo = Jobs(here, "alice", "/uws/echo")
    job = echo.create(keep="many", PHASE="RUN")
    tap.equal(job.wait_end(), "COMPLETED", "many files", job.message())
    found = results(job)
    tap.equal([name for name in sorted(found) if name.startswith("copies")], ["copies-1", "copies-2", "copies-3"],
              "each a result, a symbolic link none", found)
    job = echo.create(keep="nothing", PHASE="RUN")
    tap.ok(job.wait_end() == "ERROR" and "said" in job.message(), f"a result that is missing: {job.message()}")
    tap.equal(job.get("/results/stderr").text, "what it warns of\n", "what the program said is there all the same")


def check_owners(tap, here, job, record):
    """Job, logs, results and files of alice are hers."""
    for user in ("bob", None):
        who = user or "nobody"
        for path in ("", "/phase", "/parameters", "/results", "/results/said", "/results/stdout", "/error", "/owner"):
            tap.equal(call(job.url + path, user=user).status, 403, f"{who}: {path or 'the job'} is hers")
        for url in (record["href"], record["href"] + "/record"):
            tap.equal(call(url, user=user).status, 403, f"{who}: {url[-40:]} is hers")
        tap.equal(call(record["href"], method="DELETE", user=user).status, 403, f"{who}: nor can it be deleted")
        for value in (record["id"], job.url + "/results/said"):
            reply = Jobs(here, user, "/uws/echo").post(file=value)
            tap.equal(reply.status, 403, f"{who}: nor be an input: {message(reply)}")
        tap.equal(len(Jobs(here, user, "/uws/echo").refs()), 0, f"{who}: an empty list")
        found = json.loads(call(here.url + "/uws/entities", user=user).text)["entities"]
        tap.ok(all(one["owner"] == user for one in found), f"{who}: only files of their own", found)
    anonymous = Jobs(here, None, "/uws/echo").create(keep="many", PHASE="RUN")
    anonymous.wait_end()
    tap.equal(call(anonymous.url + "/results/said", user="bob").status, 200, "an anonymous job is of who knows it")
    file = here.psql(f"SELECT entity_id FROM uws.result WHERE job_id = '{anonymous.url[-32:]}' AND result_id = 'said'")[0][0]
    file = f"{here.url}/uws/entities/{file}"
    users = {user: Jobs(here, user, "/uws/echo").create(file=file, PHASE="RUN") for user in ("alice", None)}
    for user, one in users.items():
        tap.equal(one.wait_end(), "COMPLETED", f"its files are of who knows them: {user}", one.message())
    for user in ("alice", "bob", None):
        told = call(file + "/record", user=user).text + call(file, method="DELETE", user=user).text
        tap.equal([name for name, one in {**users, "maker": anonymous}.items() if one.url[-32:] in told],
                  [user] if user == "alice" else [], f"{user} does not learn from them which jobs there are", told)


def check_entities(tap, here):
    """Equal bytes are stored once; they outlive their job, and go when nobody needs them."""
    echo = Jobs(here, "bob", "/uws/echo")
    content = os.urandom(50_000)
    digest = hashlib.sha256(content).hexdigest()
    both = [made(echo, upload(echo, [("PHASE", "RUN")], [("file", "f", "text/plain", content)])) for _ in range(2)]
    for job in both:
        job.wait_end()
    row = here.psql(f"SELECT file, (SELECT count(*) FROM uws.entity e WHERE e.sha256 = c.sha256) FROM uws.content c "
                    f"WHERE sha256 = '{digest}'")
    tap.equal((len(row), row[0][1]), (1, "4"), "four entities, one content", row)
    path = here.var / "store" / row[0][0]
    tap.equal(hashlib.sha256(path.read_bytes()).hexdigest(), digest, "in one file")
    mine = [one for one in json.loads(call(here.url + "/uws/entities", user="bob").text)["entities"]
            if one["sha256"] == digest]
    reply = call(mine[0]["href"], method="DELETE", user="bob")
    tap.ok(reply.status == 403 and "job" in message(reply), f"not while a job has it: {message(reply)}")
    for job in both:
        job.delete()
    tap.equal(call(mine[0]["href"], user="bob").body, content, "it outlives the job")
    reply = call(mine[0]["href"], user="bob", headers={"Range": "bytes=0-9"})
    tap.equal((reply.status, reply.body), (206, content[:10]), "a part of it")
    tap.equal(reply.headers["content-disposition"], "attachment", "never shown as a page")
    for one in mine:
        tap.equal(call(one["href"], method="DELETE", user="bob").status, 303, "deleted by its owner")
    tap.ok(not path.exists() and not here.psql(f"SELECT FROM uws.content WHERE sha256 = '{digest}'"),
           "with the last goes the file")
    tap.equal(call(mine[0]["href"], user="bob").status, 404, "and it is gone")


def test_uws(tap):
    """The job server through the web server of this front."""
    with kinds(stack()) as folder, LoginFront(stack(), front_name(), {
            "kinds_dir": folder, "fetch_loopback": 1, "max_upload_bytes": 3_000_000, "local_slots": 2,
            "local_per_owner": 4}) as here:
        check_tree(tap, here)
        check_values(tap, here)
        job, record = check_inputs(tap, here)
        check_results(tap, here)
        check_owners(tap, here, job, record)
        check_entities(tap, here)
        for user in ("alice", "bob"):
            for kind in ("echo", "sleep", "fail"):
                Jobs(here, user, f"/uws/{kind}").clear()


if __name__ == "__main__":
    main(test_uws)
