"""Step 1b: evidence that enclosed air of the density of lung is lung, and not foam, padding or a phantom's insert."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.coarse_grid import CoarseGrid
from analyzer.detection.lung_blob.morphology import Mask, eroded
from analyzer.detection.lung_blob.parameters import Parameters

DEEP_MM = 6.0
"""Texture is measured this far from the pleura, where vessels are the only dense structures."""
TAIL_PERCENT = 2
MIDDLE_SHARE = 0.2


@dataclass(frozen=True)
class LungEvidence:
    """Measurements of what was taken for lungs.

    Attributes:
        share_of_trunk: largest share of the body's cross-section, over all slices.
        holds_ball: whether a ball of the least depth fits in.
        texture: width of the upper over the lower tail of the densities; vessels make it large, noise leaves it at 1.
        in_middle: share of the voxels in the middle fifth of the body's width, where the mediastinum is.
        median_hu: median density.
    """

    share_of_trunk: float
    holds_ball: bool
    texture: float
    in_middle: float
    median_hu: float

    def is_lung(self, parameters: Parameters) -> bool:
        """Return whether it has the size and shape of lungs, and either their vessels or their places."""
        return (
            self.share_of_trunk >= parameters.lung_share_of_trunk_least
            and self.holds_ball
            and (self.texture >= parameters.lung_texture_least or self.in_middle <= parameters.lung_in_middle_most)
        )

    def is_lung_without_walls(self, parameters: Parameters) -> bool:
        """Return the same for a field of view smaller than a lung, where foam that fills the image looks alike."""
        return (
            self.texture >= parameters.lung_texture_without_walls_least
            and self.median_hu >= parameters.lung_median_without_walls_from_hu
        )


def lung_evidence(whole: Mask, lung: Mask, body: Mask, coarse: CoarseGrid, parameters: Parameters) -> LungEvidence:
    """Measure closed lungs, and their air, against the body that encloses them."""
    shallower = np.nextafter(parameters.lung_depth_least_mm, 0)
    area = whole.sum(axis=(1, 2))
    trunk = (body | whole).sum(axis=(1, 2))
    return LungEvidence(
        share_of_trunk=float((area / np.maximum(trunk, 1)).max()),
        holds_ball=bool(eroded(whole, shallower, coarse.step.tolist()).any()),
        texture=_tails(coarse.mean[eroded(whole, DEEP_MM, coarse.step.tolist())]),
        in_middle=_in_middle(whole, body),
        median_hu=float(np.median(coarse.sample[lung])),
    )


def _tails(hu: NDArray[np.float32]) -> float:
    if len(hu) == 0:
        return 1.0
    low, median, high = np.percentile(hu, [TAIL_PERCENT, 50, 100 - TAIL_PERCENT])
    return float((high - median) / max(median - low, 1.0))


def _in_middle(whole: Mask, body: Mask) -> float:
    """Count slices only that show both flanks of the body."""
    columns: Mask = np.logical_or.reduce(body, axis=1)
    counted = np.logical_or.reduce(columns, axis=1) & ~columns[:, 0] & ~columns[:, -1]
    if not whole[counted].any():
        return 0.0
    first = columns.argmax(axis=1)
    last = columns.shape[1] - 1 - columns[:, ::-1].argmax(axis=1)
    from_middle = np.abs(np.arange(columns.shape[1]) - ((first + last) / 2)[:, None])
    middle = from_middle <= MIDDLE_SHARE / 2 * (last - first)[:, None]
    by_column = whole.sum(axis=1)[counted]
    return float(by_column[middle[counted]].sum() / by_column.sum())
