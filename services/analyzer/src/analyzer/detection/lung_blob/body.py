"""Step 1a: the body's outline, and the air that it encloses."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.detection.lung_blob.coarse_grid import CoarseGrid
from analyzer.detection.lung_blob.morphology import (
    IN_PLANE,
    Mask,
    connected_components,
    dilated_by_voxels,
    opened_by_voxel,
)
from analyzer.detection.lung_blob.parameters import Parameters

RECONSTRUCTION_VOXELS = 2
"""After an opening that removes the shells of tables, covers and tubes; restores a thin chest wall."""
SIDES = ((1, False), (1, True), (2, False), (2, True))
"""The four sides of a slice: axis, and whether at its end."""

Places = NDArray[np.intp]
"""One index along an axis for every ray along it."""


def body_of(coarse: CoarseGrid, parameters: Parameters) -> Mask:
    """Segment the body: the large components of tissue, without the shells of tables and covers."""
    tissue = coarse.mean >= parameters.body_from_hu
    labels = connected_components(opened_by_voxel(tissue))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    large = np.flatnonzero((sizes > 0) & (sizes >= parameters.body_part_least * sizes.max()))
    return tissue & dilated_by_voxels(np.isin(labels, large), RECONSTRUCTION_VOXELS)


def enclosed_air(coarse: CoarseGrid, body: Mask, min_walls: int, parameters: Parameters) -> Mask:
    """Return the air with the body on every side within its slice, and seen on `min_walls` of the four sides.

    Air of the density of lung that reaches the border of the image counts as enclosed there: a lung truncated by the
    field of view has nothing on that side. Room air, foam and blankets are open on some side, even where a thin skin
    or the trachea connects them with a lung.
    """
    air = (coarse.mean < parameters.lung_air_below_hu) & ~coarse.padding
    ends = [_first_met(~coarse.padding, *side) for side in SIDES]
    room = air & ~_truncated_lung(air, ends, coarse, parameters)
    walls = np.zeros(air.shape, dtype=np.uint8)
    inside = air
    for (axis, from_end), end in zip(SIDES, ends, strict=True):
        wall = _sees(body, axis, from_end)
        walls += wall
        inside = inside & (wall | ~np.take_along_axis(room, end, axis))
    return inside & (walls >= min_walls)


def _truncated_lung(air: Mask, ends: Sequence[Places], coarse: CoarseGrid, parameters: Parameters) -> Mask:
    """Return the regions of air within a slice that reach the border of the image and have the density of lung.

    `ends` are the last voxels inside the field of view of the rays to each side.
    """
    labels = connected_components(air, IN_PLANE)
    at_border = [np.take_along_axis(labels, end, axis).ravel() for (axis, _), end in zip(SIDES, ends, strict=True)]
    touching = np.unique(np.concatenate(at_border))
    touching = touching[touching > 0]
    if len(touching) == 0:
        return np.zeros_like(air)
    places = np.isin(labels, touching)
    medians = np.asarray(ndimage.median(coarse.sample[places], labels[places], touching))
    lung = (medians >= parameters.lung_median_from_hu) & (medians <= parameters.lung_median_to_hu)
    return np.isin(labels, touching[lung])


def _first_met(mask: Mask, axis: int, from_end: bool) -> Places:
    """Return the index of the first voxel of the mask on every ray from a side; any index where the ray meets none."""
    if from_end:
        return mask.shape[axis] - 1 - np.flip(mask, axis).argmax(axis, keepdims=True)
    return mask.argmax(axis, keepdims=True)


def _sees(mask: Mask, axis: int, from_end: bool) -> Mask:
    """Return the voxels from which a ray to a side meets the mask."""
    first = _first_met(mask, axis, from_end)
    index = np.arange(mask.shape[axis]).reshape([-1 if k == axis else 1 for k in range(3)])
    behind = index <= first if from_end else index >= first
    return behind & np.take_along_axis(mask, first, axis)
