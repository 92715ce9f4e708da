"""Which findings are the lesions of a reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.measurement.regions import Offset, Region, window

MATCH_IOU = 0.1
"""A finding and a lesion that share less of what they cover together are not the same thing."""

TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)
"""Voxels that share a corner are one lesion."""


@dataclass(frozen=True)
class LesionCounts:
    """Lesions found, findings that are none, lesions missed."""

    true_positives: int
    false_positives: int
    false_negatives: int


def match_lesions(found: Sequence[Region], reference: NDArray[np.bool_], offset: Offset) -> LesionCounts:
    """Pair findings with the connected components of a reference mask whose box holds them all.

    A pair needs an intersection over union of at least `MATCH_IOU`. Pairs are made best first, and each finding and
    each lesion is in at most one: two findings on one lesion are one true and one false positive.
    """
    labels, lesions = _labelled(reference)
    pairs = sorted(_pairs(found, labels, lesions, offset), reverse=True)
    used_findings: set[int] = set()
    used_lesions: set[int] = set()
    for _, finding, lesion in pairs:
        if finding not in used_findings and lesion not in used_lesions:
            used_findings.add(finding)
            used_lesions.add(lesion)
    hits = len(used_lesions)
    return LesionCounts(hits, len(found) - hits, lesions - hits)


def _labelled(reference: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    labels = np.zeros(reference.shape, dtype=np.int32)
    ndimage.label(reference, TOUCHING, output=labels)
    return labels, int(labels.max())


def _pairs(
    found: Sequence[Region], labels: NDArray[np.int32], lesions: int, offset: Offset
) -> list[tuple[float, int, int]]:
    """Intersection over union, index of the finding, label of the lesion, for each pair that is close enough."""
    sizes = np.bincount(labels.ravel(), minlength=lesions + 1)
    pairs: list[tuple[float, int, int]] = []
    for index, each in enumerate(found):
        shared = np.bincount(labels[window(each, offset)][each.mask], minlength=lesions + 1)
        together = sizes + np.count_nonzero(each.mask) - shared
        overlap = shared[1:] / together[1:]
        pairs += [(float(overlap[k]), index, int(k) + 1) for k in np.flatnonzero(overlap >= MATCH_IOU)]
    return pairs
