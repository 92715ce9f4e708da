"""Real chest CTs with the truth of radiologists (LIDC-IDRI) or of algorithms (QIN LUNG CT): `../shared/data/lidc`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from analyzer.detection.lung_blob import LungBlob
from analyzer.domain.result import Finding
from analyzer.domain.volume import Volume
from analyzer.measurement.findings import in_reporting_order, measure_findings
from tools.evaluation.injection import read_volume

SAME_MM = 5.0
"""Distance within which two findings are of one place."""


class ReadNodule(BaseModel):
    """A nodule as readers or algorithms marked it; only a positive one has to be found."""

    lps_mm: tuple[float, float, float]
    diameter_mm: float
    volume_mm3: float
    positive: bool


class Irrelevant(BaseModel):
    """A place where a finding counts neither way."""

    lps_mm: tuple[float, float, float]
    diameter_mm: float


class Truth(BaseModel):
    """The truth of a scan; unless it is exhaustive, other findings are unjudged."""

    name: str
    kind: str
    exhaustive: bool
    nodules: list[ReadNodule]
    irrelevant: list[Irrelevant]


@dataclass(frozen=True)
class Hit:
    """A finding whose centre is within the radius of a positive nodule."""

    centre_error_mm: float
    volume_mm3: float
    confidence: float


@dataclass(frozen=True)
class RealOutcome:
    """What was found of a scan.

    Attributes:
        truth: the positives and what else is marked.
        hits: for each positive, in order, its finding or None.
        other: confidences of findings at no marked place.
        irrelevant: number of findings at places that count neither way.
    """

    truth: Truth
    hits: Sequence[Hit | None]
    other: Sequence[float]
    irrelevant: int

    @property
    def positives(self) -> list[ReadNodule]:
        """The nodules that have to be found."""
        return [nodule for nodule in self.truth.nodules if nodule.positive]


def read_truths(folder: Path) -> Iterator[tuple[Truth, Volume]]:
    """Yield the scans of a folder with their truth; those that are not there are left out."""
    for entry in json.loads((folder / "truth.json").read_text(encoding="utf-8")):
        truth = Truth.model_validate(entry)
        path = folder / f"{truth.name}.zip"
        if path.exists():
            yield truth, read_volume(path)


def findings_of(volume: Volume) -> list[Finding]:
    """Run the detector and measure as the product does; empty when it does not apply."""
    detector = LungBlob()
    if detector.applies(volume) is not None:
        return []
    return measure_findings(volume, in_reporting_order(volume, detector.segment(volume, lambda _share: None)))


def is_known(finding: Finding, others: Sequence[Finding]) -> bool:
    """Return whether a finding in a changed scan is one of those in the scan as it was."""
    at = finding.location_lps_mm
    return any(
        np.linalg.norm([at.x - o.location_lps_mm.x, at.y - o.location_lps_mm.y, at.z - o.location_lps_mm.z]) < SAME_MM
        for o in others
    )


def judge(truth: Truth, findings: Sequence[Finding]) -> RealOutcome:
    """Match findings with the truth: a hit lies within a positive's radius; the nearest one counts."""
    positives = [nodule for nodule in truth.nodules if nodule.positive]
    others = [*truth.irrelevant, *(nodule for nodule in truth.nodules if not nodule.positive)]
    hits: list[Hit | None] = []
    for nodule in positives:
        near = sorted((f for f in findings if _within(f, nodule)), key=lambda f: _distance(f, nodule))
        hits.append(_hit(near[0], nodule) if near else None)
    unmatched = [f for f in findings if not any(_within(f, nodule) for nodule in positives)]
    elsewhere = [f for f in unmatched if not any(_within(f, other) for other in others)]
    return RealOutcome(truth, hits, [f.confidence or 0.0 for f in elsewhere], len(unmatched) - len(elsewhere))


def _distance(finding: Finding, place: ReadNodule | Irrelevant) -> float:
    at = finding.location_lps_mm
    return float(np.linalg.norm(np.array([at.x, at.y, at.z]) - place.lps_mm))


def _within(finding: Finding, place: ReadNodule | Irrelevant) -> bool:
    return _distance(finding, place) <= place.diameter_mm / 2


def _hit(finding: Finding, nodule: ReadNodule) -> Hit:
    return Hit(_distance(finding, nodule), finding.volume_mm3, finding.confidence or 0.0)
