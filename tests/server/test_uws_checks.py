#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The 73 scenarios of the public UWS validator, restated, for queries and for a kind of the job server: as a
user, and those that need no list also anonymously."""
import concurrent.futures
import time
import xml.etree.ElementTree as ET

from harness import LONG, main, stack
from jobs import LONG_QUERY, PHASES, SHORT, UWS, WRONG, XLINK, Job, Jobs, LoginFront, pairs
from web import front_name

# Seconds that a WAIT is to block; the validator's own number in the long run.
BLOCK = 10 if LONG else 2
MORE = 2.5  # seconds that an answer may take beyond it
MIDDLE = pairs(10)

# What stands for each query in /uws/sleep. Two values where one may be are an error when the job runs.
SLEEPS = {SHORT: {"seconds": "0"}, WRONG: {"seconds": ["1", "2"]}, LONG_QUERY: {"seconds": "100"}, MIDDLE: {"seconds": "1"}}


class TapJobs(Jobs):
    name = "tap"


class SleepJobs(Jobs):
    name = "sleep"

    def __init__(self, here, user=None):
        super().__init__(here, user, "/uws/sleep")

    def post(self, **data):
        data.pop("LANG", None)
        return super().post(**SLEEPS.get(data.pop("QUERY", None), {}), **data)


def timed(function):
    start = time.monotonic()
    value = function()
    return value, time.monotonic() - start


def basics(tap, jobs, who):
    """Feature job_basics, and account."""
    tap.equal(jobs.list().status, 200, f"{who}: the base URL answers")
    job = jobs.create(LANG="ADQL", QUERY=SHORT)
    root = job.document()
    names = {child.tag.removeprefix(UWS) for child in root}
    tap.ok(root.tag == UWS + "job" and {"jobId", "ownerId", "executionDuration", "phase"} <= names
           and job.text("phase") == "PENDING", f"{who}: create a PENDING job", names)
    tap.equal(root.get("version"), "1.1", f"{who}: its version")
    reply = job.delete()
    followed = jobs.call(reply.headers["location"])
    tap.ok(reply.status == 303 and ET.fromstring(followed.body).tag == UWS + "jobs"
           and job.get().status == 404, f"{who}: delete leads to the list, then 404")
    job = jobs.create(QUERY=SHORT)
    job.abort()
    tap.ok(job.text("phase") == "ABORTED" and job.text("endTime"), f"{who}: create and abort")
    job = jobs.create(LANG="ADQL", QUERY=SHORT)
    job.run()
    tap.ok(job.text("phase") in ("QUEUED", "EXECUTING", "COMPLETED"), f"{who}: create and run")
    job = jobs.query(SHORT)
    tap.ok(job.text("phase") in ("QUEUED", "EXECUTING", "COMPLETED"), f"{who}: run in one step")
    job = jobs.query(WRONG)
    tap.ok(job.wait_end() == "ERROR" and job.text("startTime") and job.text("endTime"),
           f"{who}: an ERROR has its times")
    job = jobs.query(LONG_QUERY)
    started = job.wait_phase("EXECUTING", seconds=60)
    job.abort()
    tap.ok(started == "EXECUTING" and job.text("phase") == "ABORTED" and job.text("endTime"),
           f"{who}: abort while it runs", started)


def waits(tap, jobs, who):
    """Feature job_wait."""
    done = {phase: jobs.create(QUERY=SHORT) for phase in ("PENDING", "ABORTED")}
    done["ABORTED"].abort()
    done["COMPLETED"] = jobs.query(SHORT)
    done["ERROR"] = jobs.query(WRONG)
    for phase in ("COMPLETED", "ERROR"):
        done[phase].wait_end()
    _, taken = timed(lambda: done["ABORTED"].document("?WAIT=10"))
    tap.ok(taken < MORE, f"{who}: WAIT on an aborted job returns at once", taken)
    for phase in ("COMPLETED", "ERROR", "UNKNOWN", "HELD", "SUSPENDED", "ABORTED", "ARCHIVED"):
        job = done.get(phase, done["ABORTED"])
        reply, taken = timed(lambda: job.get(f"?WAIT=10&PHASE={phase}"))
        tap.ok(reply.status == 200 and taken < MORE, f"{who}: WAIT with PHASE={phase} returns at once", taken)
    for phase in ("EXECUTING", "QUEUED"):
        _, taken = timed(lambda: done["PENDING"].document(f"?WAIT=10&PHASE={phase}"))
        tap.ok(taken < MORE, f"{who}: WAIT with another phase, {phase}, returns at once", taken)

    def chain():
        job = jobs.query(MIDDLE)
        begin = time.monotonic()
        job.document("?WAIT=120&PHASE=QUEUED")
        phase = job.text("phase", "?WAIT=30&PHASE=EXECUTING")
        return phase, time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        plain = pool.submit(timed, lambda: jobs.create().text("phase", f"?WAIT={BLOCK}"))
        named = pool.submit(timed, lambda: jobs.create().text("phase", f"?WAIT={BLOCK}&PHASE=PENDING"))
        ends = pool.submit(chain)
        endless = pool.submit(timed, lambda: endless_wait(jobs))
        for future, words in ((plain, f"WAIT={BLOCK} on a PENDING job blocks"),
                              (named, f"WAIT={BLOCK} with PHASE=PENDING blocks")):
            phase, taken = future.result()
            tap.ok(phase == "PENDING" and BLOCK <= taken < BLOCK + MORE, f"{who}: {words}", phase, taken)
        phase, taken = ends.result()
        tap.ok(phase == "COMPLETED" and taken < 30, f"{who}: WAIT through QUEUED and EXECUTING to COMPLETED",
               phase, taken)
        phase, taken = endless.result()
        tap.ok(phase == "ABORTED" and taken > BLOCK, f"{who}: WAIT=-1 blocks until something happens", phase, taken)


def endless_wait(jobs):
    job = jobs.create()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(job.text, "phase", "?WAIT=-1")
        time.sleep(BLOCK + 0.3)
        blocked = not waiting.done()
        job.abort()
        return waiting.result(10) if blocked else "did not block"


def creation_times(jobs, refs):
    return [Job(jobs, ref.get(XLINK)).text("creationTime") for ref in refs]


def lists(tap, jobs):
    """Feature joblist."""
    jobs.clear()
    made = [jobs.create(QUERY=SHORT) for _ in range(3)]
    made += [jobs.query(SHORT), jobs.query(WRONG), jobs.create(), jobs.create()]
    made[-1].abort()
    for job in made[3:5]:
        job.wait_end()
    reply = jobs.list()
    root = ET.fromstring(reply.body)
    tap.equal(reply.status, 200, f"{jobs.name} list: 200")
    tap.ok(reply.content_type.split(";")[0] in ("text/xml", "application/xml"), f"{jobs.name} list: XML", reply.content_type)
    tap.equal(root.tag, UWS + "jobs", f"{jobs.name} list: the root is jobs")
    refs = root.findall(UWS + "jobref")
    tap.ok(len(refs) == len(made) and all(ref.get("id") and ref.findtext(UWS + "phase") for ref in refs),
           f"{jobs.name} list: each has id and phase", reply.text)
    tap.ok(all(ref.findtext(UWS + "phase") in PHASES[:-1] for ref in refs), f"{jobs.name} list: legal phases, none ARCHIVED")
    tap.equal(root.get("version"), "1.1", f"{jobs.name} list: its version")

    def phases_of(query):
        return [ref.findtext(UWS + "phase") for ref in jobs.refs(query)]

    count = {phase: sum(ref.findtext(UWS + "phase") == phase for ref in refs) for phase in PHASES}
    for phase in PHASES:
        tap.equal(phases_of(f"?PHASE={phase}"), [phase] * count[phase], f"{jobs.name} list: PHASE={phase}")
    for word in ("pending", "FOO", "", "PENDING,ABORTED"):
        tap.equal(jobs.list(f"?PHASE={word}").status, 400, f"{jobs.name} list: PHASE={word!r} is refused")
    for words in (("PENDING", "COMPLETED"), ("ERROR", "ABORTED"), ("QUEUED", "EXECUTING"),
                  ("PENDING", "COMPLETED", "ERROR"), ("ABORTED", "ARCHIVED", "HELD"),
                  ("QUEUED", "SUSPENDED", "UNKNOWN")):
        found = phases_of("?" + "&".join(f"PHASE={word}" for word in words))
        tap.ok(set(found) <= set(words) and len(found) == sum(count[word] for word in words),
               f"{jobs.name} list: PHASE=" + "+".join(words), found)
    for last in (1, 3, 120, 254, 3423):
        found = jobs.refs(f"?LAST={last}")
        times = creation_times(jobs, found)
        tap.ok(len(found) == min(last, len(made)) and times == sorted(times, reverse=True),
               f"{jobs.name} list: LAST={last} is the newest, newest first", times)
    for last in ("-1", "-254", "many"):
        tap.equal(jobs.list(f"?LAST={last}").status, 400, f"{jobs.name} list: LAST={last} is refused")
    for phase, last in (("PENDING", 2), ("COMPLETED", 5), ("ABORTED", 1)):
        found = phases_of(f"?PHASE={phase}&LAST={last}")
        tap.equal(found, [phase] * min(last, count[phase]), f"{jobs.name} list: PHASE={phase} and LAST={last}")
    for after in ("2015-10-26T09:15:35", "2015-10-26%2009:15", "2015-10-26", "2015", "20151026"):
        tap.equal(len(jobs.refs(f"?AFTER={after}")), len(made), f"{jobs.name} list: AFTER={after}")
    for after in ("2015-26-10", "yesterday", "2015-10-26T09:15:35%2B01:00"):
        tap.equal(jobs.list(f"?AFTER={after}").status, 400, f"{jobs.name} list: AFTER={after} is refused")
    times = sorted(creation_times(jobs, refs))
    middle = times[len(times) // 2]
    later = [time_ for time_ in times if time_ > middle]
    tap.equal(sorted(creation_times(jobs, jobs.refs(f"?AFTER={middle}"))), later,
              f"{jobs.name} list: AFTER a creationTime of the list is strict")
    for phase in ("PENDING", "ABORTED", "COMPLETED"):
        found = jobs.refs(f"?PHASE={phase}&AFTER={middle}")
        tap.ok(all(ref.findtext(UWS + "phase") == phase for ref in found)
               and all(time_ > middle for time_ in creation_times(jobs, found)), f"{jobs.name} list: PHASE={phase} and AFTER")
    for last in (1, 2, 50):
        found = creation_times(jobs, jobs.refs(f"?LAST={last}&AFTER={middle}"))
        tap.equal(found, sorted(later, reverse=True)[:last], f"{jobs.name} list: LAST={last} and AFTER")
    jobs.clear()
    tap.equal(len(jobs.refs()), 0, f"{jobs.name} list: empty when all are deleted")


def test_checks(tap):
    """All scenarios, through the web server of this front."""
    with LoginFront(stack(), front_name(), {"async_per_owner": 4, "local_per_owner": 4, "local_slots": 4}) as here:
        for kind in (TapJobs, SleepJobs):
            name = kind.name
            alice = kind(here, "alice")
            alice.clear()
            basics(tap, alice, f"{name}, alice")
            waits(tap, alice, f"{name}, alice")
            lists(tap, alice)
            anonymous = kind(here)
            basics(tap, anonymous, f"{name}, anonymous")
            waits(tap, anonymous, f"{name}, anonymous")
            tap.equal(len(anonymous.refs()), 0, f"{name}: the anonymous list is empty")


if __name__ == "__main__":
    main(test_checks)
