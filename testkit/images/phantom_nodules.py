"""Nodules of the phantom: shape, truth, and a place for them in the lungs."""

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
"""A vessel thinner than this share of the nodule's radius may run into it."""
TRIES = 5000
DIRECTIONS = 4096


@dataclass(frozen=True)
class Nodule:
    """What a nodule should look like.

    Attributes:
        diameter_mm: of the ball with the same volume.
        contrast_hu: above the lung around it.
        elongation: longest over shortest axis.
        lobulation: how far the surface waves, as a share of the radius.
        centre_mm: LPS; None lets the seed choose.
    """

    diameter_mm: float
    contrast_hu: float = 880.0
    elongation: float = 1.0
    lobulation: float = 0.0
    centre_mm: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class PlacedNodule:
    """A nodule with its place, LPS mm. Its centroid is its centre: the shape is symmetric about it."""

    shape: Nodule
    centre_mm: tuple[float, float, float]
    orientation: Floats = field(repr=False)
    """(3, 3), rows are the nodule's own axes."""
    scale: float = 1.0

    @property
    def diameter_mm(self) -> float:
        """Diameter of the ball with the same volume."""
        return self.shape.diameter_mm

    @property
    def volume_mm3(self) -> float:
        """True volume: the surface is scaled so that this is exact."""
        return float(np.pi / 6 * self.shape.diameter_mm**3)

    @property
    def reach_mm(self) -> float:
        """Radius of a ball about the centre that holds the nodule."""
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
        """Share of each point's surroundings that the nodule fills, and the signed distance to it (negative inside).

        The profile is that of a ball convolved with a Gaussian, which keeps the volume; a distance-only edge
        would make small nodules too large.
        """
        offset = np.stack(np.broadcast_arrays(x, y, np.float64(z)), axis=-1) - self.centre_mm
        offset[..., 0] += 1e-6  # the very centre has no direction
        distance = np.sqrt((offset**2).sum(axis=-1))
        radius = self.radius(offset / distance[..., None])
        width = np.sqrt(2) * blur_mm
        inner, outer = (radius - distance) / width, (radius + distance) / width
        rim = blur_mm / (distance * np.sqrt(2 * np.pi)) * (np.exp(-(inner**2)) - np.exp(-(outer**2)))
        return np.clip((erf(inner) + erf(outer)) / 2 - rim, 0, 1), distance - radius


def place(shapes: Sequence[Nodule], chest: Chest, rng: np.random.Generator) -> tuple[PlacedNodule, ...]:
    """Give each nodule an orientation and, where it has none, a centre; the largest choose first."""
    placed: dict[int, PlacedNodule] = {}
    order = sorted(range(len(shapes)), key=lambda k: (shapes[k].centre_mm is None, -shapes[k].diameter_mm, k))
    for k in order:
        nodule = oriented(shapes[k], rng)
        centre = shapes[k].centre_mm or free_place(nodule.reach_mm, chest, list(placed.values()), rng)
        placed[k] = PlacedNodule(nodule.shape, centre, nodule.orientation, nodule.scale)
    return tuple(placed[k] for k in range(len(shapes)))


def oriented(shape: Nodule, rng: np.random.Generator) -> PlacedNodule:
    """Turn a shape at random and scale its surface to the volume it must have."""
    orientation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    unscaled = PlacedNodule(shape, (0.0, 0.0, 0.0), orientation)
    radii = unscaled.radius(even_directions(DIRECTIONS))
    scale = (shape.diameter_mm / 2) / float(np.mean(radii**3)) ** (1 / 3)
    return PlacedNodule(shape, (0.0, 0.0, 0.0), orientation, scale)


def even_directions(count: int) -> Floats:
    """Spread unit vectors (count, 3) evenly: a Fibonacci lattice."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def free_place(
    reach: float, chest: Chest, others: Sequence[PlacedNodule], rng: np.random.Generator
) -> tuple[float, float, float]:
    """Find a centre in the lungs, clear of pleura, other nodules and all but thin vessels."""
    if not chest.lungs:
        raise ValueError("a chest without lungs has no place for a nodule")
    thick = [vessel for vessel in chest.vessels if vessel.radius > HARMLESS_VESSEL * reach]
    for _ in range(TRIES):
        lung = chest.lungs[int(rng.integers(len(chest.lungs)))]
        point = lung.centre + lung.half_axes * rng.uniform(-1, 1, 3)
        if chest.depth_in_lungs(point) < reach + PLEURA_CLEARANCE_MM:
            continue
        x, y, z = (float(c) for c in point)
        apart = [np.linalg.norm(point - other.centre_mm) - other.reach_mm for other in others]
        if any(gap < reach + NEIGHBOUR_CLEARANCE_MM for gap in apart):
            continue
        if any(v.distance(point[0], point[1], z) < reach + VESSEL_CLEARANCE_MM for v in thick):
            continue
        return x, y, z
    raise ValueError(f"no room in the lungs for a nodule of {2 * reach:.1f} mm")
