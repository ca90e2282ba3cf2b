-- SPDX-License-Identifier: Apache-2.0
-- What TAP_SCHEMA says of our own tables: itself, ObsCore with its high-energy extension, DL3.
--
-- Run by `vogate init` as the owner role, in its transaction, each time. A site may publish tables
-- of its own and declare keys to ours; those rows stay. So rows of tap_schema.tables are updated
-- in place (a delete would cascade to the site's keys), and only the columns of our tables and the
-- keys named `vogate:...` are written anew. A column that is not listed here is not published:
-- dl3.files.path, dl3.observations.source_digest, and how positions and regions are stored
-- (pos, s_region_circle, s_region_poly).
--
-- Sources: TAP 1.1 section 4; ObsCore 1.1 appendix C, whose utypes lack their "obscore:" there as
-- here, and which registries know by the table's utype; ObsCore High Energy extension 1.0,
-- PEN 2026-08-03, table 1. indexed = 1: an index of sql/migrate serves a condition on that column
-- alone, for positions through POINT(ra, dec).

INSERT INTO tap_schema.schemas (schema_index, schema_name, description) VALUES
    ( 10, 'ivoa',       'ObsCore and its extensions: what observations there are, in the words of the IVOA.'),
    ( 20, 'dl3',        'Gamma-ray data of level 3: runs, their good time intervals, files and reconstructed events, in the words of the gamma-astro-data-formats (GADF).'),
    (900, 'tap_schema', 'The tables of this service, described in tables (TAP 1.1).')
ON CONFLICT (schema_name) DO UPDATE SET
    utype = NULL, description = excluded.description, schema_index = excluded.schema_index;

INSERT INTO tap_schema.tables (schema_name, table_index, table_name, table_type, utype, description) VALUES
    ('ivoa',       10, 'ivoa.obscore',     'table', 'ivo://ivoa.net/std/obscore#table-1.1',
     'One row per dataset (event list), in the columns of ObsCore 1.1. Start here to find data.'),
    ('ivoa',       20, 'ivoa.obscore_hea', 'table', NULL,
     'What is special to high-energy datasets: energies in eV, number of events, the energy and offset that resolutions are given for. NATURAL JOIN it with ivoa.obscore.'),
    ('dl3',        10, 'dl3.observations', 'table', NULL,
     'One row per run (observation): pointing, times, conditions. Coordinates are ICRS, times MJD in TT unless said otherwise.'),
    ('dl3',        20, 'dl3.events',       'table', NULL,
     'One row per reconstructed event (photon candidate) of all runs. Ask for a cone with CONTAINS(POINT(ra, dec), CIRCLE(...)) = 1, and join dl3.observations by obs.'),
    ('dl3',        30, 'dl3.gti',          'table', NULL,
     'The good time intervals of each run: when its data can be used.'),
    ('dl3',        40, 'dl3.hdus',         'table', NULL,
     'Which HDU of which FITS file belongs to which run: events, good time intervals, and the instrument response functions (IRFs). One IRF may serve many runs.'),
    ('dl3',        50, 'dl3.files',        'table', NULL,
     'Every FITS file that was ever taken into this archive. A file that was replaced by a newer one keeps its row.'),
    ('tap_schema', 10, 'tap_schema.schemas',     'table', NULL, 'The schemas of this service: groups of tables.'),
    ('tap_schema', 20, 'tap_schema.tables',      'table', NULL, 'The tables of this service.'),
    ('tap_schema', 30, 'tap_schema.columns',     'table', NULL, 'The columns of these tables: types, units, meanings.'),
    ('tap_schema', 40, 'tap_schema.keys',        'table', NULL, 'Which table refers to which other: the ways to join.'),
    ('tap_schema', 50, 'tap_schema.key_columns', 'table', NULL, 'The pairs of columns that each key joins by.')
ON CONFLICT (table_name) DO UPDATE SET
    schema_name = excluded.schema_name, table_type = excluded.table_type, utype = excluded.utype,
    description = excluded.description, table_index = excluded.table_index;

DELETE FROM tap_schema.columns WHERE table_name IN (
    'ivoa.obscore', 'ivoa.obscore_hea',
    'dl3.observations', 'dl3.events', 'dl3.gti', 'dl3.hdus', 'dl3.files',
    'tap_schema.schemas', 'tap_schema.tables', 'tap_schema.columns', 'tap_schema.keys',
    'tap_schema.key_columns');

-- In the lists below all char columns are of any length; "size" has no number for that.

-- ivoa.obscore: the mandatory columns, then the optional ones, then our own ------------------------

INSERT INTO tap_schema.columns
    (table_name, column_index, column_name, datatype, arraysize, xtype, unit, ucd, utype,
     indexed, principal, std, description)
SELECT 'ivoa.obscore', i, name, datatype, CASE datatype WHEN 'char' THEN '*' END, xtype, unit, ucd,
       'obscore:' || utype, indexed, principal, std, description
FROM (VALUES
    ( 1, 'dataproduct_type',  'char',   NULL, NULL, 'meta.code.class',     'ObsDataset.dataProductType', 0, 1, 1,
     'Kind of data product; "event" for an event list.'),
    ( 2, 'calib_level',       'int',    NULL, NULL, 'meta.code;obs.calib', 'ObsDataset.calibLevel',      0, 1, 1,
     'Calibration level, from 0 (raw) to 4 (analysis results); 2 (calibrated) for DL3 event lists.'),
    ( 3, 'obs_collection',    'char',   NULL, NULL, 'meta.id',             'DataID.collection',          0, 1, 1,
     'Name of the data collection (release) that the dataset belongs to.'),
    ( 4, 'obs_id',            'char',   NULL, NULL, 'meta.id',             'DataID.observationID',       0, 1, 1,
     'Identifier of the observation (run), unique within its collection.'),
    ( 5, 'obs_publisher_did', 'char',   NULL, NULL, 'meta.ref.ivoid',      'Curation.publisherDID',      1, 1, 1,
     'IVOA identifier of the dataset, given by the publisher: unique in the world and stable.'),
    ( 6, 'access_url',        'char',   NULL, NULL, 'meta.ref.url',        'Access.reference',           0, 1, 1,
     'Where the dataset can be fetched.'),
    ( 7, 'access_format',     'char',   NULL, NULL, 'meta.code.mime',      'Access.format',              0, 1, 1,
     'Media type of what access_url gives.'),
    ( 8, 'access_estsize',    'long',   NULL, 'kbyte', 'phys.size;meta.file', 'Access.size',             0, 1, 1,
     'Estimated size of the dataset, in units of 1000 bytes.'),
    ( 9, 'target_name',       'char',   NULL, NULL, 'meta.id;src',         'Target.name',                0, 1, 1,
     'Name of the observed target, as the observer gave it.'),
    (10, 's_ra',              'double', NULL, 'deg', 'pos.eq.ra',          'Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1', 1, 1, 1,
     'Right ascension (ICRS) of the centre of the field; for event lists the pointing direction.'),
    (11, 's_dec',             'double', NULL, 'deg', 'pos.eq.dec',         'Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2', 1, 1, 1,
     'Declination (ICRS) of the centre of the field; for event lists the pointing direction.'),
    (12, 's_fov',             'double', NULL, 'deg', 'phys.angSize;instr.fov', 'Char.SpatialAxis.Coverage.Bounds.Extent.diameter', 0, 1, 1,
     'Diameter (not radius) of the field of view; for event lists of the field that the instrument response covers.'),
    (13, 's_region',          'char',   'adql:REGION', NULL, 'pos.outline;obs.field', 'Char.SpatialAxis.Coverage.Support.Area', 1, 1, 1,
     'Outline of the observed field (ICRS, degrees): a circle or a polygon.'),
    (14, 's_resolution',      'double', NULL, 'arcsec', 'pos.angResolution', 'Char.SpatialAxis.Resolution.Refval.value', 0, 1, 1,
     'Angular resolution: full width at half maximum of the point spread function. It depends on energy and offset; see s_ref_energy and s_ref_oaa in ivoa.obscore_hea.'),
    (15, 's_xel1',            'long',   NULL, NULL, 'meta.number',         'Char.SpatialAxis.numBins1',  0, 1, 1,
     'Number of pixels along the first spatial axis; -1 for event lists, which have no pixels.'),
    (16, 's_xel2',            'long',   NULL, NULL, 'meta.number',         'Char.SpatialAxis.numBins2',  0, 1, 1,
     'Number of pixels along the second spatial axis; -1 for event lists, which have no pixels.'),
    (17, 't_min',             'double', NULL, 'd', 'time.start;obs.exposure', 'Char.TimeAxis.Coverage.Bounds.Limits.StartTime', 1, 1, 1,
     'Start of the observation, MJD in TT.'),
    (18, 't_max',             'double', NULL, 'd', 'time.end;obs.exposure', 'Char.TimeAxis.Coverage.Bounds.Limits.StopTime', 0, 1, 1,
     'End of the observation, MJD in TT.'),
    (19, 't_exptime',         'double', NULL, 's', 'time.duration;obs.exposure', 'Char.TimeAxis.Coverage.Support.Extent', 0, 1, 1,
     'Exposure time; for event lists the livetime: good time less dead time.'),
    (20, 't_resolution',      'double', NULL, 's', 'time.resolution',      'Char.TimeAxis.Resolution.Refval.value', 0, 1, 1,
     'Time resolution: the step in which event times are recorded.'),
    (21, 't_xel',             'long',   NULL, NULL, 'meta.number',         'Char.TimeAxis.numBins',      0, 1, 1,
     'Number of bins along the time axis; -1 for event lists, which have no bins.'),
    (22, 'em_min',            'double', NULL, 'm', 'em.wl;stat.min',       'Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit', 0, 1, 1,
     'Shortest wavelength in vacuum, hc/E of the highest energy. In eV: energy_max in ivoa.obscore_hea.'),
    (23, 'em_max',            'double', NULL, 'm', 'em.wl;stat.max',       'Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit', 0, 1, 1,
     'Longest wavelength in vacuum, hc/E of the lowest energy. In eV: energy_min in ivoa.obscore_hea.'),
    (24, 'em_res_power',      'double', NULL, NULL, 'spect.resolution',    'Char.SpectralAxis.Resolution.ResolPower.refVal', 0, 1, 1,
     'Spectral resolving power E/dE, dE being the full width at half maximum of the energy dispersion. It depends on energy and offset; see em_ref_energy and em_ref_oaa in ivoa.obscore_hea.'),
    (25, 'em_xel',            'long',   NULL, NULL, 'meta.number',         'Char.SpectralAxis.numBins',  0, 1, 1,
     'Number of bins along the spectral axis; -1 for event lists, which have no bins.'),
    (26, 'o_ucd',             'char',   NULL, NULL, 'meta.ucd',            'Char.ObservableAxis.ucd',    0, 1, 1,
     'UCD of the measured quantity; NULL for event lists, which measure none but count.'),
    (27, 'pol_states',        'char',   NULL, NULL, 'meta.code;phys.polarization', 'Char.PolarizationAxis.stateList', 0, 1, 1,
     'Polarization states in the dataset; NULL where polarization is not measured.'),
    (28, 'pol_xel',           'long',   NULL, NULL, 'meta.number',         'Char.PolarizationAxis.numBins', 0, 1, 1,
     'Number of polarization states; -1 for event lists.'),
    (29, 'facility_name',     'char',   NULL, NULL, 'meta.id;instr.tel',   'Provenance.ObsConfig.Facility.name', 0, 1, 1,
     'Observatory or telescope array.'),
    (30, 'instrument_name',   'char',   NULL, NULL, 'meta.id;instr',       'Provenance.ObsConfig.Instrument.name', 0, 1, 1,
     'Instrument or sub-array.'),
    (31, 'obs_creation_date', 'char',   'timestamp', NULL, 'time;meta.dataset', 'DataID.date',           0, 1, 1,
     'When the dataset was made, UTC.'),
    (32, 'obs_creator_name',  'char',   NULL, NULL, 'meta.id',             'DataID.creator',             0, 1, 1,
     'Who made the dataset.'),
    (33, 'obs_title',         'char',   NULL, NULL, 'meta.title;obs',      'DataID.title',               0, 1, 1,
     'The dataset in one line: target, facility, observation.'),
    (34, 'publisher_id',      'char',   NULL, NULL, 'meta.ref.ivoid',      'Curation.publisherID',       0, 1, 1,
     'IVOA identifier of the publisher.'),
    (35, 's_ucd',             'char',   NULL, NULL, 'meta.ucd',            'Char.SpatialAxis.ucd',       0, 1, 1,
     'UCD of the spatial axis.'),
    (36, 'em_ucd',            'char',   NULL, NULL, 'meta.ucd',            'Char.SpectralAxis.ucd',      0, 1, 1,
     'UCD of the spectral axis; em.energy for event lists (em_min and em_max are wavelengths all the same).'),
    (37, 'obs',               'long',   NULL, NULL, 'meta.id',             NULL,                         1, 0, 0,
     'Number of the run in this archive, by which the dl3 tables are joined. It is of this archive only; cite obs_publisher_did.')
) AS v (i, name, datatype, xtype, unit, ucd, utype, indexed, principal, std, description);

-- ivoa.obscore_hea: the order and the UCDs of the extension, some of whose words are proposed only -

INSERT INTO tap_schema.columns
    (table_name, column_index, column_name, datatype, arraysize, unit, ucd, utype,
     indexed, principal, std, description)
SELECT 'ivoa.obscore_hea', i, name, datatype, CASE datatype WHEN 'char' THEN '*' END, unit, ucd,
       utype, indexed, principal, 1, description
FROM (VALUES
    ( 1, 'obs_publisher_did', 'char',   NULL,  'meta.ref.ivoid', 'obscore:Curation.publisherDID', 1, 1,
     'IVOA identifier of the dataset, as in ivoa.obscore.'),
    ( 2, 'ev_xel',            'int',    NULL,  'meta.number;instr.detection;phys.particle', NULL, 0, 1,
     'Number of events in the event list.'),
    ( 3, 's_ref_energy',      'float',  'eV',  'meta.ref;em.energy;pos', NULL, 0, 0,
     'Energy for which s_fov, s_region and s_resolution of ivoa.obscore are given.'),
    ( 4, 'em_ref_energy',     'float',  'eV',  'meta.ref;em.energy;em', NULL, 0, 0,
     'Energy for which em_res_power of ivoa.obscore is given.'),
    ( 5, 's_ref_oaa',         'float',  'deg', 'pos.posAng;instr.offset;pos', NULL, 0, 0,
     'Off-axis angle (distance from the optical axis) for which s_fov, s_region and s_resolution of ivoa.obscore are given.'),
    ( 6, 'em_ref_oaa',        'float',  'deg', 'pos.posAng;instr.offset;em', NULL, 0, 0,
     'Off-axis angle (distance from the optical axis) for which em_res_power of ivoa.obscore is given.'),
    ( 7, 'energy_min',        'double', 'eV',  'em.energy;stat.min', NULL, 0, 1,
     'Lowest event energy; for an empty event list the lower limit of the effective area. It answers to em_max of ivoa.obscore.'),
    ( 8, 'energy_max',        'double', 'eV',  'em.energy;stat.max', NULL, 0, 1,
     'Highest event energy; for an empty event list the upper limit of the effective area. It answers to em_min of ivoa.obscore.'),
    ( 9, 'obs_mode',          'char',   NULL,  'meta.code;obs.param', NULL, 0, 1,
     'Observation mode, in the words of the facility.'),
    (10, 'tracking_mode',     'char',   NULL,  'meta.code;obs.param', NULL, 0, 0,
     'How the telescope follows the sky: sidereal, fixed-az-el-transit, solar-system-object-tracking, none.'),
    (11, 'scan_mode',         'char',   NULL,  'meta.code;obs.param', NULL, 0, 0,
     'How the field is scanned: on-source, on-off, raster-map, on-the-fly-cross-scan, on-the-fly-cross-map, slew.'),
    (12, 'pointing_mode',     'char',   NULL,  'meta.code;obs.param', NULL, 0, 0,
     'How the telescopes of an array point: parallel, convergent, divergent (with the angle, as in convergent-5d).'),
    (13, 'analysis_mode',     'char',   NULL,  'meta.code;obs.param', NULL, 0, 0,
     'Data reduction and event selection, in the words of the facility.'),
    (14, 'event_type',        'char',   NULL,  'meta.code.qual;instr.detection;phys.particle', NULL, 0, 0,
     'Quality class of the events, where a facility splits its events into classes.'),
    (15, 'messenger_name',    'char',   NULL,  'meta.id;phys.particle', NULL, 0, 0,
     'The particle that was detected: photon, cosmic-ray, neutrino, muon, proton.'),
    (16, 'messenger_pdgid',   'char',   NULL,  'meta.ref.pdgid;phys.particle', NULL, 0, 0,
     'The particle that was detected, by its number of the Particle Data Group with its sign; +22 is the photon.')
) AS v (i, name, datatype, unit, ucd, utype, indexed, principal, description);

-- dl3 ----------------------------------------------------------------------------------------------

INSERT INTO tap_schema.columns
    (table_name, column_index, column_name, datatype, arraysize, xtype, unit, ucd, utype,
     indexed, principal, std, description)
SELECT 'dl3.' || tab, i, name, datatype, CASE datatype WHEN 'char' THEN '*' END, xtype, unit, ucd,
       'obscore:' || utype, indexed, principal, 0, description
FROM (VALUES
    ('observations',  1, 'obs',               'long',   NULL, NULL,  'meta.id;meta.main',       NULL, 1, 1,
     'Number of the run in this archive, by which the dl3 tables are joined. It is of this archive only; cite obs_publisher_did.'),
    ('observations',  2, 'obs_collection',    'char',   NULL, NULL,  'meta.id',                 'DataID.collection', 1, 1,
     'Name of the data collection (release) that the run belongs to.'),
    ('observations',  3, 'obs_id',            'char',   NULL, NULL,  'meta.id',                 'DataID.observationID', 0, 1,
     'Identifier of the run (OBS_ID), unique within its collection.'),
    ('observations',  4, 'obs_publisher_did', 'char',   NULL, NULL,  'meta.ref.ivoid',          'Curation.publisherDID', 1, 0,
     'IVOA identifier of the event list of the run, as in ivoa.obscore.'),
    ('observations',  5, 'object',            'char',   NULL, NULL,  'meta.id;src',             'Target.name', 0, 1,
     'Name of the observed target (OBJECT).'),
    ('observations',  6, 'ra_obj',            'double', NULL, 'deg', 'pos.eq.ra;src',           NULL, 0, 0,
     'Right ascension (ICRS) of the target.'),
    ('observations',  7, 'dec_obj',           'double', NULL, 'deg', 'pos.eq.dec;src',          NULL, 0, 0,
     'Declination (ICRS) of the target.'),
    ('observations',  8, 'ra_pnt',            'double', NULL, 'deg', 'pos.eq.ra;meta.main',     'Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1', 0, 1,
     'Right ascension (ICRS) of the pointing direction. To search by position use s_ra, s_dec of ivoa.obscore, which has an index.'),
    ('observations',  9, 'dec_pnt',           'double', NULL, 'deg', 'pos.eq.dec;meta.main',    'Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2', 0, 1,
     'Declination (ICRS) of the pointing direction.'),
    ('observations', 10, 'alt_pnt',           'double', NULL, 'deg', 'pos.az.alt',              NULL, 0, 0,
     'Altitude of the pointing direction above the horizon, representative of the run.'),
    ('observations', 11, 'az_pnt',            'double', NULL, 'deg', 'pos.az.azi',              NULL, 0, 0,
     'Azimuth of the pointing direction, from north through east, representative of the run.'),
    ('observations', 12, 'zen_pnt',           'double', NULL, 'deg', 'pos.az.zd',               NULL, 0, 1,
     'Zenith angle of the pointing direction, representative of the run.'),
    ('observations', 13, 't_start',           'double', NULL, 'd',   'time.start;obs.exposure', 'Char.TimeAxis.Coverage.Bounds.Limits.StartTime', 0, 1,
     'Start of the run, MJD in TT.'),
    ('observations', 14, 't_stop',            'double', NULL, 'd',   'time.end;obs.exposure',   'Char.TimeAxis.Coverage.Bounds.Limits.StopTime', 0, 1,
     'End of the run, MJD in TT.'),
    ('observations', 15, 'tstart',            'double', NULL, 's',   'time.start;obs.exposure', NULL, 0, 0,
     'Start of the run in mission time (TSTART): elapsed seconds since mjdrefi + mjdreff.'),
    ('observations', 16, 'tstop',             'double', NULL, 's',   'time.end;obs.exposure',   NULL, 0, 0,
     'End of the run in mission time (TSTOP): elapsed seconds since mjdrefi + mjdreff.'),
    ('observations', 17, 'mjdrefi',           'int',    NULL, 'd',   'time.epoch',              NULL, 0, 0,
     'Zero of the mission time, MJD in the scale timesys: whole days (MJDREFI).'),
    ('observations', 18, 'mjdreff',           'double', NULL, 'd',   'time.epoch',              NULL, 0, 0,
     'Zero of the mission time, MJD in the scale timesys: fraction of the day (MJDREFF).'),
    ('observations', 19, 'timesys',           'char',   NULL, NULL,  'meta.code;time.scale',    NULL, 0, 0,
     'Time scale in which mjdrefi + mjdreff is to be read, such as TT or UTC (TIMESYS).'),
    ('observations', 20, 'ontime',            'double', NULL, 's',   'time.duration;obs',       NULL, 0, 0,
     'Good time: sum of the good time intervals, dead time included (ONTIME).'),
    ('observations', 21, 'livetime',          'double', NULL, 's',   'time.duration;obs.exposure', 'Char.TimeAxis.Coverage.Support.Extent', 0, 1,
     'Good time less dead time (LIVETIME): what fluxes are to be computed with.'),
    ('observations', 22, 'deadc',             'double', NULL, NULL,  'time.duration;arith.ratio', NULL, 0, 0,
     'Dead time correction, livetime / ontime (DEADC).'),
    ('observations', 23, 'n_tels',            'int',    NULL, NULL,  'meta.number;instr.tel',   NULL, 0, 1,
     'Number of telescopes that took part.'),
    ('observations', 24, 'tellist',           'char',   NULL, NULL,  'meta.id;instr.tel',       NULL, 0, 0,
     'The telescopes that took part, separated by commas.'),
    ('observations', 25, 'telescop',          'char',   NULL, NULL,  'meta.id;instr.tel',       'Provenance.ObsConfig.Facility.name', 0, 1,
     'Observatory or telescope array (TELESCOP).'),
    ('observations', 26, 'instrume',          'char',   NULL, NULL,  'meta.id;instr',           'Provenance.ObsConfig.Instrument.name', 0, 0,
     'Instrument or sub-array (INSTRUME).'),
    ('observations', 27, 'obs_mode',          'char',   NULL, NULL,  'meta.code;obs.param',     NULL, 0, 0,
     'Observation mode, such as POINTING, WOBBLE or DRIFT (OBS_MODE).'),
    ('observations', 28, 'ev_class',          'char',   NULL, NULL,  'meta.code.class',         NULL, 0, 0,
     'Event class: which reconstruction and selection made the event list (EV_CLASS).'),
    ('observations', 29, 'muoneff',           'double', NULL, NULL,  'instr.calib',             NULL, 0, 0,
     'Mean muon efficiency: the optical throughput of the telescopes, measured with muon rings (MUONEFF).'),
    ('observations', 30, 'event_count',       'long',   NULL, NULL,  'meta.number',             NULL, 0, 1,
     'Number of events of the run in dl3.events.'),
    ('observations', 31, 'energy_min',        'double', NULL, 'TeV', 'em.energy;stat.min',      NULL, 0, 1,
     'Lowest event energy of the run; NULL without events.'),
    ('observations', 32, 'energy_max',        'double', NULL, 'TeV', 'em.energy;stat.max',      NULL, 0, 1,
     'Highest event energy of the run; NULL without events.'),
    ('observations', 33, 'geolon',            'double', NULL, 'deg', 'pos.earth.lon',           NULL, 0, 0,
     'Geographic longitude of the observatory, east positive.'),
    ('observations', 34, 'geolat',            'double', NULL, 'deg', 'pos.earth.lat',           NULL, 0, 0,
     'Geographic latitude of the observatory, north positive.'),
    ('observations', 35, 'altitude',          'double', NULL, 'm',   'pos.earth.altitude',      NULL, 0, 0,
     'Altitude of the observatory above sea level.'),

    ('events',        1, 'obs',               'long',   NULL, NULL,  'meta.id',                 NULL, 1, 1,
     'The run that the event belongs to: obs of dl3.observations.'),
    ('events',        2, 'event_id',          'long',   NULL, NULL,  'meta.id;meta.main',       NULL, 0, 1,
     'Number of the event (EVENT_ID), unique within its run.'),
    ('events',        3, 'time_mjd',          'double', NULL, 'd',   'time.epoch;meta.main',    NULL, 1, 1,
     'Arrival time, MJD in TT. A double resolves about a microsecond here; mission_time is finer.'),
    ('events',        4, 'mission_time',      'double', NULL, 's',   'time.epoch',              NULL, 0, 0,
     'Arrival time in mission time (TIME): elapsed seconds since mjdrefi + mjdreff of dl3.observations.'),
    ('events',        5, 'ra',                'double', NULL, 'deg', 'pos.eq.ra;meta.main',     NULL, 1, 1,
     'Reconstructed direction: right ascension (ICRS).'),
    ('events',        6, 'dec',               'double', NULL, 'deg', 'pos.eq.dec;meta.main',    NULL, 1, 1,
     'Reconstructed direction: declination (ICRS).'),
    ('events',        7, 'energy',            'double', NULL, 'TeV', 'em.energy',               NULL, 0, 1,
     'Reconstructed energy.'),

    ('gti',           1, 'obs',               'long',   NULL, NULL,  'meta.id',                 NULL, 1, 1,
     'The run: obs of dl3.observations.'),
    ('gti',           2, 'gti_index',         'int',    NULL, NULL,  'meta.id;meta.main',       NULL, 0, 1,
     'Number of the interval within its run, from 1.'),
    ('gti',           3, 't_start',           'double', NULL, 'd',   'time.start;obs.exposure', NULL, 1, 1,
     'Start of the interval, MJD in TT.'),
    ('gti',           4, 't_stop',            'double', NULL, 'd',   'time.end;obs.exposure',   NULL, 0, 1,
     'End of the interval, MJD in TT.'),
    ('gti',           5, 'start',             'double', NULL, 's',   'time.start;obs.exposure', NULL, 0, 0,
     'Start of the interval in mission time (START), counted from the reference in the header of its GTI table, as a rule mjdrefi + mjdreff of dl3.observations.'),
    ('gti',           6, 'stop',              'double', NULL, 's',   'time.end;obs.exposure',   NULL, 0, 0,
     'End of the interval in mission time (STOP), counted from the reference in the header of its GTI table, as a rule mjdrefi + mjdreff of dl3.observations.'),

    ('hdus',          1, 'obs',               'long',   NULL, NULL,  'meta.id',                 NULL, 1, 1,
     'The run: obs of dl3.observations.'),
    ('hdus',          2, 'hdu_type',          'char',   NULL, NULL,  'meta.code.class',         NULL, 0, 1,
     'What the HDU holds: events, gti, or a response: aeff (effective area), edisp (energy dispersion), psf (point spread function), bkg (background).'),
    ('hdus',          3, 'hdu_class',         'char',   NULL, NULL,  'meta.code.class',         NULL, 0, 1,
     'The format of the HDU in the words of GADF, such as aeff_2d, edisp_2d or psf_table.'),
    ('hdus',          4, 'hdu_name',          'char',   NULL, NULL,  'meta.id;meta.fits',       NULL, 0, 1,
     'Name of the HDU in its file (EXTNAME).'),
    ('hdus',          5, 'file',              'long',   NULL, NULL,  'meta.id;meta.file',       NULL, 1, 1,
     'The file that the HDU is in: file of dl3.files.'),

    ('files',         1, 'file',              'long',   NULL, NULL,  'meta.id;meta.file',       NULL, 1, 1,
     'Number of the file in this archive.'),
    ('files',         2, 'obs_collection',    'char',   NULL, NULL,  'meta.id',                 'DataID.collection', 0, 1,
     'Name of the data collection (release) that the file belongs to.'),
    ('files',         3, 'file_name',         'char',   NULL, NULL,  'meta.id;meta.file',       NULL, 0, 1,
     'Name of the file, without its folder.'),
    ('files',         4, 'sha256',            'char',   NULL, NULL,  'meta.checksum;meta.file', NULL, 1, 0,
     'SHA-256 checksum of the file as it is on disk, in hexadecimal.'),
    ('files',         5, 'size_bytes',        'long',   NULL, 'byte', 'phys.size;meta.file',    NULL, 0, 1,
     'Size of the file as it is on disk.'),
    ('files',         6, 'first_seen',        'char',   'timestamp', NULL, 'time.processing;meta.file', NULL, 0, 0,
     'When the file was taken into this archive, UTC.'),
    ('files',         7, 'superseded_at',     'char',   'timestamp', NULL, 'time.end;meta.file', NULL, 0, 1,
     'When another file took its place, UTC; NULL for a file that is current.')
) AS v (tab, i, name, datatype, xtype, unit, ucd, utype, indexed, principal, description);

-- TAP_SCHEMA itself --------------------------------------------------------------------------------

INSERT INTO tap_schema.columns
    (table_name, column_index, column_name, datatype, arraysize, indexed, principal, std, description)
SELECT 'tap_schema.' || tab, i, name, datatype, CASE datatype WHEN 'char' THEN '*' END,
       indexed, principal, 1, description
FROM (VALUES
    ('schemas',     1, 'schema_name',   'char', 1, 1, 'Name of the schema.'),
    ('schemas',     2, 'utype',         'char', 0, 0, 'Utype of the schema, where it follows a data model.'),
    ('schemas',     3, 'description',   'char', 0, 1, 'What the schema holds.'),
    ('schemas',     4, 'schema_index',  'int',  0, 0, 'Where to show the schema in a list: lower numbers first.'),

    ('tables',      1, 'schema_name',   'char', 0, 1, 'The schema that the table is in.'),
    ('tables',      2, 'table_name',    'char', 1, 1, 'Name of the table as it is to be written in a query.'),
    ('tables',      3, 'table_type',    'char', 0, 0, 'Either table or view.'),
    ('tables',      4, 'utype',         'char', 0, 0, 'Utype of the table, where it follows a standard.'),
    ('tables',      5, 'description',   'char', 0, 1, 'What the table holds.'),
    ('tables',      6, 'table_index',   'int',  0, 0, 'Where to show the table among those of its schema: lower numbers first.'),

    ('columns',     1, 'table_name',    'char', 1, 1, 'The table that the column is in.'),
    ('columns',     2, 'column_name',   'char', 0, 1, 'Name of the column as it is to be written in a query, with quotes where they are needed.'),
    ('columns',     3, 'datatype',      'char', 0, 1, 'Type of the values, in the words of VOTable.'),
    ('columns',     4, 'arraysize',     'char', 0, 0, 'Length of strings and arrays, as in VOTable; NULL for single numbers.'),
    ('columns',     5, 'xtype',         'char', 0, 0, 'What a value stands for beyond its type, such as timestamp.'),
    ('columns',     6, '"size"',        'int',  0, 0, 'Length of strings and arrays where it is fixed or limited (from TAP 1.0; use arraysize).'),
    ('columns',     7, 'description',   'char', 0, 1, 'What the column holds.'),
    ('columns',     8, 'utype',         'char', 0, 0, 'What the column is in a data model.'),
    ('columns',     9, 'unit',          'char', 0, 1, 'Unit of the values, in the spelling of VOUnits.'),
    ('columns',    10, 'ucd',           'char', 0, 1, 'Kind of quantity: its unified content descriptor (UCD1+).'),
    ('columns',    11, 'indexed',       'int',  0, 0, '1 where conditions on the column are fast, having an index; else 0.'),
    ('columns',    12, 'principal',     'int',  0, 0, '1 for the columns to look at first; else 0.'),
    ('columns',    13, 'std',           'int',  0, 0, '1 for a column that a standard defines; else 0.'),
    ('columns',    14, 'column_index',  'int',  0, 0, 'Where to show the column in its table: lower numbers first.'),

    ('keys',        1, 'key_id',        'char', 1, 1, 'Identifier of the key.'),
    ('keys',        2, 'from_table',    'char', 0, 1, 'The table that refers to another.'),
    ('keys',        3, 'target_table',  'char', 0, 1, 'The table that is referred to.'),
    ('keys',        4, 'description',   'char', 0, 1, 'What the key says.'),
    ('keys',        5, 'utype',         'char', 0, 0, 'Utype of the key, where it follows a data model.'),

    ('key_columns', 1, 'key_id',        'char', 1, 1, 'The key: key_id of tap_schema.keys.'),
    ('key_columns', 2, 'from_column',   'char', 0, 1, 'Column of the table that refers to another.'),
    ('key_columns', 3, 'target_column', 'char', 0, 1, 'Column of the table that is referred to.')
) AS v (tab, i, name, datatype, indexed, principal, description);

-- Keys ---------------------------------------------------------------------------------------------

DELETE FROM tap_schema.keys WHERE key_id LIKE 'vogate:%';

WITH key (key_id, from_table, target_table, from_column, target_column, description) AS (VALUES
    ('vogate:tables_schemas',       'tap_schema.tables',      'tap_schema.schemas', 'schema_name',  'schema_name', 'A table is in a schema.'),
    ('vogate:columns_tables',       'tap_schema.columns',     'tap_schema.tables',  'table_name',   'table_name',  'A column is in a table.'),
    ('vogate:keys_from_tables',     'tap_schema.keys',        'tap_schema.tables',  'from_table',   'table_name',  'A key starts from a table.'),
    ('vogate:keys_target_tables',   'tap_schema.keys',        'tap_schema.tables',  'target_table', 'table_name',  'A key leads to a table.'),
    ('vogate:key_columns_keys',     'tap_schema.key_columns', 'tap_schema.keys',    'key_id',       'key_id',      'A pair of columns belongs to a key.'),
    ('vogate:obscore_hea_obscore',  'ivoa.obscore_hea', 'ivoa.obscore',     'obs_publisher_did', 'obs_publisher_did', 'The high-energy columns of a dataset extend its ObsCore row.'),
    ('vogate:obscore_observations', 'ivoa.obscore',     'dl3.observations', 'obs',  'obs',  'A dataset is the event list of a run.'),
    ('vogate:events_observations',  'dl3.events',       'dl3.observations', 'obs',  'obs',  'An event was seen in a run.'),
    ('vogate:gti_observations',     'dl3.gti',          'dl3.observations', 'obs',  'obs',  'A good time interval is part of a run.'),
    ('vogate:hdus_observations',    'dl3.hdus',         'dl3.observations', 'obs',  'obs',  'An HDU belongs to a run.'),
    ('vogate:hdus_files',           'dl3.hdus',         'dl3.files',        'file', 'file', 'An HDU is in a file.')
), put AS (
    INSERT INTO tap_schema.keys (key_id, from_table, target_table, description)
    SELECT key_id, from_table, target_table, description FROM key
)
INSERT INTO tap_schema.key_columns (key_id, from_column, target_column)
SELECT key_id, from_column, target_column FROM key;

-- How geometry is stored (vogate.geometry and vogate.position say what for) ------------------------

DELETE FROM vogate.geometry WHERE table_name = 'ivoa.obscore';
INSERT INTO vogate.geometry (table_name, column_name, storage) VALUES
    ('ivoa.obscore', 's_region', 'region');

DELETE FROM vogate.position WHERE table_name IN ('ivoa.obscore', 'dl3.events');
INSERT INTO vogate.position (table_name, ra_column, dec_column, sql_name) VALUES
    ('dl3.events',   'ra',   'dec',   'pos'),
    ('ivoa.obscore', 's_ra', 's_dec', 'pos');

-- Coordinate and time systems ----------------------------------------------------------------------
-- (The rows of our tables went with those of tap_schema.columns above.)

INSERT INTO vogate.frame (table_name, column_name, frame) VALUES
    ('dl3.events',       'ra',                'ICRS'),
    ('dl3.events',       'dec',               'ICRS'),
    ('dl3.events',       'time_mjd',          'MJD_TT'),
    ('dl3.files',        'first_seen',        'UTC'),
    ('dl3.files',        'superseded_at',     'UTC'),
    ('dl3.gti',          't_start',           'MJD_TT'),
    ('dl3.gti',          't_stop',            'MJD_TT'),
    ('dl3.observations', 'ra_obj',            'ICRS'),
    ('dl3.observations', 'dec_obj',           'ICRS'),
    ('dl3.observations', 'ra_pnt',            'ICRS'),
    ('dl3.observations', 'dec_pnt',           'ICRS'),
    ('dl3.observations', 't_start',           'MJD_TT'),
    ('dl3.observations', 't_stop',            'MJD_TT'),
    ('ivoa.obscore',     's_ra',              'ICRS'),
    ('ivoa.obscore',     's_dec',             'ICRS'),
    ('ivoa.obscore',     's_region',          'ICRS'),
    ('ivoa.obscore',     't_min',             'MJD_TT'),
    ('ivoa.obscore',     't_max',             'MJD_TT'),
    ('ivoa.obscore',     'obs_creation_date', 'UTC');
