"""The canonical orientation of a volume: columns towards the left of the patient, rows to the back, slices to the head.

Everything is computed on the canonical volume, so that no number depends on how the voxels are stored. Voxels are only
relabelled: axes change their order and direction, nothing is interpolated.
"""

from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

PERPENDICULAR = 1e-3
"""Largest cosine between axes that count as perpendicular: half a pixel over 512 pixels."""
EVEN_SHARE = 0.01
"""Slices are evenly spaced when none is further than this share of a step from its place."""
SLICE = 2

Floats = NDArray[np.float64]
Offset = tuple[int, int, int]


@dataclass(frozen=True)
class Orientation:
    """Assignment of a volume's own axes to the canonical ones, both in the order (column, row, slice).

    Attributes:
        axes: for each own axis, its canonical axis.
        flipped: for each own axis, whether its direction is reversed.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    @property
    def is_canonical(self) -> bool:
        """Whether the own axes are the canonical ones."""
        return self.axes == (0, 1, 2) and not any(self.flipped)

    def shape(self, own: Offset) -> Offset:
        """Return the canonical shape of an array of a shape [slice, row, column]."""
        return _reversed([own[2 - axis] for axis in self.inverse])

    def to_own(self, canonical: NDArray[Any]) -> NDArray[Any]:
        """Return the view of a canonical array [slice, row, column] with the own axes."""
        own = canonical.transpose(2, 1, 0).transpose(self.axes)
        return own[self._view].transpose(2, 1, 0)

    def to_canonical(self, own: NDArray[Any]) -> NDArray[Any]:
        """Return the view of an array [slice, row, column] with the canonical axes; the inverse of `to_own`."""
        return own.transpose(2, 1, 0)[self._view].transpose(self.inverse).transpose(2, 1, 0)

    def offset_to_canonical(self, offset: Offset, box: Offset, own: Offset) -> Offset:
        """Return where a box [slice, row, column] of the own grid, of shape `own`, begins in the canonical one."""
        starts = [
            full - start - size if flipped else start
            for full, start, size, flipped in zip(own[::-1], offset[::-1], box[::-1], self.flipped, strict=True)
        ]
        return _reversed([starts[axis] for axis in self.inverse])

    def offset_to_own(self, offset: Offset, box: Offset, canonical: Offset) -> Offset:
        """Return where a box [slice, row, column] of a canonical grid, of shape `canonical`, begins in the own one."""
        ends = [full - start - size for full, start, size in zip(canonical, offset, box, strict=True)][::-1]
        starts = [
            ends[axis] if flipped else offset[2 - axis] for axis, flipped in zip(self.axes, self.flipped, strict=True)
        ]
        return _reversed(starts)

    def point_to_own(self, point: Floats, canonical: Offset) -> Floats:
        """Return a canonical voxel position (column, row, slice) in the own grid."""
        mirrored = np.array(canonical[::-1]) - 1 - point
        return np.where(self.flipped, mirrored[list(self.axes)], point[list(self.axes)])

    @property
    def inverse(self) -> tuple[int, int, int]:
        """For each canonical axis, its own axis."""
        first, second, third = (self.axes.index(axis) for axis in range(3))
        return first, second, third

    @property
    def _view(self) -> tuple[slice, ...]:
        return tuple(slice(None, None, -1 if flipped else 1) for flipped in self.flipped)


def orientation_of(row: Floats, column: Floats, origins: Floats) -> Orientation:
    """Return the orientation of slices with these directions and first voxels.

    Slices that are tilted or unevenly spaced stay slices, because each has a position of its own; only the two axes
    within them may change places then.
    """
    normal = np.cross(row, column)
    if len(origins) == 1:
        return _with_slices_kept(row, column, normal)
    step = (origins[-1] - origins[0]) / (len(origins) - 1)
    if not _is_even(row, column, origins, step):
        return _with_slices_kept(row, column, normal)
    directions = np.eye(4)
    directions[:3, :3] = np.stack([row, column, step / np.linalg.norm(step)], axis=1)
    return _orientation(nib.orientations.io_orientation(directions))


def _reversed(values: list[int]) -> Offset:
    first, second, third = values
    return third, second, first


def _is_even(row: Floats, column: Floats, origins: Floats, step: Floats) -> bool:
    length = float(np.linalg.norm(step))
    expected = origins[0] + np.arange(len(origins))[:, None] * step
    perpendicular = max(abs(float(row @ step)), abs(float(column @ step))) <= PERPENDICULAR * length
    return perpendicular and float(np.abs(origins - expected).max()) <= EVEN_SHARE * length


def _with_slices_kept(row: Floats, column: Floats, normal: Floats) -> Orientation:
    along = int(np.abs(normal).argmax())
    turned = [(along + 1) % 3, (along + 2) % 3, along]
    directions = np.eye(4)
    directions[:3, :3] = np.stack([row, column, normal], axis=1)[turned]
    directions[SLICE, :SLICE] = directions[:SLICE, SLICE] = 0
    return _orientation(nib.orientations.io_orientation(directions))


def _orientation(orientation: NDArray[np.floating]) -> Orientation:
    (first, second, third), signs = (int(axis) for axis in orientation[:, 0]), orientation[:, 1]
    return Orientation((first, second, third), (bool(signs[0] < 0), bool(signs[1] < 0), bool(signs[2] < 0)))
