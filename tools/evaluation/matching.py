"""Matching of findings with the nodules of the ground truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.detection.lung_blob import LungBlob
from analyzer.detection.segmenter import Candidate
from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from analyzer.measurement.findings import in_reporting_order, measure_findings
from testkit.images.phantom import PlacedNodule

Labels = NDArray[np.uint8]

NEAR_MM = 2.0
"""Maximum distance of the centre of a finding from a small nodule; from a large one, its radius."""


@dataclass(frozen=True)
class Match:
    """Accuracy of the finding of a nodule."""

    centre_error_mm: float
    volume_error_percent: float
    dice: float
    confidence: float


@dataclass(frozen=True)
class Outcome:
    """Outcome for a nodule; `match` is None for a false negative."""

    slice_mm: float
    noise_hu: float
    diameter_mm: float
    contrast_hu: float
    above_limit: bool
    match: Match | None


@dataclass(frozen=True)
class ScanOutcome:
    """Outcome for a scan."""

    outcomes: Sequence[Outcome]
    false_confidences: Sequence[float]

    @property
    def false_findings(self) -> int:
        """Number of findings that are no nodule."""
        return len(self.false_confidences)


def evaluate(volume: Volume, labels: Labels, nodules: Sequence[PlacedNodule], noise_hu: float) -> ScanOutcome:
    """Run the detector as the product does and compare. `labels` holds k + 1 in nodule k."""
    detector = LungBlob()
    segmentation = in_reporting_order(volume, detector.segment(volume, _ignore))
    findings = measure_findings(volume, segmentation)
    owners = [owner_of(finding, nodules) for finding in findings]
    outcomes: list[Outcome] = []
    for k, nodule in enumerate(nodules):
        own = owners.index(k) if k in owners else None
        match = None
        if own is not None:
            match = _match(findings[own], segmentation.candidates[own], nodule, labels == k + 1)
        limit = detector.min_diameter(volume)
        outcomes.append(
            Outcome(
                round(volume.slice_spacing, 3),
                noise_hu,
                nodule.diameter_mm,
                nodule.shape.contrast_hu,
                nodule.diameter_mm >= limit,
                match,
            )
        )
    matched = {owners.index(k) for k in range(len(nodules)) if k in owners}
    return ScanOutcome(outcomes, [f.confidence or 0.0 for k, f in enumerate(findings) if k not in matched])


def _ignore(_share: float) -> None:
    """Discard the progress."""


def owner_of(finding: Finding, nodules: Sequence[PlacedNodule]) -> int | None:
    """Return the index of the nodule that a finding's centre is in or near; None for a false finding."""
    if not nodules:
        return None
    distances = [_distance(finding, nodule) for nodule in nodules]
    nearest = int(np.argmin(distances))
    return nearest if distances[nearest] <= max(NEAR_MM, nodules[nearest].diameter_mm / 2) else None


def _distance(finding: Finding, nodule: PlacedNodule) -> float:
    at = finding.location_lps_mm
    return float(np.linalg.norm(np.array([at.x, at.y, at.z]) - nodule.centre_mm))


def _match(finding: Finding, candidate: Candidate, nodule: PlacedNodule, truth: NDArray[np.bool_]) -> Match:
    window = tuple(slice(o, o + n) for o, n in zip(candidate.offset, candidate.mask.shape, strict=True))
    common = int(np.count_nonzero(truth[window] & candidate.mask))
    both = int(np.count_nonzero(truth)) + int(np.count_nonzero(candidate.mask))
    return Match(
        centre_error_mm=_distance(finding, nodule),
        volume_error_percent=100 * (finding.volume_mm3 / nodule.volume_mm3 - 1),
        dice=2 * common / both,
        confidence=finding.confidence or 0.0,
    )
