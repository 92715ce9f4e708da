"""Step 3a: the neighbourhood of a seed, resampled to a small isotropic grid."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.resampling import interpolated
from analyzer.detection.lung_blob.scan import Scan

REACH_IN_RADII = 2.0
REACH_MORE_MM = 3.0


@dataclass(frozen=True)
class Patch:
    """An isotropic cube of voxels around a point.

    Attributes:
        hu: float32 [z, y, x], clipped HU.
        centre: (3,), position of the middle voxel (mm).
        step: voxel spacing, mm.
        radius: expected radius of the object in the middle, mm.
        blur: in-plane standard deviation of the point spread of the scan, mm.
    """

    hu: NDArray[np.float32] = field(repr=False)
    centre: Floats
    step: float
    radius: float
    blur: float

    @classmethod
    def around(cls, scan: Scan, centre: Floats, radius: float, parameters: Parameters) -> "Patch":
        """Interpolate the scan around a point, with edge values outside of the scan."""
        step = float(
            np.clip(
                radius / parameters.patch_voxels_per_radius,
                parameters.patch_step_least_mm,
                parameters.patch_step_most_mm,
            )
        )
        half = int(np.ceil((REACH_IN_RADII * radius + REACH_MORE_MM) / step))
        offsets = np.arange(-half, half + 1) * step
        window = scan.window(centre - half * step, centre + half * step)
        hu = np.clip(scan.voxels[window], parameters.clip_from_hu, parameters.clip_to_hu).astype(np.float32)
        positions = [middle + offsets for middle in centre]
        axes = [axis[part] for axis, part in zip(scan.axes, window, strict=True)]
        return cls(interpolated(hu, positions, axes), centre, step, radius, scan.blur_mm(parameters.point_spread_mm))

    @property
    def half(self) -> int:
        """Index of the middle voxel along each axis."""
        return self.hu.shape[0] // 2

    @cached_property
    def offsets(self) -> Floats:
        """(n,), distance of the voxels from the centre along each axis, mm."""
        return (np.arange(self.hu.shape[0]) - self.half) * self.step

    @cached_property
    def distance(self) -> NDArray[np.float32]:
        """Distance of each voxel from the centre, mm."""
        square = (self.offsets**2).astype(np.float32)
        return np.sqrt(square[:, None, None] + square[:, None] + square)

    def points(self, mask: NDArray[np.bool_]) -> Floats:
        """Return the positions of the voxels of a mask, (n, 3) in mm of the scan."""
        return (np.argwhere(mask) - self.half) * self.step + self.centre
