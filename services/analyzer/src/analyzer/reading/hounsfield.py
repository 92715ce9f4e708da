"""Whether numbers without a label are those of a CT."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2_000_000
LOWEST, HIGHEST = -10_000, 32_767
AIR = (-1100, -850)
SOFT_TISSUE = (-200, 250)
LEAST_SHARE = 0.01


def looks_like_ct(voxels: NDArray[np.int16] | NDArray[np.float32]) -> bool:
    """Return whether the values of an image that does not say so itself justify reading them as Hounsfield units.

    NIfTI has no modality. The image is taken as CT when at least 1 % of it is air (-1100 to -850), at least 1 % soft
    tissue (-200 to 250), and below air there is nothing but one constant (the padding outside the scanner's circle)
    or less than 1 % noise. MR magnitudes and PET have no negative values, normalised images stay near zero, and phase
    images spread below air as well as above. A crop without any air is not recognised: better no answer than a wrong
    one.
    """
    flat = voxels.reshape(-1)
    sample = flat[:: max(1, flat.size // SAMPLES)]
    if sample.min() < LOWEST or sample.max() > HIGHEST:
        return False
    below = sample[sample < AIR[0]]
    noise = np.count_nonzero(below != below.min()) if below.size else 0
    return bool(
        _share(sample, *AIR) >= LEAST_SHARE
        and _share(sample, *SOFT_TISSUE) >= LEAST_SHARE
        and noise <= LEAST_SHARE * sample.size
    )


def _share(sample: NDArray[Any], low: int, high: int) -> float:
    return float(np.count_nonzero((sample >= low) & (sample <= high))) / sample.size
