-- SPDX-License-Identifier: Apache-2.0
-- What it takes to publish a site's own tables: `vogate publish` and `vogate load`.

-- A published array of DALI (double, arraysize 2, 3 or more) may have its pgSphere form beside it,
-- in the column sql_name.
ALTER TABLE vogate.geometry ADD COLUMN sql_name text;

-- What PostgreSQL does not know of the columns of a site's tables; written by `vogate load` and by
-- `vogate publish --metadata`, read by `vogate publish`. Names of tables and columns are
-- PostgreSQL's.
CREATE TABLE vogate.site_column (
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    column_name  text NOT NULL,
    name         text,   -- the same in the case that people write it in
    datatype     text,   -- where the type could mean several: char or unicodeChar, short or bit
    arraysize    text,
    xtype        text,
    unit         text,
    ucd          text,
    utype        text,
    description  text,
    frame        text,
    principal    boolean NOT NULL DEFAULT false,
    hidden       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (schema_name, table_name, column_name)
);

CREATE TABLE vogate.site_table (
    schema_name  text NOT NULL,
    table_name   text NOT NULL,
    utype        text,
    description  text,
    PRIMARY KEY (schema_name, table_name)
);
