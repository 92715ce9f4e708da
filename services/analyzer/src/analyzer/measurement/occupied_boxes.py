"""Partition of a sparse mask into boxes, so that expensive operations run on the occupied parts only."""

import numpy as np
from numpy.typing import NDArray

BoxSlices = tuple[slice, slice, slice]

MIN_SPLIT_VOXELS = 1 << 15
"""Boxes up to this size are not split: that would cost more than it saves."""


def occupied_boxes(mask: NDArray[np.bool_]) -> list[BoxSlices]:
    """Return boxes that cover all set voxels; no connected component is in two of them.

    A box is split at its empty planes, recursively.
    """
    pending: list[BoxSlices] = [(slice(0, mask.shape[0]), slice(0, mask.shape[1]), slice(0, mask.shape[2]))]
    boxes: list[BoxSlices] = []
    while pending:
        box = pending.pop()
        parts = _split(mask, box)
        if parts is None:
            boxes.append(box)
        else:
            pending += parts
    return boxes


def _split(mask: NDArray[np.bool_], box: BoxSlices) -> list[BoxSlices] | None:
    """Split or crop the box along the first axis with an empty plane; None when there is no such axis."""
    part = mask[box]
    if part.size <= MIN_SPLIT_VOXELS:
        return None if part.any() else []
    for axis in range(3):
        occupied = np.asarray(part.any(axis=tuple(other for other in range(3) if other != axis)))
        if not occupied.all():
            return [_along(box, axis, run) for run in _runs(occupied)]
    return None


def _runs(occupied: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of set elements."""
    edges = np.flatnonzero(np.diff(occupied, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _along(box: BoxSlices, axis: int, run: tuple[int, int]) -> BoxSlices:
    first = box[axis].start
    sides = list(box)
    sides[axis] = slice(first + run[0], first + run[1])
    return sides[0], sides[1], sides[2]
