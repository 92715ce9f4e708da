"""Step 2: blob detection in the lungs by differences of Gaussians (DoG) in scale space."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from analyzer.detection.lung_blob.lungs import Lungs
from analyzer.detection.lung_blob.morphology import Floats, Mask
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.resampling import gaussian_weights, linear_weights
from analyzer.detection.lung_blob.scan import Scan

Image = NDArray[np.float32]

SCALE_RATIO = 2**0.5
RADIUS_IN_SCALES = 3**0.5
"""The response to a ball is largest at sigma = radius / sqrt(3), the extremum of the scale-normalised Laplacian."""
SCALES_PER_VOXEL = 1.4
"""A blurred image is downsampled by factors of two while its step does not exceed sigma / 1.4."""
MARGIN_MM = 8.0
DUPLICATE_DISTANCE = 0.5
"""Seeds of similar scale closer than this share of the larger radius are duplicates."""


@dataclass(frozen=True)
class Seed:
    """A blob: `centre` (z, y, x) and `radius` in mm; seeds are processed by descending `rank`."""

    centre: Floats
    radius: float
    rank: float


@dataclass(frozen=True)
class ScaleLevel:
    """A level of the scale space: point = origin + index x step (mm)."""

    image: Image = field(repr=False)
    origin: Floats
    step: float
    sigma: float

    def blurred(self, sigma: float) -> "ScaleLevel":
        """Return the level of a larger sigma, on the same grid."""
        more = (sigma**2 - self.sigma**2) ** 0.5 / self.step
        image = np.empty_like(self.image)
        ndimage.gaussian_filter(self.image, more, mode="nearest", output=image)
        return ScaleLevel(image, self.origin, self.step, sigma)

    def downsampled(self) -> "ScaleLevel":
        """Return the level downsampled by factors of two as far as its sigma allows."""
        if self.sigma < 2 * SCALES_PER_VOXEL * self.step:
            return self
        return ScaleLevel(self.image[::2, ::2, ::2], self.origin, 2 * self.step, self.sigma).downsampled()


def find_seeds(scan: Scan, lungs: Lungs, parameters: Parameters) -> list[Seed]:
    """Return the maxima of the scale space inside the lungs, by descending rank."""
    scales = scale_space(scan, lungs, parameters)
    seeds = [seed for fine, coarse in scales for seed in maxima(fine, coarse, lungs, parameters)]
    seeds.sort(key=lambda seed: (-seed.rank, *seed.centre, seed.radius))
    return without_duplicates(seeds, parameters.seeds_most)


def scale_space(scan: Scan, lungs: Lungs, parameters: Parameters) -> Iterator[tuple[ScaleLevel, ScaleLevel]]:
    """Yield adjacent levels, finest first, each pair on one grid."""
    fine = first_scale(scan, lungs, parameters)
    for _ in range(parameters.scale_count):
        fine = fine.downsampled()
        coarse = fine.blurred(fine.sigma * SCALE_RATIO)
        yield fine, coarse
        fine = coarse


def first_scale(scan: Scan, lungs: Lungs, parameters: Parameters) -> ScaleLevel:
    """Clip, resample and blur the bounding box of the lungs, with one combined matrix per axis."""
    low, high = lungs.bounds
    low, high = low - MARGIN_MM, high + MARGIN_MM
    step = parameters.scale_grid_mm
    grids = [np.arange(a, b + step, step) for a, b in zip(low, high, strict=True)]
    window = scan.window(low, high)
    z, y, x = (
        gaussian_weights(grid, grid, parameters.scale_first_mm) @ linear_weights(grid, axis[part])
        for grid, axis, part in zip(grids, scan.axes, window, strict=True)
    )
    slices = range(window[0].start, window[0].stop)
    planes = np.empty((len(slices), len(grids[1]), len(grids[2])), dtype=np.float32)
    for plane, k in zip(planes, slices, strict=True):
        hu = scan.voxels[k, window[1], window[2]].astype(np.float32)
        plane[:] = y @ (hu.clip(parameters.clip_from_hu, parameters.clip_to_hu, out=hu) @ x.T)
    return ScaleLevel(
        np.tensordot(z, planes, axes=1).astype(np.float32, copy=False), low, step, parameters.scale_first_mm
    )


def maxima(fine: ScaleLevel, coarse: ScaleLevel, lungs: Lungs, parameters: Parameters) -> Sequence[Seed]:
    """Return the local maxima (26 neighbours) of the response of a level, normalised as sigma^2 x Laplacian."""
    response = fine.image - coarse.image
    response *= 1 / (SCALE_RATIO - 1)
    inside = lungs.contain([o + np.arange(n) * fine.step for o, n in zip(fine.origin, response.shape, strict=True)])
    peaks = local_maxima(response, inside & (response > parameters.response_least_hu))
    centres = peaks * fine.step + fine.origin
    shape = roundness(fine.image, peaks)
    ranks = np.where(shape >= parameters.roundness_least, response[tuple(peaks.T)] * shape, 0)
    radius = fine.sigma * RADIUS_IN_SCALES
    return [Seed(c, radius, float(r)) for c, r in zip(centres, ranks, strict=True) if r > 0]


def local_maxima(image: Image, searched: Mask) -> NDArray[np.int64]:
    """Return the indices (n, 3) of the local maxima among the searched voxels; the outermost ones are excluded."""
    inner = np.zeros_like(searched)
    inner[1:-1, 1:-1, 1:-1] = searched[1:-1, 1:-1, 1:-1]
    flat, places = image.ravel(), np.flatnonzero(inner)
    values = flat[places]
    steps = np.array([image.shape[1] * image.shape[2], image.shape[2], 1])
    for shift in (np.argwhere(np.ones((3, 3, 3))) - 1) @ steps:
        kept = values >= flat[places + shift]
        places, values = places[kept], values[kept]
    return np.stack(np.unravel_index(places, image.shape), axis=1)


def roundness(image: Image, indices: NDArray[np.int64]) -> Floats:
    """Return smallest / largest Hessian eigenvalue at indices (n, 3); 0 unless all are negative."""
    near = {
        tuple(int(s) for s in shift): image[tuple((indices + shift).T)].astype(np.float64)
        for shift in np.argwhere(np.ones((3, 3, 3))) - 1
    }
    hessian = np.empty((len(indices), 3, 3))
    unit = np.eye(3, dtype=np.int64)
    for i in range(3):
        hessian[:, i, i] = near[tuple(unit[i])] + near[tuple(-unit[i])] - 2 * near[0, 0, 0]
        for j in range(i):
            same = near[tuple(unit[i] + unit[j])] + near[tuple(-unit[i] - unit[j])]
            opposite = near[tuple(unit[i] - unit[j])] + near[tuple(unit[j] - unit[i])]
            hessian[:, i, j] = hessian[:, j, i] = (same - opposite) / 4
    eigenvalues = np.linalg.eigvalsh(hessian)
    return np.where(eigenvalues[:, 2] < 0, eigenvalues[:, 2] / np.minimum(eigenvalues[:, 0], -1e-9), 0.0)


def without_duplicates(seeds: Sequence[Seed], max_count: int) -> list[Seed]:
    """Return the best seeds without duplicates of similar scale (non-maximum suppression)."""
    kept: list[Seed] = []
    centres, radii = np.empty((max_count, 3)), np.empty(max_count)
    for seed in seeds:
        n = len(kept)
        larger = np.maximum(radii[:n], seed.radius)
        near = ((centres[:n] - seed.centre) ** 2).sum(axis=1) < (DUPLICATE_DISTANCE * larger) ** 2
        similar = larger < 1.5 * np.minimum(radii[:n], seed.radius)
        if not (near & similar).any():
            centres[n], radii[n] = seed.centre, seed.radius
            kept.append(seed)
        if len(kept) == max_count:
            break
    return kept
