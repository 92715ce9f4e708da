"""Step 2: bright blobs in the lungs, by differences of Gaussians over a range of scales."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.lungs import Lungs
from analyzer.detection.lung_blob.morphology import Floats
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.resampling import gaussian_weights, linear_weights, weighted
from analyzer.detection.lung_blob.scan import Scan

Image = NDArray[np.float32]

SCALE_RATIO = 2**0.5
RADIUS_IN_SCALES = 3**0.5
"""A ball answers most at sigma = radius / sqrt(3), where the Laplacian of the blurred ball is extreme."""
SCALES_PER_VOXEL = 1.4
"""A blurred image is kept on the coarsest grid (doubling) that is not over sigma / 1.4."""
MARGIN_MM = 8.0
SAME_PLACE = 0.5
"""Seeds of like scale nearer than this share of the larger radius are one."""


@dataclass(frozen=True)
class Seed:
    """A place to look at: `centre` (z, y, x) and `radius` in mm; the higher the `rank`, the sooner."""

    centre: Floats
    radius: float
    rank: float


@dataclass(frozen=True)
class Blurred:
    """The scan at one scale: point = origin + index x step (mm)."""

    image: Image = field(repr=False)
    origin: Floats
    step: float
    sigma: float

    def blurred(self, sigma: float) -> "Blurred":
        """Blur on to a larger sigma, on the same grid."""
        more = (sigma**2 - self.sigma**2) ** 0.5 / self.step
        indices = [np.arange(n, dtype=np.float64) for n in self.image.shape]
        z, y, x = (gaussian_weights(i, i, more) for i in indices)
        return Blurred(weighted(self.image, z, y, x), self.origin, self.step, sigma)

    def thinned(self) -> "Blurred":
        """Drop every other sample while the scale allows it."""
        if self.sigma < 2 * SCALES_PER_VOXEL * self.step:
            return self
        return Blurred(self.image[::2, ::2, ::2], self.origin, 2 * self.step, self.sigma).thinned()


def find_seeds(scan: Scan, lungs: Lungs, parameters: Parameters) -> list[Seed]:
    """Find the most blob-like maxima of the scale space inside the lungs, best first."""
    scales = scale_space(scan, lungs, parameters)
    seeds = [seed for fine, coarse in scales for seed in maxima(fine, coarse, lungs, parameters)]
    seeds.sort(key=lambda seed: (-seed.rank, *seed.centre, seed.radius))
    return distinct(seeds, parameters.seeds_most)


def scale_space(scan: Scan, lungs: Lungs, parameters: Parameters) -> Iterator[tuple[Blurred, Blurred]]:
    """Yield neighbouring scales, finest first, each pair on one grid."""
    fine = first_scale(scan, lungs, parameters)
    for _ in range(parameters.scale_count):
        fine = fine.thinned()
        coarse = fine.blurred(fine.sigma * SCALE_RATIO)
        yield fine, coarse
        fine = coarse


def first_scale(scan: Scan, lungs: Lungs, parameters: Parameters) -> Blurred:
    """Clip, resample and blur the lungs' surroundings; both steps are one matrix an axis."""
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
        hu = np.clip(scan.voxels[k, window[1], window[2]], parameters.clip_from_hu, parameters.clip_to_hu)
        plane[:] = y @ (hu.astype(np.float32) @ x.T)
    return Blurred(np.tensordot(z, planes, axes=1).astype(np.float32, copy=False), low, step, parameters.scale_first_mm)


def maxima(fine: Blurred, coarse: Blurred, lungs: Lungs, parameters: Parameters) -> Sequence[Seed]:
    """Find where a scale's response, normalised as sigma^2 x Laplacian, tops its 26 neighbours."""
    response = fine.image - coarse.image
    response *= 1 / (SCALE_RATIO - 1)
    peaks = local_maxima(response, parameters.response_least_hu)
    centres = peaks * fine.step + fine.origin
    inside = lungs.contain(centres)
    peaks, centres = peaks[inside], centres[inside]
    shape = roundness(fine.image, peaks)
    ranks = np.where(shape >= parameters.roundness_least, response[tuple(peaks.T)] * shape, 0)
    radius = fine.sigma * RADIUS_IN_SCALES
    return [Seed(c, radius, float(r)) for c, r in zip(centres, ranks, strict=True) if r > 0]


def local_maxima(image: Image, least: float) -> NDArray[np.int64]:
    """Find the indices (n, 3) of voxels over `least` that no neighbour tops; the outermost voxels are left out."""
    core = image[1:-1, 1:-1, 1:-1]
    at = np.argwhere(core > least) + 1
    values = image[tuple(at.T)]
    for shift in np.argwhere(np.ones((3, 3, 3))) - 1:
        kept = values >= image[tuple((at + shift).T)]
        at, values = at[kept], values[kept]
    return at


def roundness(image: Image, at: NDArray[np.int64]) -> Floats:
    """Smallest over largest curvature of bright blobs at indices (n, 3); 0 where one axis does not curve down."""
    near = {
        tuple(int(s) for s in shift): image[tuple((at + shift).T)].astype(np.float64)
        for shift in np.argwhere(np.ones((3, 3, 3))) - 1
    }
    hessian = np.empty((len(at), 3, 3))
    unit = np.eye(3, dtype=np.int64)
    for i in range(3):
        hessian[:, i, i] = near[tuple(unit[i])] + near[tuple(-unit[i])] - 2 * near[0, 0, 0]
        for j in range(i):
            same = near[tuple(unit[i] + unit[j])] + near[tuple(-unit[i] - unit[j])]
            opposite = near[tuple(unit[i] - unit[j])] + near[tuple(unit[j] - unit[i])]
            hessian[:, i, j] = hessian[:, j, i] = (same - opposite) / 4
    curvature = np.linalg.eigvalsh(hessian)
    return np.where(curvature[:, 2] < 0, curvature[:, 2] / np.minimum(curvature[:, 0], -1e-9), 0.0)


def distinct(seeds: Sequence[Seed], most: int) -> list[Seed]:
    """Keep the best seeds, none beside a better one of like scale."""
    kept: list[Seed] = []
    centres, radii = np.empty((most, 3)), np.empty(most)
    for seed in seeds:
        n = len(kept)
        larger = np.maximum(radii[:n], seed.radius)
        near = ((centres[:n] - seed.centre) ** 2).sum(axis=1) < (SAME_PLACE * larger) ** 2
        alike = larger < 1.5 * np.minimum(radii[:n], seed.radius)
        if not (near & alike).any():
            centres[n], radii[n] = seed.centre, seed.radius
            kept.append(seed)
        if len(kept) == most:
            break
    return kept
