"""Findings against truth, one row a nodule."""

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
"""A finding belongs to a nodule when its centre is in it, or this near for small ones."""


@dataclass(frozen=True)
class Hit:
    """How well a found nodule was described."""

    centre_error_mm: float
    volume_error_percent: float
    dice: float
    confidence: float


@dataclass(frozen=True)
class Outcome:
    """What became of one nodule; `hit` is None when it was missed."""

    slice_mm: float
    noise_hu: float
    diameter_mm: float
    contrast_hu: float
    above_limit: bool
    hit: Hit | None


@dataclass(frozen=True)
class Judged:
    """What became of one scan."""

    outcomes: Sequence[Outcome]
    false_findings: int


def judge(volume: Volume, labels: Labels, nodules: Sequence[PlacedNodule], noise_hu: float) -> Judged:
    """Run the detector as the product does and compare. `labels` holds k + 1 where nodule k is."""
    detector = LungBlob()
    segmentation = in_reporting_order(volume, detector.segment(volume, _ignore))
    findings = measure_findings(volume, segmentation)
    owners = [_owner(finding, nodules) for finding in findings]
    outcomes: list[Outcome] = []
    for k, nodule in enumerate(nodules):
        mine = owners.index(k) if k in owners else None
        hit = None
        if mine is not None:
            hit = _hit(findings[mine], segmentation.candidates[mine], nodule, labels == k + 1)
        limit = detector.min_diameter(volume)
        outcomes.append(
            Outcome(
                round(volume.slice_spacing, 3),
                noise_hu,
                nodule.diameter_mm,
                nodule.shape.contrast_hu,
                nodule.diameter_mm >= limit,
                hit,
            )
        )
    found = sum(outcome.hit is not None for outcome in outcomes)
    return Judged(outcomes, len(findings) - found)


def _ignore(_share: float) -> None:
    """Drop the progress: nobody watches."""


def _owner(finding: Finding, nodules: Sequence[PlacedNodule]) -> int | None:
    if not nodules:
        return None
    apart = [_apart(finding, nodule) for nodule in nodules]
    nearest = int(np.argmin(apart))
    return nearest if apart[nearest] <= max(NEAR_MM, nodules[nearest].diameter_mm / 2) else None


def _apart(finding: Finding, nodule: PlacedNodule) -> float:
    at = finding.location_lps_mm
    return float(np.linalg.norm(np.array([at.x, at.y, at.z]) - nodule.centre_mm))


def _hit(finding: Finding, candidate: Candidate, nodule: PlacedNodule, truth: NDArray[np.bool_]) -> Hit:
    window = tuple(slice(o, o + n) for o, n in zip(candidate.offset, candidate.mask.shape, strict=True))
    common = int(np.count_nonzero(truth[window] & candidate.mask))
    both = int(np.count_nonzero(truth)) + int(np.count_nonzero(candidate.mask))
    return Hit(
        centre_error_mm=_apart(finding, nodule),
        volume_error_percent=100 * (finding.volume_mm3 / nodule.volume_mm3 - 1),
        dice=2 * common / both,
        confidence=finding.confidence or 0.0,
    )
