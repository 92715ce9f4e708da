"""Anatomy of the phantom: body, lungs and vessels as signed distance functions in mm (negative inside)."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from testkit.images.phantom_vessels import Vessel, grow_tree

Floats = NDArray[np.float64]

NOMINAL_FIELD_MM = 320.0
"""In-plane field of view of the sizes below; another one scales the chest."""
BODY_HALF_AXES_MM = (146.0, 112.0)
LUNG_CENTRE_X_MM = 66.0
LUNG_HALF_AXES_MM = (46.0, 78.0)
LUNG_HALF_LENGTH = 0.47
"""Half length of a lung over the scanned length."""
HEART_CENTRE_MM = (22.0, -24.0, -0.12)
HEART_HALF_AXES_MM = (42.0, 42.0, 0.3)
"""The third half axis is a share of the scanned length."""


@dataclass(frozen=True)
class Ellipsoid:
    """An axis-aligned ellipsoid; an infinite third half axis makes it a cylinder."""

    centre: Floats
    half_axes: Floats

    def distance(self, x: Floats, y: Floats, z: float) -> Floats:
        """Approximate signed distance: exact on the surface, first order near it."""
        p = [(x - self.centre[0]), (y - self.centre[1]), np.float64(z - self.centre[2])]
        unit = np.sqrt(sum((q / a) ** 2 for q, a in zip(p, self.half_axes, strict=True)))
        slope = np.sqrt(sum((q / a**2) ** 2 for q, a in zip(p, self.half_axes, strict=True)))
        return unit * (unit - 1) / np.maximum(slope, 1e-9)


@dataclass(frozen=True)
class Chest:
    """A body with or without lungs, and the vessels in them."""

    body: Ellipsoid
    lungs: tuple[Ellipsoid, ...]
    heart: Ellipsoid
    vessels: tuple[Vessel, ...] = field(repr=False)

    @classmethod
    def solid(cls, field_of_view_mm: tuple[float, float, float]) -> "Chest":
        """Return a body of soft tissue only."""
        scale = min(field_of_view_mm[:2]) / NOMINAL_FIELD_MM
        length = field_of_view_mm[2]
        body = Ellipsoid(np.zeros(3), np.array([*(scale * np.array(BODY_HALF_AXES_MM)), np.inf]))
        in_mm = np.array([scale, scale, length])
        return cls(body, (), Ellipsoid(in_mm * HEART_CENTRE_MM, in_mm * HEART_HALF_AXES_MM), ())

    @classmethod
    def grown(cls, field_of_view_mm: tuple[float, float, float], trees: int, rng: np.random.Generator) -> "Chest":
        """Return a chest with two lungs and `trees` vessel trees in each."""
        scale = min(field_of_view_mm[:2]) / NOMINAL_FIELD_MM
        length = field_of_view_mm[2]
        half_axes = np.array([*(scale * np.array(LUNG_HALF_AXES_MM)), LUNG_HALF_LENGTH * length])
        lungs = tuple(Ellipsoid(np.array([side * scale * LUNG_CENTRE_X_MM, 0, 0]), half_axes) for side in (-1, 1))
        empty = cls.solid(field_of_view_mm)
        chest = cls(empty.body, lungs, empty.heart, ())
        vessels = [vessel for lung in lungs for vessel in chest.vessels_of(lung, trees, rng)]
        return cls(empty.body, lungs, empty.heart, tuple(vessels))

    def vessels_of(self, lung: Ellipsoid, trees: int, rng: np.random.Generator) -> list[Vessel]:
        """Grow trees from the medial side of the lung outwards, until they are thin or near the pleura."""
        inward = -np.sign(lung.centre[0])
        vessels: list[Vessel] = []
        for _ in range(trees):
            root = lung.centre + lung.half_axes * [0.8 * inward, *rng.uniform(-0.35, 0.35, 2)]
            target = lung.centre + lung.half_axes * rng.uniform([-0.9, -0.9, -0.9], [0.9, 0.9, 0.9])
            target[0] = lung.centre[0] - inward * lung.half_axes[0] * rng.uniform(0.0, 0.9)
            vessels += grow_tree(root, target - root, rng.uniform(1.2, 3.2), self.depth_in_lungs, rng)
        return vessels

    def depth_in_lungs(self, point: Floats) -> float:
        """Return the depth of a point (3,) inside the lungs, mm; negative outside."""
        return float(-self.lung_distance(point[0], point[1], float(point[2])))

    def lung_distance(self, x: Floats, y: Floats, z: float) -> Floats:
        """Signed distance to the lungs (the heart is cut out)."""
        nearest = np.full(np.broadcast_shapes(np.shape(x), np.shape(y)), np.inf)
        for lung in self.lungs:
            nearest = np.minimum(nearest, lung.distance(x, y, z))
        return np.maximum(nearest, -self.heart.distance(x, y, z))
