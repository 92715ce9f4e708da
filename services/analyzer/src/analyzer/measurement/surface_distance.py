"""Hausdorff distance between the surfaces of two masks."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from analyzer.domain.volume import Volume
from analyzer.measurement.occupied_boxes import occupied_boxes
from analyzer.measurement.regions import Offset

PERCENTILE = 95
MAX_SURFACE_VOXELS = 3_000_000
"""Larger surfaces are noise, and would take minutes."""


def hausdorff95_mm(first: NDArray[np.bool_], second: NDArray[np.bool_], offset: Offset, volume: Volume) -> float | None:
    """Return HD95: the 95th percentile of the surface distances of two masks of one box, maximum of both directions.

    As in Maier-Hein et al., Metrics reloaded, Nat Methods 2024; 21: 195-212. A surface is the set of centres of the
    voxels with a face to the outside; distances are in patient coordinates, so they respect uneven and tilted slices.
    None when a mask is empty or a surface is too large to measure.
    """
    surfaces = [surface_lps_mm(mask, offset, volume) for mask in (first, second)]
    if not all(0 < len(points) <= MAX_SURFACE_VOXELS for points in surfaces):
        return None
    directed = (_distances(*pair) for pair in (surfaces, surfaces[::-1]))
    return max(float(np.percentile(distances, PERCENTILE)) for distances in directed)


def surface_lps_mm(mask: NDArray[np.bool_], offset: Offset, volume: Volume) -> NDArray[np.float64]:
    """LPS mm (n, 3) of the centres of the voxels with a face to the outside."""
    indices = [_surface(mask[box]) + [side.start for side in box] for box in occupied_boxes(mask)]
    if not indices:
        return np.empty((0, 3))
    return volume.to_patient((np.concatenate(indices) + offset)[:, ::-1].astype(np.float64))


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the indices (n, 3) of the surface of a mask; outside of its box is background."""
    inner = mask.copy()
    for axis in range(3):
        ahead, behind = np.moveaxis(inner, axis, 0), np.moveaxis(mask, axis, 0)
        ahead[1:] &= behind[:-1]
        ahead[:-1] &= behind[1:]
        ahead[[0, -1]] = False
    return np.argwhere(mask & ~inner)


def _distances(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    distances, _ = KDTree(others).query(points)
    return distances
