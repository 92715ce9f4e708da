"""Steps 3 to 6 for one seed: segment, segment again at the centroid, score, filter, and map to voxels."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob.features import Features, measure
from analyzer.detection.lung_blob.lungs import Lungs
from analyzer.detection.lung_blob.parameters import Gates, Parameters
from analyzer.detection.lung_blob.partial_volume import volume_preserving_voxels
from analyzer.detection.lung_blob.patches import Patch
from analyzer.detection.lung_blob.regions import Region, find_region
from analyzer.detection.lung_blob.scan import Scan
from analyzer.detection.lung_blob.score import score
from analyzer.detection.lung_blob.seeds import Seed

Indices = NDArray[np.int64]

MAX_DRIFT_IN_RADII = 1.5
"""Maximum distance of the centroid from its seed: beyond it, the region belongs to another seed."""
ENLARGEMENT = 1.5
"""Factor of the radius for a second attempt, when the region exceeds the patch of the seed's scale."""


@dataclass(frozen=True)
class Finding:
    """An accepted region; `voxels` (n, 3) are its [slice, row, column] in the scan."""

    voxels: Indices = field(repr=False)
    features: Features
    score: float
    stability: float


def segment_at(seed: Seed, scan: Scan, lungs: Lungs, parameters: Parameters) -> Region | None:
    """Segment the region at a seed, then again at its own centroid and radius, independent of the seed's grid."""
    first = find_region(Patch.around(scan, lungs, seed.centre, seed.radius, parameters), parameters)
    if first is not None and first.exceeds_patch:
        enlarged = Patch.around(scan, lungs, seed.centre, ENLARGEMENT * seed.radius, parameters)
        first = find_region(enlarged, parameters)
    if first is None or first.exceeds_patch or 2 * first.radius > parameters.diameter_most_mm:
        return None
    faint = first.core < parameters.core_least_hu
    least = parameters.faint_diameter_least_mm if faint else min_diameter(scan, parameters)
    if 2 * first.radius < parameters.first_look_share * least:
        return None
    drift = float(np.linalg.norm(first.centroid - seed.centre))
    if drift > MAX_DRIFT_IN_RADII * seed.radius:
        return None
    region = find_region(Patch.around(scan, lungs, first.centroid, first.radius, parameters), parameters)
    if region is None or region.exceeds_patch:
        return None
    return None if faint and 2 * region.radius < parameters.faint_diameter_least_mm else region


def evaluate_seed(seed: Seed, scan: Scan, lungs: Lungs, parameters: Parameters) -> Finding | None:
    """Return the finding at a seed; None unless it is round, dense, isolated and large enough."""
    region = segment_at(seed, scan, lungs, parameters)
    if region is None:
        return None
    features = measure(region, parameters)
    evidence = score(features, parameters.weights)
    gates = parameters.gates_of(evidence)
    if gates is None or not plausible(features, min_diameter(scan, parameters), gates, parameters):
        return None
    if region.core < parameters.core_least_hu and evidence < parameters.faint_score_least:
        return None
    dice, voxels = stability(region, parameters), native_voxels(region, scan)
    if dice < gates.stability_least or len(voxels) == 0:
        return None
    if features.diameter_mm < parameters.partial_volume_slices * scan.slice_mm:
        voxels = volume_preserving_voxels(voxels, region, scan, parameters)
    return Finding(voxels, features, evidence, dice)


def plausible(features: Features, min_diameter_mm: float, gates: Gates, parameters: Parameters) -> bool:
    """Return whether size, shape and surroundings are those of a solid nodule in the lung."""
    return (
        max(min_diameter_mm, gates.diameter_least_mm) <= features.diameter_mm <= parameters.diameter_most_mm
        and features.cnr >= gates.cnr_least
        and features.blob >= parameters.blob_least
        and features.attached <= gates.attached_most
        and features.outside_lung <= parameters.outside_lung_most
    )


def min_diameter(scan: Scan, parameters: Parameters) -> float:
    """Smallest diameter that the voxel size of the scan resolves, mm."""
    return max(
        parameters.diameter_least_mm,
        parameters.diameter_least_pixels * scan.pixel_mm,
        parameters.diameter_least_slices * scan.slice_mm,
    )


def stability(region: Region, parameters: Parameters) -> float:
    """Return the Dice of the masks at a lower and a higher threshold, a measure of the certainty of the outline."""
    low = region.mask_at_share(parameters.stability_from_share, parameters)
    high = region.mask_at_share(parameters.stability_to_share, parameters)
    both = np.count_nonzero(low) + np.count_nonzero(high)
    return float(2 * np.count_nonzero(low & high) / both) if both else 0.0


def native_voxels(region: Region, scan: Scan) -> Indices:
    """Return the voxels of the scan with their centres in the region, (n, 3)."""
    patch = region.patch
    reach = patch.grid.half * patch.grid.step
    window = scan.window(patch.centre - reach, patch.centre + reach)
    index = [
        np.rint((axis[part] - middle) / patch.grid.step).astype(np.int64) + patch.grid.half
        for axis, part, middle in zip(scan.axes, window, patch.centre, strict=True)
    ]
    known = [(i >= 0) & (i <= 2 * patch.grid.half) for i in index]
    inside = region.mask[np.ix_(*(i[k] for i, k in zip(index, known, strict=True)))]
    first = [part.start + int(np.argmax(k)) for part, k in zip(window, known, strict=True)]
    return np.argwhere(inside) + first


def without_duplicates(findings: Sequence[Finding]) -> list[Finding]:
    """Return the best of findings that share voxels (non-maximum suppression), ordered by score."""
    occupied: set[tuple[int, int, int]] = set()
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (-f.score, *(int(v) for v in f.voxels[0]))):
        own = {(int(k), int(r), int(c)) for k, r, c in finding.voxels}
        if occupied.isdisjoint(own):
            occupied |= own
            kept.append(finding)
    return kept
