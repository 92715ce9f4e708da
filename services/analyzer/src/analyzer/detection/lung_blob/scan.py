"""The volume in the coordinates of the detector: mm along its own axes, without gantry tilt.

Points are (z, y, x): z along the slices' normal, y along the columns (row index x spacing), x along the rows.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats
from analyzer.domain.volume import Volume

Voxels = NDArray[np.int16 | np.float32]

PADDING_HU = -1000


@dataclass(frozen=True)
class Scan:
    """A volume without gantry tilt.

    Attributes:
        voxels: HU [slice, row, column].
        z: (slices,), mm along the normal, ascending, perhaps unevenly spaced.
        y, x: (rows,), (columns,), mm from the first voxel.
        shifts: (slices, 2), pixels (rows, columns) by which each slice was shifted to undo the tilt.
    """

    voxels: Voxels = field(repr=False)
    z: Floats
    y: Floats
    x: Floats
    shifts: NDArray[np.int64]

    @classmethod
    def of(cls, volume: Volume) -> "Scan":
        """Undo gantry tilt by shifting slices by whole pixels, so that voxels keep their values."""
        shifts = volume.tilt_shifts
        voxels = shifted_slices(volume.voxels, shifts) if shifts.any() else volume.voxels
        y, x = (np.arange(n) * step for n, step in zip(voxels.shape[1:], volume.pixel_spacing[::-1], strict=True))
        return cls(voxels, volume.slice_positions, y, x, shifts)

    @property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Voxel centres along z, y and x."""
        return self.z, self.y, self.x

    @property
    def pixel_mm(self) -> float:
        """The coarser of the two pixel spacings."""
        return float(max(self.y[1] - self.y[0], self.x[1] - self.x[0]))

    @property
    def slice_mm(self) -> float:
        """Median step between slices."""
        return float(np.median(np.diff(self.z)))

    def blur_mm(self, point_spread_mm: float) -> float:
        """Return the standard deviation of the point spread combined with the pixel aperture, mm."""
        return float(np.hypot(point_spread_mm, self.pixel_mm / 12**0.5))

    def window(self, low: Floats, high: Floats) -> tuple[slice, slice, slice]:
        """Return the slices of the voxels between two points, with a margin of one voxel for interpolation."""
        first = [max(0, int(np.searchsorted(axis, low[k])) - 1) for k, axis in enumerate(self.axes)]
        last = [min(len(axis), int(np.searchsorted(axis, high[k])) + 1) for k, axis in enumerate(self.axes)]
        return slice(first[0], last[0]), slice(first[1], last[1]), slice(first[2], last[2])


def shifted_slices(voxels: Voxels, shifts: NDArray[np.int64]) -> Voxels:
    """Shift each slice by its number of rows and columns, on a canvas that contains all slices."""
    slices, rows, columns = voxels.shape
    more_rows, more_columns = shifts.max(axis=0)
    canvas = np.full((slices, rows + more_rows, columns + more_columns), PADDING_HU, dtype=voxels.dtype)
    for k, (down, right) in enumerate(shifts):
        canvas[k, down : down + rows, right : right + columns] = voxels[k]
    return canvas
