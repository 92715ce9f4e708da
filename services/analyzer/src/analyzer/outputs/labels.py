"""Label map of the findings, the common source of the NIfTI mask and the DICOM SEG."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import LESION

Labels = NDArray[np.int16]


def label_map(shape: tuple[int, ...], candidates: Sequence[Candidate]) -> tuple[Labels, bool]:
    """Return the labels, int16 [slice, row, column] with k + 1 in candidate k, and whether candidates overlap.

    A shared voxel belongs to a lesion rather than a structure, then to the later (smaller) one in reporting order, so
    that a small region inside a large one is visible.
    """
    labels, overlap = np.zeros(shape, np.int16), False
    for k in sorted(range(len(candidates)), key=lambda k: candidates[k].type == LESION):
        mask = candidates[k].mask
        box = labels[tuple(slice(o, o + n) for o, n in zip(candidates[k].offset, mask.shape, strict=True))]
        overlap = overlap or bool(box[mask].any())
        box[mask] = k + 1
    return labels, overlap
