"""A volume with its voxels stored in another order: the same image, other axes."""

from dataclasses import replace

import numpy as np

from analyzer.domain.volume import Volume


def reoriented(volume: Volume, axes: tuple[int, int, int], flipped: tuple[bool, bool, bool]) -> Volume:
    """Return the volume with other axes (column, row, slice); its slices must be even and perpendicular.

    `axes` is the old axis of each new axis, `flipped` says which new axes run against the old ones. Patient coordinates
    do not change. A left-handed choice is legal: a reader stacks the slices along the normal.
    """
    array = volume.voxels.transpose(2, 1, 0)
    steps = np.stack([volume.row_direction, volume.column_direction, volume.normal]) * np.array([volume.spacing]).T
    origin, steps, array = volume.origins[0], steps[list(axes)], array.transpose(axes)
    for axis in (axis for axis in range(3) if flipped[axis]):
        origin = origin + steps[axis] * (array.shape[axis] - 1)
        array, steps[axis] = np.flip(array, axis), -steps[axis]
    lengths = np.linalg.norm(steps, axis=1)
    return replace(
        volume,
        voxels=array.transpose(2, 1, 0),
        row_direction=steps[0] / lengths[0],
        column_direction=steps[1] / lengths[1],
        origins=origin + np.arange(array.shape[2])[:, np.newaxis] * steps[2],
        pixel_spacing=(float(lengths[0]), float(lengths[1])),
    )
