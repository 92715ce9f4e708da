"""Writer of the image itself, for viewers: whole, and as a small preview that is shown first."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from analyzer.outputs.nifti_file import nifti_file
from analyzer.outputs.straight_grid import Plane, StraightGrid

MAX_PREVIEW_SIDE = 256
FAST = 1
"""Level of igzip: a fifth smaller than level 0, and as fast as level 2 is not."""

STORED = np.iinfo(np.int16)


def write_image(image: Path, preview: Path, volume: Volume) -> None:
    """Write the volume as int16, and its averages over blocks of whole voxels, one plane at a time.

    Values that are not int16 are scaled to it, with slope and intercept in the header.
    """
    grid, scaling = StraightGrid.of(volume), _scaling(volume)
    outside = int(_stored(volume.voxels.min(), scaling))
    blocks = _block_sides(grid.shape)
    with (
        nifti_file(image, grid.shape, grid.affine, scaling, FAST) as write,
        nifti_file(preview, _preview_shape(grid.shape, blocks), _preview_affine(grid, blocks), scaling, FAST) as sketch,
    ):
        for first in range(0, grid.shape[0], blocks[0]):
            slices = range(first, min(first + blocks[0], grid.shape[0]))
            planes = [grid.plane(_stored(volume.voxels[k], scaling), k, outside) for k in slices]
            for plane in planes:
                write(plane)
            sketch(_averaged(planes, blocks[1:]))


def _scaling(volume: Volume) -> tuple[float, float]:
    """Return slope and intercept that map int16 to the values: (1, 0) for int16, else over their whole range."""
    if volume.voxels.dtype == np.int16:
        return 1.0, 0.0
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    slope = (high - low) / (STORED.max - STORED.min) or 1.0
    return slope, low - slope * STORED.min


def _stored(values: NDArray[Any], scaling: tuple[float, float]) -> Plane:
    if scaling == (1.0, 0.0):
        return values.astype(np.int16, copy=False)
    slope, intercept = scaling
    return np.clip(np.rint((values - intercept) / slope), STORED.min, STORED.max).astype(np.int16)


def _block_sides(shape: Sequence[int]) -> tuple[int, int, int]:
    slices, rows, columns = (ceil(side / MAX_PREVIEW_SIDE) for side in shape)
    return slices, rows, columns


def _preview_shape(shape: Sequence[int], blocks: Sequence[int]) -> tuple[int, int, int]:
    slices, rows, columns = (ceil(side / block) for side, block in zip(shape, blocks, strict=True))
    return slices, rows, columns


def _preview_affine(grid: StraightGrid, blocks: Sequence[int]) -> NDArray[np.float64]:
    """Return the affine of the preview: its first voxel lies at the centre of the first block."""
    steps = np.array(blocks[::-1], np.float64)
    affine = grid.affine.copy()
    affine[:3, :3] *= steps
    affine[:3, 3] += grid.affine[:3, :3] @ ((steps - 1) / 2)
    return affine


def _averaged(planes: Sequence[Plane], blocks: Sequence[int]) -> Plane:
    """Return the averages over blocks of (all planes, rows, columns); blocks at the border may be smaller."""
    rows, columns = (
        np.minimum(block, side - np.arange(0, side, block)) for side, block in zip(planes[0].shape, blocks, strict=True)
    )
    total = _block_sums(planes[0], blocks[0])
    for plane in planes[1:]:
        total += _block_sums(plane, blocks[0])
    sums = _block_sums(total.T, blocks[1]).T
    return np.rint(sums / (np.outer(rows, columns) * len(planes))).astype(np.int16, order="C")


def _block_sums(values: NDArray[np.int16] | NDArray[np.int32], block: int) -> NDArray[np.int32]:
    """Return the sums of `block` neighbouring rows."""
    sums = values[::block].astype(np.int32)
    for start in range(1, block):
        rows = values[start::block]
        sums[: len(rows)] += rows
    return sums
