"""A mask on planes of its own."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

Floats = NDArray[np.float64]
SAME_PLANE = 0.1
"""Planes within this share of the smallest slice step are the same plane."""
PARALLEL = 1 - 1e-4


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
