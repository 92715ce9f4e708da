"""A mask on planes of its own, and how it is brought onto the grid of the analysed volume."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

Floats = NDArray[np.float64]
Box = tuple[tuple[int, int, int], NDArray[np.bool_]]
"""(slice, row, column) of the first voxel, and the bool mask [slice, row, column]."""

SAME_PLANE = 0.1
"""Planes within this share of the smallest slice step are the same plane."""
PARALLEL = 1 - 1e-4
NEGLIGIBLE_VOXELS = 1e-4
"""A shift below this over the whole grid is rounding of the direction cosines."""


@dataclass(frozen=True)
class PlaneStack:
    """Parallel planes of one pixel grid.

    Attributes:
        masks: bool, (planes, rows, columns), in the order of `origins`.
        origins: (planes, 3), LPS mm of each first pixel, ascending along the normal.
        row_direction, column_direction: unit vectors (3,), as in `Volume`.
        pixel_spacing: (between columns, between rows), mm.
        step: mm that a plane stands for: half of it on either side.
    """

    masks: NDArray[np.bool_] = field(repr=False)
    origins: Floats = field(repr=False)
    row_direction: Floats
    column_direction: Floats
    pixel_spacing: tuple[float, float]
    step: float

    @property
    def normal(self) -> Floats:
        """Unit vector (3,) along which the planes are stacked."""
        return np.cross(self.row_direction, self.column_direction)


def standing_for(positions: Floats, normal: Floats, volume: Volume, declared: float | None) -> float:
    """How many mm a plane stands for.

    Planes that all lie on slices of the volume stand for these slices alone, whatever is missing between them.
    Otherwise it is the declared distance, or else the smallest one.

    Args:
        positions: (planes,), mm along `normal`, ascending.
        normal: unit vector (3,).
        volume: the analysed one.
        declared: SpacingBetweenSlices or the like; None when there is none.
    """
    finest = float(volume.slice_steps.min()) if len(volume.slice_steps) else declared or 1.0
    if abs(float(normal @ volume.normal)) > PARALLEL:
        own = np.sort(volume.origins @ normal)
        if np.all(np.abs(positions - own[nearest(own, positions)]) <= SAME_PLANE * finest):
            return finest / 2
    if declared is not None:
        return declared
    return float(np.diff(positions).min()) if len(positions) > 1 else finest


def nearest(ascending: Floats, values: Floats) -> NDArray[np.intp]:
    """Index of the nearest element of `ascending` for each of `values`, of any shape."""
    return np.searchsorted((ascending[1:] + ascending[:-1]) / 2, values)


def map_onto(volume: Volume, stack: PlaneStack) -> Box | None:
    """Ask for each voxel centre of the volume the nearest pixel of the stack; None when nothing is set."""
    planes = [_slice_mask(volume, k, stack) for k in range(len(volume.voxels))]
    return cropped({k: plane for k, plane in enumerate(planes) if plane is not None})


def cropped(planes: dict[int, tuple[int, int, NDArray[np.bool_]]]) -> Box | None:
    """Join masks of single slices, slice -> (row, column, mask), into the smallest box; None when nothing is set."""
    planes = {k: plane for k, plane in planes.items() if plane[2].any()}
    if not planes:
        return None
    first, last = min(planes), max(planes)
    bounds = [_bounds(*plane) for plane in planes.values()]
    top, left = (min(each[axis] for each in bounds) for axis in (0, 1))
    bottom, right = (max(each[axis] for each in bounds) for axis in (2, 3))
    joined = np.zeros((last - first + 1, bottom - top, right - left), dtype=np.bool_)
    for k, (row, column, mask) in planes.items():
        used = mask[max(0, top - row) : bottom - row, max(0, left - column) : right - column]
        at = max(row, top) - top, max(column, left) - left
        joined[k - first, at[0] : at[0] + used.shape[0], at[1] : at[1] + used.shape[1]] = used
    return (first, top, left), joined


def _bounds(row: int, column: int, mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return row + int(rows[0]), column + int(columns[0]), row + int(rows[-1]) + 1, column + int(columns[-1]) + 1


def _slice_mask(volume: Volume, k: int, stack: PlaneStack) -> tuple[int, int, NDArray[np.bool_]] | None:
    window = _window(volume, k, stack)
    if window is None:
        return None
    rows, columns = window
    heights = _coordinates(volume, k, window, stack.normal)
    positions = stack.origins @ stack.normal
    plane = nearest(positions, heights)
    inside = np.abs(heights - positions[plane]) <= stack.step * (0.5 + 1e-6)
    indices: list[NDArray[np.intp]] = []
    axes = ((stack.column_direction, stack.pixel_spacing[1]), (stack.row_direction, stack.pixel_spacing[0]))
    for (direction, spacing), size in zip(axes, stack.masks.shape[1:], strict=True):
        own = (_coordinates(volume, k, window, direction) - (stack.origins @ direction)[plane]) / spacing
        index = np.floor(own + 0.5).astype(np.intp)
        inside = inside & (index >= 0) & (index < size)
        indices.append(np.clip(index, 0, size - 1))
    mask = stack.masks[plane, indices[0], indices[1]] & inside
    return rows.start, columns.start, np.broadcast_to(mask, (len(rows), len(columns)))


def _coordinates(volume: Volume, k: int, window: tuple[range, range], direction: Floats) -> Floats:
    """Project the window's voxel centres on a direction, mm; broadcasts to (rows, columns).

    Where the grids are parallel, a whole row or column shares a value and is computed once.
    """
    along_columns = volume.pixel_spacing[0] * float(volume.row_direction @ direction)
    along_rows = volume.pixel_spacing[1] * float(volume.column_direction @ direction)
    rows, columns = (np.array(each, dtype=np.float64) for each in window)
    projected = np.full((1, 1), float(volume.origins[k] @ direction))
    if abs(along_columns) * volume.voxels.shape[2] > NEGLIGIBLE_VOXELS:
        projected = projected + along_columns * columns[np.newaxis, :]
    if abs(along_rows) * volume.voxels.shape[1] > NEGLIGIBLE_VOXELS:
        projected = projected + along_rows * rows[:, np.newaxis]
    return projected


def _window(volume: Volume, k: int, stack: PlaneStack) -> tuple[range, range] | None:
    """Rows and columns of slice k that can see the stack at all; None when there are none."""
    relative = _corners(stack) - volume.origins[k]
    heights = relative @ volume.normal
    margin = stack.step + max(stack.pixel_spacing)
    if heights.min() > margin or heights.max() < -margin:
        return None
    sides = (volume.column_direction, volume.row_direction)
    spacings = volume.pixel_spacing[::-1]
    ranges: list[range] = []
    for direction, spacing, size in zip(sides, spacings, volume.voxels.shape[1:], strict=True):
        own = relative @ direction
        start = max(0, int(np.floor((own.min() - margin) / spacing)))
        ranges.append(range(start, min(size, int(np.ceil((own.max() + margin) / spacing)) + 1)))
    return (ranges[0], ranges[1]) if all(ranges) else None


def _corners(stack: PlaneStack) -> Floats:
    """LPS mm of the outermost pixel centres of every plane, (4 x planes, 3)."""
    down = (stack.masks.shape[1] - 1) * stack.pixel_spacing[1] * stack.column_direction
    across = (stack.masks.shape[2] - 1) * stack.pixel_spacing[0] * stack.row_direction
    return np.concatenate([stack.origins + a * down + b * across for a in (0, 1) for b in (0, 1)])
