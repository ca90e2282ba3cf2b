-- SPDX-License-Identifier: Apache-2.0
-- SQL bodies of ADQL functions that PostgreSQL and pgSphere lack (common/adql/functions.cc and
-- geometry.cc name them). Plain SQL, so that the planner sees through them.

-- Geometries as DALI arrays in degrees.
CREATE OR REPLACE FUNCTION vogate.point_array(p spoint) RETURNS float8[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p IS NOT NULL THEN ARRAY[degrees(long(p)), degrees(lat(p))] END
$$;

CREATE OR REPLACE FUNCTION vogate.circle_array(c scircle) RETURNS float8[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN c IS NOT NULL
                THEN ARRAY[degrees(long(center(c))), degrees(lat(center(c))), degrees(radius(c))] END
$$;

-- This pgSphere has no access to the corners of a polygon but its text, which is in radians.
CREATE OR REPLACE FUNCTION vogate.polygon_array(p spoly) RETURNS float8[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(degrees(coordinate::float8) ORDER BY n)
    FROM unnest(string_to_array(translate(p::text, '{}() ', ''), ',')) WITH ORDINALITY
         AS corner (coordinate, n)
$$;

-- The direction of coordinates in degrees; NULL where one is not a number or infinite.
CREATE OR REPLACE FUNCTION vogate.point(ra float8, "dec" float8) RETURNS spoint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN abs(ra) < 'infinity' AND abs("dec") < 'infinity'
                THEN spoint(radians(ra), radians("dec")) END
$$;

-- A radius that comes from a row may be anything; what is no circle is NULL.
CREATE OR REPLACE FUNCTION vogate.circle(centre spoint, radius float8) RETURNS scircle
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN radius BETWEEN 0 AND 90 THEN scircle(centre, radians(radius)) END
$$;

-- pgSphere has no circle wider than 90 degrees: what one has in the hemisphere of its centre, and the
-- other hemisphere if it reaches into that.
CREATE OR REPLACE FUNCTION vogate.near_hemisphere(centre spoint, radius float8) RETURNS scircle
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN radius BETWEEN 0 AND 90 THEN scircle(centre, radians(radius))
                WHEN radius > 90 AND radius < 'NaN' THEN scircle(centre, radians(90)) END
$$;

CREATE OR REPLACE FUNCTION vogate.far_hemisphere(centre spoint, radius float8) RETURNS scircle
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN radius > 90 AND radius < 'NaN'
                THEN scircle(spoint(long(centre) + pi(), - lat(centre)), radians(90)) END
$$;

-- A corner that is not known makes the polygon unknown. It must not reach the aggregate in any case:
-- this pgSphere crashes the server when the first one is NULL, and leaves out later ones.
CREATE OR REPLACE FUNCTION vogate.polygon_of(corners spoint[]) RETURNS spoly
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN bool_and(corner IS NOT NULL)
                THEN spoly(corner ORDER BY n) FILTER (WHERE corner IS NOT NULL) END
    FROM unnest(corners) WITH ORDINALITY AS c (corner, n)
$$;

-- Shapes of DALI as arrays, from whoever uploads or publishes them: what is none is NULL.
CREATE OR REPLACE FUNCTION vogate.point_of_array(p float8[]) RETURNS spoint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(p) = 2 AND p[2] BETWEEN -90 AND 90 THEN vogate.point(p[1], p[2]) END
$$;

CREATE OR REPLACE FUNCTION vogate.circle_of_array(c float8[]) RETURNS scircle
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(c) = 3 THEN vogate.circle(vogate.point_of_array(c[1:2]), c[3]) END
$$;

-- More corners than that keep the database busy for seconds: see vogate.polygon_of_text.
CREATE OR REPLACE FUNCTION vogate.polygon_of_array(p float8[]) RETURNS spoly
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(p) BETWEEN 6 AND 2000 AND cardinality(p) % 2 = 0
                THEN vogate.polygon_of(ARRAY(SELECT vogate.point_of_array(p[i:i + 1])
                                             FROM generate_series(1, cardinality(p), 2) AS i ORDER BY i)) END
$$;

-- ADQL 2.1 §4.2.9: great circles through the ends of a cross, perpendicular to it; NULL where the sizes
-- are none.
CREATE OR REPLACE FUNCTION vogate.box(centre spoint, width float8, height float8) RETURNS spoly
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN width > 0 AND width < 180 AND height > 0 AND height < 180
                THEN vogate.polygon_of(ARRAY[spoint(- x, - y), spoint(x, - y), spoint(x, y), spoint(- x, y)])
                     + strans(0::float8, - lat(centre), long(centre), 'XYZ') END
    FROM (SELECT radians(width) / 2 AS x,
                 atan(tan(radians(height) / 2) * cos(radians(width) / 2)) AS y) AS half
$$;
