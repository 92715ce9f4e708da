"""The default strategy: detection of lung nodules on CT."""

import numpy as np

from analyzer import messages
from analyzer.detection.lung_blob.findings import Finding, evaluate_seed, min_diameter, without_duplicates
from analyzer.detection.lung_blob.lungs import Lungs, find_lungs
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.scan import Scan
from analyzer.detection.lung_blob.seeds import find_seeds
from analyzer.detection.segmenter import Candidate, Progress, Segmentation
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.volume import Volume
from chassis.commands.message import Message

LUNGS_DONE, SEEDS_DONE = 0.1, 0.45


class LungBlob:
    """Detects rounded nodules of about 4 to 60 mm: solid, on the pleura, hollow, and from 6 mm ground glass."""

    name = "lung_blob"

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()
        self._cached: tuple[Volume, Scan, Lungs | None] | None = None

    def applies(self, volume: Volume) -> Message | None:
        """Return None for a CT of at least eight slices with lungs, else the reason why not."""
        if volume.modality != "CT":
            return messages.NOT_CT
        if len(volume.voxels) < self.parameters.fewest_slices:
            return messages.TOO_FEW_SLICES_OF_LUNG
        return None if self._scan_and_lungs(volume)[1] else messages.NO_LUNGS

    def min_diameter(self, volume: Volume) -> float:
        """Smallest diameter (mm) of nodules that are reported on the grid of the volume."""
        return min_diameter(Scan.of(volume), self.parameters)

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Detect nodules, by descending score. Raises `AnalysisFailed` (NOT_APPLICABLE) without lungs."""
        scan, lungs = self._scan_and_lungs(volume)
        if lungs is None:
            raise AnalysisFailed(FailureCode.NOT_APPLICABLE, messages.NO_LUNGS)
        progress(LUNGS_DONE)
        seeds = find_seeds(scan, lungs, self.parameters)
        findings: list[Finding] = []
        for count, seed in enumerate(seeds):
            progress(SEEDS_DONE + (1 - SEEDS_DONE) * count / len(seeds))
            if finding := evaluate_seed(seed, scan, lungs, self.parameters):
                findings.append(finding)
        progress(1.0)
        candidates = [candidate_of(finding, scan) for finding in without_duplicates(findings)]
        return Segmentation(self.name, self.parameters.as_json(), candidates)

    def _scan_and_lungs(self, volume: Volume) -> tuple[Scan, Lungs | None]:
        """Return the scan and its lungs, cached for the last volume."""
        if self._cached is None or self._cached[0] is not volume:
            scan = Scan.of(volume)
            self._cached = volume, scan, find_lungs(scan, self.parameters)
        return self._cached[1:]


def candidate_of(finding: Finding, scan: Scan) -> Candidate:
    """Return a finding as a candidate on the native grid of the volume."""
    voxels = finding.voxels.copy()
    voxels[:, 1:] -= scan.shifts[voxels[:, 0]]
    low = voxels.min(axis=0)
    mask = np.zeros(voxels.max(axis=0) - low + 1, dtype=np.bool_)
    mask[tuple((voxels - low).T)] = True
    offset = (int(low[0]), int(low[1]), int(low[2]))
    return Candidate(
        offset,
        mask,
        source="detected",
        score=finding.score,
        stability=finding.stability,
        features=finding.features.as_numbers(),
    )
