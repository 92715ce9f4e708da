"""The array that slices are decoded into."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.failures import AnalysisFailed, FailureCode

Voxels = NDArray[np.int16] | NDArray[np.float32]
INT16 = np.iinfo(np.int16)


class VoxelStack:
    """Holds int16 for as long as every value is integral and fits, float32 from the first that is not or does not."""

    def __init__(self, shape: tuple[int, int, int], limit: int) -> None:
        self._limit = limit
        self.array: Voxels = self._empty(shape, np.dtype(np.int16))

    def put(self, part: Callable[[Voxels], Voxels], stored: NDArray[Any], slope: float, intercept: float) -> None:
        """Write stored x slope + intercept into the view that `part` returns of the array.

        Raises ValueError for a value that is not a number, `AnalysisFailed(TOO_LARGE)` beyond the limit.
        """
        values = _scaled(stored, slope, intercept)
        if self.array.dtype == np.int16 and not _fits(values):
            wide = self._empty(self.array.shape, np.dtype(np.float32))
            wide[:] = self.array
            self.array = wide
        part(self.array)[:] = values

    def _empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Voxels:
        if np.prod(shape, dtype=np.int64) * dtype.itemsize > self._limit:
            raise AnalysisFailed(FailureCode.TOO_LARGE, "Изображение слишком большое для анализа.")
        return np.zeros(shape, dtype)


def _scaled(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    """Keep integers exact; 32-bit stored values times any slope fit 64 bits."""
    if stored.dtype.kind == "f" or slope != int(slope) or intercept != int(intercept):
        values = stored * np.float64(slope) + intercept
        if not np.isfinite(values).all():
            raise ValueError("not a number")
        return values
    if slope == 1 and intercept == 0:
        return stored
    return stored.astype(np.int32 if stored.dtype.itemsize <= 2 and abs(slope) < 2**14 else np.int64) * int(
        slope
    ) + int(intercept)


def _fits(values: NDArray[Any]) -> bool:
    if values.min() < INT16.min or values.max() > INT16.max:
        return False
    return values.dtype.kind != "f" or bool(np.array_equal(values, np.rint(values)))
