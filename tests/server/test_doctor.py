#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`vogate doctor`: nothing to complain of at a healthy site, and one breakage after another, each of
which it has to name together with what to do."""
import contextlib
import os
import re
import shutil
import signal
import socket

from harness import BUILD, Stack, free_port, is_alive, main, run, shared_data, wait_until
from web import FRONTS, Front, WebServer

EXECUTABLES = ["tap-async.fcgi", "tap-sync.fcgi", "uws.fcgi", "vogate-worker"]
SOCKETS = ["tap-async.sock", "tap-sync.sock", "uws.sock"]
EXPECTED_WARNINGS = ["authority", "base_url"]  # quickstart's cannot be those of a site
LINE = re.compile(r"(ok|warn|FAIL|-) +(\S.*?)  +(.*)")


class Diagnosis:
    """What the doctor printed: (verdict, fact, remedy) of each check."""

    def __init__(self, done):
        self.status, self.text = done.returncode, done.stdout
        self.checks = {}
        name = None
        for line in done.stdout.splitlines():
            if line.startswith("      -> ") and name:
                self.checks[name] = (*self.checks[name][:2], line[9:])
            elif found := LINE.fullmatch(line):
                name = found[2]
                self.checks[name] = (found[1], found[3], "")

    def names(self, verdict):
        return [name for name, check in self.checks.items() if check[0] == verdict]


def diagnose(here, config=None, **options):
    return Diagnosis(run(here.var / "app/bin/vogate", "--config", config or here.config, "doctor",
                         timeout=60, **options))


def edited(here, *replacements):
    """The path of a copy of the configuration with some lines replaced."""
    text = here.config.read_text()
    for old, new in replacements:
        assert re.search(old, text, re.M), old
        text = re.sub(old, new, text, flags=re.M)
    path = here.var / "edited.conf"
    path.write_text(text)
    return path


def told(tap, diagnosis, check, fact, remedy, name, verdict="FAIL", status=None):
    """The check's line says what is wrong and what to do."""
    found = diagnosis.checks.get(check, ("", "", ""))
    status = int(verdict == "FAIL") if status is None else status
    good = found[0] == verdict and fact in found[1] and remedy in found[2]
    return tap.ok(good and diagnosis.status == status, name,
                  f"expected {check}: {fact!r} -> {remedy!r}", f"exit status {diagnosis.status}",
                  diagnosis.text)


def test_healthy(tap, here):
    """No failure, and no warning but of what quickstart cannot know."""
    diagnosis = diagnose(here)
    tap.equal((diagnosis.status, diagnosis.names("FAIL"), diagnosis.names("-")), (0, [], []),
              "a healthy site: nothing fails", diagnosis.text)
    warnings = EXPECTED_WARNINGS + ([] if shared_data() else ["contents"])
    tap.equal(diagnosis.names("warn"), warnings, "and only the address is warned of", diagnosis.text)
    tap.ok(all(diagnosis.checks[name][2] for name in warnings), "each warning says what to do")
    counts = f"{len(diagnosis.names('ok'))} ok, {len(warnings)} warn, 0 FAIL, 0 not checked"
    tap.contains(diagnosis.text, counts, "the last line counts")


def test_fronts(tap, here):
    """The same behind nginx, and behind a proxy of another name with a path."""
    for name in FRONTS:
        with Front(here, name) as front:
            diagnosis = diagnose(front)
            tap.equal((diagnosis.status, diagnosis.names("-")), (0, []), f"nothing fails behind {name}",
                      diagnosis.text)


def test_command_line(tap, here):
    """Usage."""
    helped = here.vogate("doctor", "--help")
    tap.ok(helped.returncode == 0 and "Exit status" in helped.stdout, "--help", helped.stdout)
    wrong = here.vogate("doctor", "--everything")
    tap.ok(wrong.returncode == 2 and "does not take --everything" in wrong.stdout,
           "an unknown word is wrong usage", wrong.stdout)
    version = run(BUILD / "tap-sync.fcgi", "--version")
    vogate = run(BUILD / "vogate", "--version")
    tap.equal(version.stdout.replace("tap-sync.fcgi ", "vogate "), vogate.stdout,
              "an executable tells its release")


def test_configuration(tap, here):
    """What is wrong with vogate.conf."""
    missing = diagnose(here, config=here.var / "no.conf")
    told(tap, missing, "configuration", "No such file", "--config FILE", "no configuration")
    tap.ok("query login" in missing.names("-") and "availability" in missing.names("-"),
           "what stands on it is not checked", missing.text)
    told(tap, diagnose(here, edited(here, ("^run_dir", "runn_dir"))), "configuration",
         'edited.conf:14: unknown option "runn_dir"; did you mean "run_dir"', "vogate --options",
         "a mistake in the configuration: file and line")
    told(tap, diagnose(here, edited(here, (r"\Z", "log_level = loud\n"))), "configuration",
         "log level", "correct", "a log level that there is not")
    if os.geteuid() == 0:
        path = edited(here)
        path.chmod(0o600)
        as_web = ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "--"]
        unreadable = Diagnosis(run(*as_web, here.var / "app/bin/vogate", "--config", path, "doctor"))
        told(tap, unreadable, "configuration", "cannot be read by this user", "sudo -u vogate",
             "a configuration that this user cannot read")
        services = Diagnosis(run(*as_web, here.var / "app/bin/vogate", "--config", here.config, "doctor"))
        tap.ok(services.status == 0 and services.checks["owner login"][0] == "warn",
               "the user of the services need not be the owner", services.text)
    told(tap, diagnose(here, edited(here, ("^database_service = .*", ""))), "service login",
         "database_service is not in this file", "tap-async, uws and the workers", "no role for jobs")
    secret = edited(here, (r"(^database_query = .*)", r"\1 password=sesame"))
    secret.chmod(0o644)
    told(tap, open_to_all := diagnose(here, secret), "its permissions", "everybody on this host can read",
         "chmod 640", "a password that everybody can read")
    tap.ok("sesame" not in open_to_all.text, "no password is printed", open_to_all.text)
    broken = diagnose(here, edited(here, (r"(^database_query = .*)", r"\1 password=open sesame")))
    told(tap, broken, "query login", "no connection string", "single quotes", "a password with a blank")
    nameless = diagnose(here, edited(here, (r"^database_query = ", "database_query postgresql://u:sesame@")))
    tap.ok(nameless.status == 1 and "sesame" not in broken.text + nameless.text,
           "no part of one, either", broken.text, nameless.text)
    secret = edited(here)
    secret.chmod(0o666)
    told(tap, diagnose(here, secret), "its permissions", "can change", "chmod o-w", "a file open to all")
    secret.unlink()
    login = diagnose(here, edited(here, ("^base_url = http://", "base_url = http://joe:sesame@")))
    told(tap, login, "base_url", "//...@127.0.0.1", "write scheme, host", "base_url with a login")
    tap.ok("sesame" not in login.text, "which is not printed", login.text)
    told(tap, diagnose(here, edited(here, ("^base_url = .*", "base_url = https://vo.obs.eu/tap"))),
         "base_url", "ends with /tap", "take the last /tap away", "base_url with /tap")


def test_installation(tap, here):
    """Executables and files of another release, or nowhere."""
    elsewhere = here.var / "libexec"
    elsewhere.mkdir()
    config = edited(here, ("^libexec_dir = .*", f"libexec_dir = {elsewhere}"))
    told(tap, diagnose(here, config), "executables", "No such file", "make install", "no executable")
    for name in EXECUTABLES:
        shutil.copy2(here.var / "app/libexec/vogate" / name, elsewhere)
    for name in EXECUTABLES:
        path = elsewhere / name
        path.rename(here.var / "kept")
        path.write_text(f"#!/bin/sh\necho {name} 0.0.9\n")
        path.chmod(0o755)
        told(tap, diagnose(here, config), "executables", f'"{name} 0.0.9"', "one release",
             f"{name} of another release")
        (here.var / "kept").rename(path)
    shutil.rmtree(elsewhere)
    told(tap, diagnose(here, edited(here, ("^sql_dir = .*", "sql_dir = /nowhere"))), "installed files",
         "no migrations", "sql_dir", "no migrations")


def test_sockets(tap, here):
    """Services that are not there, or open to everybody."""
    told(tap, diagnose(here, edited(here, ("^run_dir = .*", "run_dir = /nowhere/run"))), "sockets",
         "No such file", "run_dir = /run/vogate", "no run_dir")
    for name in SOCKETS:
        path = here.var / "run" / name
        path.chmod(0o666)
        told(tap, diagnose(here), "sockets", f"everybody on this host can connect to {path}", "chmod 660",
             f"{name} is open to all")
        path.chmod(0o660)
    # Sockets in which nobody listens.
    (here.var / "dead").mkdir()
    with contextlib.ExitStack() as dead:
        for name in SOCKETS:
            one = dead.enter_context(socket.socket(socket.AF_UNIX))
            one.bind(str(here.var / "dead" / name))
            os.chmod(here.var / "dead" / name, 0o660)
    told(tap, diagnose(here, edited(here, ("^run_dir = .*", f"run_dir = {here.var}/dead"))), "services",
         "Connection refused", "restart", "nobody listens")
    for name in ("tap-async.fcgi", "tap-sync.fcgi"):
        pid = here.pid_of(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            told(tap, diagnose(here, edited(here, ("^base_url = .*", "base_url = http://127.0.0.1:1"))),
                 "services", "no answer within 5 s", "log", f"{name} hangs")
        finally:
            os.kill(pid, signal.SIGCONT)


def test_store(tap, here):
    """The folder of results and uploads."""
    def store(path):
        return diagnose(here, edited(here, ("^store_dir = .*", f"store_dir = {path}")))

    path = here.var / "another-store"
    told(tap, store(path), "store of jobs", f"store_dir {path}: No such file", "mount its file system",
         "no store")
    path.write_text("")
    told(tap, store(path), "store of jobs", "is no folder", "set store_dir", "a file instead of the store")
    path.unlink()
    told(tap, diagnose(here, edited(here, ("^work_dir = .*", f"work_dir = {here.var}/none"))), "work folder",
         "No such file", "mode 711", "no folder for programs", "warn")
    here.var.joinpath("work").chmod(0o777)
    told(tap, diagnose(here), "work folder", "others may write", "chmod 711", "a work folder that is open to others")
    here.var.joinpath("work").chmod(0o711)
    kinds = here.var / "kinds"
    kinds.mkdir()
    (kinds / "bad.job").write_text("version = 1\n")
    told(tap, diagnose(here, edited(here, ("^kinds_dir = .*", f"kinds_dir = {kinds}"))), "kinds of jobs",
         "1 of 1 are refused", "job-kind list", "a kind that is refused", "warn")
    here.var.joinpath("store").chmod(0o755)
    told(tap, diagnose(here), "store of jobs", "others may enter", "chmod 750", "a store that is open to others",
         "warn")
    here.var.joinpath("store").chmod(0o750)


@contextlib.contextmanager
def changed(here, sql, back):
    here.psql(sql)
    try:
        yield
    finally:
        here.psql(back)


# What is done to the database, how it is undone, and what is said of it.
DATABASE_BREAKAGES = [
    ("ALTER ROLE vogate_query SUPERUSER", "ALTER ROLE vogate_query NOSUPERUSER",
     "rights", "is a superuser", "ALTER ROLE", "FAIL"),
    ("ALTER ROLE vogate_query CREATEROLE", "ALTER ROLE vogate_query NOCREATEROLE",
     "rights", "may create roles", "ALTER ROLE", "FAIL"),
    ("GRANT pg_read_server_files TO vogate_query", "REVOKE pg_read_server_files FROM vogate_query",
     "rights", "is a member of pg_read_server_files", "REVOKE", "FAIL"),
    ("GRANT UPDATE ON ivoa.obscore TO vogate_query", "REVOKE UPDATE ON ivoa.obscore FROM vogate_query",
     "rights", "may write ivoa.obscore", "REVOKE", "FAIL"),
    ("GRANT CREATE ON SCHEMA ivoa TO PUBLIC", "REVOKE CREATE ON SCHEMA ivoa FROM PUBLIC",
     "rights", "may create in the schema ivoa", "REVOKE", "FAIL"),
    ("REVOKE SELECT ON ivoa.obscore FROM vogate_query", "GRANT SELECT ON ivoa.obscore TO vogate_query",
     "published tables", "not readable: ivoa.obscore", "vogate init", "FAIL"),
    ("REVOKE USAGE ON SCHEMA dl3 FROM vogate_query", "GRANT USAGE ON SCHEMA dl3 TO vogate_query",
     "published tables", "dl3.events", "vogate init", "FAIL"),
    ("REVOKE SELECT ON vogate.migration FROM vogate_query",
     "GRANT SELECT ON vogate.migration TO vogate_query",
     "schema", "permission denied for table migration", "vogate init", "FAIL"),
    ("ALTER ROLE vogate_query IN DATABASE vogate RESET temp_file_limit",
     "ALTER ROLE vogate_query IN DATABASE vogate SET temp_file_limit = '4096MB'",
     "role settings", "temp_file_limit=4096MB", "vogate init --superuser", "FAIL"),
    ("ALTER ROLE vogate_query NOLOGIN", "ALTER ROLE vogate_query LOGIN",
     "query login", "not permitted to log in", "LOGIN", "FAIL"),
    ("ALTER ROLE vogate_service NOLOGIN", "ALTER ROLE vogate_service LOGIN",
     "service login", "not permitted to log in", "LOGIN", "FAIL"),
    ("REVOKE CONNECT ON DATABASE vogate FROM vogate_query",
     "GRANT CONNECT ON DATABASE vogate TO vogate_query",
     "query login", "permission denied for database", "vogate init", "FAIL"),
    ("REVOKE TEMPORARY ON DATABASE vogate FROM vogate_query",
     "GRANT TEMPORARY ON DATABASE vogate TO vogate_query",
     "rights", "may not make temporary tables", "vogate init", "FAIL"),
    # Enough for the doctor to log in, and not enough for one processor core.
    ("ALTER ROLE vogate_query CONNECTION LIMIT 10", "ALTER ROLE vogate_query CONNECTION LIMIT -1",
     "connections", "CONNECTION LIMIT of 10", "ALTER ROLE", "FAIL"),
    ("DROP INDEX dl3.events_pos", "CREATE INDEX events_pos ON dl3.events USING gist (pos)",
     "indexes", "without their index: dl3.events.pos", "CREATE INDEX", "FAIL"),
    ("DROP INDEX ivoa.obscore_region_poly",
     "CREATE INDEX obscore_region_poly ON ivoa.obscore USING gist (s_region_poly)",
     "indexes", "ivoa.obscore.s_region_poly", "CREATE INDEX", "FAIL"),
    ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ivoa.obscore_pos'::regclass",
     "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'ivoa.obscore_pos'::regclass",
     "indexes", "invalid indexes, which no query uses: ivoa.obscore_pos", "REINDEX", "FAIL"),
    ("ALTER FUNCTION spoint_contained_by_circle(spoint, scircle) NOT LEAKPROOF",
     "ALTER FUNCTION spoint_contained_by_circle(spoint, scircle) LEAKPROOF",
     "pgSphere", "not all marked LEAKPROOF", "vogate init --superuser", "warn"),
    ("CREATE TABLE dl3.big AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 3000)",
     "DROP TABLE dl3.big", "statistics", "never analysed: dl3.big", "ANALYZE", "warn"),
]


def test_database(tap, here):
    """Rights, settings, indexes: broken one at a time."""
    for sql, back, check, fact, remedy, verdict in DATABASE_BREAKAGES:
        with changed(here, sql, back):
            told(tap, diagnose(here), check, fact, remedy, sql[:70], verdict)
    number, name, digest = here.psql(
        "SELECT number, name, sha256 FROM vogate.migration ORDER BY number DESC LIMIT 1")[0]
    restore = f"INSERT INTO vogate.migration VALUES ({number}, '{name}', '{digest}')"
    with changed(here, f"DELETE FROM vogate.migration WHERE number = {number}", restore):
        told(tap, diagnose(here), "schema", f"lacks the migration {name}", "vogate init", "an older schema")
    with changed(here, "INSERT INTO vogate.migration VALUES (9999, '9999_future', 'x')",
                 "DELETE FROM vogate.migration WHERE number = 9999"):
        told(tap, diagnose(here), "schema", "9999_future", "install that release", "a newer schema")
    told(tap, diagnose(here, edited(here, (r"\Z", "query_slots = 60\nthreads = 50\n"))), "limits",
         "60 query slots", "threads well above", "fewer threads than slots", "warn")
    told(tap, diagnose(here, edited(here, (r"\Z", "query_slots = 200\nthreads = 300\nasync_slots = 3\n"))),
         "connections", "230 are needed, 197 allowed", "max_connections", "more slots than connections")
    told(tap, diagnose(here, edited(here, (r"\Z", "query_slots = 3\nasync_slots = 100\n"))), "connections",
         "227 are needed, 197 allowed", "async_slots", "more jobs at a time than connections")
    with changed(here, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync"):
        here.psql("SELECT pg_reload_conf()")
        wait_until(lambda: here.psql("SHOW fsync") == [["off"]], 5)
        told(tap, diagnose(here), "server settings", "fsync = off", "fsync = on", "fsync off")
    here.psql("SELECT pg_reload_conf()")
    wait_until(lambda: here.psql("SHOW fsync") == [["on"]], 5)


def test_web(tap, here):
    """Another address, another server, one that changes what it passes on."""
    told(tap, diagnose(here, edited(here, ("^base_url = .*", f"base_url = http://127.0.0.1:{free_port()}"))),
         "availability", "Failed to connect", "correct base_url", "the wrong port")
    wrong = edited(here, ("^base_url = .*", f"base_url = {here.url}/vo"))
    told(tap, diagnose(here, wrong), "availability", "404", "VOGATE_PATH", "the wrong path")
    other = edited(here, ("^base_url = .*", f"base_url = http://localhost:{here.port}"))
    told(tap, diagnose(here, other), "capabilities", f"sends clients to {here.url}", "restart",
         "services with another base_url than the file")

    def through(edit, check, fact, remedy, name, verdict="FAIL"):
        home = here.var / "web"
        web = WebServer("apache", home, here.var / "run", here.var / "app/share/vogate", edit=edit)
        try:
            base_url = f"base_url = {web.root.rstrip('/')}"
            # It fails in any case, for the services are called by another base_url.
            told(tap, diagnose(here, edited(here, ("^base_url = .*", base_url))), check, fact, remedy,
                 name, verdict, 1)
        finally:
            web.close()
            shutil.rmtree(home)

    through(lambda text: text + "\nProxyErrorOverride On\n", "error document", "not 400 with the service's VOTable",
            "ProxyErrorOverride", "error documents replaced by the web server")
    through(lambda text: text.replace("TraceEnable off", "TraceEnable on"), "TRACE", "echoes",
            "TraceEnable off", "TRACE")
    through(lambda text: text + "\nHeader always add Access-Control-Allow-Origin *\n",
            "other sites' pages", "2 times", "take away", "a second CORS header", "warn")
    through(lambda text: re.sub(r" *AddOutputFilterByType DEFLATE(.*\\\n)*.*\n", "", text),
            "compression", "not compressed", "deflate", "no compression", "warn")
    told(tap, diagnose(here, edited(here, (r"\Z", "max_body_bytes = 2000000\n"))), "large body",
         "not 413", "conf/apache.conf", "a limit that the services do not have")
    web = here.pid_of("apache2")
    os.kill(web, signal.SIGTERM)
    wait_until(lambda: not is_alive(web))
    told(tap, diagnose(here), "availability", "Failed to connect", "start the web server",
         "the web server is stopped")


def test_database_stopped(tap, here):
    """The last, for it is not started again."""
    here.stop_database()
    stopped = diagnose(here)
    told(tap, stopped, "query login", "vogate_query cannot log in", "start PostgreSQL",
         "the database is stopped")
    tap.ok("rights" in stopped.names("-"), "what stands on it is not checked", stopped.text)


def test_all(tap):
    """On a stack of its own."""
    with Stack(data=shared_data()[:1]) as here:
        for test in (test_healthy, test_fronts, test_command_line, test_configuration, test_installation,
                     test_sockets, test_store, test_database, test_web, test_database_stopped):
            test(tap, here)


if __name__ == "__main__":
    main(test_all)
