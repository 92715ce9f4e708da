"""The scan on an even, coarse grid, on which body and lungs are segmented."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats, Mask
from analyzer.detection.lung_blob.scan import Scan, Voxels


@dataclass(frozen=True)
class CoarseGrid:
    """The scan on an even, coarse grid [z, y, x]; point = origin + index x step (mm).

    Attributes:
        mean: float32, mean HU of the pixels of each block.
        sample: HU of one pixel of each block.
        padding: blocks outside of the reconstructed field of view: all pixels have the lowest value of the scan.
    """

    mean: NDArray[np.float32] = field(repr=False)
    sample: Voxels = field(repr=False)
    padding: Mask = field(repr=False)
    origin: Floats
    step: Floats

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel, ml."""
        return float(np.prod(self.step)) / 1000


def downsampled(scan: Scan, grid_mm: float, padding_below_hu: float) -> CoarseGrid:
    """Downsample: block means within a slice, nearest slice along z."""
    z = np.arange(scan.z[0], scan.z[-1] + 1e-6, grid_mm)
    nearest = np.abs(scan.z[:, None] - z).argmin(axis=0)
    size = [max(1, round(grid_mm / float(axis[1] - axis[0]))) for axis in (scan.y, scan.x)]
    rows, columns = (n // s for n, s in zip(scan.voxels.shape[1:], size, strict=True))
    blocks = scan.voxels[:, : rows * size[0], : columns * size[1]].reshape(-1, rows, size[0], columns, size[1])
    mean = np.stack([_block_means(blocks[k]) for k in nearest])
    sample = blocks[nearest, :, size[0] // 2, :, size[1] // 2]
    padding = (mean <= padding_below_hu) & (mean <= float(scan.voxels.min()))
    first = [float(axis[:s].mean()) for axis, s in zip((scan.y, scan.x), size, strict=True)]
    step = [float(axis[1] - axis[0]) * s for axis, s in zip((scan.y, scan.x), size, strict=True)]
    return CoarseGrid(mean, sample, padding, np.array([z[0], *first]), np.array([grid_mm, *step]))


def _block_means(blocks: Voxels) -> NDArray[np.float32]:
    """Return the means of the blocks of a slice [row, row in block, column, column in block].

    One pixel of all blocks is added at a time: a reduction along the two short axes takes four times as long.
    """
    total = np.zeros((blocks.shape[0], blocks.shape[2]), dtype=np.float32)
    for row, column in np.ndindex(blocks.shape[1], blocks.shape[3]):
        total += blocks[:, row, :, column]
    return total / np.float32(blocks.shape[1] * blocks.shape[3])
