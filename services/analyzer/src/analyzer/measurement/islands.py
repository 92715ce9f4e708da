"""Finds where a mostly empty mask is not empty, so that costly work is done there only."""

import numpy as np
from numpy.typing import NDArray

BoxSlices = tuple[slice, slice, slice]

SMALL_ENOUGH = 1 << 15
"""Voxels; splitting a box further costs more than the work it saves."""


def islands(mask: NDArray[np.bool_]) -> list[BoxSlices]:
    """Return boxes that together hold all that is set; no connected region is in two of them.

    A box is cut wherever a whole plane across it is empty, and each part again, until nothing is left to cut.
    """
    pending: list[BoxSlices] = [(slice(0, mask.shape[0]), slice(0, mask.shape[1]), slice(0, mask.shape[2]))]
    whole: list[BoxSlices] = []
    while pending:
        box = pending.pop()
        parts = _cut(mask, box)
        if parts is None:
            whole.append(box)
        else:
            pending += parts
    return whole


def _cut(mask: NDArray[np.bool_], box: BoxSlices) -> list[BoxSlices] | None:
    """Cut or trim the box along the first axis that allows it; None when none does."""
    part = mask[box]
    if part.size <= SMALL_ENOUGH:
        return None if part.any() else []
    for axis in range(3):
        occupied = np.asarray(part.any(axis=tuple(other for other in range(3) if other != axis)))
        if not occupied.all():
            return [_along(box, axis, run) for run in _runs(occupied)]
    return None


def _runs(occupied: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First index of each run of set elements, and the index after its last."""
    edges = np.flatnonzero(np.diff(occupied, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _along(box: BoxSlices, axis: int, run: tuple[int, int]) -> BoxSlices:
    first = box[axis].start
    sides = list(box)
    sides[axis] = slice(first + run[0], first + run[1])
    return sides[0], sides[1], sides[2]
