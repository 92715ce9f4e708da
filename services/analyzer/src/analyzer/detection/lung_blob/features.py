"""Step 4a: features that distinguish a nodule from a vessel, a vessel branching and a bulge of the pleura."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.morphology import Floats, dilated
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.patches import Patch
from analyzer.detection.lung_blob.regions import Region

BALL_TOLERANCE = 1.05
BALL_TOLERANCE_VOXELS = 0.25
CURVATURE_IN_RADII = 3**-0.5


@dataclass(frozen=True)
class Features:
    """Features of a region, the input of the score.

    Attributes:
        diameter_mm: diameter of the ball of equal volume.
        inside: share of the mask within that ball, slightly enlarged.
        blob: smallest over largest eigenvalue of the Hessian at the centroid; 1 for a ball, 0 for a tube.
        attached: share of the shell around the mask that is above the threshold.
        outside_lung: share of that shell outside of the lungs.
        elongation: longest over middle axis.
        flatness: middle over shortest axis.
        cnr: contrast-to-noise ratio.
    """

    diameter_mm: float
    inside: float
    blob: float
    attached: float
    outside_lung: float
    elongation: float
    flatness: float
    cnr: float

    def as_numbers(self) -> dict[str, float]:
        """Return feature name -> value."""
        return asdict(self)


def measure(region: Region, parameters: Parameters) -> Features:
    """Measure the features of a region."""
    patch, mask, step = region.patch, region.mask, region.patch.grid.step
    points, centroid, radius = patch.points(mask), region.centroid, region.radius
    ball = BALL_TOLERANCE * radius + BALL_TOLERANCE_VOXELS * step
    inside = float(np.mean(np.linalg.norm(points - centroid, axis=1) <= ball))
    shell = dilated(mask, parameters.shell_mm, step) & ~mask
    long, middle, short = axes(points, step)
    noise = max(parameters.noise_least_hu, region.noise)
    return Features(
        diameter_mm=2 * radius,
        inside=inside,
        blob=blobness(patch, centroid, radius * CURVATURE_IN_RADII),
        attached=float(np.mean((patch.hu[shell] >= region.level) & patch.hull[shell])),
        outside_lung=float(np.mean(~patch.hull[shell])),
        elongation=long / middle,
        flatness=middle / short,
        cnr=min((region.core - region.background) / noise, parameters.cnr_most),
    )


def axes(points: Floats, step: float) -> tuple[float, float, float]:
    """Return the longest, middle and shortest axis of points (n, 3) from their second moments, mm."""
    moments = np.cov(points.T, bias=True) if len(points) > 1 else np.zeros((3, 3))
    short, middle, long = np.sqrt(np.maximum(np.linalg.eigvalsh(moments), 0) + step**2 / 12)
    return float(long), float(middle), float(short)


def blobness(patch: Patch, centre: Floats, sigma: float) -> float:
    """Return smallest / largest Hessian eigenvalue of the blurred patch (sigma in mm) at a point; 0 unless all < 0."""
    sampled = [gaussian_derivatives(patch.grid.offsets + patch.centre[k] - centre[k], sigma) for k in range(3)]
    hessian = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            order = np.bincount([i, j], minlength=3)
            z, y, x = (sampled[k][order[k]] for k in range(3))
            hessian[i, j] = z @ (y @ (patch.hu @ x).T)
    eigenvalues = np.linalg.eigvalsh(hessian)
    return float(eigenvalues[2] / eigenvalues[0]) if eigenvalues[2] < 0 else 0.0


def gaussian_derivatives(positions: Floats, sigma: float) -> list[NDArray[np.float64]]:
    """Sample a Gaussian (normalised), its first and its second derivative (sum 0) at positions about 0."""
    t = positions / sigma
    gaussian = np.exp(-0.5 * t**2)
    gaussian /= gaussian.sum()
    second = (t**2 - 1) * gaussian
    return [gaussian, -t * gaussian / sigma, (second - second.sum() * gaussian) / sigma**2]
