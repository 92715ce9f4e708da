"""Detection of Hounsfield units in an image without a modality."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2_000_000
PADDING = -1024
"""Value of voxels outside of the scan field of view: air."""

LOWEST, HIGHEST = -10_000, 32_767
AIR = (-1100, -850)
SOFT_TISSUE = (-200, 250)
MIN_SHARE = 0.01


def looks_like_ct(voxels: NDArray[np.int16] | NDArray[np.float32]) -> bool:
    """Return whether the values of an image without a modality (NIfTI) are Hounsfield units.

    It counts as a CT when at least 1 % of it is air (-1100 to -850), at least 1 % is soft tissue (-200 to 250), and
    values below air are one constant (padding outside of the field of view) or less than 1 % noise. MR magnitudes and
    PET have no negative values, normalised images stay near zero, and phase images also spread below air. A crop
    without air is not recognised: a false negative is safer than a false positive.
    """
    flat = voxels.reshape(-1)
    sample = flat[:: max(1, flat.size // SAMPLES)]
    if sample.min() < LOWEST or sample.max() > HIGHEST:
        return False
    below = sample[sample < AIR[0]]
    noise = np.count_nonzero(below != below.min()) if below.size else 0
    return bool(
        _share(sample, *AIR) >= MIN_SHARE
        and _share(sample, *SOFT_TISSUE) >= MIN_SHARE
        and noise <= MIN_SHARE * sample.size
    )


def _share(sample: NDArray[Any], low: int, high: int) -> float:
    return float(np.count_nonzero((sample >= low) & (sample <= high))) / sample.size
