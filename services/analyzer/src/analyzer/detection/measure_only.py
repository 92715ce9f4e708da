"""The strategy for images that nothing else can judge, when regions came with them: take these as the findings."""

from collections.abc import Sequence

from analyzer.detection.segmenter import Candidate, Progress, Segmentation
from analyzer.domain.result import LESION, STRUCTURE
from analyzer.domain.volume import Volume
from analyzer.references.segment import Segment


class MeasureOnly:
    """Reports the segments of the references, on the grid of the volume they were interpreted for.

    They have no score: nothing was looked for.
    """

    name = "measure_only"

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    def applies(self, volume: Volume) -> str | None:
        """Return None when there is a segment, else one Russian sentence."""
        return None if self._segments else "К изображениям не приложена разметка, которую можно измерить"

    def segment(self, volume: Volume, progress: Progress) -> Segmentation:
        """Return one candidate a segment."""
        candidates = [
            Candidate(each.offset, each.mask, "supplied", kind=LESION if each.is_lesion else STRUCTURE)
            for each in self._segments
        ]
        progress(1.0)
        return Segmentation(self.name, {}, candidates)
