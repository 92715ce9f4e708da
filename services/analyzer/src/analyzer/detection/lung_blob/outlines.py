"""Step 3c: the object in the middle of a patch at a threshold, without attached vessels."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analyzer.detection.lung_blob.morphology import (
    FULLY_CONNECTED,
    Mask,
    connected_components,
    dilated,
    eroded,
    holes_filled,
    touches_border,
)
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.patch_grid import PatchGrid
from analyzer.detection.lung_blob.patches import Patch


@dataclass(frozen=True)
class Outline:
    """The opening of a mask by a ball: its erosion, of which one component is kept, and the dilation of that.

    Attributes:
        grid: the grid of the masks.
        above: voxels above the threshold.
        kernel: the component of their erosion that is nearest to the middle.
        opening_mm: radius of the ball.
    """

    grid: PatchGrid
    above: Mask
    kernel: Mask
    opening_mm: float

    @cached_property
    def mask(self) -> Mask:
        """The voxels of the object, the kernel included."""
        return self.above & dilated(self.kernel, self.opening_mm + self.grid.step / 2, self.grid.step)

    @cached_property
    def exceeds_patch(self) -> bool:
        """Whether the object reaches the border; most that do reach it with the kernel, and need no dilation."""
        return touches_border(self.kernel) or touches_border(self.mask)


def outline_at(patch: Patch, level: float, parameters: Parameters, *, hollow: bool) -> Outline | None:
    """Threshold, open by a ball to detach vessels, and keep the component nearest to the middle; None without one.

    What the wall of a hollow object encloses counts as part of it; without an enclosed middle there is no object.
    """
    grid = patch.grid
    above = (patch.hu >= level) & patch.hull
    if hollow:
        above = holes_filled(above)
        if not above[grid.distance <= grid.step].all():
            return None
    opening_mm = parameters.opening_share * grid.radius
    kernel = nearest_component(eroded(above, opening_mm, [grid.step] * 3), grid)
    return None if kernel is None else Outline(grid, above, kernel, opening_mm)


def nearest_component(mask: Mask, grid: PatchGrid) -> Mask | None:
    """Return the component (26-connectivity) with the voxel nearest to the middle; None of an empty mask."""
    places = np.flatnonzero(mask)
    if len(places) == 0:
        return None
    nearest = places[grid.distance.ravel()[places].argmin()]
    labels = connected_components(mask, FULLY_CONNECTED)
    return labels == labels.ravel()[nearest]
