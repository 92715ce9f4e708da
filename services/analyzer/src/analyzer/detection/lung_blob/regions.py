"""Step 3b: segmentation of the object in the middle of a patch: threshold, and a mask without attached vessels."""

from dataclasses import dataclass, field

import numpy as np

from analyzer.detection.lung_blob.morphology import (
    FULLY_CONNECTED,
    Floats,
    Mask,
    connected_components,
    dilated,
    eroded,
    touches_border,
)
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.patches import Patch

CORE_IN_RADII = 0.5
SHELL_FROM_RADII, SHELL_TO_RADII = 1.3, 2.0
"""Shell that the background is measured in; it excludes the blurred border of the nodule."""
BACKGROUND_PERCENTILE = 25
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Region:
    """The object in the middle of a patch.

    Attributes:
        patch: its patch.
        mask: its voxels in the patch.
        core, background, level, noise: HU; `level` is the threshold.
    """

    patch: Patch
    mask: Mask = field(repr=False)
    core: float
    background: float
    level: float
    noise: float

    @property
    def volume_mm3(self) -> float:
        """Volume of the mask."""
        return float(np.count_nonzero(self.mask)) * self.patch.step**3

    @property
    def radius(self) -> float:
        """Radius of the ball of equal volume, mm."""
        return (self.volume_mm3 * 3 / (4 * np.pi)) ** (1 / 3)

    @property
    def exceeds_patch(self) -> bool:
        """Whether the object exceeds its patch."""
        return touches_border(self.mask)

    @property
    def centroid(self) -> Floats:
        """(3,) in mm of the scan."""
        return self.patch.points(self.mask).mean(axis=0)

    def mask_at_share(self, share: float, parameters: Parameters) -> Mask:
        """Return the mask at another threshold between background and core."""
        level = self.background + share * (self.core - self.background)
        return core_component(self.patch, level, parameters)


def find_region(patch: Patch, parameters: Parameters) -> Region | None:
    """Segment the object in the middle; None without the contrast of soft tissue in lung."""
    core = float(np.median(patch.hu[patch.distance <= max(CORE_IN_RADII * patch.radius, patch.step)]))
    shell_to = SHELL_TO_RADII * patch.radius + patch.step
    shell = patch.hu[(patch.distance > SHELL_FROM_RADII * patch.radius) & (patch.distance <= shell_to)]
    background = float(np.percentile(shell, BACKGROUND_PERCENTILE))
    if core < parameters.core_least_hu or core - background < parameters.contrast_least_hu:
        return None
    share = level_share(patch.radius, patch.blur, parameters)
    level = background + share * (core - background)
    mask = core_component(patch, level, parameters)
    if not mask.any():
        return None
    lung = shell[shell < level]
    noise = MAD_TO_DEVIATION * float(np.median(np.abs(lung - np.median(lung))))
    return Region(patch, mask, core, background, level, noise)


def level_share(radius: float, blur: float, parameters: Parameters) -> float:
    """Return the threshold of the true surface as a share of the step from background to core.

    One half on a flat surface. A blurred ball is less dense at its surface, to first order by blur / radius /
    sqrt(2 pi), so that one half would underestimate small nodules.
    """
    return parameters.level_share - blur / (radius * (2 * np.pi) ** 0.5)


def core_component(patch: Patch, level: float, parameters: Parameters) -> Mask:
    """Threshold, open by a ball to detach vessels, keep the component nearest to the middle, dilate it again."""
    above = patch.hu >= level
    opening = parameters.opening_share * patch.radius
    labels = connected_components(eroded(above, opening, patch.step), FULLY_CONNECTED)
    if not labels.any():
        return np.zeros_like(above)
    nearest = np.argmin(np.where(labels > 0, patch.distance, np.inf))
    component = labels == labels.ravel()[nearest]
    return above & dilated(component, opening + patch.step / 2, patch.step)
