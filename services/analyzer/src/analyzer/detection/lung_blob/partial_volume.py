"""Step 5, for nodules that are small relative to the slices: partial volume correction.

In thick slices, most voxels of a small nodule also contain lung: even the densest is below the density of the nodule,
and a threshold counts whole voxels. The integral of the signal, volume times contrast C to the lung, does not depend on
the position of the slices. With f(V) the fraction of each voxel that a ball of volume V at the same position fills,
convolved with the point spread and averaged over the slice:

    C = sum f^4 (HU - lung) / sum f^5        (least squares with weight f^3: the densest voxels dominate)
    V = V * sum (HU - lung) / (C sum f)      (fixed-point iteration)

The sums over the signal and over f include only voxels without signal from neighbouring structures.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from analyzer.detection.lung_blob.morphology import CORNERS, Floats, Mask, dilated_by_voxels
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.regions import Region
from analyzer.detection.lung_blob.scan import Scan

Indices = NDArray[np.int64]

SHELL_VOXELS, LUNG_VOXELS = 1, 2
"""Width of the shell of partially filled voxels around the mask, and of the lung around it (background)."""
SUBPLANE_MM = 0.5
CORE_POWER = 4
ITERATIONS = 10
MAX_VOLUME_RATIO = 3.0
"""Maximum ratio of the corrected volume and that of the mask, and of its inverse."""


@dataclass(frozen=True)
class Neighbourhood:
    """The voxels of a nodule and of its surroundings, [slice, row, column].

    Attributes:
        mask: voxels of the nodule.
        own: voxels that it fills at least partially, without signal from other structures.
        signal: HU above the lung.
        sizes: mm³ of each voxel.
        distance: (planes, slices, rows, columns), distance of subslice planes to the centroid, mm.
        blur: standard deviation of the point spread, mm.
        min_contrast, max_contrast: bounds of the contrast of soft tissue to the lung, HU.
    """

    mask: Mask = field(repr=False)
    own: Mask = field(repr=False)
    signal: Floats = field(repr=False)
    sizes: Floats = field(repr=False)
    distance: Floats = field(repr=False)
    blur: float
    min_contrast: float
    max_contrast: float

    @classmethod
    def of(cls, voxels: Indices, region: Region, scan: Scan, parameters: Parameters) -> "Neighbourhood":
        """Extract the surroundings from the scan and separate the nodule from vessels, pleura and lung."""
        margin = SHELL_VOXELS + LUNG_VOXELS
        low = np.maximum(voxels.min(axis=0) - margin, 0)
        window = tuple(slice(a, b) for a, b in zip(low, voxels.max(axis=0) + margin + 1, strict=True))
        hu = np.clip(scan.voxels[window], parameters.clip_from_hu, parameters.clip_to_hu).astype(np.float64)
        mask = np.zeros(hu.shape, dtype=np.bool_)
        mask[tuple((voxels - low).T)] = True
        shell = dilated_by_voxels(mask, SHELL_VOXELS, CORNERS)
        beyond = dilated_by_voxels(shell, LUNG_VOXELS, CORNERS) & ~shell & (hu < region.level)
        lung = float(np.median(hu[beyond])) if beyond.any() else region.background
        neighbours = dilated_by_voxels((hu >= region.level) & ~mask) & ~mask
        z, y, x = (axis[part] - c for axis, part, c in zip(scan.axes, window, region.centroid, strict=True))
        thickness = np.gradient(scan.z)[window[0]]
        return cls(
            mask,
            shell & ~neighbours,
            hu - lung,
            np.broadcast_to((thickness * (scan.y[1] - scan.y[0]) * (scan.x[1] - scan.x[0]))[:, None, None], hu.shape),
            np.sqrt(subslice_planes(z, thickness)[..., None, None] ** 2 + y[:, None] ** 2 + x**2),
            scan.blur_mm(parameters.point_spread_mm),
            region.core - lung,
            parameters.clip_to_hu - lung,
        )

    def fit(self) -> tuple[float, float, Floats]:
        """Return the volume of the nodule (mm³), its contrast (HU) and the fraction of each voxel that it fills."""
        own, signal, sizes = self.own, self.signal[self.own], self.sizes[self.own]
        start = volume = float(self.sizes[self.mask].sum())
        share, contrast = ball_fraction(volume, self.distance, self.blur), self.min_contrast
        for _ in range(ITERATIONS):
            f = share[own]
            peak = float((f**CORE_POWER * signal).sum() / (f ** (CORE_POWER + 1)).sum())
            contrast = min(max(peak, self.min_contrast), self.max_contrast)
            updated = volume * float((signal * sizes).sum() / (contrast * (f * sizes).sum()))
            volume = min(max(updated, start / MAX_VOLUME_RATIO), start * MAX_VOLUME_RATIO)
            share = ball_fraction(volume, self.distance, self.blur)
        return volume, contrast, share


def volume_preserving_voxels(voxels: Indices, region: Region, scan: Scan, parameters: Parameters) -> Indices:
    """Return the fullest voxels of the nodule, (n, 3), whose total volume is the corrected volume.

    The fullness is the mean of the normalised signal and the model fraction, because noise would fray the outline.
    """
    around = Neighbourhood.of(voxels, region, scan, parameters)
    volume, contrast, share = around.fit()
    fullness = around.signal / contrast + share
    fullness[~dilated_by_voxels(~around.mask, reach=CORNERS)] = np.inf
    candidates = np.argwhere(around.own | around.mask)
    order = np.argsort(-fullness[tuple(candidates.T)], kind="stable")
    cumulated = np.cumsum(around.sizes[tuple(candidates[order].T)])
    count = int(np.argmin(np.abs(cumulated - volume))) + 1
    shift = voxels.min(axis=0) - np.argwhere(around.mask).min(axis=0)
    return candidates[np.sort(order[:count])] + shift


def subslice_planes(z: Floats, thickness: Floats) -> Floats:
    """Return the z (planes, slices) of subslice planes spread evenly over the slices at z."""
    count = max(1, int(np.ceil(thickness.max() / SUBPLANE_MM)))
    return z + ((np.arange(count) + 0.5) / count - 0.5)[:, None] * thickness


def ball_fraction(volume: float, distance: Floats, blur: float) -> Floats:
    """Return the fraction of each voxel that a ball fills, averaged over its planes (axis 0).

    The profile is the integral of a Gaussian over a ball of radius R at distance d from its centre, with
    a = (R - d) / (s sqrt 2) and b = (R + d) / (s sqrt 2):
    (erf a + erf b) / 2 - s / (d sqrt(2 pi)) (exp(-a²) - exp(-b²)).
    """
    radius, far = (volume * 3 / (4 * np.pi)) ** (1 / 3), np.maximum(distance, 1e-3 * blur)
    inner, outer = (radius - far) / (blur * 2**0.5), (radius + far) / (blur * 2**0.5)
    rim = blur / (far * (2 * np.pi) ** 0.5) * (np.exp(-(inner**2)) - np.exp(-(outer**2)))
    return np.asarray((erf(inner) + erf(outer)) / 2 - rim, dtype=np.float64).mean(axis=0)
