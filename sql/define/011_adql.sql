-- SPDX-License-Identifier: Apache-2.0
-- SQL bodies of ADQL functions that PostgreSQL and pgSphere lack (common/adql/functions.cc and
-- geometry.cc name them). Plain SQL, so that the planner sees through them.

-- The remainder with the sign of x: ADQL 2.1 section 2.3.
CREATE OR REPLACE FUNCTION vogate.mod(x float8, y float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT x - y * trunc(x / y) $$;

CREATE OR REPLACE FUNCTION vogate.round(x float8, digits int8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT round(x::numeric, digits::int4)::float8 $$;

CREATE OR REPLACE FUNCTION vogate.truncate(x float8, digits int8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT trunc(x::numeric, digits::int4)::float8 $$;

-- The same seed gives the same number, between 0 and 1: 53 bits of a hash.
CREATE OR REPLACE FUNCTION vogate.rand(seed int8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (hashint8extended(seed, 0) & 9007199254740991)::float8 / 9007199254740992
$$;

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

-- A radius that comes from a row may be anything; what is no circle is NULL.
CREATE OR REPLACE FUNCTION vogate.circle(centre spoint, radius float8) RETURNS scircle
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN radius BETWEEN 0 AND 90 THEN scircle(centre, radians(radius)) END
$$;

CREATE OR REPLACE FUNCTION vogate.polygon_of(corners spoint[]) RETURNS spoly
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT spoly(corner ORDER BY n) FROM unnest(corners) WITH ORDINALITY AS c (corner, n)
$$;

CREATE OR REPLACE FUNCTION vogate.polygon(coordinates float8[]) RETURNS spoly
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT spoly(spoint(radians(coordinates[2 * n - 1]), radians(coordinates[2 * n])) ORDER BY n)
    FROM generate_series(1, array_length(coordinates, 1) / 2) AS n
$$;

-- ADQL 2.1 section 4.2.10: corners half the width and height away in each coordinate.
CREATE OR REPLACE FUNCTION vogate.box(centre spoint, width float8, height float8) RETURNS spoly
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN width > 0 AND width < 180 AND height > 0
                     AND abs(degrees(lat(centre))) + height / 2 <= 90
           THEN vogate.polygon(ARRAY[
                    degrees(long(centre)) - width / 2, degrees(lat(centre)) - height / 2,
                    degrees(long(centre)) + width / 2, degrees(lat(centre)) - height / 2,
                    degrees(long(centre)) + width / 2, degrees(lat(centre)) + height / 2,
                    degrees(long(centre)) - width / 2, degrees(lat(centre)) + height / 2]) END
$$;
