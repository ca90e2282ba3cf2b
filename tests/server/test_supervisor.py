#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`vogate run`: sockets, restarts, signals. The executables are stand-ins: one answers its pid, the others
note what reaches them."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

from harness import (BUILD, is_alive, main, processes_of, run, temporary_folder,
                     wait_until)

STAND_IN = """#!/usr/bin/python3
# Answers each connection with its pid after the number of seconds asked for; logs its signals.
import os, pathlib, signal, socket, sys, threading, time
home = pathlib.Path(sys.argv[2]).parent
if (home / "broken").exists():
    print("bad configuration", file=sys.stderr)
    sys.exit(2)
print("on standard output", flush=True)
listener = socket.socket(fileno=0)
running = []
def answer(client):
    pause = float(client.recv(16) or 0)
    time.sleep(pause)
    client.sendall(str(os.getpid()).encode())
    client.close()
def note(number, frame):
    with open(home / "signals", "a") as file:
        file.write(f"{signal.Signals(number).name}\\n")
    if number == signal.SIGTERM and not (home / "stubborn").exists():
        for thread in running: thread.join()
        os._exit(0)
signal.signal(signal.SIGHUP, note)
signal.signal(signal.SIGTERM, note)
(home / "up").touch()
while True:
    client, _ = listener.accept()
    thread = threading.Thread(target=answer, args=(client,))
    running.append(thread)
    thread.start()
"""

OTHER = """#!/usr/bin/python3
# Notes its standard input and its signals, and ends with TERM.
import os, pathlib, signal, sys
notes = pathlib.Path(sys.argv[2]).parent / (pathlib.Path(sys.argv[0]).name + ".notes")
def note(words):
    with open(notes, "a") as file:
        file.write(f"{os.getpid()} {words}\\n")
def hear(number, frame):
    note(signal.Signals(number).name)
    if number == signal.SIGTERM: os._exit(0)
signal.signal(signal.SIGHUP, hear)
signal.signal(signal.SIGTERM, hear)
note(os.readlink("/proc/self/fd/0").split(":")[0])
while True:
    signal.pause()
"""

CONFIG = """authority = test.invalid
base_url = http://127.0.0.1:1
database_query = dbname=unused
database_service = dbname=unused
libexec_dir = {home}/libexec
run_dir = {home}/run
"""


class Supervised:
    """A folder with configuration and stand-in, and the `vogate run` that serves it."""

    def __init__(self):
        self.home = temporary_folder("run")
        (self.home / "libexec").mkdir()
        self.executable = self.home / "libexec" / "tap-sync.fcgi"
        self.executable.write_text(STAND_IN)
        self.executable.chmod(0o755)
        for name in ("tap-async.fcgi", "uws.fcgi", "vogate-worker"):
            (self.home / "libexec" / name).write_text(OTHER)
            (self.home / "libexec" / name).chmod(0o755)
        self.config = self.home / "vogate.conf"
        self.config.write_text(CONFIG.format(home=self.home))
        self.socket = self.home / "run" / "tap-sync.sock"
        self.process = None

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen([BUILD / "vogate", "--config", self.config, "run"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def ask(self, pause=0, timeout=20):
        """The pid that answers, 0 when the connection breaks."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(timeout)
            client.connect(str(self.socket))
            client.sendall(str(pause).encode())
            return int(client.recv(32) or 0)
        return 0

    def log(self):
        return (self.home / "log").read_text()

    def signals(self):
        path = self.home / "signals"
        return path.read_text().split() if path.exists() else []

    def notes(self, name):
        """What another executable noted: rows of pid and words."""
        path = self.home / f"{name}.notes"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        # The stand-in notes its last signal in the folder that is to go.
        wait_until(lambda: not processes_of(self.home))
        shutil.rmtree(self.home, ignore_errors=True)


@contextlib.contextmanager
def supervised(started=True):
    one = Supervised()
    try:
        if started:
            one.start()
            wait_until(one.socket.exists)
        yield one
    finally:
        one.close()


def test_serves_and_restarts(tap):
    """Socket, pid file, log; a dead executable is replaced within a second."""
    with supervised() as one:
        first = one.ask()
        tap.ok(first > 0, "the executable answers on the supervisor's socket")
        mode = one.socket.stat().st_mode
        tap.equal(stat.filemode(mode), "srw-rw----", "the socket is for user and group only")
        tap.equal(int((one.home / "run/vogate.pid").read_text()), one.process.pid,
                  "run_dir/vogate.pid names the supervisor")
        tap.contains(one.log(), "on standard output", "standard output of a child joins the log")

        broken = []
        slow = threading.Thread(target=lambda: broken.append(one.ask(pause=30)))
        slow.start()
        time.sleep(0.2)
        begin = time.monotonic()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not is_alive(first))
        second = one.ask()
        took = time.monotonic() - begin
        slow.join()
        tap.equal(broken, [0], "kill -9 breaks the running request")
        tap.ok(second not in (0, first) and took < 1.0,
               "the next one waits in the queue and is answered within a second", took, second)
        tap.contains(one.log(), 'restarting service=tap-sync child=%d reason="killed by SIGKILL" '
                     "after_ms=100" % first, "the log names the death and the delay")


def test_all_executables(tap):
    """Each has its own socket, the worker none; all are kept running, told and ended."""
    with supervised() as one:
        names = ("tap-async.fcgi", "uws.fcgi", "vogate-worker")
        wait_until(lambda: one.ask() and all(one.notes(name) for name in names))
        tap.equal([one.notes(name)[0][1] for name in names], ["socket", "socket", "/dev/null"],
                  "a worker has no socket and reads nothing")
        found = sorted(path.name for path in (one.home / "run").glob("*.sock"))
        tap.equal(found, ["tap-async.sock", "tap-sync.sock", "uws.sock"], "and none is made for it")
        mode = stat.filemode((one.home / "run/tap-async.sock").stat().st_mode)
        tap.equal(mode, "srw-rw----", "each socket is for user and group only")
        first = one.ask()
        for name in names:
            pid = int(one.notes(name)[0][0])
            os.kill(pid, signal.SIGKILL)
            again = wait_until(lambda name=name: len(one.notes(name)) > 1 and one.notes(name)[1][0])
            tap.ok(again and int(again) != pid, f"{name} is started again when it dies", one.log())
        tap.equal(one.ask(), first, "the others run on")
        tap.contains(one.log(), "restarting service=worker", "the log names it")
        one.process.send_signal(signal.SIGHUP)
        told = wait_until(lambda: all(one.notes(name)[-1][1] == "SIGHUP" for name in names))
        tap.ok(told, "SIGHUP reaches all", *map(one.notes, names))
        one.process.send_signal(signal.SIGTERM)
        tap.equal(one.process.wait(10), 0, "SIGTERM ends it")
        tap.equal([one.notes(name)[-1][1] for name in names], ["SIGTERM"] * len(names), "and reaches all")
        tap.equal(processes_of(one.home), [], "none is left")


def test_queue_while_down(tap):
    """Clients wait in the queue of the socket while nobody serves it."""
    with supervised() as one:
        one.ask()
        (one.home / "broken").touch()
        os.kill(one.ask(), signal.SIGKILL)
        wait_until(lambda: one.log().count("restarting") >= 3)
        answers = []
        clients = [threading.Thread(target=lambda: answers.append(one.ask())) for _ in range(8)]
        for client in clients:
            client.start()
        time.sleep(0.3)
        tap.equal(answers, [], "clients wait while the executable is down")
        (one.home / "broken").unlink()
        for client in clients:
            client.join()
        tap.ok(len(answers) == 8 and min(answers) > 0, "and all are answered when it is back", answers)


def test_back_off(tap):
    """An executable that dies at once is started less and less often."""
    with supervised(started=False) as one:
        (one.home / "broken").touch()
        one.start()
        wait_until(lambda: "after_ms=1600" in one.log(), 15)
        delays = [int(word[9:]) for word in one.log().split() if word.startswith("after_ms=")]
        tap.equal(delays[:5], [100, 200, 400, 800, 1600], "the delay doubles with each death")
        tap.contains(one.log(), 'reason="ended with status 2"', "the log gives the exit status")
        tap.contains(one.log(), "bad configuration", "the executable's own words reach the log")
        ticks = pathlib.Path(f"/proc/{one.process.pid}/stat").read_text().split()[13:15]
        used = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        tap.ok(used < 0.5, "a child that dies at once does not keep the processor busy", used)
        (one.home / "broken").unlink()
        one.process.send_signal(signal.SIGHUP)
        tap.ok(one.ask(timeout=1.0) > 0, "SIGHUP starts what waits at once")


def test_hup(tap):
    """SIGHUP reaches the executables; a bad configuration changes nothing."""
    with supervised() as one:
        pid = one.ask()
        wait_until((one.home / "up").exists)
        one.process.send_signal(signal.SIGHUP)
        wait_until(one.signals)
        tap.equal(one.signals(), ["SIGHUP"], "SIGHUP is passed on")
        tap.equal(one.ask(), pid, "and replaces nobody")
        one.config.write_text(one.config.read_text() + "no_such_option = 1\n")
        one.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reload refused" in one.log())
        tap.contains(one.log(), "vogate.conf:7: unknown option",
                     "a bad configuration is refused with file and line")
        tap.equal((one.ask(), one.process.poll()), (pid, None), "and all goes on")


def test_term(tap):
    """SIGTERM lets running requests finish."""
    with supervised() as one:
        pid = one.ask()
        answers = []
        slow = threading.Thread(target=lambda: answers.append(one.ask(pause=1.5)))
        slow.start()
        time.sleep(0.3)
        one.process.send_signal(signal.SIGTERM)
        gone = wait_until(lambda: not one.socket.exists(), 1)
        tap.ok(gone and one.process.poll() is None,
               "SIGTERM takes the socket away at once, while requests still run")
        status = one.process.wait(10)
        slow.join()
        tap.equal(answers, [pid], "the running request is answered")
        tap.equal(status, 0, "the exit status is 0")
        tap.ok(not is_alive(pid), "no child is left")


def test_second_term_kills(tap):
    """Whoever asks twice does not want to wait."""
    with supervised() as one:
        (one.home / "stubborn").touch()
        pid = one.ask()
        one.process.send_signal(signal.SIGINT)
        wait_until(one.signals)
        time.sleep(0.2)
        tap.equal((one.signals(), one.process.poll()), (["SIGTERM"], None),
                  "SIGINT asks the children to end and waits")
        one.process.send_signal(signal.SIGINT)
        tap.equal(one.process.wait(5), 0, "a second SIGINT does not wait")
        tap.ok(not is_alive(pid), "a stubborn child is killed")


def test_killed_supervisor(tap):
    """Executables end with a killed supervisor, and the next one can start."""
    with supervised() as one:
        pid = one.ask()
        wait_until((one.home / "up").exists)
        one.process.kill()
        one.process.wait()
        tap.ok(wait_until(lambda: not is_alive(pid), 5), "kill -9 of the supervisor ends its child")
        tap.ok(one.socket.exists(), "and leaves a stale socket")
        one.start()
        tap.ok(wait_until(one.ask), "which the next supervisor replaces")


def test_refusals(tap):
    """What cannot be served is refused in one line that says what to do."""
    with supervised() as one:
        one.ask()
        second = run(BUILD / "vogate", "--config", one.config, "run", timeout=20)
        tap.equal(second.returncode, 1, "a second supervisor of one run_dir is refused")
        tap.contains(second.stdout, f"another `vogate run` (process {one.process.pid})",
                     "and told which process is there")
        tap.ok(one.ask() > 0, "the first is not disturbed")

    def refused(prepare, words, name):
        with supervised(started=False) as one:
            prepare(one)
            result = run(BUILD / "vogate", "--config", one.config, "run", timeout=20)
            tap.ok(result.returncode in (1, 2) and words in result.stdout, name,
                   result.returncode, result.stdout)
            tap.equal(result.stdout.count("\n"), 1, name + ", in one line", result.stdout)

    refused(lambda one: one.executable.unlink(), "tap-sync.fcgi cannot be executed",
            "a missing executable is named")

    def block(one):
        (one.home / "run").mkdir()
        one.socket.write_text("precious")

    refused(block, "is in the way and is no socket", "a file in the socket's place is not removed")

    def lengthen(one):
        long = one.home / ("x" * 100)
        one.config.write_text(CONFIG.format(home=one.home).replace("/run\n", f"/{long.name}\n"))

    refused(lengthen, "the system allows 107", "a socket path that is too long is refused")
    extra = run(BUILD / "vogate", "run", "--help")
    tap.ok(extra.returncode == 0 and "  tap-async.sock\n  tap-sync.sock\n  uws.sock\n\n" in extra.stdout,
           "--help names the sockets", extra.stdout)
    with supervised(started=False) as one:
        extra = run(BUILD / "vogate", "--config", one.config, "run", "now")
        tap.equal(extra.returncode, 2, "an argument is wrong usage", extra.stdout)


if __name__ == "__main__":
    main(test_serves_and_restarts, test_all_executables, test_queue_while_down, test_back_off, test_hup, test_term,
         test_second_term_kills, test_killed_supervisor, test_refusals)
