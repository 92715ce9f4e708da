"""Step 3b: the neighbourhood of a seed, resampled to a small isotropic grid."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.lungs import Lungs
from analyzer.detection.lung_blob.morphology import Floats, Mask
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.patch_grid import PatchGrid, Places, patch_grid
from analyzer.detection.lung_blob.resampling import interpolated
from analyzer.detection.lung_blob.scan import Scan


@dataclass(frozen=True)
class Patch:
    """An isotropic cube of voxels around a point.

    Attributes:
        hu: float32 [z, y, x], clipped HU.
        hull: bool [z, y, x], voxels in the closed lungs: a wall of soft tissue is outside.
        centre: (3,), position of the middle voxel (mm).
        grid: positions of the voxels relative to the centre.
        blur: in-plane standard deviation of the point spread of the scan, mm.
    """

    hu: NDArray[np.float32] = field(repr=False)
    hull: Mask = field(repr=False)
    centre: Floats
    grid: PatchGrid
    blur: float

    @classmethod
    def around(cls, scan: Scan, lungs: Lungs, centre: Floats, radius: float, parameters: Parameters) -> "Patch":
        """Interpolate the scan around a point, with edge values outside of the scan."""
        grid = patch_grid(radius, parameters)
        reach = grid.half * grid.step
        window = scan.window(centre - reach, centre + reach)
        hu = scan.voxels[window].astype(np.float32).clip(parameters.clip_from_hu, parameters.clip_to_hu)
        positions = [middle + grid.offsets for middle in centre]
        axes = [axis[part] for axis, part in zip(scan.axes, window, strict=True)]
        blur = scan.blur_mm(parameters.point_spread_mm)
        return cls(interpolated(hu, positions, axes), lungs.hull(positions), centre, grid, blur)

    def hu_at(self, places: Places) -> NDArray[np.float32]:
        """Return the HU of some voxels of the grid."""
        return self.hu.ravel()[places]

    def points(self, mask: Mask) -> Floats:
        """Return the positions of the voxels of a mask, (n, 3) in mm of the scan."""
        return (np.argwhere(mask) - self.grid.half) * self.grid.step + self.centre
