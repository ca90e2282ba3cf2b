#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vogate init on a PostgreSQL of its own: repeatable, careful with migrations, least rights."""
import contextlib
import os
import re
import shutil
import subprocess
import warnings

import astropy.units
from astropy.io.votable.ucd import check_ucd

from harness import BUILD, PG_BIN, ROOT, main, run, temporary_folder

AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
# Physical columns that are not published, on purpose.
HIDDEN = {"dl3.files.path", "dl3.observations.source_digest", "dl3.events.pos", "ivoa.obscore.pos",
          "ivoa.obscore.s_region_circle", "ivoa.obscore.s_region_poly"}
TYPES = {("long", None): "bigint", ("int", None): "integer", ("short", None): "smallint",
         ("double", None): "double precision", ("float", None): "real",
         ("char", "timestamp"): "timestamp without time zone", ("char", None): "text"}
# Words of the high-energy extension and of newer UCD lists than astropy's.
NEW_UCD_WORDS = {"instr.detection", "meta.checksum", "meta.ref.ivoid", "meta.ref.pdgid",
                 "phys.particle", "pos.outline"}


class Cluster:
    """An empty PostgreSQL where everybody on this host may be anybody, until pg_hba.conf says else."""

    def __init__(self):
        self.folder = temporary_folder("init")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = self.folder / "pg"
        self.options = ""  # more words for each connection string
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

    def psql(self, sql, user="postgres", database="vogate", env=None):
        """(exit status, rows or error text)"""
        done = subprocess.run(
            [f"{PG_BIN}/psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", sql,
             f"host={self.folder} dbname={database} user={user}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=env)
        if done.returncode != 0:
            return done.returncode, done.stderr
        return 0, [line.split("\x1f") for line in done.stdout.splitlines()]

    def rows(self, sql, user="postgres", database="vogate"):
        status, rows = self.psql(sql, user, database)
        if status != 0:
            raise RuntimeError(rows)
        return rows

    def command_line(self, *words, sql_dir=ROOT / "sql", extra=""):
        """The words of a vogate init; `extra` stands last in its configuration, where it wins."""
        config = self.folder / "vogate.conf"
        roles = "".join(f"database_{role} = host={self.folder} dbname=vogate user=vogate_{role}"
                        f" {self.options}\n" for role in ("owner", "service", "query"))
        config.write_text("authority = test.invalid\nbase_url = http://127.0.0.1:1\n"
                          f"sql_dir = {sql_dir}\n{roles}{extra}")
        return [str(BUILD / "vogate"), "--config", str(config), "init", *words]

    def init(self, *words, **options):
        return run(*self.command_line(*words, **options))

    def superuser(self):
        return f"--superuser=host={self.folder} user=postgres"


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
        check_refusals(tap, cluster)
        check_rights(tap, cluster)
        check_leakproof(tap, cluster)
        check_tap_schema(tap, cluster)
        check_site_tables(tap, cluster)
        check_region_text(tap, cluster)
        check_restore(tap, cluster)
        check_two_at_once(tap, cluster)


def check_migrations(tap, cluster):
    copy = cluster.folder / "sql"
    shutil.copytree(ROOT / "sql", copy)
    edited = copy / "migrate" / "0001_archive.sql"
    edited.write_text(edited.read_text() + "\n-- edited\n")
    refused = cluster.init(sql_dir=copy)
    tap.ok(refused.returncode == 2 and "0001_archive.sql was edited" in refused.stdout,
           "an edited migration is refused by name", refused.stdout)
    shutil.copy(ROOT / "sql/migrate/0001_archive.sql", edited)
    second = copy / "migrate" / "0900_second.sql"
    second.write_text("CREATE TABLE dl3.half (a int); SELECT 1/0;")
    broken = cluster.init(sql_dir=copy)
    tap.ok(broken.returncode != 0 and "0900_second.sql could not be applied" in broken.stdout
           and cluster.rows("SELECT to_regclass('dl3.half') IS NULL") == [["t"]],
           "a failing migration is named and leaves nothing", broken.stdout)
    planned = cluster.init("--dry-run", sql_dir=copy)
    tap.equal((planned.returncode, planned.stdout), (0, "migration 0900_second is due\n"),
              "a dry run names what is due")
    twin = copy / "migrate" / "0900_twin.sql"
    twin.write_text("SELECT 1;")
    twins = cluster.init(sql_dir=copy)
    tap.ok(twins.returncode == 2 and "0900_second.sql and 0900_twin.sql" in twins.stdout,
           "two migrations of one number are refused", twins.stdout)
    twin.unlink()
    nameless = copy / "migrate" / "third.sql"
    nameless.write_text("SELECT 1;")
    refused = cluster.init(sql_dir=copy)
    tap.ok(refused.returncode == 2 and "third.sql is not named" in refused.stdout,
           "a migration without a number is refused", refused.stdout)
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
    cluster.rows("ALTER SCHEMA public OWNER TO postgres; GRANT CREATE ON SCHEMA public TO PUBLIC; "
                 "GRANT TEMP ON DATABASE vogate TO PUBLIC; "
                 "ALTER FUNCTION spoint_contained_by_circle(spoint, scircle) NOT LEAKPROOF")
    done = cluster.init()
    open_doors = cluster.rows(
        "SELECT has_schema_privilege('vogate_query', 'public', 'CREATE'), "
        "has_database_privilege('public', 'vogate', 'TEMP'), "
        "NOT proleakproof FROM pg_proc WHERE proname = 'spoint_contained_by_circle'")
    tap.ok(done.returncode == 0 and open_doors == [["f", "f", "f"]], "what was opened is closed again",
           done.stdout, open_doors)


def check_refusals(tap, cluster):
    def refuses(name, part, extra="", *words):
        done = cluster.init(*words, extra=extra)
        tap.ok(done.returncode == 2 and part in done.stdout, f"refused: {name}", done.stdout)

    where = f"host={cluster.folder}"
    refuses("one role for two", "must name three users",
            f"database_query = {where} dbname=vogate user=vogate_owner\n")
    refuses("no role", "database_owner of vogate.conf must name a user",
            f"database_owner = {where} dbname=vogate\n")
    refuses("no database", "must name a database", f"database_owner = {where} user=vogate_owner\n")
    refuses("another's database", "belongs to postgres",
            f"database_owner = {where} dbname=postgres user=vogate_owner\n")
    refuses("a superuser who is none", "vogate_owner is no superuser",
            f"database_query = {where} dbname=vogate user=new_query\n",
            f"--superuser={where} user=vogate_owner")
    tap.ok(not cluster.rows("SELECT 1 FROM pg_roles WHERE rolname = 'new_query'"), "and nothing was made")
    for given, taken, part in (("ALTER ROLE vogate_query CREATEDB", "ALTER ROLE vogate_query NOCREATEDB",
                                "vogate_query is not as it should be (CREATEDB)"),
                               ("GRANT pg_read_all_data TO vogate_query",
                                "REVOKE pg_read_all_data FROM vogate_query", "member of pg_read_all_data"),
                               ("GRANT vogate_owner TO vogate_query",
                                "REVOKE vogate_owner FROM vogate_query", "member of vogate_owner")):
        cluster.rows(given)
        refuses(given, part)
        cluster.rows(taken)
    cluster.rows("CREATE DATABASE latin OWNER vogate_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    refuses("a database that is not UTF-8", "is in LATIN1, not in UTF8",
            f"database_owner = {where} dbname=latin user=vogate_owner\n")
    refuses("a server that is not there", "neither vogate_owner nor a superuser can log in",
            "database_owner = host=/nonexistent dbname=vogate user=vogate_owner\n")
    refuses("a string that is none", "must name a user", "database_owner = vogate_owner\n")
    done = cluster.init(extra=f"database_owner = postgresql://vogate_owner@/vogate?{where}\n")
    tap.equal((done.returncode, done.stdout), (0, "nothing to do\n"), "a connection string may be a URI")


def check_rights(tap, cluster):
    refused = {
        "the path of a file": "SELECT path FROM dl3.files",
        "what the ingest compares": "SELECT source_digest FROM dl3.observations",
        "all columns of files": "SELECT * FROM dl3.files",
        "writing": "SET transaction_read_only = off; DELETE FROM dl3.gti",
        "new tables": "SET transaction_read_only = off; CREATE TABLE public.t (a int)",
        "new functions": "SET transaction_read_only = off; "
                         "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "other roles' passwords": "SELECT rolpassword FROM pg_authid",
        "files of the server": "SELECT pg_read_file('/etc/passwd')",
        "a larger temp_file_limit": "SET temp_file_limit = -1",
        # PostgreSQL 15 allows these in a read-only transaction.
        "large objects": "SELECT lo_from_bytea(0, 'x')",
        "the account of jobs": "SET ROLE vogate_service",
        "the jobs of others": "SELECT job_id FROM uws.job",
        "what others asked": "SELECT value FROM uws.parameter",
        "who they are": "SELECT display FROM auth.principal",
    }
    for name, sql in refused.items():
        status, words = cluster.psql(sql, "vogate_query")
        tap.ok(status != 0 and "permission denied" in str(words), f"the query role is refused {name}",
               str(words))
    for sql in ("SELECT count(*) FROM dl3.events", "SELECT count(file_name) FROM dl3.files",
                "SELECT max(number) FROM vogate.migration", "SELECT count(*) FROM tap_schema.columns",
                "BEGIN READ WRITE; CREATE TEMP TABLE t (a int); ROLLBACK"):
        status, words = cluster.psql(sql, "vogate_query")
        tap.ok(status == 0, f"the query role may {sql}", str(words))
    for name, sql in {"data": "SELECT count(*) FROM dl3.events", "new tables": "CREATE TABLE uws.t (a int)",
                      "forgetting who owns jobs": "DELETE FROM auth.principal",
                      "a second store": "INSERT INTO uws.control DEFAULT VALUES"}.items():
        status, words = cluster.psql(sql, "vogate_service")
        tap.ok(status != 0 and "permission denied" in str(words), f"the service role is refused {name}",
               str(words))
    for sql in ("SELECT max(number) FROM vogate.migration", "SELECT count(*) FROM uws.job",
                "BEGIN; INSERT INTO auth.principal (issuer, subject, display) VALUES ('basic:x', 'joe', 'joe'); ROLLBACK",
                "UPDATE uws.control SET draining = false"):
        status, words = cluster.psql(sql, "vogate_service")
        tap.ok(status == 0, f"the service role may {sql}", str(words))
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
    check_meanings(tap, cluster)
    check_indexed(tap, cluster)
    both = cluster.rows(
        "SELECT column_name FROM tap_schema.columns WHERE table_name = 'ivoa.obscore' INTERSECT "
        "SELECT column_name FROM tap_schema.columns WHERE table_name = 'ivoa.obscore_hea'")
    tap.ok(both == [["obs_publisher_did"]], "ObsCore and its extension share one column", str(both))


def check_meanings(tap, cluster):
    columns = cluster.rows("SELECT table_name || '.' || column_name, unit, ucd FROM tap_schema.columns "
                           "WHERE table_name !~ '^tap_schema'")
    wrong = []
    for name, unit, ucd in columns:
        # meta.id stands for a first word that astropy does not know: others may only be second.
        known = [word for word in ucd.split(";") if word not in NEW_UCD_WORDS]
        if known and not ucd.startswith(known[0]):
            known.insert(0, "meta.id")
        if not ucd or (known and not check_ucd(";".join(known), check_controlled_vocabulary=True)):
            wrong.append(f"{name}: ucd {ucd!r}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                astropy.units.Unit(unit, format="vounit")
            except ValueError as error:
                wrong.append(f"{name}: {error}")
    tap.ok(not wrong, "units and UCDs are those of the IVOA", "\n".join(wrong))
    loose = cluster.rows("""
        SELECT key_id FROM tap_schema.keys JOIN tap_schema.key_columns k USING (key_id)
        WHERE NOT EXISTS (SELECT FROM tap_schema.columns c
                          WHERE c.table_name = from_table AND c.column_name = k.from_column)
           OR NOT EXISTS (SELECT FROM tap_schema.columns c
                          WHERE c.table_name = target_table AND c.column_name = k.target_column)""")
    tap.ok(not loose, "keys join published columns", loose)


def check_indexed(tap, cluster):
    """A column is said to be indexed if an index begins with it, or through its geometry."""
    wrong = cluster.rows("""
        WITH real AS (
            SELECT indrelid::regclass::text AS table_name, quote_ident(attname) AS column_name
            FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
            WHERE indpred IS NULL
            UNION SELECT table_name, ra_column FROM vogate.position
            UNION SELECT table_name, dec_column FROM vogate.position
            UNION SELECT table_name, column_name FROM vogate.geometry)
        SELECT c.table_name, c.column_name, c.indexed FROM tap_schema.columns c
        LEFT JOIN real ON real.table_name = c.table_name AND real.column_name IN (
            c.column_name, quote_ident(c.column_name))
        WHERE (c.indexed = 1) <> (real.column_name IS NOT NULL)""")
    tap.ok(not wrong, "indexed columns have an index, others none", wrong)


def check_site_tables(tap, cluster):
    """What a site publishes beside ours stays, and the catalogue's version tells of changes only."""
    cluster.rows("""
        INSERT INTO tap_schema.schemas (schema_name) VALUES ('site');
        INSERT INTO tap_schema.tables (schema_name, table_name, table_type)
        VALUES ('site', 'site.stars', 'table');
        INSERT INTO tap_schema.columns (table_name, column_name, datatype)
        VALUES ('site.stars', 'obs', 'long');
        INSERT INTO tap_schema.keys (key_id, from_table, target_table)
        VALUES ('site:1', 'site.stars', 'dl3.observations');
        INSERT INTO tap_schema.key_columns VALUES ('site:1', 'obs', 'obs')""")
    version = int(cluster.rows("SELECT version FROM vogate.catalog_version")[0][0])
    same = cluster.init()
    still = int(cluster.rows("SELECT version FROM vogate.catalog_version")[0][0])
    tap.ok(same.stdout == "nothing to do\n" and still == version,
           "with nothing new the catalogue keeps its version", same.stdout)
    texts = cluster.folder / "sql" / "define" / "020_tap_schema.sql"
    texts.write_text(re.sub(r"Reconstructed energy\.", "Energy as reconstructed.", texts.read_text()))
    for extra in (cluster.folder / "sql/migrate").glob("0900_*"):
        extra.unlink()
    (cluster.folder / "sql/migrate/third.sql").unlink()
    done = cluster.init(sql_dir=cluster.folder / "sql")
    raised = int(cluster.rows("SELECT version FROM vogate.catalog_version")[0][0])
    tap.ok("TAP_SCHEMA brought up to date" in done.stdout and raised == version + 1,
           "a changed description raises it", done.stdout, raised)
    tap.ok(cluster.init().returncode == 0 and cluster.rows(
        "SELECT count(*) FROM tap_schema.key_columns JOIN tap_schema.keys USING (key_id) "
        "WHERE from_table = 'site.stars'") == [["1"]], "a site's tables and keys stay")


def check_restore(tap, cluster):
    """The words of doc/database.md on backup and restore."""
    where = ["-h", cluster.folder, "-U", "postgres"]
    dump = cluster.folder / "vogate.dump"
    before = cluster.rows("SELECT count(*), sum(ra) FROM dl3.events")
    commands = (["pg_dump", *where, "-Fc", "-f", dump, "vogate"], ["dropdb", *where, "vogate"],
                ["createdb", *where, "-O", "vogate_owner", "-T", "template0", "-E", "UTF8",
                 "--locale=C.UTF-8", "vogate"],
                ["pg_restore", *where, "-d", "vogate", "--exit-on-error", dump])
    for command in commands:
        done = run(f"{PG_BIN}/{command[0]}", *command[1:])
        if done.returncode != 0:
            tap.ok(False, f"{command[0]} works", done.stdout)
            return
    done = cluster.init()
    tap.ok(done.returncode == 0 and "temp_file_limit=" in done.stdout, "init completes a restored database",
           done.stdout)
    tap.equal(cluster.rows("SELECT count(*), sum(ra) FROM dl3.events"), before, "its data are there")
    check_rights(tap, cluster)
    tap.equal(cluster.init().stdout, "nothing to do\n", "and after that there is nothing to do")


def check_two_at_once(tap, cluster):
    cluster.psql("DROP DATABASE vogate", database="postgres")
    status, words = cluster.psql("DROP DATABASE latin", database="postgres")
    for role in ("query", "service", "owner"):
        status, words = cluster.psql(f"DROP ROLE vogate_{role}", database="postgres")
    tap.ok(status == 0, "the words on taking it away leave nothing", words)
    both = [subprocess.Popen(cluster.command_line(), text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    tap.ok(all(process.returncode == 0 for process in both)
           and sorted(text.count("migration 0001_archive applied") for text in said) == [0, 1],
           "two inits at once on an empty server take turns", *said)


def test_passwords(tap):
    """Roles that log in with passwords from a file, over scram."""
    cluster = Cluster()
    try:
        # No superuser without the operating system's word, nobody else without a password.
        system_user = run("id", "-un").stdout.strip()
        (cluster.data / "pg_ident.conf").write_text(f"admin {system_user} postgres\n")
        (cluster.data / "pg_hba.conf").write_text("local all postgres peer map=admin\n"
                                                  "local all all scram-sha-256\n")
        cluster.rows("SELECT pg_reload_conf()", database="postgres")
        passwords = cluster.folder / "pgpass"
        cluster.options = f"passfile={passwords}"
        first = cluster.init(cluster.superuser())
        tap.ok(first.returncode == 2 and "database vogate created" in first.stdout
               and "vogate_owner exists, but cannot log in; give it a password" in first.stdout,
               "without a password init says what to do", first.stdout)
        for role in ("owner", "service", "query"):
            cluster.rows(f"ALTER ROLE vogate_{role} PASSWORD 'of {role}'")
        passwords.write_text("".join(f"*:*:vogate:vogate_{role}:of {role}\n"
                                     for role in ("owner", "service", "query")))
        passwords.chmod(0o600)
        # The postgres user of the default cannot be had by a password.
        second = cluster.init("--superuser=host=/nonexistent user=postgres")
        tap.ok(second.returncode == 0 and "migration 0001_archive applied" in second.stdout,
               "with passwords the owner does the rest alone", second.stdout)
        env = {**os.environ, "PGPASSFILE": str(passwords)}
        status, words = cluster.psql("SELECT count(*) FROM dl3.events", "vogate_query", env=env)
        tap.equal((status, words), (0, [["0"]]), "the query role logs in with its own")
    finally:
        cluster.close()


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
    main(test_init, test_passwords)
