-- SPDX-License-Identifier: Apache-2.0
-- SQL bodies of the user defined functions of ADQL: the IVOA's catalogue of them, version 1.2, and
-- what CAST and CENTROID need for geometry.
--
-- Values come from rows and from strangers. A value that makes no sense gives NULL, and where a
-- standard wants an error, one of class 22 whose words the astronomer reads. PostgreSQL refuses
-- products too small for a double as it does those too large; vogate.tame() is for that.
-- Functions that are one expression are not STRICT, so that the planner sees through them.

-- A number to calculate with: 0 where it is next to nothing, NULL where it is NaN or beyond use.
CREATE OR REPLACE FUNCTION vogate.tame(x float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(x) < 1e-30 THEN 0 WHEN abs(x) <= 1e60 THEN x END
$$;

-- PostgreSQL refuses exp() of what is far below 0, as in the tail of a Gauss curve; it takes what is
-- next to nothing for an overflow.
CREATE OR REPLACE FUNCTION vogate.exp(x float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN x < -708 THEN 0 ELSE pg_catalog.exp(x) END
$$;

-- HEALPix ------------------------------------------------------------------------------------------

-- A position that is NaN has no cell; pgSphere would make one up.
CREATE OR REPLACE FUNCTION vogate.healpix_index(hpx_order int4, p spoint) RETURNS int8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN hpx_order BETWEEN 0 AND 29 AND long(p) < 'infinity' AND lat(p) < 'infinity'
                THEN healpix_nest(hpx_order, p) END
$$;

CREATE OR REPLACE FUNCTION vogate.healpix_center(hpx_order int4, npix int8) RETURNS spoint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN hpx_order BETWEEN 0 AND 29 THEN
        CASE WHEN npix >= 0 AND npix < 12::int8 << (2 * hpx_order)
             THEN centre_of_healpix_nest(hpx_order, npix) END
    END
$$;

-- Astrometry ---------------------------------------------------------------------------------------

-- The direction of a vector whose parts point east, north and outwards at a position in radians.
CREATE OR REPLACE FUNCTION vogate.local_direction(lon float8, lat float8,
                                                  east float8, north float8, away float8) RETURNS spoint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN east <> 0 OR north <> 0 OR away <> 0 THEN spoint(
        lon + atan2(east, away * cos(lat) - north * sin(lat)),
        atan2(away * sin(lat) + north * cos(lat),
              point(0, 0) <-> point(east, away * cos(lat) - north * sin(lat)))) END
$$;

-- Linear motion as in volume 1, section 1.5.5 of the Hipparcos catalogue (ESA SP-1200), with the
-- astronomical unit in km s / Julian year. VOLATILE keeps the planner from calling it before the
-- rows that a query asks for are known, for it may raise an error.
CREATE OR REPLACE FUNCTION vogate.epoch_prop_pos(
    ra float8, "dec" float8, parallax float8, pmra float8, pmdec float8, rv float8,
    ref_epoch float8, out_epoch float8) RETURNS spoint
LANGUAGE plpgsql VOLATILE PARALLEL SAFE COST 1000 AS $$
DECLARE
    years float8 := vogate.tame(out_epoch) - vogate.tame(ref_epoch);
    per_mas CONSTANT float8 := radians(1) / 3.6e6;
    approach float8 := vogate.tame(COALESCE(rv, 0)) / 4.740470463533349
                       * vogate.tame(COALESCE(parallax, 0)) * per_mas;
BEGIN
    IF ra IS NULL OR "dec" IS NULL OR ref_epoch IS NULL OR out_epoch IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format(
            'ivo_epoch_prop_pos needs %s, which is NULL in a row of this query; leave out such rows '
            'with a condition IS NOT NULL',
            CASE WHEN ra IS NULL THEN 'the longitude (ra)'
                 WHEN "dec" IS NULL THEN 'the latitude (dec)'
                 WHEN ref_epoch IS NULL THEN 'the epoch of the position (ref_epoch)'
                 ELSE 'the epoch to go to (out_epoch)' END);
    END IF;
    RETURN vogate.local_direction(
        radians(vogate.tame(ra)), radians(vogate.tame("dec")),
        vogate.tame(COALESCE(pmra, 0)) * per_mas * years,
        vogate.tame(COALESCE(pmdec, 0)) * per_mas * years,
        1 + approach * years);
END
$$;

-- Dates and times ----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION vogate.to_jd(d timestamp) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM d) / 86400 + 2440587.5)::float8
$$;

CREATE OR REPLACE FUNCTION vogate.to_mjd(d timestamp) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM d) / 86400 + 40587)::float8
$$;

-- Text ---------------------------------------------------------------------------------------------

-- English stems, but unlike the configuration "english" no word is too common to be looked for.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_ts_dict
                   WHERE dictname = 'stem' AND dictnamespace = 'vogate'::regnamespace) THEN
        CREATE TEXT SEARCH DICTIONARY vogate.stem (TEMPLATE = snowball, LANGUAGE = english);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_ts_config
                   WHERE cfgname = 'words' AND cfgnamespace = 'vogate'::regnamespace) THEN
        CREATE TEXT SEARCH CONFIGURATION vogate.words (COPY = pg_catalog.english);
        ALTER TEXT SEARCH CONFIGURATION vogate.words
            ALTER MAPPING REPLACE pg_catalog.english_stem WITH vogate.stem;
    END IF;
END
$$;

-- Without punctuation, which the parser would read as parts of file names, hosts and numbers.
CREATE OR REPLACE FUNCTION vogate.bare_words(content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(content, E'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\x0B\f\r', repeat(' ', 37))
$$;

-- In pieces, for a tsvector holds no more than 1 MB.
CREATE OR REPLACE FUNCTION vogate.stems(content text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT unnest(tsvector_to_array(to_tsvector('vogate.words', piece)))
    FROM (SELECT string_agg(word, ' ') AS piece
          FROM string_to_table(vogate.bare_words(content), ' ') WITH ORDINALITY AS w (word, n)
          WHERE octet_length(word) < 2000
          GROUP BY n / 50) AS pieces
$$;

CREATE OR REPLACE FUNCTION vogate.has_stems(haystack text, needle text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT NOT EXISTS (SELECT vogate.stems(needle) EXCEPT SELECT vogate.stems(haystack))
$$;

-- A needle without words is in every haystack: none of its words is missing. Long texts go another
-- way, because of that limit and of the depth to which a long tsquery nests.
CREATE OR REPLACE FUNCTION vogate.hasword(haystack text, needle text) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN haystack IS NULL OR needle IS NULL THEN NULL
        WHEN vogate.bare_words(needle) !~ '\S' THEN 1
        WHEN octet_length(haystack) <= 100000 AND octet_length(needle) <= 2000 THEN
            (to_tsvector('vogate.words', vogate.bare_words(haystack))
             @@ plainto_tsquery('vogate.words', vogate.bare_words(needle)))::int4
        ELSE vogate.has_stems(haystack, needle)::int4
    END
$$;

-- A list that is empty has no words, not even an empty one.
CREATE OR REPLACE FUNCTION vogate.hashlist_has(hashlist text, item text) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (strpos(item, '#') = 0 AND lower(item) = ANY (string_to_array(lower(hashlist), '#')))::int4
$$;

-- In ADQL a backslash stands for itself.
CREATE OR REPLACE FUNCTION vogate.nocasematch(value text, pattern text) RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (value ILIKE pattern ESCAPE '')::int4
$$;

-- Statistics ---------------------------------------------------------------------------------------

-- The state of a histogram: what it is of (lower, upper, nbins), then a number of four bytes for
-- each cell, then the cells of rows that are not counted yet. Most rows only append to it, which is
-- what PL/pgSQL does fast; so counting costs the same for any number of rows.
CREATE OR REPLACE FUNCTION vogate.histogram_cells(state bytea) RETURNS int4[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    cells CONSTANT int4 := get_byte(state, 17) * 65536 + get_byte(state, 18) * 256
                           + get_byte(state, 19) + 2;
    first_row CONSTANT int4 := 20 + 4 * cells;
    counts int4[] := array_fill(0, ARRAY[cells]);
    cell int4 := 1;
BEGIN
    FOR i IN 20 .. first_row - 4 BY 4 LOOP
        counts[cell] := get_byte(state, i) * 16777216 + get_byte(state, i + 1) * 65536
                        + get_byte(state, i + 2) * 256 + get_byte(state, i + 3);
        cell := cell + 1;
    END LOOP;
    FOR i IN first_row .. length(state) - 4 BY 4 LOOP
        cell := get_byte(state, i + 1) * 65536 + get_byte(state, i + 2) * 256 + get_byte(state, i + 3)
                + 1;
        counts[cell] := counts[cell] + 1;
    END LOOP;
    RETURN counts;
END
$$;

CREATE OR REPLACE FUNCTION vogate.histogram_state(head bytea, counts int4[]) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT head || string_agg(int4send(n), '' ORDER BY i)
    FROM unnest(counts) WITH ORDINALITY AS c (n, i)
$$;

-- As the catalogue has it: less than lower and NULL are underflow, more than upper is overflow; so
-- upper itself belongs to the last bin. NaN is no number and counts as NULL does. width_bucket() may
-- round what is just below upper into the cell above, and cannot do with an infinite difference.
CREATE OR REPLACE FUNCTION vogate.histogram_row(state bytea, val float8, lower float8, upper float8,
                                                nbins int4) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    -- Nearly every row; it is worth the while to be brief here.
    IF length(state) / 5 - 800 < nbins
       AND substr(state, 1, 20) = float8send(lower) || float8send(upper) || int4send(nbins) THEN
        RETURN state || int4send(
            CASE WHEN val < upper THEN LEAST(width_bucket(val, lower, upper, nbins), nbins)
                 WHEN val = upper THEN nbins
                 WHEN val < 'NaN' THEN nbins + 1
                 ELSE 0 END);
    ELSIF state IS NOT NULL THEN
        IF substr(state, 1, 20)
           IS DISTINCT FROM float8send(lower) || float8send(upper) || int4send(nbins) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE =
                'ivo_histogram needs the same limits and number of bins for all rows of a group';
        END IF;
        state := vogate.histogram_state(substr(state, 1, 20), vogate.histogram_cells(state));
    ELSIF (nbins BETWEEN 1 AND 100000) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format(
            'ivo_histogram counts in 1 to 100000 bins, not in %s', COALESCE(nbins::text, 'NULL'));
    ELSIF (lower < upper AND lower >= -1e300 AND upper <= 1e300) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format(
            'ivo_histogram needs a lower limit less than the upper one, both within 1e300, not %s and %s',
            COALESCE(lower::text, 'NULL'), COALESCE(upper::text, 'NULL'));
    ELSE
        state := vogate.histogram_state(float8send(lower) || float8send(upper) || int4send(nbins),
                                        array_fill(0, ARRAY[nbins + 2]));
    END IF;
    RETURN vogate.histogram_row(state, val, lower, upper, nbins);
END
$$;

CREATE OR REPLACE FUNCTION vogate.histogram_sum(a bytea, b bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
    IF substr(a, 1, 20) <> substr(b, 1, 20) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE =
            'ivo_histogram needs the same limits and number of bins for all rows of a group';
    END IF;
    RETURN vogate.histogram_state(substr(a, 1, 20), ARRAY(
        SELECT one + other
        FROM unnest(vogate.histogram_cells(a), vogate.histogram_cells(b)) WITH ORDINALITY
             AS c (one, other, n)
        ORDER BY n));
END
$$;

CREATE OR REPLACE AGGREGATE vogate.histogram(val float8, lower float8, upper float8, nbins int4) (
    SFUNC = vogate.histogram_row,
    STYPE = bytea,
    COMBINEFUNC = vogate.histogram_sum,
    FINALFUNC = vogate.histogram_cells,
    PARALLEL = SAFE
);

-- Box and Muller. A sigma that is negative is none.
CREATE OR REPLACE FUNCTION vogate.normal_random(mu float8, sigma float8) RETURNS float8
LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
    SELECT mu + CASE WHEN sigma >= 0 THEN sigma END
                * (sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))
$$;

-- Convenience --------------------------------------------------------------------------------------

-- PostgreSQL sorts NaN after all numbers, so an upper bound less than NaN is enough for both.
CREATE OR REPLACE FUNCTION vogate.interval_overlaps(a1 float8, b1 float8, a2 float8, b2 float8)
RETURNS int4
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (a1 <= b1 AND a2 <= b2 AND a1 <= b2 AND a2 <= b1 AND b1 < 'NaN' AND b2 < 'NaN')::int4
$$;

-- The absolute value in seconds of 1h2m3.4s (whose unit may be h or d), 1:2:3.4, 1 2 3.4 or 010203.4.
CREATE OR REPLACE FUNCTION vogate.sexagesimal(value text, unit text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    small CONSTANT text := '([0-5]?[0-9])';
    seconds CONSTANT text := '([0-5]?[0-9](?:\.[0-9]*)?)';
    gap CONSTANT text := '(?:\s*:\s*|\s+)';
    parts text[];
BEGIN
    parts := regexp_match(
        value, '^(?:([0-9]{1,3})\s*' || unit || '\s*' || small || '\s*m\s*' || seconds || '\s*s'
               || '|([0-9]{1,3})' || gap || small || gap || seconds
               || '|([0-9]{2})([0-5][0-9])([0-5][0-9](?:\.[0-9]*)?))$', 'i');
    RETURN COALESCE(parts[1], parts[4], parts[7])::float8 * 3600
           + COALESCE(parts[2], parts[5], parts[8])::float8 * 60
           + COALESCE(parts[3], parts[6], parts[9])::float8;
END
$$;

-- A right ascension is no more than 24 hours, and has no sign.
CREATE OR REPLACE FUNCTION vogate.hms_to_degrees(hms text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    seconds float8;
BEGIN
    IF octet_length(hms) > 100 THEN
        RETURN NULL;
    END IF;
    seconds := vogate.sexagesimal(btrim(hms, E' \t\r\n'), 'h');
    RETURN CASE WHEN seconds <= 24 * 3600 THEN seconds / 240 END;
END
$$;

-- Latitudes and longitudes: no more than 360 degrees.
CREATE OR REPLACE FUNCTION vogate.dms_to_degrees(dms text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    parts text[];
    seconds float8;
BEGIN
    IF octet_length(dms) > 100 THEN
        RETURN NULL;
    END IF;
    parts := regexp_match(btrim(dms, E' \t\r\n'), '^([-+]?)\s*(.*)$');
    seconds := vogate.sexagesimal(parts[2], 'd');
    RETURN CASE WHEN seconds <= 360 * 3600 THEN
        CASE parts[1] WHEN '-' THEN - seconds / 3600 ELSE seconds / 3600 END END;
END
$$;

-- Geometry -----------------------------------------------------------------------------------------

-- The direction of the integral of the unit vector over the polygon, which by Stokes' theorem is the
-- sum over its edges of half their length times their pole. The sum is done about the middle of the
-- polygon, in parts east, north and inwards: done as it stands, the centre of a polygon of an arc
-- second would be off by as much. It is the sum for the flat polygon, of triangles from the middle to
-- each edge, plus what the bend of the edges adds. The middle is the one by which pgSphere, too, tells
-- inside from outside, whichever way the corners run. A polygon without area has no centroid.
CREATE OR REPLACE FUNCTION vogate.centroid(p spoly) RETURNS spoint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH corner AS (
        SELECT n, c[2 * n - 1] AS lon, c[2 * n] AS lat
        FROM (SELECT string_to_array(translate(p::text, '{}() ', ''), ',')::float8[]) AS polygon (c),
             generate_series(1, cardinality(c) / 2) AS n
    ), box AS (
        SELECT min(cos(lat) * cos(lon)) + max(cos(lat) * cos(lon)) AS x,
               min(cos(lat) * sin(lon)) + max(cos(lat) * sin(lon)) AS y,
               min(sin(lat)) + max(sin(lat)) AS z
        FROM corner
    ), middle AS (
        SELECT atan2(y, x) AS lon0, atan2(z, point(0, 0) <-> point(x, y)) AS lat0 FROM box
    ), near AS (
        SELECT n, vogate.tame(cos(lat) * sin(lon - lon0)) AS east,
               vogate.tame(sin(lat) * cos(lat0) - cos(lat) * sin(lat0) * cos(lon - lon0)) AS north,
               sin(lat) * sin(lat0) + cos(lat) * cos(lat0) * cos(lon - lon0) AS away
        FROM corner, middle
    ), a AS (
        SELECT n, east, north, away, (east * east + north * north) / (1 + away) AS inwards FROM near
    ), b AS (
        SELECT (n + max(n) OVER () - 2) % max(n) OVER () + 1 AS n, east, north, away, inwards FROM a
    ), triangle AS (
        SELECT a.inwards * b.north - a.north * b.inwards AS east,
               a.east * b.inwards - a.inwards * b.east AS north,
               a.east * b.north - a.north * b.east AS away,
               b.north - a.north AS to_north, b.east - a.east AS to_east,
               a.east * b.east + a.north * b.north + a.away * b.away AS cosine
        FROM a JOIN b USING (n)
    ), edge AS (
        SELECT *, east - to_north AS pole_east, north + to_east AS pole_north,
               sqrt((east - to_north) ^ 2 + (north + to_east) ^ 2 + away ^ 2) AS sine
        FROM triangle
    ), bent AS (
        SELECT *, CASE WHEN sine > 0.01 OR cosine < 0 THEN atan2(sine, cosine) / sine - 1
                       ELSE sine ^ 2 / 6 + sine ^ 4 * 3 / 40 + sine ^ 6 * 5 / 112 END AS bend
        FROM edge
    ), total AS (
        SELECT sum(east + bend * pole_east) AS east, sum(north + bend * pole_north) AS north,
               sum(away + bend * away) AS away, sum(sine) AS length
        FROM bent
    )
    SELECT CASE WHEN abs(away) > 1e-13 * length THEN
        vogate.local_direction(lon0, lat0, east * sign(away), north * sign(away), abs(away)) END
    FROM total, middle
$$;

-- The numbers of a DALI array; NULL where it is none. float8 would read NaN and hexadecimal, too.
CREATE OR REPLACE FUNCTION vogate.numbers_of_text(content text) RETURNS float8[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
    content := translate(content, E'\t\r\n', '   ');
    IF octet_length(content) > 100000 OR content ~ '[^-+.0-9eE ]' THEN
        RETURN NULL;
    END IF;
    RETURN array_remove(string_to_array(content, ' '), '')::float8[];
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION vogate.refuse_text(content text, kind text, expected text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation', MESSAGE = format(
        '''%s'' is no %s; expected %s',
        regexp_replace(left(content, 40), '[[:cntrl:]]', ' ', 'g')
        || CASE WHEN length(content) > 40 THEN '...' ELSE '' END, kind, expected);
END
$$;

CREATE OR REPLACE FUNCTION vogate.point_of_text(content text) RETURNS spoint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    n float8[] := vogate.numbers_of_text(content);
    p spoint := vogate.point(vogate.tame(n[1]), vogate.tame(n[2]));
BEGIN
    IF cardinality(n) = 2 AND p IS NOT NULL AND n[2] BETWEEN -90 AND 90 THEN
        RETURN p;
    END IF;
    PERFORM vogate.refuse_text(content, 'point',
        'a right ascension and a declination from -90 to 90 in degrees, such as ''83.63 22.01''');
END
$$;

CREATE OR REPLACE FUNCTION vogate.circle_of_text(content text) RETURNS scircle
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    n float8[] := vogate.numbers_of_text(content);
    c scircle := vogate.circle(vogate.point(vogate.tame(n[1]), vogate.tame(n[2])), vogate.tame(n[3]));
BEGIN
    IF cardinality(n) = 3 AND c IS NOT NULL AND n[2] BETWEEN -90 AND 90 THEN
        RETURN c;
    END IF;
    PERFORM vogate.refuse_text(content, 'circle',
        'right ascension and declination of its centre and a radius from 0 to 90, all in degrees, '
        'such as ''83.63 22.01 0.5''');
END
$$;

-- What pgSphere takes to compare each edge with each other grows with the square of their number,
-- and cannot be interrupted: more than a second for 1000 corners. Of two corners opposite to each
-- other on the sky it leaves one out; where edges meet it makes no polygon.
CREATE OR REPLACE FUNCTION vogate.polygon_of_text(content text) RETURNS spoly
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    n float8[] := vogate.numbers_of_text(content);
    corners spoint[] := ARRAY(
        SELECT vogate.point(vogate.tame(n[i]), vogate.tame(n[i + 1]))
        FROM generate_series(1, LEAST(cardinality(n), 2001), 2) AS i
        WHERE n[i + 1] BETWEEN -90 AND 90 ORDER BY i);
    p spoly;
BEGIN
    IF cardinality(n) > 2000 THEN
        PERFORM vogate.refuse_text(content, 'polygon that this service takes', 'at most 1000 corners');
    ELSIF n IS NULL OR cardinality(n) < 6 OR cardinality(n) <> 2 * cardinality(corners)
          OR EXISTS (SELECT FROM unnest(corners) AS c (corner) WHERE corner IS NULL) THEN
        PERFORM vogate.refuse_text(content, 'polygon',
            'right ascension and declination (from -90 to 90) of three or more corners in degrees, '
            'such as ''83 21 84 21 84 22''');
    END IF;
    IF NOT EXISTS (SELECT FROM unnest(corners, corners[2:] || corners[1]) AS edge (a, b)
                   WHERE a <-> b > pi() - 1e-9) THEN
        p := vogate.polygon_of(corners);
    END IF;
    IF p IS NULL THEN
        PERFORM vogate.refuse_text(content, 'polygon',
            'edges that neither cross nor touch, corners that are not the same (nor the last one '
            'the first), and no more than half of the sky');
    END IF;
    RETURN p;
END
$$;
