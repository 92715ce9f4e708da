"""Step 5, for nodules small against the slices: as many voxels as the nodule's density adds up to.

Where voxels are thick, most of a small nodule's voxels hold lung too: their densest is dimmer than the nodule, and a
threshold counts whole voxels. What the nodule adds to the density of all voxels together, its volume times its
contrast C to the lung, does not depend on how it falls on the slices. With f(V) the share of each voxel that a ball
of volume V at the same place fills as this scan sees it (blurred, averaged over the slice):

    C = sum f^4 (HU - lung) / sum f^5        (least squares, each voxel weighed by f^3: the densest decide)
    V = V * sum (HU - lung) / (C sum f)      (until V no longer changes)

Only voxels that no neighbour disturbs are summed, in the signal as in f, so that what is left out does not count.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from analyzer.detection.lung_blob.morphology import FULLY_CONNECTED, Floats, Mask, widened
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.regions import Region
from analyzer.detection.lung_blob.scan import Scan

Indices = NDArray[np.int64]

SHELL_VOXELS, LUNG_VOXELS = 1, 2
"""Around the mask: what the nodule can fill in part, and beyond it what the lung's density is taken from."""
SUBPLANE_MM = 0.5
CORE_POWER = 4
ROUNDS = 10
FARTHEST = 3.0
"""A volume that many times the mask's, or that many times smaller, is not a matter of partial volume."""


@dataclass(frozen=True)
class Neighbourhood:
    """A nodule's voxels and those around it, [slice, row, column].

    Attributes:
        mask: the nodule's voxels. own: those that it fills at least in part and that nothing else disturbs.
        signal: HU above the lung.
        sizes: mm³ of each voxel.
        distance: (planes, slices, rows, columns), mm to the nodule's centre from planes spread over each slice.
        blur: standard deviation, mm.
        core: least contrast that the nodule can have, most: what is above it is no soft tissue; HU.
    """

    mask: Mask = field(repr=False)
    own: Mask = field(repr=False)
    signal: Floats = field(repr=False)
    sizes: Floats = field(repr=False)
    distance: Floats = field(repr=False)
    blur: float
    core: float
    most: float

    @classmethod
    def of(cls, voxels: Indices, region: Region, scan: Scan, parameters: Parameters) -> "Neighbourhood":
        """Cut it out of the scan and tell the nodule from vessels, pleura and lung."""
        margin = SHELL_VOXELS + LUNG_VOXELS
        low = np.maximum(voxels.min(axis=0) - margin, 0)
        window = tuple(slice(a, b) for a, b in zip(low, voxels.max(axis=0) + margin + 1, strict=True))
        hu = np.clip(scan.voxels[window], parameters.clip_from_hu, parameters.clip_to_hu).astype(np.float64)
        mask = np.zeros(hu.shape, dtype=np.bool_)
        mask[tuple((voxels - low).T)] = True
        shell = widened(mask, SHELL_VOXELS, FULLY_CONNECTED)
        beyond = widened(shell, LUNG_VOXELS, FULLY_CONNECTED) & ~shell & (hu < region.level)
        lung = float(np.median(hu[beyond])) if beyond.any() else region.background
        others = widened((hu >= region.level) & ~mask) & ~mask
        z, y, x = (axis[part] - c for axis, part, c in zip(scan.axes, window, region.centroid, strict=True))
        thick = np.gradient(scan.z)[window[0]]
        return cls(
            mask,
            shell & ~others,
            hu - lung,
            np.broadcast_to((thick * (scan.y[1] - scan.y[0]) * (scan.x[1] - scan.x[0]))[:, None, None], hu.shape),
            np.sqrt(planes(z, thick)[..., None, None] ** 2 + y[:, None] ** 2 + x**2),
            scan.blur_mm(parameters.point_spread_mm),
            region.core - lung,
            parameters.clip_to_hu - lung,
        )

    def fit(self) -> tuple[float, float, Floats]:
        """Return the nodule's volume (mm³), its contrast (HU) and the share of each voxel that it fills."""
        own, signal, sizes = self.own, self.signal[self.own], self.sizes[self.own]
        start = volume = float(self.sizes[self.mask].sum())
        share, contrast = ball_share(volume, self.distance, self.blur), self.core
        for _ in range(ROUNDS):
            f = share[own]
            peak = float((f**CORE_POWER * signal).sum() / (f ** (CORE_POWER + 1)).sum())
            contrast = min(max(peak, self.core), self.most)
            grown = volume * float((signal * sizes).sum() / (contrast * (f * sizes).sum()))
            volume = min(max(grown, start / FARTHEST), start * FARTHEST)
            share = ball_share(volume, self.distance, self.blur)
        return volume, contrast, share


def refilled(voxels: Indices, region: Region, scan: Scan, parameters: Parameters) -> Indices:
    """Choose the nodule's voxels anew, (n, 3): the fullest, until they have the volume that the densities add up to.

    How full a voxel is, is judged half by its density and half by the ball, since noise alone would fray the outline.
    """
    around = Neighbourhood.of(voxels, region, scan, parameters)
    volume, contrast, share = around.fit()
    fullness = around.signal / contrast + share
    fullness[~widened(~around.mask, connection=FULLY_CONNECTED)] = np.inf
    candidates = np.argwhere(around.own | around.mask)
    order = np.argsort(-fullness[tuple(candidates.T)], kind="stable")
    filled = np.cumsum(around.sizes[tuple(candidates[order].T)])
    count = int(np.argmin(np.abs(filled - volume))) + 1
    moved = voxels.min(axis=0) - np.argwhere(around.mask).min(axis=0)
    return candidates[np.sort(order[:count])] + moved


def planes(z: Floats, thick: Floats) -> Floats:
    """Heights (planes, slices) of thin planes spread evenly over slices at z."""
    count = max(1, int(np.ceil(thick.max() / SUBPLANE_MM)))
    return z + ((np.arange(count) + 0.5) / count - 0.5)[:, None] * thick


def ball_share(volume: float, distance: Floats, blur: float) -> Floats:
    """Share of each voxel that a ball fills, averaged over its planes (axis 0).

    The profile is the integral of a Gaussian over a ball of radius R at distance d from its centre, with
    a = (R - d) / (s sqrt 2) and b = (R + d) / (s sqrt 2):
    (erf a + erf b) / 2 - s / (d sqrt(2 pi)) (exp(-a²) - exp(-b²)).
    """
    radius, far = (volume * 3 / (4 * np.pi)) ** (1 / 3), np.maximum(distance, 1e-3 * blur)
    inner, outer = (radius - far) / (blur * 2**0.5), (radius + far) / (blur * 2**0.5)
    rim = blur / (far * (2 * np.pi) ** 0.5) * (np.exp(-(inner**2)) - np.exp(-(outer**2)))
    return np.asarray((erf(inner) + erf(outer)) / 2 - rim, dtype=np.float64).mean(axis=0)
