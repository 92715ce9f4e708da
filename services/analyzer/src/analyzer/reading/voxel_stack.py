"""The array that slices are decoded into."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode

Voxels = NDArray[np.int16] | NDArray[np.float32]
INT16 = np.iinfo(np.int16)


class VoxelStack:
    """Voxel array, int16 while every value is an integer of 16 bits, converted to float32 at the first other value."""

    def __init__(self, shape: tuple[int, int, int], limit: int) -> None:
        self._limit = limit
        self.array: Voxels = self._empty(shape, np.dtype(np.int16))

    def put(self, view_of: Callable[[Voxels], Voxels], stored: NDArray[Any], slope: float, intercept: float) -> None:
        """Write stored x slope + intercept into the view that `view_of` returns of the array.

        Raises ValueError for a value that is not a number, `AnalysisFailed(TOO_LARGE)` beyond the limit.
        """
        if self.array.dtype == np.int16 and _stays_integer(stored, slope, intercept):
            whole = view_of(self.array)
            np.multiply(stored.astype(np.int16, copy=False), _wrapped(slope), out=whole)
            np.add(whole, _wrapped(intercept), out=whole)
            return
        values = stored * np.float64(slope) + intercept
        if not np.isfinite(values).all():
            raise ValueError("not a number")
        if self.array.dtype == np.int16 and not _fits(values):
            wide = self._empty(self.array.shape, np.dtype(np.float32))
            wide[:] = self.array
            self.array = wide
        view_of(self.array)[:] = values

    def _empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Voxels:
        if prod(shape) * dtype.itemsize > self._limit:
            raise AnalysisFailed(FailureCode.TOO_LARGE, messages.IMAGE_TOO_LARGE)
        return np.zeros(shape, dtype)


def keep_slices(voxels: Voxels, slices: Sequence[int]) -> Voxels:
    """Move the slices (ascending indices of the first axis) to the front, in place; return a view of them."""
    for target, source in enumerate(slices):
        if target != source:
            voxels[target] = voxels[source]
    return voxels[: len(slices)]


def _stays_integer(stored: NDArray[Any], slope: float, intercept: float) -> bool:
    """Return whether all values are integers of 16 bits; then arithmetic modulo 2^16 is exact despite overflow."""
    if stored.dtype.kind == "f" or slope != int(slope) or intercept != int(intercept):
        return False
    ends = [int(end) * int(slope) + int(intercept) for end in (stored.min(), stored.max())]
    return INT16.min <= min(ends) and max(ends) <= INT16.max


def _wrapped(number: float) -> np.int16:
    return np.int16((int(number) + 2**15) % 2**16 - 2**15)


def _fits(values: NDArray[np.float64]) -> bool:
    return bool(values.min() >= INT16.min and values.max() <= INT16.max and np.array_equal(values, np.rint(values)))
