"""The CT numbers inside a region."""

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.result import Hounsfield
from analyzer.domain.volume import Volume


def hounsfield_in(mask: NDArray[np.bool_], offset: tuple[int, int, int], volume: Volume) -> Hounsfield | None:
    """Mean, population standard deviation and range over a mask that is not empty, HU; None when it is no CT.

    Slice by slice, so that a region as large as the body needs no second copy of the image.
    """
    if volume.modality != "CT":
        return None
    rows = slice(offset[1], offset[1] + mask.shape[1])
    columns = slice(offset[2], offset[2] + mask.shape[2])
    planes = volume.voxels[offset[0] : offset[0] + len(mask), rows, columns]
    known = np.array([_statistics(plane[part]) for plane, part in zip(planes, mask, strict=True) if part.any()])
    counts, means, variances, lowest, highest = known.T
    mean = counts @ means / counts.sum()
    variance = counts @ (variances + (means - mean) ** 2) / counts.sum()
    return Hounsfield(mean=mean, sd=np.sqrt(variance), min=lowest.min(), max=highest.max())


def _statistics(values: NDArray[np.number]) -> tuple[float, float, float, float, float]:
    exact = values.astype(np.float64)
    return float(exact.size), float(exact.mean()), float(exact.var()), float(exact.min()), float(exact.max())
