#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make install` and `make uninstall`, the systemd units, and a service started by its socket."""
import os
import re
import shutil
import socket
import subprocess

from clients import request
from harness import BUILD, ROOT, main, run, stack, temporary_folder, wait_until
from web import WebServer

# Where each kind of file goes below the prefix: all files of the tree that are installed.
LAYOUT = {
    "bin": ["vogate"],
    "lib/systemd/system": ["vogate-tap-async.service", "vogate-tap-async.socket",
                           "vogate-tap-sync.service", "vogate-tap-sync.socket",
                           "vogate-uws.service", "vogate-uws.socket",
                           "vogate-worker.service", "vogate.target"],
    "lib/sysusers.d": ["vogate.conf"],
    "libexec/vogate": ["tap-async.fcgi", "tap-sync.fcgi", "uws.fcgi", "vogate-shepherd", "vogate-worker"],
    "libexec/vogate/kinds": ["event-select", "job-fail", "job-sleep"],
    "share/doc/vogate": ["NEWS.md", "README.md", *(p.name for p in (ROOT / "doc").glob("*.md"))],
    "share/vogate/conf": [p.name for p in (ROOT / "conf").iterdir() if p.is_file()],
    "share/vogate/conf/examples": [p.name for p in (ROOT / "conf/examples").iterdir()],
    "share/vogate/conf/jobs": [p.name for p in (ROOT / "conf/jobs").iterdir()],
    "share/vogate/fcgi": ["tap", "tap-async", "uws"],
    "share/vogate/htdocs": [p.name for p in (ROOT / "htdocs").iterdir()],
    "share/vogate/sql/define": [p.name for p in (ROOT / "sql/define").iterdir()],
    "share/vogate/sql/migrate": [p.name for p in (ROOT / "sql/migrate").iterdir()],
}


def make(target, folder):
    return run("make", "-C", BUILD, target, f"DESTDIR={folder}", "prefix=/opt/vogate",
               "sysconfdir=/etc/vogate")


def files_below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_install(tap):
    """Every file in its place, none with a path of the build, none left behind."""
    folder = temporary_folder("install")
    try:
        done = make("install", folder)
        prefix = folder / "opt/vogate"
        expected = sorted(prefix / place / name for place, names in LAYOUT.items() for name in names)
        found = files_below(folder)
        tap.ok(done.returncode == 0 and found == expected, "the files of make install",
               done.stdout[-1000:], "missing: ", *sorted(set(expected) - set(found)),
               "not expected: ", *sorted(set(found) - set(expected)))
        texts = [path for path in found if "bin" not in path.parts and "libexec" not in path.parts]
        told = [path for path in texts if str(BUILD) in path.read_text() or str(folder) in path.read_text()]
        tap.ok(not told, "no file tells where it was built", *told)
        check_units(tap, prefix / "lib/systemd/system")
        gone = make("uninstall", folder)
        ours = [path for path in folder.rglob("*") if path.is_file() or path.name == "vogate"]
        tap.equal((gone.returncode, ours), (0, [prefix]), "make uninstall leaves nothing of ours",
                  gone.stdout[-1000:])
    finally:
        shutil.rmtree(folder)


# Unit, executable, whether it writes the store.
SERVICES = [("vogate-tap-async", "tap-async.fcgi", True), ("vogate-tap-sync", "tap-sync.fcgi", False),
            ("vogate-uws", "uws.fcgi", True), ("vogate-worker", "vogate-worker", True)]


def check_units(tap, folder):
    target = (folder / "vogate.target").read_text()
    apache = (ROOT / "conf/apache.conf").read_text()
    for unit, executable, writes in SERVICES:
        service = (folder / f"{unit}.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", service, re.M)[1]
        tap.ok("@" not in re.sub(r"@(system-service|privileged|resources)", "", service),
               f"{unit}: no path is left open", service)
        tap.ok(int(re.search(r"^TimeoutStopSec=(\d+)$", service, re.M)[1]) >= 35,
               f"{unit}: what runs has its 30 s before systemd kills")
        tap.ok(re.fullmatch(rf"/\S+/libexec/vogate/{executable} --config /\S+/vogate\.conf", command),
               f"{unit}: the command", command)
        places = re.findall(r"^(StateDirectory=vogate|ReadWritePaths=-/\S*/lib/vogate)$", service, re.M)
        tap.equal(len(places), 2 if writes else 0, f"{unit}: whether it may write the store", *places)
        tasks, files = (int(re.search(rf"^{name}=(\d+)$", service, re.M)[1]) for name in ("TasksMax", "LimitNOFILE"))
        # threads, wait_max_total as it may be behind nginx, async_slots; each with two descriptors
        most = {"tap-async.fcgi": 64 + 1000, "tap-sync.fcgi": 64, "uws.fcgi": 64 + 1000, "vogate-worker": 1000}[executable]
        tap.ok(tasks > most and files > 2 * most, f"{unit}: tasks and descriptors for all that may run", tasks, files)
        wanted = f"{unit}.socket" if executable.endswith(".fcgi") else f"{unit}.service"
        tap.ok(wanted in re.search(r"^Wants=(.*)$", target, re.M)[1].split(), f"vogate.target wants {wanted}")
        if executable.endswith(".fcgi"):
            socket_unit = (folder / f"{unit}.socket").read_text()
            path = re.search(r"^ListenStream=(.*)$", socket_unit, re.M)[1]
            name = unit.removeprefix("vogate-")
            tap.ok(path == f"/run/vogate/{name}.sock" and "Define VOGATE_RUN /run/vogate" in apache
                   and f"${{VOGATE_RUN}}/{name}.sock" in apache,
                   f"{unit}: the socket is where the web server looks", path)
    if not shutil.which("systemd-analyze"):
        tap.skip("what systemd says of the units", "the package systemd is not installed")
    else:
        check_by_systemd(tap, folder)


def check_by_systemd(tap, folder):
    """systemd's own opinion; no systemd needs to run for it."""
    for name in LAYOUT["lib/systemd/system"]:
        done = run("systemd-analyze", "verify", "--man=no", folder / name)
        # That the program is not there yet is all it may say.
        words = [line for line in done.stdout.splitlines()
                 if "is not executable" not in line and "vogate" in line]
        tap.ok(not words, f"systemd-analyze verify {name}", done.stdout)
    for unit, _, _ in SERVICES:
        done = run("systemd-analyze", "security", "--offline=true", "--no-pager", folder / f"{unit}.service")
        exposure = re.search(r"Overall exposure level .*: (\d+\.\d)", done.stdout)
        tap.ok(exposure and float(exposure[1]) <= 1.5, f"{unit}: taken over, it can do little",
               done.stdout[-2000:])


def start_as_systemd(listener, config, log):
    """The executable with the socket as descriptor 3; LISTEN_PID has to be its own."""
    shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&0 0</dev/null'
    with open(log, "ab") as output:
        return subprocess.Popen(["/bin/sh", "-c", shell, "sh", BUILD / "tap-sync.fcgi", "--config", config],
                                stdin=listener, stderr=output)


def test_socket_activation(tap):
    """The service accepts on the descriptor that systemd passes, and serves what queued before it."""
    here = stack()
    home = temporary_folder("activation")
    web = service = None
    try:
        (home / "run").mkdir()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(home / "run/tap-sync.sock"))
            os.chmod(home / "run/tap-sync.sock", 0o666)
            listener.listen(1024)
            service = start_as_systemd(listener, here.config, home / "log.txt")
            web = WebServer("apache", home, home / "run", here.var / "app/share/vogate")
            reply = wait_until(lambda: request(web.root + "tap/availability"))
            tap.ok(reply.status == 200 and "<vosi:available>true" in reply.text, "LISTEN_FDS",
                   reply.text, (home / "log.txt").read_text())
            service.terminate()
            tap.equal(service.wait(35), 0, "TERM ends it well")
            # The socket is still there: a request that comes now waits for the next process.
            asked = subprocess.Popen(["curl", "-sS", "-m", "30", web.root + "tap/availability"],
                                     stdout=subprocess.PIPE)
            service = start_as_systemd(listener, here.config, home / "log.txt")
            body, _ = asked.communicate(timeout=40)
            tap.ok(b"available>true" in body, "a request between two processes is served", body)
    finally:
        if service is not None and service.poll() is None:
            service.terminate()
            service.wait(35)
        if web is not None:
            web.close()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main(test_install, test_socket_activation)
