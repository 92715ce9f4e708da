"""Mathematical morphology of masks, with radii in mm: distance, erosion, dilation, closing, components."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

FULLY_CONNECTED = np.ones((3, 3, 3), dtype=np.bool_)
NEIGHBOUR_SHIFTS = np.argwhere(FULLY_CONNECTED) - 1
NEIGHBOURS_UP_TO_STEPS = 2.0
"""Below this radius a ball contains neighbour voxels only, and shifts are ten times as fast as a distance transform."""


def distance_inside(mask: Mask, step: float | Sequence[float]) -> Floats:
    """Euclidean distance transform: distance (mm) of each voxel of the mask to the background; 0 outside."""
    return np.asarray(ndimage.distance_transform_edt(mask, sampling=step), dtype=np.float64)


def eroded(mask: Mask, radius: float, step: float) -> Mask:
    """Erosion by a ball of the radius (mm); outside of the array counts as mask."""
    if radius >= NEIGHBOURS_UP_TO_STEPS * step:
        return distance_inside(mask, step) > radius
    padded = np.pad(mask, 1, constant_values=True)
    kept = mask.copy()
    for shift in NEIGHBOUR_SHIFTS[np.linalg.norm(NEIGHBOUR_SHIFTS, axis=1) * step <= radius]:
        kept &= padded[tuple(slice(1 + s, 1 + s + n) for s, n in zip(shift, mask.shape, strict=True))]
    return kept


def dilated(mask: Mask, radius: float, step: float) -> Mask:
    """Dilation by a ball of the radius (mm), computed around the bounding box of the mask only."""
    (box,) = ndimage.find_objects(mask.astype(np.int8))
    margin = int(radius / step) + 1
    near = tuple(slice(max(side.start - margin, 0), side.stop + margin) for side in box)
    result = np.zeros_like(mask)
    result[near] = distance_inside(~mask[near], step) <= radius
    return result


def dilated_by_voxels(mask: Mask, voxels: int = 1, connectivity: Mask | None = None) -> Mask:
    """Dilation by a number of voxels; default: 6-connectivity."""
    return np.asarray(ndimage.binary_dilation(mask, connectivity, voxels), dtype=np.bool_)


def connected_components(mask: Mask, connectivity: Mask | None = None) -> NDArray[np.int32]:
    """Label the connected components of a mask from 1; 0 is background; default: 6-connectivity."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    ndimage.label(mask, connectivity, output=labels)
    return labels


def closed(mask: Mask, radius: float, step: Sequence[float]) -> Mask:
    """Return the closing by a ball of the radius (mm), with edge padding so that truncated objects keep their shape."""
    margin = [int(np.ceil(radius / s)) + 1 for s in step]
    padded = np.pad(mask, [(m, m) for m in margin], mode="edge")
    grown = distance_inside(~padded, step) <= radius
    return (distance_inside(grown, step) > radius)[tuple(slice(m, -m) for m in margin)]


def holes_filled(mask: Mask) -> Mask:
    """Fill holes slice by slice."""
    return np.stack([np.asarray(ndimage.binary_fill_holes(plane), dtype=np.bool_) for plane in mask])


def touches_border(mask: Mask) -> bool:
    """Return whether a mask reaches the border of its array."""
    return any(bool(mask.take(end, axis).any()) for axis in range(3) for end in (0, -1))
