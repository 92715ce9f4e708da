"""The default strategy: solid nodules in the lungs of a CT."""

import numpy as np

from analyzer.detection.lung_blob.findings import Finding, judge, least_diameter, without_doubles
from analyzer.detection.lung_blob.lungs import Lungs, find_lungs
from analyzer.detection.lung_blob.parameters import Parameters
from analyzer.detection.lung_blob.scan import Scan
from analyzer.detection.lung_blob.seeds import find_seeds
from analyzer.detection.segmenter import Candidate, Progress, Segmentation
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.volume import Volume

NOT_CT = "Поиск очагов в лёгких работает только с компьютерной томографией (КТ)."
FEW_SLICES = "В серии слишком мало срезов: для поиска очагов в лёгких нужно не меньше восьми."
NO_LUNGS = "На изображении не найдены лёгкие, искать очаги негде."

LUNGS_DONE, SEEDS_DONE = 0.1, 0.45


class LungBlob:
    """Finds rounded solid nodules of about 5 to 60 mm; blind to ground glass and to what is fused with the pleura."""

    name = "lung_blob"

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()
        self._seen: tuple[Volume, Scan, Lungs | None] | None = None

    def applies(self, volume: Volume) -> str | None:
        """Return None for a CT of at least eight slices with lungs, else one Russian sentence that says why not."""
        if volume.modality != "CT":
            return NOT_CT
        if len(volume.voxels) < self.parameters.fewest_slices:
            return FEW_SLICES
        return None if self._look(volume)[1] else NO_LUNGS

    def least_diameter(self, volume: Volume) -> float:
        """Size (mm) below which nodules are not reported on this grid."""
        return least_diameter(Scan.of(volume), self.parameters)

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Find nodules, best first. Raises `AnalysisFailed` (NOT_APPLICABLE) when there are no lungs."""
        scan, lungs = self._look(volume)
        if lungs is None:
            raise AnalysisFailed(FailureCode.NOT_APPLICABLE, NO_LUNGS)
        progress(LUNGS_DONE)
        seeds = find_seeds(scan, lungs, self.parameters)
        findings: list[Finding] = []
        for done, seed in enumerate(seeds):
            progress(SEEDS_DONE + (1 - SEEDS_DONE) * done / len(seeds))
            if finding := judge(seed, scan, lungs, self.parameters):
                findings.append(finding)
        progress(1.0)
        candidates = [candidate_of(finding, scan) for finding in without_doubles(findings)]
        return Segmentation(self.name, self.parameters.as_json(), candidates)

    def _look(self, volume: Volume) -> tuple[Scan, Lungs | None]:
        """Return the scan and its lungs, found once for the volume that was looked at last."""
        if self._seen is None or self._seen[0] is not volume:
            scan = Scan.of(volume)
            self._seen = volume, scan, find_lungs(scan, self.parameters)
        return self._seen[1:]


def candidate_of(finding: Finding, scan: Scan) -> Candidate:
    """Put a finding back on the volume's own grid."""
    voxels = finding.voxels.copy()
    voxels[:, 1:] -= scan.moved[voxels[:, 0]]
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
