"""The grid of the NIfTI outputs: that of the image, without gantry tilt.

ITK, and with it 3D Slicer and SimpleITK, refuses a NIfTI file whose axes are not perpendicular to each other, and the
quaternion of a `qform` cannot say it either. Slices are shifted by whole pixels as the detector shifts them (ADR 7), so
that each voxel keeps its value and its volume.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

MAX_GROWTH = 4
"""A shifted plane has at most so many times the pixels of a slice: a gantry tilts by 30 degrees at most, which over a
scan as long as it is wide makes 1.6."""

Plane = NDArray[np.int16]


@dataclass(frozen=True)
class StraightGrid:
    """A grid whose planes hold the slices of a volume.

    Attributes:
        shape: (slices, rows, columns).
        shifts: (slices, 2), rows and columns by which each slice is shifted.
        affine: 4x4, from (column, row, slice) to LPS mm. The axes are perpendicular unless undoing the tilt would need
            more than `MAX_GROWTH`.
    """

    shape: tuple[int, int, int]
    shifts: NDArray[np.int64] = field(repr=False)
    affine: NDArray[np.float64] = field(repr=False)

    @classmethod
    def of(cls, volume: Volume) -> "StraightGrid":
        """Return the grid of a volume of at least two slices. Unevenly spaced slices get their mean distance."""
        slices, rows, columns = volume.voxels.shape
        down, right = (int(most) for most in volume.tilt_shifts.max(axis=0))
        if (rows + down) * (columns + right) > MAX_GROWTH * rows * columns:
            return cls(volume.voxels.shape, np.zeros((slices, 2), np.int64), _affine(volume, volume.origins))
        shift_mm = volume.tilt_shifts * np.array(volume.pixel_spacing[::-1])
        axes = np.stack([volume.column_direction, volume.row_direction])
        shifted = volume.origins - shift_mm @ axes
        centre = (shifted @ axes.T).mean(axis=0) @ axes
        straight = centre + np.outer(volume.slice_positions, volume.normal)
        return cls((slices, rows + down, columns + right), volume.tilt_shifts, _affine(volume, straight))

    def plane(self, pixels: Plane, k: int, outside: int) -> Plane:
        """Return slice `k` at its place in its plane, C-contiguous, with `outside` around it."""
        if self.shape[1:] == pixels.shape:
            return np.ascontiguousarray(pixels)
        plane = np.full(self.shape[1:], outside, np.int16)
        down, right = self.shifts[k]
        plane[down : down + pixels.shape[0], right : right + pixels.shape[1]] = pixels
        return plane


def _affine(volume: Volume, origins: NDArray[np.float64]) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, 0] = volume.row_direction * volume.pixel_spacing[0]
    affine[:3, 1] = volume.column_direction * volume.pixel_spacing[1]
    affine[:3, 2] = (origins[-1] - origins[0]) / (len(origins) - 1)
    affine[:3, 3] = origins[0]
    return affine
