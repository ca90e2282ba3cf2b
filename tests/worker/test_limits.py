#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program under a shepherd: memory, disk, processes; orders to stop; what tries to stay; a worker or a
shepherd that is killed; who it may be. Twice, as test_process.py."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from programs import COMPLAINTS, USER, Runs, each_way, marked, python
from harness import is_alive, main, wait_until

READY = "open('sign', 'w').close()\n"
FOREVER = "import time\ntime.sleep(600)\n"
# Leaves session, group and parent, and ignores what it can.
DAEMON = """
import os, signal, sys, time
def daemon(deep=2):
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
        if os.fork(): os._exit(0)
        os.chdir("/")
        if deep > 1: daemon(deep - 1)
        time.sleep(600)
        os._exit(0)
daemon()
time.sleep(0.3)
"""


def check_memory(tap, runs, name):
    """The memory of all of it together."""
    grow = "import time\nall = []\nfor i in range(100): all.append(bytearray(b'x') * 10_000_000); time.sleep(0.02)"
    ran = runs.run(python(grow), memory_mb=100)
    found = re.fullmatch(r"the program used (\d+) MB of memory, more than its limit of 100 MB", ran.end["words"])
    tap.ok(ran.end["how"] == "Memory" and found and 100 < int(found[1]) < 400, f"{name}: too much memory", ran)
    tap.ok(100e6 < ran.end["peak"] < 400e6, f"{name}: its peak", ran)
    several = ("import os, time\n"
               "for i in range(4):\n    if os.fork() == 0: break\n"
               "x = bytearray(b'x') * 60_000_000\ntime.sleep(20)")
    ran = runs.run(python(several), memory_mb=150)
    tap.ok(ran.end["how"] == "Memory" and ran.end["wall_s"] < 15, f"{name}: of several processes together", ran)
    shared = ("import os, time\nx = bytearray(b'x') * 100_000_000\n"
              "for i in range(5):\n    if os.fork() == 0: break\n"
              "time.sleep(1.5)")
    ran = runs.run(python(shared), memory_mb=190)
    tap.ok(ran.how == ("Exited", 0) and 95e6 < ran.end["peak"] < 190e6, f"{name}: what they share is counted once", ran)
    mapped = ("import mmap, os, time\nf = open('big', 'wb+')\n[f.write(b'x' * 1_000_000) for i in range(200)]; f.flush()\n"
              "m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)\nn = sum(m[i] for i in range(0, len(m), 4096))\ntime.sleep(1)")
    ran = runs.run(python(mapped), memory_mb=150)
    tap.equal(ran.how, ("Exited", 0), f"{name}: a file that is only mapped is none of its memory", ran)
    # Made for one's own children, and for all that attach it.
    common = "import mmap, time\nm = mmap.mmap(-1, 200_000_000)\nm.write(b'x' * 200_000_000)\ntime.sleep(20)"
    ran = runs.run(python(common), memory_mb=150)
    tap.equal(ran.end["how"], "Memory", f"{name}: shared memory without a file is", ran)
    if runs.sanitized:
        return
    ran = runs.run(python("x = bytearray(20_000_000_000)"), memory_mb=100)
    tap.ok(ran.how == ("Exited", 1) and b"MemoryError" in ran.err(), f"{name}: far too much at once is refused", ran)


MANY = """
import os, time
for i in range(400):
    os.makedirs(f'd{i % 7}/e', exist_ok=True)
    open(f'd{i % 7}/e/{i}', 'wb').write(b'x' * 100_000)
time.sleep(20)
"""
NAMELESS = """
import os, time
files = []
for i in range(10):
    files.append(open(str(i), 'wb', 0)); os.unlink(str(i)); files[-1].write(b'x' * 4_000_000)
time.sleep(20)
"""
IN_MEMORY = NAMELESS.replace("open(str(i), 'wb', 0)", "os.fdopen(os.memfd_create('x'), 'wb', 0)").replace("os.unlink(str(i)); ", "")
DEEP = """
import os, time
for i in range(300):
    os.mkdir('d'); os.chdir('d')
time.sleep(20)
"""
FINE = """
import os, time
os.symlink('/', 'root'); os.symlink('.', 'loop'); os.mkfifo('fifo')
os.truncate(os.open('hole', os.O_CREAT | os.O_RDWR), 9_000_000)
open('a', 'wb').write(b'x' * 6_000_000)
for i in range(50): os.link('a', f'a{i}')
time.sleep(2.5)
"""
LARGE = ["/bin/dd", "if=/dev/zero", "of=x", "bs=1M", "count=100"]
USED = r"the program used (\d+) MB of disk, more than its limit of 20 MB"


def check_disk(tap, runs, name):
    """What lies in the work directory; all at once, for each needs seconds to be noticed."""
    rows = (("many files", python(MANY), 20, "Disk", USED),
            ("one file too large", LARGE, 5, "Disk", "the program wrote a file of more than its limit of 5 MB of disk"),
            ("files without a name", python(NAMELESS), 20, "Disk", USED),
            ("files in memory", python(IN_MEMORY), 20, "Disk", USED),
            ("many empty files", python("import time\nfor i in range(30_000): open(f'{i}', 'w').close()\ntime.sleep(20)"), 10, "Disk",
             USED.replace("20", "10")),
            ("folders in folders", python(DEEP), 20, "Disk", "the program made too many folders within each other in its work directory"),
            ("links, holes and pipes take no room", python(FINE), 10, "Exited", ""),
            ("a small one is left alone", python("import time\ntime.sleep(2.5)"), 1, "Exited", ""))
    started = [(row, runs.start(row[1], disk_mb=row[2])) for row in rows]
    for (what, _, _, how, words), probe in started:
        ran = runs.finish(probe)
        tap.ok(ran.end["how"] == how and re.fullmatch(words, ran.end["words"]), f"{name}: disk: {what}", ran)
        if what == "one file too large":
            tap.equal((ran.folder / "work/x").stat().st_size, 5_000_000, f"{name}: it has not more than its limit")


def check_processes(tap, runs, name):
    """Too many of them."""
    bomb = READY + "import os, time\nfor i in range(300):\n    if os.fork() == 0:\n        if i % 3 == 0: os.setsid()\n        time.sleep(600)\ntime.sleep(600)"
    ran = runs.run(python(bomb), processes=100)
    tap.ok(ran.end["how"] == "Processes" and "more than its limit of 100" in ran.end["words"], f"{name}: a fork bomb", ran)
    threads = "import threading, time\nfor i in range(150): threading.Thread(target=time.sleep, args=(600,)).start()"
    ran = runs.run(python(threads), processes=100)
    tap.equal(ran.end["how"], "Processes", f"{name}: so many threads", ran)
    ran = runs.run(python(threads.replace("600", "1").replace("150", "60")), processes=100)
    tap.equal(ran.how, ("Exited", 0), f"{name}: not so many", ran)
    tap.ok(not runs.left(), f"{name}: none is left", runs.left())


def check_stop(tap, runs, name):
    """The order to stop."""
    obeys = "import signal, sys, time\nsignal.signal(15, lambda *_: (print('bye', flush=True), sys.exit(0)))\n" + READY + FOREVER
    ran = runs.run_until(python(obeys), "sign", signal.SIGTERM, grace_ms=30_000)
    tap.ok((ran.end["how"], ran.end["words"], ran.out()) == ("Stopped", "the program was stopped", b"bye\n") and ran.end["wall_s"] < 20,
           f"{name}: a program that obeys", ran)
    ignores = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\n" + READY + FOREVER
    ran = runs.run_until(python(ignores), "sign", signal.SIGTERM, grace_ms=500)
    tap.ok(ran.end["how"] == "Stopped" and 0.5 <= ran.end["wall_s"] < 20, f"{name}: one that does not", ran)
    ran = runs.run_until(python(READY + "import os\nos.kill(os.getpid(), 19)\n" + FOREVER), "sign", signal.SIGTERM, grace_ms=30_000)
    tap.ok(ran.end["how"] == "Stopped" and ran.end["wall_s"] < 20, f"{name}: one that was halted", ran)
    # Each part of it hears of it, and has the time to obey.
    parts = ("import os, signal, sys, time\n"
             "def hear(*_):\n    time.sleep(0.5); os.write(1, b'part\\n'); os._exit(0)\n"
             "for leave in (os.setsid, lambda: os.setpgid(0, 0), lambda: None):\n"
             "    if os.fork() == 0:\n        leave(); signal.signal(15, hear); time.sleep(600)\n"
             "time.sleep(0.3)\n" + READY + "time.sleep(600)")
    ran = runs.run_until(python(parts), "sign", signal.SIGTERM, grace_ms=30_000)
    tap.ok(ran.end["how"] == "Stopped" and ran.out() == b"part\n" * 3 and ran.end["wall_s"] < 20, f"{name}: all parts of it", ran)
    ran = runs.run_until(python(DAEMON + READY + FOREVER), "sign", signal.SIGTERM, grace_ms=300)
    tap.ok(ran.end["how"] == "Stopped" and not runs.left(), f"{name}: and daemons", ran, runs.left())
    ran = runs.run_until(python(DAEMON + READY + FOREVER), "sign", signal.SIGINT)
    tap.ok(ran.all("given up") and not runs.left(0.1), f"{name}: one that is given up is gone at once", ran, runs.left())
    ran = runs.run_until(python(READY + FOREVER), "sign", signal.SIGTERM, grace_ms=0)
    tap.ok(ran.end["how"] == "Stopped", f"{name}: without grace", ran)
    probe = runs.start(python(FOREVER), grace_ms=30_000)
    probe.send_signal(signal.SIGTERM)
    status = probe.wait(60)
    tap.ok(status in (0, -signal.SIGTERM) and not runs.left(), f"{name}: at the very beginning", status, runs.told(probe))


def check_left_behind(tap, runs, name):
    """What a program leaves when it ends, and what will not go."""
    ran = runs.run(python(DAEMON + "print('done')"))
    tap.ok(ran.how == ("Exited", 0) and ran.out() == b"done\n" and not runs.left(0), f"{name}: daemons end with their program", ran, runs.left())
    ran = runs.run(["/bin/sh", "-c", "sleep 600 & (sleep 600 &) ; exit 5"])
    tap.ok(ran.how == ("Exited", 5) and not runs.left(0), f"{name}: and so does what runs beside it", ran, runs.left())
    # Each has ended when one has found it; three at a time.
    hops = ("import os\nfor i in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        while True:\n            if os.fork(): os._exit(0)\n")
    ran = runs.run(python(hops + "import time; time.sleep(0.5)"), timeout=120)
    tap.ok(ran.how == ("Exited", 0) and not runs.left(0), f"{name}: what forks and ends all the time", ran, runs.left())
    # Whoever is killed is started again.
    again = ("import os, signal, time\n"
             "def watch():\n    os.setsid()\n    while True:\n        pid = os.fork()\n        if pid == 0: break\n        os.waitpid(pid, 0)\n"
             "for i in range(5):\n    if os.fork() == 0: watch(); watch(); time.sleep(600)\n"
             "time.sleep(0.5)")
    ran = runs.run(python(again), timeout=120)
    tap.ok(ran.how == ("Exited", 0) and not runs.left(0), f"{name}: what starts itself again", ran, runs.left())
    bomb = ("import os, resource, time\n" + READY + "n = 0\nwhile n < 300:\n    n += 1\n    if os.fork() == 0:\n        if n % 2: os.setsid()\n        n += 1\n"
            "    if n > 7: time.sleep(600)\n")
    ran = runs.run_until(python(bomb), "sign", signal.SIGTERM, grace_ms=300, processes=1000)
    tap.ok(ran.end["how"] == "Stopped" and not runs.left(0), f"{name}: a tree of a few hundred", ran, len(runs.left()))
    # The pipes outlive the program in the hands of someone else.
    keeper = ("import socket, os, array\ns = socket.socket(socket.AF_UNIX); s.connect('\\0' + os.environ['KEEPER'])\n"
              "socket.send_fds(s, [b'x'], [1, 2, 3])\ns.recv(1)\nprint('kept', flush=True)")
    with socket.socket(socket.AF_UNIX) as listener:
        address = f"{runs.folder.name}-{runs.count}"
        listener.bind("\0" + address)
        listener.listen()
        listener.settimeout(30)
        probe = runs.start(python(keeper), variables=[f"KEEPER={address}"])
        client, _ = listener.accept()
        with client:
            _, descriptors, _, _ = socket.recv_fds(client, 1, 3)
            client.send(b"x")
            ran = runs.finish(probe)
            for descriptor in descriptors:
                os.close(descriptor)
    tap.ok(ran.how == ("Exited", 0) and ran.out() == b"kept\n", f"{name}: a program whose output someone else holds open", ran)


def find_shepherd(runs):
    found = wait_until(runs.shepherds, 10)
    return found[0]


def check_killed(tap, runs, name):
    """kill -9 from outside."""
    for what, code in (("a program", READY + FOREVER), ("daemons", DAEMON + READY + FOREVER)):
        probe = runs.start(python(code))
        wait_until(lambda: (probe.folder / "work/sign").exists(), 20)
        begin = time.monotonic()
        probe.kill()
        probe.wait()
        left = runs.left(5)
        print(f"# {name}: nothing is left {time.monotonic() - begin:.3f} s after the worker was killed")
        tap.ok(not left and wait_until(lambda: not runs.shepherds(), 1), f"{name}: the worker of {what} is killed: nothing is left", left)
        for other in range(2):
            # The second time there is a neighbour, who must not suffer.
            neighbour = runs.start(python(FOREVER.replace("600", "2"))) if other else None
            probe = runs.start(python(code))
            wait_until(lambda: (probe.folder / "work/sign").exists(), 20)
            children = pathlib.Path(f"/proc/{probe.pid}/task")
            shepherd = next(int(word) for task in children.iterdir() for word in (task / "children").read_text().split())
            os.kill(shepherd, signal.SIGKILL)
            ran = runs.finish(probe)
            left_all = ran.all("left")[0]
            mine = [pid for pid in runs.left(0.5 if other == 0 else 0) if not neighbour or not is_below(pid, neighbour.pid)]
            tap.ok(ran.end["how"] == "Lost" and "killed" in ran.end["words"] and not mine and left_all["children"] == 0,
                   f"{name}: the shepherd of {what} is killed{' beside another' * other}", ran, mine)
            if neighbour:
                tap.equal(runs.finish(neighbour).how, ("Exited", 0), f"{name}: the other one does not notice")
    # Even when nobody is there to see it.
    probe = runs.start(python(READY + FOREVER))
    wait_until(lambda: (probe.folder / "work/sign").exists(), 20)
    shepherd = find_shepherd(runs)
    probe.send_signal(signal.SIGSTOP)
    wait_until(lambda: all(") T" in (task / "stat").read_text() for task in pathlib.Path(f"/proc/{probe.pid}/task").iterdir()))
    os.kill(shepherd, signal.SIGKILL)
    tap.ok(not runs.left(5), f"{name}: a program ends with its shepherd", runs.left())
    probe.kill()
    probe.wait()
    # Many at once, in one worker: the orphans of one are not the programs of the others.
    probe = runs.start(python(FOREVER.replace("600", "2")), options=["--at-once", "6"])
    shepherds = wait_until(lambda: len(runs.shepherds()) == 6 and runs.shepherds(), 20)
    wait_until(lambda: len(marked(runs.mark.encode())) >= 6, 20)
    for pid in shepherds[:2]:
        os.kill(pid, signal.SIGKILL)
    ran = runs.finish(probe)
    ends = sorted(one["how"] for one in ran.all("end"))
    tap.ok(ends == ["Exited"] * 4 + ["Lost"] * 2 and ran.all("left")[0]["children"] == 0, f"{name}: two of six shepherds are killed", ran)
    # TERM for the shepherd is an order to stop.
    probe = runs.start(python(READY + FOREVER))
    wait_until(lambda: (probe.folder / "work/sign").exists(), 20)
    os.kill(find_shepherd(runs), signal.SIGTERM)
    ran = runs.finish(probe)
    tap.ok(ran.end["how"] == "Stopped" and not runs.left(), f"{name}: SIGTERM for a shepherd", ran)


def check_halted(tap, runs, name):
    """One that was halted is not waited for longer than one may."""
    probe = runs.start(python(READY + FOREVER), grace_ms=100)
    wait_until(lambda: (probe.folder / "work/sign").exists(), 20)
    os.kill(find_shepherd(runs), signal.SIGSTOP)
    begin = time.monotonic()
    probe.send_signal(signal.SIGTERM)
    ran = runs.finish(probe)
    tap.ok(ran.end["how"] == "Lost" and not runs.left(0) and time.monotonic() - begin < 40, f"{name}: a shepherd that is halted", ran)


def is_below(pid, ancestor):
    while pid > 1:
        try:
            pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False


def check_user(tap, runs, name):
    """Who a program may be."""
    for user, words in (("root", "never run as root"), ("no-such-user", "is unknown")):
        ran = runs.run(["/bin/true"], user=user)
        tap.ok(ran.end["how"] == "NotStarted" and words in ran.end["words"], f"{name}: not as {user}", ran)
    if not runs.other:
        ran = runs.run(["/bin/true"], user="daemon")
        tap.ok(ran.end["how"] == "NotStarted" and "daemon" in ran.end["words"], f"{name}: not as another", ran)
        ran = runs.run(["/usr/bin/id", "-un"], user=runs.runs_as.pw_name)
        tap.equal(ran.out().decode().strip(), runs.runs_as.pw_name, f"{name}: but by its own name")
        return
    ran = runs.run(["/bin/true"], user="")
    tap.ok(ran.end["how"] == "NotStarted" and "root" in ran.end["words"], f"{name}: root runs nothing for itself", ran)
    secret = runs.folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o600)
    code = """
import ctypes, os, sys
def attempt(what, *words):
    try: what(*words); print("could", what.__name__, *words)
    except OSError as error: print("could not", what.__name__)
attempt(open, sys.argv[1])
for path in ("../out", "../err"): attempt(open, path)
attempt(os.kill, os.getppid(), 0)
attempt(os.kill, os.getppid(), 9)
attempt(os.setuid, 0)
attempt(os.setgid, 0)
attempt(os.setgroups, [0])
attempt(os.setresuid, -1, 0, -1)
attempt(os.listdir, f"/proc/{os.getppid()}/fd")
attempt(open, f"/proc/{os.getppid()}/mem", "rb")
attempt(open, f"/proc/{os.getppid()}/environ")
libc = ctypes.CDLL(None, use_errno=True)
def ptrace(pid):
    if libc.ptrace(16, pid, 0, 0) != 0: raise OSError
attempt(ptrace, os.getppid())
print(os.getgroups())
"""
    ran = runs.run(python(code, secret))
    lines = ran.out().decode().splitlines()
    # Who has not this user's groups cannot give them away.
    groups = sorted(set(os.getgrouplist(USER, runs.runs_as.pw_gid)))
    tap.ok(ran.how == ("Exited", 0) and len(lines) == 14 and all(line.startswith("could not") for line in lines[:-1])
           and lines[-1] == str(groups), f"{name}: no secret, no shepherd, no way back", ran)
    ran = runs.run(["/bin/su", "-c", "id", "root"])
    tap.ok(ran.how[0] == "Exited" and ran.how[1] != 0 and b"uid=0" not in ran.out(), f"{name}: programs of root are none for it", ran)


FAKES = {
    "says nothing and ends": "",
    "leaves its socket to another": "os.fork() or time.sleep(600)",
    "is garbage": "s.send(b'garbage'); time.sleep(600)",
    "tells bytes": "s.send(os.urandom(3000)); time.sleep(600)",
    "tells too much": "s.send(b'progress\\0' + b'5\\0' + b'x' * 100_000 + b'\\0'); time.sleep(600)",
    "has no end": "s.send(b'end\\0' + b'0\\0'); time.sleep(600)",
    "has an end of its own": "s.send(b'end\\x0099\\x000\\0\\x000\\x000\\x000\\0'); time.sleep(600)",
    "tells no percentage": "s.send(b'progress\\x00nan\\0x\\0'); time.sleep(600)",
    "tells words that are none": "s.send(b'progress\\x005\\0\\xff\\0'); time.sleep(600)",
    "goes on after the end": "s.send(b'end\\x000\\x000\\0\\x000\\x000\\x000\\0'); s.send(b'progress\\x005\\0x\\0'); time.sleep(600)",
    "closes": "s.close(); os.close(0); time.sleep(600)",
}


def check_conversation(tap, runs, name):
    """A worker with false shepherds, a shepherd with false workers."""
    fake = runs.folder / "fake"
    for what, code in FAKES.items():
        fake.write_text("#!/usr/bin/python3\nimport os, socket, time\n"
                        "os.setsid()\nif not os.fork():\n    os.close(0); time.sleep(600)\n"
                        f"s = socket.socket(fileno=os.dup(0))\n{code}\n")
        fake.chmod(0o755)
        ran = runs.run(["/bin/true"], shepherd=fake, timeout=30)
        left = [pid for pid in pathlib.Path("/proc").iterdir() if pid.name.isdigit() and is_fake(pid, fake)]
        tap.ok(ran.end["how"] == "Lost" and not left, f"{name}: a shepherd that {what}", ran, left)
    ran = runs.run(["/bin/true"], shepherd=runs.folder / "nowhere")
    tap.contains(str(ran.all("error")), "'internal'", f"{name}: no shepherd at all")

    def shepherd(*packets):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            with theirs:
                process = subprocess.Popen([runs.shepherd], stdin=theirs, stderr=subprocess.PIPE, env={})
            for packet in packets:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    ours.send(packet)
            ours.shutdown(socket.SHUT_WR)
            ours.settimeout(20)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                answer = ours.recv(100_000)
            complaints = process.communicate(timeout=20)[1].decode()
        if any(word in complaints for word in COMPLAINTS):
            runs.complaints.append(complaints)
        return process.returncode, answer, complaints

    wrong = [b"garbage", b"plan\0", b"plan\x00-1\0", b"plan\x0099999999999\0", b"plan\x00999999999999999999999\0", b"plan\x005\0x", b"stop",
             os.urandom(1000), b"\0" * 100]
    for packet in wrong:
        status, answer, complaints = shepherd(packet)
        tap.ok(status == 0 and answer.startswith(b"end\x006\0"), f"{name}: a plan that begins with {packet[:12]!r}", status, answer, complaints)
    for plan in (b"x" * 500, b"vogate-shepherd 1\0" + b"\0" * 400, b"vogate-shepherd 2\0" + b"\0" * 400,
                 b"vogate-shepherd 1\0/w\0/o\0/e\0\x000\x000\x0010000\x00512\x001024\x000\x00100\x00999999999\0",
                 b"vogate-shepherd 1\0/w\0/o\0/e\0\x000\x000\x0010000\x00512\x001024\x000\x00100\x000\x000\0"):
        status, answer, complaints = shepherd(b"plan\0%d\0" % len(plan), plan)
        tap.ok(status == 0 and answer.startswith(b"end\x006\0"), f"{name}: a plan of {plan[:20]!r}", status, answer, complaints)
    status, answer, complaints = shepherd(b"plan\x001000\0", b"x" * 500)
    tap.equal((status, answer, complaints), (0, b"", ""), f"{name}: half a plan")
    plain = subprocess.run([runs.shepherd], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    tap.ok(plain.returncode == 2 and b"vogate-worker" in plain.stderr, f"{name}: a shepherd that a person starts", plain)


def is_fake(process, fake):
    with contextlib.suppress(OSError):
        return os.fsencode(fake) in (process / "cmdline").read_bytes() and is_alive(process.name)
    return False


CHECKS = (check_memory, check_disk, check_processes, check_stop, check_left_behind, check_killed, check_user, check_conversation)


def test_limits(tap):
    """Each check in each way."""
    for other in each_way():
        runs = Runs(other)
        try:
            # It takes its time, and is the same in each way.
            for check in CHECKS + ((check_halted,) if other == each_way()[0] else ()):
                check(tap, runs, runs.name)
            tap.ok(not runs.left() and not runs.shepherds(), f"{runs.name}: no process is left", runs.left(), runs.shepherds())
            tap.ok(not runs.complaints, f"{runs.name}: no complaint of a sanitizer", *runs.complaints[:2])
        finally:
            runs.close()


if __name__ == "__main__":
    main(test_limits)
