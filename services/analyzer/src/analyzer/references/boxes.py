"""Masks cropped to their bounding box."""

import numpy as np
from numpy.typing import NDArray

Box = tuple[tuple[int, int, int], NDArray[np.bool_]]
"""(slice, row, column) of the first voxel, and the bool mask [slice, row, column]."""


def cropped(planes: dict[int, tuple[int, int, NDArray[np.bool_]]]) -> Box | None:
    """Stack masks of slices, slice -> (row, column, mask), in their common bounding box; None when all are empty."""
    planes = {k: plane for k, plane in planes.items() if plane[2].any()}
    if not planes:
        return None
    first, last = min(planes), max(planes)
    bounds = [_bounds(*plane) for plane in planes.values()]
    top, left = (min(bound[axis] for bound in bounds) for axis in (0, 1))
    bottom, right = (max(bound[axis] for bound in bounds) for axis in (2, 3))
    joined = np.zeros((last - first + 1, bottom - top, right - left), dtype=np.bool_)
    for k, (row, column, mask) in planes.items():
        used = mask[max(0, top - row) : bottom - row, max(0, left - column) : right - column]
        y, x = max(row, top) - top, max(column, left) - left
        joined[k - first, y : y + used.shape[0], x : x + used.shape[1]] = used
    return (first, top, left), joined


def _bounds(row: int, column: int, mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return row + int(rows[0]), column + int(columns[0]), row + int(rows[-1]) + 1, column + int(columns[-1]) + 1
