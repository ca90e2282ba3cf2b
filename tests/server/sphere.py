# SPDX-License-Identifier: Apache-2.0
"""Circles and polygons on the sphere in unit vectors, by numpy alone: what the geometry of the
database is compared with. Circles and Polygons hold many shapes, or one that broadcasts.

Answers are angles in radians with a sign: how far inside of the edge a position lies, by how much
two shapes overlap, how much room one leaves within another. Near 0 nobody can tell, see EDGE.

    polygon = Polygons(corners, centre)         # 1 x K x 3 and 1 x 3
    inside = polygon.depth(vectors(ra, dec)) > 0
"""
import numpy

# pgSphere takes for equal what differs by less than 1e-9 in angles and vectors alike.
EDGE = 2e-9


def vectors(ra, dec):
    """Of positions in degrees; the last axis is that of x, y, z."""
    ra, dec = numpy.radians(ra), numpy.radians(dec)
    return numpy.stack([numpy.cos(dec) * numpy.cos(ra), numpy.cos(dec) * numpy.sin(ra),
                        numpy.sin(dec) + 0 * ra], axis=-1)


def positions(xyz):
    """Right ascension, 0 to 360, and declination in degrees."""
    x, y, z = numpy.moveaxis(xyz, -1, 0)
    return numpy.degrees(numpy.arctan2(y, x)) % 360, numpy.degrees(numpy.arctan2(z, numpy.hypot(x, y)))


def unit(xyz):
    return xyz / numpy.linalg.norm(xyz, axis=-1, keepdims=True)


def dot(a, b):
    return (a * b).sum(axis=-1)


def angle(a, b):
    """By the half chords to a point and to its antipode, so that all angles are exact."""
    return 2 * numpy.arctan2(numpy.linalg.norm(a - b, axis=-1), numpy.linalg.norm(a + b, axis=-1))


def east_and_north(centre):
    """The axes of the tangent plane; at a pole those of the right ascension given with it."""
    ra, dec = numpy.radians(centre[0]), numpy.radians(centre[1])
    return (numpy.array([-numpy.sin(ra), numpy.cos(ra), 0]),
            numpy.array([-numpy.sin(dec) * numpy.cos(ra), -numpy.sin(dec) * numpy.sin(ra), numpy.cos(dec)]))


class Circles:
    def __init__(self, centres, radii):
        self.centres = centres
        self.radii = radii

    def depth(self, points):
        return self.radii - angle(points, self.centres)


class Polygons:
    """Within a hemisphere around the centres; what has fewer corners repeats its last one."""

    def __init__(self, corners, centres):
        self.corners = corners
        self.centres = centres

    def edges(self):
        """The ends of all edges, an axis of edges before that of x, y, z."""
        return self.corners, numpy.roll(self.corners, -1, axis=-2)

    def edge_distance(self, points):
        p = points[..., None, :]
        a, b = self.edges()
        normal = numpy.cross(a, b - a)
        length = numpy.linalg.norm(normal, axis=-1)
        beside = ((dot(numpy.cross(normal, a), p) >= 0) & (dot(numpy.cross(b, normal), p) >= 0)
                  & (length > 0))
        off = numpy.abs(dot(normal, p - a)) / numpy.where(length > 0, length, 1)
        to_edge = numpy.arcsin(numpy.clip(off, 0, 1))
        return numpy.where(beside, to_edge, numpy.minimum(angle(p, a), angle(p, b))).min(axis=-1)

    def is_around(self, points):
        """Whether one who stands there and looks along the edges turns around once."""
        p = points[..., None, :]
        a, b = (end - p for end in self.edges())
        turns = numpy.arctan2(dot(p, numpy.cross(a, b)), dot(numpy.cross(a, p), numpy.cross(b, p)))
        # Seen from the antipode it is a turn as well.
        return (numpy.abs(turns.sum(axis=-1)) > numpy.pi) & (dot(points, self.centres) > 0)

    def depth(self, points):
        return numpy.where(self.is_around(points), 1, -1) * self.edge_distance(points)


def have_crossing(one, other):
    """Whether any edge of the one crosses an edge of the other; edges are shorter than 180 degrees."""
    a, b = (end[..., :, None, :] for end in one.edges())
    c, d = (end[..., None, :, :] for end in other.edges())
    ab, cd = numpy.cross(a, b), numpy.cross(c, d)
    sides = numpy.stack(numpy.broadcast_arrays(-dot(ab, c), dot(ab, d), dot(cd, a), -dot(cd, b)))
    return (numpy.all(sides > 0, axis=0) | numpy.all(sides < 0, axis=0)).any(axis=(-1, -2))


def corner_depths(outer, inner):
    """The depth of each corner of the inner polygons in the outer shapes, the corners first."""
    return numpy.stack([outer.depth(inner.corners[..., k, :]) for k in range(inner.corners.shape[-2])])


def overlap(one, other):
    if isinstance(one, Circles) and isinstance(other, Circles):
        return one.radii + other.radii - angle(one.centres, other.centres)
    if isinstance(one, Circles):
        return overlap(other, one)
    if isinstance(other, Circles):
        return one.depth(other.centres) + other.radii
    depths = numpy.concatenate([corner_depths(one, other), corner_depths(other, one)])
    meet = have_crossing(one, other) | (depths > 0).any(axis=0)
    return numpy.where(meet, 1, -1) * numpy.abs(depths).min(axis=0)


def room(outer, inner):
    """How much the inner shape may grow within the outer one, a circle of 90 degrees at most."""
    if isinstance(inner, Circles):
        return outer.depth(inner.centres) - inner.radii
    depths = corner_depths(outer, inner)
    if isinstance(outer, Circles):
        return depths.min(axis=0)
    near = numpy.minimum(numpy.abs(depths).min(axis=0), numpy.abs(corner_depths(inner, outer)).min(axis=0))
    held = (depths > 0).all(axis=0) & ~have_crossing(outer, inner)
    return numpy.where(held, 1, -1) * near
