"""Nodules of the phantom: shape, volume and position."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from testkit.images.phantom_anatomy import Chest

Floats = NDArray[np.float64]

PLEURA_CLEARANCE_MM = 3.0
NEIGHBOUR_CLEARANCE_MM = 8.0
VESSEL_CLEARANCE_MM = 1.0
HARMLESS_VESSEL = 0.25
"""A vessel thinner than this share of the radius of a nodule may touch it."""
MAX_ATTEMPTS = 5000
DIRECTIONS = 4096


@dataclass(frozen=True)
class Nodule:
    """Shape and contrast of a nodule.

    Attributes:
        diameter_mm: diameter of the ball of equal volume.
        contrast_hu: HU above the surrounding lung.
        elongation: longest over shortest axis.
        lobulation: amplitude of the surface undulation, as a share of the radius.
        centre_mm: LPS; None: chosen by the seed.
    """

    diameter_mm: float
    contrast_hu: float = 880.0
    elongation: float = 1.0
    lobulation: float = 0.0
    centre_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class PlacedNodule:
    """A nodule with its position, LPS mm. Its centroid is its centre, because the shape is point-symmetric."""

    shape: Nodule
    centre_mm: tuple[float, float, float]
    orientation: Floats = field(repr=False)
    """(3, 3), rows are the nodule's own axes."""
    scale: float = 1.0

    @property
    def diameter_mm(self) -> float:
        """Diameter of the ball of equal volume."""
        return self.shape.diameter_mm

    @property
    def volume_mm3(self) -> float:
        """Exact volume: the surface is scaled to it."""
        return float(np.pi / 6 * self.shape.diameter_mm**3)

    @property
    def reach_mm(self) -> float:
        """Radius of a bounding ball about the centre."""
        longest = self.shape.elongation ** (2 / 3) * (1 + self.shape.lobulation)
        return float(self.scale * self.shape.diameter_mm / 2 * longest)

    def radius(self, directions: Floats) -> Floats:
        """Distance of the surface from the centre along unit vectors (..., 3), mm."""
        own = directions @ self.orientation.T
        long, short = self.shape.elongation ** (2 / 3), self.shape.elongation ** (-1 / 3)
        ellipsoid = 1 / np.sqrt((own[..., 0] / long) ** 2 + (own[..., 1] ** 2 + own[..., 2] ** 2) / short**2)
        waves = np.cos(6 * own[..., 1]) * np.cos(5 * own[..., 2])
        return self.scale * self.shape.diameter_mm / 2 * ellipsoid * (1 + self.shape.lobulation * waves)

    def occupancy(self, x: Floats, y: Floats, z: float, blur_mm: float) -> tuple[Floats, Floats]:
        """Share of the point spread at each point that the nodule fills, and the signed distance (negative inside).

        The profile is that of a ball convolved with a Gaussian, which preserves the volume; an edge profile of
        the distance alone would enlarge small nodules.
        """
        offset = np.stack(np.broadcast_arrays(x, y, np.float64(z)), axis=-1) - self.centre_mm
        offset[..., 0] += 1e-6  # the direction at the centre is undefined
        distance = np.sqrt((offset**2).sum(axis=-1))
        radius = self.radius(offset / distance[..., None])
        width = np.sqrt(2) * blur_mm
        inner, outer = (radius - distance) / width, (radius + distance) / width
        rim = blur_mm / (distance * np.sqrt(2 * np.pi)) * (np.exp(-(inner**2)) - np.exp(-(outer**2)))
        return np.clip((erf(inner) + erf(outer)) / 2 - rim, 0, 1), distance - radius


def place_nodules(shapes: Sequence[Nodule], chest: Chest, rng: np.random.Generator) -> tuple[PlacedNodule, ...]:
    """Assign an orientation to each nodule and, without one, a centre; largest first."""
    placed: dict[int, PlacedNodule] = {}
    order = sorted(range(len(shapes)), key=lambda k: (shapes[k].centre_mm is None, -shapes[k].diameter_mm, k))
    for k in order:
        nodule = oriented(shapes[k], rng)
        centre = shapes[k].centre_mm or free_position(nodule.reach_mm, chest, list(placed.values()), rng)
        placed[k] = PlacedNodule(nodule.shape, centre, nodule.orientation, nodule.scale)
    return tuple(placed[k] for k in range(len(shapes)))


def oriented(shape: Nodule, rng: np.random.Generator) -> PlacedNodule:
    """Rotate a shape at random and scale its surface to its volume."""
    orientation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    unscaled = PlacedNodule(shape, (0.0, 0.0, 0.0), orientation)
    radii = unscaled.radius(even_directions(DIRECTIONS))
    scale = (shape.diameter_mm / 2) / float(np.mean(radii**3)) ** (1 / 3)
    return PlacedNodule(shape, (0.0, 0.0, 0.0), orientation, scale)


def even_directions(count: int) -> Floats:
    """Return evenly distributed unit vectors (count, 3): a Fibonacci lattice."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def free_position(
    reach: float, chest: Chest, others: Sequence[PlacedNodule], rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return a random centre in the lungs with clearance to pleura, other nodules and all but thin vessels."""
    if not chest.lungs:
        raise ValueError("a chest without lungs cannot contain a nodule")
    thick = [vessel for vessel in chest.vessels if vessel.radius > HARMLESS_VESSEL * reach]
    for _ in range(MAX_ATTEMPTS):
        lung = chest.lungs[int(rng.integers(len(chest.lungs)))]
        point = lung.centre + lung.half_axes * rng.uniform(-1, 1, 3)
        if chest.depth_in_lungs(point) < reach + PLEURA_CLEARANCE_MM:
            continue
        x, y, z = (float(c) for c in point)
        gaps = [np.linalg.norm(point - other.centre_mm) - other.reach_mm for other in others]
        if any(gap < reach + NEIGHBOUR_CLEARANCE_MM for gap in gaps):
            continue
        if any(v.distance(point[0], point[1], z) < reach + VESSEL_CLEARANCE_MM for v in thick):
            continue
        return x, y, z
    raise ValueError(f"no room in the lungs for a nodule of {2 * reach:.1f} mm")
