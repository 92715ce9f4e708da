"""Volume, centre and axes of a region, from sums over its slices.

Slices may be unevenly spaced or shifted against each other (gantry tilt), so every sum is
weighted by what a voxel of that slice stands for, and every slice has its own place.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Volume in mm³, centre in LPS mm (3,), and the axes of the equivalent ellipsoid in mm (3,), longest first."""

    volume_mm3: float
    centre_lps_mm: Floats
    axes_mm: Floats


def moments_of(mask: NDArray[np.bool_], offset: tuple[int, int, int], volume: Volume) -> Moments:
    """Measure a mask [slice, row, column] whose first voxel is at `offset`; it must not be empty.

    The axes are those of the solid ellipsoid with the same covariance: the variance along an axis of full length L
    is L²/20. A voxel is a box, not a point, and adds a twelfth of its squared side.
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
    """(3, 3), the image's own directions as rows."""
    return np.stack([volume.row_direction, volume.column_direction, volume.normal])


def _slice_sums(mask: NDArray[np.bool_], offset: tuple[int, int, int], volume: Volume) -> tuple[Floats, Floats, Floats]:
    """For each slice the number of voxels (k,), the sum of their places (k, 3) and of the products of these (k, 3, 3).

    Places are mm along the image's own directions, from the first voxel of the mask's first slice.
    """
    columns = (offset[2] + np.arange(mask.shape[2])) * volume.pixel_spacing[0]
    rows = (offset[1] + np.arange(mask.shape[1])) * volume.pixel_spacing[1]
    shifts = (volume.origins[offset[0] : offset[0] + len(mask)] - volume.origins[offset[0]]) @ _frame(volume).T
    sums = [_plane_sums(plane, columns, rows) for plane in mask]
    counts = np.array([each[0] for each in sums])
    centred = np.stack([each[1] for each in sums])
    products = np.stack([each[2] for each in sums])
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
