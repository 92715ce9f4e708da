"""A seeded chest CT phantom with known ground truth: body, two lungs, branching vessels and rounded nodules.

All objects are analytic shapes, so that the ground truth is independent of the sampling grid. The anatomy has the
scales, contrasts and blur of a chest CT, not its variety.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from testkit.images.phantom_anatomy import Chest
from testkit.images.phantom_nodules import Nodule, PlacedNodule, place_nodules
from testkit.images.phantom_rendering import Scanner, render

__all__ = ["Nodule", "Phantom", "PlacedNodule", "chest_phantom", "small_chest"]

SOLID_HU = 880.0
"""Contrast of soft tissue (30 HU) to the phantom's lung (-850 HU)."""


@dataclass(frozen=True)
class Phantom:
    """An image and its ground truth.

    Attributes:
        volume: int16 HU; the field of view's centre is at LPS (0, 0, 0).
        labels: uint8 [slice, row, column]; k + 1 where nodule k fills at least half of the voxel, else 0.
        nodules: in the requested order; `centre_mm` is LPS, `volume_mm3` is that of the shape, not of the grid.
    """

    volume: Volume
    labels: NDArray[np.uint8] = field(repr=False)
    nodules: tuple[PlacedNodule, ...]


def chest_phantom(
    seed: int,
    *,
    shape: tuple[int, int, int] = (100, 320, 320),
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.25),
    nodules: Sequence[Nodule | float] = (),
    noise_hu: float = 30.0,
    vessels: int = 28,
    with_lungs: bool = True,
    slice_positions: Sequence[float] | None = None,
    gantry_tilt_degrees: float = 0.0,
) -> Phantom:
    """Render a chest.

    Args:
        seed: determines positions, vessels and noise; equal arguments give equal bytes.
        shape: (slices, rows, columns). The chest is fitted to shape x spacing.
        spacing: (columns, rows, slices) in mm; a slice is as thick as its spacing.
        nodules: shapes, or diameters in mm of solid spheres; those without a centre are placed in the lungs.
        noise_hu: standard deviation of the noise, which is correlated within a slice.
        vessels: vessel trees in each lung.
        with_lungs: False renders a body without lungs.
        slice_positions: mm along the normal, ascending, instead of even steps; one per slice.
        gantry_tilt_degrees: shears the grid, not the anatomy.

    Raises:
        ValueError: a nodule does not fit into the lungs.
    """
    scanner = Scanner.of(shape, spacing, slice_positions, gantry_tilt_degrees)
    rng = np.random.default_rng(seed)
    chest = Chest.grown(scanner.field_of_view_mm, vessels, rng) if with_lungs else Chest.solid(scanner.field_of_view_mm)
    shapes = [nodule if isinstance(nodule, Nodule) else Nodule(nodule, SOLID_HU) for nodule in nodules]
    placed = place_nodules(shapes, chest, rng)
    voxels, labels = render(scanner, chest, placed, noise_hu, rng)
    return Phantom(scanner.volume(voxels), labels, placed)


def small_chest(seed: int = 1, *, nodules: Sequence[Nodule | float] = (12.0,), noise_hu: float = 20.0) -> Phantom:
    """Render a chest of 64 x 160 x 160 voxels of 2 mm, in less than a second; default: one 12 mm nodule."""
    return chest_phantom(
        seed, shape=(64, 160, 160), spacing=(2.0, 2.0, 2.0), nodules=nodules, noise_hu=noise_hu, vessels=6
    )
