"""Regions as masks with an offset in the volume, and their unions."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Offset = tuple[int, int, int]


class Region(Protocol):
    """A mask in the volume: a candidate, or a segment of a reference."""

    @property
    def offset(self) -> Offset:
        """(slice, row, column) of the mask's first voxel."""
        ...

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Bool [slice, row, column]."""
        ...


def enclosing_box(regions: Sequence[Region]) -> tuple[Offset, Offset]:
    """First (slice, row, column) and shape of the bounding box of at least one region."""
    first = np.min([region.offset for region in regions], axis=0)
    last = np.max([np.add(region.offset, region.mask.shape) for region in regions], axis=0)
    return _offset(first), _offset(last - first)


def union(regions: Sequence[Region], offset: Offset, shape: Offset) -> NDArray[np.bool_]:
    """Return the union of the masks, in a box that contains them all."""
    joined = np.zeros(shape, dtype=np.bool_)
    for region in regions:
        joined[window(region, offset)] |= region.mask
    return joined


def window(region: Region, offset: Offset) -> tuple[slice, slice, slice]:
    """Return the slices of the region's box in a box that begins at `offset`."""
    starts = [own - start for own, start in zip(region.offset, offset, strict=True)]
    z, y, x = (slice(start, start + size) for start, size in zip(starts, region.mask.shape, strict=True))
    return z, y, x


def slice_counts(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of set voxels of each slice, (slices,)."""
    return np.array([np.count_nonzero(plane) for plane in mask], dtype=np.int64)


def any_overlap(regions: Sequence[Region]) -> bool:
    """Return whether two regions share a voxel."""
    if len(regions) <= 1:
        return False
    offset, shape = enclosing_box(regions)
    covered = int(np.count_nonzero(union(regions, offset, shape)))
    return covered < sum(int(np.count_nonzero(region.mask)) for region in regions)


def _offset(values: NDArray[np.int_]) -> Offset:
    return int(values[0]), int(values[1]), int(values[2])
