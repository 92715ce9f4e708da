"""Steps 3 to 6 for one seed: look, look again better centred, judge, and write down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.features import Features, measure
from analyzer.detection.lung_blob.lungs import Lungs
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.partial_volume import refilled
from analyzer.detection.lung_blob.patches import Patch
from analyzer.detection.lung_blob.regions import Region, find_region
from analyzer.detection.lung_blob.scan import Scan
from analyzer.detection.lung_blob.score import score
from analyzer.detection.lung_blob.seeds import Seed

Indices = NDArray[np.int64]

DRIFT_IN_RADII = 1.5
"""A region whose centre is farther than this from its seed belongs to another seed."""
WIDER = 1.5
"""A seed's scale is that of its densest part; what does not fit is looked at once more, from farther away."""


@dataclass(frozen=True)
class Finding:
    """A region that was kept; `voxels` (n, 3) are its [slice, row, column] in the scan."""

    voxels: Indices = field(repr=False)
    features: Features
    score: float
    stability: float


def look(seed: Seed, scan: Scan, parameters: Parameters) -> Region | None:
    """Find the region at a seed, then again with its own centre and radius, so that the seed's grid has no say."""
    first = find_region(Patch.around(scan, seed.centre, seed.radius, parameters), parameters)
    if first is not None and first.cut:
        wider = Patch.around(scan, seed.centre, WIDER * seed.radius, parameters)
        first = find_region(wider, parameters)
    if first is None or first.cut or 2 * first.radius > parameters.diameter_most_mm:
        return None
    if 2 * first.radius < parameters.first_look_share * least_diameter(scan, parameters):
        return None
    drift = float(np.linalg.norm(first.centroid - seed.centre))
    if drift > DRIFT_IN_RADII * seed.radius:
        return None
    region = find_region(Patch.around(scan, first.centroid, first.radius, parameters), parameters)
    return None if region is None or region.cut else region


def judge(seed: Seed, scan: Scan, lungs: Lungs, parameters: Parameters) -> Finding | None:
    """Keep what is round, bright, free and large enough."""
    region = look(seed, scan, parameters)
    if region is None:
        return None
    features = measure(region, lungs, parameters)
    evidence = score(features, parameters.weights)
    if evidence < parameters.score_least or not plausible(features, least_diameter(scan, parameters), parameters):
        return None
    steady, voxels = stability(region, parameters), native_voxels(region, scan)
    if steady < parameters.stability_least or len(voxels) == 0:
        return None
    if features.diameter_mm < parameters.partial_volume_slices * scan.slice_mm:
        voxels = refilled(voxels, region, scan, parameters)
    return Finding(voxels, features, evidence, steady)


def plausible(features: Features, least_diameter_mm: float, parameters: Parameters) -> bool:
    """Tell whether size and surroundings are those of a solid nodule in the lung."""
    return (
        least_diameter_mm <= features.diameter_mm <= parameters.diameter_most_mm
        and features.blob >= parameters.blob_least
        and features.attached <= parameters.attached_most
        and features.outside_lung <= parameters.outside_lung_most
    )


def least_diameter(scan: Scan, parameters: Parameters) -> float:
    """Size below which this scan's grid says nothing, mm."""
    return max(
        parameters.diameter_least_mm,
        parameters.diameter_least_pixels * scan.pixel_mm,
        parameters.diameter_least_slices * scan.slice_mm,
    )


def stability(region: Region, parameters: Parameters) -> float:
    """Dice between the masks at a lower and a higher level: how much the outline depends on the threshold."""
    low = region.at_share(parameters.stability_from_share, parameters)
    high = region.at_share(parameters.stability_to_share, parameters)
    both = np.count_nonzero(low) + np.count_nonzero(high)
    return float(2 * np.count_nonzero(low & high) / both) if both else 0.0


def native_voxels(region: Region, scan: Scan) -> Indices:
    """Choose the scan's voxels whose centres are in the region, (n, 3)."""
    patch = region.patch
    reach = patch.half * patch.step
    window = scan.window(patch.centre - reach, patch.centre + reach)
    index = [
        np.rint((axis[part] - middle) / patch.step).astype(np.int64) + patch.half
        for axis, part, middle in zip(scan.axes, window, patch.centre, strict=True)
    ]
    known = [(i >= 0) & (i <= 2 * patch.half) for i in index]
    inside = region.mask[np.ix_(*(i[k] for i, k in zip(index, known, strict=True)))]
    first = [part.start + int(np.argmax(k)) for part, k in zip(window, known, strict=True)]
    return np.argwhere(inside) + first


def without_doubles(findings: Sequence[Finding]) -> list[Finding]:
    """Keep the best of those that share voxels; ordered by score."""
    taken: set[tuple[int, int, int]] = set()
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (-f.score, *(int(v) for v in f.voxels[0]))):
        own = {(int(k), int(r), int(c)) for k, r, c in finding.voxels}
        if taken.isdisjoint(own):
            taken |= own
            kept.append(finding)
    return kept
