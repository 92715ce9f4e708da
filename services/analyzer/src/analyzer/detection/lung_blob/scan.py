"""The volume as the detector sees it: clipped slices, one straight above the other, in mm of the scan's own axes.

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
        z: (slices,), mm along the normal, ascending, perhaps uneven.
        y, x: (rows,), (columns,), mm from the first voxel.
        moved: (slices, 2), whole pixels (rows, columns) by which each slice was moved to undo the tilt.
    """

    voxels: Voxels = field(repr=False)
    z: Floats
    y: Floats
    x: Floats
    moved: NDArray[np.int64]

    @classmethod
    def of(cls, volume: Volume) -> "Scan":
        """Undo a gantry tilt by moving slices by whole pixels, so that every voxel keeps its value."""
        in_plane = np.stack([volume.origins @ volume.column_direction, volume.origins @ volume.row_direction], axis=1)
        spacing = np.array([volume.pixel_spacing[1], volume.pixel_spacing[0]])
        moved = np.rint((in_plane - in_plane.min(axis=0)) / spacing).astype(np.int64)
        voxels = straightened(volume.voxels, moved) if moved.any() else volume.voxels
        y, x = (np.arange(n) * step for n, step in zip(voxels.shape[1:], spacing, strict=True))
        return cls(voxels, volume.slice_positions, y, x, moved)

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
        """Blur (standard deviation) of the scanner and the pixels' extent."""
        return float(np.hypot(point_spread_mm, self.pixel_mm / 12**0.5))

    def window(self, low: Floats, high: Floats) -> tuple[slice, slice, slice]:
        """Find the voxels between two points, with one more on each side to interpolate from."""
        first = [max(0, int(np.searchsorted(axis, low[k])) - 1) for k, axis in enumerate(self.axes)]
        last = [min(len(axis), int(np.searchsorted(axis, high[k])) + 1) for k, axis in enumerate(self.axes)]
        return slice(first[0], last[0]), slice(first[1], last[1]), slice(first[2], last[2])


def straightened(voxels: Voxels, moved: NDArray[np.int64]) -> Voxels:
    """Move each slice by its own number of rows and columns, on a canvas that holds them all."""
    slices, rows, columns = voxels.shape
    more_rows, more_columns = moved.max(axis=0)
    canvas = np.full((slices, rows + more_rows, columns + more_columns), PADDING_HU, dtype=voxels.dtype)
    for k, (down, right) in enumerate(moved):
        canvas[k, down : down + rows, right : right + columns] = voxels[k]
    return canvas
