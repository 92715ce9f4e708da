"""Image moments of a region: volume, centroid and axes, from sums over its slices.

Slices may be unevenly spaced or sheared (gantry tilt), so every slice is weighted by its voxel volume and has its own
origin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Volume in mm³, centroid in LPS mm (3,), and the axes of the equivalent ellipsoid in mm (3,), longest first."""

    volume_mm3: float
    centroid_lps_mm: Floats
    axes_mm: Floats


def moments_of(mask: NDArray[np.bool_], offset: tuple[int, int, int], volume: Volume) -> Moments:
    """Measure a mask [slice, row, column] with its first voxel at `offset`; it must not be empty.

    The axes are those of the solid ellipsoid with the same covariance: the variance along an axis of full length L
    is L²/20. A voxel of side s adds the variance of a box, s²/12.
    """
    slices = slice(offset[0], offset[0] + len(mask))
    counts, first, second = _slice_sums(mask, offset, volume)
    weights = volume.voxel_volumes[slices]
    total = float(weights @ counts)
    mean = weights @ first / total
    covariance = np.tensordot(weights, second, axes=1) / total - np.outer(mean, mean)
    sides = np.array([volume.pixel_spacing[0] ** 2, volume.pixel_spacing[1] ** 2, 0.0]) / 12
    sides[2] = (weights * counts) @ volume.slice_extents[slices] ** 2 / total / 12
    variances = np.linalg.eigvalsh(covariance + np.diag(sides))[::-1]
    return Moments(total, volume.origins[offset[0]] + mean @ _frame(volume), np.sqrt(20 * variances))


def _frame(volume: Volume) -> Floats:
    """(3, 3), the directions of the image as rows."""
    return np.stack([volume.row_direction, volume.column_direction, volume.normal])


def _slice_sums(mask: NDArray[np.bool_], offset: tuple[int, int, int], volume: Volume) -> tuple[Floats, Floats, Floats]:
    """For each slice the voxel count (k,), the sum of the positions (k, 3) and of their outer products (k, 3, 3).

    Positions are in mm along the directions of the image, from the first voxel of the first slice of the mask.
    """
    columns = (offset[2] + np.arange(mask.shape[2])) * volume.pixel_spacing[0]
    rows = (offset[1] + np.arange(mask.shape[1])) * volume.pixel_spacing[1]
    shifts = (volume.origins[offset[0] : offset[0] + len(mask)] - volume.origins[offset[0]]) @ _frame(volume).T
    sums = [_plane_sums(plane, columns, rows) for plane in mask]
    counts = np.array([count for count, _, _ in sums])
    centred = np.stack([first for _, first, _ in sums])
    products = np.stack([second for _, _, second in sums])
    crossed = np.einsum("ki,kj->kij", centred, shifts)
    moved = products + crossed + crossed.transpose(0, 2, 1) + np.einsum("k,ki,kj->kij", counts, shifts, shifts)
    return counts, centred + counts[:, np.newaxis] * shifts, moved


def _plane_sums(plane: NDArray[np.bool_], columns: Floats, rows: Floats) -> tuple[float, Floats, Floats]:
    in_columns = np.count_nonzero(plane, axis=0)
    in_rows = np.count_nonzero(plane, axis=1)
    mixed = float(rows @ (plane @ columns))
    products = np.array(
        [[in_columns @ columns**2, mixed, 0.0], [mixed, in_rows @ rows**2, 0.0], [0.0, 0.0, 0.0]], dtype=np.float64
    )
    return float(in_columns.sum()), np.array([in_columns @ columns, in_rows @ rows, 0.0]), products
