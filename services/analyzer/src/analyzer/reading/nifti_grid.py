"""Conversion of a NIfTI affine (RAS) to a grid of slices in LPS, stacked from feet to head."""

from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from analyzer.reading.ignored_files import FileIgnored, Reason
from analyzer.reading.nifti_affine import affine_of

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Grid:
    """Assignment of the axes of the file to those of a volume: columns nearest to L, rows to P, slices to S.

    Attributes:
        shape: (slices, rows, columns) of the volume.
        axes: for each axis of the file, its axis of (column, row, slice).
        flipped: for each axis of the file, whether its direction is reversed.
        warning: code of a warning about the header, if any.
    """

    shape: tuple[int, int, int]
    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    row_direction: NDArray[np.float64]
    column_direction: NDArray[np.float64]
    origins: NDArray[np.float64]
    pixel_spacing: tuple[float, float]
    warning: str | None

    def in_file_order(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """Return a view of an array [slice, row, column] with the axes in the order and direction of the file."""
        view = voxels.transpose(2, 1, 0).transpose(self.axes)
        return view[tuple(slice(None, None, -1 if flipped else 1) for flipped in self.flipped)]


def grid_of(header: nib.Nifti1Header, shape: tuple[int, int, int]) -> Grid:
    """Return the grid. Raises `FileIgnored`: GEOMETRY_MISSING or SIZES_CONTRADICT without a usable affine."""
    stated = affine_of(header, shape)
    affine = stated.affine
    orientation = nib.orientations.io_orientation(LPS_FROM_RAS @ affine)
    if not np.isfinite(orientation).all():
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    axes = [int(axis) for axis in orientation[:, 0]]
    flipped = [bool(sign < 0) for sign in orientation[:, 1]]
    steps, origin, sides = np.empty((3, 3)), (LPS_FROM_RAS @ affine)[:3, 3], [0, 0, 0]
    for file_axis, axis in enumerate(axes):
        step = (LPS_FROM_RAS @ affine)[:3, file_axis]
        sides[axis] = shape[file_axis]
        origin = origin + step * (shape[file_axis] - 1) * flipped[file_axis]
        steps[axis] = -step if flipped[file_axis] else step
    return _grid(steps, origin, sides, axes, flipped, stated.warning)


def _grid(
    steps: NDArray[np.float64],
    origin: NDArray[np.float64],
    sides: list[int],
    axes: list[int],
    flipped: list[bool],
    warning: str | None,
) -> Grid:
    between_columns, between_rows = (float(np.linalg.norm(step)) for step in steps[:2])
    row, column = steps[0] / between_columns, steps[1] / between_rows
    if abs(row @ column) > 1e-3 or np.cross(row, column) @ steps[2] <= 0:
        raise FileIgnored(Reason.GEOMETRY_MISSING)
    column = column - (column @ row) * row
    return Grid(
        shape=(sides[2], sides[1], sides[0]),
        axes=(axes[0], axes[1], axes[2]),
        flipped=(flipped[0], flipped[1], flipped[2]),
        row_direction=row,
        column_direction=column / np.linalg.norm(column),
        origins=origin + np.arange(sides[2])[:, None] * steps[2],
        pixel_spacing=(between_columns, between_rows),
        warning=warning,
    )
