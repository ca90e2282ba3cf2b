-- SPDX-License-Identifier: Apache-2.0
-- Who may do what. The query role reads what is published and what the catalogue reader needs:
-- nothing else, no writing but to temporary tables, for the tables that come with a query.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"query", :"service";

GRANT USAGE ON SCHEMA tap_schema, ivoa, dl3, vogate TO :"query";
GRANT SELECT ON ALL TABLES IN SCHEMA tap_schema, ivoa TO :"query";
GRANT SELECT ON dl3.events, dl3.gti, dl3.hdus TO :"query";
-- Neither where files lie on this host, nor what only the ingest compares.
REVOKE SELECT ON dl3.files, dl3.observations FROM :"query";
GRANT SELECT (file, obs_collection, file_name, sha256, size_bytes, first_seen, superseded_at)
    ON dl3.files TO :"query";
DO $$
BEGIN
    EXECUTE (
        SELECT format('GRANT SELECT (%s) ON dl3.observations TO %s',
                      string_agg(quote_ident(column_name), ', '), $role$:"query"$role$)
        FROM information_schema.columns
        WHERE table_schema = 'dl3' AND table_name = 'observations'
          AND column_name <> 'source_digest');
END
$$;
GRANT SELECT ON vogate.catalog_version, vogate.frame, vogate.geometry, vogate.position,
    vogate.migration TO :"query";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA vogate TO :"query";

GRANT USAGE ON SCHEMA vogate TO :"service";
GRANT SELECT ON vogate.migration TO :"service";

-- The services' own records: jobs and who owns them. The query role sees nothing of them.
GRANT USAGE ON SCHEMA auth, uws TO :"service";
GRANT SELECT, INSERT, UPDATE ON auth.principal TO :"service";
GRANT SELECT, INSERT, UPDATE, DELETE ON uws.job, uws.parameter, uws.result, uws.worker, uws.content, uws.entity,
    uws.used TO :"service";
GRANT SELECT, INSERT ON uws.kind TO :"service";
GRANT SELECT, UPDATE ON uws.control TO :"service";
-- Which file is a dataset that a job is to read.
GRANT USAGE ON SCHEMA dl3 TO :"service";
GRANT SELECT (obs, obs_publisher_did) ON dl3.observations TO :"service";
GRANT SELECT ON dl3.hdus, dl3.files TO :"service";
REVOKE ALL ON SCHEMA auth, uws FROM :"query";
