"""Step 1: segmentation of the lungs on a coarse grid, including their vessels and nodules."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.detection.lung_blob.morphology import Floats, Mask, closed, connected_components, holes_filled
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.scan import Scan, Voxels


@dataclass(frozen=True)
class CoarseGrid:
    """The scan on an even, coarse grid [z, y, x]; point = origin + index x step (mm).

    Attributes:
        mean: float32, mean HU of the pixels of each block.
        sample: HU of one pixel of each block.
    """

    mean: NDArray[np.float32] = field(repr=False)
    sample: Voxels = field(repr=False)
    origin: Floats
    step: Floats

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel, ml."""
        return float(np.prod(self.step)) / 1000


@dataclass(frozen=True)
class Lungs:
    """Lung mask after closing: `mask` [z, y, x], point = origin + index x step (mm)."""

    mask: Mask = field(repr=False)
    origin: Floats
    step: Floats

    def contain(self, points: Floats) -> Mask:
        """Return which of the points (n, 3) are in a lung."""
        index = np.rint((points - self.origin) / self.step).astype(np.int64)
        known = ((index >= 0) & (index < self.mask.shape)).all(axis=1)
        inside = np.zeros(len(points), dtype=np.bool_)
        inside[known] = self.mask[tuple(index[known].T)]
        return inside

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest point of the lungs, (3,) each."""
        boxes = ndimage.find_objects(self.mask.astype(np.int8))[0]
        low = np.array([box.start for box in boxes]) * self.step + self.origin
        high = np.array([box.stop - 1 for box in boxes]) * self.step + self.origin
        return low, high


def find_lungs(scan: Scan, parameters: Parameters) -> Lungs | None:
    """Segment air components with the volume and density of lung, and close them; None when there are none."""
    coarse = downsampled(scan, parameters.lung_grid_mm)
    lung = lung_components(coarse, parameters)
    if np.count_nonzero(lung) * coarse.voxel_ml < parameters.lungs_least_ml:
        return None
    whole = closed(lung, parameters.lung_closing_mm, coarse.step.tolist())
    return Lungs(holes_filled(whole), coarse.origin, coarse.step)


def downsampled(scan: Scan, grid_mm: float) -> CoarseGrid:
    """Downsample: block means within a slice, nearest slice along z."""
    z = np.arange(scan.z[0], scan.z[-1] + 1e-6, grid_mm)
    nearest = np.abs(scan.z[:, None] - z).argmin(axis=0)
    size = [max(1, round(grid_mm / float(axis[1] - axis[0]))) for axis in (scan.y, scan.x)]
    rows, columns = (n // s for n, s in zip(scan.voxels.shape[1:], size, strict=True))
    blocks = scan.voxels[:, : rows * size[0], : columns * size[1]].reshape(-1, rows, size[0], columns, size[1])
    means = {int(k): blocks[k].mean(axis=(1, 3), dtype=np.float32) for k in np.unique(nearest)}
    mean = np.stack([means[int(k)] for k in nearest])
    sample = blocks[nearest, :, size[0] // 2, :, size[1] // 2]
    first = [float(axis[:s].mean()) for axis, s in zip((scan.y, scan.x), size, strict=True)]
    step = [float(axis[1] - axis[0]) * s for axis, s in zip((scan.y, scan.x), size, strict=True)]
    return CoarseGrid(mean, sample, np.array([z[0], *first]), np.array([grid_mm, *step]))


def lung_components(coarse: CoarseGrid, parameters: Parameters) -> Mask:
    """Return the connected components of air with the density of lung.

    The median distinguishes lung from gas: air around the body and in the bowel has -1000 HU, while its mean is that of
    lung when the partial-volume rim is broad or noise is clipped at -1024. Components that touch the image border are
    not excluded, so that a lung may be truncated by the field of view.
    """
    labels = connected_components(coarse.mean < parameters.lung_air_below_hu)
    sizes = np.bincount(labels.ravel())
    large = np.flatnonzero(sizes * coarse.voxel_ml >= parameters.lung_part_least_ml)
    lung = np.zeros(labels.shape, dtype=np.bool_)
    for label in large[large > 0]:
        component = labels == label
        if parameters.lung_median_from_hu <= np.median(coarse.sample[component]) <= parameters.lung_median_to_hu:
            lung |= component
    return lung
