"""One array that says which voxel belongs to which finding; the mask and the DICOM SEG are both made of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import LESION

Labels = NDArray[np.int16]


def label_map(shape: tuple[int, ...], candidates: Sequence[Candidate]) -> tuple[Labels, bool]:
    """Return int16 [slice, row, column] with k + 1 where candidate k is, and whether any two share a voxel.

    A shared voxel goes to a lesion before a structure, and then to the later, smaller one of the reporting order,
    so that a small region within a large one is seen.
    """
    labels, overlap = np.zeros(shape, np.int16), False
    for k in sorted(range(len(candidates)), key=lambda k: candidates[k].kind == LESION):
        mask = candidates[k].mask
        place = labels[tuple(slice(at, at + n) for at, n in zip(candidates[k].offset, mask.shape, strict=True))]
        overlap = overlap or bool(place[mask].any())
        place[mask] = k + 1
    return labels, overlap
