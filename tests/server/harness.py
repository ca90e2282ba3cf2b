# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: TAP output, a running stack, processes and folders.

    from harness import main, stack

    def test_availability(tap):
        reply = request(stack().url + "/tap/availability")
        tap.ok(reply.status == 200, "availability answers", reply.text)

    if __name__ == "__main__":
        main(test_availability)

tests/run starts one stack for all programs, with the data of ../shared where they are, and names
it in VOGATE_VAR; a program that is run alone starts its own. A test that needs another kind of
stack makes one: `with Stack() as here`. What clients ask with is in clients.py.
Standard library only, so that the fixture itself cannot be what is missing.
The docstring of a test function says what it is about; a skip is printed under it.
"""
import contextlib
import functools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where the executables under test are: the sanitized build, when tests/run says so.
BUILD = pathlib.Path(os.environ.get("VOGATE_BUILDDIR", ROOT)).resolve()
# tests/run --long: each test at its full length.
LONG = os.environ.get("VOGATE_LONG") == "1"


def shared_dir():
    """The folder with the real data beside the clone, or None."""
    path = ROOT.parent / "shared"
    return path if (path / "data").is_dir() else None


def shared_data():
    """Its folders of event lists."""
    shared = shared_dir()
    return sorted((shared / "data" / "dl3").iterdir()) if shared else []


class Tap:
    """Prints TAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, passed, name, *notes):
        """The notes are what one wants to know when it failed."""
        self.count += 1
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}".replace("\n", " "))
        if not passed:
            self.failed += 1
            for note in notes:
                for line in str(note).splitlines():
                    print(f"# {line}")
        sys.stdout.flush()
        return bool(passed)

    def equal(self, found, expected, name, *notes):
        return self.ok(found == expected, name, f"found    {found!r}", f"expected {expected!r}",
                       *notes)

    def contains(self, text, part, name):
        return self.ok(part in text, name, f"not found: {part!r}", f"in: {text!r}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)


def main(*tests, needs_shared=False):
    """Runs the test functions in order, each with the Tap; one that throws has failed."""
    tap = Tap()
    try:
        for test in tests:
            if needs_shared and shared_dir() is None:
                tap.skip(test.__doc__ or test.__name__, "the data of ../shared are not here")
                continue
            try:
                test(tap)
            except Exception as error:  # the tests after it are to run all the same
                tap.ok(False, f"{test.__name__} ran to its end: {type(error).__name__}: {error}",
                       traceback.format_exc())
    finally:
        if stack.cache_info().currsize:
            stack().close()
    print(f"1..{tap.count}", flush=True)
    sys.exit(1 if tap.failed else 0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=10.0, pause=0.02):
    """The first true value of condition(), or the last false one when time is up."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


def is_alive(pid):
    """A zombie is dead; in a container nobody may collect it."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def processes_of(folder):
    """The pids whose command line or working directory lies in folder."""
    found = []
    for proc in pathlib.Path("/proc").iterdir():
        if not proc.name.isdigit() or int(proc.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            words = (proc / "cmdline").read_bytes().split(b"\0")
            places = [w.decode("utf-8", "replace") for w in words] + [os.readlink(proc / "cwd")]
            if is_alive(proc.name) and any(p == str(folder) or p.startswith(f"{folder}/")
                                           for p in places):
                found.append(int(proc.name))
    return found


def temporary_folder(name):
    """A folder that the users postgres and www-data can enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"vogate-{name}-", dir="/var/tmp"))
    folder.chmod(0o755)
    return folder


def run(*command, timeout=600, **options):
    """Runs a command to its end; stdout and stderr as text in one."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.STDOUT, **options}
    return subprocess.run([str(word) for word in command], text=True, errors="replace",
                          timeout=timeout, check=False, **options)


def quickstart(*arguments, root=ROOT, **options):
    return run(root / "quickstart", *arguments, **options)


# The users whom quickstart gives the servers when it runs as root.
PG_USER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
PG_BIN = "/usr/lib/postgresql/15/bin"
ROLES = {"superuser": "postgres", "owner": "vogate_owner", "service": "vogate_service",
         "query": "vogate_query"}


class Stack:
    """A whole stack made by ./quickstart: PostgreSQL, the executables, Apache or nginx.

    `home` is where the services and the web server have their folders: `var`, or that of another
    front of the same stack (web.py)."""

    def __init__(self, data=(), var=None, home=None, server="apache"):
        self.shared = shared_dir()
        self.server = server
        self.owned = var is None
        self.folder = temporary_folder("test") if self.owned else pathlib.Path(var).parent
        self.var = self.folder / "var" if self.owned else pathlib.Path(var)
        self.home = pathlib.Path(home) if home else self.var
        if self.owned:
            self.port = free_port()
            self.start(data)
        else:
            base_url = re.search(r"^base_url = (.*)$", self.config.read_text(), re.M)[1]
            self.port = urllib.parse.urlparse(base_url).port

    def start(self, data=()):
        words = [word for folder in data for word in ("--data", folder)]
        words += [] if data else ["--no-sample"]
        words += ["--server", self.server] if self.server != "apache" else []
        started = quickstart("--detach", "--var", self.var, "--port", self.port, *words)
        with open(self.folder / "quickstart.out", "a", encoding="utf-8") as file:
            file.write(started.stdout)
        if started.returncode != 0:
            self.close()
            raise RuntimeError(f"quickstart ended with {started.returncode}:\n{started.stdout}")

    def close(self):
        """Stops an own stack and removes it."""
        if not self.owned:
            return
        quickstart("--stop", "--var", self.var)
        for pid in processes_of(self.var):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        """Without a slash at its end."""
        if self.home != self.var:
            return (self.home / "url").read_text(encoding="utf-8")
        return f"http://127.0.0.1:{self.port}"

    @property
    def quickstart_output(self):
        """What all calls of quickstart that started this stack printed."""
        return (self.folder / "quickstart.out").read_text(encoding="utf-8")

    @property
    def config(self):
        return self.home / "vogate.conf"

    # Logs: "vogate" (the services: a line for each request), "apache" or "nginx", "access",
    # "postgresql".

    def log_path(self, name):
        return (self.var if name == "postgresql" else self.home) / "log" / f"{name}.log"

    def log(self, name, start=0):
        return self.log_path(name).read_bytes()[start:].decode("utf-8", "replace")

    def log_size(self, name):
        return self.log_path(name).stat().st_size

    def wait_for_log(self, name, start, part="\n", seconds=5):
        """What the log says after `start`, once `part` is in it; "" when that does not come."""
        return wait_until(lambda: part in (text := self.log(name, start)) and text, seconds) or ""

    # The database

    def conninfo(self, role="superuser"):
        return f"host={self.var}/run port=5432 dbname=vogate user={ROLES[role]}"

    def psql(self, sql, role="superuser"):
        """The rows of a statement as lists of texts."""
        result = subprocess.run(
            [f"{PG_BIN}/psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1",
             "-c", sql, self.conninfo(role)], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=300, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"psql: {result.stderr}")
        return [line.split("\x1f") for line in result.stdout.splitlines()]

    def psql_fails(self, sql, role):
        """Why a statement is refused; empty when it is not."""
        try:
            self.psql(sql, role)
        except RuntimeError as error:
            return str(error)
        return ""

    def emitted_sql(self, adql):
        """The SQL that the service really sends for a query, as PostgreSQL logs it."""
        start = self.log_size("postgresql")
        self.psql("ALTER SYSTEM SET log_statement = 'all'")
        try:
            self.psql("SELECT pg_reload_conf()")
            time.sleep(0.3)
            mark = f"x{time.monotonic_ns()}"
            form = urllib.parse.urlencode({"LANG": "ADQL", "RESPONSEFORMAT": "csv", "QUERY": adql})
            urllib.request.urlopen(f"{self.url}/tap/sync", form.encode(), timeout=60).read()
            self.psql(f"SELECT '{mark}'")
            log = self.wait_for_log("postgresql", start, mark)
        finally:
            self.psql("ALTER SYSTEM RESET log_statement")
            self.psql("SELECT pg_reload_conf()")
        # A statement's further lines begin with a tab; what else vogate_query says is no query,
        # and a process may look at any moment whether the catalog has changed.
        entries = re.findall(r"vogate_query@vogate LOG:  (?:statement|execute [^:]*): "
                             r"(.*(?:\n\t.*)*)", log)
        # More than a few rows come by COPY (the query) TO STDOUT.
        bare = [re.sub(r"\ACOPY \((.*)\) TO STDOUT.*", r"\1", entry, flags=re.S) for entry in entries]
        selects = [entry for entry in bare if entry.lstrip("( \n\t").upper().startswith("SELECT")
                   and "vogate.catalog_version" not in entry]
        return selects[-1].replace("\n\t", "\n")

    def stop_database(self):
        pid = self.pid_of("postgres")
        os.kill(pid, signal.SIGINT)
        if not wait_until(lambda: not is_alive(pid), 30):
            raise RuntimeError("PostgreSQL does not stop")

    def start_database(self):
        done = run(*(PG_USER if os.geteuid() == 0 else []), f"{PG_BIN}/pg_ctl", "-D",
                   self.var / "pg", "-l", self.var / "log/postgresql.log", "-s", "-w", "start",
                   cwd="/", stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL does not start:\n{self.log('postgresql')[-2000:]}")

    # Processes and commands

    def vogate(self, *words, **options):
        return run(self.var / "app/bin/vogate", "--config", self.config, *words, **options)

    def pid_of(self, what):
        """Of "postgres", "vogate" (the supervisor), "apache2", "nginx", or of an executable such as
        "tap-sync.fcgi"; None when it does not run."""
        files = {"postgres": self.var / "pg/postmaster.pid", "vogate": self.home / "run/vogate.pid",
                 "apache2": self.home / "run/httpd.pid", "nginx": self.home / "run/nginx.pid"}
        if what in files:
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int(files[what].read_text().split()[0])
                return pid if is_alive(pid) else None
            return None
        path = f"{self.var}/app/libexec/vogate/{what}".encode()
        supervisor = self.pid_of("vogate")
        for pid in processes_of(self.var / "app"):
            with contextlib.suppress(OSError):
                # Every front of the stack has one.
                proc = pathlib.Path(f"/proc/{pid}")
                parent = int((proc / "stat").read_text().rpartition(")")[2].split()[1])
                command = (proc / "cmdline").read_bytes().split(b"\0")[0]
                if command == path and parent == supervisor:
                    return pid
        return None


@functools.cache
def stack():
    """The stack of tests/run, through the front of VOGATE_FRONT; alone, one of our own with the data
    of ../shared."""
    if "VOGATE_VAR" in os.environ:
        return Stack(var=os.environ["VOGATE_VAR"], home=os.environ.get("VOGATE_HOME"))
    return Stack(data=shared_data())
