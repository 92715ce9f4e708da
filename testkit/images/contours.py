"""Contours of a mask along the borders of its pixels."""

import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int]


def outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return closed polygons (n, 2) of (column, row) around the mask [row, column]; holes are polygons of their own.

    A pixel's centre is at whole numbers, its corners half a pixel away, so no centre lies on a polygon.
    """
    following = _edges(mask)
    found: list[NDArray[np.float64]] = []
    while following:
        start = next(iter(following))
        corner, loop = start, [start]
        while (corner := _follow_edge(following, corner)) != start:
            loop.append(corner)
        found.append(np.array(loop, dtype=np.float64) - 0.5)
    return found


def _follow_edge(following: dict[Corner, list[Corner]], corner: Corner) -> Corner:
    """Follow any outgoing edge of the corner: in and out degree of every corner are equal."""
    ends = following[corner]
    end = ends.pop()
    if not ends:
        del following[corner]
    return end


def _edges(mask: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """Return the directed edges between inside and outside, with the inside always on the same side."""
    padded = np.pad(mask, 1)
    following: dict[Corner, list[Corner]] = {}
    for row, column in np.argwhere(padded).tolist():
        column, row = column - 1, row - 1
        sides = (
            ((column, row), (column + 1, row), padded[row, column + 1]),
            ((column + 1, row), (column + 1, row + 1), padded[row + 1, column + 2]),
            ((column + 1, row + 1), (column, row + 1), padded[row + 2, column + 1]),
            ((column, row + 1), (column, row), padded[row + 1, column]),
        )
        for start, end, inside in sides:
            if not inside:
                following.setdefault(start, []).append(end)
    return following
