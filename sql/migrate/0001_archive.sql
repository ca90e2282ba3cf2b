-- SPDX-License-Identifier: Apache-2.0
-- The archive: TAP_SCHEMA 1.1, the catalogue's private side, ObsCore with its high-energy
-- extension, and the DL3 tables. Run once by `vogate init`, as the owner role, in a transaction.

CREATE SCHEMA tap_schema;
CREATE SCHEMA ivoa;
CREATE SCHEMA dl3;
-- The schema vogate is private; `vogate init` makes it, to keep account of migrations there.

-- TAP_SCHEMA, TAP 1.1 section 4 -------------------------------------------------------------

CREATE TABLE tap_schema.schemas (
    schema_name   text PRIMARY KEY,
    utype         text,
    description   text,
    schema_index  integer
);

CREATE TABLE tap_schema.tables (
    schema_name  text NOT NULL REFERENCES tap_schema.schemas ON DELETE CASCADE,
    table_name   text PRIMARY KEY,
    table_type   text NOT NULL CHECK (table_type IN ('table', 'view')),
    utype        text,
    description  text,
    table_index  integer
);

CREATE TABLE tap_schema.columns (
    table_name    text NOT NULL REFERENCES tap_schema.tables ON DELETE CASCADE,
    column_name   text NOT NULL,
    datatype      text NOT NULL,
    arraysize     text,
    xtype         text,
    "size"        integer,
    description   text,
    utype         text,
    unit          text,
    ucd           text,
    indexed       integer NOT NULL DEFAULT 0 CHECK (indexed IN (0, 1)),
    principal     integer NOT NULL DEFAULT 0 CHECK (principal IN (0, 1)),
    std           integer NOT NULL DEFAULT 0 CHECK (std IN (0, 1)),
    column_index  integer,
    PRIMARY KEY (table_name, column_name)
);

CREATE TABLE tap_schema.keys (
    key_id        text PRIMARY KEY,
    from_table    text NOT NULL REFERENCES tap_schema.tables ON DELETE CASCADE,
    target_table  text NOT NULL REFERENCES tap_schema.tables ON DELETE CASCADE,
    description   text,
    utype         text
);

CREATE TABLE tap_schema.key_columns (
    key_id         text NOT NULL REFERENCES tap_schema.keys ON DELETE CASCADE,
    from_column    text NOT NULL,
    target_column  text NOT NULL,
    PRIMARY KEY (key_id, from_column)
);

-- The catalogue's private side --------------------------------------------------------------

-- One row; raised by every change of the published tables, polled by the services.
CREATE TABLE vogate.catalog_version (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    version  bigint NOT NULL
);
INSERT INTO vogate.catalog_version (version) VALUES (1);

-- How a geometry-valued published column is stored, where it is not a column of its own type.
CREATE TABLE vogate.geometry (
    table_name   text NOT NULL REFERENCES tap_schema.tables ON DELETE CASCADE,
    column_name  text NOT NULL,
    storage      text NOT NULL CHECK (storage IN ('point', 'circle', 'polygon', 'region')),
    PRIMARY KEY (table_name, column_name)
);

-- POINT(ra_column, dec_column) is the stored and indexed spoint column sql_name.
CREATE TABLE vogate.position (
    table_name  text NOT NULL REFERENCES tap_schema.tables ON DELETE CASCADE,
    ra_column   text NOT NULL,
    dec_column  text NOT NULL,
    sql_name    text NOT NULL,
    PRIMARY KEY (table_name, ra_column, dec_column)
);

-- DL3 -----------------------------------------------------------------------------------------

-- Every file ever ingested; a replaced one keeps its row, so that old provenance stays true.
CREATE TABLE dl3.files (
    file            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    obs_collection  text NOT NULL,
    file_name       text NOT NULL,
    path            text NOT NULL,      -- not published: where it lies on this host
    sha256          text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes      bigint NOT NULL,
    first_seen      timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
    superseded_at   timestamp
);
-- One current row for a path; the same content may come back after another one.
CREATE UNIQUE INDEX files_current ON dl3.files (obs_collection, path) WHERE superseded_at IS NULL;
CREATE INDEX files_sha256 ON dl3.files (sha256);

-- One row per run, in the words of GADF; coordinates ICRS in degrees, times MJD TT.
CREATE TABLE dl3.observations (
    obs                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    obs_collection     text NOT NULL,
    obs_id             text NOT NULL,
    obs_publisher_did  text NOT NULL UNIQUE,
    object             text,
    ra_obj             double precision,
    dec_obj            double precision,
    ra_pnt             double precision,
    dec_pnt            double precision,
    alt_pnt            double precision,
    az_pnt             double precision,
    zen_pnt            double precision,
    t_start            double precision,
    t_stop             double precision,
    tstart             double precision,
    tstop              double precision,
    mjdrefi            integer,
    mjdreff            double precision,
    timesys            text,
    ontime             double precision,
    livetime           double precision,
    deadc              double precision,
    n_tels             integer,
    tellist            text,
    telescop           text,
    instrume           text,
    obs_mode           text,
    ev_class           text,
    muoneff            double precision,
    event_count        bigint NOT NULL,
    energy_min         double precision,
    energy_max         double precision,
    geolon             double precision,
    geolat             double precision,
    altitude           double precision,
    -- not published: a digest of all that these rows follow from (files, index, rules), by which
    -- the ingest knows that nothing changed
    source_digest      text NOT NULL,
    UNIQUE (obs_collection, obs_id)
);

CREATE TABLE dl3.gti (
    obs        bigint NOT NULL REFERENCES dl3.observations ON DELETE CASCADE,
    gti_index  integer NOT NULL,
    t_start    double precision NOT NULL,
    t_stop     double precision NOT NULL,
    start      double precision NOT NULL,
    stop       double precision NOT NULL,
    PRIMARY KEY (obs, gti_index)
);
CREATE INDEX gti_time ON dl3.gti (t_start, t_stop);

-- Which HDU of which file belongs to which run; one response file may serve many runs.
CREATE TABLE dl3.hdus (
    obs        bigint NOT NULL REFERENCES dl3.observations ON DELETE CASCADE,
    hdu_type   text NOT NULL,
    hdu_class  text,
    hdu_name   text NOT NULL,
    file       bigint NOT NULL REFERENCES dl3.files,
    PRIMARY KEY (obs, hdu_type, hdu_name)
);
CREATE INDEX hdus_file ON dl3.hdus (file);

-- One row per photon. Partitions of a fixed range of obs are made by the ingest as needed, named
-- dl3.events_p<k> for obs in [k*64, (k+1)*64): replacing a run touches one partition.
CREATE TABLE dl3.events (
    obs           bigint NOT NULL,
    event_id      bigint NOT NULL,
    time_mjd      double precision NOT NULL,
    mission_time  double precision NOT NULL,
    ra            double precision NOT NULL,
    "dec"         double precision NOT NULL,
    energy        double precision NOT NULL,
    -- generated, so that no loader can let it differ from ra and dec
    pos           spoint NOT NULL GENERATED ALWAYS AS (spoint(radians(ra), radians("dec"))) STORED
) PARTITION BY RANGE (obs);
CREATE INDEX events_obs ON dl3.events (obs, time_mjd);
CREATE INDEX events_time ON dl3.events (time_mjd);
CREATE INDEX events_pos ON dl3.events USING gist (pos);

-- ObsCore 1.1 -----------------------------------------------------------------------------------

CREATE TABLE ivoa.obscore (
    dataproduct_type     text,
    calib_level          integer NOT NULL,
    obs_collection       text NOT NULL,
    obs_id               text NOT NULL,
    obs_publisher_did    text PRIMARY KEY,
    access_url           text,
    access_format        text,
    access_estsize       bigint,
    target_name          text,
    s_ra                 double precision,
    s_dec                double precision,
    s_fov                double precision,
    s_resolution         double precision,
    s_xel1               bigint,
    s_xel2               bigint,
    t_min                double precision,
    t_max                double precision,
    t_exptime            double precision,
    t_resolution         double precision,
    t_xel                bigint,
    em_min               double precision,
    em_max               double precision,
    em_res_power         double precision,
    em_xel               bigint,
    o_ucd                text,
    pol_states           text,
    pol_xel              bigint,
    facility_name        text,
    instrument_name      text,
    obs_title            text,
    obs_creation_date    timestamp,
    obs_creator_name     text,
    publisher_id         text,
    s_ucd                text,
    em_ucd               text,
    obs                  bigint NOT NULL REFERENCES dl3.observations ON DELETE CASCADE,
    -- hidden: how the published s_region is stored, and the indexed position
    s_region_circle      scircle,
    s_region_poly        spoly,
    pos                  spoint,
    CHECK (s_region_circle IS NULL OR s_region_poly IS NULL)
);
CREATE INDEX obscore_obs ON ivoa.obscore (obs);
CREATE INDEX obscore_pos ON ivoa.obscore USING gist (pos);
CREATE INDEX obscore_region_circle ON ivoa.obscore USING gist (s_region_circle);
CREATE INDEX obscore_region_poly ON ivoa.obscore USING gist (s_region_poly);
-- CONTAINS(POINT(...), CIRCLE(s_ra, s_dec, s_fov/2)), the field of view asked for in the other way.
CREATE INDEX obscore_fov ON ivoa.obscore USING gist (scircle(pos, radians(s_fov / 2)));
CREATE INDEX obscore_time ON ivoa.obscore (t_min, t_max);

-- ObsCore high-energy extension (PEN 2026-08-03); shares only obs_publisher_did with ivoa.obscore.
CREATE TABLE ivoa.obscore_hea (
    obs_publisher_did  text PRIMARY KEY REFERENCES ivoa.obscore ON DELETE CASCADE,
    ev_xel             integer,
    s_ref_energy       real,
    s_ref_oaa          real,
    em_ref_energy      real,
    em_ref_oaa         real,
    energy_min         double precision,
    energy_max         double precision,
    obs_mode           text,
    tracking_mode      text,
    scan_mode          text,
    pointing_mode      text,
    analysis_mode      text,
    event_type         text,
    messenger_name     text,
    messenger_pdgid    text
);
