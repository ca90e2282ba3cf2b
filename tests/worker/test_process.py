#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program under a shepherd: its end, its output, what it inherits, its progress; hostile values; many of
them. Twice: root runs it for another user, and an unprivileged user for itself."""
import json
import os
import pathlib
import re
import signal
import stat

from programs import Runs, each_way, python
from harness import main, wait_until


def check_ends(tap, runs, name):
    """How programs end."""
    ran = runs.run(["/bin/true"])
    tap.ok(ran.how == ("Exited", 0) and ran.end["words"] == "", f"{name}: a normal end", ran)
    tap.ok(ran.end["peak"] > 100_000 and 0 < ran.end["wall_s"] < 30 and ran.end["cpu_s"] >= 0, f"{name}: is accounted",
           ran)
    ran = runs.run(python("import sys; sys.exit(3)"))
    tap.equal((*ran.how, ran.end["words"]), ("Exited", 3, "the program ended with status 3"), f"{name}: exit with 3")
    ran = runs.run(python("import os; os.kill(os.getpid(), 11)"))
    tap.equal((*ran.how, ran.end["words"]), ("Signal", 11, "the program was killed by SIGSEGV (Segmentation fault)"),
              f"{name}: a signal")
    ran = runs.run(python("x = bytearray(30_000_000)\nfor i in range(2_000_000): pass"))
    tap.ok(30e6 < ran.end["peak"] < 150e6 and ran.end["cpu_s"] > 0.01, f"{name}: memory and time are those of the program", ran)

    folder = runs.folder / f"programs{runs.count}"
    folder.mkdir()
    for file, mode, text, words in (
            ("plain", 0o644, "#!/bin/sh\n", "may not be executed"),
            ("bare", 0o755, "echo hello\n", "is no program, and no script whose first line names an interpreter"),
            ("lost", 0o755, "#!/not/there\n", None)):
        path = folder / file
        path.write_text(text)
        path.chmod(mode)
        ran = runs.run([path])
        words = f"the program {path} {words}" if words else f"the interpreter that the program {path} names is not there"
        tap.equal((ran.end["how"], ran.end["words"]), ("NotStarted", words), f"{name}: not started: {file}")
    for path, words in (("/not/there", "is not there"), (folder, "may not be executed"),
                        (f"{folder}/plain/x", "is not there"), ("/not/\u00e9\n\udcff", "is not there")):
        ran = runs.run([path])
        path = str(path).replace("\udcff", "\ufffd").replace("\n", " ")
        tap.equal((ran.end["how"], ran.end["words"]), ("NotStarted", f"the program {path} {words}"), f"{name}: not started: {path}")
    ran = runs.run(["/bin/true"], work_dir=runs.folder / "nowhere")
    tap.ok(ran.end["how"] == "NotStarted" and "work directory" in ran.end["words"], f"{name}: no work directory", ran)
    ran = runs.run(["true"])
    tap.contains(str(ran.all("error")), "absolute path", f"{name}: a program without a path is refused")


LINES = "for i in range(200_000): print(f'{i:09}')"
GAP = re.compile(rb"\[(\d+) bytes are missing here\]\n")


def check_output(tap, runs, name):
    """Into two files, of which the beginning and the end are kept."""
    ran = runs.run(python("import sys; print('to out \u00e9'); print('to err', file=sys.stderr)"), variables=["LC_ALL=C.UTF-8"])
    tap.equal((ran.out(), ran.err()), ("to out é\n".encode(), b"to err\n"), f"{name}: both outputs")
    modes = [stat.S_IMODE((ran.folder / file).stat().st_mode) for file in ("out", "err")]
    tap.equal(modes, [0o600, 0o600], f"{name}: they are for the worker alone")

    ran = runs.run(python(LINES), log_bytes=10_000)
    out = ran.out()
    gap = GAP.search(out)
    tap.ok(gap and len(out) <= 10_060, f"{name}: too much of it has a gap", ran)
    head, tail = out[:gap.start()], out[gap.end():]
    tap.ok(head.startswith(b"000000000\n") and 4000 < len(head) <= 5000 and head.endswith(b"\n"), f"{name}: its beginning is there", head)
    tap.ok(tail.endswith(b"000199999\n") and 4000 < len(tail) <= 5000 and len(tail) % 10 == 0, f"{name}: its end is there", tail)
    tap.equal(int(gap[1]) + len(head) + len(tail), 2_000_000, f"{name}: what is missing is counted")

    ran = runs.run(python("import os; [os.write(1, 'é€𝄞'.encode() * 10_000) for i in range(20)]"), log_bytes=10_001)
    parts = GAP.split(ran.out())
    tap.ok(len(parts) == 3 and all(part.decode() for part in (parts[0], parts[2])), f"{name}: no character is cut in two", ran)
    tap.equal(int(parts[1]) + len(parts[0].rstrip(b"\n")) + len(parts[2]), 20 * 90_000, f"{name}: and still it is counted")
    ran = runs.run(python("import os; os.write(1, b'x' * 4096); os.write(2, b'y' * 4097)"), log_bytes=4096)
    tap.ok(ran.out() == b"x" * 4096 and GAP.search(ran.err()), f"{name}: to the byte", ran)

    code = "import os,time; os.write(1, b'early\\n'); open('sign','w'); time.sleep(60)"
    probe = runs.start(python(code))
    seen = wait_until(lambda: (probe.folder / "out").exists() and (probe.folder / "out").read_bytes(), 20)
    tap.equal(seen, b"early\n", f"{name}: output is seen while the program runs")
    probe.send_signal(signal.SIGTERM)
    runs.finish(probe)

    ran = runs.run(["/bin/sh", "-c", "echo again >/dev/stdout; echo wrong >/dev/stderr"])
    tap.equal((ran.out(), ran.err()), (b"again\n", b"wrong\n"), f"{name}: /dev/stdout can be opened")
    folder = runs.fresh()
    precious = folder / "precious"
    precious.write_text("precious")
    (folder / "out").symlink_to(precious)
    ran = runs.run(["/bin/echo", "overwritten"], folder=folder)
    tap.ok(ran.end["how"] == "NotStarted" and precious.read_text() == "precious", f"{name}: no link is followed", ran)
    folder = runs.fresh()
    ran = runs.run(["/bin/true"], folder=folder, stdout=folder / "work" / "out")
    tap.contains(str(ran.all("error")), "work_dir", f"{name}: output among the program's own files is refused")


STATE = """
import json, os, resource, stat
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
limits = {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in ("CORE", "FSIZE", "NOFILE", "AS", "NPROC")}
here = os.open(".", os.O_RDONLY)
descriptors = {n: os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")}
print(json.dumps({"status": status, "limits": limits, "cwd": os.getcwd(), "descriptors": descriptors,
                  "umask": os.umask(0), "nice": os.nice(0), "group": os.getpgid(0), "pid": os.getpid(), "session": os.getsid(0),
                  "parent": os.getppid(), "oom": open("/proc/self/oom_score_adj").read(), "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
                  "work": [os.fstat(here).st_uid, stat.S_IMODE(os.fstat(here).st_mode)]}))
"""


def check_inheritance(tap, runs, name):
    """What a program has of its worker: nothing."""
    with open(os.devnull, "rb") as a, open("/etc/passwd", "rb") as b:
        ran = runs.run(python(STATE), pass_fds=(a.fileno(), b.fileno()), nice=7, disk_mb=50, open_files=99, memory_mb=200,
                       processes=64)
    if not tap.ok(ran.how == ("Exited", 0), f"{name}: a program looks at itself", ran):
        return
    state = json.loads(ran.out())
    others = sorted(set(state["descriptors"]) - {"0", "1", "2", "3"})
    tap.ok(len(others) == 1 and state["descriptors"][others[0]] == state["cwd"] and state["descriptors"]["0"] == "/dev/null"
           and all(state["descriptors"][n].startswith("pipe:") for n in "123"), f"{name}: four descriptors", state["descriptors"])
    tap.equal(state["cwd"], str(ran.folder / "work"), f"{name}: it is in its work directory")
    tap.equal((state["umask"], state["nice"], state["oom"].strip()), (0o077, 7, "1000"), f"{name}: umask, nice value, first to go")
    tap.ok(state["group"] == state["pid"] != state["session"] == state["parent"], f"{name}: a group of its own", state)
    masks = {key: int(state["status"][key], 16) for key in ("SigBlk", "SigIgn", "CapEff", "CapPrm", "CapInh", "CapAmb")}
    # Two that Python ignores itself, and two that glibc keeps to itself.
    ignored = sum(1 << number - 1 for number in (signal.SIGPIPE, signal.SIGXFSZ, 32, 33))
    masks["SigIgn"] &= ~ignored
    tap.ok(not any(masks.values()), f"{name}: no signal is blocked or ignored, no capability is left", masks)
    tap.equal(state["status"]["NoNewPrivs"], "1", f"{name}: no way to new privileges")
    limits = state["limits"]
    tap.equal((limits["CORE"], limits["FSIZE"], limits["NOFILE"]), ([0, 0], [50_000_000] * 2, [99] * 2), f"{name}: limits")
    tap.ok(not runs.other or limits["NPROC"] == [512, 512], f"{name}: a limit of the user's processes", limits)
    owner = runs.runs_as
    tap.equal(state["ids"][:2], [[owner.pw_uid] * 3, [owner.pw_gid] * 3], f"{name}: it is {owner.pw_name}")
    tap.equal(state["work"][0], owner.pw_uid, f"{name}: whose the work directory is")
    ran = runs.run(["/bin/cat", "/proc/self/environ"], variables=["EMPTY=", "A=b=c", "LINES=a\nb", "ODD=\u00e9 $(x) `y` \"'\\"])
    expected = [runs.mark, "EMPTY=", "A=b=c", "LINES=a\nb", "ODD=\u00e9 $(x) `y` \"'\\", "VOGATE_PROGRESS_FD=3", ""]
    tap.equal(ran.out().decode().split("\0"), expected, f"{name}: the environment is what was given")
    ran = runs.run(["/bin/true"], variables=["NO_VALUE"])
    tap.contains(str(ran.all("error")), "NAME=value", f"{name}: a variable that is none is refused")


HOSTILE = ["$(touch canary)", "`touch canary`", "; touch canary", "| touch canary", "&& touch canary", "> canary", "a\ntouch canary\n",
           "'; touch canary; '", '"; touch canary; "', "--wrap=touch canary", "-rf", "--", "-", "", " ", "../../canary", "/etc/passwd",
           "\\", "\\n", "%s%n%x", "{}", "*", "?", "~", "!!", "$HOME", "${IFS}", "\t", "\r\n", "\x1b[31m", "\u00e9\u4e2d\U0001d11e\u202e",
           "\udcff\udcfe", "a" * 100_000, "x" * 131_071]


def check_arguments(tap, runs, name):
    """Hostile values arrive bit for bit, and are nothing but values."""
    code = "import os, sys; os.write(1, b''.join(os.fsencode(word) + b'\\0' for word in sys.argv[1:]))"
    for i, value in enumerate(HOSTILE):
        ran = runs.run(python(code, value, "end"), log_bytes=200_000)
        got = ran.out().split(b"\0")
        work = list((ran.folder / "work").iterdir())
        tap.ok(got == [os.fsencode(value), b"end", b""] and not work and ran.how == ("Exited", 0),
               f"{name}: argument {i}: {value[:30]!r}", f"{got!r:.300}", work, ran.end)
    ran = runs.run(python(code, *HOSTILE[:-2]), log_bytes=200_000)
    tap.equal(ran.out(), b"".join(os.fsencode(value) + b"\0" for value in HOSTILE[:-2]), f"{name}: all at once")
    canaries = list(runs.folder.rglob("canary"))
    tap.ok(not canaries and not pathlib.Path("canary").exists(), f"{name}: no canary anywhere", canaries)
    for values, words in ((["a<NUL>b"], "NUL"), (["x" * 131_072], "131071"), (["y" * 100_000] * 11, "1048576")):
        ran = runs.run(["/bin/true", *values])
        error = (ran.all("error") or [{"code": None, "words": str(ran)}])[0]
        tap.ok(error["code"] == "bad-request" and words in error["words"], f"{name}: refused: {words}", error)
    ran = runs.run(["/bin/true", *["z" * 100_000] * 10])
    tap.equal(ran.how, ("Exited", 0), f"{name}: a million bytes of arguments")


def check_progress(tap, runs, name):
    """Lines on descriptor 3."""
    def progress(code, seconds=1.2):
        ran = runs.run(python(f"import os, time\nw = lambda text: os.write(3, text)\n{code}\ntime.sleep({seconds})"))
        return ran, [(one["percent"], one["words"]) for one in ran.all("progress")]

    ran, told = progress("w(b'10 reading\\n'); time.sleep(1); w(b'55.25 fitting the background\\r\\n'); time.sleep(1); w(b'100\\n')")
    tap.ok(told == [(10, "reading"), (55.25, "fitting the background"), (100, "")], f"{name}: progress", ran)
    ran, told = progress("w(b'42 last words\\n')", 0)
    tap.equal(told, [(42, "last words")], f"{name}: progress just before the end")
    for text, expected in ((b"7 \\xff\\xfe\\x00\\x1b[2J\\xc3\\xa9\\n", "\ufffd\ufffd  [2Jé"), (b"7   blanks   \\n", "blanks"),
                           (b"7 " + b"\\xc3\\xa9" * 300 + b"\\n", "é" * 100), (b"7 <script>&\\n", "<script>&")):
        ran, told = progress(f"w(b'{text.decode()}')", 0)
        tap.equal(told, [(7, expected)], f"{name}: words: {expected[:20]}", ran)
    garbage = (r"w(b'101 x\n-1 x\nnan x\ninf x\n0x10 x\n1e1 x\n.5 x\n5. x\n1.2.3 x\n+5 x\n x\n\n5\tx\n5% x\n' + b'1' * 5000 + b'\n')"
               r"; w(os.urandom(60000).replace(b'\n', b''))")
    ran, told = progress(garbage + "; w(b'\\n3 good\\n')", 0)
    tap.ok(ran.how == ("Exited", 0) and told == [(3, "good")], f"{name}: garbage is no progress", ran)
    ran, told = progress("w(b'8 good\\n9 ' + b'x' * 1100 + b'\\n9 no end')", 0)
    tap.equal(told, [(8, "good")], f"{name}: neither is a line that is too long, or has no end")
    ran, told = progress("end = time.monotonic() + 2\nn = 0\nwhile time.monotonic() < end:\n    w(b'%d many\\n' % (n % 100) * 100); n += 1", 0)
    tap.ok(2 <= len(told) <= 7 and ran.how == ("Exited", 0), f"{name}: a flood is thinned out", len(told), ran.end)
    tap.ok(ran.end["cpu_s"] < 1.5, f"{name}: and slowed down", ran.end)
    ran, told = progress("os.close(3)", 0)
    tap.ok(ran.how == ("Exited", 0) and told == [], f"{name}: a closed descriptor", ran)
    ran, told = progress("w(b'1 half\\n'); os.close(3); time.sleep(0.3); os.write(1, b'more')", 0)
    tap.ok(ran.out() == b"more" and told == [(1, "half")], f"{name}: closed in the middle", ran)


def check_many(tap, runs, name):
    """One after the other, and at once."""
    ran = runs.run(["/bin/true"], options=["--times", "200"], timeout=120)
    left = ran.all("left")[0]
    ends = [one["how"] for one in ran.all("end")]
    tap.ok(ends == ["Exited"] * 200, f"{name}: 200 one after the other", ran)
    tap.equal((left["descriptors"], left["children"]), (0, 0), f"{name}: no descriptor and no zombie is left")
    code = "import os, time; time.sleep(0.3); os.write(3, b'50 x\\n'); os.write(1, b'z' * 100000); time.sleep(0.3)"
    ran = runs.run(python(code), options=["--at-once", "20", "--times", "2"], timeout=120)
    left = ran.all("left")[0]
    ends = [one["how"] for one in ran.all("end")]
    outs = {(ran.folder / f"out.{i}.{k}").read_bytes() == b"z" * 100_000 for i in range(20) for k in range(2)}
    tap.ok(ends == ["Exited"] * 40 and outs == {True} and len(ran.all("progress")) == 40, f"{name}: 20 at once", ends)
    tap.equal((left["descriptors"], left["children"]), (0, 0), f"{name}: and nothing is left of them")
    # No limit: for people who want to know.
    found = runs.run(["/bin/true"], options=["--bench", "100"]).all("bench")[0]
    print(f"# {name}: /bin/true takes {found['process_ms']:.2f} ms under a shepherd, {found['spawn_ms']:.2f} ms by itself")


CHECKS = (check_ends, check_output, check_inheritance, check_arguments, check_progress, check_many)


def test_programs(tap):
    """Each check in each way."""
    for other in each_way():
        runs = Runs(other)
        try:
            for check in CHECKS:
                check(tap, runs, runs.name)
            tap.ok(not runs.left() and not runs.shepherds(), f"{runs.name}: no process is left", runs.left(), runs.shepherds())
            tap.ok(not runs.complaints, f"{runs.name}: no complaint of a sanitizer", *runs.complaints[:2])
        finally:
            runs.close()


if __name__ == "__main__":
    main(test_programs)
