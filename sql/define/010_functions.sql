-- SPDX-License-Identifier: Apache-2.0
-- How geometry is printed: as text in degrees, in the form that ObsCore's s_region has by custom.

-- Degrees without the noise of the way through radians, in the shortest form.
CREATE OR REPLACE FUNCTION vogate.degrees_text(radians float8) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT trim_scale(round(degrees(radians)::numeric, 10))::text
$$;

-- This pgSphere has no access to the corners of a polygon but its text, which is in radians.
CREATE OR REPLACE FUNCTION vogate.region_text(circle scircle, polygon spoly) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN circle IS NOT NULL THEN
            'Circle ICRS ' || vogate.degrees_text(long(center(circle))) || ' ' ||
            vogate.degrees_text(lat(center(circle))) || ' ' || vogate.degrees_text(radius(circle))
        WHEN polygon IS NOT NULL THEN
            'Polygon ICRS ' || (
                SELECT string_agg(vogate.degrees_text(coordinate::float8), ' ' ORDER BY n)
                FROM unnest(string_to_array(translate(polygon::text, '{}() ', ''), ','))
                     WITH ORDINALITY AS corner (coordinate, n))
    END
$$;
