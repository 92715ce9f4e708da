"""Polygon fill by the even-odd rule.

A pixel is inside when a ray from its centre crosses the outlines an odd number of times. A hole is an outline inside an
outline, or a keyhole in one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGES_PER_BATCH = 4096
"""Limits the memory for outlines with very many long edges."""


def fill_even_odd(outlines: Sequence[Floats], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Fill outlines on a grid of `shape` (rows, columns).

    Each outline is (n, 2) as (column, row) in pixels, fractions allowed, and is closed from its last point to its
    first. Centres on the left or upper edge of an outline are inside, on the right or lower edge outside, so that
    adjacent outlines share no pixel.
    """
    flips = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    for outline in outlines:
        ends = np.roll(outline, -1, axis=0)
        for first in range(0, len(outline), EDGES_PER_BATCH):
            batch = slice(first, first + EDGES_PER_BATCH)
            _count_crossings(flips, outline[batch], ends[batch])
    return (np.cumsum(flips[:, :-1], axis=1) % 2).astype(np.bool_)


def _count_crossings(flips: NDArray[np.int64], starts: Floats, ends: Floats) -> None:
    """Count each crossing of an edge with the centre line of a row, at the first pixel to its right."""
    rows, columns = flips.shape
    upper = np.where((starts[:, 1] <= ends[:, 1])[:, np.newaxis], starts, ends)
    lower = np.where((starts[:, 1] <= ends[:, 1])[:, np.newaxis], ends, starts)
    first = np.clip(np.ceil(upper[:, 1]), 0, rows).astype(np.int64)
    last = np.clip(np.ceil(lower[:, 1]), 0, rows).astype(np.int64)
    counts = last - first
    edge = np.repeat(np.arange(len(starts)), counts)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (row - upper[edge, 1]) / (lower[edge, 1] - upper[edge, 1])
    column = upper[edge, 0] + share * (lower[edge, 0] - upper[edge, 0])
    np.add.at(flips, (row, np.clip(np.ceil(column), 0, columns - 1).astype(np.int64)), 1)
