"""A mask on parallel planes with a geometry of its own."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

Floats = NDArray[np.float64]
SAME_PLANE = 0.1
"""Planes closer than this share of the smallest slice step are the same plane."""
PARALLEL = 1 - 1e-4


@dataclass(frozen=True)
class PlaneStack:
    """Parallel planes with one pixel grid.

    Attributes:
        masks: bool, (planes, rows, columns), in the order of `origins`.
        origins: (planes, 3), LPS mm of each first pixel, ascending along the normal.
        row_direction, column_direction: unit vectors (3,), as in `Volume`.
        pixel_spacing: (between columns, between rows), mm.
        thickness: mm, half of it on either side of a plane.
    """

    masks: NDArray[np.bool_] = field(repr=False)
    origins: Floats = field(repr=False)
    row_direction: Floats
    column_direction: Floats
    pixel_spacing: tuple[float, float]
    thickness: float

    @property
    def normal(self) -> Floats:
        """Unit vector (3,) along which the planes are stacked."""
        return np.cross(self.row_direction, self.column_direction)


def plane_thickness(positions: Floats, normal: Floats, volume: Volume, declared: float | None) -> float:
    """Return the thickness of the planes, mm.

    Planes that all coincide with slices of the volume cover these slices only, even if there are gaps between them.
    Otherwise it is the declared spacing, or else the smallest one.

    Args:
        positions: (planes,), mm along `normal`, ascending.
        normal: unit vector (3,).
        volume: the analysed volume.
        declared: SpacingBetweenSlices or the like; None when there is none.
    """
    min_step = float(volume.slice_steps.min()) if len(volume.slice_steps) else declared or 1.0
    if abs(float(normal @ volume.normal)) > PARALLEL:
        own = np.sort(volume.origins @ normal)
        if np.all(np.abs(positions - own[nearest(own, positions)]) <= SAME_PLANE * min_step):
            return min_step / 2
    if declared is not None:
        return declared
    return float(np.diff(positions).min()) if len(positions) > 1 else min_step


def nearest(ascending: Floats, values: Floats) -> NDArray[np.intp]:
    """Index of the nearest element of `ascending` for each of `values`, of any shape."""
    return np.searchsorted((ascending[1:] + ascending[:-1]) / 2, values)
