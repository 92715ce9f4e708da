"""Matching of findings with the lesions of a reference by intersection over union (IoU)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.measurement.occupied_boxes import occupied_boxes
from analyzer.measurement.regions import Offset, Region, window

MATCH_IOU = 0.1
"""Minimum IoU of a match."""

CONNECTIVITY_26 = np.ones((3, 3, 3), dtype=np.bool_)
"""26-connectivity: voxels that share a corner belong to one lesion."""


@dataclass(frozen=True)
class LesionCounts:
    """Numbers of true positive, false positive and false negative lesions."""

    true_positives: int
    false_positives: int
    false_negatives: int


def match_lesions(found: Sequence[Region], reference: NDArray[np.bool_], offset: Offset) -> LesionCounts:
    """Match findings with the connected components of a reference mask whose box contains them all.

    A match needs an IoU of at least `MATCH_IOU`. Matching is greedy by descending IoU, and each finding and each lesion
    has at most one match: two findings on one lesion are one true and one false positive.
    """
    labels, sizes = _labelled(reference)
    pairs = sorted(_pairs(found, labels, sizes, offset), reverse=True)
    used_findings: set[int] = set()
    used_lesions: set[int] = set()
    for _, finding, lesion in pairs:
        if finding not in used_findings and lesion not in used_lesions:
            used_findings.add(finding)
            used_lesions.add(lesion)
    matches = len(used_lesions)
    return LesionCounts(matches, len(found) - matches, len(sizes) - 1 - matches)


def _labelled(reference: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Label the connected components from 1, and count the voxels of each label (0 for label 0)."""
    labels = np.zeros(reference.shape, dtype=np.int32)
    sizes = [np.zeros(1, dtype=np.int64)]
    count = 0
    for box in occupied_boxes(reference):
        inside = reference[box]
        own = np.zeros(inside.shape, dtype=np.int32)
        ndimage.label(inside, CONNECTIVITY_26, output=own)
        sizes.append(np.bincount(own[inside])[1:])
        labels[box][inside] = own[inside] + count
        count += len(sizes[-1])
    return labels, np.concatenate(sizes)


def _pairs(
    found: Sequence[Region], labels: NDArray[np.int32], sizes: NDArray[np.int64], offset: Offset
) -> list[tuple[float, int, int]]:
    """Return (IoU, index of the finding, label of the lesion) of each pair with at least `MATCH_IOU`."""
    pairs: list[tuple[float, int, int]] = []
    for index, region in enumerate(found):
        shared = np.bincount(labels[window(region, offset)][region.mask], minlength=len(sizes))
        union = sizes + np.count_nonzero(region.mask) - shared
        iou = shared[1:] / union[1:]
        pairs += [(float(iou[k]), index, int(k) + 1) for k in np.flatnonzero(iou >= MATCH_IOU)]
    return pairs
