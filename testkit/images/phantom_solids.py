"""Solids painted over an image: tables, foam, blankets, limbs and tubes for phantoms of anything but a plain chest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from analyzer.domain.volume import Volume
from testkit.images.phantom_rendering import AIR_HU, POINT_SPREAD_MM, Scanner, noise

BOX = 12.0
"""Exponent of a superellipsoid that is nearly a box."""
ENDLESS = np.inf
"""Half axis of a solid that extends beyond the image."""


@dataclass(frozen=True)
class Solid:
    """A superellipsoid |x/a|^n + |y/b|^n + |z/c|^n <= 1 in LPS mm; n = 2 is an ellipsoid, `BOX` a box."""

    centre_mm: tuple[float, float, float]
    half_axes_mm: tuple[float, float, float]
    hu: float
    exponent: float = 2.0

    def contains(self, x: NDArray[np.float64], y: NDArray[np.float64], z: float) -> NDArray[np.bool_]:
        """Return which points of a plane are inside."""
        offsets = [np.abs(p - c) / a for p, c, a in zip((x, y, z), self.centre_mm, self.half_axes_mm, strict=True)]
        return np.asarray(sum(offset**self.exponent for offset in offsets) <= 1)


def empty_volume(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Volume:
    """Return an image of air, centred on LPS (0, 0, 0)."""
    return Scanner.of(shape, spacing, None, 0).volume(np.full(shape, AIR_HU, dtype=np.int16))


def painted(volume: Volume, solids: Sequence[Solid], *, noise_hu: float = 0.0, seed: int = 0) -> Volume:
    """Paint solids in their order, with blurred surfaces, over a volume with axes along LPS; then add noise."""
    rng = np.random.default_rng(seed)
    voxels = np.empty_like(volume.voxels, dtype=np.int16)
    x = volume.origins[0, 0] + np.arange(volume.voxels.shape[2]) * volume.pixel_spacing[0]
    y = volume.origins[0, 1] + np.arange(volume.voxels.shape[1]) * volume.pixel_spacing[1]
    for k, origin in enumerate(volume.origins):
        hu = volume.voxels[k].astype(np.float64)
        for solid in solids:
            inside = solid.contains(x[None, :], y[:, None], float(origin[2])).astype(np.float64)
            hu += gaussian_filter(inside, POINT_SPREAD_MM / np.array(volume.pixel_spacing[::-1])) * (solid.hu - hu)
        voxels[k] = np.rint(np.clip(hu + noise(hu.shape, noise_hu, rng), -1024, 3071))
    return replace(volume, voxels=voxels)
