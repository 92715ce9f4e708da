"""Mathematical morphology of masks, with radii in mm: erosion, dilation, closing, components, holes."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

FULLY_CONNECTED = np.ones((3, 3, 3), dtype=np.bool_)
IN_PLANE = np.array([[[0, 0, 0]] * 3, [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0, 0, 0]] * 3], dtype=np.bool_)
"""4-connectivity within a slice."""
FACES, CORNERS = 1.0, 1.75
"""Radii, in voxels, of the balls that consist of a voxel and its 6 neighbours, or its 26 neighbours."""
BALLS_KEPT = 64


def within(mask: Mask, radius: float, step: Sequence[float]) -> Mask:
    """Dilation by a ball of the radius (mm): the voxels whose distance to the mask is at most the radius.

    The ball is a stack of runs along x. The mask is dilated along x once for each length of a run, and the results are
    moved to the run's place: some ten times as fast as a distance transform for balls of a few voxels.
    """
    reach = [int(radius / s) for s in step]
    padded = _with_margin(mask, reach)
    row, plane = padded.shape[2], padded.shape[2] * padded.shape[1]
    runs = [padded.ravel()]
    for length in range(1, reach[2] + 1):
        runs.append(_moved_onto(_moved_onto(runs[-1].copy(), runs[0], length), runs[0], -length))
    grown = np.zeros_like(runs[0])
    for z, y, length in _runs_of_ball(radius, (step[0], step[1], step[2])):
        _moved_onto(grown, runs[length], z * plane + y * row)
    return grown.reshape(padded.shape)[tuple(slice(r, r + n) for r, n in zip(reach, mask.shape, strict=True))]


def _with_margin(mask: Mask, margin: Sequence[int]) -> Mask:
    """Return the mask with a margin of background along each axis: `np.pad`, which takes longer for small masks."""
    padded = np.zeros([n + 2 * m for n, m in zip(mask.shape, margin, strict=True)], dtype=np.bool_)
    padded[tuple(slice(m, m + n) for n, m in zip(mask.shape, margin, strict=True))] = mask
    return padded


@lru_cache(BALLS_KEPT)
def _runs_of_ball(radius: float, step: tuple[float, float, float]) -> list[tuple[int, int, int]]:
    """Return the runs along x that a ball consists of: z, y and half of its length, in voxels."""
    reach = [int(radius / s) for s in step]
    z, y = (np.arange(-r, r + 1) for r in reach[:2])
    x = np.arange(reach[2] + 1)
    square = ((z * step[0]) ** 2)[:, None, None] + ((y * step[1]) ** 2)[:, None] + (x * step[2]) ** 2
    voxels = np.count_nonzero(np.sqrt(square) <= radius, axis=2)
    return [(int(z[i]), int(y[j]), int(voxels[i, j]) - 1) for i, j in np.argwhere(voxels)]


def _moved_onto(target: Mask, source: Mask, offset: int) -> Mask:
    """Add to the target the source, moved by an offset; both are one-dimensional and equally long."""
    onto = target[max(offset, 0) : len(target) + min(offset, 0)]
    onto |= source[max(-offset, 0) : len(source) - max(offset, 0)]
    return target


def eroded(mask: Mask, radius: float, step: Sequence[float]) -> Mask:
    """Erosion by a ball of the radius (mm); outside of the array counts as mask."""
    return ~within(~mask, radius, step)


def dilated(mask: Mask, radius: float, step: float) -> Mask:
    """Dilation by a ball of the radius (mm), computed around the bounding box of the mask only."""
    near = _surroundings(mask, int(radius / step) + 1)
    result = np.zeros_like(mask)
    result[near] = within(mask[near], radius, [step] * 3)
    return result


def _surroundings(mask: Mask, margin: int) -> tuple[slice, ...]:
    """Return the bounding box of a mask that is not empty, with a margin of voxels as far as the array has them."""
    (box,) = ndimage.find_objects(mask.astype(np.int8))
    return tuple(slice(max(side.start - margin, 0), side.stop + margin) for side in box)


def dilated_by_voxels(mask: Mask, voxels: int = 1, reach: float = FACES) -> Mask:
    """Dilation by a number of voxels, each time by those that share a face or, with `CORNERS`, also by a corner."""
    for _ in range(voxels):
        mask = within(mask, reach, (1, 1, 1))
    return mask


def opened_by_voxel(mask: Mask) -> Mask:
    """Return the opening by a voxel and its six neighbours; what is outside of the array counts as background."""
    inner = eroded(_with_margin(mask, (1, 1, 1)), FACES, (1, 1, 1))
    return dilated_by_voxels(inner[1:-1, 1:-1, 1:-1])


def connected_components(mask: Mask, connectivity: Mask | None = None) -> NDArray[np.int32]:
    """Label the connected components of a mask from 1; 0 is background; default: 6-connectivity."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    ndimage.label(mask, connectivity, output=labels)
    return labels


def closed(mask: Mask, radius: float, step: Sequence[float]) -> Mask:
    """Return the closing by a ball of the radius (mm), with edge padding so that truncated objects keep their shape."""
    margin = [int(np.ceil(radius / s)) + 1 for s in step]
    padded = np.pad(mask, [(m, m) for m in margin], mode="edge")
    return eroded(within(padded, radius, step), radius, step)[tuple(slice(m, -m) for m in margin)]


def holes_filled(mask: Mask) -> Mask:
    """Fill holes slice by slice: the background that is not connected (4-connectivity) with the border of its slice.

    The background of all slices is labelled at once, which takes a fifth of the time of a filling of each slice.
    """
    labels = connected_components(~mask, IN_PLANE)
    is_open = np.zeros(int(labels.max()) + 1, dtype=np.bool_)
    for border in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        is_open[border] = True
    is_open[0] = False
    return ~is_open[labels]


def touches_border(mask: Mask) -> bool:
    """Return whether a mask reaches the border of its array."""
    return any(bool(mask.take(end, axis).any()) for axis in range(3) for end in (0, -1))
