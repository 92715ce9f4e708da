"""Which findings are the lesions of a reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.measurement.islands import islands
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
    labels, sizes = _labelled(reference)
    pairs = sorted(_pairs(found, labels, sizes, offset), reverse=True)
    used_findings: set[int] = set()
    used_lesions: set[int] = set()
    for _, finding, lesion in pairs:
        if finding not in used_findings and lesion not in used_lesions:
            used_findings.add(finding)
            used_lesions.add(lesion)
    hits = len(used_lesions)
    return LesionCounts(hits, len(found) - hits, len(sizes) - 1 - hits)


def _labelled(reference: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Label the connected components from 1, and count the voxels of each (number 0 has none)."""
    labels = np.zeros(reference.shape, dtype=np.int32)
    sizes = [np.zeros(1, dtype=np.int64)]
    count = 0
    for box in islands(reference):
        inside = reference[box]
        own = np.zeros(inside.shape, dtype=np.int32)
        ndimage.label(inside, TOUCHING, output=own)
        sizes.append(np.bincount(own[inside])[1:])
        labels[box][inside] = own[inside] + count
        count += len(sizes[-1])
    return labels, np.concatenate(sizes)


def _pairs(
    found: Sequence[Region], labels: NDArray[np.int32], sizes: NDArray[np.int64], offset: Offset
) -> list[tuple[float, int, int]]:
    """Intersection over union, index of the finding, label of the lesion, for each pair that is close enough."""
    pairs: list[tuple[float, int, int]] = []
    for index, each in enumerate(found):
        shared = np.bincount(labels[window(each, offset)][each.mask], minlength=len(sizes))
        together = sizes + np.count_nonzero(each.mask) - shared
        overlap = shared[1:] / together[1:]
        pairs += [(float(overlap[k]), index, int(k) + 1) for k in np.flatnonzero(overlap >= MATCH_IOU)]
    return pairs
