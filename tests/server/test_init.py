#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vogate init on a PostgreSQL of its own: repeatable, careful with migrations, least rights."""
import contextlib
import os
import shutil
import subprocess

from harness import BUILD, PG_BIN, ROOT, main, run, temporary_folder

AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
# Physical columns that are not published, on purpose.
HIDDEN = {"dl3.files.path", "dl3.observations.source_digest", "dl3.events.pos", "ivoa.obscore.pos",
          "ivoa.obscore.s_region_circle", "ivoa.obscore.s_region_poly"}
TYPES = {("long", None): "bigint", ("int", None): "integer", ("short", None): "smallint",
         ("double", None): "double precision", ("float", None): "real",
         ("char", "timestamp"): "timestamp without time zone", ("char", None): "text"}


class Cluster:
    """An empty PostgreSQL where everybody on this host may be anybody."""

    def __init__(self):
        self.folder = temporary_folder("init")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = self.folder / "pg"
        self.command("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8",
                     "--locale=C.UTF-8")
        self.start()

    def command(self, name, *words):
        done = run(*AS_POSTGRES, f"{PG_BIN}/{name}", "-D", self.data, *words, cwd="/",
                   stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stdout}")

    def start(self):
        self.command("pg_ctl", "-s", "-w", "-l", self.folder / "pg.log", "-o",
                     f"-k {self.folder} -c listen_addresses='' -c fsync=off", "start")

    def close(self):
        self.command("pg_ctl", "-s", "-w", "-m", "fast", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def psql(self, sql, user="postgres", database="vogate"):
        """(exit status, rows or error text)"""
        done = subprocess.run(
            [f"{PG_BIN}/psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", sql,
             f"host={self.folder} dbname={database} user={user}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.returncode, done.stderr
        return 0, [line.split("\x1f") for line in done.stdout.splitlines()]

    def rows(self, sql, user="postgres"):
        status, rows = self.psql(sql, user)
        if status != 0:
            raise RuntimeError(rows)
        return rows

    def init(self, *words, sql_dir=ROOT / "sql", extra=""):
        config = self.folder / "vogate.conf"
        roles = "".join(f"database_{role} = host={self.folder} dbname=vogate user=vogate_{role}\n"
                        for role in ("owner", "service", "query"))
        config.write_text("authority = test.invalid\nbase_url = http://127.0.0.1:1\n"
                          f"sql_dir = {sql_dir}\n{roles}{extra}")
        return run(BUILD / "vogate", "--config", config, "init", *words)


@contextlib.contextmanager
def initialised(tap):
    cluster = Cluster()
    try:
        first = cluster.init()
        tap.ok(first.returncode == 0 and "migration 0001_archive applied" in first.stdout,
               "init on an empty server", first.stdout)
        yield cluster
    finally:
        cluster.close()


def test_init(tap):
    """init, twice, with edited and unknown migrations, with and without a superuser."""
    with initialised(tap) as cluster:
        again = cluster.init()
        tap.ok((again.returncode, again.stdout) == (0, "nothing to do\n"), "the second has nothing to do",
               again.stdout)
        check_migrations(tap, cluster)
        check_without_superuser(tap, cluster)
        check_rights(tap, cluster)
        check_leakproof(tap, cluster)
        check_tap_schema(tap, cluster)
        check_region_text(tap, cluster)


def check_migrations(tap, cluster):
    copy = cluster.folder / "sql"
    shutil.copytree(ROOT / "sql", copy)
    edited = copy / "migrate" / "0001_archive.sql"
    edited.write_text(edited.read_text() + "\n-- edited\n")
    refused = cluster.init(sql_dir=copy)
    tap.ok(refused.returncode == 2 and "0001_archive.sql was edited" in refused.stdout,
           "an edited migration is refused by name", refused.stdout)
    shutil.copy(ROOT / "sql/migrate/0001_archive.sql", edited)
    (copy / "migrate" / "0002_broken.sql").write_text("CREATE TABLE dl3.half (a int); SELECT 1/0;")
    broken = cluster.init(sql_dir=copy)
    tap.ok(broken.returncode != 0 and cluster.rows("SELECT to_regclass('dl3.half') IS NULL") == [["t"]],
           "a failing migration leaves nothing", broken.stdout)
    cluster.rows("INSERT INTO vogate.migration (number, name, sha256) VALUES (9999, '9999_future', 'x')")
    newer = cluster.init()
    tap.ok(newer.returncode == 2 and "9999_future" in newer.stdout, "a newer database is refused by name",
           newer.stdout)
    cluster.rows("DELETE FROM vogate.migration WHERE number = 9999")


def check_without_superuser(tap, cluster):
    nobody = f"--superuser=host={cluster.folder} dbname=postgres user=nobody_of_that_name"
    done = cluster.init(nobody)
    tap.ok(done.returncode == 0, "later inits need no superuser", done.stdout)
    cluster.rows("ALTER ROLE vogate_query IN DATABASE vogate RESET jit")
    refused = cluster.init(nobody)
    tap.ok(refused.returncode == 2 and "--superuser CONNINFO" in refused.stdout,
           "where one is needed, the words say how", refused.stdout)
    done = cluster.init("--dry-run")
    tap.ok("a superuser is needed" in done.stdout, "a dry run says so", done.stdout)
    done = cluster.init()
    tap.ok(done.returncode == 0 and "jit=off" in done.stdout, "a setting that was lost comes back",
           done.stdout)
    done = cluster.init(extra="temp_file_limit_mb = 77\n")
    tap.ok(done.returncode == 0 and cluster.rows("SHOW temp_file_limit", "vogate_query") == [["77MB"]],
           "a changed limit is taken over", done.stdout)


def check_rights(tap, cluster):
    refused = {
        "the path of a file": "SELECT path FROM dl3.files",
        "what the ingest compares": "SELECT source_digest FROM dl3.observations",
        "all columns of files": "SELECT * FROM dl3.files",
        "writing": "SET transaction_read_only = off; DELETE FROM dl3.gti",
        "temporary tables": "SET transaction_read_only = off; CREATE TEMP TABLE t (a int)",
        "new tables": "SET transaction_read_only = off; CREATE TABLE public.t (a int)",
        "new functions": "SET transaction_read_only = off; "
                         "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "other roles' passwords": "SELECT rolpassword FROM pg_authid",
        "files of the server": "SELECT pg_read_file('/etc/passwd')",
        "a larger temp_file_limit": "SET temp_file_limit = -1",
    }
    for name, sql in refused.items():
        status, words = cluster.psql(sql, "vogate_query")
        tap.ok(status != 0 and "permission denied" in str(words), f"the query role is refused {name}",
               str(words))
    for sql in ("SELECT count(*) FROM dl3.events", "SELECT count(file_name) FROM dl3.files",
                "SELECT max(number) FROM vogate.migration", "SELECT count(*) FROM tap_schema.columns"):
        status, words = cluster.psql(sql, "vogate_query")
        tap.ok(status == 0, f"the query role may {sql}", str(words))
    status, words = cluster.psql("SELECT 1", "vogate_query", "vogate")
    tap.ok(status == 0 and cluster.rows("SHOW default_transaction_read_only", "vogate_query") == [["on"]],
           "its sessions are read-only from the start")


def check_leakproof(tap, cluster):
    cluster.rows("""
        CREATE TABLE dl3.events_p0 PARTITION OF dl3.events FOR VALUES FROM (0) TO (64);
        INSERT INTO dl3.events (obs, event_id, time_mjd, mission_time, ra, dec, energy)
        SELECT 1, i, 58000, i, (i * 0.618 % 1) * 360, degrees(asin(2 * (i * 0.7548 % 1) - 1)), 1
        FROM generate_series(1, 20000) AS i;
        ANALYZE dl3.events;
        ALTER TABLE dl3.events ENABLE ROW LEVEL SECURITY;
        CREATE POLICY trial ON dl3.events FOR SELECT USING (obs > 0)""")
    cone = ("EXPLAIN SELECT event_id FROM dl3.events "
            "WHERE pos <@ scircle(spoint(radians(83.6), radians(22.0)), radians(0.1))")
    plan = "\n".join(row[0] for row in cluster.rows(cone, "vogate_query"))
    tap.ok("Index Cond: (pos <@" in plan and "obs > 0" in plan,
           "under row-level security a cone uses the index", plan)


def check_tap_schema(tap, cluster):
    published = cluster.rows(
        "SELECT table_name, trim(both '\"' from column_name), datatype, xtype, arraysize "
        "FROM tap_schema.columns")
    physical = {f"{schema}.{table}.{column}": kind for schema, table, column, kind in cluster.rows(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema IN ('tap_schema', 'ivoa', 'dl3') AND table_name !~ '^events_p'")}
    wrong = []
    names = {"ivoa.obscore.s_region"}
    for table, column, datatype, xtype, _ in published:
        name = f"{table}.{column}"
        names.add(name)
        if name != "ivoa.obscore.s_region" and physical.get(name) != TYPES[datatype, xtype or None]:
            wrong.append(f"{name}: {datatype} {xtype} is {physical.get(name)}")
    tap.ok(not wrong and len(published) > 100, "every published column is what it is said to be",
           "\n".join(wrong))
    forgotten = set(physical) - names - HIDDEN
    tap.ok(not forgotten, "every physical column is published or hidden on purpose", str(forgotten))
    poor = cluster.rows("SELECT table_name, column_name FROM tap_schema.columns "
                        "WHERE coalesce(description, '') = ''")
    tap.ok(not poor, "every column is described", str(poor))
    both = cluster.rows(
        "SELECT column_name FROM tap_schema.columns WHERE table_name = 'ivoa.obscore' INTERSECT "
        "SELECT column_name FROM tap_schema.columns WHERE table_name = 'ivoa.obscore_hea'")
    tap.ok(both == [["obs_publisher_did"]], "ObsCore and its extension share one column", str(both))


def check_region_text(tap, cluster):
    circle = "scircle(spoint(radians(83.6331), radians(-22.0144)), radians(2.5))"
    polygon = "'{(10d,-5d),(20d,-5d),(20.5d,5d)}'::spoly"
    found = cluster.rows(f"SELECT vogate.region_text({circle}, NULL), vogate.region_text(NULL, {polygon}), "
                         "vogate.region_text(NULL, NULL) IS NULL", "vogate_query")
    tap.ok(found == [["Circle ICRS 83.6331 -22.0144 2.5", "Polygon ICRS 10 -5 20 -5 20.5 5", "t"]],
           "regions are printed in degrees", str(found))
    arrays = cluster.rows(f"SELECT vogate.circle_array({circle})::text, "
                          f"(vogate.polygon_array({polygon}))[5:6]::text, "
                          "vogate.point_array(NULL) IS NULL", "vogate_query")[0]
    numbers = [[float(value) for value in text.strip("{}").split(",")] for text in arrays[:2]]
    expected = [[83.6331, -22.0144, 2.5], [20.5, 5]]
    near = all(abs(a - b) < 1e-9 for x, y in zip(numbers, expected) for a, b in zip(x, y))
    tap.ok(near and arrays[2] == "t", "and as arrays in degrees", str(arrays))


if __name__ == "__main__":
    main(test_init)
