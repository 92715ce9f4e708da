"""Regions as boxes of voxels, and several of them taken as one."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Offset = tuple[int, int, int]


class Region(Protocol):
    """Anything with a mask in the volume: a candidate, or a segment of a reference."""

    @property
    def offset(self) -> Offset:
        """(slice, row, column) of the mask's first voxel."""
        ...

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Bool [slice, row, column]."""
        ...


def enclosing_box(regions: Sequence[Region]) -> tuple[Offset, Offset]:
    """First (slice, row, column) and shape of the smallest box around at least one region."""
    first = np.min([each.offset for each in regions], axis=0)
    last = np.max([np.add(each.offset, each.mask.shape) for each in regions], axis=0)
    return _offset(first), _offset(last - first)


def union(regions: Sequence[Region], offset: Offset, shape: Offset) -> NDArray[np.bool_]:
    """Mark every voxel that is in any region, in a box that holds them all."""
    joined = np.zeros(shape, dtype=np.bool_)
    for each in regions:
        joined[window(each, offset)] |= each.mask
    return joined


def window(region: Region, offset: Offset) -> tuple[slice, slice, slice]:
    """Where the region's own box is, in a box that begins at `offset`."""
    starts = [own - start for own, start in zip(region.offset, offset, strict=True)]
    z, y, x = (slice(start, start + size) for start, size in zip(starts, region.mask.shape, strict=True))
    return z, y, x


def slice_counts(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Voxels set in each slice, (slices,)."""
    return np.array([np.count_nonzero(plane) for plane in mask], dtype=np.int64)


def any_overlap(regions: Sequence[Region]) -> bool:
    """Whether a voxel is in more than one region."""
    if len(regions) <= 1:
        return False
    offset, shape = enclosing_box(regions)
    covered = int(np.count_nonzero(union(regions, offset, shape)))
    return covered < sum(int(np.count_nonzero(each.mask)) for each in regions)


def _offset(values: NDArray[np.int_]) -> Offset:
    return int(values[0]), int(values[1]), int(values[2])
