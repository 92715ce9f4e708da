"""Step 1: segmentation of the lungs on a coarse grid, including their vessels and nodules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.detection.lung_blob.body import body_of, enclosed_air
from analyzer.detection.lung_blob.coarse_grid import CoarseGrid, downsampled
from analyzer.detection.lung_blob.lung_evidence import lung_evidence
from analyzer.detection.lung_blob.morphology import (
    Floats,
    Mask,
    closed,
    connected_components,
    dilated_by_voxels,
    holes_filled,
)
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.resampling import interpolated
from analyzer.detection.lung_blob.scan import Scan

HULL_LEVEL = 0.5
MIN_WALLS = 2
"""Number of sides within a slice on which a lung has the body, unless the field of view is smaller than the lung."""


@dataclass(frozen=True)
class Lungs:
    """Lung mask after closing: `mask` [z, y, x], point = origin + index x step (mm)."""

    mask: Mask = field(repr=False)
    origin: Floats
    step: Floats

    @cached_property
    def softened(self) -> NDArray[np.float32]:
        """The mask, blurred by one voxel, so that its surface can be interpolated between voxels."""
        return np.asarray(ndimage.gaussian_filter(self.mask.astype(np.float32), 1.0), dtype=np.float32)

    def hull(self, positions: Sequence[Floats]) -> Mask:
        """Return which points of a grid (positions along z, y and x) are in a lung, with a smooth surface."""
        index = self._index(positions)
        low = [max(0, min(int(i[0]), n - 2)) for i, n in zip(index, self.mask.shape, strict=True)]
        high = [min(n, max(int(i[-1]) + 2, a + 2)) for i, n, a in zip(index, self.mask.shape, low, strict=True)]
        softened = self.softened[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
        if softened.min() >= HULL_LEVEL:  # as are all values between them
            return np.ones([len(p) for p in positions], dtype=np.bool_)
        axes = [np.arange(a, b, dtype=np.float64) for a, b in zip(low, high, strict=True)]
        return interpolated(softened, index, axes) >= HULL_LEVEL

    def contain(self, positions: Sequence[Floats]) -> Mask:
        """Return which points of a grid (positions along z, y and x) are in a voxel of a lung."""
        inside = np.pad(self.mask, 1)
        for axis, index in enumerate(self._index(positions)):
            inside = inside.take(np.rint(index).astype(np.int64) + 1, axis, mode="clip")
        return inside

    def _index(self, positions: Sequence[Floats]) -> list[Floats]:
        """Return the fractional index of each position along its axis."""
        return [(p - o) / s for p, o, s in zip(positions, self.origin, self.step, strict=True)]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest point of the lungs, (3,) each."""
        boxes = ndimage.find_objects(self.mask.astype(np.int8))[0]
        low = np.array([box.start for box in boxes]) * self.step + self.origin
        high = np.array([box.stop - 1 for box in boxes]) * self.step + self.origin
        return low, high


def find_lungs(scan: Scan, parameters: Parameters) -> Lungs | None:
    """Segment enclosed air with the volume, density, shape and texture of lungs, and close it; None without lungs."""
    coarse = downsampled(scan, parameters.lung_grid_mm, parameters.padding_below_hu)
    body = body_of(coarse, parameters)
    for min_walls in (MIN_WALLS, 0):
        lung = lung_components(coarse, enclosed_air(coarse, body, min_walls, parameters), parameters)
        if np.count_nonzero(lung) * coarse.voxel_ml < parameters.lungs_least_ml:
            continue
        whole = closed(lung, parameters.lung_closing_mm, coarse.step.tolist())
        evidence = lung_evidence(whole, lung, body, coarse, parameters)
        if evidence.is_lung(parameters) and (min_walls > 0 or evidence.is_lung_without_walls(parameters)):
            return Lungs(holes_filled(whole), coarse.origin, coarse.step)
    return None


def lung_components(coarse: CoarseGrid, air: Mask, parameters: Parameters) -> Mask:
    """Return the connected components of enclosed air with the density of lung, without those much smaller than others.

    The median distinguishes lung from gas: gas in the bowel has -1000 HU, while its mean is that of lung when the
    partial-volume rim is broad or noise is clipped at -1024.
    """
    labels = connected_components(air)
    volumes = np.bincount(labels.ravel()) * coarse.voxel_ml
    candidates = volumes >= parameters.lung_part_least_ml
    candidates &= open_share(labels, coarse, air, parameters) <= parameters.lung_open_most
    candidates[0] = False
    dense = [label for label in np.flatnonzero(candidates) if _has_density_of_lung(labels == label, coarse, parameters)]
    most = volumes[dense].max(initial=0)
    return np.isin(labels, [label for label in dense if volumes[label] >= parameters.lung_part_least * most])


def open_share(labels: NDArray[np.int32], coarse: CoarseGrid, air: Mask, parameters: Parameters) -> Floats:
    """Return, for each label, the share of its surface next to air that is not enclosed.

    A lung meets room air in few voxels only (a trachea, a thin skin), a pocket between body and table in many.
    """
    room = (coarse.mean < parameters.lung_air_below_hu) & ~coarse.padding & ~air
    count = int(labels.max()) + 1
    surface = np.bincount(labels[air & dilated_by_voxels(~air)], minlength=count)
    open_to_room = np.bincount(labels[air & dilated_by_voxels(room)], minlength=count)
    return open_to_room / np.maximum(surface, 1)


def _has_density_of_lung(component: Mask, coarse: CoarseGrid, parameters: Parameters) -> bool:
    median = np.median(coarse.sample[component])
    return bool(parameters.lung_median_from_hu <= median <= parameters.lung_median_to_hu)
