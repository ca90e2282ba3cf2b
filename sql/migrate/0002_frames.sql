-- SPDX-License-Identifier: Apache-2.0
-- The coordinate or time system that a published column is given in, which TAP_SCHEMA has no
-- column for: what COOSYS and TIMESYS of a VOTable say.
CREATE TABLE vogate.frame (
    table_name   text NOT NULL,
    column_name  text NOT NULL,
    frame        text NOT NULL
        CHECK (frame IN ('FK5', 'GALACTIC', 'ICRS', 'MJD_TDB', 'MJD_TT', 'MJD_UTC', 'UTC')),
    PRIMARY KEY (table_name, column_name),
    FOREIGN KEY (table_name, column_name) REFERENCES tap_schema.columns ON DELETE CASCADE
);
