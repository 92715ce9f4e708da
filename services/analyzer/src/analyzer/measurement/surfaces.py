"""How far two surfaces are apart."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from analyzer.domain.volume import Volume
from analyzer.measurement.islands import islands
from analyzer.measurement.regions import Offset

PERCENTILE = 95
MOST_POINTS = 3_000_000
"""Surfaces with more voxels than this are noise, and would take minutes."""


def hausdorff95_mm(one: NDArray[np.bool_], other: NDArray[np.bool_], offset: Offset, volume: Volume) -> float | None:
    """95th percentile of the distance between the surfaces of two masks of one box, the larger of the two directions.

    That is HD95 as in Maier-Hein et al., Metrics reloaded, Nat Methods 2024; 21: 195-212. A surface is the centres of
    the voxels that have a face to the outside; distances are between places in the patient, so
    uneven and shifted slices count as they are. None when a mask is empty or a surface is too large to measure.
    """
    surfaces = [surface_lps_mm(mask, offset, volume) for mask in (one, other)]
    if not all(0 < len(each) <= MOST_POINTS for each in surfaces):
        return None
    there, back = (_distances(*pair) for pair in (surfaces, surfaces[::-1]))
    return max(float(np.percentile(each, PERCENTILE)) for each in (there, back))


def surface_lps_mm(mask: NDArray[np.bool_], offset: Offset, volume: Volume) -> NDArray[np.float64]:
    """LPS mm (n, 3) of the centres of the voxels that have a face to the outside."""
    places = [_surface(mask[box]) + [side.start for side in box] for box in islands(mask)]
    if not places:
        return np.empty((0, 3))
    return volume.to_patient((np.concatenate(places) + offset)[:, ::-1].astype(np.float64))


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the indices (n, 3) of the surface of a mask with nothing around its box."""
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
