#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The contract of ./quickstart. Each stack here is an own one and empty."""
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time

from clients import request
from harness import (PG_BIN, ROOT, Stack, free_port, is_alive, main, processes_of, quickstart, run,
                     temporary_folder, wait_until)

AS_ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]


def owner_of(pid):
    return pathlib.Path(f"/proc/{pid}").owner()


def status_of(here):
    return quickstart("--status", "--var", here.var)


def test_first_start(tap):
    """A fresh folder, --detach: what is printed, what runs, as whom."""
    with Stack() as here:
        out = here.quickstart_output
        tap.ok(f"\nready: {here.url}/\n" in out, "prints ready: and the address", out)
        tap.contains(out, "--data DIR", "an empty archive says how to fill it")
        tap.contains(out, "vogate simulate DIR", "and what with")
        tap.contains(out, "--stop", "and how to stop it")

        curl = re.search(r"^ +(curl .*)$", out, re.M)
        shown = run("bash", "-c", curl[1] if curl else "false")
        tap.ok(shown.returncode == 0 and "tap_schema.tables" in shown.stdout,
               "the curl line to try works", shown.stdout)
        pyvo = re.search(r"^ +(/usr/bin/python3 -c .*)$", out, re.M)
        shown = run("bash", "-c", pyvo[1] if pyvo else "false")
        tap.ok(shown.returncode == 0 and "tap_schema.tables" in shown.stdout,
               "the pyvo line to try works", shown.stdout)
        tap.contains(out, f"enter {here.url}/tap as the TAP URL", "TOPCAT is told the TAP URL")

        status = status_of(here)
        tap.ok(status.returncode == 0 and here.url in status.stdout, "--status: all is up",
               status.returncode, status.stdout)
        for what in ("postgres", "vogate", "apache2", "tap-async.fcgi", "tap-sync.fcgi", "uws.fcgi", "vogate-worker"):
            pid = here.pid_of(what)
            tap.ok(pid is not None and str(pid) in status.stdout, f"{what} runs, --status names it",
                   pid, status.stdout)
            wanted = {"postgres": "postgres"}.get(what, "www-data") if AS_ROOT else owner_of(os.getpid())
            tap.equal(pid and owner_of(pid), wanted, f"{what} runs as {wanted}")
        with socket.socket() as probe:
            probe.settimeout(1)
            own = socket.gethostbyname(socket.gethostname())
            tap.ok(own.startswith("127.") or probe.connect_ex((own, here.port)) != 0,
                   "it listens on 127.0.0.1 only", own)
        tap.equal(here.psql("SHOW listen_addresses") + here.psql("SHOW fsync"), [[""], ["on"]],
                  "PostgreSQL has no TCP port, and fsync on")

        again = quickstart("--var", here.var)
        tap.ok(again.returncode == 0 and f"already running at {here.url}/" in again.stdout,
               "once more while it runs: says so, exit status 0", again.stdout)
        other = quickstart("--var", here.var, "--port", free_port())
        tap.ok(other.returncode == 1 and other.stdout.count("\n") == 1 and "--stop" in other.stdout,
               "on another port while it runs: refused in one line", other.stdout)

        stopped = quickstart("--stop", "--var", here.var)
        tap.equal(stopped.returncode, 0, "--stop succeeds", stopped.stdout)
        tap.equal(processes_of(here.var), [], "--stop leaves no process")
        status = status_of(here)
        tap.equal(status.returncode, 3, "--status: nothing is up", status.stdout)
        tap.equal(quickstart("--stop", "--var", here.var).returncode, 0, "--stop twice is no error")


def test_second_start(tap):
    """The data stay, the configuration stays but for the port, it takes seconds."""
    with Stack() as here:
        here.psql("CREATE TABLE public.kept AS SELECT 42 AS answer")
        quickstart("--stop", "--var", here.var)
        edited = here.config.read_text() + "\n# by hand\nmaxrec_default = 3\n"
        here.config.write_text(edited)
        old_port, here.port = here.port, free_port()
        begin = time.monotonic()
        here.start()
        took = time.monotonic() - begin
        tap.ok(took < 20, "the second start takes seconds", took)
        tap.equal(here.psql("SELECT answer FROM public.kept"), [["42"]], "the data are kept")
        tap.equal(here.config.read_text(), edited.replace(f":{old_port}\n", f":{here.port}\n"),
                  "vogate.conf differs in the port only")
        rows = request(here.url + "/tap/sync", data=b"LANG=ADQL&RESPONSEFORMAT=csv&QUERY="
                       b"SELECT+table_name+FROM+tap_schema.tables").text.splitlines()
        tap.equal(len(rows), 4, "and counts: maxrec_default = 3", rows)

        here.config.write_text(here.config.read_text().replace(here.url, "https://vo.example.org"))
        quickstart("--stop", "--var", here.var)
        here.start()
        tap.contains(here.config.read_text(), "base_url = https://vo.example.org\n",
                     "a base_url of one's own stays")


def test_sample(tap):
    """A new archive without --data serves simulated runs; an old one is left as it is."""
    folder = temporary_folder("sample")
    var = folder / "var"
    try:
        done = quickstart("--detach", "--var", var, "--port", free_port())
        tap.ok(done.returncode == 0 and "20 runs ingested" in done.stdout and
               f"simulated: see {var}/sample/README.txt" in done.stdout,
               "the sample is made, ingested and named", done.stdout)
        curl = re.search(r"^ +(curl .*)$", done.stdout, re.M)
        shown = run("bash", "-c", curl[1] if curl else "false")
        tap.contains(shown.stdout, "Crab Nebula", "the curl line to try shows it")
        shutil.rmtree(var / "sample")
        quickstart("--stop", "--var", var)
        done = quickstart("--detach", "--var", var)
        tap.ok(done.returncode == 0 and not (var / "sample").exists(),
               "the next start makes none", done.stdout)
    finally:
        quickstart("--stop", "--var", var)
        shutil.rmtree(folder, ignore_errors=True)


def test_nginx(tap):
    """--server nginx: the same contract; the server of one folder may change."""
    with Stack(server="nginx") as here:
        status = status_of(here)
        tap.ok(status.returncode == 0 and f"{here.url}/ behind nginx" in status.stdout,
               "--status: all is up, behind nginx", status.stdout)
        tap.contains(request(here.url + "/").headers.get("server", ""), "nginx", "nginx answers")
        running = [pid for pid in processes_of(here.var)
                   if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"nginx")]
        wanted = "www-data" if AS_ROOT else owner_of(os.getpid())
        tap.equal((len(running) > 1, {owner_of(pid) for pid in running}), (True, {wanted}),
                  f"master and workers run as {wanted}")
        again = quickstart("--var", here.var)
        tap.ok(again.returncode == 0 and "already running" in again.stdout,
               "once more without --server: it runs already", again.stdout)
        other = quickstart("--var", here.var, "--server", "apache")
        tap.ok(other.returncode == 1 and "served by nginx" in other.stdout and "--stop" in other.stdout,
               "with another server while it runs: refused", other.stdout)

        os.kill(here.pid_of("nginx"), signal.SIGKILL)
        tap.equal(status_of(here).returncode, 4, "nginx killed: a part is up")
        here.start()
        tap.equal(status_of(here).returncode, 0, "the next start mends it, orphaned workers or not")
        tap.equal(quickstart("--stop", "--var", here.var).returncode, 0, "--stop succeeds")
        tap.equal(processes_of(here.var), [], "--stop leaves no process")

        for server in ("apache", "nginx"):
            here.server = server
            here.start()
            tap.contains(status_of(here).stdout, f"behind {server}\n", f"the next start: {server}")
            tap.equal(request(here.url + "/tap/availability").status, 200, "which answers")
            quickstart("--stop", "--var", here.var)
    wrong = quickstart("--server", "lighttpd")
    tap.ok(wrong.returncode == 2 and "apache or nginx" in wrong.stdout, "another server is refused",
           wrong.stdout)


def test_crash(tap):
    """Everything killed, as a power cut does it; a part killed."""
    with Stack() as here:
        for pid in processes_of(here.var):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes_of(here.var))
        # The number of the dead postmaster now belongs to someone else.
        pid_file = here.var / "pg/postmaster.pid"
        pid_file.write_text(re.sub(r"^\d+", str(os.getpid()), pid_file.read_text()))
        tap.equal(status_of(here).returncode, 3, "after a crash --status says: down")
        here.start()
        tap.equal(status_of(here).returncode, 0, "the next start cleans up and serves")

        os.kill(here.pid_of("apache2"), signal.SIGKILL)
        status = status_of(here)
        tap.ok(status.returncode == 4 and "not running" in status.stdout,
               "without Apache --status says: a part", status.returncode, status.stdout)
        here.start()
        tap.equal(status_of(here).returncode, 0, "the next start mends it")
        os.kill(here.pid_of("postgres"), signal.SIGKILL)
        os.kill(here.pid_of("vogate"), signal.SIGKILL)
        quickstart("--stop", "--var", here.var)
        tap.equal(processes_of(here.var), [], "--stop finds the orphans of killed parts")


class Foreground:
    """./quickstart without --detach, in a session of its own."""

    def __init__(self):
        self.folder = temporary_folder("front")
        self.var = self.folder / "var"
        self.port = free_port()
        self.output = open(self.folder / "out", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [ROOT / "quickstart", "--no-sample", "--var", self.var, "--port", str(self.port)],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output,
            start_new_session=True,
            # A shell that runs the tests in the background has made us ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        wait_until(lambda: "Ctrl-C" in self.text() or self.process.poll() is not None, 120)

    def text(self):
        return (self.folder / "out").read_text(encoding="utf-8")

    def ends(self, seconds=60):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        quickstart("--stop", "--var", self.var)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_foreground(tap):
    """Ctrl-C, --stop from another terminal, a part that dies."""
    with Foreground() as front:
        tap.contains(front.text(), f"ready: http://127.0.0.1:{front.port}/", "it serves")
        # What a terminal does: the signal goes to the whole group.
        os.killpg(front.process.pid, signal.SIGINT)
        tap.equal(front.ends(), 130, "Ctrl-C ends it", front.text())
        tap.equal(processes_of(front.var), [], "and leaves no process")
    with Foreground() as front:
        stopped = quickstart("--stop", "--var", front.var)
        tap.equal((stopped.returncode, front.ends()), (0, 143), "--stop ends it too", stopped.stdout)
        tap.equal(processes_of(front.var), [], "and leaves no process then")
    with Foreground() as front:
        os.kill(int((front.var / "pg/postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        tap.equal(front.ends(), 1, "a database that dies ends it", front.text())
        tap.contains(front.text(), "has stopped by itself", "with words")
        tap.equal(processes_of(front.var), [], "and stops the rest")


def refused(tap, arguments, words, name, status=1, var=None, lines=1, **options):
    """quickstart says no in so many lines; nothing runs and no VAR is made."""
    done = quickstart("--detach", *arguments, **options)
    tap.ok(done.returncode == status and all(word in done.stdout for word in words), name,
           done.returncode, done.stdout)
    tap.equal(done.stdout.count("\n"), lines, name + ", in one line" if lines == 1 else name + ", lines",
              done.stdout)
    if var is not None:
        tap.ok(not var.exists() and not processes_of(var), name + ", nothing is left")


def test_refusals(tap):
    """What cannot work is said in one line before anything is made."""
    folder = temporary_folder("refuse")
    var = folder / "var"
    try:
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            refused(tap, ["--var", var, "--port", port], [f"port {port}", "in use", "--port"],
                    "a busy port", var=var)
        refused(tap, ["--var", var, "--port", 80], ["port 80", "1024"], "a port of root's", var=var)
        refused(tap, ["--var", var, "--port", "http"], ["http", "no port number"],
                "a port in words", status=2, var=var)
        refused(tap, ["--var", var, "--port", "70000"], ["65535"], "a port too high", status=2, var=var)
        refused(tap, ["--var", var, "--prot", "1"], ["--prot", "--help"], "an unknown option",
                status=2, var=var)
        refused(tap, ["--var"], ["--var needs a value"], "an option without its value", status=2)
        refused(tap, ["--var", var, "--data", folder / "none"], [str(folder / "none"), "no such"],
                "missing data", var=var)
        long = folder / ("x" * 90)
        refused(tap, ["--var", long], ["107", "shorter --var"], "a socket path over 107 bytes",
                var=long)
        blank = folder / "my data"
        refused(tap, ["--var", blank], ["my data", "choose another"], "a blank in --var", var=blank)
        (folder / "file").write_text("")
        refused(tap, ["--var", folder / "file/var"], ["file is no folder"], "a --var below a file")
        help_text = quickstart("--help")
        tap.ok(help_text.returncode == 0 and "--detach" in help_text.stdout, "--help helps")
    finally:
        shutil.rmtree(folder)


def test_closed_folder(tap):
    """mktemp -d is 0700: the servers' users cannot enter it."""
    if not AS_ROOT:
        tap.skip("a folder that postgres cannot enter", "only root uses other users")
        return
    folder = temporary_folder("closed")
    try:
        folder.chmod(0o700)
        var = folder / "deep" / "var"
        refused(tap, ["--var", var], [str(folder), "cannot enter", f"chmod o+x {folder}", "--var"],
                "a --var below a closed folder", var=var)
        tap.equal(list(folder.iterdir()), [], "nothing is left in it")
        refused(tap, ["--var", folder], [f"cannot enter {folder}"], "a closed --var")
    finally:
        shutil.rmtree(folder)


def test_full_disk(tap):
    """A file system without space."""
    folder = temporary_folder("full")
    mounted = run("mount", "-t", "tmpfs", "-o", "size=60m,mode=755", "tmpfs", folder)
    try:
        if mounted.returncode != 0:
            tap.skip("a full disk", "this machine lets nobody mount a tmpfs")
            return
        var = folder / "var"
        refused(tap, ["--var", var], [str(folder), "MB free", "500 MB"], "a full disk", var=var)
    finally:
        if mounted.returncode == 0:
            run("umount", folder)
        shutil.rmtree(folder, ignore_errors=True)


def test_broken_parts(tap):
    """PostgreSQL or the services do not start: the reason, a non-zero status, nothing running."""
    with Stack() as here:
        quickstart("--stop", "--var", here.var)

        def fails(words, name):
            done = quickstart("--detach", "--var", here.var, "--port", here.port)
            tap.ok(done.returncode == 1 and all(word in done.stdout for word in words), name,
                   done.returncode, done.stdout)
            tap.equal(processes_of(here.var), [], name + ", nothing is left running")

        settings = here.var / "pg/vogate.conf"
        good = settings.read_text()
        settings.write_text(good + "shared_buffers = 'plenty'\n")
        fails(["PostgreSQL does not start", "plenty"], "PostgreSQL that will not start")
        settings.write_text(good)

        good = here.config.read_text()
        here.config.write_text(good + "maxrec_defualt = 5\n")
        fails(["maxrec_default"], "a mistake in vogate.conf")
        here.config.write_text(good.replace(f"{here.var}/run\n", f"{here.var}/ran\n"))
        fails(["run_dir"], "a vogate.conf of another place")
        here.config.write_text(good)
        here.start()
        tap.equal(status_of(here).returncode, 0, "with all put right it starts")


def small_tree(folder):
    """What quickstart needs before it has installed anything."""
    tree = folder / "tree"
    tree.mkdir()
    shutil.copy(ROOT / "quickstart", tree)
    shutil.copytree(ROOT / "conf", tree / "conf")
    return tree


def test_missing_package(tap):
    """Without root and sudo: the one command to run."""
    folder = temporary_folder("packages")
    try:
        tree = small_tree(folder)
        tools = folder / "tools"
        tools.mkdir()
        (tools / "dpkg-query").write_text(
            '#!/bin/sh\n/usr/bin/dpkg-query "$@" | grep -v -e libfcgi-dev -e apache2-bin\n')
        (tools / "sudo").write_text("#!/bin/sh\nexit 1\n")
        for tool in tools.iterdir():
            tool.chmod(0o755)
        folder.chmod(0o777)
        command = [*(NOBODY if AS_ROOT else []), "env", f"PATH={tools}:{os.environ['PATH']}",
                   tree / "quickstart", "--detach", "--var", folder / "var", "--port", free_port()]
        done = run(*command, cwd="/")
        tap.ok(done.returncode == 1 and "sudo apt-get install --no-install-recommends libfcgi-dev "
               "apache2-bin\n" in done.stdout, "the missing packages are named in one command",
               done.returncode, done.stdout)
        tap.ok(done.stdout.count("\n") == 1 and not (folder / "var").exists(),
               "in one line, and nothing is made", done.stdout)
    finally:
        shutil.rmtree(folder)


def test_unprivileged(tap):
    """An ordinary user, from a tree of their own: everything runs as that user."""
    if not AS_ROOT:
        tap.skip("a run as another user", "only root can become one")
        return
    folder = temporary_folder("user")
    tree = folder / "tree"
    var = folder / "var"
    try:
        shutil.copytree(ROOT, tree, symlinks=True,
                        ignore=shutil.ignore_patterns(".git", "build", "var", "autom4te.cache"))
        run("chown", "-R", "nobody:nogroup", folder)
        port = free_port()
        done = run(*NOBODY, tree / "quickstart", "--detach", "--var", var, "--port", port, cwd="/")
        tap.contains(done.stdout, f"ready: http://127.0.0.1:{port}/", "an ordinary user can start it")
        owners = {owner_of(pid) for pid in processes_of(var)}
        tap.equal(owners, {"nobody"}, "all of it runs as that user")
        done = quickstart("--detach", "--var", var, "--port", port)
        tap.ok(done.returncode == 0 and "already running" in done.stdout, "root sees it running",
               done.stdout)
        done = run(*NOBODY, tree / "quickstart", "--stop", "--var", var, cwd="/")
        tap.equal((done.returncode, processes_of(var)), (0, []), "the user can stop it", done.stdout)
        done = quickstart("--detach", "--var", var, "--port", port)
        tap.ok(done.returncode == 1 and "belongs to nobody" in done.stdout,
               "another user does not take it over", done.stdout)
    finally:
        for pid in processes_of(var):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def test_users_of_the_database(tap):
    """Who may be whom: pg_ident."""
    if not AS_ROOT:
        tap.skip("www-data is the query role only", "only root uses other users")
        return
    with Stack() as here:
        def login(prefix, role):
            words = shlex.split(here.conninfo(role))
            return run(*prefix, f"{PG_BIN}/psql", "-X", "-A", "-t", "-c", "SELECT current_user",
                       " ".join(words), cwd="/")

        web = ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "--"]
        tap.equal(login(web, "query").stdout, "vogate_query\n", "www-data is the query role")
        for role in ("superuser", "owner"):
            tap.ok(login(web, role).returncode != 0, f"www-data cannot be the {role}")
        for role in ("superuser", "owner", "service", "query"):
            tap.ok(login([], role).returncode == 0, f"root can be the {role}")
        tap.ok(login(NOBODY, "query").returncode != 0, "nobody can be nobody")


if __name__ == "__main__":
    main(test_first_start, test_second_start, test_sample, test_nginx, test_crash, test_foreground, test_refusals,
         test_closed_folder, test_full_disk, test_broken_parts, test_missing_package,
         test_unprivileged, test_users_of_the_database)
