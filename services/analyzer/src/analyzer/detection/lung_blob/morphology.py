"""Masks in mm: distances and connected parts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

FULLY_CONNECTED = np.ones((3, 3, 3), dtype=np.bool_)
NEAREST = np.argwhere(FULLY_CONNECTED) - 1
NEAREST_IN_STEPS = 2.0
"""Up to this radius a ball holds no more than the nearest voxels, and shifts are ten times as quick as distances."""


def depth(mask: Mask, step: float | Sequence[float]) -> Floats:
    """Distance (mm) of each voxel of the mask to the nearest voxel outside it; 0 outside."""
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=step), dtype=np.float64)


def eroded(mask: Mask, radius: float, step: float) -> Mask:
    """Keep what is deeper than the radius (mm) in a mask; the array goes on beyond its edges as the mask."""
    if radius >= NEAREST_IN_STEPS * step:
        return depth(mask, step) > radius
    padded = np.pad(mask, 1, constant_values=True)
    kept = mask.copy()
    for shift in NEAREST[np.linalg.norm(NEAREST, axis=1) * step <= radius]:
        kept &= padded[tuple(slice(1 + s, 1 + s + n) for s, n in zip(shift, mask.shape, strict=True))]
    return kept


def grown(mask: Mask, radius: float, step: float) -> Mask:
    """Add what is within the radius (mm) of a mask; worked out in the mask's surroundings only."""
    (box,) = ndimage.find_objects(mask.astype(np.int8))
    margin = int(radius / step) + 1
    near = tuple(slice(max(side.start - margin, 0), side.stop + margin) for side in box)
    larger = np.zeros_like(mask)
    larger[near] = depth(~mask[near], step) <= radius
    return larger


def widened(mask: Mask, voxels: int = 1, connection: Mask | None = None) -> Mask:
    """Add the neighbours of a mask so many times over, whatever their distance; by faces unless told."""
    return np.asarray(ndimage.binary_dilation(mask, connection, voxels), dtype=np.bool_)


def parts(mask: Mask, connection: Mask | None = None) -> NDArray[np.int32]:
    """Label the connected parts of a mask from 1; 0 is outside. Voxels connect by faces unless told."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    ndimage.label(mask, connection, output=labels)
    return labels


def closed(mask: Mask, radius: float, step: Sequence[float]) -> Mask:
    """Close with a ball (mm); the image goes on beyond its edges as it ends, so that what they cut stays whole."""
    margin = [int(np.ceil(radius / s)) + 1 for s in step]
    padded = np.pad(mask, [(m, m) for m in margin], mode="edge")
    dilated = depth(~padded, step) <= radius
    return (depth(dilated, step) > radius)[tuple(slice(m, -m) for m in margin)]


def filled(mask: Mask) -> Mask:
    """Fill holes plane by plane."""
    return np.stack([np.asarray(ndimage.binary_fill_holes(plane), dtype=np.bool_) for plane in mask])


def touches_border(mask: Mask) -> bool:
    """Tell whether a mask reaches the faces of its array."""
    return any(bool(mask.take(end, axis).any()) for axis in range(3) for end in (0, -1))
