"""Nearest-neighbour resampling of a mask to the grid of the analysed volume."""

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from analyzer.references.boxes import Box, cropped
from analyzer.references.plane_stack import PlaneStack, nearest

Floats = NDArray[np.float64]

NEGLIGIBLE_MM = 1e-4
"""A shift below this over the whole grid is a rounding error of the direction cosines."""


def map_onto(volume: Volume, stack: PlaneStack) -> Box | None:
    """Sample the stack at each voxel centre of the volume; None when the result is empty."""
    planes = [_slice_mask(volume, k, stack) for k in range(len(volume.voxels))]
    return cropped({k: plane for k, plane in enumerate(planes) if plane is not None})


def _slice_mask(volume: Volume, k: int, stack: PlaneStack) -> tuple[int, int, NDArray[np.bool_]] | None:
    window = _window(volume, k, stack)
    if window is None:
        return None
    rows, columns = window
    heights = _coordinates(volume, k, window, stack.normal)
    positions = stack.origins @ stack.normal
    plane = nearest(positions, heights)
    inside = np.abs(heights - positions[plane]) <= stack.thickness * (0.5 + 1e-6)
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
    """Project the voxel centres of the window on a direction, mm; broadcasts to (rows, columns).

    Where the grids are parallel, a row or column has one value and is computed once.
    """
    along_columns = volume.pixel_spacing[0] * float(volume.row_direction @ direction)
    along_rows = volume.pixel_spacing[1] * float(volume.column_direction @ direction)
    rows, columns = (np.array(indices, dtype=np.float64) for indices in window)
    projected = np.full((1, 1), float(volume.origins[k] @ direction))
    if abs(along_columns) * volume.voxels.shape[2] > NEGLIGIBLE_MM:
        projected = projected + along_columns * columns[np.newaxis, :]
    if abs(along_rows) * volume.voxels.shape[1] > NEGLIGIBLE_MM:
        projected = projected + along_rows * rows[:, np.newaxis]
    return projected


def _window(volume: Volume, k: int, stack: PlaneStack) -> tuple[range, range] | None:
    """Rows and columns of slice k that can intersect the stack; None when there are none."""
    relative = _corners(stack) - volume.origins[k]
    heights = relative @ volume.normal
    margin = stack.thickness + max(stack.pixel_spacing)
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
