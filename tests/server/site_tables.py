# SPDX-License-Identifier: Apache-2.0
"""Tables as a site may publish them beside its archive, for the time of a test, in a schema of
their own.

    with site_tables(here, [SiteTable("sky.stars", "id int4, ra float8, ...", COLUMNS)]):
        copy_rows(here, "sky.stars", "id, ra", rows)
"""
import contextlib
import dataclasses
import subprocess

from clients import request
from harness import PG_BIN, wait_until


@dataclasses.dataclass
class SiteTable:
    name: str
    definition: str  # the columns as in CREATE TABLE
    # Name, datatype, arraysize, xtype, unit of what is published.
    columns: list
    positions: tuple = ()   # right ascension, declination, the stored spoint of both
    geometries: tuple = ()  # published column, how it is stored
    indexes: tuple = ()     # as after USING


def as_row(*values):
    return "(" + ", ".join("NULL" if one is None else f"'{one}'" for one in values) + ")"


def publish(table):
    """The statements that make and publish it."""
    name = table.name
    yield f"CREATE TABLE {name} ({table.definition})"
    yield from (f"CREATE INDEX ON {name} USING {index}" for index in table.indexes)
    yield f"GRANT SELECT ON {name} TO PUBLIC"
    yield ("INSERT INTO tap_schema.tables (schema_name, table_name, table_type) "
           f"VALUES ('{name.partition('.')[0]}', '{name}', 'table')")
    rows = [as_row(name, *column) for column in table.columns]
    yield ("INSERT INTO tap_schema.columns (table_name, column_name, datatype, arraysize, xtype, unit) "
           f"VALUES {', '.join(rows)}")
    for rows, target in ((table.positions, "position"), (table.geometries, "geometry")):
        if rows:
            yield f"INSERT INTO vogate.{target} VALUES " + ", ".join(as_row(name, *row) for row in rows)


@contextlib.contextmanager
def site_tables(here, tables):
    """The tables, empty; all of one schema."""
    schema = tables[0].name.partition(".")[0]
    new_version = "UPDATE vogate.catalog_version SET version = version + 1"
    try:
        here.psql(";".join([
            f"CREATE SCHEMA {schema}", f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC",
            f"INSERT INTO tap_schema.schemas (schema_name) VALUES ('{schema}')",
            *(statement for table in tables for statement in publish(table)), new_version]))
        for table in tables:
            if not wait_until(lambda: request(f"{here.url}/tap/tables/{table.name}").status == 200):
                raise RuntimeError(f"{table.name} does not appear")
        yield
    finally:
        here.psql(f"DROP SCHEMA IF EXISTS {schema} CASCADE; "
                  f"DELETE FROM tap_schema.schemas WHERE schema_name = '{schema}'; {new_version}")
        wait_until(lambda: request(f"{here.url}/tap/tables/{tables[0].name}").status == 404)


def copy_rows(here, table, columns, rows):
    """Loads rows; None is NULL, numbers keep every digit. The planner hears of them."""
    text = "".join("\t".join("\\N" if one is None else str(one) for one in row) + "\n" for row in rows)
    done = subprocess.run([f"{PG_BIN}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c",
                           f"COPY {table} ({columns}) FROM STDIN", here.conninfo()],
                          input=text, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"COPY {table}: {done.stderr}")
    here.psql(f"VACUUM ANALYZE {table}")
