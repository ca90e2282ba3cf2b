# SPDX-License-Identifier: Apache-2.0
"""How the tests of this folder run a program under a shepherd: through process_probe, as root for another
user, or as an unprivileged user for themselves."""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "server"))
from harness import BUILD, is_alive, temporary_folder, wait_until  # noqa: E402

PYTHON = "/usr/bin/python3"
USER = "nobody"
COMPLAINTS = ("Sanitizer", "runtime error")


def python(code, *arguments):
    """The argument vector of a program in Python."""
    return [PYTHON, "-SEsc", code, *arguments]


def marked(mark):
    """The living processes whose environment has the mark, wherever they went."""
    found = []
    for proc in pathlib.Path("/proc").iterdir():
        if proc.name.isdigit():
            with contextlib.suppress(OSError):
                if mark in (proc / "environ").read_bytes() and is_alive(proc.name):
                    found.append(int(proc.name))
    return found


class Ran:
    """What the probe told of a run, and what the program wrote."""

    def __init__(self, text, complaints, folder):
        self.events = [json.loads(line) for line in text.splitlines()]
        self.complaints = complaints
        self.folder = folder

    def all(self, event):
        return [one for one in self.events if one["event"] == event]

    @property
    def end(self):
        ends = self.all("end")
        return ends[-1] if ends else {"how": "none", "status": None, "words": str(self.events) + self.complaints}

    @property
    def how(self):
        return self.end["how"], self.end["status"]

    def out(self, suffix=""):
        return (self.folder / f"out{suffix}").read_bytes()

    def err(self):
        return (self.folder / "err").read_bytes()

    def __str__(self):
        words = [f"{event}" for event in self.events] + [self.complaints]
        for name in ("out", "err"):
            with contextlib.suppress(OSError):
                words.append(f"{name}: {(self.folder / name).read_bytes()[:2000]!r}")
        return "\n".join(words)


class Runs:
    """A folder for one program after the other. `other`: whether root runs them for USER."""

    def __init__(self, other):
        self.other = other
        self.name = f"root for {USER}" if other else "as itself"
        self.folder = temporary_folder("process")
        self.count = 0
        self.runs_as = pwd.getpwnam(USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        # Where an unprivileged user may read them, and nobody builds meanwhile.
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for path in (BUILD / "vogate-shepherd", BUILD / "tests/worker/process_probe"):
            shutil.copy(path, self.bin)
        self.shepherd = self.bin / "vogate-shepherd"
        # Such a build reserves more addresses than any limit would allow its programs.
        self.sanitized = b"__asan_init" in self.shepherd.read_bytes()
        self.mark = f"VOGATE_MARK={self.folder.name}"
        self.complaints = []

    def fresh(self):
        """A folder for the files of a run, with its work directory."""
        self.count += 1
        folder = self.folder / str(self.count)
        (folder / "work").mkdir(parents=True)
        if not self.other and os.geteuid() == 0:
            for path in (folder, folder / "work"):
                os.chown(path, self.runs_as.pw_uid, self.runs_as.pw_gid)
        return folder

    def plan(self, folder, command, variables=(), **more):
        """The bytes that the probe reads."""
        fields = [("argument", word) for word in command]
        fields += [("variable", word) for word in [self.mark, *variables]]
        fields += [("work_dir", folder / "work"), ("stdout", folder / "out"), ("stderr", folder / "err")]
        if self.other:
            fields.append(("user", USER))
        fields = [(name, value) for name, value in fields if name not in more] + list(more.items())
        return b"".join(os.fsencode(str(word)) + b"\0" for pair in fields for word in pair)

    def start(self, command, options=(), variables=(), folder=None, shepherd=None, pass_fds=(), **more):
        folder = folder or self.fresh()
        words = [self.bin / "process_probe", shepherd or self.shepherd, *options]
        if not self.other and os.geteuid() == 0:
            words = ["/usr/bin/setpriv", f"--reuid={USER}", f"--regid={self.runs_as.pw_gid}", "--clear-groups", "--",
                     *words]
        with open(folder / "plan", "wb") as file:
            file.write(self.plan(folder, command, variables, **more))
        with open(folder / "plan", "rb") as plan, open(folder / "told", "wb") as told, \
                open(folder / "complaints", "wb") as complaints:
            probe = subprocess.Popen([str(word) for word in words], stdin=plan, stdout=told, stderr=complaints,
                                     pass_fds=pass_fds)
        probe.folder = folder
        return probe

    def told(self, probe):
        complaints = (probe.folder / "complaints").read_text(errors="replace")
        if any(word in complaints for word in COMPLAINTS):
            self.complaints.append(complaints)
        return Ran((probe.folder / "told").read_text(), complaints, probe.folder)

    def finish(self, probe, timeout=60):
        try:
            probe.wait(timeout)
        except subprocess.TimeoutExpired:
            probe.kill()
            probe.wait()
        return self.told(probe)

    def run(self, command, timeout=60, **options):
        return self.finish(self.start(command, **options), timeout)

    def run_until(self, command, signs, number, **options):
        """Sends the probe a signal once the program has made the file `sign` in its work directory."""
        probe = self.start(command, **options)
        wait_until(lambda: (probe.folder / "work" / signs).exists() or probe.poll() is not None, 20)
        probe.send_signal(number)
        return self.finish(probe)

    def left(self, seconds=1.0):
        """What still lives of any program."""
        mark = self.mark.encode()
        wait_until(lambda: not marked(mark), seconds)
        return marked(mark)

    def shepherds(self):
        found = []
        for proc in pathlib.Path("/proc").iterdir():
            if proc.name.isdigit():
                with contextlib.suppress(OSError):
                    if (proc / "cmdline").read_bytes().startswith(os.fsencode(self.shepherd)) and is_alive(proc.name):
                        found.append(int(proc.name))
        return found

    def close(self):
        for pid in [*self.shepherds(), *marked(self.mark.encode())]:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def each_way():
    """As root both; as anyone else only the second."""
    return [True, False] if os.geteuid() == 0 else [False]
