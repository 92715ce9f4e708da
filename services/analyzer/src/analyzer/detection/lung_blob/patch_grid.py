"""Step 3a: the voxels of a patch, relative to its centre; those of all seeds of a scale are the same."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats
from analyzer.detection.lung_blob.parameters import Parameters

Places = NDArray[np.intp]
"""Voxels, by their place in the flattened patch."""

REACH_IN_RADII = 2.0
REACH_MORE_MM = 3.0
CORE_IN_RADII = 0.5
SHELL_FROM_RADII, SHELL_TO_RADII = 1.3, 2.0
"""Shell that the background is measured in; it excludes the blurred border of the nodule."""
GRIDS_KEPT = 16
"""More than the scales that most seeds have."""


@dataclass(frozen=True)
class PatchGrid:
    """An isotropic cube of voxels.

    Attributes:
        radius: expected radius of the object in the middle, mm.
        step: voxel spacing, mm.
        half: index of the middle voxel along each axis.
    """

    radius: float
    step: float
    half: int

    @cached_property
    def offsets(self) -> Floats:
        """(n,), distance of the voxels from the centre along each axis, mm."""
        return np.arange(-self.half, self.half + 1, dtype=np.float64) * self.step

    @cached_property
    def distance(self) -> NDArray[np.float32]:
        """Distance of each voxel [z, y, x] from the centre, mm."""
        square = (self.offsets**2).astype(np.float32)
        return np.sqrt(square[:, None, None] + square[:, None] + square)

    @cached_property
    def middle(self) -> Places:
        """Voxels that the density of the object is measured in."""
        return np.flatnonzero(self.distance <= max(CORE_IN_RADII * self.radius, self.step))

    @cached_property
    def ball(self) -> Places:
        """Voxels within the radius."""
        return np.flatnonzero(self.distance <= self.radius)

    @cached_property
    def shell(self) -> Places:
        """Voxels that the background is measured in."""
        end = SHELL_TO_RADII * self.radius + self.step
        return np.flatnonzero((self.distance > SHELL_FROM_RADII * self.radius) & (self.distance <= end))


@lru_cache(GRIDS_KEPT)
def patch_grid(radius: float, parameters: Parameters) -> PatchGrid:
    """Return the grid for objects of a radius (mm), with the same number of voxels per radius where its step allows."""
    finest, coarsest = parameters.patch_step_least_mm, parameters.patch_step_most_mm
    step = min(max(radius / parameters.patch_voxels_per_radius, finest), coarsest)
    return PatchGrid(radius, step, int(np.ceil((REACH_IN_RADII * radius + REACH_MORE_MM) / step)))
