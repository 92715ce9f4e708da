"""Statistics of the Hounsfield units inside a region."""

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.result import Hounsfield
from analyzer.domain.volume import Volume


def hounsfield_in(mask: NDArray[np.bool_], offset: tuple[int, int, int], volume: Volume) -> Hounsfield | None:
    """Mean, population standard deviation and range over a non-empty mask, HU; None when the image is not a CT.

    Slice by slice, so that a large region needs no second copy of the image.
    """
    if volume.modality != "CT":
        return None
    rows = slice(offset[1], offset[1] + mask.shape[1])
    columns = slice(offset[2], offset[2] + mask.shape[2])
    planes = volume.voxels[offset[0] : offset[0] + len(mask), rows, columns]
    pairs = zip(planes, mask, strict=True)
    per_slice = np.array([_statistics(plane[inside]) for plane, inside in pairs if inside.any()])
    counts, means, variances, lowest, highest = per_slice.T
    mean = counts @ means / counts.sum()
    variance = counts @ (variances + (means - mean) ** 2) / counts.sum()
    return Hounsfield(mean=mean, sd=np.sqrt(variance), min=lowest.min(), max=highest.max())


def _statistics(values: NDArray[np.number]) -> tuple[float, float, float, float, float]:
    exact = values.astype(np.float64)
    return float(exact.size), float(exact.mean()), float(exact.var()), float(exact.min()), float(exact.max())
