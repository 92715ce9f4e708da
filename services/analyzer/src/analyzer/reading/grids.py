"""Grouping of slices by their grid: equal within a tolerance, so that no slice is lost to a last digit."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from analyzer.reading.stacks import Slice

TOLERANCE = 1e-3
"""Of a direction cosine, and relative of a pixel spacing: half a pixel at the far side of 512 pixels."""

Numbers = tuple[float, ...]


def by_grid(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Return the slices of each grid: equal matrix and modality, orientation and pixel spacing within the tolerance.

    What most slices state is the middle of a grid. The result does not depend on the order of the slices.
    """
    matrices: dict[tuple[int, int, str], list[Slice]] = defaultdict(list)
    for item in slices:
        matrices[item.image.rows, item.image.columns, item.image.modality].append(item)
    return [grid for _, same in sorted(matrices.items()) for grid in _within_tolerance(same)]


def _within_tolerance(slices: list[Slice]) -> list[list[Slice]]:
    counts = Counter(map(_numbers, slices))
    middles: list[Numbers] = []
    grids: dict[Numbers, int] = {}
    for numbers, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        known = _first_alike(numbers, np.array(middles))
        if known is None:
            grids[numbers] = len(middles)
            middles.append(numbers)
        else:
            grids[numbers] = known
    members: list[list[Slice]] = [[] for _ in middles]
    for item in slices:
        members[grids[_numbers(item)]].append(item)
    return members


def _numbers(item: Slice) -> Numbers:
    return (*item.plane.row_direction, *item.plane.column_direction, *item.plane.spacing)


def _first_alike(numbers: Numbers, middles: NDArray[np.float64]) -> int | None:
    if not len(middles):
        return None
    own = np.array(numbers)
    scale = np.concatenate([np.ones(6), own[6:]])
    alike = np.flatnonzero(np.all(np.abs(middles - own) <= TOLERANCE * scale, axis=1))
    return int(alike[0]) if len(alike) else None
